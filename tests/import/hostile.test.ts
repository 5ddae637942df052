import fc from 'fast-check'
import { strToU8, zipSync } from 'fflate'
import { beforeAll, describe, expect, test } from 'vitest'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import { wholeCopy } from '../../shared/export/copy.ts'
import { toDocx } from '../../shared/export/docx.ts'
import { toIcs } from '../../shared/export/ics.ts'
import { toJson } from '../../shared/export/json.ts'
import { toMarkdown } from '../../shared/export/markdown.ts'
import type { RefusedFile } from '../../shared/import/understanding.ts'
import { sample } from '../support/agenda.ts'
import { bytesOf, canonical, read, understood } from './reading.ts'

const types =
  '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
const relations =
  '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
const space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

/** A Word file with that body and whatever else. */
function docx(body: string, more: Record<string, Uint8Array> = {}, before = ''): Uint8Array {
  return zipSync({
    '[Content_Types].xml': strToU8(types),
    '_rels/.rels': strToU8(relations),
    'word/document.xml': strToU8(
      `<?xml version="1.0"?>${before}<w:document ${space}><w:body>${body}</w:body></w:document>`,
    ),
    ...more,
  })
}

function paragraph(text: string): string {
  return `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`
}

const opening = paragraph('12 March 2026') + paragraph('09:00–10:00 Opening')

function compound(name: string): Uint8Array {
  const bytes = new Uint8Array(4096)
  bytes.set([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
  for (const [at, unit] of [...name].entries()) bytes[1024 + 2 * at] = unit.charCodeAt(0)
  return bytes
}

async function refusedAs(name: string, content: string | Uint8Array): Promise<RefusedFile | 'understood'> {
  const result = await read(name, content)
  if (result.status === 'understood') return 'understood'
  expect(result.message).toContain('Nothing was changed.')
  const chinese = await read(name, content, { language: 'zh' })
  expect(chinese).toMatchObject({ status: 'refused', reason: result.reason })
  if (chinese.status === 'refused') expect(chinese.message).toMatch(/议程未作任何改动。$|请.*$/)
  return result.reason
}

/** What grows by the square takes minutes: a busy machine may take several times as long as a quiet one, and not that. */
const busy = 6

async function soon<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await work()
  expect(performance.now() - start).toBeLessThan(milliseconds * busy)
  return result
}

describe('what a file is is told by its contents', () => {
  test('a Word file without any settings is read', async () => {
    const { agenda } = await understood('agenda.docx', docx(opening))
    expect(agenda.days[0]!.items[0]!.title.en).toBe('Opening')
  })

  test.each<[string, string, Uint8Array | string, RefusedFile | 'understood']>([
    ['an empty file', 'a.docx', '', 'nothing-found'],
    ['white space', 'a.md', ' \n\t\n', 'nothing-found'],
    ['a letter without any item', 'a.txt', 'Dear colleagues,\n\nwe look forward to seeing you.\n', 'nothing-found'],
    ['a PDF', 'a.pdf', '%PDF-1.7\n', 'unknown-kind'],
    ['a PDF that says it is a Word file', 'a.docx', '%PDF-1.7\n', 'not-what-it-says'],
    ['text that says it is a Word file', 'a.docx', '# A\n', 'not-what-it-says'],
    ['a Word file that says it is text', 'a.md', docx(opening), 'not-what-it-says'],
    ['a Word file with no name to speak of', 'agenda', docx(opening), 'understood'],
    ['a spreadsheet', 'a.xlsx', zipSync({ 'xl/workbook.xml': strToU8('<a/>') }), 'unknown-kind'],
    ['slides', 'a.pptx', zipSync({ 'ppt/presentation.xml': strToU8('<a/>') }), 'unknown-kind'],
    ['an archive', 'a.zip', zipSync({ 'a.txt': strToU8('a') }), 'unknown-kind'],
    ['a picture', 'a.png', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]), 'unknown-kind'],
    ['a picture that says it is a calendar', 'a.ics', new Uint8Array([0xff, 0xd8, 0xff, 0xe0]), 'not-what-it-says'],
    ['rich text', 'a.rtf', '{\\rtf1 a}', 'unknown-kind'],
    ['a web page', 'a.html', '<!DOCTYPE html><p>09:00 Opening</p>', 'unknown-kind'],
    ['an old Word file', 'a.doc', compound('WordDocument'), 'unknown-kind'],
    ['a Word file with a password', 'a.docx', compound('EncryptedPackage'), 'encrypted'],
    ['a broken Word file', 'a.docx', docx(opening).slice(0, 300), 'broken'],
    ['JSON that breaks off', 'a.json', '{"format": "parley.agenda/1"', 'broken'],
    ['JSON of another kind', 'a.json', '{"name": "package"}', 'not-canonical'],
    ['a calendar without its end', 'a.ics', 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n', 'broken'],
    ['a calendar without events', 'a.ics', 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n', 'nothing-found'],
    ['bytes', 'a.bin', Uint8Array.from({ length: 500 }, (_, at) => (at * 37) % 256), 'unknown-kind'],
  ])('%s', async (_, name, content, expected) => {
    expect(await refusedAs(name, content)).toBe(expected)
  })

  test('a bad field of our own format is named', async () => {
    const result = await read('a.json', toJson({ ...sample(), zones: { ...sample().zones, venue: 'Moon/Base' } }))
    expect(result).toMatchObject({ reason: 'not-canonical', message: expect.stringContaining('zones.venue') })
  })

  test('text of older Chinese programs is read as Chinese', async () => {
    // `09:00 开幕` in GB 18030.
    const { agenda } = await understood('a.txt', new Uint8Array([...bytesOf('09:00 '), 0xbf, 0xaa, 0xc4, 0xbb]))
    expect(agenda.days[0]!.items[0]!.title.zh).toBe('开幕')
  })
})

describe('sizes are bounded', () => {
  test('a file of more than 20 MB is not looked at', async () => {
    expect(await soon(500, () => refusedAs('a.docx', new Uint8Array(20 * 1024 * 1024 + 1)))).toBe('too-large')
  })

  test('a bomb of zeros in the text of a Word file is not unpacked', async () => {
    const bomb = docx('', { 'word/styles.xml': new Uint8Array(40_000_000) })
    const before = process.memoryUsage().rss
    expect(await soon(5000, () => refusedAs('a.docx', bomb))).toBe('unpacks-too-large')
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000)
  })

  test('nor one that lies about its sizes', async () => {
    const bomb = docx('', { 'word/styles.xml': new Uint8Array(40_000_000) })
    const view = new DataView(bomb.buffer)
    for (let at = 0; at + 30 < bomb.length; at++) {
      const mark = view.getUint32(at, true)
      if (mark === 0x04034b50) view.setUint32(at + 22, 100, true)
      if (mark === 0x02014b50) view.setUint32(at + 24, 100, true)
    }
    expect(await soon(5000, () => refusedAs('a.docx', bomb))).toBe('unpacks-too-large')
  })

  test('what an agenda does not need is not unpacked', async () => {
    const file = docx(opening, { 'word/media/image1.png': new Uint8Array(40_000_000) })
    expect(await soon(1000, () => refusedAs('a.docx', file))).toBe('understood')
  })

  test('a file of very many parts', async () => {
    const parts = Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`word/p${at}.xml`, strToU8('<a/>')]))
    expect(await refusedAs('a.docx', docx(opening, parts))).toBe('unpacks-too-large')
  })

  test('entities that grow', async () => {
    const entities = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    expect(await refusedAs('a.docx', docx(paragraph('&b;'), {}, entities))).toBe('broken')
  })

  test('a file that a link points to on the disk is not opened', async () => {
    const links =
      '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="file:///etc/passwd" TargetMode="External"/></Relationships>'
    const picture =
      '<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><a:graphic><a:graphicData><pic:pic><pic:blipFill><a:blip r:link="r9"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>'
    const file = docx(opening + picture, { 'word/_rels/document.xml.rels': strToU8(links) })
    const result = await read('a.docx', file)
    expect(JSON.stringify(result)).not.toContain('root:')
  })

  test('a Word file of a million short paragraphs, or of a tag with 100,000 attributes', async () => {
    expect(await soon(10_000, () => refusedAs('a.docx', docx('<w:p><w:r/></w:p>'.repeat(1_000_000))))).toBe(
      'unpacks-too-large',
    )
    const tag = `<w:p ${Array.from({ length: 100_000 }, (_, at) => `a${at}=">"`).join(' ')}/>`
    expect(await soon(10_000, () => refusedAs('a.docx', docx(tag)))).toBe('broken')
  })

  test('tables in tables, 10,000 deep', async () => {
    const deep = '<w:tbl><w:tr><w:tc>'.repeat(10_000) + paragraph('a') + '</w:tc></w:tr></w:tbl>'.repeat(10_000)
    expect(await soon(5000, () => refusedAs('a.docx', docx(deep)))).toBe('broken')
  })

  test.each([
    ['quotations', '>'.repeat(10_000)],
    ['lists', '- '.repeat(10_000)],
    ['brackets', '['.repeat(10_000)],
    ['links', '[a]('.repeat(5000)],
    ['stars', '*a_'.repeat(5000)],
    ['back quotes', '`a``'.repeat(5000)],
    ['tables', `${'|a'.repeat(5000)}\n${'|-'.repeat(5000)}\n${'|a'.repeat(5000)}`],
    ['many short rows of a wide table', `${'|a'.repeat(500)}\n${'|-'.repeat(500)}\n${'|a\n'.repeat(5000)}`],
  ])('Markdown of nothing but %s', async (_, text) => {
    await soon(5000, () => read('a.md', `# T\n\n## Day 1\n\n### 09:00 A\n\n${text}\n`))
  })

  const units = [
    'a',
    ' ',
    '9',
    '09:',
    '09:00–',
    '(',
    '（',
    ',',
    ';',
    '、',
    '/',
    ' / ',
    '1 h ',
    '12 March ',
    '3月',
    '第一天',
    'Chair:',
    'A B, ',
    '开 a ',
    '·',
    '-',
    '.',
    '\u00a0',
    '2026-',
    '[',
    '@',
  ]
  test.each(units)('lines of 10,000 characters of %j', async (unit) => {
    const long = unit.repeat(Math.ceil(10_000 / unit.length))
    const forms = [
      long,
      `## ${long}`,
      `### 09:00 ${long}`,
      `- ${long}`,
      `Chair: ${long}`,
      `| Time | Item | Name |\n|---|---|---|\n| ${long} | ${long} | ${long} |`,
      `**${long}**`,
      `x ${long} 75 min`,
    ]
    for (const form of forms) {
      await soon(3000, () => read('a.md', `# T\n\n## Day 1\n\n### 09:00 A\n\n${form}\n`))
      await soon(3000, () => read('a.md', form))
    }
    const event = ['SUMMARY', 'DESCRIPTION', 'DTSTART', 'X-PARLEY-DAY', 'LOCATION']
      .map((name) => `${name}:${long}`)
      .join('\r\n')
    await soon(3000, () =>
      read('a.ics', `BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n${event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`),
    )
  })

  test('JSON of nothing but brackets', async () => {
    expect(await soon(5000, () => refusedAs('a.json', '['.repeat(3_000_000)))).toBe('broken')
    const deep = `{"schedule":{"conference":{"days":${'['.repeat(5000)}${']'.repeat(5000)}}}}`
    expect(await soon(5000, () => refusedAs('a.json', deep))).toBe('nothing-found')
  })

  test('calendars within calendars', async () => {
    expect(await soon(2000, () => refusedAs('a.ics', 'BEGIN:VCALENDAR\r\n'.repeat(50_000)))).toBe('broken')
  })

  test('an event that comes again every second for ever, in a zone of such rules, is one item', async () => {
    const text = [
      'BEGIN:VCALENDAR',
      'BEGIN:VTIMEZONE',
      'TZID:Odd',
      'BEGIN:STANDARD',
      'DTSTART:19700101T000000',
      'TZOFFSETFROM:+0800',
      'TZOFFSETTO:+0900',
      'RRULE:FREQ=SECONDLY',
      'END:STANDARD',
      'END:VTIMEZONE',
      'BEGIN:VEVENT',
      'DTSTART;TZID=Odd:20260312T090000',
      'DTEND;TZID=Odd:20260312T100000',
      'RRULE:FREQ=SECONDLY',
      'SUMMARY:Opening',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ].join('\r\n')
    const { agenda } = await soon(2000, () => understood('a.ics', text))
    expect(agenda.days.map((day) => day.items.length)).toEqual([1])
  })

  test('more items than a day may have', async () => {
    const text = `# T\n\n## Day 1\n\n${'### 09:00 A\n\n'.repeat(3000)}`
    const { agenda, lines } = await soon(10_000, () => understood('a.md', text))
    expect(agenda.days[0]!.items).toHaveLength(1000)
    expect(lines.filter((line) => line.outcome.type === 'unused')).toHaveLength(2000)
  })
})

test('nothing of a file is run, and no link leads anywhere that an agenda may not', async () => {
  const text = `# T <script>alert(1)</script>

## Day 1

### 09:00–10:00 A {{constructor}} \${1+1} =HYPERLINK("x")

[click](javascript:alert(1)) <a href="javascript:alert(2)">b</a> [c](data:text/html,x) [d](file:///etc/passwd)

**Readings**

- [e](javascript:alert(3))
- <vbscript:x>
`
  const { agenda } = await understood('a.md', text)
  const targets = JSON.stringify(agenda).match(/"(?:link|url)":"[^"]+"/g)
  expect(targets).toBeNull()
  expect(agenda.title.en).toBe('T <script>alert(1)</script>')
})

describe('whatever is done to a file, reading it comes to an end and throws nothing', () => {
  const seeds = new Map<string, Uint8Array>()
  beforeAll(async () => {
    const copy = { ...wholeCopy, language: 'both', lead: 'us' } as const
    const agenda = sample()
    seeds.set('a.md', bytesOf(toMarkdown(agenda, copy)))
    seeds.set('a.json', bytesOf(toJson(agenda)))
    seeds.set('a.docx', await toDocx(agenda, { ...copy, at: 0 }))
    seeds.set(
      'a.ics',
      bytesOf(toIcs(agenda, { ...copy, meeting: 'm' as MeetingId, link: null, revisions: {}, now: 0 }).text),
    )
  })

  async function holds(name: string, bytes: Uint8Array): Promise<void> {
    const result = await soon(5000, () => read(name, bytes))
    if (result.status === 'understood') canonical(result.agenda)
    else expect(result.message.length).toBeGreaterThan(20)
  }

  const names = ['a.md', 'a.json', 'a.docx', 'a.ics', 'a.txt', 'a']

  test('random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.uint8Array({ maxLength: 400 }), (name, bytes) =>
        holds(name, bytes),
      ),
      { numRuns: 200 },
    )
  })

  test('random words of agendas', async () => {
    const piece = fc.constantFrom(
      '# ',
      '## ',
      '### ',
      '\n',
      '\n\n',
      '| ',
      ' |\n',
      '|---|---|\n',
      '- ',
      '**',
      '09:00',
      '–10:30',
      ' 75 min',
      'Day 1',
      '第一天',
      '12 March 2026',
      '3月40日',
      '开幕',
      'Opening',
      ' / ',
      '；',
      '; ',
      'Chair: ',
      '主席：',
      '目标',
      'Objective\n',
      'People',
      '与会人员',
      'Name',
      '姓名',
      'Time',
      '时间',
      '议题',
      'Item',
      '术语表',
      '[a](http://b.c)',
      '·',
      'Session',
      '99:99',
      '25:00',
      '上午',
      '0930-',
      '24:00',
      '\u202e',
      '😀',
      '\ud800',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), (pieces) => holds('a.md', bytesOf(pieces.join('')))),
      { numRuns: 500 },
    )
  })

  test.each(['a.md', 'a.json', 'a.docx', 'a.ics'])('%s with bytes changed, cut and doubled', async (name) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255), fc.nat(2)), {
          minLength: 1,
          maxLength: 8,
        }),
        (changes) => {
          let bytes: Uint8Array = seeds.get(name)!.slice()
          for (const [share, byte, way] of changes) {
            const at = Math.floor(share * (bytes.length - 1))
            if (way === 0) bytes[at] = byte
            else if (way === 1) bytes = new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(at + byte)])
            else bytes = new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(Math.max(0, at - byte))])
          }
          return holds(name, bytes)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('the text of a Word file changed within', async () => {
    const body = opening + '<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>'.repeat(3)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(body.length),
        fc.constantFrom(
          '<',
          '>',
          '</w:p>',
          '<w:tbl>',
          '<w:r>',
          '&',
          '"',
          '<w:gridSpan w:val="99999"/>',
          '<w:vMerge/>',
          '<w:hyperlink w:anchor="a">',
        ),
        (at, more) => holds('a.docx', docx(body.slice(0, at) + more + body.slice(at))),
      ),
      { numRuns: 150 },
    )
  })
})
