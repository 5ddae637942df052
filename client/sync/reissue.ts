import * as Y from 'yjs'
import { digestOfText } from '../../shared/wire/digest.ts'
import { type Deletions, partsOf, type Struct } from './split.ts'

/**
 * `update` with all that it has under the client ids in `from`, from these clocks on, moved to new ids. Nobody else has
 * that content under the old ids, or ever will. References in this device's edits move along; others cannot have any.
 */
export function reissued(
  update: Uint8Array,
  from: ReadonlyMap<number, number>,
  successorOf: (client: number) => number,
): Uint8Array {
  const moved = (id: Y.ID) => {
    const clock = id.clock - (from.get(id.client) ?? Number.POSITIVE_INFINITY)
    return clock < 0 ? id : Y.createID(successorOf(id.client), clock)
  }
  const move = (struct: Struct) => {
    if (!from.has(struct.id.client)) return struct
    const id = moved(struct.id)
    if (!(struct instanceof Y.Item)) return new Y.GC(id, struct.length)
    const { origin, rightOrigin, parent, parentSub, content } = struct
    const within = parent instanceof Y.ID ? moved(parent) : parent
    return new Y.Item(
      id,
      null,
      origin && moved(origin),
      null,
      rightOrigin && moved(rightOrigin),
      within,
      parentSub,
      content,
    )
  }
  const { structs, ds } = Y.decodeUpdate(update)
  const gone: Deletions = new Map()
  for (const [client, ranges] of ds.clients) {
    for (const { clock, len } of ranges) {
      const at = Math.min(clock + len, Math.max(clock, from.get(client) ?? 0))
      for (const [first, end] of [
        [clock, at],
        [at, clock + len],
      ] as const) {
        if (first === end) continue
        const id = moved(Y.createID(client, first))
        gone.set(id.client, [...(gone.get(id.client) ?? []), { clock: id.clock, len: end - first }])
      }
    }
  }
  const all = structs
    .filter((struct) => !(struct instanceof Y.Skip))
    .flatMap((struct) => parted(struct, (from.get(struct.id.client) ?? 0) - struct.id.clock))
    .map(move)
    .sort((a, b) => b.id.client - a.id.client)
  return Y.mergeUpdates(partsOf(all, gone, Number.POSITIVE_INFINITY))
}

function parted(struct: Struct, at: number): readonly Struct[] {
  if (at <= 0 || at >= struct.length) return [struct]
  const { client, clock } = struct.id
  const id = Y.createID(client, clock + at)
  if (!(struct instanceof Y.Item)) return [new Y.GC(struct.id, at), new Y.GC(id, struct.length - at)]
  const { origin, rightOrigin, parent, parentSub, content } = struct
  const rest = content.splice(at)
  return [
    new Y.Item(struct.id, null, origin, null, rightOrigin, parent, parentSub, content),
    new Y.Item(id, null, Y.createID(client, clock + at - 1), null, rightOrigin, parent, parentSub, rest),
  ]
}

/** The new id for `client`: the same in every tab that has the secret, and unpredictable to others. */
export function successor(client: number, secret: string): number {
  const letters = digestOfText(`${secret} ${client}`).replace(/[-_]/g, '')
  return Number.parseInt(letters.slice(0, 6), 36)
}
