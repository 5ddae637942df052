import { expect } from 'vitest'
import { type Campaign, describe } from '../soak/campaign.ts'

/**
 * Plays a random sample of a campaign and prints its seed. `PARLEY_SEED` and `PARLEY_COUNT` play the same again.
 */
export async function playSample(campaign: Campaign, pinned: readonly number[] = []): Promise<void> {
  const seed = Number(process.env.PARLEY_SEED ?? Math.floor(Math.random() * 2 ** 31))
  const count = Number(process.env.PARLEY_COUNT ?? campaign.sample)
  console.log(`${campaign.name}: ${count} ${campaign.unit} from seed ${seed} (PARLEY_SEED=${seed} plays them again)`)
  for (const run of [...pinned.map((one) => ({ seed: one, count: 1 })), { seed, count }]) {
    const began = performance.now()
    const result = await campaign.play(run)
    const seconds = ((performance.now() - began) / 1000).toFixed(0)
    console.log(`${campaign.name}, seed ${run.seed}: ${describe(result)}, ${seconds} s`)
    expect(result.faults).toEqual([])
  }
}
