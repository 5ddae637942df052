import { expect, test } from 'vitest'
import { createTally, type Visit } from '../../client/sync/tally.ts'

/* Several tabs that share one copy: `rows` is what the device has of them. */

function tab(visit: string, rows: ReadonlyMap<string, Visit> = new Map()) {
  const tally = createTally(visit)
  tally.read(rows)
  return tally
}

const rows = (...entries: readonly (readonly [string, number, number])[]) =>
  new Map(entries.map(([visit, made, committed]) => [visit, { made, committed }]))

test('an echo covers what had been made when it was asked for, and nothing that came after', () => {
  const tally = tab('a')
  tally.make()
  tally.make()
  const held = tally.held()
  tally.make()
  tally.commit(held)
  expect([tally.unsaved(), tally.edits()]).toEqual([1, { made: 3, committed: 2 }])
})

test('edits of other tabs count as unsaved here, and are covered only as far as they had been read', () => {
  const tally = tab('a', rows(['b', 3, 1]))
  expect([tally.unsaved(), tally.elsewhere()]).toEqual([2, 2])
  const held = tally.held()
  tally.read(rows(['b', 5, 1]))
  tally.commit(held)
  expect(tally.unsaved()).toBe(2)
  expect([...tally.take().covered]).toEqual([['b', 3]])
})

test('what the device had before an echo here does not take back what the echo has covered', () => {
  const tally = tab('a', rows(['b', 3, 0]))
  tally.commit(tally.held())
  tally.read(rows(['b', 3, 0]))
  expect(tally.unsaved()).toBe(0)
})

test('another tab’s echo counts for this one, but never for more than this one has made', () => {
  const tally = tab('a')
  tally.make()
  expect(tally.adopt({ made: 1, committed: 1 })).toBe(true)
  expect(tally.adopt({ made: 9, committed: 9 })).toBe(false)
  tally.make()
  expect(tally.unsaved()).toBe(1)
})

test('what could not be told to the device is told with the next, the newest of it', () => {
  const tally = tab('a', rows(['b', 3, 0], ['c', 2, 2]))
  tally.commit({ own: 0, others: new Map([['b', 1]]) })
  const failed = tally.take()
  expect(failed.settled).toEqual(['c'])
  expect(tally.take().covered.size).toBe(0)
  tally.commit({ own: 0, others: new Map([['b', 2]]) })
  tally.giveBack(failed)
  expect(tally.take()).toEqual({
    own: { made: 0, committed: 0 },
    covered: new Map([['b', 2]]),
    settled: ['c'],
    restored: new Map(),
  })
})

test('what a tab that is gone has left goes on being counted when the device loses its entry, and is told to it again', () => {
  const tally = tab('a', rows(['gone', 3, 1], ['here', 2, 0], ['done', 4, 4]))
  tally.commit({ own: 0, others: new Map([['gone', 2]]) })
  tally.restore()
  tally.read(rows(['here', 5, 1]))
  expect(tally.elsewhere()).toBe(1 + 4)
  const failed = tally.take()
  expect([...failed.restored]).toEqual([...rows(['gone', 3, 2], ['here', 2, 0])])
  expect(tally.take().restored.size).toBe(0)
  tally.giveBack(failed)
  expect(tally.take().restored.size).toBe(2)
})

test('where a row cannot be read, an echo ends the waiting here, and the device goes on counting for whoever can read it', () => {
  const tally = tab('a', rows(['b', 3, 1]))
  tally.make()
  tally.commit({ ...tally.held(), unread: true })
  expect(tally.unsaved()).toBe(0)
  const told = tally.take()
  expect([told.own.committed, told.covered.size]).toEqual([1, 0])
  tally.read(rows(['b', 3, 1]))
  expect(tally.unsaved()).toBe(0)
  expect(tab('c', rows(['b', 3, 1])).unsaved()).toBe(2)
})

test('from where on the server may lack something is known by client ids, until an echo covers all of it', () => {
  const tally = tab('a', new Map<string, Visit>([['b', { made: 3, committed: 1, begun: [[5, 2]] }]]))
  expect(tally.doubt()).toEqual(new Map([[5, 2]]))
  const written = (client: number, from: number, to: number) => ({
    from: new Map([[client, from]]),
    to: new Map([[client, to]]),
  })
  tally.make(written(7, 4, 6))
  tally.make(written(9, 0, 2))
  const held = tally.held()
  tally.make(written(7, 6, 7))
  tally.make(written(5, 0, 1))
  tally.commit(held)
  // What the echo has covered is known to be there, and the rest is not.
  expect(tally.take().own).toEqual({
    made: 4,
    committed: 2,
    begun: [
      [7, 6],
      [5, 0],
    ],
  })
  tally.commit(tally.held())
  expect([tally.doubt(), tally.take().own]).toEqual([new Map(), { made: 4, committed: 4 }])
  tally.make(written(7, 9, 10))
  expect(tally.doubt()).toEqual(new Map([[7, 9]]))
})

test('an earlier release does not say what it wrote: then nobody knows, while anything of it waits', () => {
  const tally = tab('a', rows(['b', 3, 1], ['c', 2, 2]))
  expect(tally.doubt()).toBeNull()
  tally.commit(tally.held())
  expect(tally.doubt()).toEqual(new Map())
})
