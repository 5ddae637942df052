/** Finds what people name with a few letters: one index of plain texts, whatever they belong to. */

/** From and to, in UTF-16 units of the text as it is stored. */
export type Range = readonly [from: number, to: number]

/**
 * Where `query` stands in `text` by the sounds of its Chinese characters, whole or by initials: first and last index. The
 * table of sounds is large, so it is an argument and loaded when somebody searches.
 */
export type Pinyin = (text: string, query: string) => Range | false

/** Something to be found. Whoever shows it shows the names and marks what was found in them. */
export interface Entry<T> {
  readonly target: T
  /** What it is called, in any language. */
  readonly names: readonly string[]
  /** What else finds it. Counts for less. */
  readonly more?: readonly string[]
}

export interface Hit<T> {
  readonly target: T
  /** For each name, and then each of `more`: what was found in it. */
  readonly marks: readonly (readonly Range[])[]
}

interface Folded {
  readonly text: string
  /** For each unit of `text`: where it comes from. */
  readonly at: readonly Range[]
  readonly chinese: boolean
}

interface Indexed<T> {
  readonly target: T
  readonly names: number
  readonly texts: readonly Folded[]
}

export type Index<T> = readonly Indexed<T>[]

export function indexOf<T>(entries: readonly Entry<T>[]): Index<T> {
  return entries.map(({ target, names, more = [] }) => ({
    target,
    names: names.length,
    texts: [...names, ...more].map(fold),
  }))
}

/** Every word of `query` is in some text of each hit. The best are first; among equals the order of the entries holds. */
export function find<T>(index: Index<T>, query: string, pinyin: Pinyin | null = null): Hit<T>[] {
  const words = fold(query)
    .text.split(/[\s']+/)
    .filter((word) => word !== '')
  if (words.length === 0) return []
  const hits: { hit: Hit<T>; rank: number }[] = []
  for (const { target, names, texts } of index) {
    const marks: Range[][] = texts.map(() => [])
    let rank = 0
    for (const word of words) {
      let best = missing
      for (const [number, text] of texts.entries()) {
        const found = place(text, word, pinyin)
        if (found === null) continue
        marks[number]!.push([text.at[found.from]![0], text.at[found.to - 1]![1]])
        best = Math.min(best, found.rank + (number < names ? 0 : other))
      }
      rank += best
      if (best === missing) break
    }
    if (rank < missing) hits.push({ hit: { target, marks: marks.map(joined) }, rank })
  }
  return hits.sort((a, b) => a.rank - b.rank).map(({ hit }) => hit)
}

/** Lower is better: at the start, at the start of a word, by sound, inside a word; and then what is no name. */
const ranks = { start: 0, word: 1, sound: 2, inside: 3 }
const other = 4
const missing = 1_000_000

function place(text: Folded, word: string, pinyin: Pinyin | null): { from: number; to: number; rank: number } | null {
  const from = text.text.indexOf(word)
  if (from >= 0) {
    const to = from + word.length
    if (from === 0) return { from, to, rank: ranks.start }
    const starts = !/[\p{L}\p{N}]/u.test(text.text[from - 1]!) || chinese.test(text.text[from]!)
    return { from, to, rank: starts ? ranks.word : ranks.inside }
  }
  if (pinyin === null || !text.chinese || !/^[a-z]+$/.test(word)) return null
  const sounds = pinyin(text.text, word)
  return sounds === false ? null : { from: sounds[0], to: sounds[1] + 1, rank: ranks.sound }
}

const chinese = /\p{Script=Han}/u

/** Accents, widths, case and the shapes of quotes and dashes make no difference to what people look for. */
function fold(source: string): Folded {
  let text = ''
  const at: Range[] = []
  let from = 0
  for (const character of source) {
    const to = from + character.length
    const plain = character
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .replace(/[‘’]/g, "'")
      .replace(/[‐-―]/g, '-')
      .toLowerCase()
    for (let unit = 0; unit < plain.length; unit++) at.push([from, to])
    text += plain
    from = to
  }
  return { text, at, chinese: chinese.test(text) }
}

/** In order, and those that touch as one. */
function joined(ranges: readonly Range[]): Range[] {
  const result: Range[] = []
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1)
    if (last && from <= last[1]) result[result.length - 1] = [last[0], Math.max(last[1], to)]
    else result.push([from, to])
  }
  return result
}
