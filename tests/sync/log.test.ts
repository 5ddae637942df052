import { expect, test } from 'vitest'
import { enter, type Line, longestLog, type Passage } from '../../client/sync/log.ts'

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
  const first = enter(lines, { at: 1, type: 'committed', edits: 1 })
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

test('refusals and losses never merge', () => {
  expect(entered({ at: 1, type: 'lost' }, { at: 2, type: 'lost' })).toHaveLength(2)
  expect(longestLog).toBe(200)
})
