import * as Y from 'yjs'
import type { Root } from './schema.ts'

/** Of each entry that a transaction has changed, by id: the client that has written the current value of each register. */
export type Writers = ReadonlyMap<string, ReadonlyMap<string, number>>

/**
 * Calls `listener` after every transaction from elsewhere that has written registers of entries of `root`. Whose a value
 * is stands in the document itself, also if the edits of several people came as one update.
 */
export function followWriters(doc: Y.Doc, root: Root, listener: (written: Writers) => void): () => void {
  const entries = doc.getMap(root)
  function onTransaction({ local, changed }: Y.Transaction) {
    if (local) return
    const found = new Map<string, Map<string, number>>()
    const note = (id: string, entry: unknown, registers: Iterable<string> | null) => {
      if (!(entry instanceof Y.Map)) return
      const of = new Map<string, number>()
      for (const name of registers ?? entry.keys()) {
        const value = entry._map.get(name)
        if (value) of.set(name, value.id.client)
      }
      found.set(id, of)
    }
    for (const [type, keys] of changed as ReadonlyMap<unknown, ReadonlySet<string | null>>) {
      const names = [...keys].filter((key) => key !== null)
      // Of an entry that is new as a whole, only the map that holds it is listed.
      if (type === entries) for (const id of names) note(id, entries.get(id), null)
      else if (type instanceof Y.Map && type.parent === entries) note(type._item?.parentSub ?? '', type, names)
    }
    if (found.size > 0) listener(found)
  }
  doc.on('afterTransaction', onTransaction)
  return () => doc.off('afterTransaction', onTransaction)
}
