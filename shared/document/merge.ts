import * as Y from 'yjs'
import type { Agenda } from '../domain/agenda.ts'
import { readAgenda } from './read.ts'

const origin = 'merge'

/** The agenda as it would be were the state `other` (V1) merged into `doc`, which itself is not touched. */
export function agendaWith(doc: Y.Doc, other: Uint8Array): Agenda {
  const both = new Y.Doc()
  for (const state of [Y.encodeStateAsUpdate(doc), other]) Y.applyUpdate(both, state, origin)
  const agenda = readAgenda(both)
  both.destroy()
  return agenda
}

/** What a whole document (V1) says. */
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

/** Which insertions `state` (V1) holds, as a text that is equal for equal ones. */
export function insertionsOf(state: Uint8Array): string {
  return Y.encodeStateVectorFromUpdate(state).join()
}
