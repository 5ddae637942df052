import { zipSync } from 'fflate'
import { unpack } from './archive.ts'
import { textOf } from './encoding.ts'
import { type Passage, passagesOf } from './passage.ts'

export type WordRead =
  | { readonly status: 'read'; readonly passages: readonly Passage[] }
  | { readonly status: 'broken' | 'encrypted' | 'too-large' }

/** Elements in one another; a document with nested tables has some 40. */
const deepest = 250

/**
 * A Word document. Only its text, styles, numbering and notes are unpacked, within limits; mammoth is given those alone,
 * so that nothing else in the file is ever looked at.
 */
export async function wordPassages(bytes: Uint8Array): Promise<WordRead> {
  const unpacked = unpack(bytes, (name) =>
    /^(?:\[Content_Types\]\.xml|_rels\/\.rels|word\/(?:_rels\/)?[\w.-]{1,80}\.(?:xml|rels))$/.test(name),
  )
  if (unpacked.status !== 'unpacked') return unpacked
  const parts: Record<string, Uint8Array> = {}
  for (const [name, part] of unpacked.parts) {
    const text = textOf(part)
    if (text === null || !isTame(text)) return { status: 'broken' }
    parts[name] = part
  }
  const buffer = zipSync(parts, { level: 0 })
  const { default: mammoth } = await import('mammoth')
  // Node's build takes a `buffer`, the browser's an `arrayBuffer`.
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

/** No document type and no entities, which can grow without bound, and not nested deeper than a parser's stack. */
function isTame(xml: string): boolean {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(xml)) return false
  let depth = 0
  // Every character is looked at once or twice, whatever the file says.
  for (let at = xml.indexOf('<'), close = 0; at >= 0; at = xml.indexOf('<', close)) {
    close = xml.indexOf('>', at)
    if (close < 0) return false
    const next = xml.charCodeAt(at + 1)
    if (next === 0x2f) depth--
    else if (next !== 0x21 && next !== 0x3f && xml.charCodeAt(close - 1) !== 0x2f && ++depth > deepest) return false
  }
  return true
}
