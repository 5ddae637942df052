import { getSchema } from '@tiptap/core'
import { EditorState } from '@tiptap/pm/state'
import type { DecorationSet } from '@tiptap/pm/view'
import { initProseMirrorDoc, yCursorPluginKey, ySyncPlugin } from '@tiptap/y-tiptap'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { carets } from '../../client/editor/carets.ts'
import { proseSchema } from '../../client/editor/schema.ts'
import { brokenCarets, strangeCarets } from '../support/carets.ts'

const sides = { us: 'US', cn: 'CN' }
const schema = getSchema(proseSchema(sides, false))

let doc: Y.Doc
let fragment: Y.XmlFragment
let other: Y.XmlFragment
let awareness: Awareness

beforeEach(() => {
  doc = new Y.Doc()
  doc.clientID = 1
  const item = doc.getMap('items').set('i1', new Y.Map<Y.XmlFragment>())
  fragment = item.set('objective.en', new Y.XmlFragment())
  other = item.set('objective.zh', new Y.XmlFragment())
  fragment.insert(0, [paragraph('some words'), paragraph('more')])
  other.insert(0, [paragraph('另一处')])
  awareness = new Awareness(doc)
})
afterEach(() => awareness.destroy())

function paragraph(words: string): Y.XmlElement {
  const element = new Y.XmlElement('paragraph')
  element.insert(0, [new Y.XmlText(words)])
  return element
}

function textOf(block: number, of = fragment): Y.XmlText {
  return (of.get(block) as Y.XmlElement).get(0) as Y.XmlText
}

function caretAt(text: Y.XmlText | Y.XmlFragment, index: number): unknown {
  const at = Y.createRelativePositionFromTypeIndex(text, index, -1)
  return JSON.parse(JSON.stringify({ anchor: at, head: at }))
}

/** Where the others' carets stand, when `states` is what they say. */
function placed(states: readonly unknown[]): number[] {
  // As an update from the server puts them there.
  states.forEach((state, index) => awareness.states.set(100 + index, state as Record<string, unknown>))
  const { doc: shown, mapping } = initProseMirrorDoc(fragment, schema)
  const plugins = [ySyncPlugin(fragment, { mapping }), carets(awareness, sides, fragment)]
  const state = EditorState.create({ schema, doc: shown, plugins })
  const drawn: DecorationSet = yCursorPluginKey.getState(state)
  // A caret, and beside it the selection, which is empty.
  return [...new Set(drawn.find().map(({ from }) => from))].sort((a, b) => a - b)
}

const user = { id: 'p1', name: 'Delegate', side: 'cn', role: 'delegate' }

test('others’ carets stand where they say', () => {
  expect(
    placed([
      { user, cursor: caretAt(textOf(0), 4) },
      { user, cursor: caretAt(textOf(1), 2) },
    ]),
  ).toEqual([5, 15])
})

test('what is no caret, or one of nowhere, is passed over, and one beside it stands', () => {
  const roots = [...doc.share.keys()]
  for (const json of [...brokenCarets, ...strangeCarets]) {
    const cursor = JSON.parse(json)
    expect(placed([{ user, cursor }, { user, cursor: caretAt(textOf(0), 4) }, { cursor }]), json).toEqual([5])
  }
  // A root type that Yjs is asked for is there from then on.
  expect([...doc.share.keys()]).toEqual(roots)
})

test('carets in another text, and around the text, are not in this one', () => {
  const around = { client: 1, clock: 0 }
  const elsewhere = [
    caretAt(textOf(0, other), 1),
    caretAt(other, 0),
    { anchor: { item: around }, head: { item: around } },
    { anchor: { type: around }, head: { type: around } },
  ]
  expect(placed(elsewhere.map((cursor) => ({ user, cursor })))).toEqual([])
})

test('a caret in what has been deleted is nowhere, or where that was', () => {
  const cursor = caretAt(textOf(1), 2)
  const inWord = caretAt(textOf(0), 4)
  fragment.delete(1, 1)
  textOf(0).delete(1, 5)
  expect(
    placed([
      { user, cursor },
      { user, cursor: inWord },
    ]),
  ).toEqual([2])
})

test.each([
  [5],
  ['x'],
  [true],
  [{ color: 5 }],
  [{ color: { toString: null } }],
  [{ name: { toString: null }, color: [] }],
])('a caret of somebody who is %j is passed over', (nobody) => {
  expect(placed([{ user: nobody, cursor: caretAt(textOf(0), 4) }])).toEqual([])
})

test.each([[null], [undefined], [5], ['x'], [[]], [{}]])('a state that is %j has no caret', (state) => {
  expect(placed([state, { cursor: caretAt(textOf(0), 4) }])).toEqual([5])
})

test('whatever others say, nothing throws', () => {
  const odd = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(null), fc.constant(undefined))
  const number = fc.oneof({ weight: 9, arbitrary: fc.nat(40) }, fc.double(), fc.maxSafeInteger())
  const some = (usual: fc.Arbitrary<unknown>) => fc.oneof({ weight: 9, arbitrary: usual }, odd)
  const id = some(fc.record({ client: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, number), clock: number }))
  const position = fc.record(
    { type: id, tname: some(fc.constant(null)), item: id, assoc: some(fc.constantFrom(0, -1)) },
    { requiredKeys: ['item'] },
  )
  const state = fc.record(
    { cursor: some(fc.record({ anchor: some(position), head: some(position) })), user: some(fc.constant(user)) },
    { requiredKeys: ['cursor'] },
  )
  let stood = 0
  fc.assert(
    fc.property(fc.array(some(state), { maxLength: 4 }), (states) => {
      stood += placed(states).length
      awareness.states.clear()
    }),
    { numRuns: 1_000 },
  )
  expect(stood).toBeGreaterThan(20)
})
