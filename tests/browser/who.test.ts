import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { decodeQR } from 'qr/decode.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createInvitation } from '../../server/meeting/meetings.ts'
import { sample } from '../support/agenda.ts'
import { type Gathering, gather } from '../support/gathering.ts'
import { openPeople, type People, type Visitor } from '../support/people.ts'
import { root, startServer, type TestServer } from '../support/server.ts'

/* Who somebody is, as people see it: two devices, namesakes, look-alikes, links that end, and rights that change. */

let server: TestServer
let people: People

beforeAll(async () => {
  server = await startServer({ pages: join(root, 'dist') })
  people = await openPeople()
})
afterAll(async () => {
  await people.close()
  await server.stop()
})

const agendaOf = (page: Page) => page.locator('[data-item]').first()

async function menu(page: Page, entry: string) {
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: entry }).click()
  return page.getByRole('dialog')
}

/** Opens a link and gives a name, whatever comes of it. */
async function come(link: string, name: string): Promise<Visitor> {
  const visitor = await people.arrive()
  await visitor.page.goto(link)
  await visitor.page.getByLabel('Your name').fill(name)
  await visitor.page.getByRole('button', { name: 'Open the agenda' }).click()
  return visitor
}

async function idOf({ page }: Visitor): Promise<string> {
  const { memberships } = await page.evaluate(async () => (await fetch('/api/session')).json())
  return memberships[0].person.id
}

const leave = (...visitors: Visitor[]) => Promise.all(visitors.map(({ context }) => context.close()))

test('a second device is the same person by the code of the first, typed or scanned, and the first can end it', async () => {
  const { enter, invitation }: Gathering = await gather(people, server, { agenda: sample() })
  const laptop = await enter('delegate', 'us')
  const sheet = await menu(laptop.page, 'Your devices')
  await sheet.getByRole('button', { name: 'Get a code' }).click()
  const code = await sheet.locator('[data-code]').getAttribute('data-code')

  const phone = await come(invitation('delegate', 'us').link, 'ann lee')
  await phone.page.getByRole('heading', { name: 'Somebody in this meeting has that name' }).waitFor()
  await phone.page.getByLabel('Code').fill('A2345679')
  await phone.page.getByRole('button', { name: 'Come in' }).click()
  await phone.page.getByText('This code is wrong, has been used or has expired.').waitFor()
  await phone.page.getByLabel('Code').fill(`${code!.slice(0, 4).toLowerCase()} ${code!.slice(4)}`)
  await phone.page.keyboard.press('Enter')
  await agendaOf(phone.page).waitFor()
  expect(await idOf(phone)).toBe(await idOf(laptop))
  // The open sheet hears of it.
  await sheet.getByText('The code has been used: the other device is signed in.').waitFor()
  await expect.poll(() => sheet.getByRole('listitem').count()).toBe(2)

  // The square says where to go, and nothing of it reaches a server by itself.
  await sheet.getByRole('button', { name: 'Get another code' }).click()
  await expect.poll(() => sheet.locator('[data-code]').getAttribute('data-code')).not.toBe(code)
  const scanned = await scan(laptop.page)
  const tablet = await people.arrive()
  const asked: string[] = []
  tablet.page.on('request', (request) => asked.push(request.url()))
  await tablet.page.goto(scanned)
  await tablet.page.getByRole('button', { name: 'Come in' }).click()
  await agendaOf(tablet.page).waitFor()
  expect(await idOf(tablet)).toBe(await idOf(laptop))
  expect(asked.filter((url) => url.split('#')[0]!.includes('code-'))).toEqual([])

  await laptop.page.keyboard.press('Escape')
  const devices = await menu(laptop.page, 'Your devices')
  const lines = devices.getByRole('listitem')
  await expect.poll(() => lines.count()).toBe(3)
  expect(await lines.first().innerText()).toMatch(/^This browser · By the invitation link, today/)
  await lines.nth(1).getByRole('button', { name: 'End' }).click()
  await lines.nth(1).getByRole('button', { name: 'End it' }).click()
  await expect.poll(() => lines.count()).toBe(2)
  await phone.page.getByRole('heading', { name: 'You are signed out of this meeting' }).waitFor()
  await leave(laptop, phone, tablet)
})

/** What the square on the page says, read from its picture. */
async function scan(page: Page): Promise<string> {
  const picture = await page.getByRole('img', { name: /QR code/ }).screenshot()
  const { width, height, data } = await page.evaluate(async (base64) => {
    const image = new Image()
    image.src = `data:image/png;base64,${base64}`
    await image.decode()
    const canvas = new OffscreenCanvas(image.width, image.height)
    const context = canvas.getContext('2d')!
    context.drawImage(image, 0, 0)
    return {
      width: image.width,
      height: image.height,
      data: [...context.getImageData(0, 0, image.width, image.height).data],
    }
  }, picture.toString('base64'))
  return decodeQR({ width, height, data: Uint8Array.from(data) })
}

test('a browser stays who it is; cleared, it comes back by the organizer’s word, and somebody else is somebody else', async () => {
  const { enter, invitation } = await gather(people, server, { agenda: sample() })
  const [ann, organizer] = [await enter('delegate', 'us'), await enter('organizer', 'us')]
  const { link } = invitation('delegate', 'us')
  const before = await idOf(ann)
  await ann.page.goto(link)
  await ann.page.getByRole('button', { name: 'Continue as Ann Lee' }).click()
  await agendaOf(ann.page).waitFor()
  expect(await idOf(ann)).toBe(before)

  await ann.context.clearCookies()
  const cleared = await come(link, 'Ann Lee')
  await cleared.page.getByRole('heading', { name: 'Somebody in this meeting has that name' }).waitFor()
  const sheet = await menu(organizer.page, 'Who has joined')
  const line = sheet.getByRole('listitem').filter({ hasText: 'Ann Lee' }).first()
  await line.getByRole('button', { name: 'Code for a device' }).click()
  const code = await line.locator('[data-code]').getAttribute('data-code')
  await cleared.page.getByLabel('Code').fill(code!)
  await cleared.page.keyboard.press('Enter')
  await agendaOf(cleared.page).waitFor()
  expect(await idOf(cleared)).toBe(before)

  // Without a link that works, the code alone is enough.
  await line.getByRole('button', { name: 'Code for a device' }).click()
  const another = line.locator('[data-code]')
  await expect
    .poll(() => another.count().then((count) => (count === 0 ? code : another.getAttribute('data-code'))))
    .not.toBe(code)
  const linkless = await people.arrive()
  await linkless.page.goto(server.origin)
  const spelled = (await another.getAttribute('data-code'))!
  await linkless.page
    .getByLabel('Your invitation link or code')
    .fill(`${spelled.slice(0, 4)}-${spelled.slice(4).toLowerCase()}`)
  await linkless.page.keyboard.press('Enter')
  await linkless.page.getByRole('button', { name: 'Come in' }).click()
  await agendaOf(linkless.page).waitFor()
  expect(await idOf(linkless)).toBe(before)
  await leave(linkless)

  await cleared.page.goto(link)
  await cleared.page.getByRole('button', { name: 'I am somebody else' }).click()
  await cleared.page.getByLabel('Your name').fill('Kim Lee')
  await cleared.page.keyboard.press('Enter')
  await agendaOf(cleared.page).waitFor()
  expect(await idOf(cleared)).not.toBe(before)
  await leave(ann, organizer, cleared)
})

test('a look-alike is asked the same, what is no name is said at once, and a namesake adds an affiliation', async () => {
  const { enter, invitation } = await gather(people, server, { agenda: sample() })
  const ann = await enter('delegate', 'us')
  const { link } = invitation('delegate', 'us')
  const namesake = await come(link, 'D\u0430na')
  const { page } = namesake
  await page.getByText('This mixes alphabets.').waitFor()
  await page.getByLabel('Your name').fill('Lee (organizer)')
  await page.getByText('Only the name of a person').waitFor()
  await page.getByLabel('Your name').fill('Ａｎｎ　Lєe'.replace('є', 'é'))
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Somebody in this meeting has that name' }).waitFor()
  await page.getByRole('button', { name: 'Change the name' }).click()
  await page.getByLabel('Your name').fill('Ann Lee')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Open the agenda' }).click()
  await page.getByText('Enter an affiliation, or change the name.').waitFor()
  expect(await page.getByLabel('Affiliation').evaluate((field) => field === document.activeElement)).toBe(true)
  await page.getByLabel('Affiliation').fill('observer')
  await page.getByText('Only the name of a person').waitFor()
  await page.getByLabel('Affiliation').fill('清华大学')
  await page.keyboard.press('Enter')
  await agendaOf(page).waitFor()
  expect(await idOf(namesake)).not.toBe(await idOf(ann))
  await ann.page.getByRole('button', { name: '2 here' }).click()
  await ann.page.getByText('Ann Lee (清华大学)').waitFor()
  await leave(ann, namesake)
})

test('an organizer is told who is new, and removes somebody in the middle of a word', async () => {
  const { enter, invitation } = await gather(people, server, { agenda: sample() })
  const organizer = await enter('organizer', 'us')
  await agendaOf(organizer.page).waitFor()
  // The page knows who was there before.
  await expect
    .poll(() => organizer.page.evaluate(() => localStorage.getItem('parley.preferences')))
    .toMatch(/"joined":\{"\w+":\d+\}/)
  const guest = await come(invitation('delegate', 'us').link, 'Guest A')
  await agendaOf(guest.page).waitFor()
  await organizer.page.getByText('Joined by an invitation link: Guest A').waitFor()
  await organizer.page.getByRole('button', { name: 'Show who has joined' }).click()
  const line = organizer.page.getByRole('listitem').filter({ hasText: 'Guest A' }).first()
  await line.getByText('New', { exact: true }).waitFor()
  expect(await line.innerText()).toMatch(/Joined today, \d\d:\d\d · by the link of today, \d\d:\d\d/)

  await agendaOf(guest.page).click()
  const text = guest.page.locator('.ProseMirror').first()
  await text.click()
  await guest.page.keyboard.type('half a wo')
  await line.getByRole('button', { name: 'Remove' }).click()
  await line.getByRole('button', { name: 'Remove' }).click()
  const began = performance.now()
  await guest.page.getByRole('heading', { name: 'You no longer have access to this meeting' }).waitFor()
  expect(performance.now() - began).toBeLessThan(5000)
  await line.getByText(/Removed today/).waitFor()
  await guest.page.goto(invitation('delegate', 'us').link)
  await guest.page.getByLabel('Your name').fill('Guest B')
  await guest.page.keyboard.press('Enter')
  await guest.page.getByText('An organizer has removed you from this meeting').waitFor()
  await guest.context.clearCookies()
  await guest.page.reload()
  await guest.page.getByLabel('Your name').fill('Guest A')
  await guest.page.keyboard.press('Enter')
  await guest.page.getByRole('heading', { name: 'Somebody in this meeting has that name' }).waitFor()
  await organizer.page.keyboard.press('Escape')
  expect(await organizer.page.getByText('Joined by an invitation link').count()).toBe(0)
  await leave(organizer, guest)
})

test('a link that has expired, or is full, says so; an organizer sets its limits', async () => {
  const { enter, invitation, meeting } = await gather(people, server, { agenda: sample() })
  const made = (terms: object) =>
    createInvitation(server.storage, meeting, 'delegate', 'us', Date.now(), {
      ...{ personName: null, expiresAt: null, mostPeople: null },
      ...terms,
    })
  const linkOf = (token: string) => invitation('delegate', 'us').link.replace(/#.*/, `#${token}`)
  const late = await people.arrive()
  await late.page.goto(linkOf((await made({ expiresAt: 1 }))!.token))
  await late.page.getByText('This link has expired. Ask an organizer for a new one.').waitFor()
  const full = (await made({ mostPeople: 1 }))!
  const first = await come(linkOf(full.token), 'First One')
  await agendaOf(first.page).waitFor()
  const second = await people.arrive()
  await second.page.goto(linkOf(full.token))
  await second.page.getByText('As many people as this link is for have joined.').waitFor()

  const organizer = await enter('organizer', 'us')
  await organizer.page.getByRole('button', { name: 'Invite', exact: true }).click()
  const line = organizer.page.getByRole('listitem').filter({ hasText: 'Used by First One' })
  await line.getByText('for 1 person').waitFor()
  await line.getByRole('button', { name: 'Limits' }).click()
  await line.getByLabel('Number of people').fill('2')
  await line.getByLabel('Expires').selectOption('After a day')
  await line.getByRole('button', { name: 'Save' }).click()
  await line.getByText(/for 2 people · until /).waitFor()
  await second.page.reload()
  await second.page.getByLabel('Your name').fill('Second One')
  await second.page.keyboard.press('Enter')
  await agendaOf(second.page).waitFor()

  // A link for one person asks for no name, on whatever device.
  await organizer.page.getByLabel('For', { exact: true }).selectOption('One person')
  await organizer.page.getByLabel('Name of the person').fill('Wei Bo')
  await organizer.page.getByRole('button', { name: 'Create a link' }).click()
  const link = await organizer.page.getByLabel('Invitation link').inputValue()
  const devices = [await people.arrive(), await people.arrive()]
  for (const { page } of devices) {
    await page.goto(`${server.origin}/join${new URL(link).hash}`)
    await page.getByText('This link is for Wei Bo.').waitFor()
    await page.getByRole('button', { name: 'Open the agenda' }).click()
    await agendaOf(page).waitFor()
  }
  expect(await idOf(devices[0]!)).toBe(await idOf(devices[1]!))
  await leave(late, first, second, organizer, ...devices)
})

test('somebody whose role changes while they type has the new one on every device, and nothing more of theirs comes in', async () => {
  const { enter, meeting } = await gather(people, server, { agenda: sample() })
  const [typing, other] = [await enter('delegate', 'us'), await enter('delegate', 'us')]
  expect(await idOf(other)).toBe(await idOf(typing))
  await agendaOf(typing.page).click()
  await typing.page.locator('.ProseMirror').first().click()
  await typing.page.keyboard.type('before ')
  await typing.page
    .getByRole('button', { name: /All saved/ })
    .first()
    .waitFor()
  const observing = (await createInvitation(server.storage, meeting, 'observer', 'us', Date.now()))!
  await other.join(`${server.origin}/join#${observing.token}`, 'Ann Lee')
  await typing.page.keyboard.type('after')
  await typing.page.getByText('Read only').waitFor()
  await typing.page
    .getByText(/you are now Ann Lee \(observer/)
    .first()
    .waitFor()
  const watching = await enter('delegate', 'cn', { language: 'en' }, 'Ben Lee')
  await agendaOf(watching.page).click()
  await watching.page
    .getByText(/before/)
    .first()
    .waitFor()
  expect(await watching.page.getByText(/before after/).count()).toBe(0)
  await leave(typing, other, watching)
})

test('somebody who opens a link of the other side is somebody else there; what they wrote stays with the first', async () => {
  const { enter, invitation } = await gather(people, server, { agenda: sample() })
  const visitor = await enter('delegate', 'us', {}, 'Ann Park')
  const first = await idOf(visitor)
  await agendaOf(visitor.page).click()
  await visitor.page.locator('.ProseMirror').first().click()
  await visitor.page.keyboard.type('For one side ')
  await visitor.page
    .getByRole('button', { name: /All saved/ })
    .first()
    .waitFor()
  const tab = await visitor.context.newPage()
  await tab.goto(invitation('delegate', 'cn').link)
  await tab.getByLabel('Your name').fill('Ann Park')
  await tab.getByRole('button', { name: /Open the agenda|Join/ }).click()
  await agendaOf(tab).waitFor()
  expect(await idOf({ ...visitor, page: tab })).not.toBe(first)
  await visitor.page
    .getByText(/you are now Ann Park \(delegate, Chinese side\)/)
    .first()
    .waitFor()
  // She writes on as who she is now.
  await visitor.page.locator('.ProseMirror').first().click()
  await visitor.page.keyboard.type('For the other ')
  await tab
    .getByText(/For the other/)
    .first()
    .waitFor()
  const organizer = await enter('organizer', 'us', {}, 'Olga Park')
  const dialog = await menu(organizer.page, 'Who has joined')
  await dialog.getByText('Ann Park').first().waitFor()
  await leave(visitor, organizer)
})
