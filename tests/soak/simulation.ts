import { simulate } from '../simulation/world.ts'
import type { Campaign } from './campaign.ts'

export const simulation: Campaign = {
  name: 'simulation',
  unit: 'seeds',
  whole: 1200,
  sample: 60,
  seed: 1,
  async play({ seed: first, count }) {
    const faults: string[] = []
    let edits = 0
    for (let seed = first; seed < first + count; seed += 1) {
      const outcome = simulate(seed)
      edits += outcome.edits
      if (outcome.faults.length > 0) faults.push(`seed ${seed}: ${outcome.faults.join('; ')}`)
    }
    if (edits < count) faults.push(`only ${edits} edits were made`)
    return { faults, sums: { seeds: count, edits } }
  },
}
