import type { Paragraph, Table, TextRun } from 'docx'
import { type Bilingual, type Language, languages, proseText } from '../../domain/agenda.ts'
import { isLink } from '../../domain/refuse.ts'
import { type Copy, type CopyDay, type Entry, titleIn, wordsIn } from '../copy.ts'
import { fieldWords } from '../words.ts'
import { measure } from './style.ts'
import { columns, longestWhole, type Row, ruled } from './table.ts'
import { bullet, type Child, linked, oneLine, openWriter, paragraph, words } from './text.ts'

export type Part = Paragraph | Table

export interface Body {
  head(): Part[]
  day(day: CopyDay, index: number): Part[]
  proposals(): Part[]
  people(): Part[]
  glossary(): Part[]
}

/** Content in each language: one column per language in a bilingual copy. */
interface Passage {
  /** Characters in the longer language, to decide whether it is kept on one page. */
  readonly length: number
  /** Whether it is kept with what follows. */
  readonly keep: boolean
  readonly in: (language: Language) => Paragraph[]
}

/** The text of a copy, part by part. */
export function openBody(copy: Copy): Body {
  const reading = copy.languages
  const main = reading[0]!
  const writer = openWriter()

  /** The texts in all languages of the copy on one line. */
  function line(found: readonly { language: Language; text: string }[]): TextRun[] {
    return found.flatMap(({ language, text }, index) => [
      ...(index > 0 ? words(' / ', main) : []),
      ...words(oneLine(text), language),
    ])
  }
  const fixed = (pair: Bilingual) => line(reading.map((language) => ({ language, text: pair[language] })))

  /** The title for the column of `language`; the other language's where it has none. */
  const titleOf = (pair: Bilingual, language: Language): TextRun[] =>
    titleIn({ languages: [language] }, pair).flatMap((found) => words(oneLine(found.text), found.language))

  function labelled(label: Bilingual, value: readonly Bilingual[], language: Language): TextRun[] {
    const { colon, semicolon } = signs[language]
    return [
      ...words(label[language] + colon, language, { style: 'Label' }),
      ...value.flatMap((pair, index) => [...(index > 0 ? words(semicolon, language) : []), ...titleOf(pair, language)]),
    ]
  }

  /**
   * Two equal columns in a bilingual copy, aligned passage by passage. Below each other in a copy of one language, and
   * where a passage would make a row of many pages, which LibreOffice takes minutes to lay out.
   */
  function beside(passages: readonly Passage[]): Part[] {
    const parts: Part[] = []
    let rows: Row[] = []
    const close = () => {
      if (rows.length > 0) parts.push(columns(rows))
      rows = []
    }
    for (const passage of passages) {
      if (reading.length > 1 && passage.length <= longestBeside) {
        rows.push({ ...passage, cells: reading.map(passage.in) })
      } else {
        close()
        parts.push(...reading.flatMap(passage.in))
      }
    }
    close()
    return parts
  }

  function head(): Part[] {
    const facts = (language: Language) =>
      copy.facts.map(({ label, value }) => paragraph('Role', labelled(label, value, language)))
    return [
      ...titleIn(copy, copy.title).map(({ language, text }) =>
        paragraph('Title', words(oneLine(text), language), lengthOf(copy.title) > longestWhole ? loose : {}),
      ),
      paragraph('Subtitle', [
        ...copy.standing.flatMap((pair, index) => [...(index > 0 ? words(' · ', main) : []), ...fixed(pair)]),
      ]),
      ...beside([{ length: lengthOf(...copy.facts.flatMap(({ value }) => value)), keep: false, in: facts }]),
    ]
  }

  /** A day with more than a timetable starts a new page, so that its timetable is seen at once. */
  function day({ heading, entries }: CopyDay, index: number): Part[] {
    const detailed = entries.filter(hasDetails)
    const pageBreakBefore = index > 0 && detailed.length > 0
    return [
      paragraph('Heading1', fixed(heading), pageBreakBefore ? { pageBreakBefore } : {}),
      ...(entries.length > 0 ? [timetableOf(entries)] : []),
      ...detailed.flatMap((entry) => details(entry, false)),
    ]
  }

  function timetableOf(entries: readonly Entry[]): Table {
    // Wide enough for one line in Arial, or in a wider substitute.
    const time = 1560
    const widths = [time, ...reading.map(() => (measure - time) / reading.length)]
    const labels = [fixed(fieldWords.time), ...reading.map((language) => words(fieldWords.item[language], language))]
    return ruled(widths, headingRow(labels), entries.map(scheduled))
  }

  function scheduled(entry: Entry): Row {
    const { item, time, title } = entry
    const pause = item.kind === 'break' || item.kind === 'meal'
    const shown = reading.map((language) => {
      const found = titleIn({ languages: [language] }, title)
      return found.flatMap((one) => words(oneLine(one.text), one.language, pause ? {} : { bold: true }))
    })
    return {
      length: lengthOf(title),
      cells: [
        [paragraph('Cell', words(time ? clock(time) : '', 'en'))],
        ...reading.map((language, index) => [
          paragraph('Cell', shown[index]!),
          paragraph('Fact', words(factsLine(entry, language), language)),
        ]),
      ],
      ...(pause && { fill: 'F6F6F4' }),
    }
  }

  function details(entry: Entry, facts: boolean): Part[] {
    const { time, title, roles, texts, readings } = entry
    const names = roles.flatMap(({ value }) => value)
    const follows = texts.length + readings.length > 0 && lengthOf(...names) <= longestWhole
    const passages = [
      ...(facts ? [factsOf(entry, follows)] : []),
      ...(roles.length > 0 ? [rolesOf(entry, follows)] : []),
      ...texts.map(textOf),
      ...(readings.length > 0 ? [readingsOf(entry)] : []),
    ]
    return [
      paragraph('Heading2', [...words(time ? `${clock(time)} ` : '', 'en'), ...line(titleIn(copy, title))], {
        ...(lengthOf(title) > longestWhole && loose),
      }),
      ...beside(passages),
    ]
  }

  function factsOf(entry: Entry, keep: boolean): Passage {
    const kept = { keepNext: keep }
    return {
      length: 0,
      keep,
      in: (language) => [paragraph('Fact', words(factsLine(entry, language), language), kept)],
    }
  }

  function rolesOf({ roles }: Entry, keep: boolean): Passage {
    const names = roles.flatMap(({ value }) => value)
    return {
      length: lengthOf(...names),
      keep,
      in: (language) =>
        roles.map(({ label, value }) => paragraph('Role', labelled(label, value, language), { keepNext: keep })),
    }
  }

  function textOf({ label, value }: Entry['texts'][number]): Passage {
    return {
      length: lengthOf({ en: proseText(value.en), zh: proseText(value.zh) }),
      keep: false,
      in: (language) =>
        value[language].length === 0 ? [] : [labelOf(label, language), ...writer.prose(value[language], language)],
    }
  }

  function readingsOf({ readings }: Entry): Passage {
    return {
      length: lengthOf(...readings.map(({ title }) => title)),
      keep: false,
      in: (language) => [
        labelOf(fieldWords.readings, language),
        ...readings.map((reading) => readingOf(reading, language)),
      ],
    }
  }

  /** Inside a cell, Word would keep the whole row with the next one. */
  function labelOf(label: Bilingual, language: Language): Paragraph {
    return paragraph('Heading3', words(label[language], language), reading.length > 1 ? { keepNext: false } : {})
  }

  /** An unsafe link target is shown as text: it must not open, and must not be lost. */
  function readingOf({ title, url }: Entry['readings'][number], language: Language): Paragraph {
    const named = wordsIn({ languages }, title).length > 0 ? title : { en: url, zh: url }
    const shown = titleIn({ languages: [language] }, named)
    const run = (look: object) => shown.flatMap((one) => words(oneLine(one.text), one.language, look))
    const children = isLink(url)
      ? linked(run({ style: 'Hyperlink' }), url)
      : [...run({}), ...(url === '' || named !== title ? [] : words(` (${oneLine(url)})`, 'en'))]
    return paragraph('ListBullet', children, { numbering: bullet(0) })
  }

  function proposals(): Part[] {
    if (copy.proposals.length === 0) return []
    return [
      paragraph('Heading1', fixed(fieldWords.proposals)),
      ...copy.proposals.flatMap((entry) => details(entry, true)),
    ]
  }

  /** A cell with a line for each language that has text. */
  function stacked(pair: Bilingual, style = 'Cell'): Paragraph[] {
    return wordsIn(copy, pair).map(({ language, text }) => paragraph(style, words(oneLine(text), language)))
  }

  function people(): Part[] {
    if (copy.people.length === 0) return []
    const labels = (['name', 'affiliation', 'side', 'sector'] as const).map((column) => fixed(fieldWords[column]))
    const rows = copy.people.map(({ name, affiliation, side, sector }) => ({
      length: lengthOf(name, affiliation),
      cells: [
        titleIn(copy, name).map(({ language, text }) =>
          paragraph('Cell', words(oneLine(text), language, { bold: true })),
        ),
        stacked(affiliation),
        stacked(side),
        stacked(sector),
      ],
    }))
    return [paragraph('Heading1', fixed(fieldWords.people)), ruled([3000, 3338, 1500, 1800], headingRow(labels), rows)]
  }

  function glossary(): Part[] {
    if (copy.glossary.length === 0) return []
    const order: readonly Language[] = main === 'en' ? ['en', 'zh'] : ['zh', 'en']
    const labels = [...order.map((language) => words(names[language], language)), fixed(definitionWords)]
    const rows = copy.glossary.map((term) => ({
      length: lengthOf(term, term.definition),
      cells: [
        ...order.map((language) => [paragraph('Cell', words(oneLine(term[language]), language, { bold: true }))]),
        stacked(term.definition),
      ],
    }))
    return [paragraph('Heading1', fixed(fieldWords.glossary)), ruled([2300, 2300, 5038], headingRow(labels), rows)]
  }

  return { head, day, proposals, people, glossary }
}

const names: Bilingual = { en: 'English', zh: '中文' }
const definitionWords: Bilingual = { en: 'Definition', zh: '释义' }
/** Characters; about two pages of a column. */
const longestBeside = 4_000
/** A passage longer than a page cannot be kept with what follows; LibreOffice would try for ever. */
const loose = { keepNext: false, keepLines: false }
/** Each language has its own punctuation. */
const signs = { en: { colon: ': ', semicolon: '; ' }, zh: { colon: '：', semicolon: '；' } }

function headingRow(labels: readonly (readonly Child[])[]): Row {
  return { length: 0, cells: labels.map((label) => [paragraph('Cell', label, { keepNext: true })]) }
}

function hasDetails({ roles, texts, readings }: Entry): boolean {
  return roles.length + texts.length + readings.length > 0
}

function clock({ start, end }: NonNullable<Entry['time']>): string {
  return `${start}–${end}`
}

function factsLine({ facts }: Entry, language: Language): string {
  return facts.map((fact) => fact[language]).join(' · ')
}

/** Characters in the longer language; a Chinese character counts as three. */
function lengthOf(...pairs: Bilingual[]): number {
  return pairs.reduce((sum, { en, zh }) => sum + Math.max(en.length, 3 * zh.length), 0)
}
