import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createAnswers } from '../../../server/room/answers.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const fail = (error: unknown) => {
  throw error
}

test('who asks the same is answered with the same bytes, until the document changes or nobody has asked for a moment', () => {
  const answers = createAnswers(fail)
  let made = 0
  const make = () => Uint8Array.of(++made)
  const nothing = new Map<number, number>()
  const some = new Map([
    [7, 3],
    [2, 9],
  ])
  const first = answers.to(nothing, make)
  expect(answers.to(new Map(), make)).toBe(first)
  expect(answers.to(some, make)).toEqual(Uint8Array.of(2))
  // A vector has no order.
  expect(answers.to(new Map([...some].reverse()), make)).toEqual(Uint8Array.of(2))
  expect(answers.to(new Map([[7, 39]]), make)).toEqual(Uint8Array.of(3))
  answers.forget()
  expect([answers.has(nothing), answers.has(some)]).toEqual([false, false])
  expect(answers.to(nothing, make)).toEqual(Uint8Array.of(4))
  vi.advanceTimersByTime(2100)
  expect(answers.has(nothing)).toBe(false)
  expect(vi.getTimerCount()).toBe(0)
})

test('P9: neither many questions nor large answers are kept', () => {
  const answers = createAnswers(fail)
  const vector = (clock: number) => new Map([[1, clock]])
  for (let clock = 0; clock < 1000; clock += 1) answers.to(vector(clock), () => new Uint8Array(10))
  const kept = Array.from({ length: 1000 }, (_, clock) => answers.has(vector(clock))).filter(Boolean)
  expect(kept.length).toBeLessThanOrEqual(64)
  answers.forget()
  for (let clock = 0; clock < 10; clock += 1) answers.to(vector(clock), () => new Uint8Array(2 ** 20))
  expect(answers.has(vector(0))).toBe(false)
  expect(answers.has(vector(9))).toBe(true)
})
