import {
  createEncoder,
  toUint8Array,
  writeUint8Array,
  writeVarString,
  writeVarUint,
  writeVarUint8Array,
} from 'lib0/encoding'
import { decodeUtf8 } from 'lib0/string'
import { attempt, type Cursor, readRun, readUint, refuse, skipString } from './bytes.ts'

/**
 * The y-websocket protocol as published, one message per frame, and two messages of ours. The server echoes an
 * acknowledgement (102) once everything that the connection sent before it is committed. If it has not taken all of
 * that, it answers with the client ids of what it lacks (103).
 */
export type Message =
  | { readonly type: 'step-1'; readonly vector: StateVector }
  | { readonly type: 'step-2'; readonly update: Uint8Array }
  | { readonly type: 'update'; readonly update: Uint8Array }
  | { readonly type: 'awareness'; readonly entries: readonly AwarenessEntry[] }
  | { readonly type: 'query-awareness' }
  | { readonly type: 'acknowledge'; readonly payload: Uint8Array }

/** For each client, the number of known clocks. */
export type StateVector = ReadonlyMap<number, number>

/** `json` is the raw state: the text of a value, `null` for a client that left. */
export interface AwarenessEntry {
  readonly client: number
  readonly clock: number
  readonly json: Uint8Array
}

const sync = 0
const awareness = 1
const queryAwareness = 3
export const acknowledgeType = 102
export const lackingType = 103

/** Null when the frame is not exactly one message. Bytes within the message are views into the frame. */
export function decode(frame: Uint8Array): Message | null {
  return attempt(frame, (cursor) => {
    const message = readMessage(cursor)
    if (cursor.at !== frame.length) refuse()
    return message
  })
}

function readMessage(cursor: Cursor): Message {
  switch (readUint(cursor, acknowledgeType)) {
    case sync:
      switch (readUint(cursor, 2)) {
        case 0:
          return { type: 'step-1', vector: readWhole(readRun(cursor), readAskedVector) }
        case 1:
          return { type: 'step-2', update: readRun(cursor) }
        default:
          return { type: 'update', update: readRun(cursor) }
      }
    case awareness:
      return { type: 'awareness', entries: readWhole(readRun(cursor), readEntries) }
    case queryAwareness:
      return { type: 'query-awareness' }
    case acknowledgeType:
      return { type: 'acknowledge', payload: readRun(cursor) }
    default:
      refuse()
  }
}

/** Null when the bytes are not exactly a state vector. */
export function decodeVector(bytes: Uint8Array): StateVector | null {
  return attempt(bytes, () => readWhole(bytes, readVector))
}

function readWhole<T>(bytes: Uint8Array, read: (cursor: Cursor) => T): T {
  const cursor = { bytes, at: 0 }
  const value = read(cursor)
  if (cursor.at !== bytes.length) refuse()
  return value
}

/** Entries of a state vector in a request: several times as many as the largest document has clients. */
const mostAsked = 20_000

function readAskedVector(cursor: Cursor): StateVector {
  const { at } = cursor
  readUint(cursor, mostAsked)
  cursor.at = at
  return readVector(cursor)
}

function readVector(cursor: Cursor): StateVector {
  const vector = new Map<number, number>()
  for (let left = readUint(cursor); left > 0; left -= 1) vector.set(readUint(cursor), readUint(cursor))
  return vector
}

function readEntries(cursor: Cursor): AwarenessEntry[] {
  const entries: AwarenessEntry[] = []
  for (let left = readUint(cursor); left > 0; left -= 1) {
    const client = readUint(cursor)
    const clock = readUint(cursor)
    const from = cursor.at
    skipString(cursor)
    entries.push({ client, clock, json: readRun({ bytes: cursor.bytes, at: from }) })
  }
  return entries
}

/** The state of an entry: null for a client that left, empty for a non-object, undefined for invalid JSON. */
export function decodeAwarenessState(json: Uint8Array): Readonly<Record<string, unknown>> | null | undefined {
  try {
    const state: unknown = JSON.parse(decodeUtf8(json))
    if (state === null) return null
    return typeof state === 'object' && !Array.isArray(state) ? (state as Record<string, unknown>) : {}
  } catch {
    return undefined
  }
}

export function encodeStep1(vector: StateVector): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, sync)
  writeVarUint(encoder, 0)
  writeVarUint8Array(encoder, encodeVector(vector))
  return toUint8Array(encoder)
}

export function encodeStep2(update: Uint8Array): Uint8Array {
  return encodeSync(1, update)
}

export function encodeUpdate(update: Uint8Array): Uint8Array {
  return encodeSync(2, update)
}

export function encodeVector(vector: StateVector): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, vector.size)
  for (const [client, clock] of vector) {
    writeVarUint(encoder, client)
    writeVarUint(encoder, clock)
  }
  return toUint8Array(encoder)
}

/** `state` is the JSON text of the state, `null` for a client that left. A message without entries is a heartbeat. */
export function encodeAwareness(entries: readonly { client: number; clock: number; state: string }[]): Uint8Array {
  const inner = createEncoder()
  writeVarUint(inner, entries.length)
  for (const { client, clock, state } of entries) {
    writeVarUint(inner, client)
    writeVarUint(inner, clock)
    writeVarString(inner, state)
  }
  const encoder = createEncoder()
  writeVarUint(encoder, awareness)
  writeVarUint8Array(encoder, toUint8Array(inner))
  return toUint8Array(encoder)
}

export function encodeAcknowledge(payload: Uint8Array): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, acknowledgeType)
  writeVarUint8Array(encoder, payload)
  return toUint8Array(encoder)
}

export function encodeLacking(clients: Iterable<number>): Uint8Array {
  const inner = createEncoder()
  const all = [...clients]
  writeVarUint(inner, all.length)
  for (const client of all) writeVarUint(inner, client)
  const encoder = createEncoder()
  writeVarUint(encoder, lackingType)
  writeVarUint8Array(encoder, toUint8Array(inner))
  return toUint8Array(encoder)
}

function encodeSync(step: 1 | 2, update: Uint8Array): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, sync)
  writeVarUint(encoder, step)
  writeVarUint(encoder, update.length)
  writeUint8Array(encoder, update)
  return toUint8Array(encoder)
}
