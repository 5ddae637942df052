import { zipSync } from 'fflate'
import { unpack } from './archive.ts'
import { textOf } from './encoding.ts'
import { passagesOf } from './html.ts'
import type { Passage } from './passage.ts'

export type WordRead =
  | { readonly status: 'read'; readonly passages: readonly Passage[] }
  | { readonly status: 'broken' | 'encrypted' | 'too-large' }

/** Nesting depth of elements; a document with nested tables has some 40. */
const deepest = 250
const mostAttributes = 200
/** Tags in all parts: an agenda of 200 items in both languages has 140,000, and each costs mammoth some kilobytes. */
const mostTags = 400_000
/** White space that may follow a self-closing tag. */
const longestTail = 2000

/**
 * Reads a Word document. Only its text, styles, numbering and notes are unpacked, within limits, and passed to mammoth;
 * nothing else in the file is ever read.
 */
export async function wordPassages(bytes: Uint8Array): Promise<WordRead> {
  const unpacked = unpack(bytes, (name) =>
    /^(?:\[Content_Types\]\.xml|_rels\/\.rels|word\/(?:_rels\/)?[\w.-]{1,80}\.(?:xml|rels))$/.test(name),
  )
  if (unpacked.status !== 'unpacked') return unpacked
  const parts: Record<string, Uint8Array> = {}
  let tags = 0
  for (const [name, part] of unpacked.parts) {
    const text = textOf(part)
    const weight = text === null ? null : weigh(text)
    if (weight?.status !== 'tame') return { status: 'broken' }
    tags += weight.tags
    if (tags > mostTags) return { status: 'too-large' }
    parts[name] = part
  }
  const buffer = zipSync(parts, { level: 0 })
  const { default: mammoth } = await import('mammoth')
  // In Node mammoth takes a `buffer`, in the browser an `arrayBuffer`.
  const input = { buffer, arrayBuffer: buffer.buffer } as unknown as Parameters<typeof mammoth.convertToHtml>[0]
  try {
    const { value } = await mammoth.convertToHtml(input, {
      styleMap,
      ignoreEmptyParagraphs: true,
      externalFileAccess: false,
      includeEmbeddedStyleMap: false,
      convertImage: mammoth.images.imgElement(async () => ({ src: '' })),
    })
    return { status: 'read', passages: passagesOf(value) }
  } catch {
    return { status: 'broken' }
  }
}

const styleMap = [
  "p[style-name='Title'] => h1.title:fresh",
  "p[style-name='标题'] => h1.title:fresh",
  ...[1, 2, 3, 4, 5, 6].map((level) => `p[style-name='标题 ${level}'] => h${level}:fresh`),
  'comment-reference => ',
  'strike => s',
]

type Weight = { readonly status: 'tame'; readonly tags: number } | { readonly status: 'broken' }

/**
 * Refuses document types and entities, which can expand without bound; nesting deeper than a parser's stack; and tags
 * with so many attributes that comparing them takes long. Reads each character only a few times, whatever the file
 * says.
 */
function weigh(xml: string): Weight {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(xml)) return { status: 'broken' }
  let depth = 0
  let tags = 0
  for (let at = xml.indexOf('<'), next = 0; at >= 0; at = next) {
    next = xml.indexOf('<', at + 1)
    const tag = xml.slice(at, next < 0 ? xml.length : next)
    const first = tag[1]
    tags++
    const attributes = tag.match(/=\s*["']/g)?.length ?? 0
    if (attributes > mostAttributes) return { status: 'broken' }
    tags += attributes / 4
    if (first === '/') depth--
    else if (first !== '!' && first !== '?' && !/\/>[^>]*$/.test(tag.slice(-longestTail)) && ++depth > deepest) {
      return { status: 'broken' }
    }
  }
  return { status: 'tame', tags }
}
