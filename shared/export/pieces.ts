/**
 * A text as a page takes it: one string, or, where a word is longer than a line may be, the pieces that a line may break
 * between. The break is no character, so that what is read or copied out of the document is what was written.
 */
export type Pieces = string | readonly string[]

/** Ems, about, that hold together whatever the column: the longest words that people write, and no more. */
const longest = 17

/**
 * Texts that follow each other in one paragraph, a `Pieces` each. An empty piece at the start of one tells that a line may
 * break before it.
 */
export function piecesOf(texts: readonly string[]): Pieces[] {
  const whole = texts.join('')
  const cuts = cutsOf(whole)
  let from = 0
  return texts.map((text) => {
    const to = from + text.length
    const inside = cuts.filter((cut) => cut >= from && cut < to)
    const pieces: string[] = []
    let last = from
    for (const cut of inside) {
      pieces.push(whole.slice(last, cut))
      last = cut
    }
    pieces.push(whole.slice(last, to))
    from = to
    return pieces.length === 1 ? text : pieces
  })
}

/** What a page can show of a text: one line, no controls, no half characters. */
export function plainText(text: string): string {
  return text.replace(unprintable, (unit) => (/\s/.test(unit) ? ' ' : unit.charCodeAt(0) >= 0xd800 ? '\ufffd' : ''))
}

/** How wide a text is, about. */
export function emsIn(text: string): number {
  let sum = 0
  for (const letter of text) sum += emsOf(letter)
  return sum
}

/** The beginning of `text` that is about `ems` wide, with an ellipsis where that is not all. */
export function shortened(text: string, ems: number): string {
  let left = ems
  let end = 0
  for (const letter of text) {
    left -= emsOf(letter)
    if (left < 0) return `${text.slice(0, end).trimEnd()}…`
    end += letter.length
  }
  return text
}

// PDF/UA takes no U+0000, U+FEFF or U+FFFE for what a glyph means.
const unprintable = /[\p{Cc}\u2028\u2029\ufeff\ufffe\uffff]+|\p{Cs}/gu

const space = /[ \u2000-\u2006\u2008-\u200b\u3000]/
const han = /[\u2e80-\u2fdf\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]/u

/** Where a line may break besides where lines break by themselves: within words longer than `longest`. */
function cutsOf(text: string): number[] {
  const cuts: number[] = []
  let from = 0
  let weight = 0
  let before = ''
  let at = 0
  const close = (to: number) => {
    if (weight > longest) cuts.push(...boundaries(text, from, to))
  }
  for (const letter of text) {
    const isSpace = space.test(letter)
    // Between two ideographs, and after a hyphen within a word, lines break by themselves.
    if (isSpace || (han.test(letter) && han.test(before)) || (before === '-' && /\p{L}/u.test(letter))) {
      close(at)
      from = isSpace ? at + letter.length : at
      weight = 0
    }
    weight += isSpace ? 0 : emsOf(letter)
    before = letter
    at += letter.length
  }
  close(at)
  return cuts
}

/** Between characters as people count them: an emoji of a family stays one. */
function boundaries(text: string, from: number, to: number): number[] {
  const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text.slice(from, to))
  return Array.from(clusters, ({ index }) => from + index).filter((cut) => cut > from)
}

function emsOf(letter: string): number {
  const point = letter.codePointAt(0)!
  return point >= 0x1100 ? 1 : /[A-Z@%&\u2014]/.test(letter) ? 0.8 : 0.58
}
