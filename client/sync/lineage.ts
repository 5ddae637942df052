import * as Y from 'yjs'

/**
 * Whether `updates` are of another lineage than `doc`. Every copy contains something of the client id that seeded the
 * document, and no client id of an earlier lineage writes in a later one. So two lineages have no client id in common.
 */
export function isOtherLineage({ store }: Y.Doc, updates: readonly Uint8Array[]): boolean {
  if (store.clients.size === 0) return false
  const clients = updates.flatMap(clientsOf)
  return clients.length > 0 && !clients.some((client) => store.clients.has(client))
}

/** Empty for an update that cannot be read. */
function clientsOf(update: Uint8Array): readonly number[] {
  try {
    return [...Y.parseUpdateMeta(update).from.keys()]
  } catch {
    return []
  }
}
