import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRateLimit } from '../../../server/room/ratelimit.ts'

test('P5: so much at once, and after that no more than the rate brings', () => {
  const rateLimit = createRateLimit({ perSecond: 10, burst: 30 }, 0)
  const taken = (time: number) => {
    let count = 0
    while (count < 1000 && rateLimit.take(1, time)) count += 1
    return count
  }
  expect([taken(0), taken(99), taken(100), taken(600)]).toEqual([30, 0, 1, 5])
  // A quiet day brings back no more than the burst.
  expect(taken(86_400_000)).toBe(30)
})

test('P5: what is too much is refused whole, and what is less may still come', () => {
  const rateLimit = createRateLimit({ perSecond: 10, burst: 30 }, 0)
  expect([rateLimit.take(31, 0), rateLimit.take(30, 0), rateLimit.take(1, 0)]).toEqual([false, true, false])
})

test('P5: however it is asked for, never more comes in a time than the burst and what the rate brings', () => {
  const asked = fc.array(
    fc.record({ amount: fc.integer({ min: 1, max: 40 }), later: fc.integer({ min: 0, max: 2000 }) }),
  )
  fc.assert(
    fc.property(asked, (turns) => {
      const rateLimit = createRateLimit({ perSecond: 10, burst: 30 }, 0)
      let [time, taken] = [0, 0]
      for (const { amount, later } of turns) {
        time += later
        if (rateLimit.take(amount, time)) taken += amount
        expect(taken).toBeLessThanOrEqual(30 + time / 100 + 1e-6)
      }
    }),
    { seed: 1 },
  )
})
