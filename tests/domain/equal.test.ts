import canonicalize from 'canonicalize'
import { expect, test } from 'vitest'
import type { Agenda } from '../../shared/domain/agenda.ts'
import { compare, isSame } from '../../shared/domain/compare.ts'
import { isEqual } from '../../shared/domain/equal.ts'
import { restoring } from '../../shared/domain/restore.ts'
import { sample } from '../support/agenda.ts'

test('the order of keys makes no difference, what they hold does', () => {
  expect(isEqual({ a: 1, b: [{ c: 'x', d: null }] }, { b: [{ d: null, c: 'x' }], a: 1 })).toBe(true)
  expect(isEqual({ a: 1, b: undefined }, { a: 1 })).toBe(true)
  expect(isEqual({ a: 1 }, { a: 1, b: null })).toBe(false)
  expect(isEqual([1, 2], [2, 1])).toBe(false)
  expect(isEqual([1], [1, 2])).toBe(false)
  expect(isEqual([], {})).toBe(false)
  expect(isEqual({ 0: 'a', length: 1 }, ['a'])).toBe(false)
})

test('an agenda that comes out of storage with its keys sorted is the same agenda, and nothing of it is restored', () => {
  const agenda = sample()
  const stored = JSON.parse(canonicalize(agenda)!) as Agenda
  expect(JSON.stringify(stored)).not.toBe(JSON.stringify(agenda))
  expect(isSame(compare(agenda, stored))).toBe(true)
  const removed = { items: [], days: [], people: [], terms: [] }
  expect(restoring({ agenda, removed, final: null }, stored)).toEqual([])
})
