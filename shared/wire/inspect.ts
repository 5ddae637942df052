import { createEncoder, toUint8Array, writeUint8Array, writeVarUint } from 'lib0/encoding'
import { decodeUtf8 } from 'lib0/string'
import { attempt, type Cursor, readByte, readRun, readString, readUint, readView, refuse, skipString } from './bytes.ts'
import { addExtent, addRange, type Extent } from './extent.ts'

/** What an update contains, found by walking its bytes: creates no Yjs objects and allocates by no claimed count. */
export interface Inspection {
  /** Ids of its structs. */
  readonly structs: Extent
  /** Ids in its delete set, and ids of structs without content. */
  readonly deletes: Extent
  /** Byte offset of the delete set. */
  readonly deletesAt: number
  /** Number of structs. */
  readonly count: number
  /** Number of objects that a replica creates: structs, delete ranges and nested values. */
  readonly objects: number
  /**
   * The most objects there may be after integration. Inserting between items, or deleting out of them, may split them
   * in two and counts three times. Items that claim one place count more, the more of them there are.
   */
  readonly parts: number
  /**
   * Structs with neighbours on both sides. Where several claim a place between the same two, integration compares each
   * with those before it.
   */
  readonly wide: number
  /** Ids of structs that are text marks. */
  readonly formats: Extent
  /** Ids of other clients' structs that its structs refer to: client and clock alternate. */
  readonly references: readonly number[]
  /** The roots that it names. A struct that follows one of another update is in the root of that one. */
  readonly roots: ReadonlySet<string>
  /** Where its items claim to stand. */
  readonly claims: Claims
}

/** A flat list, `claimLength` numbers per claim: there may be 100,000, too many for objects. */
export interface Claims {
  /** Client, first clock, clock after the last, origin (client, clock), right origin (client, clock), index in `parents`. -1 is none. */
  readonly numbers: readonly number[]
  /** The lists of claims that name one: by root or by containing item, and by map key. */
  readonly parents: readonly Parent[]
}

export interface Parent {
  readonly list: string
  /** The containing item; null for a root. */
  readonly item: Id | null
  readonly isEntry: boolean
}

export const claimLength = 8

export interface Limits {
  /** The most parts. */
  readonly entries: number
  readonly clients: number
  /** No clock may end beyond this. Typing never reaches larger ones, and 2^53 breaks every replica. */
  readonly clock: number
  /** Nesting depth of a value. */
  readonly depth: number
}

export const updateLimits: Limits = { entries: 100_000, clients: 10_000, clock: 2 ** 31, depth: 64 }

/** Stored updates were admitted one by one: only their form is checked. */
export const storedLimits: Limits = {
  ...updateLimits,
  entries: Number.MAX_SAFE_INTEGER,
  clients: Number.MAX_SAFE_INTEGER,
}

/**
 * Walks a V1 update. Null unless every replica would read it to the end without throwing. Merging relies on the
 * canonical order of clients. An unreadable value, or a forward reference within one client, throws in the middle of a
 * transaction and loses the edits beside it. Our documents have no subdocuments.
 */
export function inspect(update: Uint8Array, limits: Limits = updateLimits): Inspection | null {
  return attempt(update, (cursor) => {
    const found = nothingFound()
    const count = walkStructs(cursor, limits, found)
    const deletesAt = cursor.at
    walkDeletes(cursor, limits, found)
    if (cursor.at !== update.length) refuse()
    const { structs, deletes, formats, references, roots, claims, wide, objects, more } = found
    return {
      structs,
      deletes,
      formats,
      references,
      roots,
      claims,
      wide,
      objects,
      parts: objects + more,
      deletesAt,
      count,
    }
  })
}

interface Found {
  readonly structs: Extent
  readonly deletes: Extent
  readonly formats: Extent
  readonly references: number[]
  readonly roots: Set<string>
  /** How many structs claim the same place. */
  readonly places: Map<string, number>
  readonly claims: { readonly numbers: number[]; readonly parents: Parent[] }
  wide: number
  objects: number
  /** Parts beyond the objects. */
  more: number
}

function nothingFound(): Found {
  const extents = { structs: new Map(), deletes: new Map(), formats: new Map() }
  const claims = { numbers: [], parents: [] }
  return { ...extents, references: [], roots: new Set(), places: new Map(), claims, wide: 0, objects: 0, more: 0 }
}

/** An update with just the sections of these clients, whole, and no deletions. `update` must have passed inspection. */
export function sectionsOf(update: Uint8Array, clients: ReadonlySet<number>): Uint8Array {
  const sections: Uint8Array[] = []
  attempt(update, (cursor) => {
    walkStructs(cursor, storedLimits, nothingFound(), (client, from, to) => {
      if (clients.has(client)) sections.push(update.subarray(from, to))
    })
  })
  const encoder = createEncoder()
  writeVarUint(encoder, sections.length)
  for (const section of sections) writeUint8Array(encoder, section)
  writeVarUint(encoder, 0)
  return toUint8Array(encoder)
}

function add(objects: number, limits: Limits, found: Found, more = 0): void {
  found.objects += objects
  found.more += more
  if (found.objects + found.more > limits.entries) refuse()
}

function walkStructs(
  cursor: Cursor,
  limits: Limits,
  found: Found,
  section?: (client: number, from: number, to: number) => void,
): number {
  let total = 0
  let before = Number.POSITIVE_INFINITY
  for (let clients = readUint(cursor, limits.clients); clients > 0; clients -= 1) {
    const began = cursor.at
    const count = readUint(cursor, limits.entries)
    const client = readUint(cursor)
    let clock = readUint(cursor, limits.clock)
    total += count
    add(count, limits, found)
    if (count === 0 || client >= before) refuse()
    before = client
    for (let i = 0; i < count; i += 1) {
      const info = readByte(cursor)
      if (info === 10) {
        // A gap may only stand between structs, never at either end.
        if (i === 0 || i === count - 1) refuse()
        clock += readUint(cursor, limits.clock)
        if (clock > limits.clock) refuse()
        continue
      }
      const from = clock
      clock += info === 0 ? readUint(cursor, limits.clock) : walkItem(cursor, info, client, clock, limits, found)
      if (info !== 0) found.claims.numbers[found.claims.numbers.length - claimLength + 2] = clock
      if (clock === from || clock > limits.clock) refuse()
      addRange(found.structs, client, from, clock)
      if (info === 0 || (info & 31) === 1) addRange(found.deletes, client, from, clock)
      if ((info & 31) === 6) addRange(found.formats, client, from, clock)
    }
    section?.(client, began, cursor.at)
  }
  return total
}

/** Walks an item whose info byte has been read, and returns its length. */
function walkItem(cursor: Cursor, info: number, client: number, clock: number, limits: Limits, found: Found): number {
  const origin = (info & 128) !== 0 ? walkReference(cursor, client, clock, found) : null
  const next = (info & 64) !== 0 ? walkReference(cursor, client, clock, found) : null
  if (origin !== null && next !== null) found.wide += 1
  let parent: Parent | null = null
  if (origin === null && next === null) {
    const item = readUint(cursor, 1) === 1 ? null : walkReference(cursor, client, clock, found)
    const root = item === null ? readString(cursor) : null
    if (root !== null) found.roots.add(root)
    const key = (info & 32) !== 0 ? readString(cursor) : null
    parent = { list: JSON.stringify([root, item, key]), item, isEntry: key !== null }
  }
  const place = parent?.list ?? `${origin?.client} ${origin?.clock} ${next?.client} ${next?.clock}`
  claim(found, client, clock, origin, next, parent)
  // Continued typing follows the client's last struct and stands in front of nothing, so it splits nothing.
  const follows = origin !== null && next === null && origin.client === client && origin.clock === clock - 1
  if (!follows) {
    const before = found.places.get(place) ?? 0
    found.places.set(place, before + 1)
    add(0, limits, found, (origin !== null || next !== null ? cuts : 0) + Math.floor(before * search))
  }
  switch (info & 31) {
    case 1: // deleted
      return readUint(cursor, limits.clock)
    case 2: {
      // JSON, a legacy form that is still written by some
      const length = readUint(cursor, limits.entries)
      for (let i = 0; i < length; i += 1) walkJson(cursor, limits, found, true)
      return length
    }
    case 3: // binary
      readRun(cursor)
      return 1
    case 4: // string
      return skipString(cursor)
    case 5: // embed
      walkJson(cursor, limits, found, false)
      return 1
    case 6: // format
      skipString(cursor)
      walkJson(cursor, limits, found, false)
      return 1
    case 7: {
      const type = readUint(cursor, 6)
      if (type === 3 || type === 5) skipString(cursor)
      return 1
    }
    case 8: {
      const length = readUint(cursor, limits.entries)
      if (length > 1) add(length - 1, limits, found)
      for (let i = 0; i < length; i += 1) walkAny(cursor, limits, found, limits.depth)
      return length
    }
    default: // subdocuments (9) and what Yjs 13 does not know
      refuse()
  }
}

/** Its end is not known yet. */
function claim(
  { claims }: Found,
  client: number,
  clock: number,
  origin: Id | null,
  next: Id | null,
  parent: Parent | null,
): void {
  const { numbers, parents } = claims
  const ids = [origin?.client ?? -1, origin?.clock ?? -1, next?.client ?? -1, next?.clock ?? -1]
  numbers.push(client, clock, clock, ...ids, parent === null ? -1 : parents.push(parent) - 1)
}

function walkReference(cursor: Cursor, client: number, clock: number, { references }: Found): Id {
  const id = { client: readUint(cursor), clock: readUint(cursor) }
  if (id.client !== client) references.push(id.client, id.clock)
  else if (id.clock >= clock) refuse()
  return id
}

export interface Id {
  readonly client: number
  readonly clock: number
}

/** How many more structs one that is inserted between others may create. */
const cuts = 2
/** Structs at the same place are compared in turn. One comparison costs this share of creating a struct. */
const search = 1 / 4

function walkJson(cursor: Cursor, limits: Limits, found: Found, undefinedAllowed: boolean): void {
  const from = cursor.at
  skipString(cursor)
  const text = readRun({ bytes: cursor.bytes, at: from })
  let depth = 0
  let quoted = false
  let values = 0
  for (let i = 0; i < text.length; i += 1) {
    const byte = text[i]
    if (quoted) {
      if (byte === 0x5c) i += 1
      else if (byte === 0x22) quoted = false
    } else if (byte === 0x22) quoted = true
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1
      values += 1
      if (depth > limits.depth) refuse()
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1
    else if (byte === 0x2c) values += 1
  }
  add(values, limits, found)
  const value = decodeUtf8(text)
  if (undefinedAllowed && value === 'undefined') return
  try {
    JSON.parse(value)
  } catch {
    refuse()
  }
}

function walkAny(cursor: Cursor, limits: Limits, found: Found, depth: number): void {
  if (depth === 0) refuse()
  switch (readByte(cursor)) {
    case 127: // undefined
    case 126: // null
    case 121: // false
    case 120: // true
      return
    case 125: {
      // A signed integer: six bits, then seven at a time.
      let byte = readByte(cursor)
      let value = byte & 63
      let scale = 64
      while (byte >= 128) {
        byte = readByte(cursor)
        value += (byte & 127) * scale
        scale *= 128
        if (value > Number.MAX_SAFE_INTEGER || scale > 2 ** 62) refuse()
      }
      return
    }
    case 124:
      readView(cursor, 4)
      return
    case 123:
    case 122:
      readView(cursor, 8)
      return
    case 119:
      skipString(cursor)
      return
    case 118:
      for (let left = readUint(cursor); left > 0; left -= 1) {
        add(1, limits, found)
        skipString(cursor)
        walkAny(cursor, limits, found, depth - 1)
      }
      return
    case 117:
      for (let left = readUint(cursor); left > 0; left -= 1) {
        add(1, limits, found)
        walkAny(cursor, limits, found, depth - 1)
      }
      return
    case 116:
      readRun(cursor)
      return
    default:
      refuse()
  }
}

function walkDeletes(cursor: Cursor, limits: Limits, found: Found): void {
  // Yjs writes each client once. Joining the lists of a client that recurs would take quadratic time.
  const listed = new Set<number>()
  for (let clients = readUint(cursor, limits.clients); clients > 0; clients -= 1) {
    const client = readUint(cursor)
    if (listed.has(client)) refuse()
    listed.add(client)
    const ranges = readUint(cursor, limits.entries)
    add(ranges, limits, found, ranges * cuts)
    // Yjs writes ranges in ascending order. Accepting any order would take quadratic time.
    let before = 0
    const taken: number[] = []
    for (let i = 0; i < ranges; i += 1) {
      const from = readUint(cursor, limits.clock)
      const length = readUint(cursor, limits.clock)
      if (length === 0 || from < before || from + length > limits.clock) refuse()
      if (from === before && i > 0) taken[taken.length - 1] = from + length
      else taken.push(from, from + length)
      before = from + length
    }
    if (ranges > 0) addExtent(found.deletes, new Map([[client, taken]]))
  }
}
