import {
  type Agenda,
  type Bilingual,
  type Inline,
  type Language,
  type Mark,
  type Prose,
  proseText,
} from '../domain/agenda.ts'
import { isLink } from '../domain/refuse.ts'
import { type Copy, type CopyDay, type CopyOptions, copyOf, type Entry, titleIn, wordsIn } from './copy.ts'
import { pages } from './pages.ts'
import { type Pieces, piecesOf, plainText, shortened } from './pieces.ts'
import { fieldWords } from './words.ts'

/**
 * A copy for Typst to lay out: `source` is the same for every copy and reads `data` as `/agenda.json`. What people
 * wrote is only in `data`, as strings, so none of it can become markup.
 */
export function toTypst(
  agenda: Agenda,
  options: CopyOptions & { readonly at: number },
): { source: string; data: string } {
  return { source: pages, data: JSON.stringify(layOut(copyOf(agenda, options), options.at)) }
}

/** A text and its language. */
interface Words {
  readonly language: Language
  readonly text: Pieces
}

/** One cell per language column; null where that language has no text. */
type Columns = readonly (Words | null)[]

interface Run {
  readonly text: Pieces
  readonly bold: boolean
  readonly italic: boolean
  readonly strike: boolean
  readonly link: string | null
  /** Whether this is a bracket itself. */
  readonly sign: boolean
}

type Passage =
  | { readonly type: 'paragraph'; readonly runs: readonly Run[] }
  | { readonly type: 'bullet-list' | 'ordered-list'; readonly items: readonly (readonly Passage[])[] }

function layOut(copy: Copy, at: number) {
  const reading = copy.languages
  const date = new Date(at)
  return {
    languages: reading,
    title: words(copy.title),
    // Only in the lead's language: two would shorten each other.
    running: running(titleIn(copy, copy.title), longestTitle),
    edition: copy.edition && running(wordsIn(copy, copy.edition), longestEdition),
    fullTitle: oneLine(titleIn(copy, copy.title)),
    authors: hosts(copy),
    date: [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()],
    time: [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()],
    standing: reading.map((language) => own(copy.standing.map((pair) => pair[language]).join(' · '), language)),
    facts: copy.facts.map(({ label, value }) => ({
      label: fixed(label),
      value: reading.map((language) => value.map((pair) => shown(pair, language))),
    })),
    days: copy.days.map(day),
    proposals:
      copy.proposals.length === 0
        ? null
        : { heading: heading(fieldWords.proposals), entries: copy.proposals.map(entry) },
    people: people(),
    glossary: glossary(),
  }

  function day({ heading: pair, entries }: CopyDay) {
    return { heading: heading(pair), entries: entries.map(entry) }
  }

  function entry(one: Entry) {
    const { item, time, title, facts, roles, texts, readings } = one
    const named = titleIn(copy, title)
    const clock = time && `${time.start}–${time.end}`
    return {
      whole: lengthOf(one) < longestWhole,
      pause: item.kind === 'break' || item.kind === 'meal',
      time: clock,
      bookmark: `${clock === null ? '' : `${clock} `}${oneLine(named)}`,
      // A title in another language, where the copy's own have none, goes in the first column.
      title: columns((language) => named.find((one) => one.language === language)?.text ?? null, named),
      facts: reading.map((language) => own(facts.map((pair) => pair[language]).join(' · '), language)),
      roles: roles.map(({ label, value }) => ({
        label: fixed(label),
        value: reading.map((language) => value.map((pair) => shown(pair, language))),
      })),
      texts: texts
        .filter(({ value }) => reading.some((language) => value[language].length > 0))
        .map(({ label, value }) => ({
          label: fixed(label),
          prose: reading.map((language) => passages(value[language])),
        })),
      readings:
        readings.length === 0
          ? null
          : {
              label: fixed(fieldWords.readings),
              rows: readings.map(({ title: pair, url }) => ({
                title: reading.map((language) => shown(pair, language)),
                link: isLink(url) ? plainText(url) : null,
                address: url === '' ? null : piecesOf([plainText(url)])[0]!,
              })),
            },
    }
  }

  function people() {
    if (copy.people.length === 0) return null
    return {
      heading: heading(fieldWords.people),
      columns: (['name', 'affiliation', 'side', 'sector'] as const).map((column) => fixed(fieldWords[column])),
      rows: copy.people.map(({ name, affiliation, side, sector }) => ({
        short: isShort(name, affiliation),
        cells: [
          words(name),
          wordsIn(copy, affiliation).map(({ language, text }) => own(text, language)),
          fixed(side),
          fixed(sector),
        ],
      })),
    }
  }

  /** Terms are in both languages in every copy: a glossary of one language explains nothing. */
  function glossary() {
    if (copy.glossary.length === 0) return null
    const order: readonly Language[] = copy.lead === 'us' ? ['en', 'zh'] : ['zh', 'en']
    return {
      heading: heading(fieldWords.glossary),
      columns: order.map((language) => [own(languageWords[language], language)]),
      rows: copy.glossary.map((term) => ({
        short: isShort(term, term.definition),
        cells: order.map((language) => ({
          term: own(term[language], language),
          definition: reading.includes(language) ? own(term.definition[language], language) : null,
        })),
      })),
    }
  }

  function heading(pair: Bilingual) {
    return { bookmark: reading.map((language) => plainText(pair[language])).join(' / '), words: fixed(pair) }
  }

  function fixed(pair: Bilingual): Words[] {
    return reading.map((language) => own(pair[language], language))
  }

  /** A title or name in every language of the copy that has it. */
  function words(pair: Bilingual): Words[] {
    return titleIn(copy, pair).map(({ language, text }) => own(text, language))
  }

  /** A name for a language's column: the other language's where it has none. */
  function shown(pair: Bilingual, language: Language): Words {
    const [found] = titleIn({ languages: [language] }, pair)
    return own(found!.text, found!.language)
  }

  function columns(
    textIn: (language: Language) => string | null,
    found: readonly { language: Language; text: string }[],
  ): Columns {
    const cells = reading.map((language) => textIn(language))
    if (cells.every((cell) => cell === null))
      return reading.map((_, at) => (at === 0 ? own(found[0]!.text, found[0]!.language) : null))
    return cells.map((cell, at) => (cell === null ? null : own(cell, reading[at]!)))
  }
}

/** Defined here, since the fixed words have no names of languages. */
const languageWords: Record<Language, string> = { en: 'English', zh: '中文' }

/** Widths in ems in the page header, which title and edition share as 2 to 3. */
const longestTitle = 26
const longestEdition = 39

/** Lists nested deeper than this are not indented further: the column is narrow, and Typst's stack is limited. */
const deepestList = 4

/** Characters of an item that surely fit on a page, so that it is moved to the next page instead of broken. */
const longestWhole = 1200
const lineLength = 40

/** In characters of the longer language. A Chinese character counts as two; each line counts as a short one more. */
function lengthOf({ title, roles, texts, readings }: Entry): number {
  const room = (text: string, letter: number) => letter * text.length + lineLength * text.split('\n').length
  const length = ({ en, zh }: Bilingual) => Math.max(room(en, 1), room(zh, 2))
  const pairs = [
    title,
    ...roles.flatMap(({ value }) => value),
    ...texts.map(({ value }) => ({ en: proseText(value.en), zh: proseText(value.zh) })),
    ...readings.flatMap((reading) => [reading.title, { en: reading.url, zh: '' }]),
  ]
  return pairs.reduce((sum, pair) => sum + length(pair), 0)
}

/** A row that surely fits on a page is kept whole; a longer one must be able to break. */
function isShort(...pairs: readonly Bilingual[]): boolean {
  return pairs.every((pair) => pair.en.length + pair.zh.length < 400)
}

function own(text: string, language: Language): Words {
  return { language, text: piecesOf([plainText(text)])[0]! }
}

function hosts(copy: Copy): string[] {
  const found = copy.facts.find(({ label }) => label === fieldWords.hosts)
  return found ? found.value.map((pair) => oneLine(wordsIn(copy, pair))).filter((name) => name !== '') : []
}

function oneLine(found: readonly { text: string }[]): string {
  return found.map(({ text }) => plainText(text).trim()).join(' / ')
}

function running(found: readonly { language: Language; text: string }[], ems: number): Words[] {
  return found.slice(0, 1).map(({ language, text }) => own(shortened(plainText(text).trim(), ems), language))
}

function passages(prose: Prose, depth = 0): Passage[] {
  return prose.flatMap((block): Passage[] => {
    if (block.type === 'paragraph') {
      const runs = runsOf(block.content)
      return runs.length === 0 ? [] : [{ type: 'paragraph', runs }]
    }
    if (depth >= deepestList) return block.items.flatMap((item) => passages(item, depth))
    return [{ type: block.type, items: block.items.map((item) => passages(item, depth + 1)) }]
  })
}

function runsOf(content: readonly Inline[]): Run[] {
  const runs: { text: string; marks: readonly Mark[]; sign: boolean }[] = []
  const sign = (text: string) => runs.push({ text, marks: [], sign: true })
  const walk = (nodes: readonly Inline[]) => {
    for (const node of nodes) {
      if (node.type === 'text') {
        const text = plainText(node.text)
        if (text !== '') runs.push({ text, marks: node.marks ?? [], sign: false })
      } else {
        node.alternatives.forEach((alternative, at) => {
          sign(at === 0 ? '[' : ' [')
          walk(alternative.content)
          sign(']')
        })
      }
    }
  }
  walk(content)
  // Words continue from one run into the next, so break opportunities are found in the whole paragraph.
  const pieces = piecesOf(runs.map((run) => run.text))
  return runs.map(({ marks, sign: isSign }, at) => {
    const [link] = marks.flatMap((mark) =>
      typeof mark === 'object' && isLink(mark.link) ? [plainText(mark.link)] : [],
    )
    return {
      text: pieces[at]!,
      bold: marks.includes('bold'),
      italic: marks.includes('italic'),
      strike: marks.includes('strike'),
      link: link ?? null,
      sign: isSign,
    }
  })
}
