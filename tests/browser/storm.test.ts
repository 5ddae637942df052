import { test } from 'vitest'
import { storms } from '../soak/storm.ts'
import { playSample } from '../support/sample.ts'

test('P1, P2, P4: two people edit through seeded faults: nothing is lost, both agree, and "saved" is always true', () =>
  playSample(storms))
