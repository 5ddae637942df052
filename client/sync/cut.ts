import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { inspect, type Limits, updateLimits } from '../../shared/wire/inspect.ts'

/** Structs of one client that follow each other without a gap. */
interface Run {
  readonly client: number
  readonly clock: number
  count: number
  readonly encoder: Y.UpdateEncoderV1
}

const ownLimits: Limits = { ...updateLimits, entries: Number.MAX_SAFE_INTEGER, clients: Number.MAX_SAFE_INTEGER }

/**
 * `update` as several that together say the same, each of about `most` bytes, deletions last. What a part builds on may
 * come in a later one, and a replica waits for it. A single struct is not cut, and neither are the deletions.
 */
export function cut(update: Uint8Array, most: number): Uint8Array[] {
  const seen = inspect(update, ownLimits)
  if (seen === null) return [update]
  const parts: Uint8Array[] = []
  let runs: Run[] = []
  let bytes = 0
  let expected = -1

  function finish() {
    if (runs.length > 0) parts.push(partOf(runs))
    runs = []
    bytes = 0
  }

  for (const struct of Y.decodeUpdate(update).structs) {
    if (struct instanceof Y.Skip) continue
    const { client, clock } = struct.id
    let run = runs.at(-1)
    if (bytes >= most || (run?.client === client && clock !== expected)) {
      // A client stands once in an update.
      finish()
      run = undefined
    }
    if (run?.client !== client) {
      run = { client, clock, count: 0, encoder: new Y.UpdateEncoderV1() }
      runs.push(run)
    }
    const before = encoding.length(run.encoder.restEncoder)
    struct.write(run.encoder, 0)
    run.count += 1
    bytes += encoding.length(run.encoder.restEncoder) - before
    expected = clock + struct.length
  }
  finish()
  if (seen.deletes.size > 0) {
    const deletes = update.subarray(seen.deletesAt)
    parts.push(
      encoding.encode((encoder) => {
        encoding.writeVarUint(encoder, 0)
        encoding.writeUint8Array(encoder, deletes)
      }),
    )
  }
  return parts
}

function partOf(runs: readonly Run[]): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, runs.length)
    for (const { client, clock, count, encoder: structs } of runs) {
      encoding.writeVarUint(encoder, count)
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, clock)
      encoding.writeUint8Array(encoder, encoding.toUint8Array(structs.restEncoder))
    }
    encoding.writeVarUint(encoder, 0)
  })
}
