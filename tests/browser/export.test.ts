import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Download, FrameLocator, Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { Agenda } from '../../shared/domain/agenda.ts'
import { fromJson } from '../../shared/export/parse.ts'
import { blank, sample } from '../support/agenda.ts'
import { barriers, looks } from '../support/barriers.ts'
import { gather, openBrowser } from '../support/gathering.ts'
import { patience } from '../support/patience.ts'
import type { Arrival, Visitor } from '../support/people.ts'
import { root, startServer, type TestServer } from '../support/server.ts'

/** The Export dialog in real Chromium against the real server. */

const pages = join(root, 'dist')
/** Milliseconds between an edit and its commit; what is written within it is on this device alone. */
const longWindow = 60_000

const { people, server } = await openBrowser()

interface Guest extends Visitor {
  readonly meeting: string
}

async function invite(
  at: TestServer,
  agenda: Agenda,
): Promise<(arrival?: Arrival, side?: 'us' | 'cn') => Promise<Guest>> {
  const { meeting, enter } = await gather(people, at, { agenda })
  return async (arrival = {}, side = arrival.language === 'zh' ? 'cn' : 'us') => ({
    ...(await enter('delegate', side, arrival)),
    meeting,
  })
}

/** Adds an item to the first day, and types its title. */
async function addItem(page: Page, title: string): Promise<void> {
  await page
    .getByRole('button', { name: /^(Add an item to|在.*添加议题)/ })
    .first()
    .click()
  const field = page.getByRole('textbox', { name: /^(Title, English|标题（中文）)$/ })
  await field.waitFor()
  await expect.poll(() => field.evaluate((element) => element.contains(document.activeElement))).toBe(true)
  await page.keyboard.type(title)
}

async function openDialog(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: /^(Export|导出)$/ }).click()
  const dialog = page.getByRole('dialog', { name: /^(Export|导出)$/ })
  await dialog.waitFor()
  return dialog
}

const preview = (dialog: Locator): FrameLocator => dialog.frameLocator('iframe')
const choose = (dialog: Locator, format: string) => dialog.locator(`input[value=${format}]`).check()

async function download(page: Page, dialog: Locator): Promise<Download> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    dialog
      .getByRole('link', { name: /^(Download|下载)$/ })
      .or(dialog.getByRole('button', { name: /^(Download|下载)$/ }))
      .click(),
  ])
  return file
}

const bytesOf = async (file: Download): Promise<Buffer> => readFile(await file.path())

const beginnings = {
  docx: 'PK\u0003\u0004',
  pdf: '%PDF-',
  ics: 'BEGIN:VCALENDAR',
  html: '<!doctype html>',
  md: '# ',
  json: '{',
} as const
const types = {
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  pdf: 'application/pdf',
  ics: 'text/calendar',
  html: 'text/html',
  md: 'text/markdown',
  json: 'application/json',
} as const
type Format = keyof typeof types
const formats = Object.keys(types) as Format[]

/** What tells a copy of both languages from others; data has no copies. */
const mark = (format: Format, languages: string) => (format === 'json' ? '' : ` ${languages}`)

const begins = (bytes: Buffer, format: Format) =>
  expect(bytes.subarray(0, beginnings[format].length).toString('latin1').toLowerCase()).toBe(
    beginnings[format].toLowerCase(),
  )

test('what is chosen shows in the preview, and so does what the other side writes meanwhile', async () => {
  const enter = await invite(server, sample())
  const us = await enter()
  const cn = await enter({ language: 'zh' })
  const dialog = await openDialog(us.page)
  const paper = preview(dialog)
  const heading = (name: string) => paper.getByRole('heading', { name }).first()
  await heading('Dialogue on AI testing (sample)').waitFor()
  await heading('人工智能测试对话（示例）').waitFor()
  await paper.getByText('Evaluation scientist A').first().waitFor()

  await dialog.getByLabel('Language').selectOption('English')
  await heading('人工智能测试对话（示例）').waitFor({ state: 'detached' })
  await dialog.getByLabel('People').uncheck()
  await paper.getByText('Evaluation scientist A').first().waitFor({ state: 'detached' })
  await paper.getByText('Friday, 13 March 2026').first().waitFor()
  await dialog.getByLabel('Day 2 · Fri 13 Mar').uncheck()
  await paper.getByText('Friday, 13 March 2026').first().waitFor({ state: 'detached' })
  await expect.poll(() => dialog.getByLabel('Day 1 · Thu 12 Mar').isDisabled()).toBe(true)
  await expect.poll(() => dialog.getByLabel('Proposals', { exact: true }).isDisabled()).toBe(true)
  await dialog.getByLabel('Day 2 · Fri 13 Mar').check()
  await heading('Proposals').waitFor()
  await dialog.getByLabel('Proposals', { exact: true }).uncheck()
  await heading('Proposals').waitFor({ state: 'detached' })
  await paper.getByText('Friday, 13 March 2026').first().waitFor()

  const [, , item] = sample().days[0]!.items
  await cn.page.goto(`${server.origin}/m/${cn.meeting}/i/${item!.id}`)
  await cn.page.getByRole('textbox', { name: '标题（英文）', exact: true }).click()
  await cn.page.keyboard.press('Control+End')
  await cn.page.keyboard.type(', seen at once')
  await paper.getByText(/, seen at once/).waitFor()
  for (const one of [us, cn]) {
    expect(one.errors).toEqual([])
    await one.context.close()
  }
})

test('whoever reads the preview stays where they are while the others write', async () => {
  const enter = await invite(server, sample())
  const us = await enter()
  const cn = await enter({ language: 'zh' })
  const dialog = await openDialog(us.page)
  const paper = preview(dialog)
  await paper.getByText('Friday, 13 March 2026').first().waitFor()
  await paper.locator('body').evaluate((body) => body.ownerDocument.defaultView!.scrollTo(0, 600))
  await addItem(cn.page, '新议题一则')
  await paper.getByText('新议题一则').first().waitFor()
  await expect.poll(() => paper.locator('body').evaluate((body) => body.ownerDocument.defaultView!.scrollY)).toBe(600)
  await us.context.close()
  await cn.context.close()
})

test('each format downloads from a true address, with the name of the meeting and the right kind', async () => {
  const enter = await invite(server, sample())
  const cn = await enter({ language: 'zh' })
  const dialog = await openDialog(cn.page)
  for (const format of formats) {
    await choose(dialog, format)
    const file = await download(cn.page, dialog)
    expect(file.url()).toContain(`/api/meetings/${cn.meeting}/export/${format}/`)
    expect(file.suggestedFilename()).toBe(`人工智能测试对话（示例） 2026-03-12${mark(format, 'zh-en')}.${format}`)
    begins(await bytesOf(file), format)
    const answer = await cn.page.request.get(file.url())
    expect(answer.headers()['content-type']).toContain(types[format])
    expect(answer.headers()['content-disposition']).toMatch(/^attachment;/)
  }
  expect(cn.errors).toEqual([])
  await cn.context.close()
})

test('the link that is copied carries what was chosen, and opens for people of the meeting alone', async () => {
  const enter = await invite(server, sample())
  const us = await enter()
  await us.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const dialog = await openDialog(us.page)
  await choose(dialog, 'md')
  await dialog.getByLabel('Language').selectOption('English')
  await dialog.getByLabel('Which side first').selectOption('Chinese copy: Chinese side first')
  await dialog.getByLabel('Readings').uncheck()
  await dialog.getByRole('button', { name: 'Copy link' }).click()
  await dialog.getByText('Copied.').waitFor()
  const link = await us.page.evaluate(() => navigator.clipboard.readText())
  expect(Object.fromEntries(new URL(link).searchParams)).toMatchObject({ lang: 'en', lead: 'cn', readings: '0' })
  const text = await (await us.page.request.get(link)).text()
  expect(text).toContain('A Chinese university institute (sample); A U.S. policy institute (sample)')
  expect((await fetch(link)).status).toBe(401)
  await us.context.close()
})

test('offline, every file but a PDF is made on this device, and PDF says why not and what to do', async () => {
  const enter = await invite(server, sample())
  // The writers come in while the page is at rest.
  const us = await enter()
  const dialog = await openDialog(us.page)
  await us.page.waitForFunction(
    () => performance.getEntriesByType('resource').some(({ name }) => /\/docx-[^/]*\.js$/.test(name)),
    undefined,
    { timeout: 2 * patience },
  )
  await us.page.waitForLoadState('networkidle')
  await us.context.setOffline(true)
  await dialog.getByText('You are offline: the file is made on this device').waitFor()
  for (const format of ['docx', 'html', 'ics', 'md', 'json'] as const) {
    await choose(dialog, format)
    const file = await download(us.page, dialog)
    expect(file.url()).toMatch(/^blob:/)
    expect(file.suggestedFilename()).toBe(
      `Dialogue on AI testing (sample) 2026-03-12${mark(format, 'en-zh')}.${format}`,
    )
    const bytes = await bytesOf(file)
    begins(bytes, format)
    if (format === 'json') expect(fromJson(bytes.toString())).toEqual({ ok: true, agenda: sample() })
  }
  await choose(dialog, 'pdf')
  await dialog.getByText('PDF files are made on the server, which cannot be reached right now.').waitFor()
  await expect.poll(() => dialog.getByText('Download').count()).toBe(0)
  expect(await dialog.getByRole('button', { name: 'Print' }).isEnabled()).toBe(true)
  await us.context.setOffline(false)
  await dialog.getByRole('link', { name: 'Download' }).waitFor()
  await us.context.close()
})

test('changes that only this device has are counted, and are in a file that it makes', async () => {
  const slow = await startServer({ pages, window: longWindow })
  const enter = await invite(slow, sample())
  const us = await enter()
  await addItem(us.page, 'Only here so far')
  const dialog = await openDialog(us.page)
  await dialog.getByText(/of your changes (is|are) not on the server yet/).waitFor()
  await choose(dialog, 'md')
  const [file] = await Promise.all([
    us.page.waitForEvent('download'),
    dialog.getByRole('button', { name: 'Make the file on this device, with all changes' }).click(),
  ])
  expect((await bytesOf(file)).toString()).toContain('Only here so far')
  const link = await dialog.getByRole('link', { name: 'Download' }).getAttribute('href')
  expect(await (await us.page.request.get(link!)).text()).not.toContain('Only here so far')
  await us.context.close()
  await slow.stop()
})

test('what takes long shows that it is going on, and what fails says so and leaves the dialog open', async () => {
  const enter = await invite(server, sample())
  const us = await enter()
  const dialog = await openDialog(us.page)
  let answer = () => {}
  const held = new Promise<void>((resolve) => {
    answer = resolve
  })
  await us.page.route('**/export/pdf/**', async (route) => {
    await held
    await route.continue()
  })
  await choose(dialog, 'pdf')
  await dialog.getByRole('link', { name: 'Download' }).click()
  await dialog.getByRole('progressbar', { name: 'Making the file' }).waitFor()
  const coming = us.page.waitForEvent('download')
  answer()
  begins(await bytesOf(await coming), 'pdf')
  await dialog.getByRole('progressbar').waitFor({ state: 'detached' })

  await us.context.clearCookies()
  await choose(dialog, 'docx')
  await dialog.getByRole('link', { name: 'Download' }).click()
  await dialog.getByRole('alert').getByText('The file could not be made.').waitFor()
  await us.context.close()
})

test('what was chosen is there after a reload', async () => {
  const enter = await invite(server, sample())
  const us = await enter()
  const dialog = await openDialog(us.page)
  await choose(dialog, 'ics')
  await dialog.getByLabel('Language').selectOption('中文')
  await dialog.getByLabel('Which side first').selectOption('Chinese copy: Chinese side first')
  await dialog.getByLabel('Guiding questions').uncheck()
  await dialog.getByLabel('Day 1').uncheck()
  await us.page.reload()
  await us.page.locator('[data-item]').first().waitFor()
  const again = await openDialog(us.page)
  expect(await again.getByRole('radio', { name: 'Calendar' }).isChecked()).toBe(true)
  expect(await again.getByLabel('Language').inputValue()).toBe('zh')
  expect(await again.getByLabel('Which side first').inputValue()).toBe('cn')
  expect(await again.getByLabel('Guiding questions').isChecked()).toBe(false)
  expect(await again.getByLabel('People').isChecked()).toBe(true)
  expect(await again.getByLabel('Day 1').isChecked()).toBe(false)
  await us.context.close()
})

test('a calendar that has only the address reads the agenda until the address is revoked', async () => {
  const enter = await invite(server, sample())
  const us = await enter()
  const dialog = await openDialog(us.page)
  await choose(dialog, 'ics')
  await dialog.getByLabel('Language').selectOption('English')
  await dialog.getByLabel('People').uncheck()
  await dialog.getByRole('button', { name: 'Create an address' }).click()
  const address = await dialog.getByLabel('Subscription address').inputValue()
  expect(await dialog.getByRole('link', { name: 'Open in the calendar program' }).getAttribute('href')).toBe(
    address.replace('http:', 'webcal:'),
  )
  const mine = dialog.getByRole('listitem').filter({ hasText: 'English · U.S. copy: U.S. side first · without people' })
  await mine.waitFor()

  const reachable = address.replace('localhost', '127.0.0.1')
  const answer = await fetch(reachable)
  expect(answer.headers.get('content-type')).toContain('text/calendar')
  const text = await answer.text()
  expect(text).toContain('Shared terminology')
  expect(text).not.toContain('Evaluation scientist A')

  // Shown once: who comes back later can revoke it, and no more.
  await us.page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  const again = await openDialog(us.page)
  await mine.waitFor()
  expect(await again.getByLabel('Subscription address').count()).toBe(0)
  await mine.getByRole('button', { name: 'Revoke' }).press('Enter')
  await expect.poll(() => us.page.evaluate(() => document.activeElement?.textContent)).toBe('Keep it')
  await mine.getByRole('button', { name: 'Revoke it' }).click()
  await mine.getByText('Revoked').waitFor()
  // What had the focus is gone with the address; the keyboard still works.
  await us.page.keyboard.press('Escape')
  await again.waitFor({ state: 'detached' })
  expect([404, 410]).toContain((await fetch(reachable)).status)
  await us.context.close()
})

test('nothing that people wrote runs in the preview, and its links lead nowhere', async () => {
  const hostile = '<img src=x onerror="parent.ran=1"><script>parent.ran=1</script>'
  const agenda = sample()
  const day = agenda.days[0]!
  const readings = [{ id: 'r', title: { en: hostile, zh: hostile }, url: 'https://elsewhere.example/' }]
  const item = { ...day.items[0]!, readings: readings as unknown as (typeof day.items)[number]['readings'] }
  const enter = await invite(server, {
    ...agenda,
    title: { en: hostile, zh: hostile },
    days: [{ ...day, items: [item, ...day.items.slice(1)] }, ...agenda.days.slice(1)],
  })
  const us = await enter()
  const dialog = await openDialog(us.page)
  const paper = preview(dialog)
  await paper.getByRole('link').first().click()
  await paper.getByRole('heading', { name: '<img src=x' }).first().waitFor()
  expect(await dialog.locator('iframe').getAttribute('sandbox')).not.toMatch(/scripts|popups|forms|top-navigation/)
  expect(await us.page.evaluate(() => 'ran' in window)).toBe(false)
  expect(us.context.pages()).toHaveLength(1)
  expect(us.foreign).toEqual([])
  await us.context.close()
})

test('Print prints the preview, not the page behind it', async () => {
  const enter = await invite(server, sample())
  const us = await enter()
  const dialog = await openDialog(us.page)
  await preview(dialog).getByRole('heading').first().waitFor()
  await us.page.evaluate(() => {
    const printed: string[] = []
    const paper = document.querySelector('iframe')!.contentWindow!
    Object.assign(window, { printed })
    window.addEventListener('beforeprint', () => printed.push('page'))
    paper.addEventListener('beforeprint', () => printed.push('preview'))
  })
  await dialog.getByRole('button', { name: 'Print' }).click()
  await us.page.waitForFunction(() => (window as unknown as { printed: string[] }).printed.length > 0)
  expect(await us.page.evaluate(() => (window as unknown as { printed: string[] }).printed)).toEqual(['preview'])
  await us.context.close()
})

test('Escape puts the dialog away, from inside of the preview, too', async () => {
  const enter = await invite(server, sample())
  const us = await enter()
  const dialog = await openDialog(us.page)
  await preview(dialog).getByRole('heading').first().waitFor()
  await dialog.locator('iframe').focus()
  await expect.poll(() => us.page.evaluate(() => document.activeElement?.tagName)).toBe('IFRAME')
  await us.page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await us.context.close()
})

test('a version is taken out as it was, and says which one it is', async () => {
  const enter = await invite(server, sample())
  const us = await enter()
  const { page } = us
  await page.evaluate(
    (address) =>
      fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ label: 'rolling-text', name: '' }),
      }),
    `${server.origin}/api/meetings/${us.meeting}/versions`,
  )
  await addItem(page, 'Written since')
  await page.goto(`${server.origin}/m/${us.meeting}/versions`)
  await page.getByRole('button', { name: 'Version 1: Export…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Export version 1' })
  await preview(dialog).getByText('Rolling text 1').first().waitFor()
  expect(await preview(dialog).getByText('Written since').count()).toBe(0)
  await choose(dialog, 'md')
  const file = await download(page, dialog)
  expect(new URL(file.url()).searchParams.get('version')).not.toBeNull()
  expect((await bytesOf(file)).toString()).not.toContain('Written since')
  await choose(dialog, 'ics')
  expect(await dialog.getByRole('button', { name: 'Create an address' }).count()).toBe(0)
  await us.context.close()
})

test('while the agenda is final, that version is what leaves, and it says so; a calendar can follow all the same', async () => {
  const { address, enter } = await gather(people, server)
  const us = await enter('organizer', 'us')
  const { page } = us
  await page.goto(`${address}/versions`)
  await page.locator('form').getByRole('combobox').selectOption('Final')
  await page.locator('form').getByRole('button').click()
  await page.getByText(/^Final since/).waitFor()
  await page.getByRole('button', { name: 'Export', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Export version 1' })
  await preview(dialog)
    .getByText(/^Final 1 · /)
    .waitFor()
  const file = await download(page, dialog)
  expect(file.suggestedFilename()).toBe('Dialogue on AI testing (sample) 2026-03-12 Final 1 en-zh.docx')
  await choose(dialog, 'ics')
  await dialog.getByRole('button', { name: 'Create an address' }).waitFor()
  await dialog.getByRole('button', { name: 'Close' }).click()
  await page.getByRole('button', { name: 'Open a new version' }).click()
  await page.getByText(/^Final since/).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Export', exact: true }).click()
  await page.getByRole('dialog', { name: 'Export', exact: true }).waitFor()
  await us.context.close()
})

test('an agenda with nothing in it can be taken out, too', async () => {
  const enter = await invite(server, { ...blank(), title: { en: '', zh: '' } })
  const us = await enter()
  const dialog = await openDialog(us.page)
  await preview(dialog).getByRole('heading', { name: 'Untitled' }).first().waitFor()
  for (const format of formats) {
    await choose(dialog, format)
    const file = await download(us.page, dialog)
    expect(file.suggestedFilename()).toBe(`agenda 2026-03-12${mark(format, 'en-zh')}.${format}`)
    begins(await bytesOf(file), format)
  }
  await us.context.close()
})

test.each(looks)('axe finds nothing serious in the dialog: $language, dark $dark, $width wide', async (look) => {
  const enter = await invite(server, sample())
  const { page, context } = await enter(look)
  if (look.width < 760) {
    await page.getByRole('button', { name: /^(More|更多)$/ }).click()
    await page.getByRole('menuitem', { name: /^(Export|导出)$/ }).click()
  } else await page.getByRole('button', { name: /^(Export|导出)$/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  const found: Record<string, string[]> = {}
  for (const format of ['docx', 'ics', 'json'] as const) {
    await choose(dialog, format)
    if (format === 'docx') await preview(dialog).getByRole('heading').first().waitFor()
    else await dialog.locator('pre').waitFor()
    if (format === 'ics') {
      await dialog.getByRole('button', { name: /^(Create an address|生成订阅地址)$/ }).click()
      await dialog.getByRole('listitem').first().waitFor()
    }
    // Nothing runs in the preview, axe neither. The page that stands in it is looked at by the tests of the web page.
    found[format] = await barriers(page, 'iframe')
  }
  expect(found).toEqual({ docx: [], ics: [], json: [] })
  // On a phone the choices come first, and nothing sticks out at the side.
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(look.width)
  await context.close()
})
