import { expect, test } from 'vitest'
import { sample } from '../support/agenda.ts'
import { barriers, looks } from '../support/barriers.ts'
import { openBrowser } from '../support/gathering.ts'

const { people, server } = await openBrowser()

const item = sample().days[0]!.items[2]!.id

test.each(looks)('axe finds nothing serious: $language, dark $dark, $width wide', async (look) => {
  const visitor = await people.arrive(look)
  const { page } = visitor
  const token = server.invitations.find((one) => one.role === 'organizer' && one.side === 'us')!.token
  await page.goto(`${server.origin}/join#${token}`)
  await page.getByRole('textbox').waitFor()
  const found: Record<string, string[]> = { join: await barriers(page) }
  await visitor.join(`${server.origin}/join#${token}`, 'Sara Bell')
  found.meeting = await barriers(page)
  await page.goto(`${server.origin}/m/${server.meeting}/i/${item}`)
  await page.locator('.ProseMirror').nth(3).waitFor()
  found.item = await barriers(page)
  await page.locator('.ProseMirror').nth(2).click()
  await page.getByRole('toolbar').first().waitFor()
  found.writing = await barriers(page)
  await page.locator('header button[data-tone]').click()
  await page.getByRole('dialog').waitFor()
  found.keeping = await barriers(page)
  await page.getByRole('dialog').getByRole('button').last().click()
  await page.getByRole('dialog').getByRole('button').nth(2).waitFor()
  found.leaving = await barriers(page)
  await page.goto(`${server.origin}/m/${server.meeting}/people`)
  await page.getByRole('heading', { level: 2 }).first().waitFor()
  found.people = await barriers(page)
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('AI')
  await page.getByRole('option').first().waitFor()
  found.finding = await barriers(page)
  await page.goto(`${server.origin}/`)
  await page.locator('a[href="/new"]').waitFor()
  found.home = await barriers(page)
  await page.goto(`${server.origin}/new`)
  await page.locator('form button[type="submit"]').click()
  await page.locator('[aria-invalid="true"]').first().waitFor()
  found.creating = await barriers(page)
  expect(Object.values(found).flat()).toEqual([])
  await visitor.context.close()
})

test('axe would find something: a button without a name is serious', async () => {
  const { page, context } = await people.arrive()
  await page.goto(`${server.origin}/`)
  await page.getByRole('heading').first().waitFor()
  await page.evaluate(() => document.querySelector('main')!.append(document.createElement('button')))
  expect((await barriers(page)).join()).toContain('button-name')
  await context.close()
})
