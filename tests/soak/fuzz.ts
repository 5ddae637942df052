import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMeeting, type FreshInvitation } from '../../server/meeting/meetings.ts'
import { openSqlite } from '../../server/storage/sqlite/storage.ts'
import { sample } from '../support/agenda.ts'
import { collecting, enter, memoryOf, type ServerProcess, startProcess, type Visitor } from '../support/server.ts'
import type { Campaign, Run } from './campaign.ts'
import { openApi } from './fuzz/api.ts'
import { diceOf, pick } from './fuzz/dice.ts'
import { openWriter } from './fuzz/edits.ts'
import type { Ground, Hostile } from './fuzz/ground.ts'
import type { Answer } from './fuzz/http.ts'
import { openPair, type Pair } from './fuzz/pair.ts'
import { openPlain } from './fuzz/plain.ts'
import { presenceFrame } from './fuzz/presence.ts'
import { describeFrame, openSeat, type Seat } from './fuzz/seat.ts'
import { syncFrame } from './fuzz/sync.ts'
import { openWords } from './fuzz/words.ts'

/** Of a hundred inputs, and how many of a surface are under way at once. */
const surfaces = {
  presence: { share: 20, lanes: 10 },
  frames: { share: 40, lanes: 32 },
  bodies: { share: 20, lanes: 6 },
  requests: { share: 20, lanes: 8 },
} as const
type Surface = keyof typeof surfaces
const names = Object.keys(surfaces) as Surface[]

/** Then a fresh meeting: a document has room for so much. */
const perRound = 10_000
/** As many as it takes: who comes again and again is told to wait, and nothing of theirs is looked at. */
const hostiles = 60
/** Of one connection, so that others of other kinds come after it. */
const mostOfSeat = 40

/**
 * Seeded hostile inputs, made of valid ones, against one server of 512 MB: presence, frames of the sync exchange, bodies of the
 * API, plain requests and what is none; beside two people who write in the agenda.
 */
export const fuzz: Campaign = {
  name: 'fuzz',
  unit: 'inputs',
  whole: 1_000_000,
  sample: 3500,
  seed: 11,
  async play(run) {
    const data = await mkdtemp(join(tmpdir(), 'parley-'))
    try {
      return await bombard(data, run)
    } finally {
      await rm(data, { recursive: true, force: true })
    }
  },
}

async function bombard(data: string, { seed, count }: Run): ReturnType<Campaign['play']> {
  const counts = new Map<string, number>()
  const add = (what: string, by = 1) => counts.set(what, (counts.get(what) ?? 0) + by)
  const faults: string[] = []
  const underWay = new Map<string, string>()
  const hold = (what: string, holds: boolean) => {
    if (!holds && faults.length < 20) faults.push(`seed ${seed}: ${what}`)
  }
  const heard = (line: string) => {
    if (isFault(line))
      hold(`the server said ${line.slice(0, 1500)}\n  during ${[...underWay.values()].join('\n  ')}`, false)
  }
  const options = `${collecting} --max-old-space-size=512`
  const server = await startProcess(data, { NODE_OPTIONS: options }, 'server/main.ts', heard)
  const alive = () => server.child.exitCode === null && server.child.signalCode === null
  type Memory = Awaited<ReturnType<typeof memoryOf>>
  let before: Memory | null = null
  let after: Memory | null = null
  let slowest = 0
  const played: Record<Surface, number> = { presence: 0, frames: 0, bodies: 0, requests: 0 }
  try {
    for (let left = count; left > 0 && faults.length === 0; left -= perRound) {
      const round = await openRound(data, server, seed + left)
      const { ground, pair } = round
      before ??= await memoryOf(server, 2)
      const size = Math.min(left, perRound)
      const ends = Object.fromEntries(
        names.map((name) => [name, played[name] + Math.round((size * surfaces[name].share) / 100)]),
      ) as Record<Surface, number>
      let over = false
      const broken = () => faults.length > 0 || !alive()
      const typing = pair
        .type(diceOf(seed, 'pair', left), () => over || broken())
        .catch((error: unknown) => {
          hold(`the two: ${error}\n  during ${[...underWay.values()].join('\n  ')}`, false)
        })
      const lanes: Lanes = {
        seed,
        ground,
        pair,
        next: (surface) => (played[surface] < ends[surface] && !broken() ? played[surface]++ : null),
        now: (lane, what) => underWay.set(lane, what),
        add,
        hold,
      }
      await Promise.all([
        presenceAndFrames(lanes, 'presence'),
        presenceAndFrames(lanes, 'frames'),
        bodies(lanes),
        requests(lanes),
      ]).catch((error: unknown) => hold(`${error instanceof Error ? error.stack : error}`, false))
      over = true
      await typing
      slowest = Math.max(slowest, pair.slowest())
      if (!broken()) for (const fault of await pair.faults()) hold(fault, false)
      add('edits of the two', pair.typed())
      add('of these deleted by right', pair.deleted())
      add('rounds after which replicas differ elsewhere', pair.differs() ? 1 : 0)
      // Of many rounds the first warms up.
      if (left === count && count > perRound && !broken()) before = await memoryOf(server, 2)
      if (left <= perRound && !broken()) after = await memoryOf(server, 2)
      round.close()
    }
    hold('the server has ended', alive())
  } finally {
    server.child.kill('SIGKILL')
    await server.exited
  }
  const growth = (of: 'heap' | 'rss') => (before === null || after === null ? 0 : (after[of] - before[of]) / 2 ** 20)
  hold(`the heap has grown by ${growth('heap').toFixed(1)} MB`, growth('heap') < 16)
  hold(`memory has grown by ${growth('rss').toFixed(1)} MB`, growth('rss') < 64)
  // One input may do without.
  if (count >= 1000) {
    hold('nobody typed meanwhile', (counts.get('edits of the two') ?? 0) > 10)
    for (const code of [4400, 4403]) hold(`no connection ended with ${code}`, counts.has(`ended with ${code}`))
  }
  return {
    faults,
    sums: { ...played, ...Object.fromEntries([...counts].sort((a, b) => a[0].localeCompare(b[0]))) },
    worst: { 'echo ms': slowest, 'heap growth MB': growth('heap'), 'memory growth MB': growth('rss') },
  }
}

/** A line of the log that tells of something that nobody foresaw. */
function isFault(line: string): boolean {
  return line.startsWith('{') ? (JSON.parse(line) as { level: number }).level >= 50 : /error|uncaught/i.test(line)
}

interface Lanes {
  readonly seed: number
  readonly ground: Ground
  readonly pair: Pair
  /** The number of the next input of a surface, or null when there are no more. */
  next(surface: Surface): number | null
  /** What a lane is doing. */
  now(lane: string, what: string): void
  add(what: string): void
  hold(what: string, holds: boolean): void
}

function side(surface: Surface, lane: (name: string) => Promise<void>): Promise<unknown> {
  return Promise.all(Array.from({ length: surfaces[surface].lanes }, (_, i) => lane(`${surface} ${i}`)))
}

/** 4400-4499 are final; 1013 asks to come again. */
const allowed = new Set([1013, 4400, 4401, 4403, 4404, 4409, 4410, 4413, 4429])
const refusals = new Set([1013, 4429])

async function presenceAndFrames(lanes: Lanes, surface: 'presence' | 'frames'): Promise<void> {
  const { seed, ground, pair, next, now, add, hold } = lanes
  await side(surface, async (lane) => {
    let seat: Seat | null = null
    for (let n = next(surface); n !== null; n = next(surface)) {
      const random = diceOf(seed, surface, n)
      for (let tries = 0; seat === null || seat.ended() !== null || seat.sent() >= mostOfSeat; tries += 1) {
        if (tries > 200) throw new Error(`nobody is let in any more, at ${surface} ${n}`)
        await seat?.leave()
        const opening = diceOf(seed, `${surface} seat ${tries}`, n)
        seat = await openSeat(opening, ground, pick(opening, ground.people))
        const code = seat.ended()
        if (code !== null) add(`openings ended with ${code}`)
        if (code !== null) hold(`${surface} ${n}: an opening ended with ${code}`, allowed.has(code))
      }
      const frame = surface === 'frames' ? syncFrame(random, ground, seat.own) : presenceFrame(random, ground, seat.own)
      now(lane, `${surface} ${n}: ${describeFrame(frame)}`)
      const code = await seat.try(frame)
      pair.answered(frame)
      if (code === null) add('looked at')
      else {
        add(`ended with ${code}`)
        add(refusals.has(code) ? 'refused' : 'looked at')
        hold(`${surface} ${n}: ended with ${code}: ${describeFrame(frame)}`, allowed.has(code))
        // Later they are somebody who has gone.
        if (ground.absent.length < 500) ground.absent.push(seat.own)
      }
    }
    await seat?.leave()
  })
}

async function bodies({ seed, ground, next, now, add, hold }: Lanes): Promise<void> {
  const api = openApi(ground)
  await side('bodies', async (lane) => {
    for (let n = next('bodies'); n !== null; n = next('bodies')) {
      const random = diceOf(seed, 'bodies', n)
      now(lane, `bodies ${n}`)
      const { answer, said } = await api.play(random, pick(random, ground.people))
      judge(answer, `bodies ${n}: ${said}`, add, hold)
    }
  })
  api.close()
}

async function requests({ seed, ground, pair, next, now, add, hold }: Lanes): Promise<void> {
  const plain = openPlain(ground)
  await side('requests', async (lane) => {
    for (let n = next('requests'); n !== null; n = next('requests')) {
      const random = diceOf(seed, 'requests', n)
      now(lane, `requests ${n}`)
      const { answer, said, frames } = await plain.play(random, pick(random, ground.people))
      for (const frame of frames) pair.answered(frame)
      judge(answer, `requests ${n}: ${said}`, add, hold)
    }
  })
  await plain.close()
}

function judge({ status, body }: Answer, said: string, add: Lanes['add'], hold: Lanes['hold']): void {
  add(status === null ? 'left without an answer' : `answered ${status}`)
  add(status === 429 ? 'refused' : 'looked at')
  // What is busy, or not built, says so; what has thrown says 1011.
  const meant = status === 501 || (status === 503 && !body.includes('1011'))
  hold(`${said}: ${status} ${body.slice(0, 500)}`, status === null || status < 500 || meant)
}

interface Round {
  readonly ground: Ground
  readonly pair: Pair
  close(): void
}

/** A fresh meeting on the same server, and fresh sessions: who is in many meetings is told the titles of all of them. */
async function openRound(data: string, server: ServerProcess, seed: number): Promise<Round> {
  const agenda = sample()
  const storage = openSqlite(data)
  const { meeting, invitations } = await createMeeting(storage, agenda, Date.now())
  await storage.close()
  const { origin } = server
  const come = async (role: string, name: string): Promise<Hostile> => {
    const { token } = invitations.find((one) => `${one.role} ${one.side}` === role) as FreshInvitation
    return { ...(await enter(origin, token, name)), token }
  }
  const [one, two] = await Promise.all([come('delegate us', 'one'), come('delegate cn', 'two')])
  const roles = ['delegate us', 'delegate cn', 'delegate us', 'delegate cn', 'observer none']
  const people: Hostile[] = []
  for (let i = 0; i < hostiles; i += 1) people.push(await come(roles[i % roles.length]!, `hostile ${i}`))
  const everybody: readonly Visitor[] = [one, two, ...people]
  const random = diceOf(seed, 'ids', 0)
  const ids = [1 + Math.floor(random() * 2 ** 31), 1 + Math.floor(random() * 2 ** 31)] as const
  const visitors = [one, two] as const
  const known = new Map(everybody.map(({ person }) => [person.id, person.name]))
  const pair = await openPair({ origin, meeting, visitors, agenda, ids, names: known })
  // Something to begin with, for those who change what others have said.
  await pair.type(random, () => pair.typed() >= 8)
  const writer = openWriter(pair.clients[0].doc, pair.items)
  const ground: Ground = {
    server,
    meeting,
    people,
    victims: ids,
    absent: [],
    persons: everybody.map(({ person }) => person.id),
    items: [...agenda.days.flatMap((day) => day.items), ...agenda.proposals]
      .map(({ id }) => id)
      .filter((id) => !pair.items.includes(id)),
    spared: pair.items,
    holders: pair.holders,
    words: openWords(pair.clients[0].doc, ids, pair.holders),
    recent: pair.recent,
    writer,
    agenda: pair.agenda,
  }
  return {
    ground,
    pair,
    close() {
      writer.close()
      pair.leave()
    },
  }
}
