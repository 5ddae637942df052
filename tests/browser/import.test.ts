import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { agendaOf } from '../../server/meeting/meetings.ts'
import { type Agenda, allItems } from '../../shared/domain/agenda.ts'
import { toDocx } from '../../shared/export/docx.ts'
import { blank, sample } from '../support/agenda.ts'
import { barriers, looks } from '../support/barriers.ts'
import { gather, openBrowser, part } from '../support/gathering.ts'
import { hear, savingWord } from '../support/people.ts'

/** Files come into an agenda: read by the server, looked at, and added only when somebody says so. */

const { people, server } = await openBrowser()

const markdown = `# Dialogue on testing

Prepared by the secretariat.

## Thursday, 12 March 2026

| Time | Minutes | Title |
| --- | --- | --- |
| 09:00 | 30 | Welcome |
| 09:30 | 75 | Benchmarks in both languages |

## 16 March 2026

| Time | Minutes | Title |
| --- | --- | --- |
| 09:00 | 45 | 红队测试 |
| 25:99 | 45 | Impossible hour |
`

async function openImport(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: /^(More|更多)$/ }).click()
  await page.getByRole('menuitem', { name: /^(Import…|导入…)$/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: /^(Choose a file|选择文件)$/ }).waitFor()
  return dialog
}

/** Chooses the file as a person does: by the button, in the browser's own window. */
async function choose(page: Page, dialog: Locator, name: string, content: string | Uint8Array): Promise<void> {
  const chooser = page.waitForEvent('filechooser')
  await dialog.getByRole('button', { name: /^(Choose a file|Choose another file|选择文件|选择其他文件)$/ }).click()
  await (await chooser).setFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) })
}

const titles = (page: Page): Promise<string[]> =>
  page.locator('[data-item]').evaluateAll((rows) => rows.map((one) => one.getAttribute('data-item')!))

test('a Markdown file is shown as it was understood, line by line, adds what is chosen, and Undo takes it back', async () => {
  const { meeting, enter } = await gather(people, server)
  const us = await enter('delegate', 'us')
  const cn = await enter('delegate', 'cn')
  const before = (await agendaOf(server.storage, meeting))!
  const shown = await titles(us.page)
  const dialog = await openImport(us.page)
  await choose(us.page, dialog, 'Agenda of last time.md', markdown)
  await dialog.getByRole('heading', { name: 'What was recognized in Agenda of last time.md' }).waitFor()
  await dialog.getByText('2 days · 4 items').waitFor()
  await dialog.getByText('after the items already on Day 1').waitFor()
  await dialog.getByText('new day').waitFor()
  await dialog.getByRole('checkbox', { name: /21:00 1 h 15 Benchmarks in both languages 09:30 in the file/ }).waitFor()

  const lines = dialog.getByRole('table')
  const unused = lines.getByRole('row').filter({ has: us.page.getByRole('cell') })
  expect((await unused.allInnerTexts()).map((one) => one.replace(/\s+/g, ' '))).toEqual([
    expect.stringMatching(/^Line 3 Prepared by the secretariat\. .*It comes before the first item\.$/),
    expect.stringMatching(/^Line 17 25:99 .*Not a valid time\.$/),
  ])
  await dialog.getByRole('checkbox', { name: 'Only what was not used' }).uncheck()
  await lines
    .getByRole('row', { name: /Line 16/ })
    .getByText('Used: item')
    .waitFor()

  // Nothing has entered so far: neither here nor there.
  expect(await titles(us.page)).toEqual(shown)
  expect(await titles(cn.page)).toEqual(shown)
  expect(await agendaOf(server.storage, meeting)).toEqual(before)

  await dialog.getByRole('checkbox', { name: /Impossible hour/ }).uncheck()
  await dialog.getByRole('button', { name: 'Add 3 items', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  await hear(us.page, 'Added 3 items from Agenda of last time.md')
  await cn.page.getByText('红队测试').first().waitFor()
  await expect.poll(async () => (await titles(cn.page)).length).toBe(shown.length + 3)
  await savingWord(us.page, /^All saved/).waitFor()
  const after = (await agendaOf(server.storage, meeting))!
  const old = new Set(allItems(before).map((item) => item.id))
  // Everything that was there stands as it stood, to the letter; the new stands behind it.
  expect(allItems(after).filter((item) => old.has(item.id))).toEqual(allItems(before))
  expect([after.title, after.place, after.hosts, after.people]).toEqual([
    before.title,
    before.place,
    before.hosts,
    before.people,
  ])
  expect(after.days[0]!.items.slice(-2).map((item) => [item.title.en, item.minutes])).toEqual([
    ['Welcome', 30],
    ['Benchmarks in both languages', 75],
  ])
  expect(after.days.find((day) => day.date === '2026-03-16')!.items.map((item) => item.title.zh)).toEqual(['红队测试'])

  await us.page.getByRole('button', { name: 'Undo' }).last().click()
  await expect.poll(() => titles(cn.page)).toEqual(shown)
  await part(us, cn)
})

test('a Word file of one meeting fills an empty one, with its people, from the empty meeting’s own page', async () => {
  const { meeting, enter } = await gather(people, server, { agenda: blank() })
  const organizer = await enter('organizer', 'cn')
  const { page } = organizer
  const copy = {
    language: 'both',
    lead: 'us',
    people: true,
    readings: true,
    questions: true,
    days: null,
    edition: null,
  } as const
  const bytes = await toDocx(sample(), { ...copy, at: Date.UTC(2026, 1, 1) })
  await page.getByText('也可直接导入').waitFor()
  await page.getByRole('button', { name: '导入…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: '选择文件' }).waitFor()
  await choose(page, dialog, '上次议程.docx', bytes)
  await dialog.getByRole('heading', { name: '从“上次议程.docx”中识别出的内容' }).waitFor()
  await dialog.getByRole('button', { name: /^添加 \d+ 个议题$/ }).click()
  await hear(page, '已从“上次议程.docx”添加')
  await savingWord(page, /^已全部保存/).waitFor()
  const agenda = (await agendaOf(server.storage, meeting))!
  const names = (one: Agenda) => one.people.map((person) => person.name.en).sort()
  const dated = (one: Agenda) =>
    one.days.filter((day) => day.items.length > 0).map((day) => [day.date, day.items.map((item) => item.title)])
  expect(dated(agenda)).toEqual(dated(sample()))
  expect(names(agenda)).toEqual(names(sample()))
  expect(agenda.title).toEqual(blank().title)
  await part(organizer)
})

test('what cannot be read is refused with a sentence that helps, and the next file is one press away', async () => {
  const { enter } = await gather(people, server)
  const us = await enter('delegate', 'us')
  const shown = await titles(us.page)
  const dialog = await openImport(us.page)
  await choose(us.page, dialog, 'Agenda.docx', Uint8Array.of(0x50, 0x4b, 3, 4, 1, 2, 3))
  const alert = dialog.getByRole('alert')
  await alert.getByText('Agenda.docx could not be read').waitFor()
  await alert.getByText(/damaged or incomplete\. Ask for it again.*Nothing was changed\./).waitFor()
  await choose(us.page, dialog, 'Pictures.docx', new Uint8Array(20 * 1024 * 1024 + 1))
  await alert.getByText('It is larger than 20 MB. Nothing has changed.').waitFor()
  await choose(us.page, dialog, 'notes.txt', 'Nothing in here is an agenda.')
  await alert.getByText('No agenda item was found in the file.').waitFor()
  await choose(us.page, dialog, 'Agenda.md', markdown)
  await dialog.getByRole('button', { name: 'Add 4 items' }).waitFor()
  await us.page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  expect(await titles(us.page)).toEqual(shown)
  await part(us)
})

test('a long upload says how far it is and can be stopped', async () => {
  const { enter } = await gather(people, server)
  const us = await enter('delegate', 'us')
  const shown = await titles(us.page)
  const dialog = await openImport(us.page)
  const network = await us.context.newCDPSession(us.page)
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 100_000 }
  await network.send('Network.emulateNetworkConditions', slow)
  await choose(us.page, dialog, 'Long.md', `${markdown}\n${'x'.repeat(8_000_000)}`)
  await dialog.getByRole('progressbar', { name: 'Reading Long.md' }).waitFor()
  await dialog.getByText(/^[1-9]\d?% sent$/).waitFor()
  await dialog.getByRole('button', { name: 'Stop' }).click()
  await network.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 })
  await dialog.getByRole('button', { name: 'Choose a file' }).waitFor()
  await choose(us.page, dialog, 'Agenda.md', markdown)
  await dialog.getByRole('button', { name: 'Add 4 items' }).waitFor()
  expect(await titles(us.page)).toEqual(shown)
  await us.context.close()
})

test('offline one is told that reading files needs the connection; observers are not offered it', async () => {
  const { enter } = await gather(people, server)
  const us = await enter('delegate', 'us')
  const dialog = await openImport(us.page)
  await us.context.setOffline(true)
  await dialog.getByText('Files are read on the server, which cannot be reached right now.').waitFor()
  expect(await dialog.getByRole('button', { name: 'Choose a file' }).isDisabled()).toBe(true)
  await us.context.setOffline(false)
  await expect.poll(() => dialog.getByRole('button', { name: 'Choose a file' }).isEnabled()).toBe(true)
  await us.context.close()

  const reader = await enter('observer', 'us')
  await reader.page.getByRole('button', { name: 'More' }).click()
  await reader.page.getByRole('menuitem', { name: 'Versions' }).waitFor()
  expect(await reader.page.getByRole('menuitem', { name: 'Import…' }).count()).toBe(0)
  await part(reader)
})

test.each([looks[0], { ...looks[3], dark: true }])(
  'axe finds nothing serious in importing: $language, dark $dark, $width wide',
  async (look) => {
    const { enter } = await gather(people, server)
    const { page, context } = await enter('delegate', 'us', look)
    const dialog = await openImport(page)
    const found: Record<string, string[]> = { choosing: await barriers(page) }
    await choose(page, dialog, 'broken.docx', Uint8Array.of(0x50, 0x4b, 3, 4, 1, 2, 3))
    await dialog.getByRole('alert').waitFor()
    found.refused = await barriers(page)
    await choose(page, dialog, 'Agenda.md', markdown)
    await dialog.getByRole('table').waitFor()
    found.preview = await barriers(page)
    expect(found).toEqual({ choosing: [], refused: [], preview: [] })
    await context.close()
  },
)

test('the agenda of last round lands on the days of this meeting, or wherever its first day is set', async () => {
  const { meeting, enter } = await gather(people, server, { agenda: sample('2026-09-01') })
  const us = await enter('delegate', 'us')
  const before = (await agendaOf(server.storage, meeting))!
  const dialog = await openImport(us.page)
  await choose(
    us.page,
    dialog,
    'last-round.md',
    '# Last round\n\n## 12 March 2026\n\n### 09:00–10:00 Recap of incidents\n',
  )
  const first = dialog.getByLabel('First day in this meeting')
  await expect.poll(() => first.inputValue()).toBe('2026-09-01')
  await dialog.getByText(/^In the file: .*12 Mar.* 2026$/).waitFor()
  await dialog.getByText('after the items already on Day 1').waitFor()
  await first.fill('2026-09-02')
  await dialog.getByText('after the items already on Day 2').waitFor()
  await dialog.getByRole('button', { name: 'Add 1 item' }).click()
  await dialog.waitFor({ state: 'detached' })
  await expect
    .poll(async () => (await agendaOf(server.storage, meeting))!.days[1]!.items.length)
    .toBe(before.days[1]!.items.length + 1)
  await part(us)
})
