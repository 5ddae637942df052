import {
  AlignmentType,
  Document,
  Footer,
  Header,
  type IParagraphOptions,
  Packer,
  PageNumber,
  type Paragraph,
  type Table,
  TabStopType,
  TextRun,
} from 'docx'
import { type Agenda, type Bilingual, type Language, proseText } from '../domain/agenda.ts'
import { type Copy, type CopyDay, type CopyOptions, copyOf, type Entry, titleIn, wordsIn } from './copy.ts'
import { measure, numbering, page, stylesheet, tags } from './word/style.ts'
import { columns, type Row, ruled } from './word/table.ts'
import { type Child, legal, linked, openWriter, paragraph, words } from './word/text.ts'
import { fieldWords } from './words.ts'

/** `at`: milliseconds since 1970, when the file says that it was made. */
export type DocxOptions = CopyOptions & { readonly at: number }

/**
 * The agenda as a Word file, in the browser and in Node. Every day is a heading, a timetable and then its items; in a
 * bilingual copy the languages are equal columns, the lead's first.
 */
export async function toDocx(agenda: Agenda, options: DocxOptions): Promise<Uint8Array> {
  const copy = copyOf(agenda, options)
  const document = new Document({
    numbering,
    compatibility: { version: 15 },
    sections: [section(copy)],
  })
  const parts = [
    { path: 'word/styles.xml', data: stylesheet },
    { path: 'docProps/core.xml', data: core(agenda, copy, options.at) },
  ]
  return new Uint8Array(await Packer.toArrayBuffer(document, false, parts))
}

function section(copy: Copy) {
  const body = openBody(copy)
  const { header, footer } = running(copy)
  return {
    properties: {
      titlePage: true,
      page: {
        size: { width: page.width, height: page.height },
        margin: {
          top: page.top,
          bottom: page.bottom,
          left: page.side,
          right: page.side,
          header: page.header,
          footer: page.footer,
        },
      },
    },
    headers: { default: header(true), first: header(false) },
    footers: { default: footer(), first: footer() },
    children: [
      ...body.head(),
      ...copy.days.flatMap(body.day),
      ...body.proposals(),
      ...body.people(),
      ...body.glossary(),
    ],
  }
}

type Block = Paragraph | Table

function openBody(copy: Copy) {
  const reading = copy.languages
  const main = reading[0]!
  const writer = openWriter()

  /** The words of all languages of the copy on one line. */
  function line(found: readonly { language: Language; text: string }[]): TextRun[] {
    return found.flatMap(({ language, text }, index) => [
      ...(index > 0 ? words(' / ', main) : []),
      ...words(oneLine(text), language),
    ])
  }
  const fixed = (pair: Bilingual) => line(reading.map((language) => ({ language, text: pair[language] })))

  /** Words for the column of `language`; another language stands in where that has none. */
  const titleOf = (pair: Bilingual, language: Language): TextRun[] =>
    titleIn({ languages: [language] }, pair).flatMap((found) => words(oneLine(found.text), found.language))

  function labelled(label: Bilingual, value: readonly Bilingual[], language: Language): TextRun[] {
    const { colon, semicolon } = signs[language]
    return [
      ...words(label[language] + colon, language, { style: 'Label' }),
      ...value.flatMap((pair, index) => [...(index > 0 ? words(semicolon, language) : []), ...titleOf(pair, language)]),
    ]
  }

  /** One column of text in a copy of one language; two equal ones, aligned row by row, in a copy of both. */
  function beside(rows: readonly { length: number; in: (language: Language) => Paragraph[] }[]): Block[] {
    if (rows.length === 0) return []
    if (reading.length === 1) return rows.flatMap((row) => row.in(main))
    return [columns(rows.map((row) => ({ length: row.length, cells: reading.map(row.in) })))]
  }

  function head(): Block[] {
    const facts = (language: Language) =>
      copy.facts.map(({ label, value }) => paragraph('Role', labelled(label, value, language)))
    return [
      ...titleIn(copy, copy.title).map(({ language, text }) => paragraph('Title', words(oneLine(text), language))),
      paragraph('Subtitle', [
        ...copy.standing.flatMap((pair, index) => [...(index > 0 ? words(' · ', main) : []), ...fixed(pair)]),
      ]),
      ...beside([{ length: 0, in: facts }]),
    ]
  }

  function day({ heading, entries }: CopyDay): Block[] {
    const detailed = entries.filter(hasDetails)
    return [
      paragraph('Heading1', fixed(heading)),
      ...(entries.length > 0 ? [timetableOf(entries)] : []),
      ...detailed.flatMap((entry) => details(entry, false)),
    ]
  }

  function timetableOf(entries: readonly Entry[]): Table {
    const time = 1400
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
      length: title.en.length + title.zh.length,
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

  function details(entry: Entry, facts: boolean): Block[] {
    const { time, title, roles, texts, readings } = entry
    const people = roles.flatMap(({ value }) => value)
    const kept = { keepNext: reading.length === 1 && texts.length > 0 }
    return [
      paragraph('Heading2', [...words(time ? `${clock(time)} ` : '', 'en'), ...line(titleIn(copy, title))]),
      ...beside([
        ...(facts
          ? [
              {
                length: 0,
                in: (language: Language) => [paragraph('Fact', words(factsLine(entry, language), language))],
              },
            ]
          : []),
        ...(roles.length > 0
          ? [
              {
                length: people.reduce((sum, { en, zh }) => sum + en.length + zh.length, 0),
                in: (language: Language) =>
                  roles.map(({ label, value }) => paragraph('Role', labelled(label, value, language), kept)),
              },
            ]
          : []),
        ...texts.map(({ label, value }) => ({
          length: Math.max(proseText(value.en).length, 3 * proseText(value.zh).length),
          in: (language: Language) =>
            value[language].length === 0 ? [] : [labelOf(label, language), ...writer.prose(value[language], language)],
        })),
        ...(readings.length > 0
          ? [
              {
                length: readings.reduce(
                  (sum, { title, url }) => sum + title.en.length + title.zh.length + url.length,
                  0,
                ),
                in: (language: Language) => [
                  labelOf(fieldWords.readings, language),
                  ...readings.map((reading) => readingOf(reading, language)),
                ],
              },
            ]
          : []),
      ]),
    ]
  }

  /** In a cell Word would keep the whole row with the next one. */
  function labelOf(label: Bilingual, language: Language): Paragraph {
    return paragraph('Heading3', words(label[language], language), reading.length > 1 ? { keepNext: false } : {})
  }

  /** A target that is no link is shown: it must not open, and must not be lost. */
  function readingOf({ title, url }: Entry['readings'][number], language: Language): Paragraph {
    const [shown] = titleIn({ languages: [language] }, title)
    const text = shown ? words(oneLine(shown.text), shown.language, { style: 'Hyperlink' }) : []
    const link = linked(text, url)
    const plain = url === '' || link !== text ? [] : words(` (${oneLine(url)})`, 'en')
    const children: Child[] = link === text ? [...titleOf(title, language), ...plain] : link
    return paragraph('ListBullet', children, {
      numbering: { reference: 'bullet', level: 0, instance: 0, custom: true },
    })
  }

  function proposals(): Block[] {
    if (copy.proposals.length === 0) return []
    return [
      paragraph('Heading1', fixed(fieldWords.proposals)),
      ...copy.proposals.flatMap((entry) => details(entry, true)),
    ]
  }

  /** A cell with a line for each language that has words. */
  function stacked(pair: Bilingual, style = 'Cell'): Paragraph[] {
    return wordsIn(copy, pair).map(({ language, text }) => paragraph(style, words(oneLine(text), language)))
  }

  function people(): Block[] {
    if (copy.people.length === 0) return []
    const labels = (['name', 'affiliation', 'side', 'sector'] as const).map((column) => fixed(fieldWords[column]))
    const rows = copy.people.map(({ name, affiliation, side, sector }) => ({
      length: name.en.length + name.zh.length + affiliation.en.length + affiliation.zh.length,
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

  function glossary(): Block[] {
    if (copy.glossary.length === 0) return []
    const order: readonly Language[] = main === 'en' ? ['en', 'zh'] : ['zh', 'en']
    const labels = [...order.map((language) => words(names[language], language)), fixed(definitionWords)]
    const rows = copy.glossary.map((term) => ({
      length: term.en.length + term.zh.length + term.definition.en.length + term.definition.zh.length,
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
/** Each language is punctuated as itself. */
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

function oneLine(text: string): string {
  return text.replace(/[\r\n\u2028\u2029]+/g, ' ')
}

/** What stands above and below every page. A title can be longer than a page; there it is cut, in the text it is whole. */
function running(copy: Copy) {
  const brief = (text: string) => (text.length > 60 ? `${[...oneLine(text)].slice(0, 56).join('')}…` : oneLine(text))
  const all = (found: readonly { language: Language; text: string }[]) =>
    found.flatMap(({ language, text }, index) => [
      ...(index > 0 ? words(' / ', language) : []),
      ...words(brief(text), language),
    ])
  const edge: IParagraphOptions = { tabStops: [{ type: TabStopType.RIGHT, position: measure }] }
  const edition = copy.edition === null ? [] : all(wordsIn(copy, copy.edition))

  function header(titled: boolean): Header {
    const title = titled ? all(titleIn(copy, copy.title)) : []
    return new Header({ children: [paragraph('Header', [...title, ...words('\t', 'en'), ...edition], edge)] })
  }

  function footer(): Footer {
    const numbers = copy.languages.flatMap((language, index) => {
      const [before, between, after] = pageWords[language]
      const run = { language: tags[language], ...(language === 'zh' && { font: { hint: 'eastAsia' } }) }
      return [
        ...(index > 0 ? words(' · ', 'en') : []),
        new TextRun({
          ...run,
          children: [before, PageNumber.CURRENT, between, PageNumber.TOTAL_PAGES, after].filter((part) => part !== ''),
        }),
      ]
    })
    return new Footer({ children: [paragraph('Footer', numbers, { alignment: AlignmentType.CENTER })] })
  }

  return { header, footer }
}

const pageWords: Record<Language, readonly [string, string, string]> = {
  en: ['Page ', ' of ', ''],
  zh: ['第 ', ' 页，共 ', ' 页'],
}

/**
 * The properties of the file. The author is who convenes, the hosts in the order of the copy, and never the person who
 * asked for the file; docx would write a name of its own, and the time of its own clock.
 */
function core(agenda: Agenda, copy: Copy, at: number): string {
  const order = copy.lead === 'us' ? (['us', 'cn'] as const) : (['cn', 'us'] as const)
  const hosts = order.flatMap((side) => agenda.hosts.filter((host) => host.side === side))
  const shown = (pair: Bilingual) =>
    titleIn(copy, pair)
      .map(({ text }) => oneLine(text))
      .join(' / ')
  const by = escaped(hosts.map(({ name }) => shown(name)).join('; '))
  const time = new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:dcmitype="http://purl.org/dc/dcmitype/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>${escaped(shown(copy.title))}</dc:title><dc:creator>${by}</dc:creator><cp:lastModifiedBy>${by}</cp:lastModifiedBy><dcterms:created xsi:type="dcterms:W3CDTF">${time}</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">${time}</dcterms:modified><dc:language>${copy.languages.map((language) => tags[language].value).join(', ')}</dc:language></cp:coreProperties>`
}

function escaped(text: string): string {
  return legal(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}
