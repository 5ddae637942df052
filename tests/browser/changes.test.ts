import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { readAgenda } from '../../shared/document/read.ts'
import { itemFragment } from '../../shared/document/schema.ts'
import { writeAll } from '../../shared/document/write.ts'
import {
  type Agenda,
  allItems,
  type ItemId,
  type ItemText,
  type Language,
  type PersonId,
  proseText,
} from '../../shared/domain/agenda.ts'
import type { Command } from '../../shared/domain/command.ts'
import { sample } from '../support/agenda.ts'
import { barriers } from '../support/barriers.ts'
import { patience } from '../support/patience.ts'
import { type Arrival, hear, openPeople, type People, savingWord, type Visitor } from '../support/people.ts'
import { type Client, enter, root, startServer, stockClient, type TestServer } from '../support/server.ts'

/** What people find on return, at real browsers: what is new, and what met. */

let people: People
let server: TestServer
const clients: Client[] = []

beforeAll(async () => {
  people = await openPeople({ workers: true })
})
beforeEach(async () => {
  server = await startServer({ pages: join(root, 'dist'), agenda: sample(), linger: 0 })
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.leave()
  await server?.stop()
})
afterAll(() => people?.close())

/** Stops the server and starts it again on the same data and address; rooms are folded when they are let go. */
async function restart(): Promise<void> {
  for (const client of clients.splice(0)) client.leave()
  const { data, storage, port, meeting, invitations, server: running } = server
  await running.close()
  await storage.close()
  const again = await startServer({ pages: join(root, 'dist'), linger: 0, data, port })
  const stop = async () => {
    await again.stop()
    await rm(data, { recursive: true })
  }
  server = { ...again, meeting, invitations, stop }
}

const tokenOf = (side: 'us' | 'cn') =>
  server.invitations.find((one) => one.role === 'delegate' && one.side === side)!.token

async function arrive(name = 'Ann Lee', arrival: Arrival = {}): Promise<Visitor> {
  const visitor = await people.arrive(arrival)
  await comeIn(visitor, name)
  return visitor
}

/** At the first visit, what stands there is what has been seen. */
async function comeIn(visitor: Visitor, name = 'Ann Lee'): Promise<void> {
  const asked = visitor.page.waitForResponse((one) => one.url().endsWith('/away'))
  await visitor.join(`${server.origin}/join#${tokenOf('us')}`, name)
  await saved(visitor.page).waitFor()
  await asked
}

interface Colleague {
  /** What they do is on the server's disk when it settles. */
  run(...commands: Command[]): Promise<void>
  /** Types at the beginning of a text. */
  type(item: ItemId, text: ItemText, language: Language, words: string): Promise<void>
  agenda(): Agenda
}

/** Somebody at a client in this process. */
async function colleague(side: 'us' | 'cn', name: string): Promise<Colleague> {
  const { cookie } = await enter(server.origin, tokenOf(side), name)
  const client = stockClient({ origin: server.origin, meeting: server.meeting, cookie })
  clients.push(client)
  await client.synced
  return {
    run(...commands) {
      writeAll(client.doc, commands)
      return client.acknowledged()
    },
    type(item, text, language, words) {
      const paragraph = itemFragment(client.doc, item, text, language)?.get(0)
      const line = paragraph instanceof Y.XmlElement ? paragraph.get(0) : null
      if (!(line instanceof Y.XmlText)) throw new Error('There is no such text')
      line.insert(0, words)
      return client.acknowledged()
    },
    agenda: () => readAgenda(client.doc),
  }
}

/** The network of one browser: nothing of the meeting passes while it is down. Pages still load, as from their cache. */
async function network(context: BrowserContext): Promise<{ down(): Promise<void>; up(): void }> {
  let down = false
  const cuts = new Set<() => Promise<void>>()
  await context.routeWebSocket(/\/sync\//, (socket) => {
    if (down) return void socket.close({ code: 1013 })
    socket.connectToServer()
    cuts.add(() => socket.close({ code: 1013 }))
  })
  await context.route(/\/(sync|api)\//, (route) => (down ? route.abort() : route.continue()))
  return {
    async down() {
      down = true
      await Promise.all([...cuts].map((cut) => cut()))
      cuts.clear()
    },
    up() {
      down = false
    },
  }
}

/** Waits for what comes about by itself: pauses in the page, a round trip, a change of hands. */
const soon = <T>(look: () => T | Promise<T>) => expect.poll(look, { timeout: patience })

const [first, second] = sample().days as [Agenda['days'][number], Agenda['days'][number]]
const at = (day: Agenda['days'][number], index: number) => day.items[index]!
const terminology = at(first, 2)
const benchmarks = at(first, 4)
const protocols = at(first, 6)

const saved = (page: Page): Locator => savingWord(page, /^(All saved|已全部保存)/)
const address = () => `${server.origin}/m/${server.meeting}`
const row = (page: Page, item: string): Locator => page.locator(`[data-item="${item}"]`)
const line = (page: Page): Locator =>
  page.getByRole('region', { name: /^(Changes since you were last here|您离开期间的改动)$/ })
const unread = (page: Page): Locator =>
  page.locator('[data-item]', { hasText: /changed since you last read it|您上次查看后有改动/ })
const settle = (page: Page): Locator => page.locator('section[aria-labelledby="met"]')

/** What the page names, a line an entry: what, and what is said to have happened to it. */
async function told(page: Page): Promise<string[]> {
  return page.locator('#sheet article:not(section[aria-labelledby="met"] article) h4').evaluateAll((all) =>
    all.map((one) =>
      (one as HTMLElement).innerText
        .replace(/Mark as read|标为已读/, '')
        .replace(/\s+/g, ' ')
        .trim(),
    ),
  )
}

/** Types at the end of a text on the page of an item. */
async function type(page: Page, item: string, field: string, words: string): Promise<void> {
  await row(page, item).click()
  await page.waitForURL(`**/i/${item}`)
  const box = page.getByRole('textbox', { name: field, exact: true })
  await box.click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(words)
  await box.getByText(words).waitFor()
}

async function minutes(page: Page, item: string, value: number): Promise<void> {
  await row(page, item)
    .getByRole('textbox', { name: /^Minutes of/ })
    .fill(String(value))
  await page.keyboard.press('Enter')
}

const stored = (page: Page): Promise<void> => savingWord(page, /on this device$/).waitFor()

test('on return, everything that others did is named once, with who; what one did oneself is not, and seen is seen everywhere', async () => {
  const us = await arrive()
  const { page } = us
  await page.goto(`${address()}/away`)
  await page.getByText('Nothing new.').waitFor()
  await minutes(page, benchmarks.id, 80)
  await saved(page).waitFor()
  await page.close()

  const cn = await colleague('cn', '李雪')
  const other = await colleague('us', 'Ben Lee')
  await cn.run(
    { type: 'set-title', id: terminology.id, title: { zh: '评测的共同术语' } },
    { type: 'set-item', id: protocols.id, settings: { minutes: 100, interpretation: 'none' } },
  )
  await cn.run({ type: 'delete-items', ids: [at(second, 1).id] })
  await other.run(
    {
      type: 'add-item',
      id: 'added' as ItemId,
      place: { day: second.id, after: null },
      settings: {},
      title: { en: 'Notices', zh: '' },
    },
    { type: 'move-items', ids: [at(first, 8).id], place: { day: second.id, after: at(second, 3).id } },
    { type: 'set-meeting', settings: { place: { en: 'Geneva', zh: '新加坡' } } },
    {
      type: 'add-person',
      id: 'person' as PersonId,
      settings: {
        name: { en: 'Newcomer', zh: '' },
        affiliation: { en: '', zh: '' },
        side: 'us',
        sector: 'industry',
        expertise: 'technical',
      },
    },
  )
  await restart()

  const again = await us.context.newPage()
  await again.goto(address())
  await soon(() => line(again).textContent()).toContain('8 changes')
  await soon(() => again.title()).toMatch(/^\(8\) /)
  // Dots stand at what changed, not at what only starts later.
  await soon(() => unread(again).evaluateAll((all) => all.map((one) => one.getAttribute('data-item')).sort())).toEqual(
    [terminology.id, protocols.id, 'added', at(first, 8).id].sort(),
  )

  await line(again).getByRole('link', { name: 'View all' }).click()
  await soon(() => told(again)).toEqual([
    `${terminology.title.en} 评测的共同术语 ≠ Changed`,
    `${protocols.title.en} ${protocols.title.zh} ≠ Changed`,
    'Notices + Added',
    `${at(second, 1).title.en} ${at(second, 1).title.zh} − Deleted`,
    `${at(first, 8).title.en} ${at(first, 8).title.zh} ↕ Moved`,
    'Newcomer US + Added',
  ])
  const sheet = again.locator('#sheet')
  await sheet.getByText('Geneva').waitFor()
  await sheet.getByText('1 h 30').first().waitFor()
  expect(await sheet.getByText('80 min').count()).toBe(0)
  expect(await sheet.locator('article', { hasText: '评测的共同术语' }).getByText('李雪').count()).toBe(1)

  expect(await barriers(again)).toEqual([])

  const whose = again.getByRole('group', { name: 'Whose changes' })
  await whose.getByRole('button', { name: /Chinese side · 4/ }).click()
  await soon(() => told(again)).toHaveLength(3)
  await whose.getByRole('button', { name: /U\.S\. side · 4/ }).click()
  await soon(async () => (await told(again)).map((one) => one.split(' ')[0])).toContain('Newcomer')
  await whose.getByRole('button', { name: /^All/ }).click()

  // An item that has been open for a moment has been read.
  await row(again, terminology.id).click()
  await soon(() => unread(again).count()).toBe(3)
  await soon(() => line(again).textContent()).toContain('7 changes')

  await again.getByRole('button', { name: '中文', exact: true }).click()
  await soon(() => line(again).textContent()).toMatch(/以来，其他人作了 7 处改动/)
  await again.getByRole('button', { name: 'English', exact: true }).click()

  // On another device of the same person, what was read here is read.
  const phone = await arrive('Ann Lee', { width: 390, height: 844 })
  await soon(() => line(phone.page).textContent()).toContain('7 changes')
  await line(phone.page).getByRole('button', { name: 'Mark as read' }).click()
  await soon(() => line(phone.page).count()).toBe(0)
  await again.reload()
  await saved(again).waitFor()
  await again.goto(`${address()}/away`)
  await again.getByText('Nothing new.').waitFor()
  expect(await unread(again).count()).toBe(0)
  expect([...us.foreign, ...phone.foreign, ...phone.errors]).toEqual([])
  await us.context.close()
  await phone.context.close()
})

test('what somebody watches happen is not new to them tomorrow', async () => {
  const us = await arrive()
  const seen = us.page.waitForResponse(async (one) => one.url().endsWith('/seen') && (await one.json()).seen === true)
  const cn = await colleague('cn', '李雪')
  await cn.run({ type: 'set-title', id: terminology.id, title: { en: 'Shared words' } })
  await row(us.page, terminology.id).getByText('Shared words').waitFor()
  await seen
  expect(await line(us.page).count()).toBe(0)
  await us.page.close()
  await cn.run({ type: 'set-title', id: protocols.id, title: { en: 'Protocols' } })
  const tomorrow = await us.context.newPage()
  await tomorrow.goto(`${address()}/away`)
  await soon(() => told(tomorrow)).toEqual([`Protocols ${protocols.title.zh} ≠ Changed`])
  await us.context.close()
})

test('what somebody watches while something else is unread is not counted, also after an organizer has rebuilt the agenda', async () => {
  const us = await arrive()
  await us.page.close()
  const cn = await colleague('cn', '李雪')
  await cn.run({ type: 'set-title', id: terminology.id, title: { en: 'Shared words' } })
  const page = await us.context.newPage()
  await page.goto(address())
  await soon(() => line(page).textContent()).toContain('1 change since')
  await cn.run({ type: 'set-title', id: protocols.id, title: { en: 'Protocols' } })
  await row(page, protocols.id).getByText('Protocols').waitFor()
  await minutes(page, benchmarks.id, 80)
  await saved(page).waitFor()
  const { token } = server.invitations.find((one) => one.role === 'organizer')!
  const organizer = await enter(server.origin, token, 'Sara Bell')
  const asked = page.waitForResponse((one) => one.url().endsWith('/away'))
  const { status } = await fetch(`${server.origin}/api/meetings/${server.meeting}/rebuild`, {
    method: 'POST',
    headers: { cookie: organizer.cookie, origin: server.origin },
  })
  expect(status).toBe(200)
  await hear(page, 'The agenda was rebuilt on the server.')
  await asked
  await soon(() => unread(page).evaluateAll((all) => all.map((one) => one.getAttribute('data-item')))).toEqual([
    terminology.id,
  ])
  await page.goto(`${address()}/away`)
  await soon(() => told(page)).toEqual([`Shared words ${terminology.title.zh} ≠ Changed`])
  await us.context.close()
})

test('a week apart on the same items: all merges, what met is told with both wordings, and one click restores either', async () => {
  const us = await people.arrive()
  const wire = await network(us.context)
  await comeIn(us)
  await wire.down()
  await savingWord(us.page, /^Offline since/).waitFor()

  // Monday, on the flight.
  await type(us.page, protocols.id, 'Objective, English', ' Ours, in the air.')
  await minutes(us.page, benchmarks.id, 75)
  await stored(us.page)
  await us.page.close()

  // Tuesday, in the office.
  const tuesday = await colleague('cn', '李雪')
  const currentWay = proseText(protocols.objective.en)
  await tuesday.type(protocols.id, 'objective', 'en', 'Theirs first. ')
  await tuesday.run(
    { type: 'set-item', id: benchmarks.id, settings: { minutes: 60, topic: 'governance' } },
    { type: 'set-title', id: terminology.id, title: { zh: '评测的共同术语' } },
  )
  await restart()

  // Wednesday, still in the air: another tab, another stint.
  const wednesday = await us.context.newPage()
  await wednesday.goto(address())
  await row(wednesday, terminology.id).waitFor()
  await type(wednesday, terminology.id, 'Title, English', ' and use')
  await type(wednesday, at(second, 1).id, 'Title, English', ' (ours)')
  await row(wednesday, at(first, 10).id).focus()
  await wednesday.keyboard.press('Alt+ArrowUp')
  await stored(wednesday)
  await wednesday.close()

  // Thursday, in the office.
  const thursday = await colleague('cn', '李雪')
  await thursday.run(
    { type: 'delete-items', ids: [at(second, 1).id] },
    { type: 'move-items', ids: [at(first, 10).id], place: { day: second.id, after: null } },
    {
      type: 'add-item',
      id: 'added' as ItemId,
      place: { day: second.id, after: at(second, 0).id },
      settings: {},
      title: { en: 'Notices', zh: '' },
    },
  )
  await restart()

  // Friday, back.
  wire.up()
  const friday = await us.context.newPage()
  await friday.goto(`${address()}/away`)
  await soon(() => settle(friday).locator('article').count()).toBe(4)
  const matters = settle(friday).locator('article')
  const matter = (title: string) => matters.filter({ hasText: title })
  const text = matter('Objective')
  await soon(() => text.locator('p[lang="en"]').allInnerTexts()).toEqual(
    expect.arrayContaining([expect.stringContaining('Ours, in the air.'), expect.stringContaining('Theirs first.')]),
  )
  // Which of the two places has won decides the order.
  await soon(async () => (await told(friday)).sort()).toEqual(
    [
      `${terminology.title.en} and use 评测的共同术语 ≠ Changed`,
      `${benchmarks.title.en} ${benchmarks.title.zh} ≠ Changed`,
      `${protocols.title.en} ${protocols.title.zh} ≠ Changed`,
      `${at(first, 10).title.en} ${at(first, 10).title.zh} ↕ Moved`,
      'Notices + Added',
      `${at(second, 1).title.en} ${at(second, 1).title.zh} − Deleted`,
    ].sort(),
  )

  // All of both is there.
  const reader = await colleague('cn', '李雪')
  const now = (id: ItemId) => allItems(reader.agenda()).find((one) => one.id === id)
  const objective = () => proseText(now(protocols.id)!.objective.en)
  await soon(objective).toBe(`Theirs first. ${currentWay} Ours, in the air.`)
  await soon(() => now(terminology.id)!.title).toEqual({ en: `${terminology.title.en} and use`, zh: '评测的共同术语' })

  await text.getByRole('button', { name: /Use mine$/ }).click()
  await soon(objective).toBe(`${currentWay} Ours, in the air.`)
  await soon(() => matters.count()).toBe(3)
  await friday.getByRole('button', { name: 'Undo', exact: true }).last().click()
  await soon(objective).toBe(`Theirs first. ${currentWay} Ours, in the air.`)
  await soon(() => matters.count()).toBe(4)
  await text.getByRole('button', { name: /Use theirs$/ }).click()
  await soon(objective).toBe(`Theirs first. ${currentWay}`)

  const length = () => now(benchmarks.id)!.minutes
  const other = length() === 75 ? { button: /Use theirs$/, minutes: 60 } : { button: /Use mine$/, minutes: 75 }
  await matter('Minutes').getByRole('button', { name: other.button }).click()
  await soon(length).toBe(other.minutes)

  await matter('Deleted or kept')
    .getByRole('button', { name: /Keep it$/ })
    .click()
  await soon(() => now(at(second, 1).id)?.title.en).toBe(`${at(second, 1).title.en} (ours)`)

  // What is left as it is stays away, here and after a reload.
  await matters.getByRole('button', { name: /Keep as it is$/ }).click()
  await soon(() => settle(friday).count()).toBe(0)
  await friday.reload()
  await row(friday, terminology.id).waitFor()
  expect(await settle(friday).count()).toBe(0)
  await us.context.close()
})

test('without the connection, what was known stays on show, and it is said that it may not be all', async () => {
  const us = await people.arrive()
  const wire = await network(us.context)
  await comeIn(us)
  await us.page.close()
  const cn = await colleague('cn', '李雪')
  await cn.run({ type: 'set-title', id: terminology.id, title: { en: 'Shared words' } })
  const page = await us.context.newPage()
  await page.goto(address())
  await soon(() => line(page).textContent()).toContain('1 change since')
  await soon(() => page.evaluate(() => Object.keys(localStorage).some((key) => key.startsWith('parley.away.')))).toBe(
    true,
  )
  await wire.down()
  await page.reload()
  await soon(() => line(page).textContent()).toContain('1 change since')
  await line(page).getByRole('link', { name: 'View', exact: true }).click()
  await page.getByText(/^You are offline\. This is what was new/).waitFor()
  await soon(() => told(page)).toEqual([`Shared words ${terminology.title.zh} ≠ Changed`])
  await page.getByRole('button', { name: 'Mark all as read' }).click()
  await page.getByText(/^Marking as read needs a connection/).waitFor()
  wire.up()
  await saved(page).waitFor()
  expect(await page.getByText(/^Marking as read needs a connection/).count()).toBe(0)
  await us.context.close()
})
