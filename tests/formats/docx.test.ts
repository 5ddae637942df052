import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { strFromU8, unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Agenda,
  type Block,
  type Inline,
  inlineText,
  type Language,
  type Prose,
  type Side,
} from '../../shared/domain/agenda.ts'
import { type CopyOptions, copyOf, wholeCopy } from '../../shared/export/copy.ts'
import { toDocx } from '../../shared/export/docx.ts'
import { large, sample } from '../support/agenda.ts'

const run = promisify(execFile)
const at = Date.UTC(2026, 2, 12, 7, 20)
const parties = ['us', 'cn'] as const
const readings = ['en', 'zh', 'both'] as const
const edition = { en: 'Rolling text 3 · 12 March 2026', zh: '滚动案文 3 · 2026年3月12日' }

const combinations = readings.flatMap((language) =>
  parties.map((lead): CopyOptions => ({ ...wholeCopy, language, lead, edition })),
)

/** What people have typed, and what came by an import or a hostile client; every one of them in every field at once. */
const hostile = {
  markup: '</w:t></w:r><w:p/> <b>&amp;&lt; ]]> <!-- # *a* $b$ \\c{d} {{e}} %PDF-1.7 "f" \'g\'',
  placeholders: '{bullet-0} {number-1} {{title}} {us-cn',
  formula: '=1+1 @SUM(A1) +cmd|calc -2',
  link: 'javascript:alert(1) data:text/html,x file:///etc/passwd',
  directions: '\u202Eabc\u202C \u200Fשלום\u200E مرحبا \u2066x\u2069',
  emoji: '👩🏽‍🔬🇨🇳🇺🇸 𠮷𠀀 ① ﷽ e\u0301',
  controls: 'a\u0000b\u0001c\u0008d\u000be\u000cf\u001fg\u007fh\ufffei\uffffj\ud800k',
  lines: 'one\ttwo\nthree\r\nfour\u2028five',
  long: '无'.repeat(5_000) + 'x'.repeat(5_000),
} as const

let folder: string
const texts = new Map<string, string>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-docx-'))
  const files = [
    ...combinations.flatMap((options) => [
      { name: nameOf('24', options), agenda: large(24), options },
      { name: nameOf('200', options), agenda: large(200), options },
      { name: nameOf('mixed', options), agenda: filled(Object.values(hostile).slice(0, -1).join(' ')), options },
    ]),
    ...Object.entries(hostile).map(([name, text]) => ({
      name,
      agenda: filled(text),
      options: { ...wholeCopy, language: 'both', lead: 'cn', edition: { en: text, zh: text } } as const,
    })),
  ]
  for (const { name, agenda, options } of files) {
    await writeFile(join(folder, `${name}.docx`), await toDocx(agenda, { ...options, at }))
  }
  const paths = files.map(({ name }) => join(folder, `${name}.docx`))
  await mkdir(join(folder, 'pdf'))
  const profile = pathToFileURL(join(folder, 'profile'))
  const office = run(
    'soffice',
    [
      `-env:UserInstallation=${profile}`,
      '--headless',
      '--convert-to',
      'pdf',
      '--outdir',
      join(folder, 'pdf'),
      ...paths,
    ],
    { timeout: 380_000, killSignal: 'SIGKILL' },
  )
  for (const path of paths) {
    const { stdout } = await run('pandoc', ['-f', 'docx', '-t', 'json', path], { timeout: 120_000, maxBuffer: 2 ** 28 })
    texts.set(basename(path, '.docx'), plain(JSON.parse(stdout)).join('\n'))
  }
  await office
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('LibreOffice opens every copy and makes pages of it', async () => {
  const pages = await readdir(join(folder, 'pdf'))
  expect(pages.map((name) => basename(name, '.pdf')).toSorted()).toEqual([...texts.keys()].toSorted())
  const { stdout } = await run('pdftotext', ['-raw', join(folder, 'pdf', '24-both-cn.pdf'), '-'], { timeout: 120_000 })
  expect(stdout).toContain('专题讨论 7 / Session 7')
  expect(stdout).toMatch(/第 2 页，共 \d+ 页 · Page 2 of \d+/)
  // LibreOffice sets a little space between Chinese and figures.
  expect(stdout).toMatch(/滚动案文 3 · 2026 ?年 ?3 ?月 ?12 ?日/)
  // The lead's language alone: both would cut each other short.
  expect(stdout).not.toContain('Rolling text 3')
})

describe.each(['24', '200'])('of %s items', (count) => {
  test.each(combinations)('pandoc reads every word out of the copy in $language, $lead first', (options) => {
    const text = texts.get(nameOf(count, options))!
    const agenda = large(Number(count))
    const copy = copyOf(agenda, options)
    for (const language of copy.languages) {
      expect(text).toContain(copy.title[language])
      for (const { label, value } of copy.facts) {
        const [colon, semicolon] = language === 'zh' ? ['：', '；'] : [': ', '; ']
        expect(text).toContain(label[language] + colon + value.map((one) => one[language]).join(semicolon))
      }
      for (const person of copy.people) {
        expect(text).toContain(person.name[language])
        expect(text).toContain(person.affiliation[language])
      }
      for (const day of copy.days) {
        expect(text).toContain(day.heading[language])
        for (const entry of day.entries) {
          expect(text).toContain(entry.title[language])
          for (const { value } of entry.texts) {
            for (const line of paragraphs(value[language])) expect(text).toContain(line)
          }
        }
      }
    }
    if (options.language === 'en') expect(text).not.toMatch(/\p{Script=Han}/u)
  })
})

test('every item stands in the timetable of its day, and in a bilingual copy both titles stand beside each other', () => {
  const [us, cn] = parties.map((lead) => texts.get(nameOf('24', { ...wholeCopy, language: 'both', lead }))!)
  expect(us).toMatch(/\n09:45–11:00\nSession 1\nSession · 75 min[^\n]*\n专题讨论 1\n/)
  expect(cn).toMatch(/\n09:45–11:00\n专题讨论 1\n专题讨论 · 75 分钟[^\n]*\nSession 1\n/)
  expect(us).toMatch(/\n09:45–11:00 Session 1 \/ 专题讨论 1\nCo-chairs: Co-chair, U.S. side; Co-chair, Chinese side\n/)
  expect(cn).toMatch(/\n09:45–11:00 专题讨论 1 \/ Session 1\n联合主席：中方联合主席；美方联合主席\n/)
})

test('a day that is more than its timetable begins a page; the first follows the head', async () => {
  const breaks = async (agenda: Agenda) => {
    const document = unpacked(await toDocx(agenda, { ...wholeCopy, language: 'both', lead: 'us', at })).part(
      'word/document.xml',
    )
    return document.split('<w:pageBreakBefore').length - 1
  }
  const agenda = sample()
  expect(agenda.days.length).toBe(2)
  expect(await breaks(agenda)).toBe(1)
  const short = agenda.days.map((day) => ({ ...day, items: day.items.filter(({ kind }) => kind === 'break') }))
  expect(await breaks({ ...agenda, days: short })).toBe(0)
})

describe('hostile text in every field', () => {
  test.each(Object.entries(hostile))('loses nothing of %s', (name, text) => {
    const found = squeezed(texts.get(name)!)
    const wanted = squeezed(text)
    // Title, place, hosts, two items in table and heading, prose, list, brackets, readings, people, terms.
    expect(found.split(wanted).length - 1).toBeGreaterThan(name === 'long' ? 15 : 25)
  })

  test.each(combinations)('loses nothing of all together in $language, $lead first', (options) => {
    const all = squeezed(Object.values(hostile).slice(0, -1).join(' '))
    expect(squeezed(texts.get(nameOf('mixed', options))!).split(all).length - 1).toBeGreaterThan(15)
  })

  test('opens nothing but web pages and mail', async () => {
    const { part } = unpacked(await toDocx(filled(hostile.link), { ...wholeCopy, language: 'both', lead: 'us', at }))
    const targets = [...part('word/_rels/document.xml.rels').matchAll(/Target="([^"]*)" TargetMode="External"/g)]
    expect(new Set(targets.map((match) => match[1]))).toEqual(new Set(['https://example.org/a?b=%3Cc%3E&amp;d']))
    expect(part('word/document.xml')).toContain('w:anchor="e"')
    const fields = part('word/document.xml').match(/<w:instrText[^>]*>[^<]*/g)
    expect(fields).toBeNull()
  })

  test('a title longer than a page is cut in the margins and whole in the text', async () => {
    const { part } = unpacked(await toDocx(filled(hostile.long), { ...wholeCopy, language: 'en', lead: 'us', at }))
    expect(part('word/header1.xml').length).toBeLessThan(4_000)
    expect(part('word/document.xml')).toContain(hostile.long)
  })
})

describe('the file', () => {
  test('gives every column and every cell the same fixed width', async () => {
    for (const options of combinations) {
      const { part } = unpacked(await toDocx(sample(), { ...options, at }))
      const tables = part('word/document.xml').match(/<w:tbl>.*?<\/w:tbl>/gs)!
      expect(tables.length).toBeGreaterThan(2)
      for (const table of tables) {
        expect(table).toContain('<w:tblLayout w:type="fixed"/>')
        const widths = [...table.matchAll(/<w:gridCol w:w="(\d+)"\/>/g)].map((match) => Number(match[1]))
        expect(sum(widths)).toBe(11906 - 2 * 1134)
        expect(table).toContain(`<w:tblW w:type="dxa" w:w="${sum(widths)}"/>`)
        const rows = table.match(/<w:tr>.*?<\/w:tr>/gs)!
        for (const row of rows) {
          const cells = [...row.matchAll(/<w:tcW w:type="dxa" w:w="(\d+)"\/>/g)].map((match) => Number(match[1]))
          expect(cells).toEqual(widths)
        }
        if (widths.length === 2 && options.language === 'both') expect(widths[0]).toBe(widths[1])
      }
    }
  })

  test('says the language of every run, and a Chinese font', async () => {
    for (const options of combinations) {
      const { part } = unpacked(await toDocx(sample(), { ...options, at }))
      for (const run of part('word/document.xml').match(/<w:r>.*?<\/w:r>/gs)!) {
        const language = /<w:lang w:val="(en-US|zh-CN)" w:eastAsia="zh-CN"\/>/.exec(run)?.[1]
        expect(language, run).toBeDefined()
        if (language === 'zh-CN') expect(run).toContain('<w:rFonts w:hint="eastAsia"/>')
        if (/\p{Script=Han}/u.test(run)) expect(language).toBe('zh-CN')
      }
      expect(part('word/styles.xml')).toMatch(/<w:docDefaults>.*w:eastAsia="Microsoft YaHei"/s)
    }
  })

  test('uses styles that it defines, and headings that stay with what follows', async () => {
    const { part } = unpacked(await toDocx(filled('a'), { ...wholeCopy, language: 'both', lead: 'us', at }))
    const sheet = part('word/styles.xml')
    const used = new Set(
      [...part('word/document.xml').matchAll(/<w:(?:pStyle|rStyle|tblStyle) w:val="(\w+)"\/>/g)].map(
        (match) => match[1]!,
      ),
    )
    for (const style of ['Title', 'Heading1', 'Heading2', 'Heading3', 'ListBullet', 'ListNumber', 'AgendaTable']) {
      expect(used).toContain(style)
    }
    for (const style of used) expect(sheet).toContain(`w:styleId="${style}"`)
    for (const level of [1, 2, 3]) {
      expect(sheet).toMatch(
        new RegExp(`w:styleId="Heading${level}"><w:name w:val="heading ${level}"/>.*?<w:keepNext/>`),
      )
    }
    const [timetable] = part('word/document.xml').match(/<w:tbl>(?:(?!<w:tbl>).)*AgendaTable.*?<\/w:tbl>/s)!
    expect(timetable.split('<w:tblHeader/>').length).toBe(2)
  })

  test('is by the hosts, in the order of the copy, and by no person', async () => {
    const [us, cn] = await Promise.all(
      parties.map(async (lead) =>
        unpacked(await toDocx(sample(), { ...wholeCopy, language: 'en', lead, at })).part('docProps/core.xml'),
      ),
    )
    const hosts = 'A U.S. policy institute (sample); A Chinese university institute (sample)'
    expect(us).toContain(`<dc:creator>${hosts}</dc:creator><cp:lastModifiedBy>${hosts}</cp:lastModifiedBy>`)
    expect(cn).toContain('<dc:creator>A Chinese university institute (sample); A U.S. policy institute (sample)<')
    expect(us).toContain('<dcterms:created xsi:type="dcterms:W3CDTF">2026-03-12T07:20:00Z</dcterms:created>')
    const { part } = unpacked(
      await toDocx({ ...sample(), hosts: [] }, { ...wholeCopy, language: 'en', lead: 'us', at }),
    )
    expect(part('docProps/core.xml')).toContain('<dc:creator></dc:creator>')
  })

  test('numbers every list from 1', async () => {
    const { part } = unpacked(await toDocx(large(3), { ...wholeCopy, language: 'en', lead: 'us', at }))
    const lists = new Set(
      [...part('word/document.xml').matchAll(/ListNumber"\/>.*?<w:numId w:val="(\d+)"\/>/gs)].map((match) => match[1]!),
    )
    expect(lists.size).toBe(3)
    for (const id of lists) {
      expect(part('word/numbering.xml')).toMatch(new RegExp(`w:numId="${id}".*?<w:startOverride w:val="1"/>`, 's'))
    }
  })
})

function nameOf(kind: string, { language, lead }: { language: Language | 'both'; lead: Side }): string {
  return `${kind}-${language}-${lead}`
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

function unpacked(bytes: Uint8Array): { part(path: string): string } {
  const files = unzipSync(bytes)
  return { part: (path) => strFromU8(files[path]!) }
}

/** The text of every block of a pandoc document, one a line, and of its title, which pandoc keeps apart. */
function plain(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(plain)
  if (typeof node !== 'object' || node === null) return []
  const { t, c, ...rest } = node as { t?: string; c?: unknown }
  if (t === 'Para' || t === 'Plain') return [inlines(c)]
  if (t === 'Header') return [inlines((c as unknown[])[2])]
  if (t === 'MetaInlines') return [inlines(c)]
  return [...plain(Object.values(rest)), ...plain(c)]
}

function inlines(node: unknown): string {
  if (Array.isArray(node)) return node.map(inlines).join('')
  if (typeof node !== 'object' || node === null) return ''
  const { t, c } = node as { t: string; c?: unknown }
  if (t === 'Str') return c as string
  if (t === 'Space' || t === 'SoftBreak' || t === 'LineBreak') return ' '
  if (t === 'Link' || t === 'Span') return inlines((c as unknown[])[1])
  if (t === 'Code') return (c as string[])[1]!
  return inlines(c)
}

/** Without what XML cannot hold, and with every stretch of white space as one space. */
function squeezed(text: string): string {
  return text
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/[\ufffe\uffff]|(?!\s|\u007f)\p{Cc}|[\v\f]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
}

function paragraphs(prose: Prose): string[] {
  return prose.flatMap((block) =>
    block.type === 'paragraph' ? [inlineText(block.content)] : block.items.flatMap(paragraphs),
  )
}

/** An agenda whose every field says `text`; what is long is said once in a field, or LibreOffice has hundreds of pages. */
function filled(text: string): Agenda {
  const long = text.length > 1_000
  const pair = { en: text, zh: text }
  const words = (marks: Extract<Inline, { type: 'text' }>['marks'] = []): Inline => ({ type: 'text', text, marks })
  const bracket: Inline = {
    type: 'bracket',
    id: 'b',
    alternatives: parties.map((side) => ({ id: side, side, content: [words()] })),
  }
  const line: Block = { type: 'paragraph', content: [words(['bold', 'italic', 'strike'])] }
  const marked: Prose = [
    { type: 'paragraph', content: [bracket, words([{ link: 'https://example.org/a?b=<c>&d#e' }])] },
    { type: 'paragraph', content: [words([{ link: 'javascript:alert(1)' }])] },
    { type: 'bullet-list', items: [[line, { type: 'ordered-list', items: [[line, line], []] }]] },
  ]
  const prose: Prose = long ? [line] : [line, ...marked]
  const agenda = sample()
  const day = agenda.days[0]!
  const item = {
    ...day.items.find((one) => one.roles.length > 2)!,
    title: pair,
    objective: { en: prose, zh: prose },
    questions: { en: prose, zh: prose },
    output: { en: prose, zh: prose },
    readings: [
      { id: 'r1' as never, title: pair, url: text },
      { id: 'r2' as never, title: pair, url: 'https://example.org/a?b=<c>&d#e' },
      { id: 'r3' as never, title: { en: '', zh: '' }, url: text },
    ],
  }
  return {
    ...agenda,
    title: pair,
    place: pair,
    hosts: agenda.hosts.map((host) => ({ ...host, name: pair })),
    days: [{ ...day, items: [item] }],
    proposals: long ? [] : [{ ...item, id: 'other' as never }],
    people: agenda.people.slice(0, 2).map((person) => ({ ...person, name: pair, affiliation: pair })),
    glossary: [{ id: 't' as never, en: text, zh: text, status: 'joint', definition: pair, note: '' }],
  }
}
