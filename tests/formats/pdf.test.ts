import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { openTypesetter, type Typesetter, TypesetterMissing } from '../../server/render/pdf.ts'
import {
  type Agenda,
  allItems,
  type Block,
  type Inline,
  type Item,
  inlineText,
  type Language,
  languages,
  type Prose,
  type Side,
  sides,
} from '../../shared/domain/agenda.ts'
import { type CopyOptions, copyOf, wholeCopy } from '../../shared/export/copy.ts'
import { toTypst } from '../../shared/export/typst.ts'
import { large, sample } from '../support/agenda.ts'

/** The PDF is read by poppler and qpdf. Where Typst has no binding there is nothing to read. */

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'parley-pdf-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const at = Date.UTC(2026, 2, 12, 9, 30)
const typesetter = opened()
const edition = { en: 'Rolling text 3', zh: '滚动案文3' }
const copies = (['en', 'zh', 'both'] as const).flatMap((language) => sides.map((lead) => ({ language, lead })))

function opened(): Typesetter | null {
  try {
    return openTypesetter()
  } catch (error) {
    if (error instanceof TypesetterMissing) return null
    throw error
  }
}

function pdf(agenda: Agenda, options: Pick<CopyOptions, 'language' | 'lead'> & Partial<CopyOptions>): Uint8Array {
  return typesetter!.pdf(toTypst(agenda, { ...wholeCopy, edition, ...options, at }))
}

let files = 0
function written(bytes: Uint8Array): string {
  const path = join(folder, `${++files}.pdf`)
  writeFileSync(path, bytes)
  return path
}

async function said(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(program, args, { timeout: 120_000, maxBuffer: 64 * 2 ** 20 })
  return stdout
}

/** All words in the order of the document, without headers and footers, and without white space: lines break anywhere. */
async function wordsOf(path: string): Promise<string> {
  return bare(await said('pdftotext', '-raw', '-x', '0', '-y', '62', '-W', '596', '-H', '724', path, '-'))
}

function bare(text: string): string {
  return text.replace(/[\s\u00a0\f]+/g, '')
}

function paragraphs(prose: Prose): string[] {
  return prose.flatMap((block) =>
    block.type === 'paragraph' ? [inlineText(block.content)] : block.items.flatMap(paragraphs),
  )
}

function shownIn(agenda: Agenda, language: Language, lead: Side): string[] {
  const copy = copyOf(agenda, { ...wholeCopy, language, lead })
  const entries = [...copy.days.flatMap((day) => day.entries), ...copy.proposals]
  return [
    copy.title[language],
    ...copy.days.map((day) => day.heading[language]),
    ...entries.flatMap(({ title, texts, time }) => [
      title[language],
      time === null ? '' : `${time.start}–${time.end}`,
      ...texts.flatMap(({ label, value }) => [label[language], ...paragraphs(value[language])]),
    ]),
    ...copy.people.flatMap((person) => [person.name[language], person.affiliation[language]]),
  ]
}

async function expectSound(path: string): Promise<void> {
  expect(await said('qpdf', '--check', path)).toContain('No syntax or stream encoding errors found')
  const fonts = (await said('pdffonts', path)).trim().split('\n').slice(2)
  expect(fonts.length).toBeGreaterThan(0)
  for (const font of fonts) expect(font).toMatch(/ yes yes yes +\d+ +\d+$/)
}

describe.skipIf(typesetter === null)('the PDF', () => {
  for (const [name, agenda] of [
    ['24 items', { ...large(24), proposals: sample().proposals }],
    ['200 items', large(200)],
  ] as const) {
    for (const { language, lead } of copies) {
      test(`${name}, ${language}, ${lead} first: every word is there, fonts are embedded, the file is sound`, async () => {
        const path = written(pdf(agenda, { language, lead }))
        const [words] = await Promise.all([wordsOf(path), expectSound(path)])
        const read = language === 'both' ? languages : [language]
        for (const one of read) {
          const missing = shownIn(agenda, one, lead).filter((text) => !words.includes(bare(text)))
          expect(missing).toEqual([])
        }
        expect(/\p{Script=Han}/u.test(words)).toBe(language !== 'en')
        const [first, second] = lead === 'us' ? ['en', 'zh'] : ['zh', 'en']
        const title = (one: string) => words.indexOf(bare(allItems(agenda)[3]!.title[one as Language]))
        if (language === 'both') expect(title(first!)).toBeLessThan(title(second!))
      })
    }
  }

  test('it names its title, its hosts as authors, its date and its language, and says that it is PDF/UA-1', async () => {
    const path = written(pdf(sample(), { language: 'both', lead: 'cn' }))
    const info = await said('pdfinfo', '-isodates', path)
    expect(info).toMatch(/^Title: +人工智能测试对话（示例） \/ Dialogue on AI testing \(sample\)$/m)
    expect(info).toMatch(/^Author: +中方某大学研究院（示例） \/ A Chinese university institute \(sample\), 美方/m)
    expect(info).toMatch(/^CreationDate: +2026-03-12T09:30:00Z$/m)
    expect(info).toMatch(/^Tagged: +yes$/m)
    expect(info).toMatch(/^PDF version: +1\.7$/m)
    expect(info).toMatch(/^Page size: .*\(A4\)$/m)
    expect(await said('pdfinfo', '-meta', path)).toMatch(/<pdfuaid:part>1<\/pdfuaid:part>/)
    expect(await catalog(path)).toMatchObject({ '/Lang': 'u:zh-CN', '/MarkInfo': { '/Marked': true } })
    expect(await catalog(written(pdf(sample(), { language: 'en', lead: 'cn' })))).toMatchObject({ '/Lang': 'u:en' })
  })

  test('days are headings and items headings below them, and the bookmarks say the same', async () => {
    const agenda = sample()
    const path = written(pdf(agenda, { language: 'both', lead: 'us' }))
    const outline = JSON.parse(await said('qpdf', '--json', '--json-key=outlines', path)).outlines as Bookmark[]
    expect(outline.map((one) => one.title)).toEqual([
      'Day 1 · Thursday, 12 March 2026 / 第 1 天 · 2026年3月12日 星期四',
      'Day 2 · Friday, 13 March 2026 / 第 2 天 · 2026年3月13日 星期五',
      'Proposals / 待定议题',
      'People / 与会人员',
    ])
    expect(outline[0]!.kids[2]!.title).toBe('09:30–10:45 Shared terminology for evaluation / 评测共同术语')
    expect(outline.flatMap((one) => one.kids)).toHaveLength(allItems(agenda).length)
    const structure = await said('pdfinfo', '-struct-text', path)
    const count = (tag: RegExp) => structure.match(tag)?.length ?? 0
    expect(count(/^ *H1\b/gm)).toBe(4)
    expect(count(/^ *H2\b/gm)).toBe(allItems(agenda).length)
    expect(count(/^ *TH\b/gm)).toBe(4)
    expect(count(/^ *TD\b/gm)).toBe(4 * agenda.people.length)
    expect(count(/\/Scope \/Column/g)).toBe(4)
    expect(count(/^ *LI\b/gm)).toBeGreaterThan(10)
  })

  test('an item that fits on a page is not broken: pages begin with a time or a heading', async () => {
    for (const language of ['en', 'zh', 'both'] as const) {
      const path = written(pdf(sample(), { language, lead: 'us' }))
      const pages = (await said('pdftotext', '-layout', path, '-')).split('\f').slice(1, -1)
      expect(pages.length).toBeGreaterThan(2)
      for (const page of pages) {
        const [, first] = page.split('\n').filter((line) => line.trim() !== '')
        expect(first).toMatch(/^(\d\d:\d\d–\d\d:\d\d|Day |第|Proposals|待定议题|People|与会人员)/)
      }
    }
  })

  test('each text has its language', async () => {
    const path = written(pdf(sample(), { language: 'both', lead: 'us' }))
    const objects = await said('qpdf', '--json', '--json-key=qpdf', path)
    expect(objects).toContain('"/Lang": "u:zh-CN"')
    const zh = objects.match(/"\/Lang": "u:zh-CN"/g)!.length
    expect(zh).toBeGreaterThan(allItems(sample()).length)
  })

  test('the same copy is the same file, and another moment only dates it', () => {
    const one = pdf(sample(), { language: 'both', lead: 'us' })
    const between = pdf(large(3), { language: 'zh', lead: 'cn' })
    const again = openTypesetter().pdf(toTypst(sample(), { ...wholeCopy, edition, language: 'both', lead: 'us', at }))
    expect(Buffer.compare(one, again)).toBe(0)
    expect(Buffer.compare(one, pdf(sample(), { language: 'both', lead: 'us' }))).toBe(0)
    expect(Buffer.compare(one, between)).not.toBe(0)
  })

  test('markup of Typst in every field comes out as it was written', async () => {
    const nasty =
      '#eval("1") #include "/etc/passwd" *b* _i_ `c` $x^2$ \\alpha @ref <tag> [x](y) // z /* w */ ~ -- = / + - #[a] {b} "q" \'r\' ```d```'
    const path = written(pdf(filled(nasty), { language: 'both', lead: 'us' }))
    await expectSound(path)
    const words = await wordsOf(path)
    const count = words.split(bare(nasty)).length - 1
    // The title, the place, two hosts, and of one item the title, three texts and a reading; a person, a term: in two languages.
    expect(count).toBeGreaterThanOrEqual(2 * 13)
    expect(words).not.toContain('root:')
    expect(await said('pdfinfo', path)).toContain(`Title:           ${nasty}`)
  })

  test('only addresses of the web and of mail are links', async () => {
    const agenda = filled('x')
    const path = written(pdf(agenda, { language: 'both', lead: 'us' }))
    const links = (await said('qpdf', '--json', '--json-key=qpdf', path)).match(/"\/URI": "u:[^"]*"/g) ?? []
    expect(new Set(links)).toEqual(new Set(['"/URI": "u:https://example.org/good?a=b#c"']))
    expect(await wordsOf(path)).toContain('javascript:alert(1)')
  })

  test('a word of 10,000 letters stays on the page, and whole', async () => {
    const letters = ['W', 'x', '！', '😀', '\u00a0y', '字\u2060']
    const words = letters.map((letter) => letter.repeat(10_000 / letter.length))
    const items = words.map((word, at): Item => {
      const one = { en: prose(word).slice(0, 1), zh: [] }
      return { ...item(`long-${at}`, 'z'), objective: one, title: { en: word.slice(0, 1_000), zh: '' } }
    })
    const shortened = { en: words[0]!, zh: words[2]! }
    const one = { ...filled('z'), title: shortened, days: [{ ...sample().days[0]!, items }] }
    const path = written(
      pdf({ ...one, people: [{ ...one.people[0]!, name: shortened }] }, { language: 'both', lead: 'us' }),
    )
    const boxes = await said('pdftotext', '-bbox', path, '-')
    const right = Array.from(boxes.matchAll(/xMax="([\d.]+)"/g), ([, x]) => Number(x))
    // The margin is 20 mm of 210.
    expect(right.reduce((most, x) => Math.max(most, x))).toBeLessThan(595 - 55)
    const text = await wordsOf(path)
    for (const letter of letters) {
      const [mark] = [...letter].filter((unit) => /[^\s\u2060]/.test(unit))
      expect(text.split(mark!).length - 1).toBeGreaterThanOrEqual(11_000 / letter.length)
    }
  })

  test('control characters, half characters and marks of direction neither break it nor lose the words around them', async () => {
    const odd =
      'before\u0000\u0007\u001b\u007f middle \ud800 \udc00 \ufeff\ufffe \u202e\u202c \u200f\u200e \u2066\u2069 after'
    const path = written(pdf(filled(odd), { language: 'both', lead: 'us' }))
    await expectSound(path)
    const words = await wordsOf(path)
    for (const word of ['before', 'middle', 'after']) expect(words.split(word).length).toBeGreaterThan(20)
    const hebrew = written(pdf(filled('שלום עולם مرحبا'), { language: 'en', lead: 'us' }))
    expect(await wordsOf(hebrew)).toMatch(/שלום/)
  })

  test('every character of GB 18030 levels 1 and 2 is drawn, rare names too', async () => {
    const characters = [...new Set([...doubleBytes(), ...range(0x4e00, 0x9fef), ...range(0x3400, 0x4db5), ...beyond])]
    expect(characters.length).toBeGreaterThan(28_000)
    const lines: string[] = []
    for (let from = 0; from < characters.length; from += 500) lines.push(characters.slice(from, from + 500).join(' '))
    for (const bold of [false, true]) {
      const content = (text: string): Inline => ({ type: 'text', text, ...(bold ? { marks: ['bold'] } : {}) })
      const prose = lines.map((text): Block => ({ type: 'paragraph', content: [content(text)] }))
      const one: Item = { ...item('rare', 'x'), objective: { en: [], zh: prose }, questions: { en: [], zh: [] } }
      const agenda = { ...filled('x'), days: [{ ...sample().days[0]!, items: [one] }] }
      const path = written(pdf(agenda, { language: 'zh', lead: 'cn' }))
      expect(await said('pdffonts', path)).not.toContain('LastResort')
      const found = new Set(await wordsOf(path))
      const lost = characters.filter((letter) => !found.has(letter))
      expect(lost).toEqual([])
    }
  })

  test('emoji are drawn, and what no font draws is a box that still can be copied', async () => {
    const emoji = written(
      pdf(filled('😀 👩🏽‍🔬 ✔ ☎ ≒ Dvořák Nguyễn Łódź Ελλάδα Москва'), { language: 'en', lead: 'us' }),
    )
    expect(await said('pdffonts', emoji)).not.toContain('LastResort')
    expect(await wordsOf(emoji)).toContain('DvořákNguyễnŁódźΕλλάδαМосква')
    const tibetan = written(pdf(filled('a བོད b 한국 c 𠮷 d'), { language: 'en', lead: 'us' }))
    expect(await said('pdffonts', tibetan)).toContain('LastResort')
    await expectSound(tibetan)
    expect(await wordsOf(tibetan)).toContain('aབོདb한국c𠮷d')
  })

  test('an agenda with nothing in it is a page', async () => {
    const nothing: Agenda = {
      ...sample(),
      title: { en: '', zh: '' },
      place: { en: '', zh: '' },
      hosts: [],
      days: [],
      proposals: [],
      people: [],
      glossary: [],
    }
    for (const language of ['en', 'zh', 'both'] as const) {
      const path = written(pdf(nothing, { language, lead: 'us', edition: null }))
      await expectSound(path)
      expect(await said('pdfinfo', path)).toMatch(/^Pages: +1$/m)
    }
  })
})

interface Bookmark {
  readonly title: string
  readonly kids: readonly Bookmark[]
}

async function catalog(path: string): Promise<unknown> {
  const { qpdf } = JSON.parse(await said('qpdf', '--json', '--json-key=qpdf', path)) as {
    qpdf: [unknown, Record<string, { value: Record<string, unknown> }>]
  }
  const root = qpdf[1].trailer!.value['/Root'] as string
  return qpdf[1][`obj:${root}`]!.value
}

function prose(text: string): Prose {
  return [
    { type: 'paragraph', content: [{ type: 'text', text }] },
    {
      type: 'bullet-list',
      items: [
        [
          {
            type: 'paragraph',
            content: [
              { type: 'text', text, marks: ['bold', { link: 'javascript:alert(1)' }] },
              {
                type: 'bracket',
                id: 'b',
                alternatives: [{ id: 'a', side: 'us', content: [{ type: 'text', text, marks: ['italic', 'strike'] }] }],
              },
            ],
          },
        ],
      ],
    },
  ]
}

function item(id: string, text: string): Item {
  const words = { en: text, zh: text }
  return {
    ...sample().days[0]!.items[2]!,
    id: id as Item['id'],
    title: words,
    objective: { en: prose(text), zh: prose(text) },
    questions: { en: prose(text), zh: prose(text) },
    output: { en: prose(text), zh: prose(text) },
    readings: [
      { id: 'r1' as never, title: words, url: 'https://example.org/good?a=b#c' },
      { id: 'r2' as never, title: words, url: 'javascript:alert(1)' },
    ],
  }
}

/** An agenda that has `text` in every field. */
function filled(text: string): Agenda {
  const words = { en: text, zh: text }
  const agenda = sample()
  return {
    ...agenda,
    title: words,
    place: words,
    hosts: sides.map((side) => ({ side, name: words })),
    days: [{ ...agenda.days[0]!, items: [item('one', text)] }],
    proposals: [item('two', text)],
    people: [{ ...agenda.people[0]!, name: words, affiliation: words }],
    glossary: [{ id: 't' as never, en: text, zh: text, status: 'joint', definition: words, note: text }],
  }
}

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String.fromCodePoint(from + index))
}

/** What GB 18030 writes in two bytes: ideographs, symbols, letters; not what it leaves to private use, nor spaces. */
function doubleBytes(): string[] {
  const decoder = new TextDecoder('gb18030')
  return range(0x81, 0xfe).flatMap((lead) =>
    range(0x40, 0xfe).flatMap((trail) => {
      const text = decoder.decode(new Uint8Array([lead.charCodeAt(0), trail.charCodeAt(0)]))
      return [...text].length === 1 && !/[\s\ufffd\ue000-\uf8ff]/.test(text) ? [text] : []
    }),
  )
}

/** Level 2 besides level 1: the characters of the Table of General Standard Chinese Characters (2013) beyond the BMP. */
const beyond =
  '𠅤𠙶𠳐𡎚𡐓𣗋𣲗𣲘𣸣𤧛𤩽𤫉𥔲𥕢𥖨𥻗𦈡𦒍𦙶𦝼𦭜𦰡𧿹𨐈𨙸𨚕𨟠𨭉𨱇𨱏𨱑𨱔𨺙𩽾𩾃𩾌𪟝𪣻𪤗𪨰𪨶𪩘𪾢𫄧𫄨𫄷𫄸𫇭𫌀𫍣𫍯𫍲𫍽𫐄𫐐𫐓𫑡𫓧𫓯𫓶𫓹𫔍𫔎𫔶𫖮𫖯𫖳𫗧𫗴𫘜𫘝𫘦𫘧𫘨𫘪𫘬𫚕𫚖𫚭𫛭𫞩𫟅𫟦𫟹𫟼𫠆𫠊𫠜𫢸𫫇𫭟𫭢𫭼𫮃𫰛𫵷𫶇𫷷𫸩𬀩𬀪𬂩𬃊𬇕𬇙𬇹𬉼𬊈𬊤𬌗𬍛𬍡𬍤𬒈𬒔𬒗𬕂𬘓𬘘𬘡𬘩𬘫𬘬𬘭𬘯𬙂𬙊𬙋𬜬𬜯𬞟𬟁𬟽𬣙𬣞𬣡𬣳𬤇𬤊𬤝𬨂𬨎𬩽𬪩𬬩𬬭𬬮𬬱𬬸𬬹𬬻𬬿𬭁𬭊𬭎𬭚𬭛𬭤𬭩𬭬𬭯𬭳𬭶𬭸𬭼𬮱𬮿𬯀𬯎𬱖𬱟𬳵𬳶𬳽𬳿𬴂𬴃𬴊𬶋𬶍𬶏𬶐𬶟𬶠𬶨𬶭𬶮𬷕𬸘𬸚𬸣𬸦𬸪𬹼𬺈𬺓'
