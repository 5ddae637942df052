import { expect, test } from 'vitest'
import type { Agenda, Item } from '../../shared/domain/agenda.ts'
import { sample } from '../support/agenda.ts'
import { barriers, looks } from '../support/barriers.ts'
import { gather, openBrowser, part } from '../support/gathering.ts'

/** What people are told before an agenda is made final, and after it. */

const { people, server } = await openBrowser()

/** The sample with an item without a title, one in English only, one without chair and words, and a day too long. */
function flawed(): { readonly agenda: Agenda; readonly items: readonly Item[] } {
  const agenda = sample()
  const day = agenda.days[0]!
  const empty = { en: [], zh: [] }
  const items = day.items.map((item, index): Item => {
    if (index === 1) return { ...item, title: { en: '', zh: '' } }
    if (index === 2) return { ...item, title: { en: 'Terms', zh: '' } }
    if (index === 4) return { ...item, kind: 'session', objective: empty, questions: empty, output: empty, roles: [] }
    return item
  })
  return { agenda: { ...agenda, days: agenda.days.with(0, { ...day, items, end: '10:00' }) }, items }
}

const { agenda, items } = flawed()
const pathOf = (item: Item) => `/i/${item.id}`

test('before it is final, one is told what is missing, is led to each place, and is not stopped', async () => {
  const { address, enter } = await gather(people, server, { agenda })
  const us = await enter('organizer', 'us')
  const { page } = us
  const list = page.getByRole('region', { name: 'Before it is final' })
  const lines = () => list.getByRole('listitem').allInnerTexts()
  const open = async () => {
    await page.goto(`${address}/versions`)
    await page.locator('form').getByRole('combobox').selectOption('final')
    await list.getByRole('listitem').first().waitFor()
  }
  await page.goto(`${address}/versions`)
  await page.locator('form').waitFor()
  expect(await list.count()).toBe(0)
  await open()
  const found = (await lines()).map((one) => one.replace(/\s+/g, ' ').trim())
  expect(found.find((one) => /Untitled/.test(one))).toMatch(/^Important Day 1 \d\d:\d\d Untitled item No title$/)
  expect(found.find((one) => /Terms/.test(one))).toMatch(/^Important Day 1 \d\d:\d\d Terms Not in Chinese: Title$/)
  expect(found.find((one) => /^Important Day 1 Thu/.test(one))).toMatch(/Ends .+ too late$/)
  expect(found.filter((one) => one.includes(items[4]!.title.en))).toEqual([
    expect.stringMatching(/^Worth a look .+ No objective, questions or expected output$/),
    expect.stringMatching(/^Worth a look .+ No co-chair$/),
  ])
  await list.getByText(`${found.length} things to look at`).waitFor()

  const focused = (selector: string) =>
    expect.poll(() => page.evaluate((sought) => document.activeElement?.closest(sought) !== null, selector)).toBe(true)
  await list.getByRole('link', { name: /Untitled/ }).click()
  await page.waitForURL(`**${pathOf(items[1]!)}`)
  await focused('[data-text="title"][lang="en"]')
  await open()
  // By the keyboard, as by anything else.
  await list.getByRole('link', { name: /Not in Chinese/ }).focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(`**${pathOf(items[2]!)}`)
  await focused('[data-text="title"][lang="zh-CN"]')
  await page.keyboard.type('术语')
  await open()
  expect(await list.getByRole('link', { name: /Not in Chinese/ }).count()).toBe(0)
  await list
    .getByRole('link', { name: /No co-chair/ })
    .first()
    .click()
  await focused('#roles')
  await open()
  await list
    .getByRole('link', { name: /too late/ })
    .first()
    .click()
  await focused('[id^="day-"]')

  await open()
  await page.getByRole('button', { name: 'Make it final for everybody', exact: true }).click()
  await page
    .getByRole('region', { name: 'This agenda is final' })
    .getByText(/^Final since/)
    .waitFor()
  await part(us)
})

test('on a phone, too, each line leads to its place, and a day to the outline', async () => {
  const { address, enter } = await gather(people, server, { agenda })
  const cn = await enter('organizer', 'us', { language: 'zh', width: 390, height: 844 })
  const { page } = cn
  const list = page.getByRole('region', { name: '定稿前核对' })
  const open = async () => {
    await page.goto(`${address}/versions`)
    await page.locator('form').getByRole('combobox').selectOption('final')
    await list.getByRole('listitem').first().waitFor()
  }
  const inView = (selector: string) =>
    expect
      .poll(() =>
        page.evaluate((sought) => {
          const found = document.activeElement
          const { top = -1 } = found?.closest(sought)?.getBoundingClientRect() ?? {}
          return top >= 0 && top < innerHeight
        }, selector),
      )
      .toBe(true)
  await open()
  await list
    .getByRole('link', { name: /超出计划结束时间/ })
    .first()
    .click()
  await page.waitForURL(address)
  await inView('[id^="day-"]')
  await open()
  await list.getByRole('link', { name: /没有标题/ }).click()
  await inView('[data-text="title"][lang="zh-CN"]')
  await page.keyboard.type('开场')
  // English is written in the other column, which this screen does not show by itself.
  await open()
  await list.getByRole('link', { name: /开场.*缺英文：标题/ }).click()
  await inView('[data-text="title"][lang="en"]')
  await part(cn)
})

test('a draft claims nothing of both sides, in either language', async () => {
  const { address, enter } = await gather(people, server)
  const us = await enter('delegate', 'us')
  const cn = await enter('delegate', 'cn')
  for (const [{ page }, said] of [
    [us, 'For review; not yet agreed.'],
    [cn, '供双方审议，尚未商定。'],
  ] as const) {
    await page.goto(`${address}/versions`)
    await page.locator('form').getByRole('combobox').selectOption('draft')
    await page.locator('form').getByText(said).waitFor()
  }
  await part(us, cn)
})

test.each(looks)('the list is read without barriers: $language, dark $dark, $width wide', async (look) => {
  const { address, enter } = await gather(people, server, { agenda })
  const { page, context } = await enter('organizer', 'us', look)
  await page.goto(`${address}/versions`)
  await page.locator('form').getByRole('combobox').selectOption('final')
  await page
    .getByRole('region', { name: /Before it is final|定稿前核对/ })
    .getByRole('listitem')
    .first()
    .waitFor()
  expect(await barriers(page)).toEqual([])
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(wide).toBeLessThanOrEqual(0)
  await context.close()
})
