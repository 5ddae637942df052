import { expect, test } from 'vitest'
import { savingOf } from '../../client/store/saving.ts'

const stored = { status: 'stored' } as const
const failing = { status: 'failing', cause: 'full', reason: 'quota' } as const

test('nothing is called saved while a change waits for the echo from the disk', () => {
  expect(savingOf({ status: 'live', unsaved: 0, committedAt: 5 }, stored)).toEqual({ status: 'saved', at: 5 })
  expect(savingOf({ status: 'live', unsaved: 3, committedAt: 5 }, stored)).toEqual({ status: 'saving', changes: 3 })
})

test('offline says since when, and how many changes are only here', () => {
  const word = savingOf({ status: 'offline', since: 7, unsaved: 12 }, stored)
  expect(word).toEqual({ status: 'offline', since: 7, changes: 12 })
})

test('a device that cannot store is said before anything that can wait', () => {
  expect(savingOf({ status: 'live', unsaved: 0, committedAt: 5 }, failing)).toEqual({ status: 'not-stored' })
  expect(savingOf({ status: 'offline', since: 7, unsaved: 1 }, failing)).toEqual({ status: 'not-stored' })
})

test.each([
  [4401, 'signed-out'],
  [4403, 'forbidden'],
  [4404, 'gone'],
  [4413, 'too-large'],
  [4429, 'too-much'],
  [4400, 'trouble'],
] as const)('the close code %i is told as %s, whatever the device does', (code, reason) => {
  const refused = { status: 'refused', code, unsaved: 2 } as const
  expect(savingOf(refused, failing)).toEqual({ status: 'refused', reason, changes: 2 })
})

test('an older version is told to update', () => {
  expect(savingOf({ status: 'older', unsaved: 0 }, stored)).toEqual({ status: 'older', changes: 0 })
})
