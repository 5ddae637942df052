import * as Y from 'yjs'

/** How much of the editing a replica has: each client's clock and, under `deletions`, how much has been deleted. */
export type Clocks = readonly (readonly [client: number, clock: number])[]

/** Deleting moves no clock, so it is counted beside them. */
const deletions = -1

export function extentOf(doc: Y.Doc): Map<number, number> {
  const { clients } = Y.createDeleteSetFromStructStore(doc.store)
  const deleted = [...clients.values()].flat().reduce((sum, range) => sum + range.len, 0)
  return Y.decodeStateVector(Y.encodeStateVector(doc)).set(deletions, deleted)
}
