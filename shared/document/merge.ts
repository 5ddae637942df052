import * as Y from 'yjs'
import type { Agenda } from '../domain/agenda.ts'
import { readAgenda } from './read.ts'

const origin = 'merge'

/** The agenda after merging the state `other` (V1) into `doc`. `doc` itself does not change. */
export function agendaWith(doc: Y.Doc, other: Uint8Array): Agenda {
  const both = new Y.Doc()
  for (const state of [Y.encodeStateAsUpdate(doc), other]) Y.applyUpdate(both, state, origin)
  const agenda = readAgenda(both)
  both.destroy()
  return agenda
}

/** The agenda of a whole document (V1). */
export function agendaOf(state: Uint8Array): Agenda {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, state, origin)
  const agenda = readAgenda(doc)
  doc.destroy()
  return agenda
}

export function stateOf(doc: Y.Doc): Uint8Array {
  return Y.encodeStateAsUpdate(doc)
}

/** The insertions in `state` (V1), as a text that is equal for equal insertions. */
export function insertionsOf(state: Uint8Array): string {
  return Y.encodeStateVectorFromUpdate(state).join()
}
