import { expect, test } from 'vitest'
import { allItems } from '../../shared/domain/agenda.ts'
import { sample } from '../support/agenda.ts'
import { gather, openBrowser, part } from '../support/gathering.ts'

/* A meeting that an organizer makes in the browser, with the keyboard, and on a phone in Chinese. */

const { people, server } = await openBrowser()

test('an organizer makes a meeting with the keyboard alone, and the other side comes in by the link for it', async () => {
  const { enter } = await gather(people, server, { agenda: sample() })
  const organizer = await enter('organizer', 'us', {}, 'Olga Park')
  const { page } = organizer
  await page.goto(server.origin)
  await page.getByRole('link', { name: 'New meeting' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'New meeting' }).waitFor()
  // What is missing is named, and the caret is there.
  await page.getByRole('button', { name: 'Make the meeting' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('Give the meeting a title').first().waitFor()
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('lang'))).toBe('en')
  await page.keyboard.type('Second round on benchmarks')
  await page.getByLabel('Time zone of the venue').fill('geneva')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'The meeting is ready' }).waitFor()
  const link = await page.getByLabel(/Link for an organizer, Chinese side/).inputValue()
  await page.getByRole('link', { name: 'Open the agenda' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Second round on benchmarks' }).first().waitFor()
  await page.locator('[data-item]').first().waitFor()

  const other = await people.arrive({ language: 'zh' })
  await other.join(`${server.origin}/join#${link.split('#')[1]}`, '陈思远')
  await other.page.locator('[data-item]').first().waitFor()
  await other.page.goto(server.origin)
  await other.page.getByText('Second round on benchmarks').waitFor()
  await part(organizer)
  await part(other)
})

test('on a phone in Chinese the next round is made from the last one, without its people', async () => {
  const { enter } = await gather(people, server, { agenda: sample() })
  const phone = { language: 'zh', width: 390, height: 844 } as const
  const organizer = await enter('organizer', 'cn', phone, '陈思远')
  const { page } = organizer
  await page.goto(server.origin)
  await page.getByRole('link', { name: '新建会议' }).click()
  const from = page.getByLabel('起点')
  const last = await from.locator('option', { hasText: '下一轮' }).first().getAttribute('value')
  await from.selectOption(last)
  // It is called as the last one until somebody says otherwise.
  await expect.poll(() => page.getByLabel('会议名称（中文）').inputValue()).toBe(sample().title.zh)
  await page.getByLabel('会议名称（中文）').fill('第二轮对话')
  await page.getByLabel('沿用人员名单及主持与发言安排').click()
  await page.getByRole('button', { name: '新建', exact: true }).click()
  await page.getByRole('heading', { name: '会议已建立' }).waitFor()
  await page.getByRole('link', { name: '打开议程' }).click()
  await expect.poll(() => page.locator('[data-item]').count()).toBe(allItems(sample()).length)
  await part(organizer)
})

test('whoever is no organizer is offered no new meeting, and is told who makes one', async () => {
  const { enter } = await gather(people, server, { agenda: sample() })
  const delegate = await enter('delegate', 'us', {}, 'Dana Park')
  const { page } = delegate
  await page.goto(server.origin)
  await page.getByRole('heading', { name: 'Your meetings' }).waitFor()
  await page.waitForLoadState('networkidle')
  expect(await page.getByRole('link', { name: 'New meeting' }).count()).toBe(0)
  await page.goto(`${server.origin}/new`)
  await page.getByText('made by organizers of earlier ones').waitFor()
  await part(delegate)
})

test('an address that is none is a page that says so, and an address of the interface is not', async () => {
  const visitor = await people.arrive()
  const { page } = visitor
  const answer = await page.goto(`${server.origin}/agenda/march`)
  expect(answer?.status()).toBe(404)
  await page.getByText('This page does not exist').first().waitFor()
  for (const path of ['/api/nothing', '/assets/gone.js', '/sync/nothing']) {
    const missing = await page.request.get(`${server.origin}${path}`, { headers: { accept: 'text/html' } })
    expect([path, missing.status(), await missing.json()]).toEqual([
      path,
      404,
      expect.objectContaining({ error: 'not-found' }),
    ])
  }
  // The browser notes the 404 itself.
  await visitor.context.close()
})
