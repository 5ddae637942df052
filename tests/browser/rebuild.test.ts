import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mergeUpdates } from 'yjs'
import { agendaOf, rebuildMeeting } from '../../server/meeting/meetings.ts'
import { openSqlite } from '../../server/storage/sqlite/storage.ts'
import { agendaOf as agendaIn } from '../../shared/document/merge.ts'
import { allItems, type ItemId, type MeetingId } from '../../shared/domain/agenda.ts'
import { sample } from '../support/agenda.ts'
import { gather } from '../support/gathering.ts'
import { hear, openPeople, type People, partsCome, savingWord } from '../support/people.ts'
import { root, startServer, type TestServer } from '../support/server.ts'

/** What people see of a document that was rebuilt from its agenda while some were away. */

let people: People
let data: string
let server: TestServer

beforeAll(async () => {
  people = await openPeople()
  data = await mkdtemp(join(tmpdir(), 'parley-'))
  server = await startServer({ pages: join(root, 'dist'), data })
})
afterAll(async () => {
  await people?.close()
  await server?.stop()
  await rm(data, { recursive: true })
})

/** The server stops, the document is rebuilt, and the server is there again. */
async function rebuild(meeting: MeetingId): Promise<void> {
  const { port } = server
  await server.stop()
  const storage = openSqlite(data)
  // The operator's command reads the agenda in a process of its own.
  const { status } = await rebuildMeeting(storage, meeting, async (updates) => agendaIn(mergeUpdates([...updates])))
  await storage.close()
  expect(status).toBe('rebuilt')
  server = await startServer({ pages: join(root, 'dist'), data, port })
}

const [first] = sample().days
const [mine, theirs] = [first!.items[2]!, first!.items[4]!]
const row = (page: Page, id: ItemId) => page.locator(`[data-item="${id}"]`)
const word = (page: Page, said: RegExp) => savingWord(page, said).waitFor()
const sheet = (page: Page) => page.getByRole('dialog', { name: 'Saving and backups' })

async function write(page: Page, text: string): Promise<void> {
  // By its name: on a busy machine another text may be there first.
  const title = page.getByRole('textbox', { name: /^(Title, English|标题（英文）)$/ })
  await title.click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(text)
}

const copies = (page: Page) =>
  page.evaluate(async () => (await indexedDB.databases()).map(({ name = '' }) => name.split(':')[4] ?? 'first'))

test('P1: what was written on a flight while the agenda was rebuilt is kept, told of, and comes in as a proposal; nothing stands twice', async () => {
  const { meeting, enter } = await gather(people, server)
  const us = await enter('delegate', 'us')
  const cn = await enter('delegate', 'cn')
  const { page } = us
  await word(page, /^All saved/)
  await word(cn.page, /^已全部保存/)
  await partsCome(page, ['TextEditor', 'DeviceSheet', 'devicedata', 'backup'])
  await partsCome(cn.page, ['TextEditor', 'devicedata'])

  await us.context.setOffline(true)
  await word(page, /^Offline since/)
  await row(page, mine.id).click()
  await write(page, ' from the air')
  await page.getByRole('button', { name: 'Add an item to Day 1' }).click()
  await page.locator('.ProseMirror').first().waitFor()
  await page.keyboard.type('New idea')
  await word(page, /changes on this device$/)

  await rebuild(meeting)
  // Who had nothing unsent goes on, and is told so.
  await hear(cn.page, '议程已在服务器上重建。您没有尚未发送的改动。')
  await word(cn.page, /^已全部保存/)
  for (const { id } of [mine, theirs]) {
    await row(cn.page, id).click()
    await cn.page.waitForURL(`**/${id}`)
    await write(cn.page, ' (later)')
  }
  await word(cn.page, /^已全部保存/)
  await expect.poll(() => copies(cn.page)).toEqual(['2'])

  await us.context.setOffline(false)
  await page
    .getByText(/^The agenda was rebuilt\. Your \d+ unsent changes are kept on this device\.$/)
    .first()
    .waitFor()
  await word(page, /^\d+ earlier changes not on the server · View$/)
  await row(page, theirs.id).getByText('(later)').waitFor()
  expect(await page.getByText('from the air').count()).toBe(0)

  await page.reload()
  await page
    .getByText(/Your \d+ unsent changes are kept/)
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'View', exact: true }).click()
  await sheet(page)
    .getByText(/changes from before the agenda was rebuilt are on this device/)
    .waitFor()
  await sheet(page).getByText('Ann Lee · from before the agenda was rebuilt').waitFor()
  await sheet(page).getByRole('button', { name: 'Import them…' }).click()
  await sheet(page).getByText('2 items would change.').waitFor()
  await sheet(page).getByText('In 1 place, others have written something else since.').waitFor()
  const preview = sheet(page).locator('details', { hasText: 'What would change, word by word' })
  await preview.locator('summary').press('Enter')
  await preview.locator('ins', { hasText: 'from the air' }).waitFor()
  await preview.locator('del', { hasText: '(later)' }).waitFor()
  await preview.locator('article', { hasText: 'New idea' }).getByText('+ Added').waitFor()
  expect(await preview.getByRole('link').count()).toBe(0)
  await sheet(page).getByRole('button', { name: 'Import as my changes' }).click()
  await sheet(page)
    .getByText(/^Everything you have written is on the server/)
    .waitFor()
  await expect.poll(() => copies(page)).toEqual(['2'])
  await page.keyboard.press('Escape')
  await word(page, /^All saved/)
  await page.getByText('1 field was changed by you and by others').waitFor()

  await row(cn.page, mine.id).getByText('from the air').waitFor()
  const committed = (await agendaOf(server.storage, meeting))!
  const [before, after] = [sample(), committed].map(
    (agenda) => new Map(allItems(agenda).map((item) => [item.id, item.title.en])),
  ) as [Map<ItemId, string>, Map<ItemId, string>]
  const added = [...after.keys()].filter((id) => !before.has(id))
  expect(added.map((id) => after.get(id))).toEqual(['New idea'])
  before.set(mine.id, `${mine.title.en} from the air`).set(theirs.id, `${theirs.title.en} (later)`)
  expect(after).toEqual(before.set(added[0]!, 'New idea'))
  expect(allItems(committed)).toHaveLength(before.size)
  expect(committed.people).toEqual(sample().people)
  await us.context.close()
  await cn.context.close()
})

test('P1: where the device keeps nothing, what was not sent when the agenda was rebuilt stays in the tab until it is saved', async () => {
  const { meeting, invitation, address } = await gather(people, server)
  const { page, context, join } = await people.arrive()
  await context.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('Storage is not allowed', 'SecurityError')
    }
  })
  await join(invitation('delegate', 'us').link, 'Ann Lee')
  await page.goto(`${address}/i/${mine.id}`)
  await word(page, /^All saved/)
  await partsCome(page, ['TextEditor', 'DeviceSheet', 'backup'])
  await context.setOffline(true)
  await word(page, /^Offline since/)
  await write(page, '!')
  await word(page, /1 change in this tab only/)
  await rebuild(meeting)
  await context.setOffline(false)
  await word(page, /^The agenda was rebuilt · Save your 1 change · Keep this tab open$/)
  await row(page, mine.id).getByText(`${mine.title.en}!`).first().waitFor()
  await savingWord(page, /^The agenda was rebuilt/).click()
  await sheet(page).getByText('Save what is only here as a backup file').waitFor()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    sheet(page).getByRole('button', { name: 'Save a backup file' }).click(),
  ])
  const file = await download.path()
  page.on('dialog', (dialog) => dialog.accept())
  await sheet(page).getByRole('button', { name: 'Reload this page' }).click()
  await word(page, /^All saved/)
  await row(page, mine.id).getByText(mine.title.en, { exact: true }).first().waitFor()
  await savingWord(page, /^All saved/).click()
  await page.locator('input[type=file]').setInputFiles(file)
  await sheet(page).getByText('1 item would change.').waitFor()
  await sheet(page).getByRole('button', { name: 'Import as my changes' }).click()
  await sheet(page)
    .getByText(/^Everything you have written is on the server/)
    .waitFor()
  const committed = (await agendaOf(server.storage, meeting))!
  expect(allItems(committed).map((item) => item.title.en)).toEqual(
    allItems(sample()).map(({ id, title }) => (id === mine.id ? `${title.en}!` : title.en)),
  )
  await context.close()
})

test('P1: who is writing while an organizer rebuilds the agenda goes on in the same place, with all that was written', async () => {
  const { meeting, enter } = await gather(people, server)
  const cn = await enter('organizer', 'cn')
  const us = await enter('delegate', 'us')
  const { page } = us
  await word(page, /^All saved/)
  await partsCome(page, ['TextEditor', 'devicedata', 'backup'])
  await row(page, mine.id).click()
  await write(page, ' one')
  await word(page, /^All saved/)
  // Its letters are still on their way when the agenda is rebuilt.
  await us.context.setOffline(true)
  await page.keyboard.type(' two')
  const rebuilt = cn.page.evaluate(async (id) => {
    return (await fetch(`/api/meetings/${id}/rebuild`, { method: 'POST' })).status
  }, meeting)
  expect(await rebuilt).toBe(200)
  await us.context.setOffline(false)
  await hear(
    page,
    'The agenda was rebuilt, with what you were writing. Check your last word: letters typed meanwhile may be missing.',
  )
  const focused = () => page.evaluate(() => document.activeElement?.closest<HTMLElement>('[data-text]')?.dataset.text)
  await expect.poll(focused).toBe('title')
  await page.keyboard.type(' three')
  await word(page, /^All saved/)
  await row(cn.page, mine.id).getByText(`${mine.title.en} one two three`).waitFor()
  await expect.poll(() => copies(page)).toEqual(['2'])
  const committed = (await agendaOf(server.storage, meeting))!
  expect(allItems(committed)).toHaveLength(allItems(sample()).length)
  await us.context.close()
  await cn.context.close()
})

test('an organizer can rebuild while there is a connection, is told why not without one, and finds the focus on what became of it', async () => {
  const { enter } = await gather(people, server)
  const us = await enter('organizer', 'us', { width: 390, height: 700 })
  const { page } = us
  await word(page, /^All saved/)
  await partsCome(page, ['DeviceSheet', 'devicedata'])
  const at = sheet(page)
  const first = at.getByRole('button', { name: 'Rebuild…' })
  const yes = at.getByRole('button', { name: 'Rebuild', exact: true })
  const focused = () => page.evaluate(() => document.activeElement?.textContent)
  const offline = 'Rebuilding needs a connection. Try again when you are online.'
  await us.context.setOffline(true)
  await word(page, /^Offline since/)
  await savingWord(page, /^Offline since/).click()
  await at.getByText(offline).waitFor()
  await first.focus()
  expect(await first.getAttribute('aria-disabled')).toBe('true')
  await page.keyboard.press('Enter')
  expect(await yes.count()).toBe(0)

  await us.context.setOffline(false)
  await at.getByText(offline).waitFor({ state: 'detached' })
  await page.keyboard.press('Enter')
  await expect.poll(focused).toBe('Cancel')
  await at.getByText('Earlier steps cannot be undone afterwards, nor deleted items restored.').waitFor()
  await page.keyboard.press('Enter')
  await expect.poll(focused).toBe('Rebuild…')
  await page.keyboard.press('Enter')
  await us.context.setOffline(true)
  await at.getByText(offline).waitFor()
  await yes.focus()
  await page.keyboard.press('Enter')
  expect(await yes.getAttribute('aria-disabled')).toBe('true')

  await us.context.setOffline(false)
  await at.getByText(offline).waitFor({ state: 'detached' })
  await yes.press('Enter')
  await expect.poll(focused).toBe('The agenda has been rebuilt.')
  await word(page, /^All saved/)
  expect(await focused()).toBe('The agenda has been rebuilt.')
  const { top, bottom } = await at.getByText('The agenda has been rebuilt.').evaluate((one) => {
    const { top, bottom } = one.getBoundingClientRect()
    return { top, bottom }
  })
  expect(top).toBeGreaterThan(0)
  expect(bottom).toBeLessThanOrEqual(700)
  await us.context.close()
})
