import { expect, test } from 'vitest'
import { simulateClaims } from './claims.ts'

/** Seeds that once failed, pinned for good. */
const pinned: readonly number[] = []
const seeds = Number(process.env.SEEDS ?? 100)

test('P1, P7: whoever claims whose client ids, through restarts, idle rooms and reloads, nothing is said to be saved that is not, and all of it arrives', async () => {
  const bad: string[] = []
  const sums = { words: 0, saved: 0, lacking: 0, reissues: 0 }
  for (const number of [...pinned, ...Array.from({ length: seeds }, (_, index) => index + 1)]) {
    const { faults, ...counts } = await simulateClaims(number)
    for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += counts[key]
    if (faults.length > 0) bad.push(`seed ${number}: ${faults.join('; ')}`)
  }
  console.log(`claims: ${seeds} seeds, ${JSON.stringify(sums)}, ${bad.length} seeds with a fault`)
  expect(bad.slice(0, 5)).toEqual([])
  expect(sums.reissues).toBeGreaterThan(seeds / 10)
})

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
