import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { Agenda, ItemId, Side } from '../../shared/domain/agenda.ts'
import { sample } from '../support/agenda.ts'
import { barriers } from '../support/barriers.ts'
import { type Gathering, gather, openBrowser } from '../support/gathering.ts'
import { partsCome, savingWord, type Visitor } from '../support/people.ts'

/** What people see and do about saving: real browsers, each with a device of its own, against the real server. */

const { people, server } = await openBrowser({ workers: true })

const [first] = sample().days as [Agenda['days'][number]]
const item = first.items[2]!.id
const other = first.items[4]!.id
const third = first.items[6]!.id

interface Meeting extends Pick<Gathering, 'address' | 'invitation'> {
  /** A delegate who reads English, with everything there that is needed without a network. */
  enter(side: Side, name: string): Promise<Visitor>
}

async function meet(): Promise<Meeting> {
  const gathering = await gather(people, server)
  return {
    ...gathering,
    async enter(side, name) {
      const visitor = await gathering.enter('delegate', side, {}, name)
      await word(visitor.page, /^All saved/)
      await settled(visitor.page)
      return visitor
    },
  }
}

/** Every part that is wanted without a network has come in. */
const settled = (page: Page): Promise<void> =>
  partsCome(page, ['TextEditor', 'DeviceSheet', 'SignOutSheet', 'EndedPage', 'DeviceData', 'backup'])

const word = (page: Page, said: RegExp) => savingWord(page, said).waitFor()
const sheet = (page: Page) => page.getByRole('dialog', { name: 'Saving and backups' })
const openSheet = async (page: Page) => {
  await page.locator('header button[data-tone]').click()
  await sheet(page).waitFor()
}

/** Writes at the end of the English title of an item, in as many edits as there are letters. */
async function write(page: Page, id: ItemId, text: string): Promise<void> {
  await page.locator(`[data-item="${id}"]`).click()
  const title = page.locator('.ProseMirror').first()
  await title.waitFor()
  await title.click()
  await page.keyboard.press('End')
  await page.keyboard.type(text)
}

const row = (page: Page, id: ItemId) => page.locator(`[data-item="${id}"]`)

/** The copies of documents that this browser holds. */
const copies = (page: Page) =>
  page.evaluate(async () => {
    const databases = (await indexedDB.databases()).map((one) => one.name ?? '')
    return databases.filter((name) => name.split(':').length === 4)
  })
const kept = (page: Page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('parley.')))

async function offline(visitor: Visitor): Promise<void> {
  await visitor.context.setOffline(true)
  await word(visitor.page, /^Offline since/)
}

async function saveBackup(page: Page): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: /^Save a backup/ }).click(),
  ])
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') }
}

async function importBackup(page: Page, { name, text }: { name: string; text: string }): Promise<void> {
  const buffer = Buffer.from(text)
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/json', buffer })
}

test('offline edits are counted and said to be on this device; back online they are saved, and the log tells it', async () => {
  const { enter } = await meet()
  const us = await enter('us', 'Ann Lee')
  const cn = await enter('cn', 'Ben Lee')
  await offline(us)
  await write(us.page, item, 'abcd')
  await word(us.page, /^Offline since \d\d:\d\d · 1 change on this device$/)
  await write(cn.page, other, 'xy')
  await word(cn.page, /^All saved/)
  await openSheet(us.page)
  await sheet(us.page).getByText('1 change is on this device but not yet on the server').waitFor()
  await sheet(us.page).getByText('Connection lost').waitFor()
  // A move is one change more, whatever it takes, and so is what is written elsewhere.
  await us.page.keyboard.press('Escape')
  await row(us.page, item).focus()
  await us.page.keyboard.press('Alt+ArrowDown')
  await word(us.page, / · 2 changes on this device$/)
  await write(us.page, third, 'efgh')
  await word(us.page, / · 3 changes on this device$/)
  await us.page.reload()
  await word(us.page, /3 changes on this device$/)
  await openSheet(us.page)
  await us.context.setOffline(false)
  await sheet(us.page).getByText('Everything you have written is on the server').waitFor()
  await sheet(us.page).getByText('Up to date: 3 changes sent, changes by others received').waitFor()
  await expect.poll(() => row(cn.page, item).innerText()).toContain('abcd')
  await expect.poll(() => row(us.page, other).innerText()).toContain('xy')
  await us.context.close()
  await cn.context.close()
})

test('a backup is brought back by the same person on another device, and says when there is nothing new in it', async () => {
  const { enter } = await meet()
  const us = await enter('us', 'Ann Lee')
  await offline(us)
  await write(us.page, item, 'kept')
  await openSheet(us.page)
  const file = await saveBackup(us.page)
  await sheet(us.page).getByText('Backup file saved, with 1 change that was not on the server').waitFor()
  await us.context.close()
  const again = await enter('us', 'Ann Lee')
  await openSheet(again.page)
  await importBackup(again.page, file)
  await sheet(again.page).getByText('The content of the backup is in the agenda again').waitFor()
  await sheet(again.page).getByText('Everything you have written is on the server').waitFor()
  await importBackup(again.page, file)
  await sheet(again.page).getByText('Nothing has changed').waitFor()
  await sheet(again.page).getByText('Backup imported: everything in it was already in the agenda').waitFor()
  expect(await sheet(again.page).getByText('Backup imported, with 1 change').count()).toBe(1)
  await again.page.keyboard.press('Escape')
  await row(again.page, item).getByText(/kept/).waitFor()
  await again.context.close()
})

test('another person’s backup becomes one’s own changes, beside what was written since, and one Undo takes it back', async () => {
  const { enter } = await meet()
  const us = await enter('us', 'Ann Lee')
  const cn = await enter('cn', 'Ben Lee')
  await offline(us)
  await write(us.page, item, 'lent')
  await openSheet(us.page)
  const file = await saveBackup(us.page)
  await us.context.close()
  await write(cn.page, other, 'since')
  await word(cn.page, /^All saved/)
  await openSheet(cn.page)
  await importBackup(cn.page, file)
  await sheet(cn.page).getByText('This is Ann Lee’s backup').waitFor()
  await sheet(cn.page).getByText('1 item would change').waitFor()
  await sheet(cn.page).getByRole('button', { name: 'Import as my changes' }).click()
  await sheet(cn.page).getByText('Ann Lee’s changes are now in the agenda as yours').waitFor()
  await cn.page.keyboard.press('Escape')
  await row(cn.page, item).getByText(/lent/).waitFor()
  await row(cn.page, other).getByText(/since/).waitFor()
  await word(cn.page, /^All saved/)
  await cn.page.getByRole('button', { name: 'Undo' }).first().click()
  await expect.poll(() => row(cn.page, item).innerText()).not.toContain('lent')
  expect(await row(cn.page, other).innerText()).toContain('since')
  await cn.context.close()
})

test('a file that cannot be brought back says what happened, and changes nothing', async () => {
  const [here, elsewhere] = [await meet(), await meet()]
  const stranger = await elsewhere.enter('us', 'Ann Lee')
  await openSheet(stranger.page)
  const file = await saveBackup(stranger.page)
  await stranger.context.close()
  const us = await here.enter('us', 'Ann Lee')
  await openSheet(us.page)
  const before = await us.page.locator('#outline').innerText()
  await importBackup(us.page, { name: 'notes.txt', text: 'no backup' })
  await sheet(us.page).getByText('notes.txt is not a Parley backup. Nothing has changed').waitFor()
  await importBackup(us.page, file)
  await sheet(us.page).getByText('This backup is of another meeting. Nothing has changed').waitFor()
  const own = await saveBackup(us.page)
  await importBackup(us.page, { ...own, text: own.text.replace(/"state": ?"[^"]{40}/, '"state": "AAAA') })
  await sheet(us.page).getByText('This file is damaged, so nothing was imported').waitFor()
  await importBackup(us.page, { ...own, text: own.text.replace(/"epoch": ?\d+/, '"epoch": 99') })
  await sheet(us.page).getByText('This backup was made by a newer version of Parley').waitFor()
  expect(await us.page.locator('#outline').innerText()).toBe(before)
  await us.context.close()
})

test('signing out says what would be lost, offers to save it, and leaves nothing of the meeting on the device', async () => {
  const { enter, address, invitation } = await meet()
  const us = await enter('us', 'Ann Lee')
  const { page } = us
  await offline(us)
  await write(page, item, 'mine')
  await word(page, /1 change on this device$/)
  await openSheet(page)
  await page.getByRole('button', { name: 'Sign out on this device…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Sign out on this device' })
  await dialog.getByText('1 change not on the server').waitFor()
  await dialog.getByRole('button', { name: 'Sign out and discard 1 change' }).click()
  await dialog.getByText('The server cannot be reached').waitFor()
  expect(await copies(page)).toHaveLength(1)
  expect(JSON.parse((await saveBackup(page)).text)).toMatchObject({ edits: 1, person: { name: 'Ann Lee' } })
  await dialog.getByRole('button', { name: 'Clear this device now' }).click()
  await page.getByRole('heading', { name: 'No meetings on this device' }).waitFor()
  await expect.poll(() => copies(page)).toEqual([])
  expect((await kept(page)).sort()).toEqual(['parley.leaving', 'parley.memberships', 'parley.preferences'])
  expect(await page.evaluate(() => localStorage.getItem('parley.memberships'))).toBe('[]')
  expect(await page.evaluate(() => localStorage.getItem('parley.preferences'))).not.toContain('Ann Lee')
  // The server has not been told; it is as soon as it can be, before it is asked for anything else.
  expect((await us.context.cookies()).map((one) => one.name)).toEqual(['parley_session'])
  await us.context.setOffline(false)
  await page.goto(address)
  await page.getByRole('heading', { name: 'You are not signed in to this meeting on this device' }).waitFor()
  expect(await us.context.cookies()).toEqual([])
  await us.join(invitation('delegate', 'us').link, 'Ann Lee')
  await word(page, /^All saved/)
  expect(await row(page, item).innerText()).not.toContain('mine')
  await us.context.close()
})

test('signing out with everything on the server needs one press, from the meetings’ page too', async () => {
  const { enter, address } = await meet()
  const us = await enter('us', 'Ann Lee')
  const { page } = us
  await page.goto(server.origin)
  await page.getByRole('button', { name: 'Sign out on this device' }).click()
  const dialog = page.getByRole('dialog', { name: 'Sign out on this device' })
  await dialog.getByText('Everything you have written is on the server').waitFor()
  await dialog.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByRole('heading', { name: 'No meetings on this device' }).waitFor()
  await expect.poll(() => copies(page)).toEqual([])
  expect(await us.context.cookies()).toEqual([])
  await page.goto(address)
  await page.getByRole('heading', { name: 'You are not signed in to this meeting on this device' }).waitFor()
  await us.context.close()
})

test('who is let out while everything is saved is told so, and the copy goes from the device', async () => {
  const { enter, invitation } = await meet()
  const us = await enter('us', 'Ann Lee')
  await write(us.page, item, 'said')
  await word(us.page, /^All saved/)
  const organizer = await people.arrive()
  await organizer.join(invitation('organizer', 'us').link, 'Sara Bell')
  await server.storage.revokeInvitation(invitation('delegate', 'us').id, Date.now())
  await us.page.getByRole('heading', { name: 'You no longer have access to this meeting' }).waitFor()
  await us.page.getByText('The copy that was on this device has been removed').waitFor()
  await expect.poll(() => copies(us.page)).toEqual([])
  await row(organizer.page, item).getByText(/said/).waitFor()
  await us.context.close()
  await organizer.context.close()
})

test('who is let out with changes that the server lacks keeps them until they are saved and given up', async () => {
  const { enter, address, invitation } = await meet()
  const us = await enter('us', 'Ann Lee')
  const cn = await enter('cn', 'Ben Lee')
  const { page } = us
  await offline(us)
  await write(page, item, 'late')
  await word(page, /1 change on this device$/)
  await server.storage.revokeInvitation(invitation('delegate', 'us').id, Date.now())
  await us.context.setOffline(false)
  // It was withdrawn while nobody was connected: the server still knows.
  await page.getByRole('heading', { name: 'You no longer have access to this meeting' }).waitFor()
  await page.getByText('Ann Lee · 1 change not on the server').waitFor()
  expect(await copies(page)).toHaveLength(1)
  // Still so for whoever comes back to the page, or looks at their meetings.
  await page.goto(server.origin)
  await page.getByText('Ann Lee · 1 change not on the server').waitFor()
  await page.goto(address)
  await page.getByRole('heading', { name: 'You no longer have access to this meeting' }).waitFor()
  await page.getByText('Ann Lee · 1 change not on the server').waitFor()
  await page.getByText('Dialogue on AI testing (sample)').waitFor()
  await page.getByRole('button', { name: 'Remove from this device' }).click()
  await page.getByText('Without a backup, 1 change will be lost for good').waitFor()
  await page.getByRole('button', { name: 'Keep it' }).click()
  const file = await saveBackup(page)
  await page.getByRole('button', { name: 'Remove from this device' }).click()
  await page.getByText('1 change not on the server').waitFor({ state: 'detached' })
  await expect.poll(() => copies(page)).toEqual([])
  await openSheet(cn.page)
  await importBackup(cn.page, file)
  await sheet(cn.page).getByRole('button', { name: 'Import as my changes' }).click()
  await row(cn.page, item).getByText(/late/).waitFor()
  await us.context.close()
  await cn.context.close()
})

test('who was let out while their page was closed keeps what the server lacks, however long the device takes to open the copy', async () => {
  const { enter, address, invitation } = await meet()
  const us = await enter('us', 'Ann Lee')
  await offline(us)
  await write(us.page, item, 'late')
  await word(us.page, /1 change on this device$/)
  await us.page.close()
  await server.storage.revokeInvitation(invitation('delegate', 'us').id, Date.now())
  await us.context.setOffline(false)
  const busy = await us.context.newPage()
  await busy.goto(`${server.origin}/manifest.webmanifest`)
  await busy.evaluate(occupy)
  const page = await us.context.newPage()
  // The device is slow, and is not given up, however slow the machine is.
  await page.addInitScript(waitFor, 4_000)
  await page.goto(address)
  await page.getByRole('heading', { name: 'You no longer have access to this meeting' }).waitFor()
  await page.getByText('Checking what is on this device').waitFor()
  await busy.evaluate(() => window.release?.())
  await page.getByText('Ann Lee · 1 change not on the server').waitFor()
  expect(await copies(page)).toHaveLength(1)
  await us.context.close()
})

declare global {
  interface Window {
    release?: () => void
    ring?: () => void
    wake?: () => void
  }
}

/** Runs in a page: nobody else comes to the copy until it is released. */
async function occupy(): Promise<void> {
  const names = (await indexedDB.databases()).map((one) => one.name ?? '')
  const opening = indexedDB.open(names.find((name) => name.split(':').length === 4) ?? '')
  await new Promise((resolve) => {
    opening.onsuccess = resolve
  })
  const stores = opening.result.objectStoreNames
  const transaction = opening.result.transaction(stores, 'readwrite')
  let released = false
  window.release = () => {
    released = true
  }
  const stay = () => {
    if (!released) transaction.objectStore(stores[0] ?? '').count().onsuccess = stay
  }
  stay()
}

/** Runs in a page before anything else does: what is to be waited for so many ms is over when the test says, and not before. */
function waitFor(long: number): void {
  const after = window.setTimeout
  const waiting: (() => void)[] = []
  window.setTimeout = ((run: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) =>
    ms === long ? -waiting.push(() => run(...given)) : after(run, ms, ...given)) as typeof setTimeout
  window.ring = () => {
    for (const run of waiting.splice(0)) run()
  }
}

test('what was written under an earlier invitation is told of where one’s own is said to be saved, and can be brought in there', async () => {
  const { enter, invitation } = await meet()
  const us = await enter('us', 'Ann Lee')
  const cn = await enter('cn', 'Ben Lee')
  const { page } = us
  await offline(us)
  await write(page, item, 'late')
  await word(page, /1 change on this device$/)
  await server.storage.revokeInvitation(invitation('delegate', 'us').id, Date.now())
  await us.context.setOffline(false)
  await page.getByRole('heading', { name: 'You no longer have access to this meeting' }).waitFor()
  await us.join(invitation('organizer', 'us').link, 'Ann Ames')
  await word(page, /^1 earlier change not on the server · View$/)
  await openSheet(page)
  await sheet(page).getByText('1 change from an earlier invitation is on this device but not on the server').waitFor()
  await sheet(page).getByText('Apart from what is listed here, everything you have written is on the server').waitFor()
  expect(
    await sheet(page)
      .getByText(/^Everything you have written is on the server/)
      .count(),
  ).toBe(0)
  await sheet(page).getByRole('button', { name: 'Import them…' }).click()
  await sheet(page).getByText('1 item would change').waitFor()
  await sheet(page).getByRole('button', { name: 'Import as my changes' }).click()
  await sheet(page).getByText('Ann Lee’s changes are now in the agenda as yours').waitFor()
  await sheet(page)
    .getByText(/^Everything you have written is on the server/)
    .waitFor()
  expect(await sheet(page).getByText('from an earlier invitation').count()).toBe(0)
  await word(page, /^All saved/)
  expect(await copies(page)).toHaveLength(1)
  await row(cn.page, item).getByText(/late/).waitFor()
  await us.context.close()
  await cn.context.close()
})

test('whoever opens another invitation in the same browser is told in the tab that was open who they are now, and the way back', async () => {
  const gathering = await gather(people, server)
  const us = await gathering.enter('delegate', 'us', {}, 'Ann Lee')
  const { page } = us
  await word(page, /^All saved/)
  const second = await us.context.newPage()
  const open = async (role: 'observer' | 'delegate', side: Side, name: string) => {
    await second.goto(gathering.invitation(role, side).link)
    const other = second.getByRole('button', { name: /^(I am somebody else|我是其他人)$/ })
    await other.or(second.getByRole('textbox')).first().waitFor()
    if (await other.isVisible()) await other.click()
    await second.getByRole('textbox').first().fill(name)
    await second.keyboard.press('Enter')
    await second.waitForURL(/\/m\//)
  }
  const banner = page.getByRole('region', { name: 'Another invitation' })
  await open('observer', 'us', 'Guest')
  await banner.getByRole('alert').waitFor()
  expect(await banner.getByRole('alert').textContent()).toBe(
    'Another invitation link was opened in this browser: you are now Guest (observer). To go on as Ann Lee (delegate, U.S. side), open your earlier link again.',
  )
  expect(await second.getByRole('region', { name: 'Another invitation' }).count()).toBe(0)
  expect(await barriers(page)).toEqual([])
  await banner.getByRole('button', { name: 'Dismiss' }).click()
  expect(await banner.count()).toBe(0)
  await page.getByRole('button', { name: '中文', exact: true }).click()
  await open('delegate', 'us', 'Ann Lee')
  await page
    .getByText('您在本页的身份随之变为Ann Lee（美方代表）。如需恢复为Guest（观察员），请重新打开原来的邀请链接。')
    .waitFor()
  // As somebody else with the same rights nobody is cut off; the server takes the tab for them all the same.
  await open('delegate', 'us', 'Cal Lee')
  await page.getByText('您在本页的身份随之变为Cal Lee（美方代表）。').waitFor()
  await us.context.close()
})

test('a copy from an earlier invitation goes from the list when its file is brought in, and not when it holds more', async () => {
  const { enter, invitation } = await meet()
  const us = await enter('us', 'Ann Lee')
  const { page } = us
  await offline(us)
  await write(page, item, 'one')
  await openSheet(page)
  const less = await saveBackup(page)
  await page.keyboard.press('Escape')
  await write(page, other, 'two')
  await word(page, /2 changes on this device$/)
  await openSheet(page)
  const whole = await saveBackup(page)
  await server.storage.revokeInvitation(invitation('delegate', 'us').id, Date.now())
  await us.context.setOffline(false)
  await page.getByRole('heading', { name: 'You no longer have access to this meeting' }).waitFor()
  await us.join(invitation('organizer', 'us').link, 'Ann Ames')
  await word(page, /^2 earlier changes/)
  await openSheet(page)
  await importBackup(page, less)
  await sheet(page).getByRole('button', { name: 'Import as my changes' }).click()
  await sheet(page).getByText('Ann Lee’s changes are now in the agenda as yours').waitFor()
  await sheet(page).getByText('2 changes from an earlier invitation').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Undo' }).first().click()
  await openSheet(page)
  await importBackup(page, whole)
  await sheet(page).getByRole('button', { name: 'Import as my changes' }).click()
  await sheet(page).getByText('2 changes from an earlier invitation').waitFor({ state: 'detached' })
  expect(await copies(page)).toHaveLength(1)
  await us.context.close()
})

test('who signs out where the browser does not delete the copy is told so, and comes back to no table that keeps nothing', async () => {
  const { enter, address } = await meet()
  const us = await enter('us', 'Ann Lee')
  const busy = await us.context.newPage()
  await busy.goto(`${server.origin}/manifest.webmanifest`)
  await busy.evaluate(occupy)
  // Released, it has the copy open still, which no deletion gets past.
  await busy.evaluate(() => window.release?.())
  const { page } = us
  await page.addInitScript(waitFor, 20_000)
  await page.goto(address)
  await word(page, /^All saved/)
  await openSheet(page)
  await page.getByRole('button', { name: 'Sign out on this device…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Sign out on this device' })
  await dialog.getByRole('button', { name: 'Sign out', exact: true }).click()
  await dialog.getByRole('button', { name: 'Signing out' }).waitFor()
  await page.keyboard.press('Escape')
  const ringing = async (words: string) => {
    await page.evaluate(() => window.ring?.())
    return page.getByText(words).count()
  }
  await expect.poll(() => ringing('You are signed out, but the copy of Ann Lee could not be removed')).toBe(1)
  await dialog.getByText('You are signed out, but the copy of Ann Lee could not be removed').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('heading', { name: 'No meetings on this device' }).waitFor()
  await expect.poll(() => ringing('Ann Lee · this copy cannot be read')).toBe(1)
  await busy.close()
  await page.getByRole('button', { name: 'Remove from this device' }).click()
  await page.getByRole('button', { name: 'Remove anyway' }).click()
  await page.getByRole('heading', { name: 'Left on this device' }).waitFor({ state: 'detached' })
  await expect.poll(() => copies(page)).toEqual([])
  await us.context.close()
})

test('who signs out in one tab loses nothing that another tab has not sent', async () => {
  const { enter, address } = await meet()
  const us = await enter('us', 'Ann Lee')
  const second = await us.context.newPage()
  await second.goto(address)
  await word(second, /^All saved/)
  await us.page.goto(server.origin)
  await us.page.getByRole('button', { name: 'Sign out on this device' }).click()
  await us.page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await us.page.getByRole('heading', { name: 'No meetings on this device' }).waitFor()
  await second.getByRole('heading', { name: 'You are signed out of this meeting' }).waitFor()
  await second.getByText('the copies on this device were removed').waitFor()
  await expect.poll(() => copies(second)).toEqual([])
  await us.context.close()
})

test('what is given up without a connection is given up in every tab, and the server is told as soon as it is there', async () => {
  const { enter, address } = await meet()
  const cn = await enter('cn', 'Ben Lee')
  const us = await enter('us', 'Ann Lee')
  const { page } = us
  const second = await us.context.newPage()
  await second.goto(address)
  await word(second, /^All saved/)
  await offline(us)
  await word(second, /^Offline since/)
  await write(page, item, 'mine')
  await write(second, other, 'yours')
  await word(page, /2 changes on this device$/)
  await openSheet(page)
  await page.getByRole('button', { name: 'Sign out on this device…' }).click()
  await page.getByRole('button', { name: 'Sign out and discard 2 changes' }).click()
  await page.getByRole('button', { name: 'Clear this device and discard 2 changes' }).click()
  await page.getByRole('heading', { name: 'No meetings on this device' }).waitFor()
  await second.getByRole('heading', { name: 'You are signed out of this meeting' }).waitFor()
  await second.getByText('the copies on this device were removed').waitFor()
  expect(await second.getByRole('button', { name: /^Save a backup/ }).count()).toBe(0)
  await us.context.setOffline(false)
  await expect.poll(() => us.context.cookies()).toEqual([])
  await page.getByText('The server cannot be reached').waitFor({ state: 'detached' })
  expect(await copies(page)).toEqual([])
  expect((await kept(page)).sort()).toEqual(['parley.leaving', 'parley.memberships', 'parley.preferences'])
  expect(await page.evaluate(() => localStorage.getItem('parley.preferences'))).not.toContain('Ann Lee')
  await write(cn.page, item, 'after')
  await word(cn.page, /^All saved/)
  expect(await row(cn.page, item).innerText()).not.toContain('mine')
  expect(await row(cn.page, other).innerText()).not.toContain('yours')
  await us.context.close()
  await cn.context.close()
})

test('a tab that was asleep while another signed out sends nothing, under whatever name the browser is signed in by then', async () => {
  const { enter, address, invitation } = await meet()
  const us = await enter('us', 'Ann Lee')
  const { page } = us
  const second = await us.context.newPage()
  await second.addInitScript(() => {
    // Asleep, it hears nothing of what the other tabs say, and its timers wait.
    const asleep = () => 'asleep' in globalThis
    const after = window.setTimeout
    const late: (() => void)[] = []
    window.setTimeout = ((run: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) => {
      const ring = () => run(...given)
      return after(() => (asleep() ? late.push(ring) : ring()), ms)
    }) as typeof setTimeout
    window.wake = () => {
      Reflect.deleteProperty(globalThis, 'asleep')
      for (const run of late) run()
    }
    addEventListener('storage', (event) => asleep() && event.stopImmediatePropagation(), true)
    Object.defineProperty(BroadcastChannel.prototype, 'onmessage', {
      set(hear: (event: Event) => void) {
        this.addEventListener('message', (event: Event) => asleep() || hear(event))
      },
    })
  })
  await second.goto(address)
  await word(second, /^All saved/)
  await offline(us)
  await word(second, /^Offline since/)
  await write(second, item, 'asleep')
  await word(page, /1 change on this device$/)
  await second.evaluate(() => Object.assign(globalThis, { asleep: true }))
  await openSheet(page)
  await page.getByRole('button', { name: 'Sign out on this device…' }).click()
  await page.getByRole('button', { name: 'Sign out and discard 1 change' }).click()
  await page.getByRole('button', { name: 'Clear this device and discard 1 change' }).click()
  await page.getByRole('heading', { name: 'No meetings on this device' }).waitFor()
  await write(second, item, 'late')
  await us.context.setOffline(false)
  await second.evaluate(() => window.wake?.())
  await second.getByRole('heading', { name: 'You are signed out of this meeting' }).waitFor()
  await us.join(invitation('delegate', 'us').link, 'Ann Lee')
  await word(page, /^All saved/)
  expect(await row(page, item).innerText()).not.toMatch(/asleep|late/)
  expect(await kept(second)).not.toContain('parley.away')
  await us.context.close()
})

test('a browser that stores nothing is told so, and never that changes are on the device', async () => {
  const { invitation } = await meet()
  const us = await people.arrive()
  await us.context.addInitScript(storeNothing)
  await us.join(invitation('delegate', 'us').link, 'Ann Lee')
  await settled(us.page)
  await word(us.page, /^All saved on the server · No current copy on this device$/)
  await openSheet(us.page)
  await sheet(us.page).getByText('This browser does not let this page store anything').waitFor()
  await us.page.keyboard.press('Escape')
  await us.context.setOffline(true)
  await word(us.page, /^Offline since/)
  await write(us.page, item, 'abc')
  await word(us.page, /^Offline since \d\d:\d\d · 1 change in this tab only · Keep it open$/)
  await openSheet(us.page)
  expect(JSON.parse((await saveBackup(us.page)).text)).toMatchObject({ edits: 1 })
  await us.context.close()
})

/** Runs in a page before anything else does. */
function storeNothing(): void {
  IDBFactory.prototype.open = () => {
    throw new DOMException('no', 'SecurityError')
  }
}

test('what only this tab has is there for whoever looks at their meetings and comes back, and is counted when they sign out', async () => {
  const { enter, invitation, address } = await meet()
  const cn = await enter('cn', 'Ben Lee')
  const us = await people.arrive()
  const { page } = us
  await us.context.addInitScript(storeNothing)
  await us.join(invitation('delegate', 'us').link, 'Ann Lee')
  await settled(page)
  await us.context.setOffline(true)
  await word(page, /^Offline since/)
  await write(page, item, 'abc')
  await word(page, /1 change in this tab only/)
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Your meetings' }).click()
  await page.getByRole('button', { name: 'Sign out on this device' }).click()
  const dialog = page.getByRole('dialog', { name: 'Sign out on this device' })
  await dialog.getByText('Ann Lee · 1 change not on the server · in this tab only').waitFor()
  await dialog.getByRole('button', { name: 'Stay signed in' }).click()
  await page.locator(`a[href="${new URL(address).pathname}"]`).click()
  await word(page, /1 change in this tab only/)
  await row(page, item).getByText(/abc/).waitFor()
  await write(page, other, 'yz')
  await word(page, /2 changes in this tab only/)
  await us.context.setOffline(false)
  await word(page, /^All saved/)
  await expect.poll(() => row(cn.page, item).innerText()).toContain('abc')
  await expect.poll(() => row(cn.page, other).innerText()).toContain('yz')
  await us.context.close()
  await cn.context.close()
})
