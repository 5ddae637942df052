import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { allItems } from '../../shared/domain/agenda.ts'
import { large, sample } from '../support/agenda.ts'
import { gather, openBrowser, part } from '../support/gathering.ts'
import { root, startServer } from '../support/server.ts'

const { people, server: shared } = await openBrowser()

/** How many calls of functions of the page `action` causes, and what it goes on to cause for two seconds. */
async function calls(page: Page, action: () => Promise<void>): Promise<number> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Profiler.enable')
  await devtools.send('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  await action()
  await page.waitForTimeout(2000)
  const { result } = await devtools.send('Profiler.takePreciseCoverage')
  await devtools.detach()
  const counts = result.flatMap((script) => script.functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)))
  return counts.reduce((sum, count) => sum + count, 0)
}

test('what a letter in a title costs, and what opening an item costs, hardly grows with the agenda', async () => {
  const cost: { letter: number; open: number }[] = []
  for (const count of [40, 400]) {
    const agenda = large(count)
    const server = await startServer({ pages: join(root, 'dist'), agenda })
    onTestFinished(() => server.stop())
    const visitor = await people.arrive({ language: 'en' })
    const { token } = server.invitations.find((one) => one.role === 'delegate' && one.side === 'us')!
    await visitor.join(`${server.origin}/join#${token}`, 'Types')
    const { page } = visitor
    const rows = page.locator('[data-item]')
    await expect.poll(() => rows.count()).toBe(count)
    const title = page.locator('#sheet').getByRole('textbox', { name: /title.*English|English.*title/i })
    await rows.nth(2).click()
    await title.click()
    await page.keyboard.press('End')
    await page.keyboard.type('first')
    await page.waitForTimeout(2000)
    const letter = await calls(page, () => page.keyboard.type('abcde'))
    await expect.poll(() => title.innerText()).toContain('firstabcde')
    await rows.nth(3).focus()
    const open = await calls(page, () => page.keyboard.press('Enter'))
    cost.push({ letter, open })
    await part(visitor)
  }
  const [few, many] = cost
  // To render a row again takes some 5,000 calls; to ask whether it must be, some 100 for each thing that changes.
  expect((many!.letter - few!.letter) / 360 / 5).toBeLessThan(1500)
  expect((many!.open - few!.open) / 360).toBeLessThan(2500)
})

test('an item is duplicated by a key and by its menu, a day by its menu, and one undo takes each back', async () => {
  const { enter } = await gather(people, shared, { agenda: sample() })
  const visitor = await enter('delegate', 'us', { language: 'en' }, 'Dana Park')
  const { page } = visitor
  const rows = page.locator('[data-item]')
  const titles = () => rows.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))
  const before = await titles()
  expect(before).toHaveLength(allItems(sample()).length)
  await rows.nth(1).focus()
  await page.keyboard.press('d')
  await expect.poll(titles).toEqual([...before.slice(0, 2), before[1], ...before.slice(2)])
  await page.getByText(`Duplicated “${before[1]}”`).last().waitFor()
  await page.getByRole('button', { name: 'Undo' }).last().click()
  await expect.poll(titles).toEqual(before)
  await page.getByRole('button', { name: `Actions for “${before[2]}”` }).click()
  await page.getByRole('menuitem', { name: 'Duplicate' }).click()
  await expect.poll(titles).toEqual([...before.slice(0, 3), before[2], ...before.slice(3)])
  await page.keyboard.press('Control+z')
  await expect.poll(titles).toEqual(before)
  const days = page.getByRole('heading', { name: /^Day \d/ })
  const count = await days.count()
  await page.getByRole('button', { name: 'Actions for Day 1' }).click()
  await page.getByRole('menuitem', { name: 'Duplicate this day' }).click()
  await expect.poll(() => days.count()).toBe(count + 1)
  await page.getByText('Duplicated Day 1; the copy is after the last day').last().waitFor()
  await page.getByRole('button', { name: 'Undo' }).last().click()
  await expect.poll(() => days.count()).toBe(count)
  await part(visitor)
})
