import { Inflate } from 'fflate'

/** The contents of a ZIP file, as far as requested. */
export type Unpacked =
  | { readonly status: 'unpacked'; readonly names: readonly string[]; readonly parts: ReadonlyMap<string, Uint8Array> }
  | { readonly status: 'broken' | 'encrypted' | 'too-large' }

/** Bytes of all parts together, counted while unpacking: the sizes in the file are not trusted. */
const largestContent = 25_000_000
const mostEntries = 2000
/** Compressed bytes unpacked at a time; DEFLATE expands them at most 1,032 times. */
const step = 4096

interface Entry {
  readonly name: string
  readonly method: number
  readonly encrypted: boolean
  readonly packed: number
  readonly offset: number
}

/** Unpacks the parts for whose names `wanted` is true. */
export function unpack(bytes: Uint8Array, wanted: (name: string) => boolean): Unpacked {
  const entries = directory(bytes)
  if (entries === 'too-large') return { status: 'too-large' }
  if (entries === null) return { status: 'broken' }
  const parts = new Map<string, Uint8Array>()
  let room = largestContent
  for (const entry of entries) {
    if (!wanted(entry.name)) continue
    if (entry.encrypted) return { status: 'encrypted' }
    const data = dataOf(bytes, entry)
    if (!data || (entry.method !== 0 && entry.method !== 8)) return { status: 'broken' }
    const content = entry.method === 0 ? (data.length > room ? 'too-large' : data.slice()) : inflated(data, room)
    if (content === 'too-large') return { status: 'too-large' }
    if (content === null) return { status: 'broken' }
    room -= content.length
    parts.set(entry.name, content)
  }
  return { status: 'unpacked', names: entries.map((entry) => entry.name), parts }
}

function inflated(data: Uint8Array, room: number): Uint8Array | 'too-large' | null {
  const chunks: Uint8Array[] = []
  let length = 0
  let complete = false
  try {
    const stream = new Inflate((chunk, final) => {
      length += chunk.length
      if (length <= room) chunks.push(chunk)
      complete = final
    })
    for (let at = 0; at < data.length && length <= room; at += step) {
      stream.push(data.subarray(at, at + step), at + step >= data.length)
    }
  } catch {
    return null
  }
  if (length > room) return 'too-large'
  if (!complete) return null
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** The central directory; null when it is missing or unreadable. */
function directory(bytes: Uint8Array): Entry[] | 'too-large' | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = endRecord(view)
  if (end === null) return null
  const count = view.getUint16(end + 10, true)
  if (count > mostEntries) return 'too-large'
  const entries: Entry[] = []
  let at = view.getUint32(end + 16, true)
  for (let index = 0; index < count; index++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50) return null
    const nameLength = view.getUint16(at + 28, true)
    const name = nameOf(bytes.subarray(at + 46, at + 46 + nameLength))
    entries.push({
      name,
      method: view.getUint16(at + 10, true),
      encrypted: (view.getUint16(at + 8, true) & 1) === 1,
      packed: view.getUint32(at + 20, true),
      offset: view.getUint32(at + 42, true),
    })
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return entries
}

/** It is at the end, before a comment of at most 65,535 bytes. */
function endRecord(view: DataView): number | null {
  const first = Math.max(0, view.byteLength - 22 - 65_535)
  for (let at = view.byteLength - 22; at >= first; at--) if (view.getUint32(at, true) === 0x06054b50) return at
  return null
}

function dataOf(bytes: Uint8Array, { offset, packed }: Entry): Uint8Array | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (offset + 30 > bytes.length || view.getUint32(offset, true) !== 0x04034b50) return null
  const from = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true)
  return from + packed > bytes.length ? null : bytes.subarray(from, from + packed)
}

/** The names that we look for are ASCII. */
function nameOf(bytes: Uint8Array): string {
  let name = ''
  for (const byte of bytes) name += String.fromCharCode(byte)
  return name
}
