import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import * as Y from 'yjs'
import { framesAllowed } from '../../server/sync/connection.ts'
import { encodeAcknowledge } from '../../shared/wire/frame.ts'
import { carriedBy, carriers } from '../support/carriers.ts'
import { type Client, rawClient, startServer, stockClient, type TestServer, type Visitor } from '../support/server.ts'

/* The machine's clock is set back and forward while people write. */

const [second, hour, year] = [1000, 3600_000, 365 * 24 * 3600_000]
const steps: Record<string, number> = {
  'back by five seconds': -5 * second,
  'back by an hour': -hour,
  'back by a year': -year,
  'forward by five seconds': 5 * second,
  'forward by an hour': hour,
  'forward by a year': year,
}

const machine = Date.now
let set = 0
/** What has passed besides, by the clock that nobody sets. */
let passed = 0
let server: TestServer
let people: [Visitor, Visitor]

async function start(options: Parameters<typeof startServer>[0] = {}): Promise<void> {
  server = await startServer({
    steady: () => performance.now() + passed,
    linger: 0,
    presenceWindow: 5,
    ...options,
  })
  people = [await server.visit('delegate', 'us'), await server.visit('delegate', 'cn')]
}

beforeEach(() => {
  set = 0
  passed = 0
  vi.spyOn(Date, 'now').mockImplementation(() => machine() + set)
})
afterEach(async () => {
  await server.stop()
  vi.restoreAllMocks()
})

test.each(carriers)(
  'while two people write, carried by %s, the clock goes back and forward: nobody is disconnected',
  async (carrier) => {
    let looks = 0
    await start({
      // A line is looked at as often as revocations are: whether anybody is there. A socket is asked, which takes longer.
      reviewEvery: 100,
      ...(carrier === 'socket' ? {} : { beatEvery: 100 }),
      wrap: (storage) => ({
        ...storage,
        stamp() {
          looks += 1
          return storage.stamp()
        },
      }),
    })
    const open = ({ cookie }: Visitor): Client =>
      stockClient({ origin: server.origin, meeting: server.meeting, cookie, socket: carriedBy(carrier, cookie) })
    const clients = people.map(open) as [Client, Client]
    for (const client of clients) onTestFinished(client.leave)
    const [one, two] = clients
    await Promise.all(clients.map(({ synced }) => synced))
    const disconnected = new Promise<never>((_resolve, reject) => {
      for (const { provider } of clients) {
        provider.once('connection-close', (event) => reject(new Error(`disconnected with ${event?.code}`)))
      }
    })
    disconnected.catch(() => {})
    let count = 0
    const exchange = async () => {
      for (const [from, to] of [clients, [two, one] as const]) {
        count += 1
        const words = `${count}`
        from.doc.getMap('people').set(words, true)
        from.provider.awareness.setLocalStateField('item', words)
        await Promise.race([from.acknowledged(), disconnected])
        await to.until((doc) => doc.getMap('people').has(words))
        await expect.poll(() => to.provider.awareness.getStates().get(from.doc.clientID)?.item).toBe(words)
      }
    }
    await exchange()
    for (const at of [...Object.values(steps), 0]) {
      set = at
      await exchange()
      const late = open(people[0])
      await late.synced
      expect(late.doc.getMap('people').size).toBe(count)
      late.leave()
      const before = looks
      await expect.poll(() => looks).toBeGreaterThan(before + 2)
      await exchange()
    }
    expect(clients.map(({ closes }) => closes)).toEqual([[], []])
  },
)

test('P5: whatever the clock is set to meanwhile, who sends too much is sent away', async () => {
  await start()
  for (const step of Object.values(steps)) {
    const client = rawClient({ origin: server.origin, meeting: server.meeting, cookie: people[0].cookie })
    await client.opened
    const frame = encodeAcknowledge(Uint8Array.of(1))
    for (let i = 0; i < framesAllowed.burst / 2; i += 1) client.send(frame)
    await expect.poll(() => client.frames.filter((one) => one[0] === frame[0]).length).toBe(framesAllowed.burst / 2)
    set = step
    for (let i = 0; i < framesAllowed.burst * 2; i += 1) client.send(frame)
    expect((await client.closed).code).toBe(4429)
    // A minute of quiet, and they may come again.
    passed += 60_000
  }
})

test('P5: whatever the clock is set to, requests are counted by the minute that passes', async () => {
  await start()
  const { cookie } = people[0]
  const path = `${server.origin}/api/meetings/${server.meeting}/versions`
  const body = JSON.stringify({ label: 'nothing', name: '' })
  const headers = { cookie, 'content-type': 'application/json' }
  const ask = async () => (await fetch(path, { method: 'POST', headers, body })).status
  /** How many are looked at before somebody is told to wait. */
  const answered = async () => {
    let count = 0
    while (count < 100 && (await ask()) === 400) count += 1
    return count
  }
  for (const step of Object.values(steps)) {
    expect(await answered()).toBe(30)
    set = step
    // Who was told to wait is still, whatever the clock says; and a minute later is not.
    expect(await ask()).toBe(429)
    passed += 60_001
  }
})

test('somebody who comes back after the clock was set back is seen to be there', async () => {
  await start()
  const open = ({ cookie }: Visitor) => stockClient({ origin: server.origin, meeting: server.meeting, cookie })
  const one = open(people[0])
  onTestFinished(one.leave)
  await one.synced
  const doc = new Y.Doc()
  const clientID = doc.clientID
  const two = stockClient({ origin: server.origin, meeting: server.meeting, cookie: people[1].cookie }, doc)
  await two.synced
  two.provider.awareness.setLocalStateField('item', 'first')
  const seen = () => one.provider.awareness.getStates().get(clientID)?.item
  await expect.poll(seen).toBe('first')
  two.leave()
  await expect.poll(seen).toBe(undefined)
  set = -hour
  const again = new Y.Doc()
  again.clientID = clientID
  const back = stockClient({ origin: server.origin, meeting: server.meeting, cookie: people[1].cookie }, again)
  onTestFinished(back.leave)
  await back.synced
  back.provider.awareness.setLocalStateField('item', 'second')
  await expect.poll(seen).toBe('second')
})
