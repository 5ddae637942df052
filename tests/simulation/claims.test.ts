import { expect, test } from 'vitest'
import { claims } from '../soak/claims.ts'
import { playSample } from '../support/sample.ts'
import { simulateClaims } from './claims.ts'

/** Seeds that once failed, pinned for good. */
const pinned: readonly number[] = []

test('P1, P7: whoever claims whose client ids, through restarts, idle rooms and reloads, nothing is said to be saved that is not, and all of it arrives', () =>
  playSample(claims, pinned))

test.each([
  ['clocks are believed', 'clocks'],
  ['every answer is taken for an echo', 'answers'],
] as const)('the simulation can fail: where %s, it is found out', async (_how, broken) => {
  let found = false
  for (let number = 1; number <= 200 && !found; number += 1) {
    const { faults } = await simulateClaims(number, { steps: 120, broken })
    found = faults.some((fault) => fault.includes('saved'))
  }
  expect(found).toBe(true)
})
