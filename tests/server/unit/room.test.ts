import { createEncoder, toUint8Array, writeUint8, writeVarString, writeVarUint } from 'lib0/encoding'
import { describe, expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { encodeAcknowledge } from '../../../shared/wire/frame.ts'
import { merge } from '../../../shared/wire/merge.ts'
import { claimed } from '../../support/rivals.ts'
import { kindOf, type Person, replicaOf, setStage, textOf, typed } from '../../support/stage.ts'

/* One room between people whom a test plays and a disk that it holds back. A window of the committer is 32 ms. */

const window = 32
const well = { status: 'well' }
const mark = Uint8Array.of(7)
const nothingKnown = new Map<number, number>()

/** Edits that come one after the other. */
function edit({ seat }: Person, updates: readonly Uint8Array[]): void {
  for (const update of updates) expect(seat.edit('update', update)).toEqual(well)
}

test('P2: nobody is sent an edit before it is committed; then all get it as one update, and its writer hears that it is saved', async () => {
  const stage = await setStage()
  const room = await stage.open()
  const [one, two] = [stage.sit(room, 'one'), stage.sit(room, 'two')]
  stage.disk.become('shut')
  edit(one, typed(1, 'three ', 'quick ', 'words'))
  one.seat.acknowledge(mark)
  two.seat.answer(nothingKnown)
  await vi.advanceTimersByTimeAsync(window * 10)
  // Who comes meanwhile is sent what is committed, and nothing else.
  expect(stage.story).toEqual(['two: step-2'])
  expect(two.read()).toBe('')
  stage.disk.become('well')
  await vi.advanceTimersByTimeAsync(0)
  expect(stage.story.slice(1)).toEqual(['disk: 3', 'one: update', 'two: update', 'one: acknowledge'])
  expect(two.read()).toBe('three quick words')
  expect(one.sent.at(-1)).toEqual(encodeAcknowledge(mark))
})

test('P1: an acknowledgement waits for what its own seat has sent before, and for nothing of others', async () => {
  const stage = await setStage()
  const room = await stage.open()
  const [one, two] = [stage.sit(room, 'one'), stage.sit(room, 'two')]
  const [first, second] = typed(1, 'first ', 'second')
  stage.disk.become('shut')
  edit(one, [first!])
  two.seat.acknowledge(mark)
  expect(stage.story).toEqual(['two: acknowledge'])
  one.seat.acknowledge(mark)
  await vi.advanceTimersByTimeAsync(window)
  edit(one, [second!])
  one.seat.acknowledge(Uint8Array.of(8))
  stage.disk.become('well')
  await vi.advanceTimersByTimeAsync(0)
  // The first commit is of the first edit alone.
  expect(one.sent.filter((frame) => kindOf(frame) === 'acknowledge')).toEqual([encodeAcknowledge(mark)])
  await vi.advanceTimersByTimeAsync(window)
  expect(one.sent.at(-1)).toEqual(encodeAcknowledge(Uint8Array.of(8)))
})

test('P1: what is on its way already by another connection is acknowledged when it is committed', async () => {
  const stage = await setStage()
  const room = await stage.open()
  const [tunnel, again] = [stage.sit(room, 'one'), stage.sit(room, 'one')]
  stage.disk.become('shut')
  edit(tunnel, typed(1, 'words'))
  tunnel.seat.leave()
  expect(again.seat.edit('step-2', merge(typed(1, 'words')))).toEqual(well)
  again.seat.acknowledge(mark)
  await vi.advanceTimersByTimeAsync(window)
  expect(again.sent).toEqual([])
  stage.disk.become('well')
  await vi.advanceTimersByTimeAsync(0)
  expect(again.sent.map(kindOf)).toEqual(['update', 'acknowledge'])
  expect(stage.disk.commits.flat()).toHaveLength(1)
})

test('P3: while the disk fails there is neither a broadcast nor an acknowledgement; when it is well again, all of it comes', async () => {
  const stage = await setStage()
  const room = await stage.open()
  const [one, two] = [stage.sit(room, 'one'), stage.sit(room, 'two')]
  stage.disk.become('failing')
  edit(one, typed(1, 'kept'))
  one.seat.acknowledge(mark)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(stage.story).toEqual([])
  expect([stage.committer.state().status, room.status().uncommitted]).toEqual(['failing', 1])
  stage.disk.become('well')
  await vi.advanceTimersByTimeAsync(2000)
  expect(stage.story).toEqual(['disk: 1', 'one: update', 'two: update', 'one: acknowledge'])
  expect(two.read()).toBe('kept')
})

test('P3: folding takes nothing into the base that is not committed', async () => {
  const stage = await setStage()
  const room = await stage.open()
  const one = stage.sit(room, 'one')
  const [first, second] = typed(1, 'committed', ' or not')
  edit(one, [first!])
  await vi.advanceTimersByTimeAsync(window)
  stage.disk.become('shut')
  edit(one, [second!])
  await room.fold()
  const stored = (await stage.storage.load(stage.meeting, 'agenda'))!
  expect(stored.tail).toEqual([])
  const doc = new Y.Doc()
  Y.applyUpdate(doc, stored.base)
  expect(textOf(doc).toString()).toBe('committed')
})

test('P1: a room that has failed acknowledges nothing more, and everybody is asked to come again', async () => {
  const stage = await setStage()
  const room = await stage.open()
  const [one, two] = [stage.sit(room, 'one'), stage.sit(room, 'two')]
  stage.disk.become('shut')
  edit(one, typed(1, 'words'))
  one.seat.acknowledge(mark)
  room.fail(new Error('a fault that a test makes'))
  stage.disk.become('well')
  await vi.advanceTimersByTimeAsync(window)
  expect([one.ended, two.ended, stage.story]).toEqual([[1011], [1011], ['disk: 1']])
  expect(stage.faults).toHaveLength(1)
  // It was committed all the same.
  const again = stage.sit(await stage.open(), 'one')
  again.seat.answer(nothingKnown)
  expect(again.read()).toBe('words')
})

describe('P4: of the same updates, in whatever order, repeated and with gaps on the way', () => {
  const three = [typed(1, 'a', 'b', 'c'), typed(2, 'd', 'e', 'f'), typed(3, 'g', 'h', 'i')]
  const all = three.flat()
  const orders = {
    'in order': all,
    backwards: all.toReversed(),
    'twice, from both ends': [...all, ...all.toReversed()],
    'every other one first': [...all.filter((_, i) => i % 2 === 1), ...all.filter((_, i) => i % 2 === 0)],
  }

  test.each(Object.entries(orders))('%s, everybody has the same, now and after a restart', async (_order, updates) => {
    const stage = await setStage()
    const room = await stage.open()
    const [one, two] = [stage.sit(room, 'one'), stage.sit(room, 'two')]
    for (const [i, update] of updates.entries()) {
      expect(one.seat.edit('update', update)).toEqual(well)
      if (i % 4 === 3) await vi.advanceTimersByTimeAsync(window)
    }
    await vi.advanceTimersByTimeAsync(window)
    const late = stage.sit(room, 'late')
    late.seat.answer(nothingKnown)
    const { base, tail } = (await stage.storage.load(stage.meeting, 'agenda'))!
    const stored = new Y.Doc()
    for (const update of [base, ...tail.map(({ bytes }) => bytes)]) Y.applyUpdate(stored, update)
    const expected = new Y.Doc()
    for (const update of all) Y.applyUpdate(expected, update)
    const words = textOf(expected).toString()
    expect([...words].sort().join('')).toBe('abcdefghi')
    expect([two.read(), late.read(), textOf(stored).toString()]).toEqual([words, words, words])
  })
})

test('P4: the log holds the bytes that came, and not what they were merged into', async () => {
  const stage = await setStage()
  const room = await stage.open()
  const updates = typed(1, 'one ', 'after ', 'the other')
  edit(stage.sit(room, 'one'), updates)
  await vi.advanceTimersByTimeAsync(window)
  const { tail } = (await stage.storage.load(stage.meeting, 'agenda'))!
  expect(tail.map(({ bytes }) => Uint8Array.from(bytes))).toEqual(updates)
})

describe('P5: what may not come in is refused by name, and neither logged nor sent to anybody', () => {
  const inRoot = (root: string) => {
    const doc = new Y.Doc()
    doc.getText(root).insert(0, 'words')
    return Y.encodeStateAsUpdate(doc)
  }
  /** Letters of one client with a gap after each. */
  const withGaps = (count: number) => {
    const letters = typed(9, ...Array.from({ length: count * 2 }, () => 'x'))
    return Y.mergeUpdates(letters.filter((_, i) => i % 2 === 0))
  }
  /** A letter, and deletions of every third of the letters that may follow. */
  const deletedAhead = (count: number) =>
    claimed(
      [{ client: 9, clock: 0, origin: null, next: null, list: 'glossary', text: 'x' }],
      Array.from({ length: count }, (_, at) => [9, 10 + at * 3, 1] as const),
    )
  const cases: [string, Uint8Array, Parameters<typeof setSeat>[0], number][] = [
    ['bytes that are no update', Uint8Array.of(1, 2, 3), {}, 4400],
    ['an update with something behind it', Uint8Array.from([...inRoot('glossary'), 0]), {}, 4400],
    ['a root that an agenda does not have', inRoot('elsewhere'), {}, 4400],
    ['words of somebody who only reads', inRoot('glossary'), { mayWrite: false }, 4403],
    ['more parts than somebody may bring now', inRoot('glossary'), { afford: () => false }, 4429],
    ['a hundred gaps', withGaps(100), {}, 4429],
    ['a hundred deletions of what its writer has not sent', deletedAhead(100), {}, 4429],
    ['more than may wait for what is not there', waitingFor(401), {}, 1013],
  ]
  const setSeat = async (guest: { mayWrite?: boolean; afford?: (parts: number) => boolean }) => {
    const stage = await setStage()
    const room = await stage.open()
    return { stage, room, one: stage.sit(room, 'one', guest), two: stage.sit(room, 'two') }
  }

  test.each(cases)('%s', async (_what, update, guest, code) => {
    const { stage, room, one } = await setSeat(guest)
    expect(one.seat.edit('update', update)).toMatchObject({ status: 'refused', code })
    await vi.advanceTimersByTimeAsync(window)
    expect([stage.story, stage.faults, room.status().uncommitted]).toEqual([[], [], 0])
  })

  test('a little less than these limits is taken', async () => {
    const { one } = await setSeat({})
    expect(one.seat.edit('update', withGaps(60))).toEqual(well)
    expect(one.seat.edit('update', waitingFor(200))).toEqual(well)
  })

  test('deletions ahead add up, until what they delete is there', async () => {
    const { one } = await setSeat({})
    const letters = (clock: number, text: string) =>
      claimed([{ client: 9, clock, origin: [9, clock - 1], next: null, list: 'glossary', text }])
    const more = claimed(
      [],
      Array.from({ length: 60 }, (_, at) => [9, 1000 + at * 3, 1] as const),
    )
    expect(one.seat.edit('update', deletedAhead(60))).toEqual(well)
    expect(one.seat.edit('update', more)).toMatchObject({ status: 'refused', code: 4429 })
    expect(one.seat.edit('update', letters(1, 'x'.repeat(300)))).toEqual(well)
    expect(one.seat.edit('update', more)).toEqual(well)
  })
})

/** So many letters that stand beside one of a client that nobody has heard of. */
function waitingFor(count: number): Uint8Array {
  const encoder = createEncoder()
  for (const n of [1, count, 5, 0]) writeVarUint(encoder, n)
  for (let at = 0; at < count; at += 1) {
    writeUint8(encoder, 4 | 128)
    for (const n of [999_999, 3]) writeVarUint(encoder, n)
    writeVarString(encoder, 'q')
  }
  writeVarUint(encoder, 0)
  return toUint8Array(encoder)
}

test('P5: deletions of somebody who only reads are not kept; what nobody else has deleted ends them', async () => {
  const stage = await setStage()
  const room = await stage.open()
  const [one, reader] = [stage.sit(room, 'one'), stage.sit(room, 'reader', { mayWrite: false })]
  edit(one, typed(1, 'words'))
  await vi.advanceTimersByTimeAsync(window)
  const doc = replicaOf(one.sent)
  const before = Y.encodeStateVector(doc)
  textOf(doc).delete(0, 5)
  expect(reader.seat.edit('update', Y.encodeStateAsUpdate(doc, before))).toEqual(well)
  await vi.advanceTimersByTimeAsync(1000)
  expect(reader.ended).toEqual([4403])
  expect([one.read(), stage.disk.commits.length]).toEqual(['words', 1])
})

test('P7: each edit is logged under the person and the session that brought it, with the client ids that it is first to use', async () => {
  const stage = await setStage()
  const room = await stage.open()
  edit(stage.sit(room, 'one'), typed(1, 'mine ', 'again'))
  edit(stage.sit(room, 'two'), typed(2, 'yours'))
  await vi.advanceTimersByTimeAsync(window)
  const logged = stage.disk.commits.flat().map(({ person, session, claims }) => ({ person, session, claims }))
  expect(logged).toEqual([
    { person: 'one', session: 'session of one', claims: [1] },
    { person: 'one', session: 'session of one', claims: [] },
    { person: 'two', session: 'session of two', claims: [2] },
  ])
  const { key } = (await stage.storage.load(stage.meeting, 'agenda'))!
  expect(Object.fromEntries(await stage.storage.owners(key))).toEqual({ 1: 'one', 2: 'two' })
})

describe('P7: a client id under which somebody has written', () => {
  const setIds = async () => {
    const stage = await setStage()
    const room = await stage.open()
    const [one, two] = [stage.sit(room, 'one'), stage.sit(room, 'two')]
    const [first, second] = typed(1, 'first ', 'second')
    edit(one, [first!])
    await vi.advanceTimersByTimeAsync(window)
    return { stage, room, one, two, second: second! }
  }

  test('is nobody else’s to write under: 4403', async () => {
    const { one, two, second } = await setIds()
    expect(two.seat.edit('update', second)).toMatchObject({ status: 'refused', code: 4403 })
    expect(one.seat.edit('update', second)).toEqual(well)
  })

  test('stays theirs when they have left', async () => {
    const { one, two, second } = await setIds()
    one.seat.leave()
    expect(two.seat.edit('update', second)).toMatchObject({ status: 'refused', code: 4403 })
  })

  test('is theirs on another connection as well', async () => {
    const { stage, room, second } = await setIds()
    expect(stage.sit(room, 'one').seat.edit('update', second)).toEqual(well)
  })

  test('is not written under by way of a step 2, whose sender is told what was not taken', async () => {
    const { stage, two, second } = await setIds()
    expect(two.seat.edit('step-2', second)).toEqual(well)
    two.seat.acknowledge(mark)
    await vi.advanceTimersByTimeAsync(window)
    expect(two.sent.map(kindOf)).toEqual(['update', 'lacking'])
    expect(stage.disk.commits).toHaveLength(1)
  })
})

test('P9: an hour of typing leaves its bytes in a room, and nothing else', async () => {
  const stage = await setStage()
  const room = await stage.open()
  const one = stage.sit(room, 'one')
  const letters = typed(1, ...Array.from({ length: 1200 }, () => 'letter'))
  for (const letter of letters) {
    one.seat.edit('update', letter)
    one.seat.acknowledge(mark)
    await vi.advanceTimersByTimeAsync(window)
  }
  one.seat.leave()
  // It was compacted after every 500.
  expect(room.status().weight.bytes).toBeLessThan(7200 + 200 * 25)
  await room.fold()
  // 7200 letters of one writer are one run.
  expect(room.status().weight.bytes).toBeLessThan(7200 + 100)
  expect(room.status().weight.parts).toBeLessThan(5)
  one.seat.answer(nothingKnown)
  room.close()
  expect([room.status().seats, room.status().uncommitted, vi.getTimerCount()]).toEqual([0, 0, 0])
})
