import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import type { Storage } from '../../server/storage/storage.ts'
import { addExtent, type Extent, includes } from '../../shared/wire/extent.ts'
import { inspect } from '../../shared/wire/inspect.ts'
import type { Claim, Ranges, Start } from '../browser/storm/page.ts'
import { sample, seeded } from '../support/agenda.ts'
import { built } from '../support/built.ts'
import { chromiumArguments, headlessChromium } from '../support/chromium.ts'
import { patience } from '../support/patience.ts'
import { type FaultProxy, openProxy } from '../support/proxy.ts'
import { enter, root, startServer, type TestServer } from '../support/server.ts'
import type { Campaign, Result } from './campaign.ts'

/*
 * Two people in real browsers, each behind a network of their own that fails by a seed: it delays, loses, cuts, goes silent
 * in one direction or in both, refuses upgrades; devices go offline, pages are reloaded in the midst of typing, the server
 * is restarted. Each script is a minute of that, sped up.
 */

/** How many times faster than a clock on the wall. Every wait of the client and every fault is shortened alike. */
const speed = 30
/** Pairs of people at once. */
const lanes = 4
const minute = 60_000 / speed

/** Ids of what was written and of what was deleted. */
interface Work {
  readonly written: Extent
  readonly deleted: Extent
}

const nothing = (): Work => ({ written: new Map(), deleted: new Map() })

function add(to: Work, more: Work): void {
  addExtent(to.written, more.written)
  addExtent(to.deleted, more.deleted)
}

function copyOf(work: Work): Work {
  const copy = nothing()
  add(copy, work)
  return copy
}

const holds = (all: Work, part: Work) => includes(all.written, part.written) && includes(all.deleted, part.deleted)

/** What the server had on its disk, and since when. */
interface Ledger {
  /** Whether all of it was committed at that time, ms since 1970. */
  had(at: number, work: Work): boolean
  wrap(storage: Storage): Storage
  clear(): void
}

function openLedger(): Ledger {
  let commits: (Work & { at: number })[] = []
  return {
    clear() {
      commits = []
    },
    had(at, work) {
      const committed = nothing()
      for (const commit of commits) if (commit.at <= at) add(committed, commit)
      return holds(committed, work)
    },
    wrap: (storage) => ({
      ...storage,
      async append(edits) {
        const rows = await storage.append(edits)
        for (const { bytes } of edits) {
          const seen = inspect(bytes)!
          commits.push({ at: Date.now(), written: seen.structs, deleted: seen.deletes })
        }
        return rows
      },
    }),
  }
}

function extentOf(ranges: Ranges): Extent {
  const extent: Extent = new Map()
  for (const [client, list] of Object.entries(ranges)) addExtent(extent, new Map([[Number(client), [...list]]]))
  return normal(extent)
}

/** Deletions come in any order; an extent is in rising order. */
function normal(extent: Extent): Extent {
  const result: Extent = new Map()
  for (const [client, list] of extent) {
    for (let i = 0; i < list.length; i += 2) {
      addExtent(result, new Map([[client, [list[i] as number, list[i + 1] as number]]]))
    }
  }
  return result
}

interface Sitter {
  readonly context: BrowserContext
  readonly proxy: FaultProxy
  cookie: string
  page: Page
  start: Start
  /** All that the visit that is going on has made claims about. */
  work: Work
  /** What was last said to be on the device. */
  kept: Work
  /** What the word has said of everything so far: on the device when earlier pages were closed, and committed. */
  promised: Work
}

interface Outcome {
  readonly seed: number
  readonly faults: string[]
  readonly edits: number
  readonly saved: number
  readonly did: readonly string[]
}

/** What befalls people. */
const kinds = ['far', 'lossy', 'cut', 'strand', 'silent', 'down', 'refuse', 'hang', 'swallow', 'offline', 'reopen']

/** A server, and two people with a network each. Every script is a meeting of its own there. */
interface Lane {
  weather(seed: number): Promise<Outcome>
  close(): Promise<void>
}

const calm = {
  delay: 150 / speed,
  jitter: 50 / speed,
  loss: 0,
  silent: 'none',
  down: false,
  upgrades: 'pass',
} as const

async function openLane({ browser, page }: Place, number: number): Promise<Lane> {
  const ledger = openLedger()
  const data = await mkdtemp(join(tmpdir(), 'parley-'))
  const agenda = sample()
  let server: TestServer = await startServer({ data, agenda, wrap: ledger.wrap })
  const { port, origin } = server
  let outcome = { seed: 0, faults: [] as string[], saved: 0, did: [] as string[] }
  let newcomer = await server.visit('observer', 'none')
  const sitters = await Promise.all(
    (['us', 'cn'] as const).map(async (side, index): Promise<Sitter> => {
      const context = await browser.newContext()
      context.setDefaultTimeout(patience)
      await context.route('**/storm/', (route) => route.fulfill({ contentType: 'text/html', body: page }))
      const { cookie } = await server.visit('delegate', side)
      const proxy = await openProxy(port, {}, number * 2 + index)
      const sitter: Sitter = {
        context,
        proxy,
        cookie,
        page: await context.newPage(),
        start: { meeting: '', person: '', seed: 0, speed, until: 0 },
        work: nothing(),
        kept: nothing(),
        promised: nothing(),
      }
      await keep(sitter)
      await context.exposeFunction('claim', (claim: Claim) => heard(sitter, claim))
      await load(sitter)
      return sitter
    }),
  )

  /** The cookie goes to where the browser comes from. */
  function keep({ context, cookie, proxy }: Sitter) {
    const [name = '', value = ''] = cookie.split('=')
    return context.addCookies([{ name, value, url: proxy.origin }])
  }

  function heard(sitter: Sitter, claim: Claim) {
    add(sitter.work, { written: extentOf(claim.written), deleted: extentOf(claim.deleted) })
    if (claim.type === 'kept') sitter.kept = copyOf(sitter.work)
    if (claim.type !== 'saved') return
    outcome.saved += 1
    add(sitter.promised, sitter.work)
    if (ledger.had(claim.at, sitter.promised)) return
    outcome.faults.push(`${outcome.seed}: said to be committed, and was not: ${JSON.stringify(claim).slice(0, 300)}`)
  }

  async function load({ page, proxy }: Sitter) {
    page.on('pageerror', (error) => outcome.faults.push(`${outcome.seed}: ${error.message.slice(0, 200)}`))
    await page.goto(`${proxy.origin}/storm/`)
  }

  /**
   * A tab is closed in the midst of it, and opened again. The new one is there before the old one goes: a page that was made
   * right after another had been closed now and then never loaded (Chromium 156 without a window).
   */
  async function reopen(sitter: Sitter) {
    const next = await sitter.context.newPage()
    await load({ ...sitter, page: next })
    await sitter.page.close()
    add(sitter.promised, sitter.kept)
    sitter.work = nothing()
    sitter.kept = nothing()
    sitter.page = next
    await sitter.page.evaluate((start) => window.storm.open(start), sitter.start)
  }

  return {
    weather,
    async close() {
      for (const { context, proxy } of sitters) {
        await context.close()
        await proxy.close()
      }
      await server.server.close()
      await server.storage.close()
      await rm(data, { recursive: true, force: true })
    },
  }

  async function weather(seed: number): Promise<Outcome> {
    const random = seeded(seed)
    const below = (limit: number) => Math.floor(random() * limit)
    outcome = { seed, faults: [], saved: 0, did: [] }
    const { faults, did } = outcome
    ledger.clear()
    const { meeting, invitations } = await server.meet(agenda)
    for (const [index, sitter] of sitters.entries()) {
      const token = invitations.find(
        (one) => one.role === 'delegate' && one.side === (['us', 'cn'] as const)[index],
      )!.token
      const { person, cookie } = await enter(origin, token, `Dana ${index}`, sitter.cookie)
      sitter.cookie = cookie
      await keep(sitter)
      sitter.start = { meeting, person: person.id, seed: seed * 2 + index, speed, until: Date.now() + minute }
      sitter.work = nothing()
      sitter.kept = nothing()
      sitter.promised = nothing()
      await sitter.page.evaluate((start) => window.storm.open(start), sitter.start)
    }
    const observer = invitations.find((one) => one.role === 'observer')!
    newcomer = await enter(origin, observer.token, 'Oscar', newcomer.cookie)

    async function strike(sitter: Sitter, long: number): Promise<void> {
      const { proxy, context } = sitter
      const kind = kinds[below(kinds.length)] as string
      did.push(kind)
      switch (kind) {
        case 'far':
          proxy.set({ delay: (200 + below(600)) / speed, jitter: 200 / speed })
          break
        case 'lossy':
          proxy.set({ delay: 150 / speed, loss: 0.05 + random() * 0.3, retransmission: 600 / speed })
          break
        case 'cut':
          proxy.cut()
          break
        case 'strand':
          proxy.strand((['up', 'down', 'both'] as const)[below(3)] as 'up')
          break
        case 'silent':
          proxy.set({ silent: (['up', 'down', 'both'] as const)[below(3)] as 'up' })
          break
        case 'down':
          proxy.set({ down: true })
          break
        case 'refuse':
          proxy.set({ upgrades: 'refuse' })
          proxy.cut()
          break
        case 'hang':
          proxy.set({ upgrades: 'hang' })
          proxy.cut()
          break
        case 'swallow':
          proxy.set({ upgrades: 'swallow' })
          proxy.cut()
          break
        case 'offline':
          await context.setOffline(true)
          break
        case 'reopen':
          await reopen(sitter)
          break
      }
      await pause(long)
      proxy.set(calm)
      if (kind === 'offline') await context.setOffline(false)
    }

    async function person(sitter: Sitter, until: number) {
      sitter.proxy.set(calm)
      while (Date.now() < until) {
        await pause((500 + below(4000)) / speed)
        await strike(sitter, (1000 + below(14_000)) / speed)
      }
    }

    async function power(until: number) {
      if (random() < 0.7) return
      await pause((until - Date.now()) * (0.2 + random() * 0.6))
      did.push('restart')
      await server.server.close()
      await server.storage.close()
      server = await startServer({ data, agenda, port, wrap: ledger.wrap })
    }

    const end = Date.now() + minute
    await Promise.all([...sitters.map((sitter) => person(sitter, end)), power(end)])

    // The weather clears, and both are at rest.
    for (const { page, proxy, context } of sitters) {
      proxy.set({ delay: 0, jitter: 0, loss: 0, silent: 'none', down: false, upgrades: 'pass' })
      await context.setOffline(false)
      await page.evaluate(() => {
        window.storm.stop()
        window.dispatchEvent(new Event('online'))
      })
    }
    const rests = await Promise.all(
      sitters.map(async ({ page }) => {
        try {
          const rest = await page.waitForFunction(() => window.storm.rest(), undefined, {
            timeout: patience,
            polling: 50,
          })
          return await rest.jsonValue()
        } catch {
          faults.push(`${seed}: no rest: ${JSON.stringify(await page.evaluate(() => window.storm.state()))}`)
          return null
        }
      }),
    )
    if (faults.length === 0) {
      const alike = () => Promise.all(sitters.map(({ page }) => page.evaluate(() => window.storm.rest()?.snapshot)))
      const deadline = Date.now() + patience
      let [one, other] = await alike()
      while (one !== other && Date.now() < deadline) [one, other] = await alike()
      if (one !== other) faults.push(`${seed}: they do not agree`)
      const { stored, agenda: agreed } = await asServed()
      if (one !== undefined && firstDifference(JSON.parse(one).agenda, agreed) !== '') {
        faults.push(`${seed}: the server has another agenda: ${firstDifference(JSON.parse(one).agenda, agreed)}`)
      }
      for (const { kept, promised } of sitters) {
        if (!holds(stored, kept)) faults.push(`${seed}: an edit said to be on the device is gone`)
        if (!holds(stored, promised)) faults.push(`${seed}: an edit said to be saved or on the device is gone`)
      }
    }
    for (const { page } of sitters) await page.evaluate(() => window.storm.close())
    const edits = rests.reduce((sum, rest) => sum + (rest?.edits ?? 0), 0)
    return { ...outcome, edits }

    /** All that the server has on its disk, and the agenda that it would hand to a newcomer. */
    async function asServed() {
      const { base, tail } = (await server.storage.load(meeting, 'agenda'))!
      const stored = nothing()
      for (const bytes of [base, ...tail.map((row) => row.bytes)]) {
        const { structs, deletes } = inspect(bytes)!
        add(stored, { written: structs, deleted: deletes })
      }
      const answer = await fetch(`${origin}/api/meetings/${meeting}/export/json`, {
        headers: { cookie: newcomer.cookie },
      })
      return { stored, agenda: await answer.json() }
    }
  }
}

/** Where two values of JSON first differ, in words. */
function firstDifference(a: unknown, b: unknown, path = ''): string {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return Object.is(a, b) ? '' : `${path}: ${JSON.stringify(a)} and ${JSON.stringify(b)}`.slice(0, 400)
  }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = firstDifference((a as never)[key], (b as never)[key], `${path}/${key}`)
    if (found !== '') return found
  }
  return ''
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)))
}

/** The page of a storm, and the browser that it is shown in. */
interface Place {
  readonly browser: Browser
  readonly page: string
}

/**
 * All of it in one answer. A script of its own, answered by the test as well, now and then never reached a page that was
 * opened right after another had been closed (Chromium 156).
 */
async function inline(folder: string): Promise<string> {
  const html = await readFile(join(folder, 'index.html'), 'utf8')
  const [tag, source] = /<script[^>]* src="([^"]+)"[^>]*><\/script>/.exec(html) as unknown as [string, string]
  const script = (await readFile(join(folder, source), 'utf8')).replaceAll('</script', '<\\/script')
  return html.replace(tag, () => `<script type="module">${script}</script>`)
}

export const storms: Campaign = {
  name: 'storms',
  unit: 'scripts',
  whole: 200,
  sample: 8,
  seed: 1,
  async play({ seed: first, count }) {
    const folder = await built('storm', ['tests/browser/storm', 'tests/support'], async (outDir) => {
      await build({
        root: join(root, 'tests/browser/storm'),
        configFile: false,
        logLevel: 'warn',
        build: {
          outDir,
          emptyOutDir: true,
          chunkSizeWarningLimit: 5000,
          rolldownOptions: { output: { codeSplitting: false } },
        },
      })
    })
    const page = await inline(folder)
    const browser = await chromium.launch({
      executablePath: headlessChromium,
      // The page itself comes from the test, whatever the weather; a page from nowhere may not speak to loopback otherwise.
      args: [...chromiumArguments, '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests'],
    })
    try {
      const seeds = Array.from({ length: count }, (_, index) => first + index)
      const outcomes: Outcome[] = []
      await Promise.all(
        Array.from({ length: Math.min(lanes, count) }, async (_, number) => {
          const lane = await openLane({ browser, page }, number)
          for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift())
            outcomes.push(await lane.weather(seed))
          await lane.close()
        }),
      )
      return sumUp(outcomes)
    } finally {
      await browser.close()
    }
  },
}

function sumUp(outcomes: readonly Outcome[]): Result {
  const faults = outcomes.flatMap((one) => one.faults)
  const befell: Record<string, number> = Object.fromEntries([...kinds, 'restart'].map((kind) => [kind, 0]))
  for (const kind of outcomes.flatMap(({ did }) => did)) befell[kind] = (befell[kind] ?? 0) + 1
  const sum = (pick: (outcome: Outcome) => number) => outcomes.reduce((total, one) => total + pick(one), 0)
  const [edits, saved] = [sum((one) => one.edits), sum((one) => one.saved)]
  // A storm in which nobody writes, or is never told that it is saved, proves nothing.
  if (edits <= outcomes.length) faults.push(`only ${edits} edits were made`)
  if (saved === 0) faults.push('nobody was ever told that it is saved')
  const never = Object.keys(befell).filter((kind) => befell[kind] === 0)
  if (outcomes.length >= storms.whole && never.length > 0) faults.push(`never befell anybody: ${never.join(', ')}`)
  return { faults, sums: { scripts: outcomes.length, edits, 'said to be saved': saved, ...befell } }
}
