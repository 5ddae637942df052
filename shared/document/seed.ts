import * as Y from 'yjs'
import { type Agenda, type Item, itemTexts, languages } from '../domain/agenda.ts'
import { keysBetween } from './order.ts'
import { line, writeProse } from './prose.ts'
import { EPOCH, fragmentKey, type Placed } from './schema.ts'
import { assignRegisters } from './write.ts'

/** The client id that seeds. It is constant, so that seeding twice makes the same document, not a second copy. */
const seeder = 1

/**
 * A V1 update that holds `agenda`; the same agenda gives the same bytes. Documents are seeded once, on the server, and
 * never through an editor: two openings would make two copies. A later lineage is seeded under another client id.
 */
export function seed(agenda: Agenda, by: number = seeder): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = by
  doc.transact(() => {
    const { title, track, rule, hosts, place, zones } = agenda
    const meta = doc.getMap('meta')
    meta.set('epoch', EPOCH)
    assignRegisters(meta, { title, track, rule, hosts, place, zones })

    const days = doc.getMap('days')
    for (const { id, date, start, end, items } of agenda.days) {
      days.set(id, registers({ deleted: false, date, start, end: end ?? null }))
      seedItems(doc, items, id)
    }
    seedItems(doc, agenda.proposals, null)
    seedRow(doc, 'people', agenda.people)
    seedRow(doc, 'glossary', agenda.glossary)
  })
  const update = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return update
}

function seedItems(doc: Y.Doc, items: readonly Item[], day: string | null): void {
  const orders = run(items.length)
  for (const [index, item] of items.entries()) {
    const { id: _id, title: _title, objective: _o, questions: _q, output: _out, roles, readings, ...settings } = item
    const map = registers({ deleted: false, ...settings, pinned: item.pinned ?? null })
    map.set('place', { day, order: orders[index]! } satisfies Placed)
    for (const text of itemTexts) {
      for (const language of languages) {
        const fragment = new Y.XmlFragment()
        const words = item[text][language]
        writeProse(fragment, typeof words === 'string' ? line(words) : words)
        map.set(fragmentKey(text, language), fragment)
      }
    }
    const roleOrders = run(roles.length)
    map.set('roles', new Y.Map(roles.map((one, at) => [`${one.role} ${one.person}`, roleOrders[at]!])))
    const readingOrders = run(readings.length)
    map.set(
      'readings',
      new Y.Map(readings.map(({ id, ...rest }, at) => [id, registers({ ...rest, order: readingOrders[at]! })])),
    )
    doc.getMap('items').set(item.id, map)
  }
}

function seedRow(doc: Y.Doc, root: 'people' | 'glossary', entries: readonly { readonly id: string }[]): void {
  const orders = run(entries.length)
  for (const [index, { id, ...settings }] of entries.entries()) {
    doc.getMap(root).set(id, registers({ ...settings, order: orders[index]! }))
  }
}

function registers(settings: object): Y.Map<unknown> {
  const map = new Y.Map<unknown>()
  assignRegisters(map, settings)
  return map
}

function run(count: number): string[] {
  return keysBetween(null, null, count, () => 0.5)
}
