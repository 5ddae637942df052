import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { allItems } from '../../shared/domain/agenda.ts'
import { sample } from '../support/agenda.ts'
import { gather as meet } from '../support/gathering.ts'
import { openPeople, type People, type Visitor } from '../support/people.ts'
import { type Faults, openProxy } from '../support/proxy.ts'
import { root, startServer, type TestServer } from '../support/server.ts'

/** Two people at real browsers, far away, behind a network that does what networks do. Every figure is printed. */

/** 150 ms each way: 300 ms for a round trip. */
const far: Partial<Faults> = { delay: 150, jitter: 10 }

let people: People
let server: TestServer

beforeAll(async () => {
  people = await openPeople()
  server = await startServer({ pages: join(root, 'dist'), agenda: sample() })
})
afterAll(async () => {
  await people?.close()
  await server?.stop()
})

interface Table {
  readonly us: Visitor
  readonly cn: Visitor
  close(): Promise<void>
}

const objective = (page: Page) => page.getByRole('textbox', { name: /^(Objective, English|目标（英文）)/ })

/** A new meeting, and a delegate of either side in it with the same item open, both through this network. */
async function gather(faults: Partial<Faults>): Promise<Table> {
  const proxy = await openProxy(server.port, faults, 4)
  const { address, enter } = await meet(people, server, { origin: proxy.origin })
  const item = allItems(sample())[2]!.id
  const [us, cn] = await Promise.all([enter('delegate', 'us'), enter('delegate', 'cn')])
  for (const { page } of [us, cn]) {
    await page.goto(`${address}/i/${item}`)
    await objective(page).waitFor()
  }
  return {
    us,
    cn,
    async close() {
      expect([...us.foreign, ...cn.foreign]).toEqual([])
      await Promise.all([us.context.close(), cn.context.close()])
      await proxy.close()
    },
  }
}

/** Which way this browser has found to pass here. */
const carrier = (page: Page) => page.evaluate(() => localStorage.getItem('parley:carrier')?.split(' ')[0] ?? 'socket')

interface Typed {
  /** From the key to the own screen, and to the other's, ms, in order. */
  readonly own: readonly number[]
  readonly other: readonly number[]
}

const letters = 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz'

/** Types as people do, and tells when each letter stood where. Both pages go by the clock of this machine. */
async function type(from: Page, to: Page, mark: string): Promise<Typed> {
  for (const page of [from, to]) {
    await page.evaluate((mark) => {
      const now = () => performance.timeOrigin + performance.now()
      const keys: number[] = []
      const shown: number[] = []
      document.addEventListener('keydown', (event) => {
        if (/^[a-z]$/.test(event.key)) keys.push(performance.timeOrigin + event.timeStamp)
      })
      const look = () => {
        const words = [...document.querySelectorAll('.ProseMirror')].map((one) => one.textContent ?? '').join('\n')
        const length = new RegExp(`${mark}([a-z]*)`).exec(words)?.[1]?.length ?? 0
        while (shown.length < length) shown.push(now())
      }
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
      Object.assign(window, { typed: { keys, shown } })
    }, mark)
  }
  const times = (page: Page) =>
    page.evaluate(() => (window as unknown as { typed: { keys: number[]; shown: number[] } }).typed)
  await objective(from).click()
  await from.keyboard.press('Control+End')
  await from.keyboard.insertText(mark)
  await objective(to).getByText(mark).waitFor()
  await from.keyboard.type(letters, { delay: 110 })
  await to.waitForFunction(
    (length) => (window as unknown as { typed: { shown: number[] } }).typed.shown.length === length,
    letters.length,
  )
  const [mine, theirs] = await Promise.all([times(from), times(to)])
  const since = (shown: number[]) => shown.map((at, index) => at - mine.keys[index]!).sort((a, b) => a - b)
  return { own: since(mine.shown), other: since(theirs.shown) }
}

const at = (sorted: readonly number[], share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)]!)
const figures = (sorted: readonly number[]) =>
  `p50 ${at(sorted, 0.5)} ms, p95 ${at(sorted, 0.95)} ms, most ${at(sorted, 1)} ms`

test('two people edit live at a round trip of 300 ms, by socket, by stream where none passes, and by polling where no stream does', async () => {
  const networks = [
    ['socket', {}],
    ['stream', { upgrades: 'refuse' }],
    ['polling', { upgrades: 'refuse', streams: 'buffer' }],
  ] as const
  for (const [way, faults] of networks) {
    const table = await gather({ ...far, ...faults })
    const { us, cn, close } = table
    const there = await type(us.page, cn.page, '→')
    const back = await type(cn.page, us.page, '←')
    const other = [...there.other, ...back.other].sort((a, b) => a - b)
    console.log(`${way.padEnd(8)} at 300 ms, from the key to the other's screen: ${figures(other)}`)
    expect(await Promise.all([carrier(us.page), carrier(cn.page)])).toEqual([way, way])
    expect(at(other, 0.95)).toBeLessThan(1000)
    expect(await objective(us.page).innerText()).toContain(`${letters}`)
    await close()
  }
})

test('typing is as quick at 300 ms with a packet lost in twenty as it is next door', async () => {
  const own: Record<string, readonly number[]> = {}
  for (const [name, faults] of [
    ['next door', {}],
    ['far, lossy', { ...far, loss: 0.05 }],
  ] as const) {
    const { us, cn, close } = await gather(faults)
    const typed = await type(us.page, cn.page, '→')
    own[name] = typed.own
    console.log(`${name.padEnd(10)} own screen: ${figures(typed.own)}; the other's: ${figures(typed.other)}`)
    await close()
  }
  expect(at(own['far, lossy']!, 0.95)).toBeLessThan(Math.max(50, 2 * at(own['next door']!, 0.95)))
})

test('while nothing changes, nothing is sent but a sign of life', async () => {
  const seconds = 20
  const proxy = await openProxy(server.port)
  const { meeting, invitations } = await server.meet(sample())
  const item = allItems(sample())[2]!.id
  const visitors = await Promise.all([people.arrive(), people.arrive()])
  const frames: { at: number; sent: boolean; kind: number }[] = []
  for (const [index, { page, join }] of visitors.entries()) {
    page.on('websocket', (socket) => {
      const note = (sent: boolean) => (frame: { payload: string | Buffer }) =>
        frames.push({ at: performance.now(), sent, kind: (frame.payload as Buffer)[0]! })
      socket.on('framesent', note(true))
      socket.on('framereceived', note(false))
    })
    await join(`${proxy.origin}/join#${invitations[index]!.token}`, `Delegate ${index}`)
    await page.goto(`${proxy.origin}/m/${meeting}/i/${item}`)
    await objective(page).click()
  }
  await expect
    .poll(() => performance.now() - (frames.at(-1)?.at ?? performance.now()), { timeout: 30_000 })
    .toBeGreaterThan(2000)
  const { up, down, requests } = proxy.counts()
  const before = frames.length
  // Watching for a while is what this is about.
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  const idle = frames.slice(before)
  const after = proxy.counts()
  const sent = idle.filter((frame) => frame.sent).length
  console.log(
    `two idle people, ${seconds} s: ${sent} frames sent, ${idle.length - sent} received, ${after.up - up} bytes up, ${after.down - down} down`,
  )
  // Each says every fifteen seconds that they are still there, and the other hears it.
  expect(idle.map(({ kind }) => kind).filter((kind) => kind !== 1)).toEqual([])
  expect(sent).toBeLessThanOrEqual(4)
  expect(idle.length - sent).toBeLessThanOrEqual(8)
  expect(after.requests.slice(requests.length)).toEqual([])
  await Promise.all(visitors.map(({ context }) => context.close()))
  await proxy.close()
})

test('behind a network that accepts a socket and carries nothing, work begins seconds later by another way, and at once the next time', async () => {
  const proxy = await openProxy(server.port, { upgrades: 'swallow' })
  const { invitations } = await server.meet(sample())
  const { page, join: enter, context } = await people.arrive()
  const sockets = () => proxy.counts().requests.filter((line) => line.includes('/sync/') && !line.includes('/lines'))
  await enter(`${proxy.origin}/join#${invitations[0]!.token}`, 'Delegate A')
  expect(await carrier(page)).toBe('stream')
  const first = sockets().length
  expect(first).toBeGreaterThan(0)
  await page.reload()
  await page.locator('[data-item]').first().waitFor()
  await expect.poll(() => proxy.counts().requests.filter((line) => line.includes('/events')).length).toBeGreaterThan(1)
  expect(sockets().length).toBe(first)
  // A network that tells of itself is another one: the socket is tried again.
  proxy.set({ upgrades: 'pass' })
  await context.setOffline(true)
  await context.setOffline(false)
  await expect.poll(() => carrier(page)).toBe('socket')
  await page.reload()
  await expect.poll(() => sockets().length).toBeGreaterThan(first)
  await context.close()
  await proxy.close()
})
