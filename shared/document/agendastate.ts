import * as Y from 'yjs'
import type { AgendaState } from '../domain/collision.ts'
import { readAgenda } from './read.ts'

/** Reads the agenda and the `place` registers of a whole state (V1), from a temporary document. */
export function agendaStateOf(state: Uint8Array): AgendaState {
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
