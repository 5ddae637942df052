import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { addExtent, type Extent, vectorOf } from '../../shared/wire/extent.ts'
import { inspect } from '../../shared/wire/inspect.ts'
import { emptyUpdate, merge } from '../../shared/wire/merge.ts'
import { compact, deletionOf, lacking, trim } from '../../shared/wire/sync.ts'
import { deed, updatesOf } from './updates.ts'

function contents(updates: readonly Uint8Array[]): unknown {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return shown(doc)
}

function shown(doc: Y.Doc): unknown {
  const plain = {
    words: doc.getText('words').toDelta(),
    map: doc.getMap('map').toJSON(),
    prose: doc.getXmlFragment('prose').toString(),
    list: doc.getArray('list').toJSON(),
  }
  return plain
}

describe('the sync exchange over bytes', () => {
  test('P4: merged, compacted or one by one, in any order and repeated, updates show the same document', () => {
    fc.assert(
      fc.property(fc.array(deed, { minLength: 1, maxLength: 30 }), fc.infiniteStream(fc.nat()), (deeds, dice) => {
        const { updates, docs } = updatesOf(deeds)
        const expected = shown(docs[0])
        expect(shown(docs[1])).toEqual(expected)
        if (updates.length === 0) return
        const shuffled = [...updates, ...updates.slice(0, 3)]
          .map((update) => ({ update, key: dice.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map((one) => one.update)
        expect(contents([merge(updates)])).toEqual(expected)
        expect(contents([merge(shuffled)])).toEqual(expected)
        expect(contents(shuffled)).toEqual(expected)
        expect(contents([compact(shuffled)])).toEqual(expected)
        expect(contents([compact([compact(updates.slice(0, 4)), ...updates.slice(4)])])).toEqual(expected)
      }),
      { numRuns: 150 },
    )
  })

  test('P4: with some updates missing, compacting keeps what waits for them', () => {
    fc.assert(
      fc.property(fc.array(deed, { minLength: 4, maxLength: 30 }), fc.nat(), (deeds, pick) => {
        const { updates, docs } = updatesOf(deeds)
        if (updates.length === 0) return
        const late = updates[pick % updates.length]!
        const early = updates.filter((update) => update !== late)
        const base = compact(early.length > 0 ? early : [emptyUpdate])
        expect(inspect(base)).not.toBeNull()
        expect(contents([base, late])).toEqual(shown(docs[0]))
        expect(contents([compact([base, late])])).toEqual(shown(docs[0]))
      }),
      { numRuns: 150 },
    )
  })

  test('a thousand updates merge in no time, to the same document', () => {
    const doc = new Y.Doc()
    const updates: Uint8Array[] = []
    doc.on('update', (update: Uint8Array) => updates.push(update))
    for (let i = 0; i < 4000; i += 1) doc.getText('words').insert(i % 7 === 0 ? 0 : i, String(i % 10))
    expect(contents([merge(updates)])).toEqual(shown(doc))
  })

  test('twenty-five thousand values in a list are compacted in a moment', () => {
    const doc = new Y.Doc()
    const updates: Uint8Array[] = []
    doc.on('update', (update: Uint8Array) => updates.push(update))
    for (let i = 0; i < 25_000; i += 1) doc.getArray('list').push([i])
    const began = performance.now()
    expect(contents([compact(updates)])).toEqual(shown(doc))
    // Copied anew for each they took gigabytes.
    expect(process.memoryUsage().heapUsed).toBeLessThan(2 ** 30)
    expect(performance.now() - began).toBeLessThan(10_000)
  })

  test('an update made of deletions alone deletes just these', () => {
    const doc = new Y.Doc()
    doc.clientID = 5
    doc.getText('words').insert(0, 'one two three')
    const update = deletionOf(
      new Map([
        [5, [0, 4, 7, 13]],
        [9, [2, 3]],
      ]),
    )
    expect(inspect(update)!.deletes).toEqual(
      new Map([
        [9, [2, 3]],
        [5, [0, 4, 7, 13]],
      ]),
    )
    expect(contents([Y.encodeStateAsUpdate(doc), update])).toMatchObject({ words: [{ insert: 'two' }] })
  })

  test('a replica gets just what it lacks', () => {
    const doc = new Y.Doc()
    doc.getText('words').insert(0, 'one two three')
    const half = Y.encodeStateAsUpdate(doc)
    const vector = Y.decodeStateVector(Y.encodeStateVector(doc))
    doc.getText('words').insert(3, ' and a half')
    const lacked = lacking(Y.encodeStateAsUpdate(doc), vector)
    expect(lacked.length).toBeLessThan(half.length + 10)
    expect(contents([half, lacked])).toMatchObject({ words: [{ insert: 'one and a half two three' }] })
  })

  test('trimming takes out what reaches beyond the known ids of somebody else, and nothing but that', () => {
    const mine = new Y.Doc()
    mine.clientID = 1
    const theirs = new Y.Doc()
    theirs.clientID = 2
    theirs.getText('words').insert(0, 'theirs')
    const known: Extent = new Map()
    addExtent(known, inspect(Y.encodeStateAsUpdate(theirs))!.structs)
    Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs))
    mine.getText('words').insert(0, 'mine ')
    mine.getText('words').delete(5, 2)
    // An honest reply holds nothing of theirs beyond the known.
    const honest = Y.encodeStateAsUpdate(mine)
    expect(trim(honest, inspect(honest)!, known, (client) => client === 2).update).toBe(honest)

    // Structs and deletions ahead of what they have typed so far.
    theirs.getText('words').insert(6, ' to come')
    theirs.getText('words').delete(6, 2)
    Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs))
    const ahead = Y.encodeStateAsUpdate(mine)
    const trimmed = trim(ahead, inspect(ahead)!, known, (client) => client === 2)
    expect(trimmed.seen.structs.has(2)).toBe(false)
    expect(trimmed.seen.deletes.get(2)).toEqual([0, 2])
    expect(vectorOf(trimmed.seen.structs).get(1)).toBe(5)
  })
})
