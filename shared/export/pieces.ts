/**
 * A text for a page: one string or, where a word is longer than a line may be, the pieces between which a line may
 * break. Breaks add no character, except in long rows of punctuation, so that text read or copied from the document is
 * what was written.
 */
export type Pieces = string | readonly string[]

/** Approximate width in ems that never breaks: that of the longest words people write. */
const longest = 17

/**
 * The `Pieces` of each of several consecutive texts of one paragraph. An empty first piece means that a line may break
 * before the text.
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
      // Lets a line start with punctuation, which otherwise none does.
      .map((piece, at) => (at > 0 && mark.test(piece) ? `\u200b${piece}` : piece))
    from = to
    return pieces.length === 1 ? text : pieces
  })
}

/** The text that a page can show: one line, no control characters, no lone surrogates. */
export function plainText(text: string): string {
  return text.replace(unprintable, (unit) =>
    /[\t-\r\u2028\u2029]/.test(unit) ? ' ' : /\p{Cs}/u.test(unit) ? '\ufffd' : '',
  )
}

/** The start of `text`, about `ems` wide, with an ellipsis if it was cut. */
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

// PDF/UA does not accept U+0000, U+FEFF or U+FFFE as the meaning of a glyph.
const unprintable = /[\p{Cc}\u2028\u2029\ufeff\ufffe\uffff]+|\p{Cs}/gu

const space = /[ \u2000-\u2006\u2008-\u200b\u3000]/
const han = /[\u2e80-\u2fdf\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]/u

/** Break opportunities beyond the automatic ones: within words longer than `longest`. */
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
    // Lines break automatically between ideographs, and after a hyphen within a word.
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
 * Breaks between grapheme clusters: a family emoji stays whole. No line starts with punctuation because of it, unless
 * there is nothing but punctuation. A word of several pages gets fewer breaks, or layout would take seconds.
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

/** Width in ems beyond which nobody reads a word. */
const endless = 60
/** More consecutive punctuation than any sentence or address has. */
const manyMarks = 8
const mark = /^\p{P}/u
const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' })

function emsOf(letter: string): number {
  const point = letter.codePointAt(0)!
  return point >= 0x1100 ? 1 : /[A-Z@%&\u2014]/.test(letter) ? 0.8 : 0.58
}
