import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { createMergeBase, type MergeBaseKeeper } from '../../client/sync/mergebase.ts'
import { merge } from '../../shared/wire/merge.ts'
import { seeded } from '../support/agenda.ts'

/** A replica that says what it has written. */
function writer(clientID: number): { doc: Y.Doc; write: (text: string) => Uint8Array } {
  const doc = Object.assign(new Y.Doc(), { clientID })
  return {
    doc,
    write(text) {
      const before = Y.encodeStateVector(doc)
      doc.getText('text').insert(doc.getText('text').length, text)
      return Y.encodeStateAsUpdate(doc, before)
    },
  }
}

function read(base: MergeBaseKeeper): string | null {
  const kept = base.state()
  if (kept === null) return null
  const doc = new Y.Doc()
  Y.applyUpdate(doc, kept.state)
  return doc.getText('text').toString()
}

test('before anything has been said, both have nothing', () => {
  expect(read(createMergeBase())).toBe('')
})

test('what the server has said is what both have; what was typed here is not, before its echo', () => {
  const base = createMergeBase()
  const there = writer(1)
  const here = writer(2)
  base.heard(there.write('there '), 10)
  Y.applyUpdate(here.doc, Y.encodeStateAsUpdate(there.doc))
  base.edited(here.write('one '))
  base.edited(here.write('two '))
  expect(read(base)).toBe('there ')
  base.covered(1)
  expect(read(base)).toBe('there one ')
  base.covered(1)
  expect(read(base)).toBe('there one ')
  base.covered(2)
  expect(read(base)).toBe('there one two ')
})

test('an echo for more than was made, or for less than one before it, changes nothing', () => {
  const base = createMergeBase()
  const here = writer(2)
  base.edited(here.write('a'))
  base.covered(7)
  expect(read(base)).toBe('a')
  base.covered(0)
  expect(read(base)).toBe('a')
})

test('a device on which nothing waits begins with what it holds', () => {
  const base = createMergeBase()
  const there = writer(1)
  base.load([there.write('a'), there.write('b')], false, null, 5)
  expect(read(base)).toBe('ab')
  expect(base.state()?.since).toBe(5)
})

test('a device on which edits wait begins with what was kept before them', () => {
  const base = createMergeBase()
  const there = writer(1)
  const kept = { state: there.write('kept'), since: 3, heard: 2 }
  base.load([there.write(' and more')], true, kept, 9)
  expect(read(base)).toBe('kept')
  expect(base.state()).toMatchObject({ since: 3, heard: 2 })
})

test('with edits that wait and nothing kept, what both have is not known until both have the same', () => {
  const base = createMergeBase()
  const there = writer(1)
  base.load([there.write('a')], true, null, 9)
  expect(base.state()).toBeNull()
  base.settle(there.doc, 12)
  expect(read(base)).toBe('a')
  expect(base.state()?.since).toBe(12)
})

test('where what was kept is damaged, what both have is not known, and nobody is stopped by it', () => {
  const base = createMergeBase()
  const there = writer(1)
  base.load([there.write('a')], true, { state: new Uint8Array([7, 7, 7]), since: 3, heard: 2 }, 9)
  expect(base.state()).toBeNull()
  base.heard(there.write('b'), 10)
  expect(base.state()).toBeNull()
  base.settle(there.doc, 12)
  expect(read(base)).toBe('ab')
})

test('a device that answers late adds to what the server has said meanwhile, and does not unsay it', () => {
  const base = createMergeBase()
  const there = writer(1)
  const old = there.write('old ')
  base.heard(Y.encodeStateAsUpdate(there.doc), 20)
  base.heard(there.write('new'), 21)
  base.load([old], true, { state: old, since: 1, heard: 1 }, 30)
  expect(read(base)).toBe('old new')
  expect(base.state()?.heard).toBe(21)
  base.load([old], true, null, 30)
  expect(read(base)).toBe('old new')
})

test('thousands of updates and settlings later, what both have is still what both have', () => {
  const random = seeded(4)
  const base = createMergeBase()
  const there = writer(1)
  const here = writer(2)
  let made = 0
  for (let i = 0; i < 3000; i += 1) {
    if (random() < 0.5) {
      const update = there.write(`${i} `)
      Y.applyUpdate(here.doc, update)
      base.heard(update, i)
    } else {
      base.edited(here.write(`(${i}) `))
      made += 1
    }
    if (random() < 0.3) {
      base.covered(made)
      Y.applyUpdate(there.doc, Y.encodeStateAsUpdate(here.doc, Y.encodeStateVector(there.doc)))
      base.settle(here.doc, i)
      if (i % 100 < 10) expect(read(base)).toBe(here.doc.getText('text').toString())
    }
  }
  base.covered(made)
  expect(read(base)).toBe(here.doc.getText('text').toString())
})

test('many updates are merged into one that says the same, none into an empty one', () => {
  const there = writer(1)
  const updates = Array.from({ length: 300 }, (_, index) => there.write(`${index} `))
  const doc = new Y.Doc()
  Y.applyUpdate(doc, merge(updates))
  expect(doc.getText('text').toString()).toBe(there.doc.getText('text').toString())
  Y.applyUpdate(doc, merge([]))
})
