/**
 * A text as a page takes it: one string, or, where a word is longer than a line may be, the pieces that a line may break
 * between. The break is no character, but in long rows of punctuation, so that what is read or copied out of the document is
 * what was written.
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
    const pieces = [from, ...cuts.filter((cut) => cut >= from && cut < to), to]
      .map((start, at, ends) => whole.slice(start, ends[at + 1]))
      .slice(0, -1)
      // Punctuation begins no line, but for this.
      .map((piece, at) => (at > 0 && mark.test(piece) ? `\u200b${piece}` : piece))
    from = to
    return pieces.length === 1 ? text : pieces
  })
}

/** What a page can show of a text: one line, no controls, no half characters. */
export function plainText(text: string): string {
  return text.replace(unprintable, (unit) =>
    /[\t-\r\u2028\u2029]/.test(unit) ? ' ' : /\p{Cs}/u.test(unit) ? '\ufffd' : '',
  )
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
    if (weight > longest) for (const cut of boundaries(text, from, to, weight)) cuts.push(cut)
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

/**
 * Between characters as people count them: an emoji of a family stays one. No line begins with a full stop for it, unless
 * all that stands there is punctuation. A word of pages is cut more coarsely, or it would take seconds to set.
 */
function boundaries(text: string, from: number, to: number, weight: number): number[] {
  const least = weight > endless ? 3 : 0
  const found: number[] = []
  let held = 0
  let marks = 0
  for (const { index, segment } of clusters.segment(text.slice(from, to))) {
    const isMark = mark.test(segment)
    if (index > 0 && held > least && (!isMark || marks >= manyMarks)) {
      found.push(from + index)
      held = 0
    }
    held += emsOf(segment)
    marks = isMark ? marks + 1 : 0
  }
  return found
}

/** Ems of a word that nobody reads. */
const endless = 60
/** More marks than a sentence or an address has one after the other. */
const manyMarks = 8
const mark = /^\p{P}/u
const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' })

function emsOf(letter: string): number {
  const point = letter.codePointAt(0)!
  return point >= 0x1100 ? 1 : /[A-Z@%&\u2014]/.test(letter) ? 0.8 : 0.58
}
