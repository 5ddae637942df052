import * as Y from 'yjs'
import { type Language, languages, type PersonId } from '../../shared/domain/agenda.ts'
import type { EntryKind, Mark } from '../../shared/domain/unseen.ts'

const kinds = { items: 'item', days: 'day', people: 'person', glossary: 'term', meta: 'meeting' } as const
type Root = keyof typeof kinds

/** What the server would know of who changed what: the latest mark per person and field of everything done to `doc` from now on. */
export function markedBy(doc: Y.Doc, author: () => { by: PersonId; at: number }): () => readonly Mark[] {
  const marks = new Map<string, Mark>()
  const mark = (kind: EntryKind, id: string | null, register: string) => {
    const last = register.split('.').at(-1)
    const language = languages.find((one) => one === last) ?? null
    const field = language === null ? register : register.slice(0, -language.length - 1) || register
    const { by, at } = author()
    const one: Mark = { at, by, kind, id, field, language: language as Language | null }
    marks.set([by, kind, id, register].join(' '), one)
  }
  for (const root of Object.keys(kinds) as Root[]) {
    doc.getMap(root).observeDeep((events) => {
      for (const event of events) {
        const [id, field] = event.path.map(String)
        const keys = [...event.changes.keys.keys()]
        if (root === 'meta') for (const key of keys) mark('meeting', null, key)
        else if (id !== undefined && field !== undefined) mark(kinds[root], id, field)
        else if (id !== undefined) for (const key of keys) mark(kinds[root], id, key)
        // Born in this transaction: nobody is told of its registers one by one.
        else {
          for (const key of keys) {
            const map = doc.getMap(root).get(key)
            if (map instanceof Y.Map) for (const register of map.keys()) mark(kinds[root], key, register)
          }
        }
      }
    })
  }
  return () => [...marks.values()]
}
