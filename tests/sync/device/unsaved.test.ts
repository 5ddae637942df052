import { expect, test } from 'vitest'
import {
  acknowledged,
  begunOf,
  changesOf,
  countOf,
  doubtOf,
  elsewhere,
  heldOf,
  nothingUnsaved,
  reportEntries,
  unreportedOf,
  type Visit,
  withEdit,
  withEntries,
  withEntriesLost,
  withOwn,
  withReported,
} from '../../../client/sync/device/unsaved.ts'

/* Several tabs that share one copy: `rows` is what the device has of them. */

const tab = (visit: string, entries: ReadonlyMap<string, Visit> = new Map()) =>
  withEntries(nothingUnsaved(visit), entries)

const rows = (...entries: readonly (readonly [string, number, number])[]) =>
  new Map(entries.map(([visit, made, committed]) => [visit, { made, committed }]))

test('an echo covers what had been made when it was asked for, and nothing that came after', () => {
  const before = withEdit(withEdit(tab('a')))
  const after = acknowledged(withEdit(before), heldOf(before))
  expect([countOf(after), after.made, after.committed]).toEqual([1, 3, 2])
})

test('a run of edits is one change until the last of it is acknowledged, and is counted once as acknowledged', () => {
  const first = withEdit(withEdit(withEdit(tab('a')), undefined, true), undefined, true)
  expect([countOf(first), changesOf(first), begunOf(first)]).toEqual([3, 1, 1])
  const within = acknowledged(withEdit(first, undefined, true), heldOf(first))
  expect([countOf(within), changesOf(within), begunOf(within)]).toEqual([1, 1, 0])
  const more = withEdit(within)
  expect([countOf(more), changesOf(more), begunOf(more)]).toEqual([2, 2, 1])
  const all = acknowledged(more, heldOf(more))
  expect([countOf(all), changesOf(all), begunOf(all)]).toEqual([0, 0, 0])
})

test('another tab counts the changes of this one as it does, and those of an earlier release by edits', () => {
  const typed = withEdit(withEdit(withEdit(tab('a')), undefined, true))
  const device = new Map<string, Visit>()
  reportEntries(device, 'a', unreportedOf(typed))
  expect(changesOf(tab('b', device))).toBe(2)
  expect(changesOf(tab('b', rows(['old', 5, 2])))).toBe(3)
})

test('edits of other tabs count as unsaved here, and are covered only as far as they had been read', () => {
  const before = tab('a', rows(['b', 3, 1]))
  expect([countOf(before), elsewhere(before)]).toEqual([2, 2])
  const after = acknowledged(withEntries(before, rows(['b', 5, 1])), heldOf(before))
  expect(countOf(after)).toBe(2)
  expect([...unreportedOf(after).covered]).toEqual([['b', 3]])
})

test('what the device had before an echo here does not take back what the echo has covered', () => {
  const before = tab('a', rows(['b', 3, 0]))
  const after = withEntries(acknowledged(before, heldOf(before)), rows(['b', 3, 0]))
  expect(countOf(after)).toBe(0)
})

test('another tab’s echo counts for this one, but never for more than this one has made', () => {
  const committed = withOwn(withEdit(tab('a')), { made: 1, committed: 1 })
  expect(committed.committed).toBe(1)
  const more = withOwn(committed, { made: 9, committed: 9 })
  expect(countOf(withEdit(more))).toBe(1)
})

test('what has been told to the device is told once, and what was covered while it was told is told with the next', () => {
  const before = acknowledged(tab('a', rows(['b', 3, 0], ['c', 2, 2])), { own: 0, others: new Map([['b', 1]]) })
  expect(unreportedOf(before)).toEqual({
    own: { made: 0, committed: 0 },
    covered: new Map([['b', 1]]),
    settled: ['c'],
    restored: new Map(),
  })
  const none = { own: { made: 0, committed: 0 }, covered: new Map(), settled: [], restored: new Map() }
  expect(unreportedOf(withReported(before, before))).toEqual(none)
  const meanwhile = acknowledged(before, { own: 0, others: new Map([['b', 2]]) })
  expect(unreportedOf(withReported(meanwhile, before))).toEqual({ ...none, covered: new Map([['b', 2]]) })
  expect(unreportedOf(withEntries(withReported(before, before), rows(['c', 2, 2]))).settled).toEqual([])
})

test('what a tab that is gone has left goes on being counted when the device loses its entry, and is told to it again', () => {
  const before = acknowledged(tab('a', rows(['gone', 3, 1], ['here', 2, 0], ['done', 4, 4])), {
    own: 0,
    others: new Map([['gone', 2]]),
  })
  const lost = withEntries(withEntriesLost(before), rows(['here', 5, 1]))
  expect(elsewhere(lost)).toBe(1 + 4)
  expect([...unreportedOf(lost).restored]).toEqual([...rows(['gone', 3, 2], ['here', 2, 0])])
  expect(unreportedOf(withReported(lost, lost)).restored.size).toBe(0)
})

test('the device keeps what another tab has written of itself, and lets an entry go only when all of it is committed', () => {
  const entries = rows(['a', 4, 3], ['here', 5, 1], ['b', 3, 0], ['done', 2, 2], ['again', 3, 2])
  reportEntries(entries, 'a', {
    own: { made: 6, committed: 2 },
    restored: rows(['here', 2, 0], ['gone', 3, 2]),
    covered: new Map([
      ['b', 9],
      ['never', 1],
    ]),
    settled: ['done', 'again'],
  })
  expect(entries).toEqual(rows(['a', 6, 3], ['here', 5, 1], ['b', 3, 3], ['again', 3, 2], ['gone', 3, 2]))
  const unmade = rows(['b', 1, 0])
  reportEntries(unmade, 'a', unreportedOf(tab('a')))
  expect(unmade).toEqual(rows(['b', 1, 0]))
})

test('where a row cannot be read, an echo ends the waiting here, and the device goes on counting for whoever can read it', () => {
  const before = withEdit(tab('a', rows(['b', 3, 1])))
  const after = acknowledged(before, { ...heldOf(before), unread: true })
  expect(countOf(after)).toBe(0)
  const told = unreportedOf(after)
  expect([told.own.committed, told.covered.size]).toEqual([1, 0])
  expect(countOf(withEntries(withReported(after, after), rows(['b', 3, 1])))).toBe(0)
  expect(countOf(tab('c', rows(['b', 3, 1])))).toBe(2)
})

test('from where on the server may lack something is known by client ids, until an echo covers all of it', () => {
  let unsaved = tab('a', new Map<string, Visit>([['b', { made: 3, committed: 1, begun: [[5, 2]] }]]))
  expect(doubtOf(unsaved)).toEqual(new Map([[5, 2]]))
  const written = (client: number, from: number, to: number) => ({
    from: new Map([[client, from]]),
    to: new Map([[client, to]]),
  })
  unsaved = withEdit(unsaved, written(7, 4, 6))
  unsaved = withEdit(unsaved, written(9, 0, 2))
  const held = heldOf(unsaved)
  unsaved = withEdit(unsaved, written(7, 6, 7))
  unsaved = withEdit(unsaved, written(5, 0, 1))
  unsaved = acknowledged(unsaved, held)
  // What the echo has covered is known to be there, and the rest is not.
  expect(unreportedOf(unsaved).own).toEqual({
    made: 4,
    committed: 2,
    changes: [3, 4],
    begun: [
      [7, 6],
      [5, 0],
    ],
  })
  unsaved = acknowledged(unsaved, heldOf(unsaved))
  expect([doubtOf(unsaved), unreportedOf(unsaved).own]).toEqual([new Map(), { made: 4, committed: 4 }])
  unsaved = withEdit(unsaved, written(7, 9, 10))
  expect(doubtOf(unsaved)).toEqual(new Map([[7, 9]]))
})

test('an earlier release does not say what it wrote: then nobody knows, while anything of it waits', () => {
  const before = tab('a', rows(['b', 3, 1], ['c', 2, 2]))
  expect(doubtOf(before)).toBeNull()
  expect(doubtOf(acknowledged(before, heldOf(before)))).toEqual(new Map())
})
