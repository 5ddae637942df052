import { expect, test } from 'vitest'
import { backoff, usualTiming } from '../../client/sync/timing.ts'

test('a try waits anywhere below a bound that doubles with every failure, up to the last one', () => {
  const bounds = Array.from({ length: 8 }, (_, failed) => backoff(failed, usualTiming, () => 1))
  expect(bounds).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
  for (const [failed, bound] of bounds.entries()) {
    expect(backoff(failed, usualTiming, () => 0)).toBe(0)
    expect(backoff(failed, usualTiming, () => 0.25)).toBe(bound / 4)
  }
  // After a night of failures the bound is still one.
  expect(backoff(5000, usualTiming, () => 1)).toBe(15_000)
})
