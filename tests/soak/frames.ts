import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEncoder, toUint8Array, writeUint8, writeVarString, writeVarUint } from 'lib0/encoding'
import * as Y from 'yjs'
import { createMeeting, type FreshInvitation } from '../../server/meetings.ts'
import { openSqlite } from '../../server/storage/sqlite.ts'
import { encodeAcknowledge, encodeAwareness, encodeStep1, encodeStep2, encodeUpdate } from '../../shared/wire/frame.ts'
import { seeded } from '../support/agenda.ts'
import {
  blankAgenda,
  collecting,
  enter,
  kindOf,
  memoryOf,
  type RawClient,
  rawClient,
  type ServerProcess,
  startProcess,
  stockClient,
} from '../support/server.ts'
import type { Campaign } from './campaign.ts'

type Dice = () => number

function written(...numbers: number[]): Uint8Array {
  const encoder = createEncoder()
  for (const n of numbers) writeVarUint(encoder, n)
  return toUint8Array(encoder)
}

function bytes(random: Dice, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random() * 256)
}

/** An item of one letter in the root `glossary`, at whatever clock. */
function letter(client: number, clock: number): Uint8Array {
  const encoder = createEncoder()
  for (const n of [1, 1, client, clock]) writeVarUint(encoder, n)
  writeUint8(encoder, 4)
  writeVarUint(encoder, 1)
  writeVarString(encoder, 'glossary')
  writeVarString(encoder, 'h')
  writeVarUint(encoder, 0)
  return toUint8Array(encoder)
}

function honestUpdate(random: Dice): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = 1 + Math.floor(random() * 2 ** 31)
  doc.getMap('meta').set(
    'hostile',
    Array.from({ length: 20 }, () => random()),
  )
  doc.getText('glossary').insert(0, 'x'.repeat(1 + random() * 200))
  return Y.encodeStateAsUpdate(doc)
}

const oversized = 'an oversized frame'

/** Every kind of hostile frame; `victims` are the client ids of those who are typing. */
const kinds: Record<string, (random: Dice, victims: readonly number[]) => Uint8Array | string> = {
  'random bytes': (random) => bytes(random, random() * 200),
  'random bytes in a sync frame': (random) => encodeUpdate(bytes(random, random() * 200)),
  'random bytes in a step 2': (random) => encodeStep2(bytes(random, random() * 200)),
  'a truncated update': (random) => {
    const update = honestUpdate(random)
    return encodeUpdate(update.subarray(0, random() * update.length))
  },
  'an update with a byte changed': (random) => {
    const update = honestUpdate(random).slice()
    update[Math.floor(random() * update.length)] = random() * 256
    return encodeUpdate(update)
  },
  'a length that the frame does not have': (random) => written(0, 2, Math.floor(random() * 2 ** 30), 1, 2, 3),
  'a count that allocates': (random) => encodeUpdate(written(1, 2 ** 25 + Math.floor(random() * 99), 1, 0)),
  'an update of a root that there is not': () => {
    const doc = new Y.Doc()
    doc.getMap('elsewhere').set('key', 1)
    return encodeUpdate(Y.encodeStateAsUpdate(doc))
  },
  [oversized]: () => new Uint8Array(4 * 2 ** 20 + 1),
  'a huge clock': (random) => encodeUpdate(letter(5, 2 ** 31 + Math.floor(random() * 2 ** 20))),
  'a clock far ahead': (random) => encodeUpdate(letter(Math.floor(random() * 2 ** 30), 2 ** 30)),
  'a collected struct for somebody else': (random, victims) => {
    return encodeUpdate(written(1, 1, victims[random() < 0.5 ? 0 : 1]!, 1 + Math.floor(random() * 9999), 0, 2 ** 20, 0))
  },
  'a collected struct for somebody else in a step 2': (_random, victims) => {
    return encodeStep2(written(1, 1, victims[0]!, 0, 0, 2 ** 20, 0))
  },
  'a deletion of what somebody is going to type': (_random, victims) => {
    return encodeStep2(written(0, 1, victims[1]!, 1, 2 ** 20, 2 ** 29))
  },
  'a forged presence': (random, victims) => {
    const client = victims[Math.floor(random() * victims.length)]!
    return encodeAwareness([{ client, clock: 2 ** 40, state: random() < 0.5 ? 'null' : '{"user":{"name":"forged"}}' }])
  },
  'a presence that is none': (random) =>
    encodeAwareness([{ client: 99, clock: 1, state: random() < 0.5 ? '[1' : '7' }]),
  'a state vector that claims too much': () => written(0, 0, 5, 255, 255, 255, 255, 127),
  'a state vector from the future': (_random, victims) => {
    return encodeStep1(new Map(victims.map((client) => [client, 2 ** 40] as const)))
  },
  'a type that there is not': (random) => written(4 + Math.floor(random() * 90), 1, 2, 3),
  'the server’s part of the protocol': () => written(2, 0, 3, 1, 2, 3),
  'an item that is its own parent': () => encodeUpdate(written(1, 1, 5, 3, 4, 0, 5, 3, 1, 120, 0)),
  text: () => 'hello',
  'an empty frame': () => new Uint8Array(),
}

/** Hostile frames of every kind against a server of its own, beside two people who type. */
export const frames: Campaign = {
  name: 'frames',
  unit: 'frames',
  whole: 10_000,
  sample: 1500,
  seed: 7,
  async play({ seed, count }) {
    const data = await mkdtemp(join(tmpdir(), 'parley-'))
    try {
      return await bombard(data, seed, count)
    } finally {
      await rm(data, { recursive: true, force: true })
    }
  },
}

async function bombard(data: string, seed: number, count: number): ReturnType<Campaign['play']> {
  const storage = openSqlite(data)
  const { meeting, invitations } = await createMeeting(storage, blankAgenda(), Date.now())
  await storage.close()
  const server = await startProcess(data, { NODE_OPTIONS: collecting })
  try {
    return await beside(server, meeting, invitations, seed, count)
  } finally {
    server.child.kill('SIGKILL')
    await server.exited
  }
}

async function beside(
  server: ServerProcess,
  meeting: string,
  invitations: readonly FreshInvitation[],
  seed: number,
  count: number,
): ReturnType<Campaign['play']> {
  const token = (role: string, side: string) => invitations.find((one) => one.role === role && one.side === side)!.token
  const visitors = await Promise.all([
    enter(server.origin, token('delegate', 'us'), 'one'),
    enter(server.origin, token('delegate', 'cn'), 'two'),
    // As many as it takes: who comes again and again is told to wait, and nothing of theirs is looked at.
    ...Array.from({ length: 60 }, (_, i) => enter(server.origin, token('delegate', 'us'), `hostile ${i}`)),
  ])
  const place = (cookie: string) => ({ origin: server.origin, meeting, cookie })
  const [one, two] = visitors.slice(0, 2).map((visitor) => stockClient(place(visitor.cookie)))
  await Promise.all([one!.synced, two!.synced])
  const honest = [one!, two!]
  const victims = honest.map((client) => client.doc.clientID)
  for (const client of honest) {
    client.provider.awareness.setLocalStateField('item', 'honest')
    client.doc.getText('glossary').insert(0, 'begin ')
  }
  await Promise.all(honest.map((client) => client.acknowledged()))
  const before = await memoryOf(server, 2)

  const random = seeded(seed)
  // Four megabytes each: few, or the allowance would end everything else.
  const names = Object.keys(kinds).filter((name) => name !== oversized)
  const codes = new Map<number, number>()
  const hostile = visitors.slice(2)
  let opened = 0
  let sent = 0
  let borne = 0
  let typed = 0
  const typing = (async () => {
    while (sent < count) {
      const client = honest[typed % 2]!
      client.doc.getMap('people').set(String(typed), 1)
      client.doc.getText('glossary').insert(client.doc.getText('glossary').length, 'w')
      typed += 1
      await client.acknowledged()
    }
  })()
  // Some connections at once, those of one person after those of another. Each frame is looked at: the next one waits for the answer to a question
  // sent behind it, or for the end of the connection.
  const lane = async () => {
    let raw: RawClient | null = null
    while (sent < count) {
      if (raw === null || raw.socket.readyState !== raw.socket.OPEN) {
        raw = rawClient(place(hostile[opened++ % hostile.length]!.cookie))
        await raw.opened
      }
      const name = sent % 1000 === 999 ? oversized : names[sent % names.length]!
      sent += 1
      raw.send(kinds[name]!(random, victims) as Uint8Array)
      const question = Uint8Array.of(sent & 255, sent >> 8)
      raw.send(encodeAcknowledge(question))
      const echo = encodeAcknowledge(question).join()
      // Or that not all was taken.
      const answer = raw.frame((frame) => frame.join() === echo || kindOf(frame) === '103')
      const end = await Promise.race([raw.closed, answer])
      if ('code' in end) codes.set(end.code, (codes.get(end.code) ?? 0) + 1)
      else borne += 1
      raw.frames.length = 0
    }
    raw?.socket.terminate()
  }
  await Promise.all(Array.from({ length: 6 }, lane))
  await typing
  await Promise.all(honest.map((client) => client.acknowledged()))
  for (const client of honest) await client.until((doc) => doc.getMap('people').size === typed)

  // The others: never disconnected, every edit of theirs has arrived, nobody speaks for them.
  const faults: string[] = []
  const hold = (what: string, holds: boolean) => {
    if (!holds) faults.push(`seed ${seed}: ${what}`)
  }
  const words = (doc: Y.Doc) => doc.getText('glossary').toString()
  const closes = honest.flatMap((client) => client.closes)
  hold(`the others were disconnected: ${closes.join(', ')}`, closes.length === 0)
  hold('the others do not agree', words(one!.doc) === words(two!.doc))
  const state = one!.provider.awareness.getStates().get(victims[1]!)
  hold(`somebody spoke for another: ${JSON.stringify(state)}`, state?.user?.name === 'two' && state?.item === 'honest')
  const late = stockClient(place(visitors[0]!.cookie))
  await late.synced
  hold('an edit has not arrived', late.doc.getMap('people').size === typed)
  hold('who comes later reads something else', words(late.doc) === words(one!.doc))
  hold('the server has ended', server.child.exitCode === null)
  late.leave()

  const after = await memoryOf(server, 2)
  const [heap, rss] = [(after.heap - before.heap) / 2 ** 20, (after.rss - before.rss) / 2 ** 20]
  hold(`the heap has grown by ${heap.toFixed(1)} MB`, heap < 16)
  hold(`memory has grown by ${rss.toFixed(1)} MB`, rss < 64)
  hold(`nobody typed meanwhile`, typed > 10)
  const ended = [...codes.keys()].sort()
  hold(`connections ended with ${ended.join(', ')}`, ended.join() === '4400,4403,4413')
  for (const client of honest) client.leave()
  return {
    faults,
    sums: {
      frames: sent,
      'edits of the others': typed,
      'without harm': borne,
      ...Object.fromEntries([...codes].map(([code, times]) => [`ended with ${code}`, times])),
    },
    worst: { 'heap growth MB': heap, 'memory growth MB': rss },
  }
}
