import * as Y from 'yjs'
import { covers, type Extent } from './extent.ts'
import { sectionsOf } from './inspect.ts'

type Struct = ReturnType<typeof Y.decodeUpdate>['structs'][number]

/**
 * Those of `clients` under whose ids `update` says something other than `parts`, which together are what is known.
 * Clocks count what was written, not what it says, so two writers under one id have equal clocks. Structs may be split
 * differently. What `update` itself deleted (`deletes`) cannot be lost. Under ids that are not `foreign`, known structs
 * without content match anything.
 */
export function differing(
  parts: readonly Uint8Array[],
  update: Uint8Array,
  deletes: Extent,
  clients: ReadonlySet<number>,
  foreign: (client: number) => boolean,
): Set<number> {
  const known = structsOf(parts, clients)
  const different = new Set<number>()
  for (const [client, structs] of structsOf([update], clients)) {
    const theirs = known.get(client) ?? []
    let at = 0
    for (const struct of structs) {
      if (isEmpty(struct)) continue
      while (at < theirs.length && endOf(theirs[at] as Struct) <= struct.id.clock) at += 1
      for (let i = at; i < theirs.length && (theirs[i] as Struct).id.clock < endOf(struct); i += 1) {
        const other = theirs[i] as Struct
        if (isEmpty(other) && !foreign(client)) continue
        const from = Math.max(struct.id.clock, other.id.clock)
        const to = Math.min(endOf(struct), endOf(other))
        if (!sameRun(struct, other, from, to) && !covers(deletes, client, from, to)) different.add(client)
      }
    }
  }
  return different
}

/** Structs in clock order, without duplicates. */
function structsOf(updates: readonly Uint8Array[], clients: ReadonlySet<number>): Map<number, readonly Struct[]> {
  const found = new Map<number, Struct[]>()
  for (const update of updates) {
    for (const struct of Y.decodeUpdate(sectionsOf(update, clients)).structs) {
      if (struct instanceof Y.Skip) continue
      const others = found.get(struct.id.client)
      if (others) others.push(struct)
      else found.set(struct.id.client, [struct])
    }
  }
  return new Map([...found].map(([client, structs]) => [client, rising(structs)]))
}

function rising(structs: readonly Struct[]): readonly Struct[] {
  let end = 0
  return structs
    .toSorted((a, b) => a.id.clock - b.id.clock)
    .filter((struct) => {
      if (endOf(struct) <= end) return false
      end = endOf(struct)
      return true
    })
}

function endOf(struct: Struct): number {
  return struct.id.clock + struct.length
}

function isEmpty(struct: Struct): boolean {
  return !(struct instanceof Y.Item) || struct.content instanceof Y.ContentDeleted
}

function sameRun(one: Struct, other: Struct, from: number, to: number): boolean {
  if (!(one instanceof Y.Item && other instanceof Y.Item)) return false
  const origin = originAt(one, from)
  if (!Y.compareIDs(origin, originAt(other, from)) || !Y.compareIDs(one.rightOrigin, other.rightOrigin)) return false
  // An item with a neighbour has the neighbour's parent, which is not encoded.
  if (origin === null && one.rightOrigin === null && placeOf(one) !== placeOf(other)) return false
  const [mine, theirs] = [one, other].map((item) =>
    contentBytes(item.content, from - item.id.clock, to - item.id.clock),
  )
  return mine?.length === theirs?.length && mine?.every((byte, index) => byte === theirs?.[index]) === true
}

/** A piece split off a run has the unit before it as its origin. */
function originAt(item: Y.Item, clock: number): Y.ID | null {
  return clock === item.id.clock ? item.origin : Y.createID(item.id.client, clock - 1)
}

/** The parent as decoded: the name of a root, or the id of the parent item. */
function placeOf({ parent, parentSub }: Y.Item): string {
  return JSON.stringify([parent, parentSub])
}

/** The encoded units of the content from `from` to `to`. */
function contentBytes(content: Y.Item['content'], from: number, to: number): Uint8Array {
  const encoder = new Y.UpdateEncoderV1()
  encoder.writeInfo(content.getRef())
  partOf(content, from, to).write(encoder, 0)
  return encoder.toUint8Array()
}

function partOf(content: Y.Item['content'], from: number, to: number): Y.Item['content'] {
  if (content instanceof Y.ContentString) return new Y.ContentString(content.str.slice(from, to))
  if (content instanceof Y.ContentAny) return new Y.ContentAny(content.arr.slice(from, to))
  if (content instanceof Y.ContentJSON) return new Y.ContentJSON(content.arr.slice(from, to))
  return content
}
