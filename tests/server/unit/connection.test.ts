import { describe, expect, test, vi } from 'vitest'
import type { Room } from '../../../server/room/room.ts'
import type { SecretHash } from '../../../server/storage/members.ts'
import {
  type Connection,
  type ConnectionOptions,
  createRateLimits,
  openConnection,
} from '../../../server/sync/connection.ts'
import type { PersonId } from '../../../shared/domain/agenda.ts'
import {
  encodeAcknowledge,
  encodeAwareness,
  encodeStep1,
  encodeUpdate,
  type StateVector,
} from '../../../shared/wire/frame.ts'
import { type FakeTransport, fakeTransport } from '../../support/faketransport.ts'
import {
  kindOf,
  memberCalled,
  type Person,
  replicaOf,
  type Stage,
  setStage,
  textOf,
  typed,
  usualQuotas,
} from '../../support/stage.ts'

/* Sessions between a line whose other end is a test, and a room with somebody else in it. */

const [window, presenceWindow] = [32, 50]
const mark = Uint8Array.of(7)
const nothingKnown: StateVector = new Map()

interface Seated {
  readonly stage: Stage
  readonly room: Room
  readonly line: FakeTransport
  readonly session: Connection
  readonly codes: number[]
  readonly other: Person
}

const unhindered = { quotas: usualQuotas(), isBehind: () => false }
const rights = { doubtful: () => false, review: async () => {} }

async function seated(
  options: Partial<ConnectionOptions> = {},
  line: FakeTransport = fakeTransport(),
): Promise<Seated> {
  const stage = await setStage()
  const room = await stage.open()
  const other = stage.sit(room, 'other')
  const codes: number[] = []
  const session = openConnection({
    ...{ line, room, mayWrite: true, whole: true, vector: null },
    member: memberCalled('one'),
    session: 's1' as SecretHash,
    rights,
    shared: createRateLimits(performance.now()),
    ...unhindered,
    steady: () => performance.now(),
    ended: (code) => codes.push(code),
    report: (error) => stage.faults.push(error),
    ...options,
  })
  return { stage, room, line, session, codes, other }
}

const kinds = ({ sent }: FakeTransport) => sent.map(kindOf)

describe('P5: what ends a connection ends that one alone, by name', () => {
  const cases: [string, Uint8Array, boolean, number][] = [
    ['a frame that is none', Uint8Array.of(250, 1), true, 4400],
    ['a frame with something behind it', Uint8Array.from([...encodeAcknowledge(mark), 0]), true, 4400],
    ['a text', encodeAcknowledge(mark), false, 4400],
    ['an update that is none', encodeUpdate(Uint8Array.of(9, 9, 9)), true, 4400],
    ['a frame larger than any may be', new Uint8Array(4 * 2 ** 20 + 1), true, 4413],
    ['presence that is no JSON', encodeAwareness([{ client: 5, clock: 1, state: '{' }]), true, 4400],
  ]

  test.each(cases)('%s', async (_what, frame, complete, code) => {
    const { stage, room, line, codes, other } = await seated()
    line.hear(frame, complete)
    expect([line.ended, codes]).toEqual([[code], [code]])
    await vi.advanceTimersByTimeAsync(presenceWindow)
    expect([other.sent, other.ended, stage.faults, room.status().seats]).toEqual([[], [], [], 1])
    // Nothing that comes after it is heard, and nothing more is sent.
    const { length } = line.sent
    for (const update of typed(1, 'after')) line.hear(encodeUpdate(update))
    for (const update of typed(2, 'others')) other.seat.edit('update', update)
    await vi.advanceTimersByTimeAsync(window)
    expect(stage.disk.commits.flat().map(({ person }) => person)).toEqual(['other'])
    expect(line.sent).toHaveLength(length)
  })

  test('more frames than a person may send: 4429, over all their connections, and not at once after a quiet time', async () => {
    const shared = createRateLimits(0)
    const steady = { at: 0 }
    const options = { shared, steady: () => steady.at }
    const { line, stage, room } = await seated(options)
    const second = fakeTransport()
    openConnection({
      ...{ line: second, room, mayWrite: true, whole: true, vector: null, ...unhindered, ...options },
      ...{ member: memberCalled('one'), session: 's1' as SecretHash, rights, ended: () => {}, report: () => {} },
    })
    for (let i = 0; i < 2000; i += 1) for (const each of [line, second]) each.hear(encodeAcknowledge(mark))
    expect([line.ended, second.ended]).toEqual([[], []])
    steady.at += 1000
    for (let i = 0; i < 1000; i += 1) second.hear(encodeAcknowledge(mark))
    expect(second.ended).toEqual([])
    second.hear(encodeAcknowledge(mark))
    expect(second.ended).toEqual([4429])
    expect(stage.faults).toEqual([])
  })

  test('more bytes than a connection may send: 4429', async () => {
    const { line } = await seated({ shared: createRateLimits(0), steady: () => 0 })
    const large = encodeAcknowledge(new Uint8Array(4 * 2 ** 20 - 10))
    for (let i = 0; i < 8; i += 1) line.hear(large)
    expect(line.ended).toEqual([])
    line.hear(large)
    expect(line.ended).toEqual([4429])
  })

  test('more readings of the document than a person may have: 4429', async () => {
    const { line } = await seated({ shared: createRateLimits(0), steady: () => 0 })
    for (let i = 0; i < 300; i += 1) line.hear(encodeStep1(new Map([[i + 1, 1]])))
    expect(line.ended).toEqual([])
    line.hear(encodeStep1(nothingKnown))
    expect(line.ended).toEqual([4429])
  })

  test('a line that takes nothing: first it gets no presence, then it ends with 1013', async () => {
    const { line, codes, other } = await seated()
    const { length } = line.sent
    line.unsent = 300 * 2 ** 10
    other.seat.awareness([{ client: 5, clock: 1, json: new TextEncoder().encode('{}') }])
    await vi.advanceTimersByTimeAsync(presenceWindow)
    expect(line.sent).toHaveLength(length)
    line.unsent = 64 * 2 ** 20 + 1
    for (const update of typed(2, 'words')) other.seat.edit('update', update)
    await vi.advanceTimersByTimeAsync(window)
    expect([line.ended, codes, other.ended]).toEqual([[1013], [1013], []])
    expect(other.read()).toBe('words')
  })

  test('a line that throws as something is sent: it is dropped, and the others are sent theirs', async () => {
    const { stage, line, codes, other } = await seated()
    line.broken = new Error('a line that a test broke')
    for (const update of typed(2, 'words')) other.seat.edit('update', update)
    await vi.advanceTimersByTimeAsync(window)
    expect([line.ended, codes, stage.faults]).toEqual([['dropped'], [1011], [line.broken]])
    expect([other.read(), other.ended]).toEqual(['words', []])
  })
})

test('P2: what one session writes comes to the other line after the commit, and its acknowledgement after that', async () => {
  const { stage, line, other } = await seated()
  stage.disk.become('shut')
  for (const update of typed(1, 'words')) line.hear(encodeUpdate(update))
  line.hear(encodeAcknowledge(mark))
  await vi.advanceTimersByTimeAsync(window)
  expect([kinds(line), other.sent]).toEqual([['step-1'], []])
  stage.disk.become('well')
  await vi.advanceTimersByTimeAsync(0)
  expect(kinds(line)).toEqual(['step-1', 'update', 'acknowledge'])
  expect(other.read()).toBe('words')
})

test('P5: where a meeting has used up what its log may grow, what somebody types is taken, and much is asked to wait', async () => {
  const quotas = usualQuotas()
  const of = memberCalled('somebody else')
  quotas.add('log-growth', of, 1000 * 2 ** 20)
  const { stage, line } = await seated({ quotas })
  for (const update of typed(1, 'words', ' and more')) line.hear(encodeUpdate(update))
  await vi.advanceTimersByTimeAsync(window)
  expect([line.ended, stage.disk.commits.flat().length]).toEqual([[], 2])
  for (const update of typed(2, 'x'.repeat(100_000))) line.hear(encodeUpdate(update))
  expect(line.ended).toEqual([1013])
})

test('P5: a document that is asked for again while it waits to be read is encoded once, when there is room for it', async () => {
  const { line, other } = await seated()
  for (const update of typed(2, 'words')) other.seat.edit('update', update)
  await vi.advanceTimersByTimeAsync(window)
  line.unsent = 2 ** 20
  const answers = () => kinds(line).filter((kind) => kind === 'step-2').length
  for (let i = 0; i < 5; i += 1) line.hear(encodeStep1(nothingKnown))
  await vi.advanceTimersByTimeAsync(1000)
  expect(answers()).toBe(0)
  line.unsent = 0
  await vi.advanceTimersByTimeAsync(1000)
  expect(answers()).toBe(1)
})

test('P7: what a session writes is logged as its member’s, whatever it says of itself', async () => {
  const { stage, line } = await seated()
  const state = JSON.stringify({ user: { id: 'other', name: 'Somebody', side: 'us' } })
  line.hear(encodeAwareness([{ client: 1, clock: 1, state }]))
  for (const update of typed(1, 'words')) line.hear(encodeUpdate(update))
  await vi.advanceTimersByTimeAsync(presenceWindow)
  expect(stage.disk.commits.flat()).toMatchObject([{ person: 'one' as PersonId, session: 's1' }])
})

test('P3: the first bytes that leave are the whole of what is committed, when the client says in its address what it has', async () => {
  const { line, stage, room, other } = await seated()
  for (const update of typed(2, 'words')) other.seat.edit('update', update)
  await vi.advanceTimersByTimeAsync(window)
  line.breakOff()
  const next = fakeTransport()
  openConnection({
    ...{ line: next, room, mayWrite: true, whole: true, vector: nothingKnown, shared: createRateLimits(0) },
    ...unhindered,
    ...{ member: memberCalled('one'), session: 's1' as SecretHash, rights, ended: () => {} },
    ...{ steady: () => performance.now(), report: (error) => stage.faults.push(error) },
  })
  expect(kinds(next)).toEqual(['step-1', 'step-2'])
  expect(textOf(replicaOf(next.sent)).toString()).toBe('words')
  // The same question has its answer already; another one has not.
  next.hear(encodeStep1(nothingKnown))
  expect(kinds(next)).toEqual(['step-1', 'step-2'])
  next.hear(encodeStep1(nothingKnown))
  expect(kinds(next)).toEqual(['step-1', 'step-2', 'step-2'])
})

test('P9: whoever has gone, with a word or without, leaves no seat behind', async () => {
  const { room, line, session, codes } = await seated()
  expect(room.status().seats).toBe(2)
  line.breakOff(1001)
  expect([codes, room.status().seats]).toEqual([[1001], 1])
  session.close(4403, 'revoked')
  line.breakOff()
  // It had ended before.
  expect([codes, line.ended]).toEqual([[1001], []])
})

test('P9: nor does a line on which nobody answers signs of life', async () => {
  const { room, line, session, codes } = await seated()
  session.beat()
  expect(line.ended).toEqual([])
  line.alive = false
  session.beat()
  expect([line.ended, codes, room.status().seats]).toEqual([['dropped'], [1006], 1])
})

test('a sign of life goes to a line on which nothing else has been sent since the last', async () => {
  const { line, session } = await seated()
  session.beat()
  expect(kinds(line)).toEqual(['step-1'])
  session.beat()
  session.beat()
  expect(kinds(line)).toEqual(['step-1', 'awareness', 'awareness'])
})

test('P5: what throws in the midst of hearing a frame ends the room, and each of its lines asks to come again', async () => {
  const { stage, line, codes, other, room } = await seated()
  vi.spyOn(stage.committer, 'add').mockImplementationOnce(() => {
    throw new Error('a fault that a test makes')
  })
  for (const update of typed(1, 'words')) line.hear(encodeUpdate(update))
  expect([line.ended, codes, other.ended]).toEqual([[1011], [1011], [1011]])
  expect(stage.faults).toHaveLength(1)
  expect(await stage.open()).not.toBe(room)
})
