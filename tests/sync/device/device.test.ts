import { afterEach, expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { backupOf, isWithin, stateIn, unsentIn } from '../../../client/sync/device/copy.ts'
import { copyName, type DeviceCopyInfo, deviceCopies } from '../../../client/sync/device/copylist.ts'
import { deleteCopy } from '../../../client/sync/device/deletion.ts'
import { type DeviceEvent, openDevice } from '../../../client/sync/device/device.ts'
import type { Passage } from '../../../client/sync/device/log.ts'
import { foldAt } from '../../../client/sync/device/state.ts'
import { usualTiming } from '../../../client/sync/timing.ts'
import { seeded } from '../../support/agenda.ts'
import { type Fault, type MemoryBrowser, memoryBrowser } from '../../support/memory.ts'

/*
 * The device's copy in a browser that is in memory: its databases, its tabs and its clock. The server is what the test says:
 * `receive` is an update of it, and `device.commit(device.held())` an echo.
 */

const copy = { meeting: 'm', document: 'agenda', person: 'p', name: 'Delegate' } as DeviceCopyInfo
const { device: slowAfter, deviceLost: lostAfter, lastRetry, otherTab } = usualTiming
let visits = 0

const epoch = 3

interface Given {
  /** Another copy than `copy`, of a document with another epoch. */
  readonly of?: { readonly copy: DeviceCopyInfo; readonly epoch: number }
  readonly over?: () => boolean
  readonly let?: (apply: () => void) => void
  readonly doc?: Y.Doc
}

/** A page with the copy open, as the link has it. */
function openPage(
  browser: MemoryBrowser,
  { of = { copy, epoch }, over = () => false, let: wait = (apply) => apply(), doc = new Y.Doc() }: Given = {},
) {
  const told: DeviceEvent[] = []
  const said: string[] = []
  visits += 1
  doc.clientID = 100 + visits
  const device = openDevice(
    {
      ...of,
      doc,
      origin: 'device',
      visit: `visit ${visits}`,
      over,
      timing: usualTiming,
      patience: () => otherTab,
      let: wait,
      report: (one) => told.push(one),
    },
    browser,
  )
  doc.on('update', (update: Uint8Array, origin: unknown) => {
    if (origin !== 'device') device.append(update, origin !== 'server')
  })
  device.subscribe(() => said.push(device.state().status))
  const text = doc.getText('text')
  return {
    device,
    doc,
    told,
    /** What has been said of the device. */
    said,
    type: (letters: string) => text.insert(text.length, letters),
    receive: (update: Uint8Array) => Y.applyUpdate(doc, update, 'server'),
    text: () => text.toString(),
    echo: () => device.commit(device.held()),
  }
}

async function opened(browser: MemoryBrowser, given: Given = {}) {
  const page = openPage(browser, given)
  await browser.settle()
  return page
}

/** What somebody else has written, as the server sends it. */
function updateOf(letters: string, client = 7): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = client
  doc.getText('text').insert(0, letters)
  return Y.encodeStateAsUpdate(doc)
}

const rowsIn = (browser: MemoryBrowser) => browser.stored(copyName(copy))?.updates.size ?? 0

/** What the copy would show somebody who opens it now. */
function textIn(browser: MemoryBrowser): string {
  const doc = new Y.Doc()
  for (const update of browser.stored(copyName(copy))?.updates.values() ?? []) Y.applyUpdate(doc, update)
  return doc.getText('text').toString()
}

afterEach(() => {
  vi.restoreAllMocks()
})

test('P1: what was typed counts as unsaved until the server’s echo covers it, through a reload', async () => {
  const browser = memoryBrowser()
  const first = await opened(browser)
  first.type('a')
  first.type('b')
  const held = first.device.held()
  first.type('c')
  await browser.settle()
  expect([first.device.unsaved(), first.device.state()]).toEqual([3, { status: 'stored' }])
  // The tab ends by force, and nothing of it is closed.
  const second = await opened(browser)
  expect([second.text(), second.device.unsaved(), second.told[0]]).toMatchObject(['abc', 3, { waiting: 3 }])
  first.device.commit(held)
  await browser.pass(otherTab)
  expect([first.device.unsaved(), second.device.unsaved()]).toEqual([1, 1])
  await first.device.close()
  await second.device.close()
  const third = await opened(browser)
  expect([third.device.unsaved(), [...third.device.doubt()!]]).toEqual([1, [[first.doc.clientID, 2]]])
  third.echo()
  expect(third.device.unsaved()).toBe(0)
  await third.device.close()
  expect((await opened(browser)).device.unsaved()).toBe(0)
})

test('P1: an echo that was asked for before an edit does not cover it, and what the server sends is never unsaved', async () => {
  const browser = memoryBrowser()
  const { device, type, receive } = await opened(browser)
  const held = device.held()
  type('a')
  device.commit(held)
  receive(updateOf('z'))
  expect([device.unsaved(), device.edits()]).toEqual([1, { made: 1, committed: 0 }])
})

test('P1: two tabs count what waits once, and an echo for either covers it for both', async () => {
  const browser = memoryBrowser()
  const [one, two] = [await opened(browser), await opened(browser)]
  one.type('a')
  two.type('b')
  await browser.pass(otherTab)
  expect([one.device.unsaved(), two.device.unsaved()]).toEqual([2, 2])
  expect(one.text()).toBe(two.text())
  one.echo()
  await browser.pass(otherTab)
  expect([one.device.unsaved(), two.device.unsaved(), two.device.edits()]).toEqual([0, 0, { made: 1, committed: 1 }])
})

test('what another tab has written is read only when the page may show it, and waits for as long as it must', async () => {
  const browser = memoryBrowser()
  const waiting: (() => void)[] = []
  const one = await opened(browser)
  const two = await opened(browser, { let: (apply) => waiting.push(apply) })
  waiting.splice(0).forEach((apply) => apply())
  one.type('a')
  await browser.pass(otherTab - 1)
  expect(waiting).toHaveLength(0)
  await browser.pass(1)
  expect([waiting.length, two.text(), two.device.unsaved()]).toEqual([1, '', 0])
  waiting[0]!()
  expect([two.text(), two.device.unsaved(), two.told.at(-1)]).toEqual(['a', 1, { type: 'counted' }])
})

test('P3: nothing is said to be stored before it is written', async () => {
  const browser = memoryBrowser()
  const { device, type, said } = await opened(browser)
  expect(device.state()).toEqual({ status: 'stored' })
  browser.fault = 'waits'
  type('a')
  await browser.settle()
  type('b')
  expect([device.state(), textIn(browser)]).toEqual([{ status: 'storing' }, ''])
  browser.fault = null
  await browser.settle()
  expect([device.state(), textIn(browser), said]).toEqual([{ status: 'stored' }, 'ab', ['stored', 'storing', 'stored']])
})

for (const [fault, cause] of [
  ['throws', 'failed'],
  ['full', 'full'],
  ['waits', 'slow'],
] as const) {
  test(`P3: a device that fails says so (${cause}) and loses nothing that the page still has`, async () => {
    const browser = memoryBrowser()
    const { device, type, receive, text } = await opened(browser)
    type('a')
    await browser.settle()
    browser.fault = fault
    type('b')
    receive(updateOf('z'))
    await browser.pass(slowAfter)
    expect(device.state()).toMatchObject({ status: 'failing', cause, unread: false })
    await browser.pass(lostAfter + lastRetry)
    type('c')
    await browser.pass(lostAfter + lastRetry)
    expect([device.state().status, device.unsaved(), textIn(browser)]).toEqual(['failing', 3, 'a'])
    browser.fault = null
    await browser.pass(lastRetry)
    expect([device.state(), device.unsaved(), textIn(browser)]).toEqual([{ status: 'stored' }, 3, text()])
    const later = await opened(browser)
    expect([later.text(), later.device.unsaved()]).toEqual([text(), 3])
  })
}

for (const [fault, cause] of [
  ['forbidden', 'forbidden'],
  ['hangs', 'slow'],
] as const) {
  test(`P3: a device that cannot be opened says so (${cause}), and what waits in it is not said to be nothing`, async () => {
    const browser = memoryBrowser()
    const before = await opened(browser)
    before.receive(updateOf('z'))
    before.type('a')
    await before.device.close()
    browser.fault = fault
    const page = await opened(browser)
    page.receive(updateOf('z'))
    page.type('b')
    await browser.pass(slowAfter)
    // Nobody knows what a browser has that forbids to look.
    expect(page.device.state()).toMatchObject({ status: 'failing', cause, unread: fault !== 'forbidden' })
    expect([page.device.unsaved(), page.told]).toEqual([1, []])
    browser.fault = null
    await browser.pass(lostAfter + lastRetry)
    expect([page.device.state(), page.device.unsaved()]).toEqual([{ status: 'stored' }, 2])
    expect([...page.text()].sort().join('')).toBe('abz')
    expect(textIn(browser)).toBe(page.text())
  })
}

test('what a second try mends is nobody’s worry', async () => {
  const browser = memoryBrowser()
  const { device, type, said } = await opened(browser)
  browser.fault = 'throws'
  type('a')
  await browser.settle()
  browser.fault = null
  await browser.pass(usualTiming.firstRetry)
  expect([device.state(), said]).toEqual([{ status: 'stored' }, ['stored', 'storing', 'stored']])
  expect(textIn(browser)).toBe('a')
})

test('a page that is left writes what it has, or has tried to', async () => {
  const browser = memoryBrowser()
  const page = await opened(browser)
  page.type('a')
  await page.device.close()
  expect(textIn(browser)).toBe('a')
  const second = await opened(browser)
  browser.fault = 'throws'
  second.type('b')
  await second.device.close()
  expect([second.device.state().status, textIn(browser)]).toEqual(['failing', 'a'])
})

test('a page that is left between two tries tries once more at once', async () => {
  const browser = memoryBrowser()
  const { device, type } = await opened(browser)
  browser.fault = 'throws'
  type('a')
  await browser.settle()
  browser.fault = null
  await device.close()
  expect(textIn(browser)).toBe('a')
})

test('P1: a tab that was told of nothing learns at its next write that another tab’s echo has covered its edits', async () => {
  const browser = memoryBrowser()
  const deaf = { ...browser, openTabs: () => null }
  const [one, two] = [await opened(deaf), await opened(deaf)]
  one.type('a')
  await browser.settle()
  const third = await opened(deaf)
  third.echo()
  await browser.settle()
  expect([one.device.unsaved(), two.device.unsaved()]).toEqual([1, 0])
  one.told.length = 0
  one.type('b')
  await browser.settle()
  expect([one.device.unsaved(), one.told]).toEqual([1, [{ type: 'counted' }]])
})

test('P8: what a newer version has written is shown as it was at the opening, and neither folded nor read after it', async () => {
  const browser = memoryBrowser()
  const before = await opened(browser)
  before.receive(updateOf('z'))
  await before.device.close()
  const stored = browser.stored(copyName(copy))!
  stored.epoch = epoch + 1
  const page = await opened(browser)
  expect([page.told.map(({ type }) => type), page.device.epoch()]).toEqual([['newer', 'loaded', 'counted'], epoch + 1])
  for (let row = 0; row <= foldAt; row++) stored.updates.set(1000 + row, updateOf('n', 50))
  page.type('a')
  await browser.pass(otherTab)
  expect([page.text(), rowsIn(browser), stored.epoch]).toEqual(['za', foldAt + 3, epoch + 1])
})

test('P8: each document marks its copy and its backup with its own epoch, and goes by it', async () => {
  const browser = memoryBrowser()
  const caucus = { ...copy, document: 'caucus-us' }
  const marks = async (one: DeviceCopyInfo) => [
    browser.stored(copyName(one))!.epoch,
    JSON.parse((await backupOf(one, 1, browser)).text).epoch,
  ]
  for (const one of [
    { copy, epoch },
    { copy: caucus, epoch: epoch + 1 },
  ]) {
    const page = await opened(browser, { of: one })
    page.type('a')
    await page.device.close()
    expect(await marks(one.copy)).toEqual([one.epoch, one.epoch])
  }
  const newer = async (one: DeviceCopyInfo, release: number) => {
    const page = await opened(browser, { of: { copy: one, epoch: release } })
    await page.device.close()
    return [page.text(), page.told.some(({ type }) => type === 'newer')]
  }
  expect([await newer(caucus, epoch), await newer(caucus, epoch + 1), await newer(copy, epoch)]).toEqual([
    ['a', true],
    ['a', false],
    ['a', false],
  ])
  expect(await marks(caucus)).toEqual([epoch + 1, epoch + 1])
})

test('P8: what a newer version writes while the page is open is told of at the next write, and not shown', async () => {
  const browser = memoryBrowser()
  const page = await opened(browser)
  browser.stored(copyName(copy))!.epoch = epoch + 1
  browser.stored(copyName(copy))!.updates.set(1000, updateOf('n', 50))
  page.type('a')
  await browser.settle()
  expect([page.told.at(-1), page.text(), rowsIn(browser)]).toEqual([{ type: 'newer' }, 'a', 2])
})

test('a copy that the browser deletes under the page is written again, with what a tab that is gone had left in it', async () => {
  const browser = memoryBrowser()
  const gone = await opened(browser)
  gone.type('g')
  gone.device.pass({ at: 1, type: 'lost' })
  await gone.device.close()
  const page = await opened(browser)
  page.type('a')
  page.device.pass({ at: 2, type: 'connected', carrier: 'socket' })
  await browser.settle()
  const secret = page.device.secret()
  browser.end(true)
  await browser.settle()
  expect([page.device.state(), textIn(browser)]).toEqual([{ status: 'stored' }, 'ga'])
  expect(page.device.secret()).not.toBe(secret)
  const later = await opened(browser)
  expect([later.text(), later.device.unsaved()]).toEqual(['ga', 2])
  expect(later.device.log()).toEqual([{ at: 2, type: 'connected', carrier: 'socket' }])
})

test('what was read of a copy that is deleted before it may be shown is in the new one as well', async () => {
  const browser = memoryBrowser()
  const waiting: (() => void)[] = []
  const before = await opened(browser)
  before.type('b')
  await before.device.close()
  const page = await opened(browser, { let: (apply) => waiting.push(apply) })
  page.type('a')
  await browser.settle()
  browser.end(true)
  await browser.settle()
  expect(textIn(browser)).toBe('a')
  for (const apply of waiting.splice(0)) apply()
  await browser.settle()
  expect([textIn(browser), page.device.unsaved()]).toEqual([page.text(), 2])
  expect([...page.text()].sort().join('')).toBe('ab')
})

test('a connection that the browser ends is opened again, and nothing is lost', async () => {
  const browser = memoryBrowser()
  const { device, type, said } = await opened(browser)
  browser.end(false)
  type('a')
  await browser.pass(usualTiming.firstRetry)
  expect([device.state(), textIn(browser), said]).toEqual([{ status: 'stored' }, 'a', ['stored', 'storing', 'stored']])
})

test('who signs out in one tab leaves nothing on the device, and the other tab writes nothing more', async () => {
  const browser = memoryBrowser()
  const [one, two] = [await opened(browser), await opened(browser)]
  one.type('a')
  two.type('b')
  await browser.pass(otherTab)
  await one.device.close()
  await deleteCopy(copy, usualTiming, browser)
  expect([browser.stored(copyName(copy)), deviceCopies(browser.storage)]).toEqual([null, []])
  two.type('c')
  await browser.pass(lastRetry)
  expect(two.device.state()).toMatchObject({ status: 'failing', cause: 'forbidden', unread: false })
  await two.device.close()
  expect([browser.stored(copyName(copy)), two.device.unsaved()]).toEqual([null, 3])
})

test('a deletion that the browser does not carry out is said to have failed, and the copy stays in the list', async () => {
  const browser = memoryBrowser()
  await (await opened(browser)).device.close()
  browser.fault = 'hangs'
  const deleting = deleteCopy(copy, usualTiming, browser).catch(({ name }) => name)
  await browser.pass(lostAfter)
  expect([await deleting, deviceCopies(browser.storage).length]).toEqual(['TimeoutError', 1])
})

test('a copy that was given up while the page slept is not made again', async () => {
  const browser = memoryBrowser()
  let over = false
  const page = await opened(browser, { over: () => over })
  await deleteCopy(copy, usualTiming, { ...browser, openTabs: () => null })
  over = true
  page.type('a')
  await browser.pass(lastRetry)
  expect([page.device.state().status, browser.stored(copyName(copy))]).toEqual(['failing', null])
})

test('a copy of an earlier lineage is neither shown nor touched when the server was quicker', async () => {
  const browser = memoryBrowser()
  const before = await opened(browser)
  before.receive(updateOf('old', 7))
  before.type('a')
  await before.device.close()
  const rows = rowsIn(browser)
  const doc = new Y.Doc()
  const page = openPage(browser, { doc })
  page.receive(updateOf('new', 8))
  await browser.settle()
  expect([page.told, page.text()]).toEqual([[{ type: 'former' }], 'new'])
  page.type('b')
  await browser.pass(lastRetry)
  expect([rowsIn(browser), textIn(browser)]).toEqual([rows, 'olda'])
})

test(`more than ${foldAt} rows become one, and the same is read back`, async () => {
  const browser = memoryBrowser()
  const page = await opened(browser)
  for (let edit = 0; edit < foldAt; edit++) {
    page.type('x')
    await browser.settle()
  }
  expect(rowsIn(browser)).toBe(foldAt)
  page.type('y')
  await browser.settle()
  expect(rowsIn(browser)).toBe(1)
  expect((await opened(browser)).text()).toBe(page.text())
})

test('where there is no room for the whole once more, single rows are still kept', async () => {
  const browser = memoryBrowser()
  const page = await opened(browser)
  page.type('w'.repeat(6000))
  for (let edit = 0; edit < foldAt; edit++) {
    page.type('x')
    await browser.settle()
  }
  browser.fault = 'tight'
  page.type('y')
  await browser.settle()
  expect(page.device.state()).toMatchObject({ status: 'failing', cause: 'full' })
  await browser.pass(lastRetry)
  const rows = rowsIn(browser)
  expect([page.device.state(), textIn(browser), rows > foldAt]).toEqual([{ status: 'stored' }, page.text(), true])
})

test('a row that cannot be read stays where it is, is told of, and stops nobody', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const browser = memoryBrowser()
  const before = await opened(browser)
  before.type('a')
  await before.device.close()
  browser.stored(copyName(copy))!.updates.set(1000, Uint8Array.of(7, 7, 7))
  const page = await opened(browser)
  page.type('b')
  await browser.settle()
  expect([page.device.state(), page.text()]).toEqual([{ status: 'stored', unread: true }, 'ab'])
  expect([page.device.held().unread, rowsIn(browser)]).toEqual([true, 3])
  expect(console.error).toHaveBeenCalledOnce()
})

test('what takes the place of the document is kept alone, counts as one more edit, and what follows is kept with it', async () => {
  const browser = memoryBrowser()
  const page = await opened(browser)
  page.type('a')
  await browser.settle()
  page.device.exchange(updateOf('else', 9), [9])
  page.device.append(updateOf('!', 10), true)
  expect([page.device.state(), page.device.unsaved()]).toEqual([{ status: 'storing' }, 3])
  await browser.settle()
  expect([page.device.state(), rowsIn(browser), [...textIn(browser)].sort().join('')]).toEqual([
    { status: 'stored' },
    1,
    '!eels',
  ])
  expect(page.device.doubt()).toEqual(
    new Map([
      [page.doc.clientID, 0],
      [9, 0],
      [10, 0],
    ]),
  )
})

test('the log and what both had before the edits are there after a reload; the latter until nothing waits', async () => {
  const browser = memoryBrowser()
  const lost: Passage = { at: 5, type: 'lost' }
  const kept = { state: Uint8Array.of(0, 0), since: 3, heard: 4 }
  const first = await opened(browser)
  first.type('a')
  first.device.keepBase(kept)
  first.device.pass(lost)
  await first.device.close()
  const second = await opened(browser)
  expect([second.device.log(), second.told[0]]).toMatchObject([[lost], { type: 'loaded', base: kept }])
  second.echo()
  await second.device.close()
  expect((await opened(browser)).told[0]).toMatchObject({ base: null })
})

test('a copy that no page has open is counted, saved as a file and compared without one', async () => {
  const browser = memoryBrowser()
  const page = await opened(browser)
  page.type('a')
  await page.device.close()
  expect(await unsentIn(copy, browser)).toBe(1)
  const state = await stateIn(copy, browser)
  expect([await isWithin(copy, state, browser), await isWithin(copy, updateOf('z'), browser)]).toEqual([true, false])
  expect(JSON.parse((await backupOf(copy, 1234, browser)).text)).toMatchObject({ at: 1234, edits: 1 })
  browser.stored(copyName(copy))!.updates.set(1000, Uint8Array.of(7, 7, 7))
  expect(await unsentIn(copy, browser)).toBe(1)
  expect(await isWithin(copy, state, browser)).toBe(false)
  browser.stored(copyName(copy))!.visits.clear()
  await expect(unsentIn(copy, browser)).rejects.toThrow('cannot be read')
})

const faults: readonly Fault[] = ['throws', 'full', 'tight', 'hangs', 'waits']

test('P1, P3: whatever fails in whatever order, nothing is said to be stored that is not, and all of it is there in the end', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = seeded(seed)
    const below = (limit: number) => Math.floor(random() * limit)
    const browser = memoryBrowser()
    let pages = [await opened(browser), await opened(browser)]
    const typed = new Set<string>()
    for (let step = 0; step < 60; step++) {
      const at = below(pages.length)
      const page = pages[at]!
      const what = below(12)
      if (what < 5) {
        const letter = `<${step}>`
        page.type(letter)
        typed.add(letter)
      } else if (what === 5) browser.fault = faults[below(faults.length)]!
      else if (what < 8) browser.fault = null
      else if (what === 8) browser.end(false)
      else if (what === 9 && page.device.state().status === 'stored') {
        await page.device.close()
        pages = [...pages.slice(0, at), await opened(browser), ...pages.slice(at + 1)]
      } else await browser.pass(below(3) * 10_000)
      for (const { device, doc } of pages) {
        if (device.state().status !== 'stored') continue
        const kept = new Y.Doc()
        for (const update of browser.stored(copyName(copy))?.updates.values() ?? []) Y.applyUpdate(kept, update)
        expect(Y.getState(kept.store, doc.clientID), `seed ${seed}, step ${step}`).toBe(
          Y.getState(doc.store, doc.clientID),
        )
      }
    }
    browser.fault = null
    await browser.pass(5 * 60_000)
    for (const { device } of pages) await device.close()
    const last = await opened(browser)
    for (const letter of typed) expect(last.text(), `seed ${seed}`).toContain(letter)
    expect(last.device.unsaved(), `seed ${seed}`).toBe(typed.size)
  }
})
