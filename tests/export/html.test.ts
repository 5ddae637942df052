import { type DefaultTreeAdapterMap, parse } from 'parse5'
import { expect, test } from 'vitest'
import type { Agenda, Item, ItemId, Person, ReadingId } from '../../shared/domain/agenda.ts'
import { type CopyOptions, wholeCopy } from '../../shared/export/copy.ts'
import { toHtml } from '../../shared/export/html.ts'
import { blank, large, sample } from '../support/agenda.ts'

type Node = DefaultTreeAdapterMap['node']
type Element = DefaultTreeAdapterMap['element']

const copies = (['en', 'zh', 'both'] as const).flatMap((language) =>
  (['us', 'cn'] as const).map((lead) => ({ language, lead })),
)

function page(agenda: Agenda, options: Partial<CopyOptions> = {}): string {
  return toHtml(agenda, { ...wholeCopy, language: 'both', lead: 'us', ...options })
}

function elements(html: string): Element[] {
  const found: Element[] = []
  const walk = (node: Node) => {
    if ('tagName' in node) found.push(node)
    if ('childNodes' in node) node.childNodes.forEach(walk)
  }
  walk(parse(html))
  return found
}

function text(node: Node): string {
  if ('value' in node && node.nodeName === '#text') return node.value
  return 'childNodes' in node ? node.childNodes.map(text).join('') : ''
}

function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((one) => one.name === name)?.value
}

/** Each run of text with the language that it says it is in. */
function spoken(html: string): { text: string; language: string | undefined }[] {
  const found: { text: string; language: string | undefined }[] = []
  const walk = (node: Node, language: string | undefined) => {
    if ('value' in node && node.nodeName === '#text') found.push({ text: node.value, language })
    if (!('childNodes' in node) || node.nodeName === 'style') return
    const own = 'tagName' in node ? (attribute(node, 'lang') ?? language) : language
    for (const child of node.childNodes) walk(child, own)
  }
  walk(parse(html), undefined)
  return found.filter((one) => one.text.trim() !== '')
}

for (const { language, lead } of copies) {
  test(`a page, ${language}, ${lead} first: says the language of every word, and asks nobody for anything`, () => {
    for (const agenda of [sample(), large(200)]) {
      const html = page(agenda, { language, lead })
      expect(html).toContain(
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">',
      )
      const all = elements(html)
      expect(
        all.map((one) => one.tagName).filter((tag) => /script|link|img|iframe|object|base|form/.test(tag)),
      ).toEqual([])
      expect(html).not.toMatch(/url\(|@import|src=/)
      for (const run of spoken(html)) {
        if (/\p{Script=Han}/u.test(run.text) && run.language !== 'zh-Hans') {
          // The page's own title, in the head, is in both.
          expect(run.text).toBe('Dialogue on AI testing (sample) / 人工智能测试对话（示例）')
        }
      }
      if (language === 'en') expect(html.replace(/<style>[\s\S]*<\/style>/, '')).not.toMatch(/\p{Script=Han}/u)
      const items = agenda.days.flatMap((day) => day.items)
      const headings = all.filter((one) => one.tagName === 'h3').map(text)
      expect(headings.length).toBe(items.length + agenda.proposals.length)
      const order = lead === 'us' ? (['en', 'zh'] as const) : (['zh', 'en'] as const)
      for (const [index, item] of items.entries()) {
        const words = language === 'both' ? order.map((one) => item.title[one]).join('\n') : item.title[language]
        expect(headings[index]).toBe(words)
      }
    }
  })
}

test('headings go down one step at a time, and each table says what its columns are', () => {
  const html = page(sample())
  const steps = elements(html)
    .map((one) => /^h(\d)$/.exec(one.tagName)?.[1])
    .filter((step) => step !== undefined)
    .map(Number)
  expect(steps[0]).toBe(1)
  expect(steps.filter((step) => step === 1)).toHaveLength(1)
  for (const [index, step] of steps.entries()) if (index > 0) expect(step - steps[index - 1]!).toBeLessThanOrEqual(1)
  const columns = elements(html).filter((one) => attribute(one, 'scope') === 'col')
  expect(columns.map(text)).toEqual(['Name\n姓名', 'Affiliation\n单位', 'Side\n所属方', 'Sector\n界别'])
})

test('the times, the people, the questions and the brackets of a session are there, and go where they are not wanted', () => {
  const agenda = session({
    objective: {
      en: [
        {
          type: 'paragraph',
          content: [
            { type: 'text', text: 'It ' },
            {
              type: 'bracket',
              id: 'b',
              alternatives: [
                { id: '1', side: 'us', content: [{ type: 'text', text: 'shall' }] },
                { id: '2', side: 'cn', content: [{ type: 'text', text: 'should', marks: ['bold'] }] },
              ],
            },
          ],
        },
      ],
      zh: [],
    },
    readings: [{ id: 'r' as ReadingId, title: { en: 'Paper', zh: '论文' }, url: 'https://example.org/?a=1&b="2"' }],
  })
  const html = page(agenda, { language: 'en' })
  const words = text(parse(html))
  expect(words).toContain('08:30–09:45')
  expect(words).toContain('It [shall] [should]')
  expect(words).toContain('Co-chair, U.S. side; Co-chair, Chinese side')
  expect(words).toContain('Which terms do we use')
  const [link] = elements(html).filter((one) => one.tagName === 'a')
  expect(attribute(link!, 'href')).toBe('https://example.org/?a=1&b="2"')
  expect(attribute(link!, 'rel')).toContain('noopener')
  const bare = text(parse(page(agenda, { language: 'en', people: false, readings: false, questions: false })))
  expect(bare).not.toMatch(/Co-chair, U\.S\. side|Which terms do we use|Paper/)
})

test('a title that only one language has stands in its own column, and one that both share stands once', () => {
  const zhOnly = elements(page(session({ title: { en: '', zh: '只有中文' } }))).filter((one) => one.tagName === 'h3')
  const [only] = zhOnly[0]!.childNodes as Element[]
  expect([attribute(only!, 'class'), attribute(only!, 'lang'), text(only!)]).toEqual(['second', 'zh-Hans', '只有中文'])
  const shared = elements(page(session({ title: { en: 'NIST', zh: 'NIST' } }))).find((one) => one.tagName === 'h3')!
  expect(text(shared)).toBe('NIST')
  const mono = elements(page(session({ title: { en: '', zh: '只有中文' } }), { language: 'en' }))
  expect(attribute(mono.find((one) => one.tagName === 'h3')!.childNodes[0] as Element, 'lang')).toBe('zh-Hans')
})

test('an empty agenda, and one without any words, are pages all the same', () => {
  const nothing = { en: '', zh: '' }
  expect(text(parse(page({ ...blank(), days: [], proposals: [], title: nothing })))).toContain('Untitled')
  expect(text(parse(page(session({ title: nothing, roles: [], readings: [] }))))).toContain('Untitled')
})

const hostile: readonly (readonly [what: string, text: string])[] = [
  ['markup', `<script>hit()</script><img src=x onerror=hit()></style></title>--><b a='"'>&amp;&lt; {{x}} \${y}`],
  ['a sheet', `"; } body { display: none } </style><script>hit()</script> \\22 \\A url(https://example.org/)`],
  ['right-to-left', '\u202Eabc \u200Fשלום \u2067isolated'],
  ['no space', 'x'.repeat(10_000)],
  ['emoji', '👩‍🔬🇨🇳🇺🇸 𠀀𪚥'.repeat(30)],
  ['link', 'javascript:hit()'],
  ['formula', '=cmd|"/C calc"!A0 +1 -1 @SUM(A1)'],
  ['patterns of replacement', "$& $1 $` $' $$ FOOT FONT"],
  ['controls', 'a\0b\x07c\x1Bd\x7Fe\uD800f\uDC00g\u2028h'],
]

for (const [what, nasty] of hostile) {
  test(`nothing that a person typed becomes markup, and nothing of it is lost: ${what}`, () => {
    for (const language of ['en', 'both'] as const) {
      const plain = elements(page(everywhere('plain'), { language }))
      const html = page(everywhere(nasty), { language, edition: { en: nasty, zh: nasty } })
      const all = elements(html)
      const tags = (list: Element[]) => new Set(list.map((one) => one.tagName))
      const known = tags(plain)
      expect([...tags(all)].filter((tag) => !known.has(tag))).toEqual([])
      expect(all.filter((one) => one.tagName === 'style')).toHaveLength(1)
      for (const { name, value } of all.flatMap((one) => one.attrs)) {
        expect(name).not.toMatch(/^on|^style$/)
        if (name === 'href') expect(value).toMatch(/^https:\/\/example\.org\//)
      }
      const [body] = all.filter((one) => one.tagName === 'body')
      const seen = (value: string) => value.replace(/[\p{Cc}\p{Surrogate}\s\uFFFD\u2028]/gu, '')
      const times = seen(text(body!)).split(seen(nasty)).length - 1
      // Edition, title, place, host, item, chair, three texts, reading, person, affiliation, a term in both languages and
      // its meaning; the meeting's title and the affiliation are the same in both languages and stand once.
      expect(times).toBe(language === 'en' ? 15 : 26)
      // The foot of a printed page is a string of the style sheet: it must not end early.
      const sheet = text(all.find((one) => one.tagName === 'style')!)
      const content = /@bottom-left \{ content: ("[^"\n<]*"); color/.exec(sheet)?.[1]
      expect(content).toBeDefined()
      expect(content!.replace(/\\[0-9a-f]+ /g, '')).not.toMatch(/[\\<>{}();:]/)
    }
  })
}

function session(change: Partial<Item>): Agenda {
  const agenda = sample()
  const day = agenda.days[0]!
  return { ...agenda, days: [{ ...day, items: [{ ...day.items[2]!, ...change }] }], proposals: [] }
}

function everywhere(words: string): Agenda {
  const pair = { en: words, zh: words }
  const prose = [
    { type: 'paragraph' as const, content: [{ type: 'text' as const, text: words, marks: [{ link: words }] }] },
  ]
  const agenda = session({
    id: words.slice(0, 64) as ItemId,
    // The languages differ, so that the title stands in both.
    title: { en: words, zh: `${words} ` },
    objective: { en: prose, zh: prose },
    questions: { en: prose, zh: prose },
    output: { en: prose, zh: prose },
    readings: [
      { id: 'r' as ReadingId, title: pair, url: words },
      { id: 's' as ReadingId, title: { en: 'Known', zh: '已知' }, url: 'https://example.org/' },
    ],
  })
  const person: Person = { ...agenda.people[0]!, name: { ...pair, zh: `${words} ` }, affiliation: pair }
  const item = { ...agenda.days[0]!.items[0]!, roles: [{ person: person.id, role: 'chair' as const }] }
  return {
    ...agenda,
    title: pair,
    place: pair,
    hosts: [{ side: 'us', name: pair }],
    people: [person],
    days: [{ ...agenda.days[0]!, items: [item] }],
    glossary: [{ id: 't' as never, en: words, zh: words, status: 'joint', definition: pair, note: '' }],
  }
}
