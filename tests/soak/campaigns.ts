import type { Campaign } from './campaign.ts'
import { compositions } from './compositions.ts'
import { frames } from './frames.ts'
import { kills } from './kills.ts'
import { simulation } from './simulation.ts'
import { storms } from './storm.ts'

export const campaigns: readonly Campaign[] = [simulation, kills, frames, compositions, storms]
