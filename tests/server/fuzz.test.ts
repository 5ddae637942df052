import { test } from 'vitest'
import { fuzz } from '../soak/fuzz.ts'
import { playSample } from '../support/sample.ts'

test('P5: hostile frames of every kind, presence, bodies and requests; two others go on typing and notice nothing', () =>
  playSample(fuzz))
