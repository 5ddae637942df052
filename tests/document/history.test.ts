import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { openHistory } from '../../shared/document/history.ts'

test('a transaction of one’s own that changes nothing leaves what can be redone', () => {
  const doc = new Y.Doc()
  const binding = { binding: true }
  const history = openHistory(doc)
  history.track(binding)
  doc.transact(() => doc.getText('notes').insert(0, 'words'), binding)
  expect(history.undo()).toBe(true)
  doc.transact(() => {}, binding)
  expect(history.canRedo).toBe(true)
  expect(history.redo()).toBe(true)
  expect(doc.getText('notes').toString()).toBe('words')
})

test('one’s own edits in any root of a document are taken back, and nobody else’s', () => {
  const doc = new Y.Doc()
  const history = openHistory(doc)
  const own = { own: true }
  history.track(own)
  doc.transact(() => doc.getText('one').insert(0, 'mine'), own)
  history.boundary()
  doc.transact(() => doc.getMap('two').set('key', 'mine'), own)
  doc.transact(() => doc.getText('one').insert(4, ' and theirs'), 'other')
  expect([history.undo(), history.undo(), history.undo()]).toEqual([true, true, false])
  expect([doc.getMap('two').size, doc.getText('one').toString()]).toEqual([0, ' and theirs'])
})
