import { execFileSync } from 'node:child_process'
import { AxeBuilder } from '@axe-core/playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Agenda, Item, Person, ReadingId } from '../../shared/domain/agenda.ts'
import { type CopyOptions, wholeCopy } from '../../shared/export/copy.ts'
import { toHtml } from '../../shared/export/html.ts'
import { sample } from '../support/agenda.ts'
import { openPeople, type People } from '../support/people.ts'

/** The exported page as somebody opens it: in a browser of its own, in the preview's frame, and on paper. */

const address = 'http://page.example/'

let people: People

beforeAll(async () => {
  people = await openPeople()
})
afterAll(async () => {
  await people?.close()
})

function html(agenda: Agenda, options: Partial<CopyOptions> = {}): string {
  return toHtml(agenda, { ...wholeCopy, language: 'both', lead: 'us', ...options })
}

async function open(content: string, options: { width?: number; dark?: boolean } = {}) {
  const visitor = await people.arrive({ width: options.width ?? 1440, dark: options.dark ?? false })
  const asked: string[] = []
  await visitor.page.route('**/*', (route) => {
    asked.push(route.request().url())
    return route.fulfill({ contentType: 'text/html', body: content })
  })
  const ran: string[] = []
  visitor.page.on('dialog', (dialog) => {
    ran.push(dialog.message())
    void dialog.dismiss()
  })
  await visitor.page.exposeFunction('hit', () => ran.push('hit'))
  await visitor.page.goto(address)
  return { ...visitor, asked, ran }
}

const hostile = [
  `<script>hit()</script><img src=x onerror=hit()><svg onload=hit()></style></title><iframe src=//example.org>`,
  `"; } body { display: none } </style><script>hit()</script> @import url(//example.org/x.css)`,
  'javascript:hit()',
  '\u202Eabc \u200Fשלום',
  'x'.repeat(10_000),
  '议'.repeat(3_000),
  '=cmd|"/C calc"!A0',
  '👩‍🔬🇨🇳🇺🇸',
].join(' ')

test('in a page of hostile texts nothing runs, nothing is asked for, and every text is there to read', async () => {
  for (const width of [1440, 390]) {
    const visitor = await open(html(everywhere(hostile), { edition: { en: hostile, zh: hostile } }), { width })
    const words = (text: string) => text.replace(/\s+/g, '')
    const seen = words(await visitor.page.locator('body').innerText())
    expect(seen.split(words(hostile)).length - 1).toBeGreaterThan(20)
    for (const link of await visitor.page.locator('a').all()) {
      expect(await link.getAttribute('href')).toMatch(/^https:\/\/example\.org\//)
    }
    expect(visitor.ran).toEqual([])
    expect(visitor.asked).toEqual([address])
    expect(visitor.errors).toEqual([])
    const across = await visitor.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth] as const)
    expect(across[0]).toBeLessThanOrEqual(across[1])
    await visitor.context.close()
  }
})

test("the page is shown in the preview's frame, which lets nothing of it act", async () => {
  const visitor = await open(
    '<!doctype html><iframe sandbox title="Preview" style="width: 900px; height: 600px"></iframe>',
  )
  await visitor.page
    .locator('iframe')
    .evaluate((frame, content) => frame.setAttribute('srcdoc', content), html(sample()))
  const frame = visitor.page.frameLocator('iframe')
  await frame.getByRole('heading', { level: 1 }).waitFor()
  expect(await frame.locator('h1').evaluate((one) => getComputedStyle(one).display)).toBe('grid')
  expect(visitor.errors).toEqual([])
  await visitor.context.close()
})

test('two languages stand in columns of one width, the lead party first, and one under the other on a phone', async () => {
  const wide = await open(html(sample(), { lead: 'cn' }))
  const columns = wide.page.locator('.entry').nth(2).locator('.text').first().locator('> div')
  const [left, right] = [(await columns.nth(0).boundingBox())!, (await columns.nth(1).boundingBox())!]
  expect(await columns.nth(0).getAttribute('lang')).toBe('zh-Hans')
  expect(left.width).toBeCloseTo(right.width, 1)
  expect(right.x).toBeGreaterThanOrEqual(left.x + left.width)
  expect(right.y).toBe(left.y)
  // The same edge from the title of the page to the last text.
  const title = (await wide.page.locator('h1 > span').nth(1).boundingBox())!
  expect(Math.abs(title.x - right.x)).toBeLessThan(1)
  await wide.context.close()

  const narrow = await open(html(sample(), { lead: 'cn' }), { width: 390 })
  const stacked = narrow.page.locator('.entry').nth(2).locator('.text').first().locator('> div')
  const [first, second] = [(await stacked.nth(0).boundingBox())!, (await stacked.nth(1).boundingBox())!]
  expect(second.x).toBe(first.x)
  expect(second.y).toBeGreaterThanOrEqual(first.y + first.height)
  await narrow.context.close()
})

test('in the dark the page is dark, and its words keep their contrast', async () => {
  const { page, context } = await open(html(sample()), { dark: true })
  const [ink, paper] = await page.evaluate(() => {
    const light = (color: string) => Number(/\d+/.exec(color)?.[0])
    return [
      light(getComputedStyle(document.querySelector('.about')!).color),
      light(getComputedStyle(document.documentElement).backgroundColor),
    ] as const
  })
  expect(paper).toBeLessThan(40)
  expect(ink).toBeGreaterThan(170)
  await context.close()
})

test('a reader who cannot see the page, or sees it badly, is told the same: nothing that axe knows is wrong', async () => {
  for (const look of [{ width: 1440 }, { width: 390, dark: true }]) {
    const { page, context } = await open(html(sample()), look)
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([])
    await context.close()
  }
})

test('printed, it is light even in the dark, has its pages numbered, and keeps headings and short items whole', async () => {
  for (const language of ['en', 'zh', 'both'] as const) {
    const edition = { en: 'Rolling text 3', zh: '滚动案文（第 3 版）' }
    const { page, context } = await open(html(sample(), { language, edition }), { dark: true })
    const sheets = printed(await page.pdf({ format: 'A4' }))
    const name = language === 'zh' ? '人工智能测试对话（示例）' : 'Dialogue on AI testing (sample)'
    expect(sheets.length).toBeGreaterThan(2)
    for (const [index, sheet] of sheets.entries()) {
      expect(close(sheet)).toContain(`${index + 1}/${sheets.length}`)
      expect(close(sheet)).toContain(close(name))
      expect(close(sheet)).toContain(language === 'zh' ? '第3版' : 'Rollingtext3')
    }
    // Every item begins and ends on one page: what its last text says stands where its title does.
    const agenda = sample()
    const of = language === 'zh' ? 'zh' : 'en'
    for (const item of agenda.days.flatMap((day) => day.items)) {
      const [last] = item.output[of]
      if (last?.type !== 'paragraph' || last.content[0]?.type !== 'text') continue
      const title = close(item.title[of])
      const end = close(last.content[0].text).slice(language === 'both' ? -5 : -8)
      // In two columns pdftotext mixes the lines of both; a few letters of the end are still in one piece.
      const whole = sheets.some((sheet) => close(sheet).includes(title.slice(0, 12)) && close(sheet).includes(end))
      expect([language, title, end, whole]).toEqual([language, title, end, true])
    }
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe(
      'rgb(255, 255, 255)',
    )
    await context.close()
  }
})

/** Without its spaces: what reads a PDF guesses those from the distance between letters. */
function close(text: string): string {
  return text.replace(/\s+/g, '')
}

/** The words of each page of a PDF, laid out as they stand. */
function printed(pdf: Buffer): string[] {
  const words = execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf, encoding: 'utf8' })
  return words.split('\f').slice(0, -1)
}

function everywhere(words: string): Agenda {
  const agenda = sample()
  const day = agenda.days[0]!
  const pair = { en: words, zh: `${words} ` }
  const prose = [
    { type: 'paragraph' as const, content: [{ type: 'text' as const, text: words, marks: [{ link: words }] }] },
  ]
  const person: Person = { ...agenda.people[0]!, name: pair, affiliation: pair }
  const item: Item = {
    ...day.items[2]!,
    title: pair,
    objective: { en: prose, zh: prose },
    questions: { en: prose, zh: prose },
    output: { en: prose, zh: prose },
    roles: [{ person: person.id, role: 'chair' }],
    readings: [
      { id: 'r' as ReadingId, title: pair, url: words },
      { id: 's' as ReadingId, title: { en: 'Known', zh: '已知' }, url: 'https://example.org/a' },
    ],
  }
  return {
    ...agenda,
    title: pair,
    place: pair,
    hosts: [{ side: 'us', name: pair }],
    people: [person],
    days: [{ ...day, items: [item] }],
    proposals: [],
    glossary: [{ id: 't' as never, en: words, zh: words, status: 'joint', definition: pair, note: '' }],
  }
}
