import { createEncoder, toUint8Array, writeUint8Array, writeVarUint } from 'lib0/encoding'
import { decodeUtf8 } from 'lib0/string'
import { attempt, type Cursor, readByte, readRun, readUint, readView, refuse, skipString } from './bytes.ts'
import { addExtent, addRange, type Extent } from './extent.ts'

/** What an update says, found by walking its bytes: no Yjs object is made, and nothing is allocated by a claimed count. */
export interface Inspection {
  /** Ids of the structs that it carries. */
  readonly structs: Extent
  /** Ids that its delete set names, and those of structs that arrive without content. */
  readonly deletes: Extent
  /** Where the delete set begins in the bytes. */
  readonly deletesAt: number
  /** Number of structs: what an integration of it costs. */
  readonly count: number
}

export interface Limits {
  /** Structs, and separately ranges of deletions. */
  readonly entries: number
  readonly clients: number
  /** No clock may end beyond this. Larger ones are not reached by typing, and 2^53 breaks every replica. */
  readonly clock: number
  /** Nesting of a value. */
  readonly depth: number
}

export const updateLimits: Limits = { entries: 200_000, clients: 10_000, clock: 2 ** 31, depth: 64 }

/** What we have stored ourselves was admitted in parts: only its form is checked. */
export const storedLimits: Limits = {
  ...updateLimits,
  entries: Number.MAX_SAFE_INTEGER,
  clients: Number.MAX_SAFE_INTEGER,
}

/**
 * Walks a V1 update. Null unless every replica would read it to the same end without throwing: mergers of updates rely
 * on the canonical order of clients, an unreadable value or a reference forward within one client throws in the midst of
 * a transaction and takes the edits beside it along, and sub documents are no part of any of our documents.
 */
export function inspect(update: Uint8Array, limits: Limits = updateLimits): Inspection | null {
  return attempt(update, (cursor) => {
    const structs: Extent = new Map()
    const deletes: Extent = new Map()
    const count = walkStructs(cursor, limits, structs, deletes)
    const deletesAt = cursor.at
    walkDeletes(cursor, limits, deletes)
    if (cursor.at !== update.length) refuse()
    return { structs, deletes, deletesAt, count }
  })
}

/** An update of just what `update`, which has passed inspection, has of these clients: whole sections, and no deletions. */
export function sectionsOf(update: Uint8Array, clients: ReadonlySet<number>): Uint8Array {
  const sections: Uint8Array[] = []
  attempt(update, (cursor) => {
    walkStructs(cursor, storedLimits, new Map(), new Map(), (client, from, to) => {
      if (clients.has(client)) sections.push(update.subarray(from, to))
    })
  })
  const encoder = createEncoder()
  writeVarUint(encoder, sections.length)
  for (const section of sections) writeUint8Array(encoder, section)
  writeVarUint(encoder, 0)
  return toUint8Array(encoder)
}

function walkStructs(
  cursor: Cursor,
  limits: Limits,
  structs: Extent,
  gone: Extent,
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
    if (count === 0 || total > limits.entries || client >= before) refuse()
    before = client
    for (let i = 0; i < count; i += 1) {
      const info = readByte(cursor)
      if (info === 10) {
        // A gap between structs, never at either end.
        if (i === 0 || i === count - 1) refuse()
        clock += readUint(cursor, limits.clock)
        if (clock > limits.clock) refuse()
        continue
      }
      const from = clock
      clock += info === 0 ? readUint(cursor, limits.clock) : walkItem(cursor, info, client, clock, limits)
      if (clock === from || clock > limits.clock) refuse()
      addRange(structs, client, from, clock)
      if (info === 0 || (info & 31) === 1) addRange(gone, client, from, clock)
    }
    section?.(client, began, cursor.at)
  }
  return total
}

/** The length of an item whose info byte has been read. */
function walkItem(cursor: Cursor, info: number, client: number, clock: number, limits: Limits): number {
  if ((info & 128) !== 0) walkReference(cursor, client, clock)
  if ((info & 64) !== 0) walkReference(cursor, client, clock)
  if ((info & 192) === 0) {
    if (readUint(cursor, 1) === 1) skipString(cursor)
    else walkReference(cursor, client, clock)
    if ((info & 32) !== 0) skipString(cursor)
  }
  switch (info & 31) {
    case 1: // deleted
      return readUint(cursor, limits.clock)
    case 2: {
      // JSON, a legacy form that is still written by some
      const length = readUint(cursor, limits.entries)
      for (let i = 0; i < length; i += 1) walkJson(cursor, limits, true)
      return length
    }
    case 3: // binary
      readRun(cursor)
      return 1
    case 4: // string
      return skipString(cursor)
    case 5: // embed
      walkJson(cursor, limits, false)
      return 1
    case 6: // format
      skipString(cursor)
      walkJson(cursor, limits, false)
      return 1
    case 7: {
      const type = readUint(cursor, 6)
      if (type === 3 || type === 5) skipString(cursor)
      return 1
    }
    case 8: {
      const length = readUint(cursor, limits.entries)
      for (let i = 0; i < length; i += 1) walkAny(cursor, limits.depth)
      return length
    }
    default: // sub documents (9) and what Yjs 13 does not know
      refuse()
  }
}

function walkReference(cursor: Cursor, client: number, clock: number): void {
  const other = readUint(cursor)
  const at = readUint(cursor)
  if (other === client && at >= clock) refuse()
}

function walkJson(cursor: Cursor, limits: Limits, undefinedAllowed: boolean): void {
  const from = cursor.at
  skipString(cursor)
  const text = readRun({ bytes: cursor.bytes, at: from })
  let depth = 0
  let quoted = false
  for (let i = 0; i < text.length; i += 1) {
    const byte = text[i]
    if (quoted) {
      if (byte === 0x5c) i += 1
      else if (byte === 0x22) quoted = false
    } else if (byte === 0x22) quoted = true
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1
      if (depth > limits.depth) refuse()
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1
  }
  const value = decodeUtf8(text)
  if (undefinedAllowed && value === 'undefined') return
  try {
    JSON.parse(value)
  } catch {
    refuse()
  }
}

function walkAny(cursor: Cursor, depth: number): void {
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
        skipString(cursor)
        walkAny(cursor, depth - 1)
      }
      return
    case 117:
      for (let left = readUint(cursor); left > 0; left -= 1) walkAny(cursor, depth - 1)
      return
    case 116:
      readRun(cursor)
      return
    default:
      refuse()
  }
}

function walkDeletes(cursor: Cursor, limits: Limits, deletes: Extent): void {
  let total = 0
  for (let clients = readUint(cursor, limits.clients); clients > 0; clients -= 1) {
    const client = readUint(cursor)
    const ranges = readUint(cursor, limits.entries)
    total += ranges
    if (total > limits.entries) refuse()
    // In rising order, as Yjs writes them: taking them in any order would cost by the square.
    let before = 0
    const listed: number[] = []
    for (let i = 0; i < ranges; i += 1) {
      const from = readUint(cursor, limits.clock)
      const length = readUint(cursor, limits.clock)
      if (length === 0 || from < before || from + length > limits.clock) refuse()
      if (from === before && i > 0) listed[listed.length - 1] = from + length
      else listed.push(from, from + length)
      before = from + length
    }
    if (ranges > 0) addExtent(deletes, new Map([[client, listed]]))
  }
}
