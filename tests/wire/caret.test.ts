import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { caretOf } from '../../shared/wire/caret.ts'
import { brokenCarets, strangeCarets } from '../support/carets.ts'

const doc = new Y.Doc()
doc.clientID = 1
const words = doc.getText('words')
words.insert(0, 'some words')

test('a caret is read as the bindings to editors write it', () => {
  const empty = new Y.XmlText()
  doc.getXmlFragment('prose').insert(0, [empty])
  for (const position of [
    Y.createRelativePositionFromTypeIndex(words, 4, -1),
    Y.createRelativePositionFromTypeIndex(words, 10),
    Y.createRelativePositionFromTypeIndex(words, 0, -1),
    Y.createRelativePositionFromTypeIndex(empty, 0, -1),
  ]) {
    const written = JSON.parse(JSON.stringify({ anchor: position, head: position }))
    expect(caretOf(written)).toEqual(written)
    expect(Y.createRelativePositionFromJSON(caretOf(written)!.head)).toEqual(position)
    // Yjs itself leaves out what is null.
    const short = Y.relativePositionToJSON(position)
    expect(caretOf({ anchor: short, head: short })).toEqual(written)
  }
})

test('what no binding would write is no caret', () => {
  for (const json of brokenCarets) expect(caretOf(JSON.parse(json)), json).toBeNull()
})

test('a caret may be anywhere', () => {
  for (const json of strangeCarets) expect(caretOf(JSON.parse(json)), json).toMatchObject(JSON.parse(json))
})

test('nothing else comes along', () => {
  const position = { item: { client: 1, clock: 2, more: 'x'.repeat(1000) }, more: {} }
  expect(caretOf({ anchor: position, head: position, more: [] })).toEqual({
    anchor: { type: null, tname: null, item: { client: 1, clock: 2 }, assoc: 0 },
    head: { type: null, tname: null, item: { client: 1, clock: 2 }, assoc: 0 },
  })
})

test('whatever is read as a caret, Yjs can look for it', () => {
  const odd = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constant(null), fc.constant(undefined))
  const number = fc.oneof({ weight: 9, arbitrary: fc.nat(12) }, fc.double(), fc.maxSafeInteger())
  const mostly = (usual: fc.Arbitrary<unknown>) => fc.oneof({ weight: 9, arbitrary: usual }, odd)
  const id = mostly(fc.record({ client: number, clock: number }))
  const position = fc.record(
    { type: id, tname: mostly(fc.constantFrom('words', null)), item: id, assoc: mostly(fc.constantFrom(0, -1)) },
    { requiredKeys: [] },
  )
  let read = 0
  fc.assert(
    fc.property(fc.oneof(fc.record({ anchor: position, head: position }), odd), (value) => {
      const caret = caretOf(value)
      if (caret === null) return
      read += 1
      for (const one of [caret.anchor, caret.head]) {
        Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(one), doc)
      }
    }),
    { numRuns: 5_000 },
  )
  expect(read).toBeGreaterThan(500)
})
