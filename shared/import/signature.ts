import { unpack } from './archive.ts'
import type { Seeming } from './refusal.ts'

/** What the bytes of a file are, whatever its name says. Text is examined elsewhere. */
export function signatureOf(bytes: Uint8Array): Seeming | 'text' {
  if (bytes.length === 0) return 'empty'
  if (begins(bytes, [0x50, 0x4b, 0x03, 0x04]) || begins(bytes, [0x50, 0x4b, 0x05, 0x06])) return packed(bytes)
  if (begins(bytes, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])) return compound(bytes)
  if (begins(bytes, ascii('%PDF-'))) return 'pdf'
  if (begins(bytes, ascii('{\\rtf'))) return 'rich-text'
  if (pictures.some((start) => begins(bytes, start))) return 'picture'
  return 'text'
}

const pictures: readonly (readonly number[])[] = [
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
  [0x47, 0x49, 0x46, 0x38],
]

/** The type of a zipped document, identified by a part that only this type has. */
function packed(bytes: Uint8Array): Seeming {
  const opened = unpack(bytes, () => false)
  if (opened.status !== 'unpacked') return 'word'
  const has = (start: string) => opened.names.some((name) => name.startsWith(start))
  if (has('word/')) return 'word'
  if (has('xl/')) return 'spreadsheet'
  if (has('ppt/')) return 'slides'
  if (has('mimetype')) return 'open-document'
  return 'archive'
}

/** The container format of Word before 2007, and of encrypted documents since. Its names are UTF-16. */
function compound(bytes: Uint8Array): Seeming {
  if (holds(bytes, 'EncryptedPackage')) return 'encrypted'
  return holds(bytes, 'WordDocument') ? 'old-word' : 'office'
}

function holds(bytes: Uint8Array, name: string): boolean {
  const units = ascii(name)
  for (let at = bytes.indexOf(units[0]!); at >= 0; at = bytes.indexOf(units[0]!, at + 1)) {
    if (units.every((unit, index) => bytes[at + 2 * index] === unit && bytes[at + 2 * index + 1] === 0)) return true
  }
  return false
}

function begins(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte)
}

function ascii(text: string): number[] {
  return [...text].map((unit) => unit.charCodeAt(0))
}
