import { expect, test } from 'vitest'
import type { Found, Written } from '../../../client/sync/device/database.ts'
import {
  type DeviceState,
  foldAt,
  type Happening,
  isNewer,
  mustRead,
  mustWrite,
  next,
  retryAfter,
  unopened,
  workOf,
} from '../../../client/sync/device/state.ts'
import { countOf } from '../../../client/sync/device/unsaved.ts'
import { usualTiming } from '../../../client/sync/timing.ts'

const epoch = 3
const after = (from: DeviceState, ...happenings: readonly Happening[]): DeviceState => happenings.reduce(next, from)

const update = (byte: number) => Uint8Array.of(0, 0, byte)
const extent = { from: new Map([[5, 0]]), to: new Map([[5, 1]]) }
const edit = (byte = 1): Happening => ({ type: 'appended', update: update(byte), extent })
const received: Happening = { type: 'appended', update: update(9), extent: null }
const whole = () => Uint8Array.of(9)

const nothing: Found = { epoch: 0, keys: new Set(), fresh: new Map(), visits: [], base: null, log: [] }

/** A copy that has been opened, read and shown. */
function shown(found: Partial<Found> = {}, known = false): DeviceState {
  const opened = after(unopened('a', known, epoch), { type: 'opened', birth: 'one' })
  const all = { ...nothing, ...found }
  return after(
    opened,
    { type: 'read', before: opened, found: all, former: false },
    { type: 'applied', before: opened, found: all, rows: all.fresh },
    { type: 'rested' },
  )
}

function written(before: DeviceState, keys: readonly number[], more: Partial<Written> = {}): Happening {
  return { type: 'written', before, written: { keys, logKeys: [], own: undefined, epoch, news: false, ...more } }
}

const failed = (name: string, last = false): Happening => {
  return { type: 'failed', error: new DOMException('Out of order', name), opening: false, last }
}

test('a copy is said to be stored once it has been read, and an edit to be storing until it is written', () => {
  const before = shown()
  expect([unopened('a', false, epoch).device.status, before.device.status]).toEqual(['opening', 'stored'])
  const edited = after(before, edit())
  expect([edited.device.status, countOf(edited.unsaved), mustWrite(edited)]).toEqual(['storing', 1, true])
  const done = after(edited, written(edited, [1]), { type: 'rested' })
  expect([done.device.status, mustWrite(done), [...done.rows]]).toEqual(['stored', false, [1]])
})

test('what comes from the server makes nothing unsaved and nothing less stored', () => {
  const state = after(shown(), received)
  expect([state.device.status, countOf(state.unsaved), mustWrite(state)]).toEqual(['stored', 0, true])
})

test('what comes in during a write goes into the next, and after a write that failed everything does', () => {
  const before = after(shown(), edit(1))
  const meanwhile = after(before, edit(2))
  const next = after(meanwhile, written(before, [1]), { type: 'rested' })
  expect([next.pending.map((one) => one.update[2]), mustWrite(next), next.device.status]).toEqual([
    [2],
    true,
    'storing',
  ])
  const again = after(meanwhile, { type: 'unwritten', before })
  expect([again.pending.map((one) => one.update[2]), mustWrite(again)]).toEqual([[1, 2], true])
})

test('what both had is written once, and what comes of it during that write is written after it', () => {
  const base = (heard: number): Happening => ({ type: 'based', base: { state: update(0), since: heard, heard } })
  const before = after(shown(), base(1))
  expect(workOf(before, whole).base).toMatchObject({ heard: 1 })
  expect(after(before, written(before, [])).base).toBeNull()
  expect(after(before, base(2), written(before, [])).base).toMatchObject({ heard: 2 })
  expect(after(before, { type: 'unwritten', before }).base).toMatchObject({ heard: 1 })
})

test('only what was made here asks to outlast the power', () => {
  expect(workOf(after(shown(), received), whole).durability).toBe('default')
  expect(workOf(after(shown(), received, edit()), whole).durability).toBe('strict')
})

test(`more than ${foldAt} rows are folded into the whole document, and where that fails, after as many more again`, () => {
  const fresh = new Map(Array.from({ length: foldAt }, (_, key) => [key, update(key % 100)]))
  const before = after(shown({ fresh, keys: new Set(fresh.keys()) }), edit())
  const work = workOf(before, whole)
  expect([work.fresh, work.folded.length]).toEqual([[whole()], foldAt])
  expect([...after(before, written(before, [900])).rows]).toEqual([900])
  const failing = after(before, { type: 'unwritten', before })
  expect(workOf(failing, whole)).toMatchObject({ fresh: [update(1)], folded: [] })
})

test('P8: rows of a newer version are not folded, and it is known from the moment they are read', () => {
  const fresh = new Map(Array.from({ length: foldAt + 9 }, (_, key) => [key, update(key % 100)]))
  const state = after(shown({ fresh, keys: new Set(fresh.keys()), epoch: epoch + 1 }), edit())
  expect([isNewer(state), state.epoch, workOf(state, whole).folded]).toEqual([true, epoch + 1, []])
  const before = after(shown(), edit())
  expect(mustRead(after(before, written(before, [1], { epoch: epoch + 1 })))).toBe(true)
  expect(mustRead(after(before, written(before, [1])))).toBe(false)
})

test('what takes the place of the document is written in place of all rows, and nothing is folded over it afterwards', () => {
  const before = after(shown({ fresh: new Map([[1, update(1)]]), keys: new Set([1]) }), edit(2), {
    type: 'exchanged',
    whole: update(7),
    clients: [70],
  })
  expect(workOf(before, whole)).toMatchObject({ fresh: [update(7)], folded: [1], durability: 'strict' })
  expect(countOf(before.unsaved)).toBe(2)
  const done = after(before, written(before, [2]), { type: 'rested' })
  expect([done.exchanged, done.foldAbove, done.device.status]).toEqual([null, Number.POSITIVE_INFINITY, 'stored'])
})

test('what is exchanged during a write has in it what that had, and is not taken for written', () => {
  const before = after(shown(), edit(1))
  const exchanged = after(before, { type: 'exchanged', whole: update(7), clients: [] }, edit(3))
  const done = after(exchanged, written(before, [1]), { type: 'rested' })
  expect([done.exchanged, done.pending.length, done.device.status]).toEqual([update(7), 1, 'storing'])
  expect(after(exchanged, { type: 'unwritten', before }).pending.map((one) => one.update[2])).toEqual([3])
})

test('a failure is said when the second try has it as well, or at once where that cannot help', () => {
  const before = after(shown(), edit())
  expect(after(before, failed('UnknownError')).device.status).toBe('storing')
  expect(after(before, failed('UnknownError'), failed('UnknownError')).device).toMatchObject({ cause: 'failed' })
  expect(after(before, failed('UnknownError', true)).device).toMatchObject({ cause: 'failed' })
  expect(after(before, failed('QuotaExceededError')).device).toEqual({
    status: 'failing',
    cause: 'full',
    reason: 'QuotaExceededError: Out of order',
    unread: false,
  })
  expect(after(before, { type: 'slow' }).device).toMatchObject({ cause: 'slow' })
  const mended = after(before, failed('TimeoutError'), written(before, [1]), { type: 'rested' })
  expect([mended.device.status, mended.failures]).toEqual(['stored', 0])
})

test('tries after failures come later and later, up to a bound, and soon again after one that has not failed', () => {
  let state = shown()
  const waits = Array.from({ length: 9 }, () => {
    const wait = retryAfter(state, usualTiming)
    state = after(state, failed('UnknownError'))
    return wait
  })
  expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  expect(retryAfter(after(state, { type: 'rested' }), usualTiming)).toBe(250)
})

test('while a copy from before has not been read, nobody is told that nothing waits in it', () => {
  expect(after(unopened('a', true, epoch), { type: 'slow' }).device).toMatchObject({ unread: true })
  expect(after(unopened('a', false, epoch), { type: 'slow' }).device).toMatchObject({ unread: false })
  expect(after(shown({}, true), { type: 'slow' }).device).toMatchObject({ unread: false })
  const spoilt = { ...nothing, fresh: new Map([[1, update(1)]]), keys: new Set([1]) }
  const before = shown()
  const state = after(before, { type: 'applied', before, found: spoilt, rows: new Map() })
  expect([state.device, [...state.rows]]).toEqual([{ status: 'stored', unread: true }, []])
})

test('another tab’s rows are read once for however many times it has written, and what it wrote meanwhile after that', () => {
  const before = after(shown(), { type: 'outdated' }, { type: 'outdated' })
  const read: Happening = { type: 'read', before, found: nothing, former: false }
  expect([mustRead(before), mustRead(after(before, read))]).toEqual([true, false])
  expect(mustRead(after(before, { type: 'outdated' }, read))).toBe(true)
})

test('rows that others have folded are forgotten, and those that came meanwhile are not', () => {
  const before = shown({ fresh: new Map([[1, update(1)]]), keys: new Set([1]) })
  const edited = after(before, edit())
  const found = { ...nothing, fresh: new Map([[3, update(3)]]), keys: new Set([3]) }
  const state = after(edited, written(edited, [2]), { type: 'applied', before, found, rows: found.fresh })
  expect([...state.rows]).toEqual([2, 3])
})

test('of a database that was deleted no row is known in the next, to which all of the document is written', () => {
  const before = shown({ fresh: new Map([[1, update(1)]]), keys: new Set([1]) })
  const found = { ...nothing, fresh: new Map([[4, update(4)]]), keys: new Set([4]) }
  const state = after(
    before,
    { type: 'renewed', whole: update(8) },
    { type: 'opened', birth: 'two' },
    { type: 'applied', before, found, rows: found.fresh },
  )
  expect([state.rows.size, workOf(state, whole).fresh, state.device.status]).toEqual([0, [update(8)], 'storing'])
  expect([mustRead(state), mustWrite(state)]).toEqual([true, true])
})

test('under a copy that has been deleted nothing more is kept or said, but what is made still counts', () => {
  const deleted = after(shown(), edit(), { type: 'deleted' })
  const passed: Happening = { type: 'passed', passage: { at: 1, type: 'lost' } }
  const state = after(deleted, edit(), received, passed, { type: 'rested' }, { type: 'slow' })
  expect(state.device).toMatchObject({ status: 'failing', cause: 'forbidden' })
  expect([state.pending, mustWrite(state), countOf(state.unsaved)]).toEqual([[], false, 2])
})

test('of a copy that is found to be of another lineage nothing is taken over', () => {
  const before = unopened('a', true, epoch)
  const found = { ...nothing, log: [{ key: 1, passage: { at: 1, type: 'lost' } as const }] }
  const state = after(before, { type: 'read', before, found, former: true })
  expect([state.copy, state.log.passages, state.device.status]).toEqual(['deleted', [], 'failing'])
})

test('the same is said by the same object, so that nobody is told of it twice', () => {
  const state = after(shown(), edit())
  expect(after(state, edit(), received).device).toBe(state.device)
})
