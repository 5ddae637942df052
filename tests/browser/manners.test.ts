import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { sample } from '../support/agenda.ts'
import { gather, openBrowser, part } from '../support/gathering.ts'
import { hear } from '../support/people.ts'

/** How editing behaves at its edges: where undo acts, what Enter, Escape and leaving do, what fields understand. */

const { people, server } = await openBrowser()
const [first, second] = sample().days
const opening = first!.items[0]!
const next = first!.items[1]!

const row = (page: Page, item: string): Locator => page.locator(`[data-item="${item}"]`)
const rows = (page: Page): Promise<number> => page.locator('[data-item]').count()
const focused = (one: Locator): Promise<boolean> => one.evaluate((element) => element.contains(document.activeElement))
const has = (one: Locator) => expect.poll(() => focused(one)).toBe(true)

async function open(page: Page, item: string): Promise<void> {
  await row(page, item).click()
  await page.waitForURL(`**/i/${item}`)
  await page.locator('.ProseMirror').first().waitFor()
}
const textIn = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true })

for (const { language, side, title, objective, undone, undoWords } of [
  {
    language: 'en',
    side: 'us',
    title: 'Title, English',
    objective: 'Objective, English',
    undone: `Undone in “${opening.title.en}”: objective, English`,
    undoWords: 'Show',
  },
  {
    language: 'zh',
    side: 'cn',
    title: '标题（中文）',
    objective: '目标（中文）',
    undone: `已撤销“${opening.title.zh}”的改动：目标（中文）`,
    undoWords: '查看',
  },
] as const) {
  test(`${language}: undo from elsewhere says what it has undone and where, and leads there`, async () => {
    const { enter } = await gather(people, server)
    const visitor = await enter('delegate', side)
    const { page } = visitor
    await open(page, opening.id)
    await textIn(page, objective).click()
    await page.keyboard.press('End')
    await page.keyboard.type('XYZ')
    await open(page, next.id)
    await textIn(page, title).click()
    await page.keyboard.press('Control+z')
    await hear(page, undone)
    await page.getByRole('button', { name: undoWords, exact: true }).click()
    await page.waitForURL(`**/i/${opening.id}`)
    await has(textIn(page, objective))
    expect(await textIn(page, objective).textContent()).not.toContain('XYZ')
    await part(visitor)
  })
}

test('Enter adds an item at the end of a title only, and an item that is left empty goes away', async () => {
  const { enter } = await gather(people, server)
  const [us, cn] = await Promise.all([enter('delegate', 'us'), enter('delegate', 'cn')])
  const { page } = us
  const count = await rows(page)
  await open(page, opening.id)
  const title = textIn(page, 'Title, English')
  await title.click()
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Enter')
  expect(await title.textContent()).toBe(opening.title.en)
  expect(await rows(page)).toBe(count)
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => !url.pathname.endsWith(opening.id))
  const added = page.url().split('/i/')[1]!
  await row(cn.page, added).waitFor()
  await has(title)
  // A second one is not added to one that has no title yet.
  await page.keyboard.press('Enter')
  expect(page.url()).toContain(added)
  await open(page, next.id)
  await row(page, added).waitFor({ state: 'detached' })
  await row(cn.page, added).waitFor({ state: 'detached' })
  expect(await rows(page)).toBe(count)
  await page.getByRole('button', { name: 'Undo', exact: true }).click()
  await hear(page, 'You have nothing to undo')
  await part(us, cn)
})

test('Escape leaves a text for its row, and Enter or F2 lead back to where one was', async () => {
  const { enter } = await gather(people, server)
  const visitor = await enter('delegate', 'us')
  const { page } = visitor
  await open(page, opening.id)
  const objective = textIn(page, 'Objective, English')
  await objective.click()
  await page.keyboard.press('Escape')
  await has(row(page, opening.id))
  await page.keyboard.press('Enter')
  await has(objective)
  await page.keyboard.press('Escape')
  await has(row(page, opening.id))
  await page.keyboard.press('F2')
  await has(objective)
  await page.keyboard.press('Escape')
  await page.keyboard.press('ArrowDown')
  await has(row(page, next.id))
  await page.keyboard.press('F2')
  await page.waitForURL(`**/i/${next.id}`)
  await has(textIn(page, 'Title, English'))
  await part(visitor)
})

test('on a phone Escape leaves a text for the page of its item', async () => {
  const { enter } = await gather(people, server)
  const visitor = await enter('delegate', 'cn', { language: 'zh', width: 390, height: 844 })
  const { page } = visitor
  await open(page, opening.id)
  await textIn(page, '目标（中文）').click()
  await page.keyboard.press('Escape')
  await expect.poll(() => page.evaluate(() => document.activeElement?.localName)).toBe('article')
  await part(visitor)
})

test('an address without its beginning becomes a link, and too many minutes say how many are allowed', async () => {
  const { enter } = await gather(people, server)
  const visitor = await enter('delegate', 'us')
  const { page } = visitor
  await open(page, next.id)
  await page.getByRole('button', { name: 'Add a reading' }).click()
  await page.getByLabel('Title, English').last().fill('Report')
  await page.getByPlaceholder('https://').fill('www.example.org/report')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Done' }).click()
  expect(await page.getByRole('link', { name: 'Report' }).getAttribute('href')).toBe('https://www.example.org/report')
  await row(page, next.id).getByRole('textbox').fill('99999')
  await page.keyboard.press('Enter')
  await hear(page, 'An item lasts between 1 and 1440 minutes.')
  await part(visitor)
})

test('dragging an item to another day leaves nothing selected', async () => {
  const { enter } = await gather(people, server)
  const visitor = await enter('delegate', 'us')
  const { page } = visitor
  const target = row(page, second!.items[1]!.id)
  await target.scrollIntoViewIfNeeded()
  // What a drop selects comes with the row's next look: the page notes every row that was selected at any time.
  await page.evaluate(() => {
    const seen = new Set<string>()
    Object.assign(window, { seen })
    new MutationObserver(() => {
      for (const one of document.querySelectorAll<HTMLElement>('[data-item][aria-selected="true"]')) {
        seen.add(one.dataset.item ?? '')
      }
    }).observe(document.body, { subtree: true, childList: true, attributes: true })
  })
  await row(page, next.id).dragTo(target, { sourcePosition: { x: 250, y: 12 }, targetPosition: { x: 250, y: 3 } })
  const grid = page.getByRole('grid').filter({ has: target })
  await grid.locator(`[data-item="${next.id}"]`).waitFor()
  expect(await page.evaluate(() => [...(window as unknown as { seen: Set<string> }).seen])).toEqual([])
  await row(page, next.id).focus()
  await page.keyboard.press('Space')
  await expect.poll(() => row(page, next.id).getAttribute('aria-selected')).toBe('true')
  await part(visitor)
})

for (const { language, side, word } of [
  { language: 'en', side: 'us', word: 'next day' },
  { language: 'zh', side: 'cn', word: '次日' },
] as const) {
  test(`${language}: an item pinned past midnight is on the next date, in its row and on its page`, async () => {
    const last = { ...first!.items.at(-1)!, pinned: '00:30' }
    const agenda = { ...sample('2026-12-27') }
    const day = { ...agenda.days[0]!, items: [...first!.items.slice(0, -1), last] }
    const { enter } = await gather(people, server, { agenda: { ...agenda, days: [day, agenda.days[1]!] } })
    const visitor = await enter('delegate', side)
    const { page } = visitor
    expect(await row(page, last.id).innerText()).toContain(word)
    expect(await row(page, last.id).innerText()).not.toMatch(/overlap|重叠/)
    await open(page, last.id)
    const when = await page.locator('article header').innerText()
    expect(when).toMatch(language === 'en' ? /28 Dec/ : /12月28日/)
    await part(visitor)
  })
}
