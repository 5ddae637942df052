import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { large } from '../support/agenda.ts'
import { openPeople } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'
import { startServer } from '../support/server.ts'
import { root } from './child.ts'
import { median } from './figures.ts'
import type { Report } from './report.ts'

/** ms each way: near, where only the machine takes its time, and far. The difference is what the network costs. */
const near = 0
const far = 150
const trip = 2 * (far - near)
const items = 24

interface Visit {
  readonly name: string
  /** ms. */
  readonly near: number[]
  readonly far: number[]
  requests: number
  connections: number
  scripts: number
  down: number
  up: number
  /** What was asked for, by when it was asked and had come, far away, in round trips. */
  chain: readonly string[]
}

/** From an address to a readable agenda, on a far line: what it costs at the first visit and at the next. */
export async function visits({ rounds }: { rounds: number }): Promise<Report> {
  const found = new Map<string, Visit>()
  for (let round = 1; round <= rounds; round += 1) {
    await run(found, near)
    await run(found, far)
    console.error(`visits ${round}/${rounds}`)
  }
  const all = [...found.values()]
  const wrong = all
    .filter(({ name, scripts }) => name.startsWith('next') && scripts > 0)
    .map(({ name, scripts }) => `visits: ${name} asked for ${scripts} scripts`)
  return {
    tables: [
      {
        title: `To a readable agenda of ${items} items; medians of ${rounds} rounds, ${trip} ms a round trip`,
        columns: [
          'visit',
          'round trips',
          'far ms',
          'near ms',
          'requests',
          'connections',
          'scripts',
          'kB down',
          'kB up',
        ],
        rows: all.map((visit) => [
          visit.name,
          ((median(visit.far) - median(visit.near)) / trip).toFixed(1),
          median(visit.far).toFixed(0),
          median(visit.near).toFixed(0),
          String(visit.requests),
          String(visit.connections),
          String(visit.scripts),
          (visit.down / 1000).toFixed(1),
          (visit.up / 1000).toFixed(1),
        ]),
      },
    ],
    notes: [
      'Round trips: how much longer it takes far away than near by. Opening a connection is one of its own; there is no limit of bandwidth.',
      ...all.flatMap(({ name, chain }) => [`${name}: asked for at - there at, in round trips`, ...chain]),
    ],
    wrong,
  }
}

async function run(found: Map<string, Visit>, delay: number): Promise<void> {
  const server = await startServer({ pages: join(root, 'dist'), agenda: large(items) })
  const proxy = await openProxy(server.port, { delay })
  const people = await openPeople()
  const visitor = await people.arrive()
  const token = server.invitations.find(({ role, side }) => role === 'delegate' && side === 'us')!.token

  const measure = async (name: string, page: Page, act: () => Promise<unknown>) => {
    const visit = found.get(name) ?? {
      name,
      near: [],
      far: [],
      requests: 0,
      connections: 0,
      scripts: 0,
      down: 0,
      up: 0,
      chain: [],
    }
    found.set(name, visit)
    const before = proxy.counts()
    const zero = page.url() === 'about:blank' ? 0 : await page.evaluate(() => performance.now())
    const began = performance.now()
    await act()
    visit[delay === far ? 'far' : 'near'].push(performance.now() - began)
    if (delay !== far) return
    const after = proxy.counts()
    const requests = after.requests.slice(before.requests.length)
    visit.requests = requests.length
    visit.connections = after.connections - before.connections
    visit.scripts = requests.filter((line) => /\.js$/.test(line) && !line.endsWith('/worker.js')).length
    visit.down = after.down - before.down
    visit.up = after.up - before.up
    visit.chain = (await page.evaluate(timings))
      .filter(({ at }) => at >= zero)
      .map(({ path, at, end }) => `  ${(at / trip).toFixed(1)} - ${(end / trip).toFixed(1)}  ${path}`)
  }
  const readable = (page: Page) =>
    page
      .locator('[data-item]')
      .nth(items - 1)
      .waitFor()

  const { page, context } = visitor
  await measure('first: the invitation, to the question for a name', page, async () => {
    await page.goto(`${proxy.origin}/join#${token}`)
    await page.getByRole('textbox').first().waitFor()
  })
  await page.getByRole('textbox').first().fill('Ann Lee')
  await measure('first: from the name to the agenda', page, async () => {
    await page.keyboard.press('Enter')
    await readable(page)
  })
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await page.getByText(/All saved/).waitFor()
  const address = page.url()
  await page.close()
  const again = await context.newPage()
  await measure('next: the agenda', again, async () => {
    await again.goto(address)
    await readable(again)
  })
  await measure('next: until all is known to be saved', again, () => again.getByText(/All saved/).waitFor())
  await people.close()
  await proxy.close()
  await server.stop()
}

function timings(): { path: string; at: number; end: number }[] {
  const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  return (entries as PerformanceResourceTiming[]).map(({ name, startTime, responseEnd }) => ({
    path: new URL(name).pathname,
    at: startTime,
    end: responseEnd,
  }))
}
