import * as Y from 'yjs'
import { nodes, roots } from '../../../shared/document/schema.ts'
import { write } from '../../../shared/document/write.ts'
import {
  assignments,
  type DayId,
  type ItemId,
  itemTexts,
  kinds,
  languages,
  type PersonId,
  type ReadingId,
  topics,
} from '../../../shared/domain/agenda.ts'
import type { Command } from '../../../shared/domain/command.ts'
import { below, bytesOf, chance, type Dice, pick } from './dice.ts'
import { strangeValue } from './json.ts'

/** A Yjs document that follows the one of the meeting, and makes real edits of it. */
export interface Writer {
  /** A valid update, by this client id. What it says is in no other document until somebody sends it. */
  edit(random: Dice, client: number): Uint8Array
  /** Everything, as an update. */
  whole(): Uint8Array
  vector(): Map<number, number>
  close(): void
}

/** Of nobody: Yjs takes another id where it sees its own come in. */
const idle = 2 ** 32 - 99
/** What is written and not sent piles up: after so many edits the writer begins anew. */
const renewedAfter = 200

export function openWriter(source: Y.Doc, spared: readonly ItemId[]): Writer {
  let doc = new Y.Doc()
  let edits = 0
  let made: Uint8Array[] = []
  const renew = () => {
    doc.destroy()
    doc = new Y.Doc()
    doc.clientID = idle
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(source), source)
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== source) made.push(update)
    })
    edits = 0
  }
  const follow = (update: Uint8Array) => {
    try {
      Y.applyUpdate(doc, update, source)
    } catch {
      // Of what it has written itself, under ids of others too, something else may have come in.
      renew()
    }
  }
  renew()
  source.on('update', follow)
  return {
    edit(random, client) {
      if (edits >= renewedAfter) renew()
      edits += 1
      made = []
      doc.clientID = client
      try {
        pick(random, deeds)(doc, random, spared)
      } catch {
        // Not every deed is possible in a document that hostile people write in.
      }
      if (made.length === 0) doc.getMap('meta').set('rule', pick(random, ['none', 'chatham-house']))
      doc.clientID = idle
      return Y.mergeUpdates(made)
    },
    whole: () => Y.encodeStateAsUpdate(doc),
    vector: () => Y.decodeStateVector(Y.encodeStateVector(doc)),
    close() {
      source.off('update', follow)
      doc.destroy()
    },
  }
}

type Deed = (doc: Y.Doc, random: Dice, spared: readonly ItemId[]) => void

const phrases = ['agreed ', '议程', 'ß', 'on benchmarks', '\u0301', ' ', 'x'.repeat(100), '\n', '\u202e']

function itemOf(doc: Y.Doc, random: Dice, spared: readonly ItemId[]): { id: ItemId; map: Y.Map<unknown> } {
  const ids = [...doc.getMap('items').keys()].filter((id) => !spared.includes(id as ItemId)) as ItemId[]
  const id = pick(random, ids)
  const map = doc.getMap('items').get(id)
  if (!(map instanceof Y.Map)) throw new Error('the item has been written over')
  return { id, map }
}

const keyOf = (doc: Y.Doc, random: Dice, root: 'days' | 'people') => pick(random, [...doc.getMap(root).keys()])

function textOf(doc: Y.Doc, random: Dice, spared: readonly ItemId[]): Y.XmlText {
  const { map } = itemOf(doc, random, spared)
  const paragraph = fragmentOf(map, `${pick(random, itemTexts)}.${pick(random, languages)}`).get(0)
  if (!(paragraph instanceof Y.XmlElement)) throw new Error('no paragraph')
  if (paragraph.length === 0) paragraph.insert(0, [new Y.XmlText()])
  const text = paragraph.get(0)
  if (!(text instanceof Y.XmlText)) throw new Error('no text')
  return text
}

function fragmentOf(map: Y.Map<unknown>, key: string): Y.XmlFragment {
  const fragment = map.get(key)
  if (!(fragment instanceof Y.XmlFragment)) throw new Error('no text any more')
  return fragment
}

function command(made: (doc: Y.Doc, random: Dice, spared: readonly ItemId[]) => Command): Deed {
  return (doc, random, spared) => write(doc, made(doc, random, spared), random)
}

const type: Deed = (doc, random, spared) => {
  const text = textOf(doc, random, spared)
  text.insert(below(random, text.length + 1), pick(random, phrases))
}

const deeds: readonly Deed[] = [
  type,
  type,
  type,
  (doc, random, spared) => {
    const text = textOf(doc, random, spared)
    const at = below(random, text.length)
    text.delete(at, 1 + below(random, text.length - at))
  },
  (doc, random, spared) => {
    const text = textOf(doc, random, spared)
    const at = below(random, text.length)
    text.format(
      at,
      below(random, text.length - at),
      pick(random, [{ bold: {} }, { link: { href: 'https://a.example' } }]),
    )
  },
  (doc, random, spared) => {
    const text = textOf(doc, random, spared)
    text.insertEmbed(below(random, text.length + 1), { image: 'x' })
  },
  command((doc, random, spared) => {
    const settings = { kind: pick(random, kinds), topic: pick(random, topics), minutes: below(random, 200) }
    return { type: 'set-item', id: itemOf(doc, random, spared).id, settings }
  }),
  command((doc, random, spared) => {
    return { type: 'set-title', id: itemOf(doc, random, spared).id, title: { en: pick(random, phrases) } }
  }),
  command((doc, random, spared) => {
    const content = [{ type: 'text', text: pick(random, phrases) }] as const
    const prose = [{ type: 'bullet-list', items: [[{ type: 'paragraph', content }]] }] as const
    return { type: 'set-text', id: itemOf(doc, random, spared).id, text: 'questions', language: 'zh', prose }
  }),
  command((doc, random, spared) => {
    const day = chance(random, 0.3) ? null : (keyOf(doc, random, 'days') as DayId)
    return { type: 'move-items', ids: [itemOf(doc, random, spared).id], place: { day, after: null } }
  }),
  command((doc, random, spared) => {
    const ids = [itemOf(doc, random, spared).id]
    return { type: chance(random, 0.5) ? 'delete-items' : 'restore-items', ids }
  }),
  command((doc, random, spared) => {
    const person = keyOf(doc, random, 'people') as PersonId
    const of = { item: itemOf(doc, random, spared).id, person, role: pick(random, assignments) }
    return { type: chance(random, 0.5) ? 'assign' : 'unassign', ...of }
  }),
  command((doc, random, spared) => {
    const settings = { title: { en: pick(random, phrases), zh: '' }, url: 'https://a.example' }
    return { type: 'add-reading', item: itemOf(doc, random, spared).id, id: name(random) as ReadingId, settings }
  }),
  command((_doc, random) => ({ type: 'set-meeting', settings: { title: { en: pick(random, phrases), zh: '会' } } })),
  command((doc, random) => {
    return { type: 'set-day', id: keyOf(doc, random, 'days') as DayId, settings: { start: '09:00' } }
  }),
  (doc, random, spared) => {
    // An item is many structs, and a document has room for so many.
    if (chance(random, 0.8)) return type(doc, random, spared)
    const place = { day: keyOf(doc, random, 'days') as DayId, after: null }
    write(doc, { type: 'add-item', id: name(random) as ItemId, place, settings: {} }, random)
  },
  // What our client never writes, inside what it reads.
  (doc, random, spared) => {
    const { map } = itemOf(doc, random, spared)
    map.set(pick(random, [...map.keys(), '__proto__', 'x']), pick(random, values)(random))
  },
  (doc, random, spared) => {
    const { map } = itemOf(doc, random, spared)
    const fragment = fragmentOf(map, 'objective.en')
    fragment.insert(below(random, fragment.length + 1), [pick(random, elements)(random)])
  },
  (doc, random) => {
    const root = pick(random, roots)
    doc.getMap(root).set(name(random), pick(random, values)(random))
  },
]

const name = (random: Dice) => `f${below(random, 1e9)}`

const elements: readonly ((random: Dice) => Y.XmlElement | Y.XmlText)[] = [
  (random) => new Y.XmlElement(pick(random, [...Object.values(nodes), 'script', '', '__proto__', 'x'.repeat(200)])),
  (random) => new Y.XmlText(pick(random, phrases)),
  (random) => {
    let inner = new Y.XmlElement(nodes.paragraph)
    for (let depth = below(random, 40); depth > 0; depth -= 1) {
      const outer = new Y.XmlElement(nodes.bulletList)
      outer.insert(0, [inner])
      inner = outer
    }
    return inner
  },
]

const values: readonly ((random: Dice) => unknown)[] = [
  // Not what no encoding has: half a character, which Yjs writes as another.
  (random) => JSON.parse(JSON.stringify(strangeValue(random)).replaceAll('\\ud800', '')),
  (random) => new Y.Map([['a', below(random, 9)]]),
  (random) => Y.Array.from([below(random, 9), 'x', null]),
  (random) => new Y.Text(pick(random, phrases)),
  () => new Y.XmlFragment(),
  (random) => bytesOf(random, below(random, 30)),
  (random) => ({ day: pick(random, [null, 'nowhere', 7]), order: pick(random, ['a0', '', 'zzzz', 5]) }),
]
