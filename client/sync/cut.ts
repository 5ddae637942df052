import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'

type Struct = ReturnType<typeof Y.decodeUpdate>['structs'][number]
/** Structs of one client that follow each other. */
interface Run {
  readonly client: number
  readonly clock: number
  readonly structs: Struct[]
}

/**
 * `update` as several that say the same, each of about `most` bytes. What a part builds on may come in a later one, and
 * waits for it in a replica. A single struct is not cut.
 */
export function cut(update: Uint8Array, most: number): Uint8Array[] {
  const { structs, ds } = Y.decodeUpdate(update)
  const parts: Uint8Array[] = []
  let runs: Run[] = []
  let size = 0
  const finish = () => {
    if (runs.length > 0) parts.push(encode(runs, null))
    runs = []
    size = 0
  }
  for (const struct of structs) {
    // A gap: what follows it is a run of its own.
    if (struct instanceof Y.Skip) continue
    const { client, clock } = struct.id
    const last = runs.at(-1)
    const follows = last?.client === client && endOf(last) === clock
    // A part names every client once.
    if (size > most || (!follows && runs.some((run) => run.client === client))) finish()
    const bytes = sizeOf(struct)
    const run = runs.at(-1)
    if (run?.client === client) run.structs.push(struct)
    else runs.push({ client, clock, structs: [struct] })
    size += bytes
  }
  finish()
  if (ds.clients.size > 0) parts.push(encode([], ds))
  return parts
}

function endOf({ clock, structs }: Run): number {
  return structs.reduce((end, struct) => end + struct.length, clock)
}

function sizeOf(struct: Struct): number {
  const encoder = new Y.UpdateEncoderV1()
  struct.write(encoder, 0)
  return encoding.length(encoder.restEncoder)
}

/** An update of version 1, as Yjs writes it: clients and the clients of deletions from the highest down. */
function encode(runs: readonly Run[], ds: ReturnType<typeof Y.decodeUpdate>['ds'] | null): Uint8Array {
  const encoder = new Y.UpdateEncoderV1()
  const { restEncoder } = encoder
  encoding.writeVarUint(restEncoder, runs.length)
  for (const { client, clock, structs } of [...runs].sort((a, b) => b.client - a.client)) {
    encoding.writeVarUint(restEncoder, structs.length)
    encoding.writeVarUint(restEncoder, client)
    encoding.writeVarUint(restEncoder, clock)
    for (const struct of structs) struct.write(encoder, 0)
  }
  const deletions = [...(ds?.clients ?? [])].sort((a, b) => b[0] - a[0])
  encoding.writeVarUint(restEncoder, deletions.length)
  for (const [client, ranges] of deletions) {
    encoding.writeVarUint(restEncoder, client)
    encoding.writeVarUint(restEncoder, ranges.length)
    for (const { clock, len } of ranges) {
      encoding.writeVarUint(restEncoder, clock)
      encoding.writeVarUint(restEncoder, len)
    }
  }
  return encoder.toUint8Array()
}
