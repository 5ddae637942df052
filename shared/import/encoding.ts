/** Browsers, workers and Node all have it; this code compiles without the types of any. */
declare const TextDecoder: new (label: string, options?: { fatal?: boolean }) => { decode(bytes: Uint8Array): string }

/**
 * Decodes a file in UTF-8, UTF-16 with a byte order mark, or GB 18030, which older Chinese programs write; null for
 * anything else.
 */
export function textOf(bytes: Uint8Array): string | null {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return decoded(bytes, 'utf-16le')
  if (first === 0xfe && second === 0xff) return decoded(bytes, 'utf-16be')
  const text = decoded(bytes, 'utf-8') ?? decoded(bytes, 'gb18030')
  return text === null || isBinary(text) ? null : text
}

function decoded(bytes: Uint8Array, label: string): string | null {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes).replace(/^\uFEFF/, '')
  } catch {
    return null
  }
}

/** Text has line breaks, tabs and page breaks, and almost no other control characters. */
function isBinary(text: string): boolean {
  let controls = 0
  const length = Math.min(text.length, 100_000)
  for (let at = 0; at < length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0) return true
    if ((unit < 32 && unit !== 9 && unit !== 10 && unit !== 12 && unit !== 13) || unit === 0xfffd) controls++
  }
  return controls > 4 && controls * 50 > length
}
