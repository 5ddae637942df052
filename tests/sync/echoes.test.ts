import { expect, test } from 'vitest'
import { createEchoes } from '../../client/sync/echoes.ts'

const held = (own: number) => ({ own, others: new Map() })

test('an echo covers what had been made when it was asked for, and stands for those before it', () => {
  const echoes = createEchoes()
  const [first, second, third] = [1, 2, 3].map((own) => echoes.ask(held(own), 0)) as [number, number, number]
  expect(echoes.take(second, 1)).toEqual(held(2))
  expect([echoes.take(first, 1), echoes.take(second, 1)]).toEqual([null, null])
  expect(echoes.take(third, 1)).toEqual(held(3))
})

test('what a connection owed is nobody’s word once it is gone, and the numbers go on', () => {
  const echoes = createEchoes()
  const before = echoes.ask(held(1), 0)
  echoes.forget()
  expect(echoes.take(before, 1)).toBe(null)
  expect(echoes.ask(held(1), 1)).toBeGreaterThan(before)
})

test('nothing is overdue while nothing is owed, and something is when nothing has come for too long', () => {
  const echoes = createEchoes()
  expect(echoes.overdue(0, 10_000, 1e9)).toBe(false)
  echoes.ask(held(1), 50_000)
  expect(echoes.overdue(0, 10_000, 60_000)).toBe(false)
  expect(echoes.overdue(0, 10_000, 60_001)).toBe(true)
  expect(echoes.overdue(55_000, 10_000, 65_000)).toBe(false)
})

test('a large change is given the time that a slow way up takes for it, and the next one is not', () => {
  const echoes = createEchoes()
  echoes.sent(80_000)
  const number = echoes.ask(held(1), 0)
  expect(echoes.overdue(0, 10_000, 20_000)).toBe(false)
  expect(echoes.overdue(0, 10_000, 20_001)).toBe(true)
  echoes.take(number, 20_000)
  echoes.ask(held(2), 20_000)
  expect(echoes.overdue(0, 10_000, 30_001)).toBe(true)
})
