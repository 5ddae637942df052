import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { agendaOf } from '../../server/meeting/meetings.ts'
import { EPOCH, itemFragment } from '../../shared/document/schema.ts'
import type { Upgrade } from '../../shared/document/upgrade.ts'
import { upgrades } from '../../shared/document/upgrade.ts'
import { write } from '../../shared/document/write.ts'
import { allItems } from '../../shared/domain/agenda.ts'
import { merge } from '../../shared/wire/merge.ts'
import { sample } from '../support/agenda.ts'
import { openPeople, type People, savingWord, type Visitor } from '../support/people.ts'
import { deploy, updated } from '../support/releases.ts'
import { rawClient, root, startServer, stockClient, type TestServer } from '../support/server.ts'

/** P8: this release against documents of the next one, in real browsers. */

const [, , strange, plain] = sample().days[0]!.items.map(({ id }) => id)

/** What the next release makes of a document: a node, a mark and registers that this one does not know. */
const next: Upgrade = (doc) => {
  doc.getMap('meta').set('venueType', 'in person')
  doc.getMap('resolutions').set('r1', new Y.Map([['title', 'Resolution']]))
  const item = doc.getMap('items').get(strange!) as Y.Map<unknown>
  item.set('quorum', { us: 2, cn: 2 })
  const cell = new Y.XmlElement('tableCell')
  const words = new Y.XmlText()
  words.insert(0, 'In a table')
  cell.insert(0, [words])
  const table = new Y.XmlElement('table')
  table.insert(0, [cell])
  const marked = new Y.XmlText()
  marked.insert(0, 'Highlighted words', { highlight: { color: 'yellow' } })
  const paragraph = new Y.XmlElement('paragraph')
  paragraph.insert(0, [marked])
  itemFragment(doc, strange!, 'objective', 'en')!.push([table, paragraph])
}
const later = [...upgrades, next]

let people: People
let folder: string

beforeAll(async () => {
  people = await openPeople({ workers: true })
  folder = await mkdtemp(join(tmpdir(), 'parley-epoch-'))
})
afterAll(async () => {
  await people?.close()
  await rm(folder, { recursive: true })
})

const linkOf = ({ origin, invitations }: TestServer, side: 'us' | 'cn' = 'us') =>
  `${origin}/join#${invitations.find((one) => one.role === 'delegate' && one.side === side)!.token}`
const stored = (server: TestServer) => server.storage.load(server.meeting, 'agenda')
const word = (page: Page, said: RegExp) => savingWord(page, said).waitFor()
const agendaIn = async (server: TestServer) => (await agendaOf(server.storage, server.meeting))!

/** What a page sends: frames over sockets, and requests to the documents other than opening. */
/** All that goes out over a line; opening one, as a page does where a socket takes long, carries nothing. */
function sending(page: Page): string[] {
  const sent: string[] = []
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sent.push(`frame ${payload.length}`)))
  page.on('request', (request) => {
    if (request.method() === 'POST' && /\/sync\/.*\/frames/.test(request.url())) sent.push(request.url())
  })
  return sent
}

async function enter({ page }: Visitor, link: string): Promise<void> {
  await page.goto(link)
  await page.getByRole('textbox').first().fill('Ann Lee')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/m\//)
}

/** All that anybody might try. */
async function tryToEdit(page: Page): Promise<void> {
  expect(await page.locator('.ProseMirror, [contenteditable="true"]').count()).toBe(0)
  for (const field of await page.locator('#sheet [data-text]').all()) {
    await field.click()
    await page.keyboard.type('typed')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Backspace')
  }
  await page.keyboard.press('Control+v')
  await page.keyboard.press('Control+z')
  await page.keyboard.press('Control+Shift+z')
}

/** The copy on the device: its rows and what stands beside them. */
const copyOf = (page: Page) =>
  page.evaluate(async () => {
    const name = (await indexedDB.databases()).map((one) => one.name ?? '').find((one) => one.split(':').length === 4)
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open(name ?? '')
      opening.onsuccess = () => resolve(opening.result)
      opening.onerror = () => reject(opening.error)
    })
    const reading = database.transaction(['updates', 'visits', 'facts'])
    const all = (store: string) =>
      new Promise<unknown[]>((resolve) => {
        const asked = reading.objectStore(store).getAll()
        asked.onsuccess = () => resolve(asked.result)
      })
    const [updates, visits, facts] = await Promise.all([all('updates'), all('visits'), all('facts')])
    database.close()
    return { updates: (updates as Uint8Array[]).map((one) => [...one]), visits, facts }
  })

/** As the next release would have left it on this device. */
const leaveCopy = (page: Page, update: Uint8Array, epoch: number) =>
  page.evaluate(
    async ({ bytes, epoch }) => {
      const name = (await indexedDB.databases()).map((one) => one.name ?? '').find((one) => one.split(':').length === 4)
      const database = await new Promise<IDBDatabase>((resolve) => {
        const opening = indexedDB.open(name ?? '')
        opening.onsuccess = () => resolve(opening.result)
      })
      const writing = database.transaction(['updates', 'facts'], 'readwrite')
      writing.objectStore('updates').add(Uint8Array.from(bytes))
      writing.objectStore('facts').put(epoch, 'epoch')
      await new Promise((resolve) => {
        writing.oncomplete = resolve
      })
      database.close()
    },
    { bytes: [...update], epoch },
  )

test('P8: who opens a document of the next epoch is told, may read a copy of it, and changes no byte of it', async () => {
  const server = await startServer({ pages: join(root, 'dist'), agenda: sample(), upgrades: later })
  const someone = await server.visit('observer', 'none')
  const place = { origin: server.origin, meeting: server.meeting, cookie: someone.cookie }
  await rawClient(place, {}, `?epoch=${EPOCH}`).closed
  const before = await stored(server)
  expect(before!.epoch).toBe(EPOCH + 1)
  const us = await people.arrive()
  const { page } = us
  const sent = sending(page)
  await enter(us, linkOf(server))
  await page.getByText('This agenda was edited in a newer version of Parley').waitFor()
  await page.getByRole('main').getByRole('button', { name: 'Update' }).waitFor()
  await word(page, /^A newer version is needed to edit · Update$/)
  await page.keyboard.type('typed')

  await leaveCopy(page, merge([before!.base, ...before!.tail.map(({ bytes }) => bytes)]), EPOCH + 1)
  await page.goto(`${server.origin}/m/${server.meeting}/i/${strange}`)
  await page.locator('#sheet').getByText('In a table').waitFor()
  await page.locator('#sheet').getByText('Highlighted words').waitFor()
  await word(page, /^A newer version is needed to edit · Update$/)
  const copy = await copyOf(page)
  expect(copy.updates).toHaveLength(1)
  await tryToEdit(page)
  await word(page, /^A newer version is needed to edit · Update$/)
  await page.reload()
  await page.locator('#sheet').getByText('In a table').waitFor()

  expect(sent).toEqual([])
  expect(await copyOf(page)).toEqual(copy)
  expect(await stored(server)).toEqual(before)
  await us.context.close()
  await server.stop()
})

test('P8: edits from before the update are kept, counted, handed out as a file, and enter after it', async () => {
  const [data, pages] = [join(folder, 'data'), join(folder, 'pages')]
  await cp(join(root, 'dist'), pages, { recursive: true })
  const first = await startServer({ pages, data, agenda: sample() })
  const us = await people.arrive()
  const { page } = us
  await enter(us, linkOf(first))
  await page.goto(`${first.origin}/m/${first.meeting}/i/${plain}`)
  await word(page, /^All saved/)
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await us.context.setOffline(true)
  await word(page, /^Offline since/)
  const title = page.locator('.ProseMirror').first()
  await title.click()
  await page.keyboard.press('End')
  await page.keyboard.type('kept')
  await word(page, /1 change on this device$/)

  await first.stop()
  const second = await startServer({ pages, data, port: first.port, upgrades: later })
  const server: TestServer = { ...second, meeting: first.meeting }
  const sent = sending(page)
  await us.context.setOffline(false)
  const older = /^A newer version is needed to edit · 1 change on this device · Update$/
  await word(page, older)
  await page.locator('#sheet').getByText(/kept$/).first().waitFor()
  const before = await stored(server)
  expect(before!.epoch).toBe(EPOCH + 1)
  await tryToEdit(page)
  await page.reload()
  await word(page, older)
  await page.locator('#sheet').getByText(/kept$/).first().waitFor()
  await tryToEdit(page)
  expect(sent).toEqual([])
  expect(await stored(server)).toEqual(before)

  await page.locator('header button[data-tone]').click()
  const sheet = page.getByRole('dialog', { name: 'Saving and backups' })
  await sheet.getByText('sent once this page is updated').waitFor()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    sheet.getByRole('button', { name: /^Save a backup/ }).click(),
  ])
  const backup = JSON.parse(await readFile(await download.path(), 'utf8'))
  expect(backup).toMatchObject({ edits: 1, epoch: EPOCH })
  const held = new Y.Doc()
  Y.applyUpdate(held, Buffer.from(backup.state, 'base64'))
  expect(itemFragment(held, plain!, 'title', 'en')!.toString()).toContain('kept')

  await deploy(pages, 'next', EPOCH + 1)
  await sheet.getByRole('button', { name: 'Update this page' }).click()
  await word(await updated(page, 'next'), /^All saved/)
  const title_ = async () => allItems(await agendaIn(server)).find(({ id }) => id === plain)!.title.en
  await expect.poll(title_).toMatch(/kept$/)
  const now = (await stored(server))!
  const doc = new Y.Doc()
  Y.applyUpdate(doc, merge([now.base, ...now.tail.map(({ bytes }) => bytes)]))
  expect(itemFragment(doc, strange!, 'objective', 'en')!.toString()).toContain('<table><tablecell>In a table')
  expect(doc.getMap('resolutions').size).toBe(1)
  await us.context.close()
  await second.stop()
})

test('an epoch that a delegate writes into the document, or takes out of it, hinders nobody', async () => {
  const server = await startServer({ pages: join(root, 'dist'), agenda: sample() })
  const us = await people.arrive()
  const { page } = us
  await us.join(linkOf(server), 'Ann Lee')
  await word(page, /^All saved/)
  const cn = await server.visit('delegate', 'cn')
  const hostile = stockClient({ origin: server.origin, meeting: server.meeting, cookie: cn.cookie })
  await hostile.synced
  const meta = hostile.doc.getMap('meta')
  const title = async () => allItems(await agendaIn(server)).find(({ id }) => id === plain)!.title.en
  const before = await title()
  let typed = ''
  for (const attack of [() => meta.set('epoch', 99), () => meta.delete('epoch')]) {
    attack()
    const name = `Title ${meta.get('epoch')}`
    write(hostile.doc, { type: 'set-title', id: strange!, title: { en: name } })
    await hostile.acknowledged()
    await page.locator(`[data-item="${strange}"]`).getByText(name).waitFor()
    await page.reload()
    await page.locator(`[data-item="${strange}"]`).getByText(name).waitFor()
    await page.locator(`[data-item="${plain}"]`).click()
    const editor = page.locator('.ProseMirror').first()
    await editor.click()
    await expect.poll(() => editor.evaluate((element) => element === document.activeElement)).toBe(true)
    await page.keyboard.press('End')
    await page.keyboard.type('!')
    typed += '!'
    // The word on saving still says what was before the letter.
    await expect.poll(title).toBe(`${before}${typed}`)
  }
  hostile.leave()
  await us.context.close()
  await server.stop()
})
