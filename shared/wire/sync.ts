import { createEncoder, toUint8Array, writeUint8Array, writeVarUint } from 'lib0/encoding'
import * as Y from 'yjs'
import { clockOf, covers, type Extent } from './extent.ts'
import { encodeVector, type StateVector } from './frame.ts'
import { type Inspection, inspect } from './inspect.ts'
import { emptyUpdate, merge } from './merge.ts'

/** The sync exchange over bytes: what a replica lacks, and a document without its history. */

/** What a replica with the state vector `vector` lacks of `update`. */
export function lacking(update: Uint8Array, vector: StateVector): Uint8Array {
  return vector.size === 0 ? update : Y.diffUpdate(update, encodeVector(vector))
}

/**
 * The same document in the fewest bytes: runs of typing joined, deleted content dropped, deletions that concurrent
 * writes imply made explicit. Structs that wait for missing ones are kept.
 */
export function compact(updates: readonly Uint8Array[]): Uint8Array {
  const doc = passive(updates)
  const bytes = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return bytes
}

/**
 * A replica that has these updates and makes no changes of its own. `roots` are opened as maps from the beginning, for
 * callers that look at its transactions: a type that is requested later replaces the one in a transaction.
 */
export function passive(updates: readonly Uint8Array[], roots: readonly string[] = []): Y.Doc {
  const doc = new Y.Doc()
  for (const root of roots) doc.getMap(root)
  doc.on('afterTransaction', (transaction: Y.Transaction) => {
    transaction._needFormattingCleanup = false
  })
  // All at once: pending structs are merged anew with every update.
  Y.applyUpdate(doc, merge(updates))
  return doc
}

/**
 * `update` without structs and deletions beyond the known ids of clients for which `foreign` holds. Such a deletion
 * would reach what these clients have yet to send.
 */
export function trim(
  update: Uint8Array,
  seen: Inspection,
  known: Extent,
  foreign: (client: number) => boolean,
): { update: Uint8Array; seen: Inspection } {
  const dropped = new Map<number, number>()
  for (const client of seen.structs.keys()) {
    if (foreign(client) && reachesBeyond(seen.structs, known, client)) dropped.set(client, Number.MAX_SAFE_INTEGER)
  }
  let bytes = dropped.size === 0 ? update : Y.diffUpdate(update, encodeVector(dropped))
  const rest = dropped.size === 0 ? seen : (inspect(bytes) as Inspection)
  const deletes: Extent = new Map()
  let cut = false
  for (const [client, ranges] of rest.deletes) {
    if (!foreign(client) || !reachesBeyond(rest.deletes, known, client)) {
      deletes.set(client, ranges)
      continue
    }
    cut = true
    const kept: number[] = []
    const clock = clockOf(known, client)
    for (let i = 0; i < ranges.length; i += 2) {
      const from = ranges[i] as number
      const to = Math.min(ranges[i + 1] as number, clock)
      if (from < to) kept.push(from, to)
    }
    if (kept.length > 0) deletes.set(client, kept)
  }
  if (cut) bytes = withDeletes(bytes.subarray(0, rest.deletesAt), deletes)
  return bytes === update ? { update, seen } : { update: bytes, seen: inspect(bytes) as Inspection }
}

/** Whether some of a client's `ids` are not among the `known` ones. */
export function reachesBeyond(ids: Extent, known: Extent, client: number): boolean {
  const ranges = ids.get(client) ?? []
  for (let i = 0; i < ranges.length; i += 2) {
    if (!covers(known, client, ranges[i] as number, ranges[i + 1] as number)) return true
  }
  return false
}

/** The update that deletes exactly these ids. */
export function deletionOf(deletes: Extent): Uint8Array {
  return withDeletes(emptyUpdate.subarray(0, 1), deletes)
}

function withDeletes(structs: Uint8Array, deletes: Extent): Uint8Array {
  const encoder = createEncoder()
  writeUint8Array(encoder, structs)
  writeVarUint(encoder, deletes.size)
  for (const [client, ranges] of [...deletes].sort((a, b) => b[0] - a[0])) {
    writeVarUint(encoder, client)
    writeVarUint(encoder, ranges.length / 2)
    for (let i = 0; i < ranges.length; i += 2) {
      writeVarUint(encoder, ranges[i] as number)
      writeVarUint(encoder, (ranges[i + 1] as number) - (ranges[i] as number))
    }
  }
  return toUint8Array(encoder)
}
