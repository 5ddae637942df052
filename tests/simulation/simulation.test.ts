import { expect, test } from 'vitest'
import { simulation } from '../soak/simulation.ts'
import { playSample } from '../support/sample.ts'
import { simulate } from './world.ts'

/** Seeds that once failed, pinned for good. */
const pinned: readonly number[] = []

test('P4: four people, whatever is lost, repeated, late or done offline, end with the same whole agenda', () =>
  playSample(simulation, pinned))

test('the simulation can fail: a server that forgets what it told others is found out', () => {
  const found = Array.from({ length: 40 }, (_, index) => simulate(index + 1, { steps: 60, forgetful: true }))
  expect(found.filter((outcome) => outcome.faults.length > 0).length).toBeGreaterThan(3)
})

test('a seed replays: the same number is the same world', () => {
  expect(simulate(7)).toEqual(simulate(7))
})
