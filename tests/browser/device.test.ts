import type { Page } from 'playwright-core'
import { afterAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { seed } from '../../shared/document/seed.ts'
import { sample } from '../support/agenda.ts'
import { databaseCases } from '../support/databases.ts'
import type { Fault } from './harness/faults.ts'
import { allWords, base, createGate, type Gate, openHouse, type Sitting, type Table } from './harness/table.ts'

/*
 * What this device keeps, and what is said of it, on a device that fails in each of the ways that browsers know; and the
 * one copy that several tabs of one person share.
 */

const house = await openHouse()
afterAll(() => house.close())

declare global {
  interface Window {
    /** Settles when the page that was left has nothing more to keep. */
    left?: Promise<void>
  }
}

/** Waits of a device that answers are short; of one that does not, so are ours. */
const timing = {
  device: 300,
  deviceLost: 900,
  firstRetry: 30,
  lastRetry: 200,
  firstWait: 50,
  lastWait: 200,
  otherTab: 20,
}

async function sit(options: Partial<Sitting>, script: (table: Table, gate: Gate) => Promise<void>): Promise<void> {
  const gate = createGate()
  const table = await house.sit({ kind: 'ours', clientID: 78, timing, fault: null, gate, ...options })
  await script(table, gate)
  await table.close()
}

const live = (page: Page) => page.evaluate(() => window.harness.live())
const saved = (page: Page) => page.evaluate(() => window.harness.saved())
const connection = (page: Page) => page.evaluate(() => window.harness.connection())
const device = (page: Page) => page.evaluate(() => window.harness.device())
const kept = (page: Page) => page.evaluate(() => window.harness.kept())
const write = (page: Page, letters: string) => page.evaluate((typed) => window.harness.write(typed), letters)
const reads = (page: Page, letters: string) => page.evaluate((typed) => window.harness.reads(typed), letters)
const unsaved = (page: Page, count: number) => page.evaluate((wanted) => window.harness.unsaved(wanted), count)
const stored = (page: Page) => page.evaluate(() => window.harness.deviceIs('stored'))
const copiesListed = (page: Page) =>
  page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('parley.copy ')).length)
const setFault = (page: Page, fault: Fault | null) =>
  page.evaluate((now) => {
    if (window.faults) window.faults.fault = now
  }, fault)
const failing = (page: Page, cause: string) =>
  page.evaluate((wanted) => window.harness.deviceIs('failing', wanted), cause)

async function goOffline({ page }: Table, gate: Gate, others: readonly Page[] = []): Promise<void> {
  gate.closed = 1013
  await gate.cut()
  for (const one of [page, ...others]) await one.evaluate(() => window.harness.offline())
}

async function goOnline(gate: Gate, ...pages: readonly Page[]): Promise<void> {
  gate.closed = null
  for (const page of pages) await page.evaluate(() => window.dispatchEvent(new Event('online')))
}

/** The device has everything, never claimed what it had not, and shows it after a reload with no network. */
async function keepsAll(table: Table, gate: Gate, letters: string): Promise<void> {
  const { page } = table
  await stored(page)
  expect((await kept(page)).text).toBe(base + letters)
  expect(await page.evaluate(() => window.harness.claimed())).not.toContain(false)
  gate.closed = 1013
  await page.evaluate(() => window.harness.closeLink())
  await table.reload()
  expect((await page.evaluate(() => window.harness.state())).shown).toBe(base + letters)
  expect((await connection(page))?.status).not.toBe('live')
}

for (const [fault, cause, about] of [
  ['forbidden', 'forbidden', 'forbids its database'],
  ['hangs', 'slow', 'never answers'],
  ['throws', 'failed', 'fails at every write'],
  ['aborts', 'failed', 'ends every write half way'],
  ['full', 'full', 'has no room'],
] as const) {
  test(`a device that ${about} from the start is told of, keeps nothing from the server, and has it all once it recovers`, () =>
    sit({ fault }, async (table, gate) => {
      const { page } = table
      await live(page)
      await failing(page, cause)
      expect(await write(page, 'a')).toBe('failing')
      await saved(page)
      await table.catchUp()
      expect(allWords(table.fragment)).toBe(`${base}a`)
      expect(await device(page)).toMatchObject({ status: 'failing', cause, unread: false })
      expect((await kept(page)).text).toBe('')
      await setFault(page, null)
      await stored(page)
      expect(await write(page, 'b')).toBe('storing')
      await saved(page)
      await keepsAll(table, gate, 'ab')
    }))

  test(`a device that ${about} in the midst of a meeting claims nothing of what it has not written`, () =>
    sit({}, async (table, gate) => {
      const { page } = table
      await live(page)
      await stored(page)
      // What the server has said is no edit of one's own, and is written without a word.
      await expect.poll(async () => (await kept(page)).text).toBe(base)
      await setFault(page, fault)
      // A fault in opening is met when the connection is lost.
      const said = await page.evaluate(() => {
        window.faults?.lose(true)
        return window.harness.write('a')
      })
      expect(said).toBe('storing')
      await failing(page, cause)
      await saved(page)
      expect((await kept(page)).text).toBe(base)
      await goOffline(table, gate)
      expect(await write(page, 'b')).toBe('failing')
      expect(await connection(page)).toMatchObject({ status: 'offline', unsaved: 1 })
      expect((await kept(page)).text).toBe(base)
      await setFault(page, null)
      await keepsAll(table, gate, 'ab')
      expect((await connection(page))?.unsaved).toBe(1)
      await goOnline(gate, page)
      await saved(page)
      await table.catchUp()
      expect(allWords(table.fragment)).toBe(`${base}ab`)
    }))
}

test('IndexedDB does what every kind of database has to do', () =>
  sit({}, async ({ page }) => {
    for (const [index, { title, answer }] of databaseCases.entries()) {
      expect(await page.evaluate((one) => window.harness.database(one), index), title).toEqual(answer)
    }
  }))

test('what is being written is not claimed before it is', () =>
  sit({ timing: { ...timing, device: 20_000, deviceLost: 30_000 } }, async (table, gate) => {
    const { page } = table
    await live(page)
    await stored(page)
    await goOffline(table, gate)
    await stored(page)
    await page.evaluate(() => window.harness.stopWriting())
    expect(await write(page, 'a')).toBe('storing')
    expect(await write(page, 'b')).toBe('storing')
    expect(await device(page)).toEqual({ status: 'storing' })
    await page.evaluate(() => window.harness.letWrite())
    await keepsAll(table, gate, 'ab')
  }))

for (const [about, lose] of [
  ['and says so', () => window.faults?.lose(true)],
  ['and says nothing', () => window.faults?.lose(false)],
  ['for a newer version in another tab', () => window.harness.upgrade()],
] as const) {
  test(`a connection that the browser ends ${about} is opened again, and nothing is lost`, () =>
    sit({ timing: { ...timing, device: 20_000, deviceLost: 30_000 } }, async (table, gate) => {
      const { page } = table
      await live(page)
      await goOffline(table, gate)
      expect(await write(page, 'a')).toBe('storing')
      await page.evaluate(lose)
      await write(page, 'b')
      await stored(page)
      await page.evaluate(lose)
      await write(page, 'c')
      await keepsAll(table, gate, 'abc')
      // One loss that is mended at once is nobody's worry.
      const log = await page.evaluate(() => window.harness.log())
      expect(log.filter(({ type }) => type === 'device-failing')).toEqual([])
      expect((await connection(page))?.unsaved).toBe(3)
    }))
}

test('a copy that the browser deletes under an open page is written again, with what others had left in it', () =>
  sit({}, async (table, gate) => {
    const { page } = table
    await live(page)
    await goOffline(table, gate)
    const second = await table.again()
    await write(second, 'ab')
    await stored(second)
    await second.evaluate(() => window.harness.closeLink())
    await second.close()
    await reads(page, 'ab')
    await write(page, 'cd')
    await stored(page)
    await page.evaluate(() => localStorage.clear())
    await page.evaluate(() => window.faults?.wipe(true))
    // Before anything else is typed.
    await expect.poll(async () => (await kept(page)).unsent).toBe(2)
    await unsaved(page, 2)
    expect(await copiesListed(page)).toBe(1)
    await keepsAll(table, gate, 'abcd')
    await unsaved(page, 2)
  }))

test('what another tab had left in a copy that is deleted, and what waited here to be shown, is in the new one', () =>
  sit({}, async (table, gate) => {
    const { page } = table
    await live(page)
    await goOffline(table, gate)
    const second = await table.again()
    await stored(page)
    await page.evaluate(() => window.harness.keepBack())
    await write(second, 'ab')
    await expect.poll(() => page.evaluate(() => window.harness.state().held)).toBeGreaterThan(0)
    await second.evaluate(() => window.harness.closeLink())
    await second.close()
    await page.evaluate(() => window.faults?.wipe(true))
    await expect.poll(async () => (await kept(page)).text).toBe(base)
    await page.evaluate(() => window.harness.letIn())
    await reads(page, 'ab')
    await expect.poll(async () => (await kept(page)).text).toBe(`${base}ab`)
    await unsaved(page, 1)
    await keepsAll(table, gate, 'ab')
  }))

test('two tabs whose copy is deleted and said nothing of both write theirs to the new one', () =>
  sit({}, async (table, gate) => {
    const { page } = table
    await live(page)
    await goOffline(table, gate)
    const second = await table.again()
    // Neither hears of the other.
    for (const one of [page, second]) await one.evaluate(() => window.faults?.mute())
    await write(page, 'ab')
    await stored(page)
    await write(second, 'cd')
    await stored(second)
    await second.evaluate(() => window.faults?.lose(false))
    await page.evaluate(() => window.faults?.wipe(false))
    for (const one of [page, second]) {
      await write(one, '.')
      await stored(one)
    }
    const { text, unsent } = await kept(page)
    expect([...text.replace(base, '')].sort().join('')).toBe('..abcd')
    expect(unsent).toBe(4)
    await page.evaluate(() => window.harness.closeLink())
    await table.reload()
    await unsaved(page, 4)
    expect((await page.evaluate(() => window.harness.state())).shown).toBe(text)
  }))

for (const [about, spoil] of [
  ['has lost its connection to the device', () => window.faults?.lose(false)],
  [
    'cannot write for a while',
    () => {
      if (window.faults) window.faults.fault = 'throws'
    },
  ],
] as const) {
  test(`what is typed offline right before the page is left is there later, also where the browser ${about}`, () =>
    sit({}, async (table, gate) => {
      const { page } = table
      await live(page)
      await goOffline(table, gate)
      await stored(page)
      await page.evaluate(spoil)
      await page.evaluate(() => {
        window.harness.write('a')
        window.left = window.harness.closeLink()
      })
      // What fails at first is tried again, and the page that was left stays for so long.
      await page.waitForFunction(
        () => window.faults?.fault !== 'throws' || window.harness.device()?.status === 'failing',
      )
      await setFault(page, null)
      await page.evaluate(() => window.left)
      await table.reload()
      expect((await page.evaluate(() => window.harness.state())).shown).toBe(`${base}a`)
      expect((await connection(page))?.unsaved).toBe(1)
    }))
}

test('a copy that cannot be read is told as one, since nobody knows what waits in it', () =>
  sit({}, async (table, gate) => {
    const { page } = table
    await live(page)
    await goOffline(table, gate)
    await write(page, 'ab')
    await stored(page)
    await page.evaluate(() => window.harness.closeLink())
    await setFault(page, 'hangs')
    gate.closed = null
    await table.reload()
    await live(page)
    expect(await connection(page)).toMatchObject({ status: 'live', unsaved: 0 })
    expect(await device(page)).toMatchObject({ status: 'failing', cause: 'slow', unread: true })
    await setFault(page, null)
    await stored(page)
    await saved(page)
    await table.catchUp()
    expect(allWords(table.fragment)).toBe(`${base}ab`)
  }))

test('beside a part of the copy that cannot be read one goes on writing, offline too, and it all arrives', () =>
  sit({}, async (table, gate) => {
    const { page } = table
    await live(page)
    await page.evaluate(() => window.harness.closeLink())
    await page.evaluate(() => window.harness.spoil())
    await table.reload()
    await live(page)
    await stored(page)
    expect(await device(page)).toEqual({ status: 'stored', unread: true })
    await goOffline(table, gate)
    expect(await write(page, 'a')).toBe('storing')
    await write(page, 'b')
    await stored(page)
    await goOnline(gate, page)
    await saved(page)
    await table.catchUp()
    expect(allWords(table.fragment)).toBe(`${base}ab`)
  }))

test('what an earlier visit left beside a part that cannot be read is sent, and does not wait for ever to be saved', () =>
  sit({}, async (table, gate) => {
    const { page } = table
    await live(page)
    await goOffline(table, gate)
    await write(page, 'ab')
    await stored(page)
    await page.evaluate(() => window.harness.closeLink())
    await page.evaluate(() => window.harness.spoil())
    await table.reload()
    await unsaved(page, 1)
    await goOnline(gate, page)
    await saved(page)
    await table.catchUp()
    expect(allWords(table.fragment)).toBe(`${base}ab`)
    await stored(page)
    expect(await device(page)).toEqual({ status: 'stored', unread: true })
    // Whoever can read that part is to know that something may wait in it.
    expect((await kept(page)).unsent).toBe(1)
  }))

test('the network that returns while the copy is being opened does not bring the server’s word before the device’s', () =>
  sit({ timing: { ...timing, device: 60_000, deviceLost: 90_000 } }, async (table, gate) => {
    const { page } = table
    await live(page)
    await page.evaluate(() => window.harness.closeLink())
    await setFault(page, 'hangs')
    const before = gate.attempts
    table.reload().catch(() => {})
    await page.waitForFunction(() => window.harness?.device()?.status === 'opening')
    await page.evaluate(async () => {
      window.dispatchEvent(new Event('online'))
      await new Promise((resolve) => setTimeout(resolve))
      // Attempts are counted in their order: this is the first.
      const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/sync/none/none`)
      await new Promise((resolve) => socket.addEventListener('close', resolve))
    })
    expect(gate.attempts).toBe(before + 1)
  }))

test('the network that returns is used at once, and not what an attempt before it still waits for', () =>
  sit({ timing: { ...timing, patience: 60_000 } }, async (table, gate) => {
    const { page } = table
    await live(page)
    await goOffline(table, gate)
    const before = gate.attempts
    let answered = Number.POSITIVE_INFINITY
    gate.inward = () => gate.attempts > answered
    gate.closed = null
    await expect.poll(() => gate.attempts).toBeGreaterThan(before)
    await write(page, 'a')
    answered = gate.attempts
    await goOnline(gate, page)
    await saved(page)
    await table.catchUp()
    expect(allWords(table.fragment)).toBe(`${base}a`)
  }))

for (const answer of ['fails', 'does not come'] as const) {
  test(`a copy whose deletion ${answer} stays in the list of copies, so that it can be tried again`, () =>
    sit({}, async ({ page }) => {
      await live(page)
      await stored(page)
      const listed = () => copiesListed(page)
      expect(await listed()).toBe(1)
      const failed = await page.evaluate(async (fails) => {
        const { deleteDatabase } = IDBFactory.prototype
        IDBFactory.prototype.deleteDatabase = () => {
          if (fails) throw new DOMException('not now', 'UnknownError')
          const never = { addEventListener: { value: () => {} }, removeEventListener: { value: () => {} } }
          return Object.create(IDBOpenDBRequest.prototype, never)
        }
        const answer = await window.harness.clear().then(
          () => 'deleted',
          () => 'failed',
        )
        IDBFactory.prototype.deleteDatabase = deleteDatabase
        return answer
      }, answer === 'fails')
      expect(failed).toBe('failed')
      expect(await listed()).toBe(1)
      await page.evaluate(() => window.harness.clear())
      expect(await listed()).toBe(0)
      expect(await page.evaluate(() => indexedDB.databases())).toEqual([])
    }))
}

test('two tabs offline have each other’s edits from the device, count the same, and either commits them all', () =>
  sit({}, async (table, gate) => {
    const { page } = table
    await live(page)
    const second = await table.again()
    await live(second)
    gate.closed = 1013
    await page.evaluate(() => window.dispatchEvent(new Event('offline')))
    await second.evaluate(() => window.dispatchEvent(new Event('offline')))
    await page.evaluate(() => window.harness.offline())
    await second.evaluate(() => window.harness.offline())
    await write(page, 'ab')
    await reads(second, 'ab')
    await unsaved(second, 1)
    await write(second, 'cd')
    await reads(page, 'abcd')
    await unsaved(page, 2)
    await unsaved(second, 2)
    for (const one of [page, second]) {
      await stored(one)
      expect(await one.evaluate(() => window.harness.claimed())).not.toContain(false)
      const said = await one.evaluate(() => window.faults?.said ?? [])
      expect(said.length).toBeGreaterThan(0)
      expect(new Set(said)).toEqual(new Set(['written']))
    }
    await page.evaluate(() => window.harness.closeLink())
    await page.close()
    await goOnline(gate, second)
    await saved(second)
    await table.other.holds(await second.evaluate(() => window.harness.clocks()))
    expect(allWords(table.fragment)).toBe(`${base}abcd`)
    await second.evaluate(() => window.harness.closeLink())
    expect((await kept(second)).unsent).toBe(0)
  }))

test('two tabs offline that both stay come back with nothing left to count in either', () =>
  sit({}, async (table, gate) => {
    const { page } = table
    await live(page)
    gate.closed = 1013
    await gate.cut()
    await page.evaluate(() => window.harness.offline())
    const second = await table.again()
    await write(page, 'ab')
    await reads(second, 'ab')
    await write(second, 'cd')
    await reads(page, 'abcd')
    await unsaved(page, 2)
    await goOnline(gate, second)
    await saved(second)
    // Told through the device: the first is still offline.
    await unsaved(page, 0)
    await goOnline(gate, page)
    await saved(page)
    expect((await connection(second))?.unsaved).toBe(0)
    expect((await kept(page)).unsent).toBe(0)
  }))

test('what another tab has written is read once the device can be read again, and nothing else has to happen', () =>
  sit({}, async (table, gate) => {
    const { page } = table
    await live(page)
    await goOffline(table, gate)
    const second = await table.again()
    await stored(page)
    await setFault(page, 'unread')
    await write(second, 'ab')
    await failing(page, 'failed')
    await setFault(page, null)
    await reads(page, 'ab')
    await unsaved(page, 1)
    await stored(page)
    expect((await page.evaluate(() => window.harness.state())).shown).toContain('ab')
  }))

const exchanged = (page: Page) => page.evaluate(() => window.harness.exchanged())

test('what two tabs had not sent when the agenda was rebuilt is kept as one copy, and each begins anew beside it', () =>
  sit({}, async (table, gate) => {
    const { page } = table
    await live(page)
    const second = await table.again()
    await live(second)
    gate.closed = 1013
    for (const one of [page, second]) {
      await one.evaluate(() => window.dispatchEvent(new Event('offline')))
      await one.evaluate(() => window.harness.offline())
    }
    await write(page, 'ab')
    await reads(second, 'ab')
    await write(second, 'cd')
    await unsaved(page, 2)
    gate.closed = 4410
    await exchanged(page)
    await exchanged(second)
    expect(await page.evaluate(() => window.harness.base())).toBe(base)
    gate.closed = null
    await page.evaluate(() => window.harness.closeLink())
    await table.reload()
    await saved(page)
    await write(page, 'x')
    await saved(page)
    expect(await page.evaluate(() => window.harness.lineage())).toBe(2)
    // The other tab has the earlier document open still.
    await write(second, 'ef')
    await second.evaluate(() => window.harness.closeLink())
    expect(await kept(page)).toMatchObject({ text: `${base}abcdef`, unsent: 3 })
    expect(await page.evaluate(() => window.harness.kept(2))).toMatchObject({ text: `${base}x`, unsent: 0 })
    expect(await copiesListed(page)).toBe(2)
    await page.evaluate(() => window.harness.closeLink())
    await table.reload()
    await saved(page)
    await table.catchUp()
    expect(allWords(table.fragment)).toBe(`${base}x`)
  }))

test('what only a tab has when the agenda was rebuilt stays in it, and comes to the device as soon as there is room', () =>
  sit({}, async (table, gate) => {
    const { page } = table
    await live(page)
    await stored(page)
    await setFault(page, 'full')
    await goOffline(table, gate)
    await write(page, 'ab')
    await failing(page, 'full')
    gate.closed = 4410
    await page.evaluate(() => window.dispatchEvent(new Event('online')))
    await page.evaluate(() => window.harness.refused())
    expect(await connection(page)).toEqual({ status: 'refused', code: 4410, unsaved: 1 })
    expect(await page.evaluate(() => window.harness.base())).toBe(base)
    expect((await page.evaluate(() => window.harness.state())).shown).toBe(`${base}ab`)
    expect(await page.evaluate(() => window.harness.exchanges())).toEqual([])
    expect(await copiesListed(page)).toBe(1)
    await setFault(page, null)
    await exchanged(page)
    expect(await page.evaluate(() => window.harness.exchanges())).toEqual([true])
    expect(await kept(page)).toMatchObject({ text: `${base}ab`, unsent: 1 })
    expect(await copiesListed(page)).toBe(2)
  }))

test('beside a part that cannot be read, what was not sent when the agenda was rebuilt is there to be brought in; without any, nobody says so', () =>
  sit({}, async (table, gate) => {
    const { page } = table
    await live(page)
    await goOffline(table, gate)
    await write(page, 'ab')
    await stored(page)
    await page.evaluate(() => window.harness.spoil())
    const left = () => page.evaluate(() => window.harness.left())
    gate.closed = 4410
    await page.evaluate(() => window.dispatchEvent(new Event('online')))
    await exchanged(page)
    await page.evaluate(() => window.harness.closeLink())
    expect(await left()).toEqual([1, `${base}ab`])
    gate.closed = null
    await table.reload()
    await saved(page)
    await page.evaluate(() => window.harness.closeLink())
    expect(await left()).toEqual([0, base])
    await page.evaluate(() => window.harness.spoil(2))
    expect(await left()).toEqual([null, base])
  }))

test('what a slow device has of an earlier lineage is not mixed with what the server has said meanwhile', () =>
  sit({}, async (table, gate) => {
    const { page } = table
    await live(page)
    await goOffline(table, gate)
    await write(page, 'ab')
    await stored(page)
    await page.evaluate(() => window.harness.closeLink())
    const earlier = new Y.Doc()
    Y.applyUpdate(earlier, seed(sample(), 7))
    await page.evaluate((update) => window.harness.plant(update), [...Y.encodeStateAsUpdate(earlier)])
    await setFault(page, 'hangs')
    gate.closed = null
    await table.reload()
    await live(page)
    await write(page, 'x')
    await setFault(page, null)
    await exchanged(page)
    expect(await page.evaluate(() => window.harness.exchanges())).toEqual([true])
    expect((await page.evaluate(() => window.harness.state())).shown).toBe(`${base}x`)
    await page.evaluate(() => window.harness.closeLink())
    expect(await kept(page)).toMatchObject({ rows: 1, unsent: 1 })
    expect((await kept(page)).clocks.map(([client]) => client)).toContain(7)
    await table.reload()
    await saved(page)
    await table.catchUp()
    expect(allWords(table.fragment)).toBe(`${base}x`)
  }))

test('folding the copy in two tabs at once loses nothing', () =>
  sit({}, async (table, gate) => {
    const { page } = table
    await live(page)
    gate.closed = 1013
    await gate.cut()
    await page.evaluate(() => window.harness.offline())
    const second = await table.again()
    await Promise.all([page, second].map((one) => one.evaluate(() => window.harness.edit(600))))
    await unsaved(page, 1200)
    await unsaved(second, 1200)
    await stored(page)
    await stored(second)
    const found = await kept(page)
    expect(found.text.length).toBe(base.length + 1200)
    expect(found.unsent).toBe(1200)
    expect(found.rows).toBeLessThan(600)
    for (const one of [page, second]) await one.evaluate(() => window.harness.closeLink())
    await table.reload()
    expect((await connection(page))?.unsaved).toBe(1200)
    expect((await page.evaluate(() => window.harness.state())).shown.length).toBe(base.length + 1200)
  }))

test('a device with room for edits but not for the whole once more keeps every one of them', () =>
  sit({ timing: { ...timing, device: 20_000, deviceLost: 30_000 } }, async (table, gate) => {
    const { page } = table
    await live(page)
    await goOffline(table, gate)
    await stored(page)
    await setFault(page, 'tight')
    await page.evaluate(() => window.harness.edit(540))
    await stored(page)
    const { text, rows, unsent } = await kept(page)
    expect(text.length).toBe(base.length + 540)
    expect(unsent).toBe(540)
    expect(rows).toBeGreaterThan(500)
    // Once, and not again at every letter.
    const log = await page.evaluate(() => window.harness.log())
    expect(log.flatMap((passage) => (passage.type === 'device-failing' ? [passage.cause] : []))).toEqual(['full'])
    expect(await page.evaluate(() => window.harness.claimed())).not.toContain(false)
  }))

test('what is said to be on this device has been asked to outlast the power', () =>
  sit({}, async (table, gate) => {
    const { page } = table
    await live(page)
    await goOffline(table, gate)
    await stored(page)
    const before = await page.evaluate(() => window.faults?.kept.length ?? 0)
    await write(page, 'a')
    await stored(page)
    const asked = await page.evaluate((from) => window.faults?.kept.slice(from), before)
    expect(asked).toEqual(['strict'])
  }))

test('somebody else at the same browser neither sees nor sends what is kept here', () =>
  sit({}, async (table, gate) => {
    const { page } = table
    await live(page)
    await goOffline(table, gate)
    await write(page, 'ab')
    await stored(page)
    await page.evaluate(() => window.harness.closeLink())
    gate.closed = null
    await table.reload('there')
    await live(page)
    await saved(page)
    expect((await page.evaluate(() => window.harness.state())).shown).toBe(base)
    await write(page, 'c')
    await saved(page)
    await table.catchUp()
    expect(allWords(table.fragment)).toBe(`${base}c`)
    expect((await kept(page)).text).toBe(`${base}c`)
    await page.evaluate(() => window.harness.closeLink())
    await table.reload()
    await saved(page)
    await table.catchUp()
    expect(allWords(table.fragment)).toMatch(/^甲乙丙丁戊己庚辛壬癸(abc|cab)$/)
  }))

/** The server ends a connection at a larger frame. */
const largestFrame = 4 * 2 ** 20

for (const [about, offline, pieces, letters] of [
  ['many edits', false, 60, 100_000],
  ['one paste', false, 1, 6_000_000],
  ['one paste, brought back offline,', true, 1, 6_000_000],
] as const) {
  test(`a file with 6 MB of ${about} goes to the server in several frames and is committed`, () =>
    // The clock of a busy computer is not the one to be tested here.
    sit({ timing: {} }, async (table, gate) => {
      const { page, other } = table
      await live(page)
      // Six million letters are not for a screen.
      await page.evaluate(() => window.harness.unmount())
      if (offline) await goOffline(table, gate)
      const mark = gate.outward.length
      const bring = [4711, pieces, letters] as const
      expect(await page.evaluate((file) => window.harness.bring(...file), bring)).toBe('brought')
      expect((await connection(page))?.unsaved).toBe(1)
      if (offline) await goOnline(gate, page)
      await saved(page)
      const sizes = gate.outward.slice(mark).map((frame) => frame.length)
      expect(Math.max(...sizes)).toBeLessThan(largestFrame)
      expect(sizes.filter((size) => size > 100_000).length).toBeGreaterThan(30)
      if (!offline) expect(gate.attempts).toBe(1)
      await other.holds(await page.evaluate(() => window.harness.clocks()))
      expect(allWords(table.fragment).length).toBe(base.length + pieces * letters)
      await stored(page)
      expect((await kept(page)).text.length).toBe(base.length + pieces * letters)
    }))
}

test('where the part of the program that cuts large updates does not come, nothing is said to be saved that is not', () =>
  sit({ timing: {} }, async (table) => {
    const { page } = table
    await live(page)
    await page.evaluate(() => window.harness.unmount())
    let asked = 0
    await page.route('**/split-*.js', (route) => {
      asked += 1
      return route.abort()
    })
    expect(await page.evaluate(() => window.harness.bring(4711, 1, 1_500_000))).toBe('brought')
    await saved(page)
    await expect.poll(() => allWords(table.fragment).length).toBe(base.length + 1_500_000)
    expect(asked).toBeGreaterThan(0)
  }))

test('a slow way up is not taken for a dead one: a large change gets through on the first connection', () => {
  const first = () => {
    const bytesPerMs = 100
    window.WebSocket = class extends WebSocket {
      private way = Promise.resolve()
      override send(data: string | Blob | BufferSource) {
        this.way = this.way.then(async () => {
          await new Promise((resolve) => setTimeout(resolve, (data as Uint8Array).length / bytesPerMs))
          if (this.readyState === WebSocket.OPEN) super.send(data)
        })
      }
    }
  }
  return sit({ timing: { ...timing, silence: 800 }, first }, async (table) => {
    const { page, other } = table
    await live(page)
    await page.evaluate(() => window.harness.unmount())
    await page.evaluate(() => window.harness.bring(4711, 1, 400_000))
    await saved(page)
    await other.holds(await page.evaluate(() => window.harness.clocks()))
    expect((await page.evaluate(() => window.harness.log())).filter(({ type }) => type === 'lost')).toEqual([])
  })
})

test('the log on the device has the latest two hundred lines, also after a reload', () =>
  sit({ timing: {} }, async (table) => {
    const { page } = table
    await live(page)
    await stored(page)
    await page.evaluate(() => window.harness.saveBackups(230))
    const lines = await page.evaluate(() => window.harness.log())
    expect(lines.length).toBe(200)
    expect(lines.filter(({ type }) => type !== 'backup-saved')).toEqual([])
    await page.evaluate(() => window.harness.closeLink())
    await table.reload()
    await live(page)
    const later = await page.evaluate(() => window.harness.log())
    expect(later.length).toBe(200)
    expect(later.at(-1)?.type).not.toBe('backup-saved')
    await page.evaluate(() => window.harness.closeLink())
    expect((await kept(page)).lines).toBe(200)
  }))
