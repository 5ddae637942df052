/** Browsers, workers and Node all have it; the types of neither are known here. */
declare const TextDecoder: new (label: string, options?: { fatal?: boolean }) => { decode(bytes: Uint8Array): string }

/**
 * The text of a file in UTF-8, UTF-16 with its mark, or GB 18030, which is what older Chinese programs write; null when
 * it is none of these.
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

/** Text has line breaks, tabs and page breaks, and no other control characters to speak of. */
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
