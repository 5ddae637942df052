import { afterEach, beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { encodeAcknowledge, encodeUpdate } from '../../shared/wire/frame.ts'
import { merge } from '../../shared/wire/merge.ts'
import { counted } from '../../shared/wire/yjs.ts'
import { type Deed, rivalries, updatesOf } from '../support/rivals.ts'
import {
  kindOf,
  rawClient,
  startServer,
  stockClient,
  type TestServer,
  textOf,
  type Visitor,
} from '../support/server.ts'

/* Items that claim the same place cost every replica by the square. They are refused before any has them. */

let server: TestServer
beforeEach(async () => {
  server = await startServer()
})
afterEach(() => server.stop())

const at = ({ cookie }: Visitor) => ({ origin: server.origin, meeting: server.meeting, cookie })

/** Sends deeds in small frames, a hundred client ids under each of these names in turn, until one is let go: how. */
async function bring(
  deeds: readonly Deed[],
  names: readonly string[],
): Promise<{ code: number; reason: string } | null> {
  const vandals = await Promise.all(names.map((name) => server.visit('delegate', 'cn', name)))
  const raws = vandals.map((vandal) => rawClient(at(vandal)))
  await Promise.all(raws.map((raw) => raw.frame((frame) => kindOf(frame) === '0.0')))
  const senderOf = (deed: Deed) => Math.floor(('client' in deed ? deed.client : 0) / 100) % raws.length
  for (let from = 0, turn = 0; from < deeds.length; turn += 1) {
    const sender = senderOf(deeds[from]!)
    let to = from
    while (to < deeds.length && to < from + 100 && senderOf(deeds[to]!) === sender) to += 1
    const raw = raws[sender]!
    for (const update of updatesOf(deeds.slice(from, to), 100)) raw.send(encodeUpdate(update))
    from = to
    const question = encodeAcknowledge(Uint8Array.of(turn & 255, turn >> 8))
    raw.send(question)
    const echo = question.join()
    const end = await Promise.race([raw.closed, raw.frame((frame) => frame.join() === echo)])
    if ('code' in end) return end
    for (const one of raws) one.frames.length = 0
  }
  for (const raw of raws) raw.socket.terminate()
  return null
}

/** What the document has cost a page that was there, and costs one that comes. */
async function costs(): Promise<readonly [number, number]> {
  const { base, tail } = (await server.storage.load(server.meeting, 'agenda'))!
  const log = [base, ...tail.map(({ bytes }) => bytes)]
  const cost = (updates: readonly Uint8Array[]) => {
    const doc = new Y.Doc()
    return counted(() => {
      for (const update of updates) Y.applyUpdate(doc, update)
    }).steps
  }
  return [cost(log), cost([merge(log)])]
}

test.each(Object.keys(rivalries))(
  'P5: %s are refused before they cost anybody much, and honest work goes on',
  async (name) => {
    const honest = stockClient(at(await server.visit('delegate', 'us', 'honest')))
    await honest.synced
    honest.doc.getMap('meta').set('honest', 'before')
    await honest.acknowledged()
    const end = await bring(rivalries[name]!(3500), ['one', 'two', 'three'])
    expect([
      [4429, 'too many at one place'],
      [4413, 'the document is full'],
    ]).toContainEqual([end?.code, end?.reason])
    honest.doc.getMap('meta').set('honest', 'after')
    await honest.acknowledged()
    expect(honest.closes).toEqual([])
    const paid = await costs()
    console.log(`${name}: ${end?.code}; steps of who was there and of who comes: ${paid}`)
    expect(Math.max(...paid)).toBeLessThan(6_000_000)
    const late = stockClient(at(await server.visit('delegate', 'us', 'late')))
    await late.synced
    expect(late.doc.getMap('meta').get('honest')).toBe('after')
    for (const client of [honest, late]) client.leave()
  },
  60_000,
)

test('P5: one name brings no more than its share, under however many client ids and connections', async () => {
  const deeds = rivalries['letters behind the same other, each before another']!(2500)
  expect(await bring(deeds, ['one', 'one', 'one'])).toMatchObject({ code: 4429, reason: 'too many at one place' })
  // Another has room for what a hundred people do at one place.
  const many = Array.from({ length: 100 }, (_, one): Deed => {
    return { client: 90_000 + one, clock: 0, origin: null, next: null, list: ['meta', 'title'], text: 'x' }
  })
  expect(await bring(many, ['two'])).toBeNull()
})

test('P1: thousands of letters at one place keep nobody out who has written there without knowing of them', async () => {
  const deeds = rivalries['two who each put every letter before the last']!(3500)
  const title = deeds.slice(0, 1)
  expect(await bring(title, ['one'])).toBeNull()
  const honest = stockClient(at(await server.visit('delegate', 'us', 'honest')))
  await honest.synced
  honest.provider.disconnect()
  textOf(honest.doc).insert(1, 'on a flight')
  expect(await bring(deeds.slice(1, 3501), ['two'])).toBeNull()
  honest.provider.connect()
  await honest.until((doc) => textOf(doc).length === 2 + 11 + 3500)
  await honest.acknowledged()
  expect(honest.closes.filter((code) => code >= 4000)).toEqual([])
  const late = stockClient(at(await server.visit('delegate', 'us', 'late')))
  await late.synced
  expect(textOf(late.doc).toString()).toContain('on a flight')
  for (const client of [honest, late]) client.leave()
}, 60_000)
