import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { createRuns } from '../../client/sync/runs.ts'
import { openHistory } from '../../shared/document/history.ts'
import { itemFragment } from '../../shared/document/schema.ts'
import { seed } from '../../shared/document/seed.ts'
import { write } from '../../shared/document/write.ts'
import { allItems, type ItemId, type Language } from '../../shared/domain/agenda.ts'
import { sample } from '../support/agenda.ts'

const [one, other] = allItems(sample()).map(({ id }) => id) as [ItemId, ItemId]

/** Somebody at the sample, and how many changes a person would say they have made. */
function sit() {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, seed(sample()))
  const history = openHistory(doc)
  const goesOn = createRuns()
  let count = 0
  doc.on('update', (_update, _origin, _doc, transaction) => {
    if (!goesOn(transaction)) count++
  })
  function type(id: ItemId, text: 'title' | 'objective', language: Language, words: string) {
    const fragment = itemFragment(doc, id, text, language)!
    for (const letter of words) {
      const block = fragment.get(0) as Y.XmlElement
      const run = block.length > 0 ? (block.get(0) as Y.XmlText) : null
      doc.transact(() => (run ? run.insert(run.length, letter) : block.insert(0, [new Y.XmlText(letter)])), history)
    }
  }
  return { doc, type, count: () => count }
}

test('a run of typing in one text is one change, however many keys and paragraphs it takes', () => {
  const { doc, type, count } = sit()
  type(one, 'objective', 'en', 'Ten are enough')
  const fragment = itemFragment(doc, one, 'objective', 'en')!
  fragment.insert(0, [new Y.XmlElement('paragraph')])
  type(one, 'objective', 'en', 'and more')
  expect(count()).toBe(1)
})

test('another text, language or item begins another change, and so does coming back', () => {
  const { type, count } = sit()
  type(one, 'title', 'en', 'ab')
  type(one, 'title', 'zh', '评测')
  type(one, 'objective', 'zh', '评测')
  type(other, 'objective', 'zh', '评测')
  type(one, 'title', 'en', 'cd')
  expect(count()).toBe(5)
})

test('a move is one change, of one item or of several, and each further move is another', () => {
  const { doc, type, count } = sit()
  const day = sample().days[1]!.id
  write(doc, { type: 'move-items', ids: [one], place: { day, after: null } })
  expect(count()).toBe(1)
  write(doc, { type: 'move-items', ids: [one], place: { day: null, after: null } })
  expect(count()).toBe(2)
  write(doc, { type: 'move-items', ids: [one, other], place: { day, after: null } })
  expect(count()).toBe(3)
  type(one, 'title', 'en', 'ab')
  expect(count()).toBe(4)
})

test('a setting that is changed several times in a row is one change, and another setting is another', () => {
  const { doc, count } = sit()
  for (const minutes of [31, 32, 33]) write(doc, { type: 'set-item', id: one, settings: { minutes } })
  expect(count()).toBe(1)
  write(doc, { type: 'set-item', id: other, settings: { minutes: 31 } })
  write(doc, { type: 'set-item', id: other, settings: { topic: 'bias' } })
  expect(count()).toBe(3)
})
