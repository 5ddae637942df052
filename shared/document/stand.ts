import * as Y from 'yjs'
import type { Stand } from '../domain/collision.ts'
import { readAgenda } from './read.ts'

/** What a whole state says, read on a document of its own that nothing is bound to. */
export function standOf(state: Uint8Array): Stand {
  const doc = new Y.Doc()
  try {
    Y.applyUpdate(doc, state)
    const places = new Map<string, string>()
    for (const [id, item] of doc.getMap('items').entries()) {
      if (item instanceof Y.Map) places.set(id, JSON.stringify(item.get('place') ?? null))
    }
    return { agenda: readAgenda(doc), places }
  } finally {
    doc.destroy()
  }
}
