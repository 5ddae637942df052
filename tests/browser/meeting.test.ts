import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type * as Y from 'yjs'
import { createMeeting } from '../../server/meeting/meetings.ts'
import { openSqlite } from '../../server/storage/sqlite/storage.ts'
import { readAgenda } from '../../shared/document/read.ts'
import { itemFragment } from '../../shared/document/schema.ts'
import { type Agenda, allItems, type ItemId, proseText } from '../../shared/domain/agenda.ts'
import { fromJson } from '../../shared/export/parse.ts'
import { sample } from '../support/agenda.ts'
import { type Gathering, gather as meet, openBrowser, part } from '../support/gathering.ts'
import { patience } from '../support/patience.ts'
import { partsCome, type Visitor } from '../support/people.ts'
import { type FaultProxy, openProxy } from '../support/proxy.ts'
import { root, startProcess, stockClient } from '../support/server.ts'

/** Two people at real browsers against the real server. Waiting is Playwright's, for what a person would see. */

const _pages = join(root, 'dist')

const { people, server } = await openBrowser()

interface Table extends Gathering {
  readonly us: Visitor
  readonly cn: Visitor
}

/** A new meeting with the sample agenda, and a delegate of either side in it. */
async function gather(origin = server.origin): Promise<Table> {
  const gathering = await meet(people, server, { origin })
  const [us, cn] = await Promise.all([gathering.enter('delegate', 'us'), gathering.enter('delegate', 'cn')])
  return { ...gathering, us, cn }
}

/** The same, where nobody hears of the other's edits while the network is silent downwards. */
async function gatherBehindProxy(): Promise<Table & { readonly proxy: FaultProxy }> {
  const proxy = await openProxy(server.port)
  const table = await gather(proxy.origin)
  // The silence is for the agenda: what the page is made of has come before.
  for (const { page } of [table.us, table.cn]) await partsCome(page, ['TextEditor', 'MenuSheet', 'dialogs'])
  return { ...table, proxy }
}

const row = (page: Page, item: string): Locator => page.locator(`[data-item="${item}"]`)
const order = (page: Page): Promise<string[]> =>
  page.locator('[data-item]').evaluateAll((rows) => rows.map((one) => (one as HTMLElement).dataset.item!))
const time = async (page: Page, item: string): Promise<string> =>
  /\d\d:\d\d/.exec(await row(page, item).innerText())?.[0] ?? ''

async function open(page: Page, item: string): Promise<void> {
  await row(page, item).click()
  await page.waitForURL(`**/i/${item}`)
  await page.locator('.ProseMirror').first().waitFor()
}

async function fromMenu(page: Page, item: string, entry: string | RegExp): Promise<void> {
  await row(page, item).hover()
  await row(page, item)
    .getByRole('button', { name: /Actions for|的操作/ })
    .click()
  await page.getByRole('menuitem', { name: entry }).click()
}

const [first, second] = sample().days as [Agenda['days'][number], Agenda['days'][number]]
const terminology = first.items[2]!.id
const benchmarks = first.items[4]!.id
const text = (name: string) => ({ name, exact: true })

test('two people type in both languages at once, in one field and in two, and read the same', async () => {
  const { us, cn } = await gather()
  await open(us.page, terminology)
  await open(cn.page, terminology)
  const english = us.page.getByRole('textbox', text('Objective, English'))
  const chinese = cn.page.getByRole('textbox', text('目标（中文）'))
  await english.click()
  await us.page.keyboard.press('Control+End')
  await chinese.click()
  await cn.page.keyboard.press('Control+End')
  await Promise.all([us.page.keyboard.type(' From Washington.'), cn.page.keyboard.type('来自北京。')])
  await us.page.getByRole('textbox', text('Objective, Chinese')).getByText('来自北京。').waitFor()
  await cn.page.getByRole('textbox', text('目标（英文）')).getByText('From Washington.').waitFor()

  const shared = cn.page.getByRole('textbox', text('目标（英文）'))
  await shared.click()
  await cn.page.keyboard.press('Control+Home')
  await Promise.all([us.page.keyboard.type(' AAAAAAAAAA'), cn.page.keyboard.type('BBBBBBBBBB ')])
  await english.getByText(/^BBBBBBBBBB .* AAAAAAAAAA$/).waitFor()
  await shared.getByText(/^BBBBBBBBBB .* AAAAAAAAAA$/).waitFor()
  await part(us, cn)
})

test('a remote caret says the name and the side of its owner', async () => {
  const { us, cn } = await gather()
  await open(us.page, terminology)
  await open(cn.page, terminology)
  await cn.page.getByRole('textbox', text('目标（英文）')).click()
  await cn.page.keyboard.type('x')
  const caret = us.page.getByRole('textbox', text('Objective, English')).locator('.caret')
  await caret.waitFor({ state: 'attached' })
  expect(await caret.getAttribute('data-name')).toBe('CN · 李雪')
  expect(await caret.getAttribute('data-side')).toBe('cn')
  await us.page.getByRole('button', { name: '2 here' }).waitFor()
  await part(us, cn)
})

test('two people who move the same item at once leave it in one place', async () => {
  const { us, cn, proxy } = await gatherBehindProxy()
  const before = await order(us.page)
  proxy.set({ silent: 'down' })
  await fromMenu(us.page, benchmarks, 'Move up')
  await expect.poll(async () => (await order(us.page)).join()).not.toBe(before.join())
  await fromMenu(cn.page, benchmarks, '移至…')
  await cn.page.keyboard.type('待定')
  await cn.page.getByRole('option').first().waitFor()
  await cn.page.keyboard.press('Enter')
  await expect.poll(async () => (await order(cn.page)).join()).not.toBe(before.join())
  expect((await order(us.page)).join()).not.toBe((await order(cn.page)).join())
  proxy.set({ silent: 'none' })
  await expect
    .poll(async () => {
      const [a, b] = [await order(us.page), await order(cn.page)]
      return [a.length, new Set(a).size, a.filter((id) => id === benchmarks).length, a.join() === b.join()]
    })
    .toEqual([allItems(sample()).length, allItems(sample()).length, 1, true])
  await part(us, cn)
  await proxy.close()
})

test('what one types while the other deletes the item is there when it is restored', async () => {
  const { us, cn, proxy } = await gatherBehindProxy()
  await open(cn.page, terminology)
  await cn.page.getByRole('textbox', text('目标（中文）')).click()
  await cn.page.keyboard.press('Control+End')
  proxy.set({ silent: 'down' })
  await fromMenu(us.page, terminology, 'Delete')
  await row(us.page, terminology).waitFor({ state: 'detached' })
  await cn.page.keyboard.type('写到一半的话')
  await cn.page.getByRole('textbox', text('目标（中文）')).getByText('写到一半的话').waitFor()
  proxy.set({ silent: 'none' })
  await cn.page.getByText('此议题已删除').waitFor()
  await us.page.getByRole('button', { name: 'Undo' }).last().click()
  await row(us.page, terminology).waitFor()
  await cn.page.getByRole('textbox', text('目标（中文）')).getByText('写到一半的话').waitFor()
  await part(us, cn)
  await proxy.close()
})

test('undo takes back one’s own last edit, words or structure, and never the other’s', async () => {
  const { us, cn } = await gather()
  await open(us.page, terminology)
  await open(cn.page, terminology)
  await us.page.getByRole('textbox', text('Objective, English')).click()
  await us.page.keyboard.press('Control+End')
  await us.page.keyboard.type(' MINE')
  const before = (await order(us.page)).join()
  await fromMenu(us.page, benchmarks, 'Move down')
  await cn.page.getByRole('textbox', text('目标（英文）')).click()
  await cn.page.keyboard.press('Control+Home')
  await cn.page.keyboard.type('THEIRS ')
  const english = us.page.getByRole('textbox', text('Objective, English'))
  await english.getByText(/THEIRS .* MINE/).waitFor()
  const moved = (await order(us.page)).join()
  expect(moved).not.toBe(before)
  await expect.poll(async () => (await order(cn.page)).join()).toBe(moved)
  await us.page.getByRole('button', { name: 'Undo' }).first().click()
  await expect.poll(async () => (await order(cn.page)).join()).toBe(before)
  await english.getByText(/THEIRS .* MINE/).waitFor()
  await us.page.getByRole('button', { name: 'Undo' }).first().click()
  await english.getByText(/^THEIRS (?!.*MINE)/).waitFor()
  await us.page.getByRole('button', { name: 'Redo' }).click()
  await english.getByText(/THEIRS .* MINE/).waitFor()
  await part(us, cn)
})

test('a reload in the middle of typing loses nothing', async () => {
  const { us, cn } = await gather()
  await open(us.page, terminology)
  await us.page.getByRole('textbox', text('Objective, English')).click()
  await us.page.keyboard.press('Control+End')
  await us.page.keyboard.type(' before the reload')
  await us.page.reload()
  const english = us.page.getByRole('textbox', text('Objective, English'))
  await english.getByText('before the reload').waitFor()
  await english.click()
  await us.page.keyboard.press('Control+End')
  await us.page.keyboard.type(' and after')
  await open(cn.page, terminology)
  await cn.page.getByRole('textbox', text('目标（英文）')).getByText('before the reload and after').waitFor()
  await part(us, cn)
})

test('P6: a revoked invitation ends its holder’s typing within a second, and says what is safe', async () => {
  const { us, cn, invitation } = await gather()
  await open(cn.page, terminology)
  await cn.page.getByRole('textbox', text('目标（中文）')).click()
  await cn.page.keyboard.press('Control+End')
  await cn.page.keyboard.type('撤销之前')
  await cn.page.getByRole('button', { name: /已全部保存/ }).waitFor()
  await server.storage.revokeInvitation(invitation('delegate', 'cn').id, Date.now())
  const revoked = performance.now()
  // The word on saving says so first, for as long as the question takes what has become of the session.
  await cn.page.getByRole('heading', { name: '您已无法访问本次会议' }).waitFor()
  const took = performance.now() - revoked
  console.log(`revocation reached the browser after ${Math.round(took)} ms`)
  await cn.page.getByText('已保存到服务器的改动不受影响').waitFor()
  await cn.page.keyboard.type('撤销之后')
  await open(us.page, terminology)
  const chinese = us.page.getByRole('textbox', text('Objective, Chinese'))
  await chinese.getByText('撤销之前').waitFor()
  expect(await chinese.innerText()).not.toContain('撤销之后')
  cn.page.removeAllListeners('console')
  await cn.context.close()
  await part(us)
})

test('a stock y-websocket client joins, edits, and agrees with the browser', async () => {
  const { us, cn, meeting } = await gather()
  const [cookie] = (await us.context.cookies()).filter((one) => one.name === 'parley_session')
  const client = stockClient({ origin: server.origin, meeting, cookie: `parley_session=${cookie!.value}` })
  await client.synced
  await open(us.page, terminology)
  const paragraph = itemFragment(client.doc, terminology, 'objective', 'en')!.get(0) as Y.XmlElement
  ;(paragraph.get(0) as Y.XmlText).insert(0, 'Stock client. ')
  await client.acknowledged()
  await us.page.getByRole('textbox', text('Objective, English')).getByText('Stock client.').waitFor()
  await us.page.getByRole('textbox', text('Objective, English')).click()
  await us.page.keyboard.press('Control+End')
  await us.page.keyboard.type(' Browser.')
  await client.until((doc) => objective(doc, terminology).endsWith(' Browser.'))
  expect(objective(client.doc, terminology)).toBe(
    await us.page.getByRole('textbox', text('Objective, English')).innerText(),
  )
  client.leave()
  await part(us, cn)
})

function objective(doc: Y.Doc, id: ItemId): string {
  return proseText(allItems(readAgenda(doc)).find((item) => item.id === id)!.objective.en)
}

test('changing minutes moves the times below at once, for both', async () => {
  const { us, cn } = await gather()
  expect(await time(us.page, benchmarks)).toBe('11:15')
  await row(us.page, terminology)
    .getByRole('textbox', { name: /^Minutes of/ })
    .fill('60')
  await us.page.keyboard.press('Enter')
  await expect.poll(() => time(us.page, benchmarks)).toBe('11:00')
  await expect.poll(() => time(cn.page, benchmarks)).toBe('11:00')
  await part(us, cn)
})

test('every move works with a finger: up, down and to another day, without dragging', async () => {
  const { meeting, invitation } = await meet(people, server)
  const phone = await people.browser.newContext({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
    locale: 'en-US',
  })
  const page = await phone.newPage()
  phone.setDefaultTimeout(patience)
  await page.goto(invitation('delegate', 'us').link)
  await page.getByRole('textbox').fill('Ann Lee')
  await page.getByRole('button', { name: 'Open the agenda' }).tap()
  await page.waitForURL(`**/m/${meeting}`)
  const tapMenu = async (item: string, entry: string) => {
    const button = row(page, item).getByRole('button', { name: /Actions for/ })
    await button.scrollIntoViewIfNeeded()
    const box = (await button.boundingBox())!
    expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(24)
    await button.tap()
    await page.getByRole('menuitem', { name: entry }).tap()
  }
  await row(page, terminology).waitFor()
  const before = await order(page)
  const at = before.indexOf(terminology)
  await tapMenu(terminology, 'Move up')
  await expect.poll(async () => (await order(page)).indexOf(terminology)).toBe(at - 1)
  await tapMenu(terminology, 'Move down')
  await expect.poll(async () => (await order(page)).join()).toBe(before.join())
  await tapMenu(terminology, 'Move to…')
  await page.getByRole('option', { name: /First on Day 2/ }).tap()
  await expect.poll(async () => (await order(page))[first.items.length - 1]).toBe(terminology)
  await phone.close()
})

test('the keyboard alone builds an agenda: add, name, move, delete, undo', async () => {
  const { us, cn } = await gather()
  await us.page.getByRole('button', { name: /Add an item to Day 1/ }).focus()
  await us.page.keyboard.press('Enter')
  await us.page.waitForURL(/\/i\//)
  const id = us.page.url().split('/i/')[1]!
  const title = us.page.getByRole('textbox', text('Title, English'))
  await title.waitFor()
  await expect.poll(() => title.evaluate((element) => element.contains(document.activeElement))).toBe(true)
  await us.page.keyboard.type('Typed by keyboard')
  await row(cn.page, id).getByText('Typed by keyboard').waitFor()
  await row(us.page, id).focus()
  const place = (await order(us.page)).indexOf(id)
  await us.page.keyboard.press('Alt+ArrowUp')
  await expect.poll(async () => (await order(us.page)).indexOf(id)).toBe(place - 1)
  await us.page.keyboard.press('Alt+ArrowDown')
  await expect.poll(async () => (await order(us.page)).indexOf(id)).toBe(place)
  await expect.poll(() => row(us.page, id).evaluate((element) => element.contains(document.activeElement))).toBe(true)
  await us.page.keyboard.press('Delete')
  await row(cn.page, id).waitFor({ state: 'detached' })
  await us.page.keyboard.press('Control+z')
  await row(cn.page, id).waitFor()
  await part(us, cn)
})

test('a row dragged with the mouse lands where it is dropped', async () => {
  const { us, cn } = await gather()
  const target = row(us.page, second.items[1]!.id)
  await target.scrollIntoViewIfNeeded()
  await row(us.page, terminology).dragTo(target, {
    sourcePosition: { x: 250, y: 12 },
    targetPosition: { x: 250, y: 3 },
  })
  await expect
    .poll(async () => {
      const now = await order(cn.page)
      return Math.abs(now.indexOf(terminology) - now.indexOf(second.items[1]!.id))
    })
    .toBe(1)
  await part(us, cn)
})

test('the language changes without a reload, and every block says its own', async () => {
  const { us, cn } = await gather()
  await open(us.page, terminology)
  await us.page.evaluate(() => {
    ;(window as unknown as { kept: boolean }).kept = true
  })
  await us.page
    .getByRole('button', { name: '中文' })
    .or(us.page.getByRole('radio', { name: '中文' }))
    .first()
    .click()
  await us.page.getByRole('textbox', text('目标（英文）')).waitFor()
  expect(await us.page.evaluate(() => (window as unknown as { kept?: boolean }).kept)).toBe(true)
  await expect.poll(() => us.page.locator('html').getAttribute('lang')).toBe('zh-CN')
  expect(await us.page.getByRole('textbox', text('目标（英文）')).getAttribute('lang')).toBe('en')
  expect(await us.page.getByRole('textbox', text('目标（中文）')).getAttribute('lang')).toBe('zh-CN')
  await part(us, cn)
})

test('an observer reads everything and is offered nothing to change', async () => {
  const { address, enter } = await meet(people, server)
  const observer = await enter('observer', 'us')
  await observer.page.goto(`${address}/i/${terminology}`)
  await observer.page.getByText('Agree on the ten terms').waitFor()
  expect(await observer.page.locator('[contenteditable="true"]').count()).toBe(0)
  expect(await observer.page.getByRole('button', { name: /Add an item|Actions for|Undo/ }).count()).toBe(0)
  await part(observer)
})

test('a person who is added to the list shows on the other side', async () => {
  const { us, cn, meeting } = await gather()
  await us.page.goto(`${server.origin}/m/${meeting}/people`)
  await us.page.getByRole('button', { name: 'Add to U.S. side' }).click()
  await us.page.getByLabel('Name, English').fill('Benchmark engineer (fictitious)')
  await us.page.getByLabel('Name, Chinese').fill('基准工程师（虚构）')
  await us.page.keyboard.press('Tab')
  await cn.page.goto(`${server.origin}/m/${meeting}/people`)
  await cn.page.getByText('基准工程师（虚构）').waitFor()
  await part(us, cn)
})

test('what the page exports is what the command line can import', async () => {
  const { us, cn, meeting } = await gather()
  await us.page.getByRole('button', { name: 'Export' }).click()
  await us.page.getByRole('radio', { name: 'Data' }).check()
  const [download] = await Promise.all([
    us.page.waitForEvent('download'),
    us.page.getByRole('link', { name: 'Download' }).click(),
  ])
  const parsed = fromJson(await readFile(await download.path(), 'utf8'))
  expect(parsed).toEqual({ ok: true, agenda: sample() })
  expect(download.suggestedFilename()).toMatch(/\.json$/)
  const response = await us.page.request.get(`${server.origin}/api/meetings/${meeting}/export/md?lang=both&lead=cn`)
  expect(await response.text()).toContain('### 09:30–10:45 评测共同术语 / Shared terminology for evaluation')
  await part(us, cn)
})

test('P1: the server is killed in the middle of typing, comes back, and nothing is lost', async () => {
  const data = await mkdtemp(join(tmpdir(), 'parley-killed-'))
  const storage = openSqlite(data)
  const { invitations } = await createMeeting(storage, sample(), Date.now())
  await storage.close()
  const before = await startProcess(data)
  const us = await people.arrive()
  const cn = await people.arrive({ language: 'zh' })
  const token = (side: string) => invitations.find((one) => one.role === 'delegate' && one.side === side)!.token
  await us.join(`${before.origin}/join#${token('us')}`, 'Ann Lee')
  await cn.join(`${before.origin}/join#${token('cn')}`, '李雪')
  await open(us.page, terminology)
  await open(cn.page, terminology)
  await us.page.getByRole('textbox', text('Objective, English')).click()
  await us.page.keyboard.press('Control+End')
  const typing = us.page.keyboard.type(' This sentence is typed while the server dies.', { delay: 20 })
  await cn.page.getByRole('textbox', text('目标（英文）')).getByText(' This').waitFor()
  before.child.kill('SIGKILL')
  await before.exited
  await typing
  await us.page.getByRole('button', { name: /Offline since .*on this device/ }).waitFor()
  const after = await startProcess(data, { PORT: String(before.port) })
  await us.page.getByRole('button', { name: /All saved/ }).waitFor()
  await cn.page
    .getByRole('textbox', text('目标（英文）'))
    .getByText('This sentence is typed while the server dies.')
    .waitFor()
  after.child.kill('SIGTERM')
  expect((await after.exited).code).toBe(0)
  await us.context.close()
  await cn.context.close()
  await rm(data, { recursive: true })
})
