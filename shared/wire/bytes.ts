import { decodeUtf8 } from 'lib0/string'

/**
 * A bounds-checked reader over untrusted bytes. It never allocates by a claimed count and never reads past the end. Any
 * error throws `malformed`, which `attempt` turns into null; nothing else is thrown.
 */

export interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

const malformed = Symbol('malformed')

/** The result of `read`, or null when the bytes are malformed. */
export function attempt<T>(bytes: Uint8Array, read: (cursor: Cursor) => T): T | null {
  try {
    return read({ bytes, at: 0 })
  } catch (thrown) {
    if (thrown === malformed) return null
    throw thrown
  }
}

export function refuse(): never {
  throw malformed
}

export function readByte(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at]
  if (byte === undefined) refuse()
  cursor.at += 1
  return byte
}

/** lib0's varUint, refused beyond `max`. */
export function readUint(cursor: Cursor, max: number = Number.MAX_SAFE_INTEGER): number {
  const { bytes } = cursor
  let value = 0
  let scale = 1
  for (;;) {
    const byte = bytes[cursor.at]
    if (byte === undefined) refuse()
    cursor.at += 1
    value += (byte & 127) * scale
    if (value > max) refuse()
    if (byte < 128) return value
    scale *= 128
    // Padding with zeros has no end, so the width is limited: nine bytes hold every safe integer.
    if (scale > 2 ** 63) refuse()
  }
}

/** A view, not a copy, of the next `length` bytes. */
export function readView(cursor: Cursor, length: number): Uint8Array {
  const from = cursor.at
  if (length > cursor.bytes.length - from) refuse()
  cursor.at = from + length
  return cursor.bytes.subarray(from, cursor.at)
}

/** A view of a length-prefixed run of bytes. */
export function readRun(cursor: Cursor): Uint8Array {
  return readView(cursor, readUint(cursor))
}

/** Skips a length-prefixed UTF-8 string; returns its UTF-16 length. Strict: Yjs replicas throw on invalid UTF-8. */
export function skipString(cursor: Cursor): number {
  const { bytes } = cursor
  const length = readUint(cursor)
  if (length > bytes.length - cursor.at) refuse()
  const end = cursor.at + length
  let at = cursor.at
  let units = 0
  while (at < end) {
    const first = bytes[at] as number
    if (first < 0x80) {
      at += 1
      units += 1
      continue
    }
    const follow =
      first >= 0xc2 && first <= 0xdf ? 1 : first >= 0xe0 && first <= 0xef ? 2 : first >= 0xf0 && first <= 0xf4 ? 3 : 0
    if (follow === 0 || at + follow >= end) refuse()
    const second = bytes[at + 1] as number
    // Overlong forms, surrogates and code points beyond U+10FFFF show in the second byte.
    const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
    const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
    if (second < low || second > high) refuse()
    for (let i = 2; i <= follow; i += 1) if (((bytes[at + i] as number) & 0xc0) !== 0x80) refuse()
    at += follow + 1
    units += follow === 3 ? 2 : 1
  }
  cursor.at = end
  return units
}

/** A length-prefixed UTF-8 string, checked as strictly. */
export function readString(cursor: Cursor): string {
  const from = cursor.at
  skipString(cursor)
  return decodeUtf8(readRun({ bytes: cursor.bytes, at: from }))
}
