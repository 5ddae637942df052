import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { sample } from '../support/agenda.ts'
import { gather, openBrowser } from '../support/gathering.ts'
import { partsCome, savingWord } from '../support/people.ts'

/** How a meeting ends, as those in it see it. */

const { people, server } = await openBrowser({ workers: true })
const item = sample().days[0]!.items[2]!.id

/** The copies of documents that this browser holds, and what it has stored of the meeting beside them. */
const held = (page: Page, meeting: string) =>
  page.evaluate(async (of) => {
    const databases = (await indexedDB.databases()).map((one) => one.name ?? '')
    return [...databases, ...Object.keys(localStorage)].filter((name) => name.includes(of))
  }, meeting)

async function write(page: Page, text: string): Promise<void> {
  await page.locator(`[data-item="${item}"]`).click()
  const title = page.locator('.ProseMirror').first()
  await title.click()
  await page.keyboard.press('End')
  await page.keyboard.type(text)
}

test('a meeting is deleted while a delegate types offline: they are told what would be lost, save it, and their device is cleared', async () => {
  const { meeting, enter, address } = await gather(people, server)
  const [away, there] = [await enter('delegate', 'us'), await enter('delegate', 'cn')]
  await savingWord(away.page, /^All saved/).waitFor()
  await partsCome(away.page, ['TextEditor', 'EndedPage', 'DeviceData', 'backup'])
  await away.context.setOffline(true)
  await savingWord(away.page, /^Offline since/).waitFor()
  await write(away.page, 'late')
  await savingWord(away.page, /1 change on this device$/).waitFor()

  await server.storage.deleteMeeting(meeting, Date.now())
  // Everything of theirs was on the server: nothing is asked.
  await there.page.getByRole('heading', { name: '本次会议已被删除' }).waitFor()
  await there.page.getByText('本机上的副本也已一并删除').waitFor()
  await expect.poll(() => held(there.page, meeting)).toEqual([])

  await away.context.setOffline(false)
  const { page } = away
  await page.getByRole('heading', { name: 'This meeting has been deleted' }).waitFor()
  await page.getByText('Ann Lee · 1 change not on the server').waitFor()
  await page.getByText('Changes that had not reached the server are only here.').waitFor()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save a backup' }).click(),
  ])
  expect(JSON.parse(await readFile(await download.path(), 'utf8'))).toMatchObject({ meeting })
  await page.getByRole('button', { name: 'Remove from this device' }).click()
  await page.getByText('1 change not on the server').waitFor({ state: 'detached' })
  await expect.poll(() => held(page, meeting)).toEqual([])
  await page.goto(address)
  await page.getByRole('heading', { name: 'You are not signed in to this meeting on this device' }).waitFor()
  for (const { context } of [away, there]) await context.close()
})

test('whoever opens the page of a deleted meeting for the first time since is told, and nothing else', async () => {
  const { meeting, enter, address } = await gather(people, server)
  const us = await enter('delegate', 'us')
  await savingWord(us.page, /^All saved/).waitFor()
  await us.page.goto('about:blank')
  await server.storage.deleteMeeting(meeting, Date.now())
  await us.page.goto(address)
  await us.page.getByRole('heading', { name: 'This meeting has been deleted' }).waitFor()
  await us.page.getByText('The copy that was on this device has been removed, too.').waitFor()
  await expect.poll(() => held(us.page, meeting)).toEqual([])
  await us.context.close()
})

test('until when a meeting is kept is shown before one comes in, on its cover and in its settings, and its last days to all', async () => {
  const { meeting, enter, invitation } = await gather(people, server)
  await server.storage.setRetention(meeting, '2199-03-31')
  const guest = await people.arrive()
  await guest.page.goto(invitation('observer', 'us').link)
  await guest.page.getByText('This meeting is kept until 31 Mar 2199.').waitFor()
  const us = await enter('organizer', 'us')
  await us.page.getByText('31 Mar 2199, then deleted').waitFor()
  await us.page.getByRole('button', { name: 'Meeting settings' }).first().click()
  const dialog = us.page.getByRole('dialog', { name: 'Meeting settings' })
  await dialog.getByText('This meeting is kept until 31 Mar 2199. After that day everything in it is deleted').waitFor()
  expect(await us.page.getByRole('region', { name: 'End of the meeting' }).count()).toBe(0)

  const soon = new Date(Date.now() + 10 * 24 * 3600_000).toISOString().slice(0, 10)
  await server.storage.setRetention(meeting, soon)
  const cn = await enter('delegate', 'cn')
  await cn.page.getByText(/^本次会议将于\d+年\d+月\d+日到期后删除，需要留存的内容请及时导出。$/).waitFor()
  for (const { context } of [guest, us, cn]) await context.close()
})

test('an organizer asks for deletion, everybody sees it, and another organizer withdraws it', async () => {
  const { meeting, enter } = await gather(people, server)
  const us = await enter('organizer', 'us', {}, 'Olga Park')
  await us.page.getByRole('button', { name: 'Meeting settings' }).first().click()
  const dialog = us.page.getByRole('dialog', { name: 'Meeting settings' })
  await dialog.getByText('This meeting is kept until the operator of the server deletes it.').waitFor()
  await dialog.getByRole('button', { name: 'Ask for deletion' }).click()
  await dialog.getByText('Everybody in the meeting sees within minutes that you have asked.').waitFor()
  await dialog.getByRole('button', { name: 'Ask for it' }).click()
  await dialog.getByText(/^Olga Park has asked for this meeting to be deleted \(today, \d\d:\d\d\)/).waitFor()
  expect((await server.storage.ending(meeting)).asked).not.toBeNull()

  const delegate = await enter('delegate', 'cn')
  await delegate.page.getByText(/^Olga Park已申请删除本次会议（今天 \d\d:\d\d）/).waitFor()
  expect(await delegate.page.getByRole('button', { name: '撤回申请' }).count()).toBe(0)
  const cn = await enter('organizer', 'cn')
  await cn.page.getByRole('button', { name: '撤回申请' }).click()
  await cn.page.getByText('已申请删除本次会议').waitFor({ state: 'detached' })
  expect((await server.storage.ending(meeting)).asked).toBeNull()
  for (const { context } of [us, delegate, cn]) await context.close()
})
