import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import type { ReadingId } from '../../shared/domain/agenda.ts'
import { sample } from '../support/agenda.ts'
import { gather, openBrowser, part } from '../support/gathering.ts'
import { openPeople, type People } from '../support/people.ts'
import type { TestServer } from '../support/server.ts'

/** Find, as people use it: by keyboard and by touch, in both languages. */

let people: People
let server: TestServer
beforeAll(async () => {
  ;({ people, server } = await openBrowser({ agenda }))
})

const plain = sample()
/** With what the sample lacks: a reading, and people with names. */
const agenda = {
  ...plain,
  people: plain.people.map((person, index) =>
    index === 0
      ? { ...person, name: { en: 'José Aznar-López', zh: '何塞' } }
      : index === 4
        ? { ...person, name: { en: 'Zeng Li', zh: '曾力' } }
        : person,
  ),
  days: plain.days.map((day, index) => ({
    ...day,
    items: day.items.map((item, at) =>
      index === 0 && at === 2
        ? {
            ...item,
            title: { en: 'Naming incidents', zh: '重大事件命名' },
            readings: [
              { id: 'reading-1' as ReadingId, title: { en: 'A taxonomy', zh: '分类法' }, url: 'https://example.org/' },
            ],
          }
        : item,
    ),
  })),
}
const incident = agenda.days[0]!.items[2]!

const dialog = (page: Page) => page.getByRole('dialog', { name: /^(Find|查找)$/ })
const field = (page: Page) => dialog(page).getByRole('combobox')
const hits = (page: Page) => dialog(page).getByRole('option')
const focused = (page: Page, id: string) =>
  page.waitForFunction((wanted) => document.activeElement?.getAttribute('data-found') === wanted, id)

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.PARLEY_PICTURES
  if (folder !== undefined) await page.screenshot({ path: join(folder, `find-${name}.png`) })
}

test('with the keyboard alone an item is found by pinyin, opened and focused, in the other language too', async () => {
  const meeting = await gather(people, server, { agenda })
  const ann = await meeting.enter('delegate', 'us')
  const { page } = ann
  await page.keyboard.press('Control+k')
  await field(page).waitFor()
  await hits(page).filter({ hasText: 'Recent changes' }).waitFor()
  await picture(page, 'empty')
  await page.keyboard.type('zdsj')
  const first = hits(page).first()
  await first.getByText('Naming incidents').waitFor()
  expect(await first.locator('mark').allTextContents()).toEqual(['重大事件'])
  expect(await first.textContent()).toMatch(/Item · Day 1 · \d\d:\d\d/)
  await picture(page, 'wide')
  await page.keyboard.press('Enter')
  await page.waitForURL(new RegExp(`/i/${incident.id}$`))
  await focused(page, incident.id)
  // What was opened is offered again.
  await page.keyboard.press('Control+k')
  await hits(page).first().getByText('Naming incidents').waitFor()
  await part(ann)
})

test('people, readings, versions and actions are found and say what they are', async () => {
  const meeting = await gather(people, server, { agenda })
  const olga = await meeting.enter('organizer', 'us')
  const { page } = olga
  await page.keyboard.press('Control+k')
  await field(page).fill('jose lopez')
  expect(await hits(page).first().textContent()).toMatch(/José Aznar-López.*Person · US/)
  await page.keyboard.press('Enter')
  await focused(page, agenda.people[0]!.id)

  await page.keyboard.press('Control+k')
  await field(page).fill('taxonomy')
  expect(await hits(page).first().textContent()).toContain('Reading · Naming incidents')
  await page.keyboard.press('Enter')
  await focused(page, 'reading-1')

  await page.keyboard.press('Control+k')
  await field(page).fill('版本')
  expect(await hits(page).first().textContent()).toContain('Action')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/versions$/)
  await page.getByRole('textbox', { name: /Name/ }).fill('After round two')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: /After round two/ }).waitFor()
  await page.keyboard.press('Control+k')
  await field(page).fill('round two')
  await hits(page).first().getByText('Version 1').waitFor()
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.activeElement?.textContent?.includes('After round two'))
  await part(olga)
})

test('Escape gives the focus back to the text that it came from, and Shift makes the key a link', async () => {
  const meeting = await gather(people, server, { agenda })
  const ann = await meeting.enter('delegate', 'us')
  const { page } = ann
  await page.goto(`${meeting.address}/i/${incident.id}`)
  const text = page.getByRole('textbox', { name: /^Objective.*English/ })
  await text.click()
  await page.keyboard.press('Control+k')
  await field(page).fill('qqqq')
  await dialog(page).getByText('Nothing matches “qqqq”').last().waitFor()
  await page.keyboard.press('Escape')
  await dialog(page).waitFor({ state: 'detached' })
  await page.waitForFunction(() => document.activeElement?.classList.contains('ProseMirror'))
  await page.keyboard.press('Control+Shift+k')
  await page.getByRole('textbox', { name: 'Address' }).waitFor()
  await part(ann)
})

test('a composition goes into the field whole, and no key of it opens or chooses anything', async () => {
  const meeting = await gather(people, server, { agenda })
  const li = await meeting.enter('delegate', 'cn')
  const { page } = li
  const key = (name: string, ctrlKey: boolean) =>
    page.evaluate(
      ([which, ctrl]) =>
        (document.activeElement ?? document.body).dispatchEvent(
          new KeyboardEvent('keydown', {
            key: which as string,
            ctrlKey: ctrl as boolean,
            isComposing: true,
            bubbles: true,
          }),
        ),
      [name, ctrlKey],
    )
  await key('k', true)
  expect(await dialog(page).count()).toBe(0)
  await page.keyboard.press('Control+k')
  await field(page).waitFor()
  const ime = await page.context().newCDPSession(page)
  await ime.send('Input.imeSetComposition', { text: "shi'jian", selectionStart: 8, selectionEnd: 8 })
  await key('Enter', false)
  expect(await dialog(page).count()).toBe(1)
  await ime.send('Input.insertText', { text: '事件命名' })
  expect(await field(page).inputValue()).toBe('事件命名')
  await hits(page).first().getByText('重大事件命名').waitFor()
  expect(await hits(page).first().textContent()).toMatch(/议题 · /)
  await picture(page, 'zh')
  await part(li)
})

test('on a phone it is reached from More by touch', async () => {
  const meeting = await gather(people, server, { agenda })
  const li = await meeting.enter('delegate', 'cn', { language: 'zh', width: 390, height: 844, dark: true })
  const { page } = li
  await page.getByRole('button', { name: '更多' }).click()
  await page.getByRole('menuitem', { name: '查找…' }).click()
  await field(page).fill('zengli')
  await hits(page).first().getByText('曾力').waitFor()
  await picture(page, 'phone')
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await hits(page).first().click()
  await page.waitForURL(/\/people$/)
  await focused(page, agenda.people[4]!.id)
  await part(li)
})

test('without a network it finds, by pinyin too, though nobody has searched on this device before', async () => {
  const apart = await openPeople({ workers: true })
  const meeting = await gather(apart, server, { agenda })
  const { page, context } = await meeting.enter('delegate', 'us')
  const isStored = () =>
    page.evaluate(async () => {
      const stores = await Promise.all((await caches.keys()).map((name) => caches.open(name)))
      const stored = (await Promise.all(stores.map((store) => store.keys()))).flat()
      return navigator.serviceWorker.controller !== null && stored.some(({ url }) => url.includes('/pinyin-'))
    })
  await expect.poll(isStored, { timeout: 30_000 }).toBe(true)
  await page.reload()
  await page.locator('[data-item]').first().waitFor()
  await context.setOffline(true)
  await page.keyboard.press('Control+k')
  await field(page).fill('zdsj')
  await hits(page).first().getByText('Naming incidents').waitFor()
  expect(await hits(page).first().locator('mark').allTextContents()).toEqual(['重大事件'])
  await apart.close()
})
