import * as Y from 'yjs'

/**
 * What a server with the state vector `has` lacks of `doc`, without the ids in `skipped`. Clocks do not say whose
 * content they stand for, so doubtful content is sent anyway, for the server to compare: from its clock on, or (null)
 * all.
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
 * The clocks from which doubtful content moves to new client ids, after the server has not accepted all of `lacking`.
 * Of the other ids, which are this person's, what the server has according to `has` stays.
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
