import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { split } from '../../client/sync/split.ts'
import { inspect } from '../../shared/wire/inspect.ts'
import { seeded } from '../support/agenda.ts'

/**
 * What several clients have written and deleted, in texts, lists, maps and marks, each now and then without the others; and
 * what one of them had half way. No letters of two units: Yjs itself does not agree about one that is cut in two.
 */
function written(seed: number): { doc: Y.Doc; early: Uint8Array } {
  const random = seeded(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const docs = [1, 2, 3].map((clientID) => Object.assign(new Y.Doc(), { clientID }))
  let early = Y.encodeStateAsUpdate(docs[0]!)
  for (let i = 0; i < 120; i += 1) {
    if (i === 60) early = Y.encodeStateAsUpdate(docs[0]!)
    const doc = docs[below(docs.length)]!
    const text = doc.getText('text')
    const list = doc.getArray<unknown>('list')
    switch (below(7)) {
      case 0:
        text.delete(below(text.length), 0)
        if (text.length > 4) text.delete(below(text.length - 3), 1 + below(3))
        break
      case 1:
        if (text.length > 4) text.format(below(text.length - 3), 2, { bold: random() < 0.5 ? true : null })
        break
      case 2:
        list.insert(below(list.length + 1), [i, { deep: [true, 'é'] }, Uint8Array.of(i)])
        break
      case 3:
        doc.getMap('map').set(String(below(4)), new Y.Map([['at', i]]))
        break
      case 4:
        if (list.length > 0) list.delete(below(list.length))
        break
      case 5:
        Y.applyUpdate(doc, Y.encodeStateAsUpdate(docs[below(docs.length)]!, Y.encodeStateVector(doc)))
        break
      default:
        text.insert(below(text.length + 1), `${'汉字'.repeat(below(20))}${i}é`)
    }
  }
  for (const doc of docs.slice(1)) Y.applyUpdate(docs[0]!, Y.encodeStateAsUpdate(doc))
  return { doc: docs[0]!, early }
}

function contentOf(doc: Y.Doc): unknown {
  return [doc.getText('text').toDelta(), doc.getArray('list').toJSON(), doc.getMap('map').toJSON()]
}

function replicaOf(updates: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc
}

for (const most of [40, 300, 2000]) {
  test(`parts of about ${most} bytes say what the whole says, in order, backwards or merged, and pass the server's walk`, () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const { doc } = written(seed)
      const whole = Y.encodeStateAsUpdate(doc)
      const parts = split(whole, most)
      const about = `seed ${seed}`
      expect(parts.length, about).toBeGreaterThan(whole.length > 2 * most ? 1 : 0)
      for (const part of parts) expect(inspect(part), about).not.toBeNull()
      for (const applied of [replicaOf(parts), replicaOf([...parts].reverse()), replicaOf([Y.mergeUpdates(parts)])]) {
        expect(contentOf(applied), about).toEqual(contentOf(doc))
        expect(Y.encodeStateVector(applied), about).toEqual(Y.encodeStateVector(doc))
        expect(applied.store.pendingStructs, about).toBeNull()
        expect(applied.store.pendingDs, about).toBeNull()
      }
    }
  })
}

test('what a replica lacks, which begins in the middle of what clients have written, is cut the same', () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const { doc, early } = written(seed)
    const rest = Y.encodeStateAsUpdate(doc, Y.encodeStateVectorFromUpdate(early))
    const parts = split(rest, 100)
    for (const part of parts) expect(inspect(part), `seed ${seed}`).not.toBeNull()
    expect(contentOf(replicaOf([early, ...parts])), `seed ${seed}`).toEqual(contentOf(doc))
    expect(contentOf(replicaOf([...parts, early])), `seed ${seed}`).toEqual(contentOf(doc))
  }
})

test('an update with a gap in it keeps the gap', () => {
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on('update', (update) => updates.push(update))
  for (let i = 0; i < 9; i += 1) doc.getText('text').insert(0, String(i).repeat(30))
  const holed = Y.mergeUpdates(updates.filter((_, index) => index !== 4))
  for (const most of [50, 10_000]) {
    const parts = split(holed, most)
    for (const part of parts) expect(inspect(part)).not.toBeNull()
    const replica = replicaOf(parts)
    expect(replica.getText('text').length).toBe(4 * 30)
    Y.applyUpdate(replica, updates[4]!)
    expect(replica.getText('text').toString()).toBe(doc.getText('text').toString())
  }
})

test('no part is more than half above the most, long runs of typing and many deletions included', () => {
  const doc = new Y.Doc()
  const text = doc.getText('text')
  text.insert(0, '汉'.repeat(100_000))
  for (let i = 0; i < 3000; i += 1) {
    text.insert(0, 'ab')
    text.delete(0, 1)
    text.insert(text.length, 'x')
  }
  for (let at = 3001; at < 60_000; at += 9) text.delete(at, 1)
  const whole = Y.encodeStateAsUpdate(doc)
  const parts = split(whole, 10_000)
  for (const part of parts) {
    expect(inspect(part)).not.toBeNull()
    expect(part.length).toBeLessThan(15_100)
  }
  expect(replicaOf(parts).getText('text').toString()).toBe(text.toString())
})

test('one long paste is cut too, and never inside of a character', () => {
  const doc = new Y.Doc()
  doc.getText('text').insert(0, `${'😀'.repeat(20_000)}汉`)
  const parts = split(Y.encodeStateAsUpdate(doc), 1001)
  expect(parts.length).toBeGreaterThan(40)
  for (const part of parts) {
    expect(inspect(part)).not.toBeNull()
    expect(part.length).toBeLessThan(1600)
  }
  expect(replicaOf(parts).getText('text').toString()).toBe(doc.getText('text').toString())
  expect(
    replicaOf([...parts].reverse())
      .getText('text')
      .toString(),
  ).toBe(doc.getText('text').toString())
})
