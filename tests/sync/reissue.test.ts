import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { reissued, successor } from '../../client/sync/reissue.ts'
import { inspect } from '../../shared/wire/inspect.ts'
import { seeded } from '../support/agenda.ts'

/** Texts, marks, lists and nested maps, written and deleted; of a doc that begins with what is common. */
function work(doc: Y.Doc, random: () => number, count: number): void {
  const below = (limit: number) => Math.floor(random() * limit)
  const text = doc.getText('text')
  const list = doc.getArray<unknown>('list')
  for (let i = 0; i < count; i += 1) {
    switch (below(7)) {
      case 0:
        if (text.length > 4) text.delete(below(text.length - 3), 1 + below(3))
        break
      case 1:
        if (text.length > 4) text.format(below(text.length - 3), 2, { bold: random() < 0.5 ? true : null })
        break
      case 2:
        list.insert(below(list.length + 1), [i, { deep: [true, 'é'] }])
        break
      case 3:
        doc.getMap('map').set(String(below(4)), new Y.Map([['at', i]]))
        break
      case 4:
        if (list.length > 0) list.delete(below(list.length))
        break
      case 5: {
        const inner = doc.getMap('map').get(String(below(4)))
        if (inner instanceof Y.Map) inner.set('more', i)
        break
      }
      default:
        text.insert(below(text.length + 1), `<${doc.clientID}.${i}>汉字`)
    }
  }
}

function contentOf(doc: Y.Doc): unknown {
  return [doc.getText('text').toDelta(), doc.getArray('list').toJSON(), doc.getMap('map').toJSON()]
}

function replicaOf(clientID: number, ...states: readonly Uint8Array[]): Y.Doc {
  const doc = Object.assign(new Y.Doc(), { clientID })
  for (const state of states) Y.applyUpdate(doc, state)
  return doc
}

const state = (doc: Y.Doc) => Y.encodeStateAsUpdate(doc)
const vector = (doc: Y.Doc) => Y.decodeStateVector(Y.encodeStateVector(doc))
const successorOf = (client: number) => client + 100

test('what waits under two ids says the same under others, where it was written, whatever stands under the old ones', () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = seeded(seed)
    const common = replicaOf(1)
    work(common, random, 30)
    const online = replicaOf(7, state(common))
    if (seed % 2 === 0) work(online, random, 10)
    const known = state(online)
    const from = new Map([
      [7, vector(online).get(7) ?? 0],
      [8, 0],
    ])
    work(online, random, 20)
    // The page was loaded again, and what was written goes on.
    const mine = replicaOf(8, state(online))
    work(mine, random, 20)

    const moved = reissued(state(mine), from, successorOf)
    expect(inspect(moved), `seed ${seed}`).not.toBeNull()
    const fresh = replicaOf(20, known, moved)
    expect(contentOf(fresh), `seed ${seed}`).toEqual(contentOf(mine))
    expect([vector(fresh).get(7) ?? 0, vector(fresh).has(8)]).toEqual([from.get(7), false])

    // What is written meanwhile follows it.
    const before = Y.encodeStateVector(mine)
    work(mine, random, 10)
    Y.applyUpdate(fresh, reissued(Y.encodeStateAsUpdate(mine, before), from, successorOf))
    expect(contentOf(fresh), `seed ${seed}`).toEqual(contentOf(mine))

    // Somebody else has written under the old ids: both stand.
    const squatter = replicaOf(7, known)
    squatter.getText('text').insert(0, 'XXXX')
    Y.applyUpdate(fresh, state(squatter))
    const words = (doc: Y.Doc) => doc.getText('text').toString().replaceAll('XXXX', '')
    expect(words(fresh), `seed ${seed}`).toBe(words(mine))
    expect(fresh.getText('text').toString()).toContain('XXXX')
    expect(contentOf(replicaOf(21, state(squatter), reissued(state(mine), from, successorOf)))).toEqual(
      contentOf(fresh),
    )
  }
})

test('the ids that follow are the same in every tab, and others with every secret', () => {
  expect(successor(7, 'one')).toBe(successor(7, 'one'))
  expect(new Set([successor(7, 'one'), successor(8, 'one'), successor(7, 'another')]).size).toBe(3)
  expect(successor(7, 'one')).toBeLessThan(2 ** 32)
})
