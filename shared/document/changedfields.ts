import * as Y from 'yjs'
import { type Language, languages } from '../domain/agenda.ts'
import { fields, longestId, type Table } from '../domain/fields.ts'
import { type Root, roots } from './schema.ts'

/**
 * A change to one thing of the agenda. Fields are those of a comparison, one per register or text. Entries also have
 * `added`, `deleted` (or restored), `place` of an item, and `roles` and `readings` as wholes.
 */
export interface ChangedField {
  readonly kind: 'item' | 'day' | 'person' | 'term' | 'meeting'
  /** Null for the meeting. */
  readonly id: string | null
  readonly field: string
  readonly language: Language | null
}

/**
 * The changes of a transaction, at most `most` of them, in a document whose roots were opened before. The content of
 * entries that it created is not listed.
 */
export function changedFields(transaction: Y.Transaction, most: number): ChangedField[] {
  const found: ChangedField[] = []
  const paths = createPaths(transaction.doc)
  for (const [type, keys] of transaction.changed) {
    const path = paths(type as unknown as Y.AbstractType<unknown>)
    if (path === null) continue
    const whole = path.length === 3
    for (const key of whole ? [null] : keys) {
      if (key === null && !whole) continue
      const changed = changedFieldAt(transaction.doc, key === null ? path : [...path, key])
      if (changed !== null) found.push(changed)
      if (found.length >= most) return found
    }
  }
  return found
}

/** The name of a root and the keys below it: of an entry, and of what it holds. Deeper keys do not matter. */
type Path = readonly [Root, ...string[]]

/** Visits every type only once: writers decide how deep the nesting is. */
function createPaths(doc: Y.Doc): (type: Y.AbstractType<unknown>) => Path | null {
  const known = new Map<unknown, Path | null>(roots.map((root) => [doc.getMap(root), [root]]))
  return (type) => {
    const climbed: Y.AbstractType<unknown>[] = []
    let at: unknown = type
    while (!known.has(at) && at instanceof Y.AbstractType) {
      climbed.push(at)
      at = at._item?.parent
    }
    let path = known.get(at) ?? null
    for (const one of climbed.toReversed()) {
      const key = one._item?.parentSub ?? null
      if (path !== null && key !== null && path.length < 3) path = [...path, key]
      known.set(one, path)
    }
    return path
  }
}

function changedFieldAt(doc: Y.Doc, [root, first, second]: Path): ChangedField | null {
  if (first === undefined) return null
  const kind = kinds[root]
  if (kind === 'meeting') return changedFieldOf(kind, null, first)
  if (first === '' || first.length > longestId) return null
  if (second !== undefined) return changedFieldOf(kind, first, second)
  return { kind, id: first, field: doc.getMap(root).has(first) ? 'added' : 'deleted', language: null }
}

/** Null for a register that no agenda shows. */
function changedFieldOf(kind: ChangedField['kind'], id: string | null, register: string): ChangedField | null {
  const known = registers[kind].get(register)
  return known === undefined ? null : { kind, id, ...known }
}

const kinds: Readonly<Record<Root, ChangedField['kind']>> = {
  meta: 'meeting',
  items: 'item',
  days: 'day',
  people: 'person',
  glossary: 'term',
}

type Field = Pick<ChangedField, 'field' | 'language'>

/** The registers of an entry, by their names in the document. */
function registersOf(table: Table, prefix = ''): [string, Field][] {
  return Object.entries(table).flatMap(([name, field]): [string, Field][] => {
    switch (field.is) {
      case 'words':
      case 'line':
      case 'prose':
        return languages.map((language) => [`${name}.${language}`, { field: name, language }])
      case 'group':
        return registersOf(field.fields, `${name}.`)
      case 'word':
        if (field.of !== undefined) return [[name, { field: field.of[0], language: field.of[1] }]]
        return single(prefix + name)
      default:
        return single(prefix + name)
    }
  })
}
const single = (...names: readonly string[]): [string, Field][] =>
  names.map((name) => [name, { field: name, language: null }])

const registers: Readonly<Record<ChangedField['kind'], ReadonlyMap<string, Field>>> = {
  meeting: new Map([...registersOf(fields.meeting), ...single('final')]),
  item: new Map([...registersOf(fields.item), ...single('place', 'deleted')]),
  day: new Map([...registersOf(fields.day), ...single('deleted')]),
  person: new Map([...registersOf(fields.person), ...single('deleted')]),
  term: new Map([...registersOf(fields.term), ...single('deleted')]),
}
