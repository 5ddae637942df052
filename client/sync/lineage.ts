import * as Y from 'yjs'

/**
 * Whether `updates` are of another lineage of the document than `doc`. Every copy of a document has something of the client
 * that seeded it, and nobody of an earlier lineage writes in a later one: so two lineages have no client in common.
 */
export function isOtherLineage({ store }: Y.Doc, updates: readonly Uint8Array[]): boolean {
  if (store.clients.size === 0) return false
  const clients = updates.flatMap(clientsOf)
  return clients.length > 0 && !clients.some((client) => store.clients.has(client))
}

/** None of what cannot be read. */
function clientsOf(update: Uint8Array): readonly number[] {
  try {
    return [...Y.parseUpdateMeta(update).from.keys()]
  } catch {
    return []
  }
}
