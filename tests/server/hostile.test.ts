import { test } from 'vitest'
import { frames } from '../soak/frames.ts'
import { playSample } from '../support/sample.ts'

test('P5: hostile frames of every kind; two others go on typing and notice nothing', () => playSample(frames))
