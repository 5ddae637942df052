import { join } from 'node:path'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sample } from '../support/agenda.ts'
import { sharedBrowser } from '../support/chromium.ts'
import { patience } from '../support/patience.ts'
import { root, startServer, type TestServer } from '../support/server.ts'

/** A delegate with a phone in the hand: a narrow page and a finger. */

const width = 390
const item = sample().days[0]!.items[2]!.id

let browser: Browser
let server: TestServer

beforeAll(async () => {
  browser = await sharedBrowser()
  server = await startServer({ pages: join(root, 'dist'), agenda: sample() })
})
afterAll(async () => {
  await server?.stop()
})

interface Meeting {
  enter(side: 'us' | 'cn', name: string, locale?: string, wide?: number): Promise<Page>
  end(): Promise<void>
}

async function meet(): Promise<Meeting> {
  const { meeting, invitations } = await server.meet(sample())
  const contexts: BrowserContext[] = []
  return {
    async enter(side, name, locale = 'en-US', wide = width) {
      const context = await browser.newContext({
        viewport: { width: wide, height: 844 },
        hasTouch: true,
        isMobile: true,
        serviceWorkers: 'block',
        locale,
      })
      context.setDefaultTimeout(patience)
      contexts.push(context)
      const page = await context.newPage()
      const { token } = invitations.find((one) => one.role === 'delegate' && one.side === side)!
      await page.goto(`${server.origin}/join#${token}`)
      await page.getByRole('textbox').fill(name)
      await page.locator('form button[type=submit]').tap()
      await page.waitForURL(`**/m/${meeting}`)
      return page
    },
    async end() {
      for (const context of contexts) await context.close()
    },
  }
}

const openItem = async (page: Page) => {
  await page.goto(`${page.url().replace(/\/i\/.*/, '')}/i/${item}`)
  await page.locator('.ProseMirror').first().waitFor()
}

const edges = (one: Locator) =>
  one.evaluate((element) => {
    const { top, bottom, left, right } = element.getBoundingClientRect()
    return { top, bottom, left, right }
  })

test('the buttons for a text lie over no other text, in one language and in two', async () => {
  const { enter, end } = await meet()
  for (const [locale, wide] of [
    ['zh-CN', width],
    ['en-US', width],
    ['en-US', 800],
  ] as const) {
    const page = await enter('cn', `${locale} ${wide}`, locale, wide)
    await openItem(page)
    for (const shown of ['one', 'both']) {
      const both = page.getByRole('button', { name: /^(Both|双语)$/ })
      if (shown === 'both' && (await both.isVisible())) await both.tap()
      const texts = page.locator('.text')
      await texts.nth(1).waitFor()
      let bars = 0
      for (const text of await texts.all()) {
        await text.tap()
        await expect.poll(() => text.evaluate((one) => one.contains(document.activeElement))).toBe(true)
        const bar = page.getByRole('toolbar', { name: /^(Formatting|格式)$/ })
        if (!(await text.evaluate((one) => one.closest('[data-text]')?.getAttribute('data-text') !== 'title'))) continue
        await bar.waitFor()
        bars += 1
        const over = await edges(bar)
        for (const other of await texts.all()) {
          const box = await edges(other)
          const apart =
            over.bottom <= box.top || over.top >= box.bottom || over.right <= box.left || over.left >= box.right
          expect(apart, `${locale} ${wide}: ${JSON.stringify({ over, box })}`).toBe(true)
        }
      }
      expect(bars).toBeGreaterThan(2)
    }
  }
  await end()
})

test('the name at a colleague’s caret ends within the page, and pushes nothing aside', async () => {
  const { enter, end } = await meet()
  const us = await enter('us', 'Somebody with a rather long name', 'en-US', 1440)
  const cn = await enter('cn', '李雪')
  await openItem(us)
  await openItem(cn)
  await cn.getByRole('button', { name: 'Both' }).tap()
  const objective = us.getByRole('textbox', { name: 'Objective, English', exact: true })
  await objective.click()
  await us.keyboard.press('Control+End')
  const text = cn.getByRole('textbox', { name: 'Objective, English', exact: true })
  const caret = text.locator('.caret')
  const pageWidth = () => cn.evaluate(() => document.documentElement.scrollWidth)
  // Letter by letter until there is little room to the right of the caret.
  for (let room = width; room > 60; ) {
    await us.keyboard.type('m')
    await text.getByText(/m$/).waitFor()
    await caret.waitFor({ state: 'attached' })
    room = width - (await edges(caret)).left
    expect(await pageWidth()).toBe(width)
  }
  await cn.reload()
  // The name shows when the page has come, and is told where the text ends.
  await cn.locator('.caret[data-introduced="no"]').waitFor({ state: 'attached' })
  const told = () =>
    caret.evaluate((one) => Number.parseInt((one as HTMLElement).style.getPropertyValue('--caret-room'), 10))
  const room = async () => Math.floor((await edges(text)).right - (await edges(caret)).left)
  await expect.poll(async () => (await told()) - (await room())).toBe(0)
  expect(await pageWidth()).toBe(width)
  await end()
})

test('Enter in the title of a new item goes on to its next text, and adds no second item', async () => {
  const { enter, end } = await meet()
  for (const [side, locale, both] of [
    ['us', 'en-US', false],
    ['cn', 'zh-CN', true],
  ] as const) {
    const page = await enter(side, `Dana ${side}`, locale)
    const rows = () => page.locator('[data-item]').count()
    await page.locator('[data-item]').first().waitFor()
    const before = await rows()
    await page.locator('[data-add]').first().tap()
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
    await expect.poll(focused).toBe({ us: 'Title, English', cn: '标题（中文）' }[side])
    if (both) await page.getByRole('button', { name: '双语' }).tap()
    const title = page.locator('.ProseMirror').first()
    await title.tap()
    expect(await title.getAttribute('enterkeyhint')).toBe('next')
    await page.keyboard.type('One')
    await page.keyboard.press('Enter')
    await expect.poll(focused).toBe({ us: 'Objective, English', cn: '标题（英文）' }[side])
    await page.keyboard.type('Two')
    await page.locator('.ProseMirror').nth(1).getByText('Two').waitFor()
    expect(await title.textContent()).toBe('One')
    await page
      .getByRole('link', { name: /Agenda|议程/ })
      .first()
      .tap()
    await page.locator('[data-item]').first().waitFor()
    expect(await rows()).toBe(before + 1)
  }
  await end()
})
