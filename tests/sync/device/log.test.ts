import { expect, test } from 'vitest'
import {
  emptyLog,
  type Log,
  longestLog,
  type Passage,
  unwrittenOf,
  withoutRepeats,
  withPassage,
  withRowsLost,
  withStored,
  withWritten,
} from '../../../client/sync/device/log.ts'

const logOf = (...passages: readonly Passage[]): Log => passages.reduce(withPassage, emptyLog)

const committed = (at: number, edits: number): Passage => ({ at, type: 'committed', edits })

test('commits that follow each other are one line, of all their edits, at the last of them', () => {
  const connected: Passage = { at: 1, type: 'connected', carrier: 'socket' }
  expect(logOf(connected, committed(2, 3), committed(5, 4)).passages).toEqual([connected, committed(5, 7)])
})

test('a line that merges keeps its row, and is written again', () => {
  const first = logOf(committed(1, 1))
  const written = withWritten(first, first, [8])
  expect(unwrittenOf(written).logged).toEqual([])
  expect(unwrittenOf(withPassage(written, committed(2, 1))).logged).toMatchObject([
    { passage: committed(2, 2), key: 8 },
  ])
})

test('what merges into a line while that is being written is written with the next, into the same row', () => {
  const first = logOf(committed(1, 1))
  const meanwhile = withPassage(first, committed(2, 1))
  expect(unwrittenOf(withWritten(meanwhile, first, [8])).logged).toMatchObject([{ passage: committed(2, 2), key: 8 }])
})

test('commits with something between them, and those of an earlier visit, stay lines of their own', () => {
  expect(logOf(committed(1, 1), { at: 2, type: 'lost' }, committed(3, 1)).passages).toHaveLength(3)
  const kept = withStored(emptyLog, [{ passage: committed(1, 5), key: 1 }])
  expect(withPassage(kept, committed(2, 1)).passages).toEqual([committed(1, 5), committed(2, 1)])
})

test('a connection that is lost is lost once, however many tabs and visits find it so', () => {
  const lost = (at: number): Passage => ({ at, type: 'lost' })
  const saved: Passage = { at: 2, type: 'backup-saved', edits: 1 }
  const back: Passage = { at: 4, type: 'connected', carrier: 'socket' }
  expect(logOf(lost(1), saved, lost(3), back, lost(5)).passages).toEqual([lost(1), saved, back, lost(5)])
  // Each tab has written its own of the same moment.
  expect(withoutRepeats([lost(1), lost(1), saved, lost(3), back, lost(5)])).toEqual([lost(1), saved, back, lost(5)])
})

test('refusals never merge', () => {
  const refused = (at: number): Passage => ({ at, type: 'refused', code: 4403 })
  expect(logOf(refused(1), refused(2)).passages).toHaveLength(2)
})

test('beyond two hundred lines the oldest go, from the device as well', () => {
  const refused = (at: number): Passage => ({ at, type: 'refused', code: 4403 })
  const kept = Array.from({ length: longestLog }, (_, at) => ({ passage: refused(at), key: at }))
  const log = withPassage(withStored(emptyLog, kept), refused(longestLog))
  expect(log.passages).toHaveLength(longestLog)
  const { logged, dropped } = unwrittenOf(log)
  expect([logged.length, dropped.map(({ key }) => key)]).toEqual([1, [0]])
  const written = withWritten(log, log, [900])
  expect(written.lines.map(({ key }) => key)).toEqual([...kept.slice(1).map(({ key }) => key), 900])
  expect(unwrittenOf(written)).toEqual({ logged: [], dropped: [] })
})

test('when the device has lost its rows, this tab writes its lines again, and leaves those of others to them', () => {
  const log = withPassage(withStored(emptyLog, [{ passage: committed(1, 1), key: 1 }]), { at: 2, type: 'lost' })
  const lost = withRowsLost(withWritten(log, log, [2]))
  expect(unwrittenOf(lost).logged).toMatchObject([{ passage: { type: 'lost' }, key: undefined }])
})
