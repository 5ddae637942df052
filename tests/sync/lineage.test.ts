import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { isOtherLineage } from '../../client/sync/lineage.ts'
import { seed } from '../../shared/document/seed.ts'
import { write } from '../../shared/document/write.ts'
import { sample } from '../support/agenda.ts'

function copyOf(seeder: number): Y.Doc {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, seed(sample(), seeder))
  write(doc, { type: 'set-meeting', settings: { track: '2' } })
  return doc
}

test('two copies of one lineage have a client in common, whatever each has written; of two lineages they have none', () => {
  const [first, second, third] = [copyOf(1), copyOf(1), copyOf(2)]
  const stateOf = (doc: Y.Doc) => [Y.encodeStateAsUpdate(doc)]
  expect(isOtherLineage(first, stateOf(second))).toBe(false)
  expect(isOtherLineage(first, stateOf(third))).toBe(true)
  expect(isOtherLineage(third, stateOf(first))).toBe(true)
  // Rows of a copy: that of the seeder is one of them.
  const before = Y.encodeStateVector(second)
  write(second, { type: 'set-meeting', settings: { track: '1.5' } })
  expect(isOtherLineage(first, [Y.encodeStateAsUpdate(second, before), ...stateOf(second)])).toBe(false)
})

test('nothing is of another lineage than a document that has not arrived, nor is what has nothing in it or cannot be read', () => {
  const empty = new Y.Doc()
  const first = copyOf(1)
  expect(isOtherLineage(empty, [Y.encodeStateAsUpdate(first)])).toBe(false)
  expect(isOtherLineage(first, [Y.encodeStateAsUpdate(empty)])).toBe(false)
  expect(isOtherLineage(first, [new Uint8Array([7, 7, 7])])).toBe(false)
})
