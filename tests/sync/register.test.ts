import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  agree,
  agreedAt,
  copyName,
  type DeviceCopyInfo,
  deviceCopies,
  isEarlier,
  latest,
  register,
  supersede,
  unregister,
} from '../../client/sync/register.ts'

/* What several tabs note of the copies on one device. `meanwhile`: what another tab does before this one writes what it has read. */

const kept = new Map<string, string>()
let meanwhile = () => {}

function elsewhere(work: () => void) {
  meanwhile = () => {
    meanwhile = () => {}
    work()
  }
}

beforeEach(() => {
  kept.clear()
  vi.stubGlobal('localStorage', {
    get length() {
      return kept.size
    },
    key: (index: number) => [...kept.keys()][index] ?? null,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem(key: string, value: string) {
      meanwhile()
      kept.set(key, value)
    },
    removeItem: (key: string) => kept.delete(key),
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
})

const copyOf = (meeting: string) => ({ meeting, document: 'agenda', person: 'p', name: 'Delegate' }) as DeviceCopyInfo
const listed = () =>
  deviceCopies()
    .map(({ meeting }) => meeting)
    .sort()

test('of two meetings that are opened at once in two tabs, both are known to be on this device', () => {
  elsewhere(() => register(copyOf('b')))
  register(copyOf('a'))
  expect(listed()).toEqual(['a', 'b'])
})

test('a tab that notes its connection takes nothing from the list that another adds, and brings nothing back', () => {
  register(copyOf('a'))
  register(copyOf('c'))
  elsewhere(() => {
    register(copyOf('b'))
    unregister(copyOf('c'))
  })
  agree(copyOf('a'), 7)
  expect(listed()).toEqual(['a', 'b'])
  expect(agreedAt(copyOf('a'))).toBe(7)
})

test('a copy that is opened again is known since when it agreed; of one that is deleted nothing is noted', () => {
  register(copyOf('a'))
  agree(copyOf('a'), 7)
  register(copyOf('a'))
  agree(copyOf('a'), 5)
  expect(agreedAt(copyOf('a'))).toBe(7)
  unregister(copyOf('a'))
  agree(copyOf('a'), 9)
  expect(listed()).toEqual([])
})

test('copies that an earlier release has listed are still known, and can be taken off the list', () => {
  kept.set('parley.copies', JSON.stringify([{ ...copyOf('a'), agreed: 7 }, copyOf('b'), null]))
  expect(listed()).toEqual(['a', 'b'])
  expect(agreedAt(copyOf('a'))).toBe(7)
  unregister(copyOf('a'))
  expect(listed()).toEqual(['b'])
  kept.set('parley.copies', 'no list')
  kept.set('parley.copy none', '{')
  expect(listed()).toEqual(['b'])
})

test('a copy that is superseded stays in the list under its name, and another begins; a second tab of it begins no third', () => {
  const before = copyOf('a')
  register(before)
  agree(before, 7)
  expect(latest(before)).toEqual(before)
  expect(supersede(before)).toBe(true)
  const next = latest(before)
  expect(next).toEqual({ ...before, lineage: 2 })
  expect(agreedAt(next)).toBe(null)
  agree(next, 9)
  expect(supersede(before)).toBe(true)
  expect(latest(before)).toEqual(next)
  expect(agreedAt(next)).toBe(9)
  expect(deviceCopies().map(copyName).sort()).toEqual(['parley:a:agenda:p', 'parley:a:agenda:p:2'])
  expect([isEarlier(before, next), isEarlier(next, before), isEarlier(next, next)]).toEqual([true, false, false])
  expect(latest(copyOf('b'))).toEqual(copyOf('b'))
  unregister(before)
  expect(latest(before)).toEqual(next)
})

test('where the list cannot be written, no copy passes for superseded', () => {
  vi.stubGlobal('localStorage', undefined)
  expect(supersede(copyOf('a'))).toBe(false)
})

test('a browser that forbids to note anything has no list, and nobody is stopped by it', () => {
  vi.stubGlobal('localStorage', undefined)
  register(copyOf('a'))
  agree(copyOf('a'), 7)
  unregister(copyOf('a'))
  expect(listed()).toEqual([])
})
