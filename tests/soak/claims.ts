import { simulateClaims } from '../simulation/claims.ts'
import type { Campaign } from './campaign.ts'

/** Whoever claims whose client ids, through restarts, idle rooms and reloads. */
export const claims: Campaign = {
  name: 'claims',
  unit: 'seeds',
  whole: 1000,
  sample: 30,
  seed: 1,
  async play({ seed: first, count }) {
    const faults: string[] = []
    const sums = { words: 0, saved: 0, lacking: 0, reissues: 0 }
    for (let seed = first; seed < first + count; seed += 1) {
      const { faults: found, ...counts } = await simulateClaims(seed)
      for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += counts[key]
      if (found.length > 0) faults.push(`seed ${seed}: ${found.join('; ')}`)
    }
    // One world may do without.
    if (count >= 10 && sums.reissues <= count / 10) faults.push(`only ${sums.reissues} reissues`)
    return { faults, sums: { seeds: count, ...sums } }
  },
}
