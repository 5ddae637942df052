import { beforeEach, expect, test } from 'vitest'
import {
  agree,
  agreedAt,
  copyName,
  type DeviceCopyInfo,
  deviceCopies,
  isEarlier,
  isListed,
  type ListStorage,
  latest,
  register,
  supersede,
  unregister,
} from '../../../client/sync/device/copylist.ts'

/* What several tabs note of the copies on one device. `meanwhile`: what another tab does before this one writes what it has read. */

const kept = new Map<string, string>()
let meanwhile = () => {}

const storage: ListStorage = {
  get length() {
    return kept.size
  },
  key: (index) => [...kept.keys()][index] ?? null,
  getItem: (key) => kept.get(key) ?? null,
  setItem(key, value) {
    meanwhile()
    kept.set(key, value)
  },
  removeItem: (key) => kept.delete(key),
}

function elsewhere(work: () => void) {
  meanwhile = () => {
    meanwhile = () => {}
    work()
  }
}

beforeEach(() => kept.clear())

const copyOf = (meeting: string) => ({ meeting, document: 'agenda', person: 'p', name: 'Delegate' }) as DeviceCopyInfo
const listed = () =>
  deviceCopies(storage)
    .map(({ meeting }) => meeting)
    .sort()

test('of two meetings that are opened at once in two tabs, both are known to be on this device', () => {
  elsewhere(() => register(copyOf('b'), storage))
  register(copyOf('a'), storage)
  expect(listed()).toEqual(['a', 'b'])
})

test('a tab that notes its connection takes nothing from the list that another adds, and brings nothing back', () => {
  register(copyOf('a'), storage)
  register(copyOf('c'), storage)
  elsewhere(() => {
    register(copyOf('b'), storage)
    unregister(copyOf('c'), storage)
  })
  agree(copyOf('a'), 7, storage)
  expect(listed()).toEqual(['a', 'b'])
  expect(agreedAt(copyOf('a'), storage)).toBe(7)
})

test('a copy that is opened again is known since when it agreed; of one that is deleted nothing is noted', () => {
  register(copyOf('a'), storage)
  agree(copyOf('a'), 7, storage)
  register(copyOf('a'), storage)
  agree(copyOf('a'), 5, storage)
  expect(agreedAt(copyOf('a'), storage)).toBe(7)
  unregister(copyOf('a'), storage)
  agree(copyOf('a'), 9, storage)
  expect(listed()).toEqual([])
})

test('copies that an earlier release has listed are still known, and can be taken off the list', () => {
  kept.set('parley.copies', JSON.stringify([{ ...copyOf('a'), agreed: 7 }, copyOf('b'), null]))
  expect(listed()).toEqual(['a', 'b'])
  expect(agreedAt(copyOf('a'), storage)).toBe(7)
  unregister(copyOf('a'), storage)
  expect(listed()).toEqual(['b'])
  kept.set('parley.copies', 'no list')
  kept.set('parley.copy none', '{')
  expect(listed()).toEqual(['b'])
})

test('a copy that is superseded stays in the list under its name, and another begins; a second tab of it begins no third', () => {
  const before = copyOf('a')
  register(before, storage)
  agree(before, 7, storage)
  expect(latest(before, storage)).toEqual(before)
  expect(supersede(before, storage)).toBe(true)
  const next = latest(before, storage)
  expect(next).toEqual({ ...before, lineage: 2 })
  expect(agreedAt(next, storage)).toBe(null)
  agree(next, 9, storage)
  expect(supersede(before, storage)).toBe(true)
  expect(latest(before, storage)).toEqual(next)
  expect(agreedAt(next, storage)).toBe(9)
  expect(deviceCopies(storage).map(copyName).sort()).toEqual(['parley:a:agenda:p', 'parley:a:agenda:p:2'])
  expect([isEarlier(before, next), isEarlier(next, before), isEarlier(next, next)]).toEqual([true, false, false])
  expect(latest(copyOf('b'), storage)).toEqual(copyOf('b'))
  unregister(before, storage)
  expect(latest(before, storage)).toEqual(next)
})

test('where the list cannot be written, no copy passes for superseded', () => {
  const full: ListStorage = {
    ...storage,
    setItem() {
      throw new DOMException('No room', 'QuotaExceededError')
    },
  }
  expect(supersede(copyOf('a'), full)).toBe(false)
})

test('a browser that forbids to note anything has no list, and nobody is stopped by it', () => {
  const forbidden: ListStorage = null
  register(copyOf('a'), forbidden)
  agree(copyOf('a'), 7, forbidden)
  unregister(copyOf('a'), forbidden)
  expect([deviceCopies(forbidden), isListed(copyOf('a'), forbidden)]).toEqual([[], false])
})
