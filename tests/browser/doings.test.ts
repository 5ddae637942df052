import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { sample } from '../support/agenda.ts'
import { barriers } from '../support/barriers.ts'
import { gather, openBrowser, part } from '../support/gathering.ts'
import { hear, partsCome } from '../support/people.ts'

/** What others do, as those see it who watch. */

const { people, server } = await openBrowser()
const [first, second] = sample().days as [ReturnType<typeof sample>['days'][0], ReturnType<typeof sample>['days'][0]]
const ids = first.items.map((item) => item.id)

const row = (page: Page, id: string) => page.locator(`[data-item="${id}"]`)
const line = (page: Page) => page.getByRole('region', { name: /^(What others have just done|其他人刚才的改动)$/ })

async function setMinutes(page: Page, id: string, minutes: number): Promise<void> {
  const field = row(page, id).getByRole('textbox')
  await field.fill(`${minutes}`)
  await field.press('Enter')
}

async function moveDown(page: Page, id: string): Promise<void> {
  await row(page, id).focus()
  await page.keyboard.press('Alt+ArrowDown')
}

/** The controls that the line stands over, where a page that scrolls is at its end: it is the lower edge of the window. */
const covered = (page: Page) =>
  page.evaluate(() => {
    window.scrollTo(0, document.body.scrollHeight)
    const edge = document.querySelector('section:has(> ul > li > button)')!.getBoundingClientRect()
    const found: string[] = []
    const panes = [...document.querySelectorAll('[data-scroll]')]
    for (const one of document.querySelectorAll('main button, main input, main a, header button, header a')) {
      const { top, bottom, left, width } = one.getBoundingClientRect()
      const pane = panes.find((each) => each.contains(one))
      const shown = pane && pane.scrollHeight > pane.clientHeight ? pane.getBoundingClientRect().bottom : innerHeight
      if (width === 0 || bottom > shown || top < 0) continue
      if (bottom > edge.top && top < edge.bottom && left < edge.right) found.push(one.outerHTML.slice(0, 80))
    }
    return found
  })

test('what a colleague does is said with name, side, item and place, marked for a while, and leads there; one’s own is not', async () => {
  const { enter } = await gather(people, server)
  const [ann, li] = [
    await enter('delegate', 'us'),
    await enter('delegate', 'cn', { language: 'zh', width: 390, height: 780 }),
  ]
  await partsCome(ann.page, ['DoingsLine'])
  await partsCome(li.page, ['DoingsLine'])

  await setMinutes(ann.page, ids[1]!, 95)
  const title = first.items[1]!.title
  const before = first.items[1]!.minutes
  await line(li.page).getByText(`Ann Lee（美方）把“${title.zh}”由 ${before} 分钟改为 1 小时 35 分`).waitFor()
  await expect.poll(() => row(li.page, ids[1]!).getAttribute('data-marked')).toBe('us')
  expect(await row(li.page, ids[2]!).getAttribute('data-marked')).toBe(null)
  await hear(li.page, `Ann Lee（美方）把“${title.zh}”由 ${before} 分钟改为 1 小时 35 分`)
  expect(await covered(li.page)).toEqual([])
  expect(await line(ann.page).count()).toBe(0)
  expect(await ann.page.locator('[data-marked]').count()).toBe(0)

  const last = second.items.at(-1)!
  await row(li.page, last.id).getByRole('button', { name: /操作/ }).click()
  await li.page.getByRole('menuitem', { name: '上移' }).click()
  const place = await row(li.page, last.id)
    .locator('span')
    .filter({ hasText: /^\d\d:\d\d$/ })
    .first()
    .innerText()
  await line(ann.page).getByText(`李雪 (CN) moved “${last.title.en}” to Day 2, ${place}`).waitFor()
  expect(await covered(ann.page)).toEqual([])
  expect(await barriers(ann.page)).toEqual([])
  await line(ann.page)
    .getByRole('button', { name: `Show: 李雪 (CN) moved “${last.title.en}”` })
    .press('Enter')
  await expect.poll(() => row(ann.page, last.id).evaluate((one) => one === document.activeElement)).toBe(true)
  // Once nobody is at the line any more, it goes, and so do the marks.
  await line(ann.page).waitFor({ state: 'detached' })
  await expect.poll(() => ann.page.locator('[data-marked]').count()).toBe(0)
  await part(ann, li)
})

test('a burst is one line, which says how many; on the page of an item it leads to the page of another', async () => {
  const { enter, address } = await gather(people, server)
  const [ann, li] = [
    await enter('delegate', 'us'),
    await enter('delegate', 'cn', { language: 'zh', width: 390, height: 780 }),
  ]
  for (const { page } of [ann, li]) await partsCome(page, ['DoingsLine'])
  await row(li.page, ids[0]!).getByText(first.items[0]!.title.zh).click()
  await li.page.waitForURL(`${address}/**`)
  const text = li.page.locator('.ProseMirror').nth(2)
  await text.click()
  // The text that is being written stands at the lower edge of the window, where the line comes.
  const bottom = await text.evaluate((one) => Math.ceil(one.getBoundingClientRect().bottom))
  await li.page.setViewportSize({ width: 390, height: bottom + 4 })
  for (const id of ids.slice(1, 4)) await moveDown(ann.page, id)
  await line(li.page).getByText('Ann Lee（美方）移动了 3 个议题').waitFor()
  expect(await line(li.page).getByRole('listitem').count()).toBe(1)
  const { y: edge } = (await line(li.page).boundingBox())!
  await expect.poll(() => text.evaluate((one) => one.getBoundingClientRect().bottom)).toBeLessThanOrEqual(edge)
  expect(await covered(li.page)).toEqual([])
  await line(li.page).getByRole('button', { name: '关闭' }).click()
  await line(li.page).waitFor({ state: 'detached' })

  await row(ann.page, ids[5]!).focus()
  await ann.page.keyboard.press('Delete')
  const gone = first.items[5]!.title.zh
  await line(li.page).getByText(`Ann Lee（美方）删除了“${gone}”`).waitFor()
  await line(li.page).getByRole('button', { name: /^查看/ }).click()
  await li.page.waitForURL(new RegExp(ids[5]!))
  await part(ann, li)
})
