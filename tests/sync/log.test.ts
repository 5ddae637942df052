import { expect, test } from 'vitest'
import { enter, type Line, longestLog, type Passage, withoutEchoes } from '../../client/sync/log.ts'

function entered(...passages: readonly Passage[]): readonly Line[] {
  const lines: Line[] = []
  for (const passage of passages) enter(lines, passage)
  return lines
}

test('commits that follow each other are one line, of all their edits, at the last of them', () => {
  const lines = entered(
    { at: 1, type: 'connected', carrier: 'socket' },
    { at: 2, type: 'committed', edits: 3 },
    { at: 5, type: 'committed', edits: 4 },
  )
  expect(lines.map(({ passage }) => passage)).toEqual([
    { at: 1, type: 'connected', carrier: 'socket' },
    { at: 5, type: 'committed', edits: 7 },
  ])
})

test('a line that merges keeps its row, and says so to whoever writes it', () => {
  const lines: Line[] = []
  const first = enter(lines, { at: 1, type: 'committed', edits: 1 })!
  first.key = 8
  expect(enter(lines, { at: 2, type: 'committed', edits: 1 })).toBe(first)
  expect(lines).toEqual([{ passage: { at: 2, type: 'committed', edits: 2 }, key: 8, own: true }])
})

test('commits with something between them, and those of an earlier visit, stay lines of their own', () => {
  expect(
    entered({ at: 1, type: 'committed', edits: 1 }, { at: 2, type: 'lost' }, { at: 3, type: 'committed', edits: 1 }),
  ).toHaveLength(3)
  const lines: Line[] = [{ passage: { at: 1, type: 'committed', edits: 5 }, key: 1, own: false }]
  enter(lines, { at: 2, type: 'committed', edits: 1 })
  expect(lines.map(({ passage }) => passage)).toEqual([
    { at: 1, type: 'committed', edits: 5 },
    { at: 2, type: 'committed', edits: 1 },
  ])
})

test('a connection that is lost is lost once, however many tabs and visits find it so', () => {
  const lost = (at: number): Passage => ({ at, type: 'lost' })
  const saved: Passage = { at: 2, type: 'backup-saved', edits: 1 }
  const back: Passage = { at: 4, type: 'connected', carrier: 'socket' }
  expect(entered(lost(1), saved, lost(3), back, lost(5)).map(({ passage }) => passage)).toEqual([
    lost(1),
    saved,
    back,
    lost(5),
  ])
  // Each tab has written its own of the same moment.
  expect(withoutEchoes([lost(1), lost(1), saved, lost(3), back, lost(5)])).toEqual([lost(1), saved, back, lost(5)])
})

test('refusals never merge', () => {
  expect(entered({ at: 1, type: 'refused', code: 4403 }, { at: 2, type: 'refused', code: 4403 })).toHaveLength(2)
  expect(longestLog).toBe(200)
})
