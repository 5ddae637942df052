import type * as ChildProcess from 'node:child_process'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { Carrier } from '../../client/sync/device/log.ts'
import { openRenderPool } from '../../server/render/pool.ts'
import { createCommitter } from '../../server/room/committer.ts'
import type { Edit } from '../../server/storage/documents.ts'
import type { Storage } from '../../server/storage/storage.ts'
import type * as PlaceModule from '../../server/sync/address.ts'
import type * as Socket from '../../server/sync/socket.ts'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import { wholeCopy } from '../../shared/export/copy.ts'
import type * as Batch from '../../shared/wire/batch.ts'
import type * as Frame from '../../shared/wire/frame.ts'
import type * as Inspect from '../../shared/wire/inspect.ts'
import type * as Merge from '../../shared/wire/merge.ts'
import type * as Sync from '../../shared/wire/sync.ts'
import { carriedBy, carriers } from '../support/carriers.ts'
import {
  blankAgenda,
  type Client,
  enter,
  post,
  startServer,
  stockClient,
  type TestServer,
  type Visitor,
} from '../support/server.ts'

/* Something throws in the midst of the server: in its storage, a room, a line, a timer, the pool. */

const { faults, spoilt } = vi.hoisted(() => {
  /** What is to throw, and how often. */
  const faults = new Map<string, number>()
  const spoilt = <M extends object>(real: M, ...names: (keyof M & string)[]): M => {
    const spoil = (name: keyof M & string) => {
      const work = real[name] as (...args: unknown[]) => unknown
      return (...args: unknown[]) => {
        const left = faults.get(name) ?? 0
        // The people of a test read frames in this process, too; it is the server that is to fail.
        if (left === 0 || !/(?<!tests)\/server\//.test(String(new Error().stack))) return work(...args)
        faults.set(name, left - 1)
        throw new Error(`${name} fails`)
      }
    }
    return { ...real, ...Object.fromEntries(names.map((name) => [name, spoil(name)])) }
  }
  return { faults, spoilt }
})
vi.mock('../../shared/wire/merge.ts', async (real) => spoilt(await real<typeof Merge>(), 'merge'))
vi.mock('../../shared/wire/sync.ts', async (real) => spoilt(await real<typeof Sync>(), 'lacking', 'compact'))
vi.mock('../../shared/wire/frame.ts', async (real) => spoilt(await real<typeof Frame>(), 'decode', 'encodeAwareness'))
vi.mock('../../shared/wire/batch.ts', async (real) => spoilt(await real<typeof Batch>(), 'readFrames'))
vi.mock('../../shared/wire/inspect.ts', async (real) => spoilt(await real<typeof Inspect>(), 'inspect'))
vi.mock('../../server/sync/socket.ts', async (real) => {
  const module = await real<typeof Socket>()
  const socketTransport: typeof module.socketTransport = (...args) => spoilt(module.socketTransport(...args), 'send')
  return { ...module, socketTransport }
})
vi.mock('../../server/sync/address.ts', async (real) => spoilt(await real<typeof PlaceModule>(), 'addressOf'))
vi.mock('node:child_process', async (real) => spoilt(await real<typeof ChildProcess>(), 'fork'))

const uncaught: unknown[] = []
const catchAll = (error: unknown) => uncaught.push(error)
let logged: string[]
let server: TestServer
let broken: string | null
let promised: boolean

beforeEach(async () => {
  process.on('uncaughtException', catchAll)
  process.on('unhandledRejection', catchAll)
  logged = []
  broken = null
  const breakable = (name: string, work: (...args: unknown[]) => unknown) => {
    return (...args: unknown[]) => {
      if (name !== broken) return work(...args)
      const error = new Error(`${broken} fails`)
      // The one method that promises nothing.
      if (promised && name !== 'stamp') return Promise.reject(error)
      throw error
    }
  }
  const wrap = (storage: Storage) =>
    Object.fromEntries(
      Object.entries(storage).map(([name, work]) => [name, breakable(name, work)]),
    ) as unknown as Storage
  const logger = pino({ level: 'error' }, { write: (line) => void logged.push(line) })
  server = await startServer({ wrap, logger, linger: 0, reviewEvery: 20, beatEvery: 3600_000, window: 5 })
})
afterEach(async () => {
  faults.clear()
  await server.stop()
  process.off('uncaughtException', catchAll)
  process.off('unhandledRejection', catchAll)
  expect(uncaught.splice(0)).toEqual([])
})

interface Pair {
  readonly clients: readonly [Client, Client]
  /** Both write and see what the other has written, and it is committed. */
  type(words: string): Promise<void>
}

async function pair(meeting: MeetingId, visitors: readonly [Visitor, Visitor], carrier = carriers[0]!): Promise<Pair> {
  const open = ({ cookie }: Visitor) =>
    stockClient({ origin: server.origin, meeting, cookie, socket: carriedBy(carrier, cookie) })
  const clients = [open(visitors[0]), open(visitors[1])] as const
  for (const client of clients) onTestFinished(client.leave)
  await Promise.all(clients.map((client) => client.synced))
  const said = async (client: Client, words: string) => {
    const other = clients.find((one) => one !== client)!
    client.doc.getMap('people').set(words, true)
    await other.until((doc) => doc.getMap('people').has(words))
  }
  return {
    clients,
    type: async (words) => void (await Promise.all(clients.map((one, i) => said(one, `${i} ${words}`)))),
  }
}

const visitors = async (): Promise<[Visitor, Visitor]> => [
  await server.visit('delegate', 'us'),
  await server.visit('delegate', 'cn'),
]

/** Two people in another meeting, who say nothing by themselves. */
async function another(): Promise<Pair> {
  const { meeting, invitations } = await server.meet()
  const tokens = invitations.filter(({ role }) => role === 'delegate').map(({ token }) => token)
  const [one, two] = await Promise.all(tokens.map((token, n) => enter(server.origin, token, `somebody ${n}`)))
  const made = await pair(meeting, [one!, two!])
  for (const { provider } of made.clients) {
    clearInterval(provider.awareness._checkInterval)
    await expect.poll(() => provider.awareness.getStates().size).toBe(2)
  }
  return made
}

test.each<[string, ...Carrier[]]>([
  ['merge', ...carriers],
  ['lacking', 'socket'],
  ['decode', ...carriers],
  ['inspect', 'socket'],
  ['encodeAwareness', 'socket'],
  ['readFrames', 'polling'],
  ['send', 'socket'],
  ['addressOf', ...carriers],
])(
  'P5: where %s throws, those it happens to come again and lose nothing; another meeting notices nothing',
  async (name, ...ways) => {
    const people = await visitors()
    const elsewhere = await another()
    for (const carrier of ways) {
      const two = await pair(server.meeting, people, carrier)
      await Promise.all([two.type(`before, by ${carrier}`), elsewhere.type(`before, by ${carrier}`)])
      for (let round = 0; round < 2; round += 1) {
        faults.set(name, 1)
        two.clients[0].provider.awareness.setLocalStateField('item', `${round}`)
        await two.type(`meanwhile ${round}, by ${carrier}`)
        // Somebody who comes in is told to come again, or is in.
        const late = stockClient({ origin: server.origin, meeting: server.meeting, cookie: people[0].cookie })
        await late.synced
        late.leave()
        expect(faults.get(name)).toBe(0)
      }
      await Promise.all([two.type(`after, by ${carrier}`), elsewhere.type(`after, by ${carrier}`)])
      for (const client of two.clients) client.leave()
    }
    expect(elsewhere.clients.map(({ closes }) => closes)).toEqual([[], []])
    expect(logged.filter((line) => line.includes(`${name} fails`))).toHaveLength(2 * ways.length)
    const late = stockClient({ origin: server.origin, meeting: server.meeting, cookie: people[0].cookie })
    onTestFinished(late.leave)
    await late.synced
    expect([...late.doc.getMap('people').keys()]).toHaveLength(8 * ways.length)
  },
)

test('P5: whatever of the storage throws, at once or later, nobody is let down for good', async () => {
  const two = await pair(server.meeting, await visitors())
  const elsewhere = await another()
  const organizer = await server.visit('organizer', 'us')
  const ask = (path: string, method = 'GET', body?: unknown) =>
    fetch(`${server.origin}${path}`, {
      method,
      headers: { cookie: organizer.cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).then(({ status }) => status)
  const meeting = `/api/meetings/${server.meeting}`
  const methods = Object.keys(server.storage).filter((name) => name !== 'close')
  expect(methods.length).toBeGreaterThan(20)
  for (const method of methods) {
    for (promised of [true, false]) {
      broken = method
      const late = stockClient({ origin: server.origin, meeting: server.meeting, cookie: organizer.cookie })
      for (const { doc } of two.clients) doc.getMap('people').set(`while ${method} fails`, true)
      await Promise.all([
        ask('/api/session'),
        post(server.origin, '/api/session', { token: server.invitations[0]!.token, name: `Guest ${method}` }),
        ask(meeting),
        ask(`${meeting}/invitations`, 'POST', { role: 'observer', side: 'none' }),
        ask(`${meeting}/invitations/nothing`, 'DELETE'),
        ask(`${meeting}/versions`),
        ask(`${meeting}/versions`, 'POST', { label: 'draft', name: '' }),
        ask(`${meeting}/calendars`),
        ask(`${meeting}/revisions`),
        ask(`${meeting}/away`),
        ask(`${meeting}/seen`, 'POST', { digest: 'x' }),
        ask('/calendar/nothing.ics'),
        ask('/readyz'),
      ])
      broken = null
      late.leave()
    }
  }
  await Promise.all([two.type('after'), elsewhere.type('after')])
  expect(await ask(meeting)).toBe(200)
  expect(await ask('/readyz')).toBe(200)
  expect(logged.length).toBeGreaterThan(0)
})

test('P1: edits whose commit ends in a fault are nobody’s to acknowledge, and those after them are committed', async () => {
  const failed: unknown[] = []
  const committed: number[] = []
  let faulty = true
  const committer = createCommitter({
    storage: { append: async (edits) => (faulty ? (undefined as never) : edits.map((_, i) => i as never)) },
    window: 0,
    now: () => 0,
    steady: () => 0,
  })
  const room = {
    committed: (edits: readonly Edit[]) => void committed.push(edits.length),
    failed: (error: unknown) => void failed.push(error),
  }
  const other = { committed: () => {}, failed: (error: unknown) => void failed.push(error) }
  const edit = { bytes: new Uint8Array(3) } as Edit
  for (const one of [room, other]) committer.add(one, edit)
  await committer.drain()
  expect([failed.length, committed.length]).toEqual([2, 0])
  faulty = false
  committer.add(room, edit)
  await committer.drain()
  expect(committed).toEqual([1])
})

test('a pool that cannot be started gives up that job, and takes the next', async () => {
  const pool = openRenderPool()
  onTestFinished(() => pool.close())
  const job = {
    format: 'md' as const,
    agenda: blankAgenda(),
    options: { ...wholeCopy, language: 'en' as const, lead: 'us' as const },
    meeting: 'meeting' as MeetingId,
    link: null,
    revisions: null,
    now: 0,
  }
  // Those that wait begin where the one before them ends: nobody is there to catch what they throw.
  faults.set('fork', 2)
  const jobs = Array.from({ length: 4 }, () => pool.print(job))
  const outcomes = (await Promise.allSettled(jobs)).map(({ status }) => status)
  expect(outcomes).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled'])
})
