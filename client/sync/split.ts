import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { inspect, type Limits, updateLimits } from '../../shared/wire/inspect.ts'

type Decoded = ReturnType<typeof Y.decodeUpdate>
export type Struct = Decoded['structs'][number]
export type Deletions = Decoded['ds']['clients']

/** Structs of one client that follow each other without a gap. */
interface Run {
  readonly client: number
  readonly clock: number
  count: number
  readonly encoder: Y.UpdateEncoderV1
}

const ownLimits: Limits = { ...updateLimits, entries: Number.MAX_SAFE_INTEGER, clients: Number.MAX_SAFE_INTEGER }

/**
 * Splits `update` into several that say the same, each of about `most` bytes, and at most half as much again; deletions
 * last. A part may depend on a later one, and a replica waits for it. Of single structs only text is split.
 */
export function split(update: Uint8Array, most: number): Uint8Array[] {
  if (inspect(update, ownLimits) === null) return [update]
  const { structs, ds } = Y.decodeUpdate(update)
  return partsOf(structs, ds.clients, most)
}

/** `structs` are in the order of an update. */
export function partsOf(structs: readonly Struct[], gone: Deletions, most: number): Uint8Array[] {
  const parts: Uint8Array[] = []
  let runs: Run[] = []
  let bytes = 0
  let expected = -1

  function finish() {
    if (runs.length > 0) parts.push(partOf(runs))
    runs = []
    bytes = 0
  }

  for (const struct of structs.flatMap((one) => pieces(one, most))) {
    if (struct instanceof Y.Skip) continue
    const { client, clock } = struct.id
    let run = runs.at(-1)
    if (bytes >= most || (run?.client === client && clock !== expected)) {
      // An update lists a client only once.
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
  return [...parts, ...deletions(gone, most)]
}

/** Splits long text into consecutive shorter ones, as if it had been typed that way. */
function pieces(struct: Struct, most: number): readonly Struct[] {
  if (!(struct instanceof Y.Item && struct.content instanceof Y.ContentString)) return [struct]
  const { id, rightOrigin, parent, parentSub } = struct
  const { str } = struct.content
  // A UTF-16 unit is three bytes at most. A piece may be half of `most`, since the part before it may be nearly full.
  const longest = Math.max(2, Math.floor(most / 6))
  if (str.length <= longest) return [struct]
  const found: Struct[] = []
  for (let from = 0; from < str.length; ) {
    let to = Math.min(str.length, from + longest)
    if (to < str.length && isFirstHalf(str.charCodeAt(to - 1))) to -= 1
    const at = Y.createID(id.client, id.clock + from)
    const origin = from === 0 ? struct.origin : Y.createID(id.client, id.clock + from - 1)
    const text = new Y.ContentString(str.slice(from, to))
    found.push(new Y.Item(at, null, origin, null, rightOrigin, parent, parentSub, text))
    from = to
  }
  return found
}

/** Whether this is the first half of a surrogate pair. */
function isFirstHalf(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}

/** In bytes: two numbers of five bytes each. */
const longestRange = 10

function deletions(all: Deletions, most: number): readonly Uint8Array[] {
  const parts: Uint8Array[] = []
  let clients: Deletions = new Map()
  let ranges = 0
  const finish = () => {
    if (ranges > 0) parts.push(partOfDeletions(clients))
    clients = new Map()
    ranges = 0
  }
  for (const [client, listed] of all) {
    for (const range of listed) {
      if (ranges * longestRange >= most) finish()
      const before = clients.get(client)
      if (before) before.push(range)
      else clients.set(client, [range])
      ranges += 1
    }
  }
  finish()
  return parts
}

function partOfDeletions(clients: Deletions): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, 0)
    encoding.writeVarUint(encoder, clients.size)
    for (const [client, ranges] of clients) {
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, ranges.length)
      for (const { clock, len } of ranges) {
        encoding.writeVarUint(encoder, clock)
        encoding.writeVarUint(encoder, len)
      }
    }
  })
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
