import type { Campaign } from './campaign.ts'
import { claims } from './claims.ts'
import { compositions } from './compositions.ts'
import { fuzz } from './fuzz.ts'
import { kills } from './kills.ts'
import { simulation } from './simulation.ts'
import { storms } from './storm.ts'

export const campaigns: readonly Campaign[] = [simulation, claims, kills, fuzz, compositions, storms]
