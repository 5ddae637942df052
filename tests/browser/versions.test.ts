import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { Agenda } from '../../shared/domain/agenda.ts'
import { sample } from '../support/agenda.ts'
import { barriers, looks } from '../support/barriers.ts'
import { type Gathering, gather, openBrowser, part } from '../support/gathering.ts'
import { hear, savingWord } from '../support/people.ts'

/** Versions, comparisons and the final state, as two people at real browsers see them. */

const { people, server } = await openBrowser()

const [first] = sample().days as [Agenda['days'][number]]
const terminology = first.items[2]!
const benchmarks = first.items[4]!
const protocols = first.items[6]!

const meet = (): Promise<Gathering> => gather(people, server)
const named = (name: string) => ({ name, exact: true })
const row = (page: Page, item: string): Locator => page.locator(`[data-item="${item}"]`)
const saved = (page: Page): Locator => savingWord(page, /^(All saved|已全部保存)/)

async function saveVersion(page: Page, address: string, label: string, name = ''): Promise<void> {
  await page.goto(`${address}/versions`)
  const form = page.locator('form')
  await form.getByRole('combobox').selectOption(label)
  if (name !== '') await form.getByRole('textbox').fill(name)
  await form.getByRole('button').click()
  // A final version takes the form away and leaves the line that says so.
  if (label === 'final') await page.getByRole('region', { name: /^(This agenda is final|议程已定稿)$/ }).waitFor()
  else await page.getByText(/^(Version \d+ is saved\.|第 \d+ 版已保存。)$/).waitFor()
}

/** Writes at the end of a text of an item, and waits until it is committed. */
async function write(page: Page, address: string, item: string, field: string, words: string): Promise<void> {
  await page.goto(`${address}/i/${item}`)
  await page.getByRole('textbox', named(field)).click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(words)
  await page.getByRole('textbox', named(field)).getByText(words).waitFor()
  await saved(page).waitFor()
}

/** The headings of everything that a comparison tells, each with what it is said to be. */
async function told(page: Page): Promise<string[]> {
  await page.locator('article').first().waitFor()
  return page
    .locator('article h4')
    .evaluateAll((all) => all.map((one) => (one as HTMLElement).innerText.replace(/\s+/g, ' ').trim()))
}

test('two people save, edit and compare: exactly their changes are named, word by word, in both languages', async () => {
  const { address, enter } = await meet()
  const us = await enter('delegate', 'us')
  const cn = await enter('delegate', 'cn')
  await us.page.goto(`${address}/versions`)
  await us.page.getByText('A version keeps the whole agenda as it stands').waitFor()
  await saveVersion(us.page, address, 'rolling-text', 'After the first call')
  await us.page.getByRole('listitem').filter({ hasText: 'After the first call' }).getByText('Ann Lee').waitFor()

  await write(us.page, address, terminology.id, 'Objective, English', ' Ten are enough.')
  await write(cn.page, address, protocols.id, '标题（中文）', '与报告')
  await cn.page.goto(address)
  await row(cn.page, benchmarks.id).focus()
  await cn.page.keyboard.press('Alt+ArrowUp')
  await saved(cn.page).waitFor()

  await us.page.goto(`${address}/versions`)
  await us.page.getByRole('link', { name: /Compare with now/ }).click()
  await us.page.waitForURL(/\/versions\/[^.]+\.\.now$/)
  await expect
    .poll(async () => (await told(us.page)).join(' | '))
    .toBe(
      [
        `${terminology.title.en} ${terminology.title.zh} ≠ Changed`,
        `${benchmarks.title.en} ${benchmarks.title.zh} ↕ Moved`,
        `${protocols.title.en} ${protocols.title.zh}与报告 ≠ Changed`,
      ].join(' | '),
    )
  const inserted = us.page.locator('ins')
  await expect
    .poll(() => inserted.allInnerTexts())
    .toEqual([expect.stringMatching(/Ten are enough\./), expect.stringMatching(/与报告/)])
  expect(await us.page.locator('del').count()).toBe(0)
  // For those who listen, the words say what the underline shows.
  expect(await inserted.first().textContent()).toMatch(/^added: .*Ten are enough\..*end of change/)
  expect(
    await us.page
      .locator('ins [lang], ins')
      .first()
      .evaluate((one) => one.closest('[lang]')?.getAttribute('lang')),
  ).toBe('en')

  const wording = us.page.getByRole('group', { name: 'Which wording' })
  await wording.getByRole('button', named('English')).click()
  await expect.poll(() => inserted.allInnerTexts()).toEqual([expect.stringMatching(/Ten are enough\./)])
  await wording.getByRole('button', named('中文')).click()
  await expect.poll(() => inserted.allInnerTexts()).toEqual([expect.stringMatching(/与报告/)])

  // The address is the comparison: the other side opens it and reads the same in their own words.
  await cn.page.goto(us.page.url())
  await expect
    .poll(async () => (await told(cn.page)).join(' | '))
    .toBe(
      [
        `${terminology.title.zh} ${terminology.title.en} ≠ 修改`,
        `${benchmarks.title.zh} ${benchmarks.title.en} ↕ 移动`,
        `${protocols.title.zh}与报告 ${protocols.title.en} ≠ 修改`,
      ].join(' | '),
    )
  await part(us, cn)
})

test('two versions that say the same say so, and a version that does not exist is told as that', async () => {
  const { address, enter } = await meet()
  const us = await enter('delegate', 'us')
  await saveVersion(us.page, address, 'non-paper')
  await saveVersion(us.page, address, 'draft')
  await us.page.getByRole('link', { name: /Compare with version 1/ }).click()
  await us.page.getByText('No differences. Both are identical, in both languages.').waitFor()
  await us.page.goto(us.page.url().replace(/versions\/.*/, 'versions/nothing..now'))
  await us.page.getByRole('alert').getByText('There is no such version in this meeting').waitFor()
  expect(us.foreign).toEqual([])
  await us.context.close()
})

test('restoring brings back what a version says for both, keeps nothing of later work from Undo, and Undo takes it back', async () => {
  const { address, enter } = await meet()
  const us = await enter('delegate', 'us')
  const cn = await enter('delegate', 'cn')
  await saveVersion(us.page, address, 'draft')
  await write(cn.page, address, terminology.id, '目标（中文）', '此后所写。')
  await cn.page.goto(address)
  await row(cn.page, benchmarks.id).focus()
  await cn.page.keyboard.press('Delete')
  await row(us.page, benchmarks.id).waitFor({ state: 'detached' })

  await us.page.getByRole('button', { name: /Restore…/ }).click()
  await us.page.getByText('1 item would change, 1 would come back').waitFor()
  await cn.page.goto(`${address}/i/${terminology.id}`)
  const chinese = cn.page.getByRole('textbox', named('目标（中文）'))
  await chinese.getByText('此后所写。').waitFor()
  await us.page.getByRole('button', named('Restore version 1')).click()
  await row(us.page, benchmarks.id).waitFor()
  await row(cn.page, benchmarks.id).waitFor()
  await chinese.getByText('此后所写。').waitFor({ state: 'detached' })
  await us.page.getByRole('link', { name: /Compare with now/ }).click()
  await us.page.getByText('No differences.').waitFor()

  await us.page.getByRole('button', named('Undo')).last().click()
  await row(us.page, benchmarks.id).waitFor({ state: 'detached' })
  await row(cn.page, benchmarks.id).waitFor({ state: 'detached' })
  await chinese.getByText('此后所写。').waitFor()
  await us.page.locator('ins', { hasText: '此后所写。' }).waitFor()
  await part(us, cn)
})

test('what is final is edited by nobody, says so to whoever tries, and opens again for all', async () => {
  const { address, enter } = await meet()
  const us = await enter('organizer', 'us')
  const cn = await enter('delegate', 'cn')
  const reader = await enter('observer', 'us')
  await cn.page.goto(`${address}/versions`)
  await cn.page.locator('form').getByRole('combobox').waitFor()
  await expect
    .poll(() => cn.page.locator('form').getByRole('option').allInnerTexts())
    .toEqual(['非文件', '滚动案文', '草案'])
  await cn.page.goto(`${address}/i/${terminology.id}`)
  await cn.page.locator('.ProseMirror').nth(3).waitFor()

  await saveVersion(us.page, address, 'final')
  const banner = us.page.getByRole('region', { name: 'This agenda is final' })
  await banner.getByText(/^Final since \d+ \w+, \d\d:\d\d \(Singapore time\) by Olga Lee/).waitFor()
  const theirs = cn.page.getByRole('region', { name: '议程已定稿' })
  await theirs.getByText(/^已定稿：新加坡时间\d+月\d+日 \d\d:\d\d，Olga Lee/).waitFor()
  for (const { page } of [us, cn]) {
    await expect.poll(() => page.locator('.ProseMirror, [data-add]').count()).toBe(0)
  }

  // Typing, pressing into a text, the keys of the outline and its menu all lead to the offer.
  const offer = cn.page.getByText('议程已定稿，不能编辑').last()
  const dismiss = async () => {
    await offer.waitFor()
    await cn.page.getByRole('button', named('关闭')).click()
    await offer.waitFor({ state: 'detached' })
  }
  await hear(cn.page, '议程现已定稿，对所有人生效')
  await cn.page.locator('[data-text="objective"]').last().click()
  await dismiss()
  await cn.page.keyboard.press('a')
  await dismiss()
  await row(cn.page, benchmarks.id).focus()
  await cn.page.keyboard.press('Delete')
  await dismiss()
  await row(cn.page, benchmarks.id).focus()
  await cn.page.keyboard.press('Alt+ArrowUp')
  await dismiss()
  await cn.page.keyboard.press('Control+z')
  await dismiss()

  // Who may not open it again is told who may, and offered nothing.
  await theirs.getByText('组织者可开启新版本。').waitFor()
  await cn.page.keyboard.press('Control+z')
  await offer.waitFor()
  expect(await cn.page.getByRole('button', named('开启新版本')).count()).toBe(0)
  expect(
    await row(cn.page, benchmarks.id)
      .getByRole('button', { name: /的操作/ })
      .count(),
  ).toBe(0)
  const said = reader.page.getByRole('region', { name: 'This agenda is final' })
  await said.getByText(/^Final since/).waitFor()
  expect(await said.getByRole('button').count()).toBe(0)
  await reader.page.keyboard.press('x')
  expect(await reader.page.getByRole('button', named('Open a new version')).count()).toBe(0)

  await row(us.page, benchmarks.id)
    .getByRole('button', { name: /^Actions/ })
    .click()
  await us.page.getByRole('menuitem').first().waitFor()
  expect(await us.page.getByRole('menuitem').allInnerTexts()).toEqual(['Open', 'Open a new version'])
  await us.page.keyboard.press('Escape')
  await banner.getByRole('button', named('Open a new version')).click()
  await cn.page.locator('.ProseMirror').nth(3).waitFor()
  await hear(cn.page, '新版本已开启')
  await us.page.locator('form').getByRole('combobox').waitFor()
  await banner.waitFor({ state: 'detached' })
  await said.waitFor({ state: 'detached' })

  await us.page.getByRole('button', named('Undo')).last().click()
  await theirs.waitFor()
  await expect.poll(() => cn.page.locator('.ProseMirror').count()).toBe(0)
  await part(us, cn, reader)
})

test('offline, one still reads since when it is final, cannot save a version and is told why, and opens a new one', async () => {
  const { address, enter } = await meet()
  const us = await enter('organizer', 'us')
  const cn = await enter('organizer', 'us', { language: 'zh' })
  await saveVersion(us.page, address, 'final')
  const banner = cn.page.getByRole('region', { name: '议程已定稿' })
  await banner.getByText(/^已定稿：/).waitFor()
  await cn.page.waitForLoadState('networkidle')
  await cn.page.goto(`${address}/versions`)
  await banner.getByText(/^已定稿：/).waitFor()
  await cn.context.setOffline(true)
  await savingWord(cn.page, /起离线/).waitFor()
  await banner.getByText(/^已定稿：/).waitFor()
  await banner.getByRole('button', named('开启新版本')).click()
  await cn.page.getByText('版本保存在服务器上').waitFor()
  expect(await cn.page.getByRole('button', named('保存此版本')).isDisabled()).toBe(true)
  expect(await us.page.getByRole('region', { name: 'This agenda is final' }).count()).toBe(1)
  await cn.context.setOffline(false)
  await us.page.getByRole('region', { name: 'This agenda is final' }).waitFor({ state: 'detached' })
  await us.context.close()
  await cn.context.close()
})

test('what a colleague wrote offline before the freeze still arrives, and the final line says that it did', async () => {
  const { address, enter } = await meet()
  const us = await enter('organizer', 'us')
  const cn = await enter('delegate', 'cn')
  await cn.page.goto(`${address}/i/${terminology.id}`)
  const chinese = cn.page.getByRole('textbox', named('目标（中文）'))
  await chinese.waitFor()
  await cn.context.setOffline(true)
  await savingWord(cn.page, /起离线/).waitFor()
  await chinese.click()
  await cn.page.keyboard.press('Control+End')
  await cn.page.keyboard.type('离线所写。')
  await saveVersion(us.page, address, 'final')
  const banner = us.page.getByRole('region', { name: 'This agenda is final' })
  await banner.getByText(/^Final since/).waitFor()
  expect(await banner.getByText('There have been changes since.').count()).toBe(0)
  await cn.context.setOffline(false)
  await banner.getByText('There have been changes since.').waitFor()
  await banner.getByRole('link', named('Compare')).click()
  await us.page.locator('ins', { hasText: '离线所写。' }).waitFor()
  await us.context.close()
  await cn.context.close()
})

test.each(looks)('axe finds nothing serious in versions: $language, dark $dark, $width wide', async (look) => {
  const { address, enter } = await meet()
  const { page, context } = await enter('organizer', 'us', look)
  await page.goto(`${address}/versions`)
  await page.locator('form').waitFor()
  const found: Record<string, string[]> = { empty: await barriers(page) }
  await saveVersion(page, address, 'draft', 'A')
  await page.goto(address)
  await row(page, benchmarks.id).focus()
  await page.keyboard.press('Delete')
  await row(page, benchmarks.id).waitFor({ state: 'detached' })
  await page.goto(`${address}/versions`)
  await page.getByRole('button', { name: /Restore…|恢复…/ }).click()
  await page.getByRole('button', { name: /^(Restore version 1|恢复到第 1 版)$/ }).waitFor()
  found.list = await barriers(page)
  await page.getByRole('link', { name: /Compare with now|与当前比较/ }).click()
  await page.locator('article').first().waitFor()
  found.comparison = await barriers(page)
  await saveVersion(page, address, 'final')
  await page.getByRole('region', { name: /This agenda is final|议程已定稿/ }).waitFor()
  found.final = await barriers(page)
  expect(found).toEqual({ empty: [], list: [], comparison: [], final: [] })
  await context.close()
})
