import * as Y from 'yjs'

/**
 * What a server with the state vector `has` lacks of `doc`. Clocks do not say whose content they stand for: where what is here
 * is in doubt, from its clock on, or altogether, it is sent all the same, for the server to compare. Nothing of `skipped`.
 */
export function lackedBy(
  has: Uint8Array,
  doc: Y.Doc,
  doubt: ReadonlyMap<number, number> | null,
  skipped: ReadonlySet<number>,
): Uint8Array {
  const vector = doubt === null ? new Map<number, number>() : Y.decodeStateVector(has)
  for (const [client, clock] of doubt ?? []) vector.set(client, Math.min(clock, vector.get(client) ?? 0))
  for (const client of skipped) vector.set(client, Number.MAX_SAFE_INTEGER)
  return Y.encodeStateAsUpdate(doc, Y.encodeStateVector(vector))
}

/**
 * From where on what is in doubt is to go under other ids, when the server has not taken all of `lacking`: of other ids, which
 * are this person's, what the server has by `has` stays.
 */
export function toReissue(
  doubt: ReadonlyMap<number, number> | null,
  lacking: readonly number[],
  has: Uint8Array,
): ReadonlyMap<number, number> {
  const vector = Y.decodeStateVector(has)
  const all = doubt ?? new Map(lacking.map((client) => [client, 0]))
  return new Map(
    [...all].map(([client, clock]) => [
      client,
      lacking.includes(client) ? clock : Math.max(clock, vector.get(client) ?? 0),
    ]),
  )
}
