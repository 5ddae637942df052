import { afterAll, expect, test } from 'vitest'
import { createGate, openHouse, type Sitting, type Table } from './harness/table.ts'

/** A page that holds a second document of its meeting open, in a real browser against the real server. */

const house = await openHouse()
afterAll(() => house.close())

async function sit(options: Partial<Sitting>, run: (table: Table) => Promise<void>): Promise<void> {
  const table = await house.sit({ kind: 'ours', clientID: 7, ...options })
  try {
    await run(table)
    expect(table.complaints).toEqual([])
  } finally {
    await table.close()
  }
}

const caucus = 'caucus-cn'
const beside = (page: Table['page'], document = caucus) =>
  page.evaluate((name) => window.harness.beside(name), document)
const says = (page: Table['page']) => page.evaluate((name) => window.harness.besideSays(name), caucus)
const write = (page: Table['page'], text: string) =>
  page.evaluate(([name, words]) => window.harness.besideWrite(name!, words!), [caucus, text])
const holds = (page: Table['page'], text: string) =>
  page.evaluate(([name, words]) => window.harness.besideHolds(name!, words!), [caucus, text])
const saved = (page: Table['page']) => page.evaluate((name) => window.harness.besideSaved(name), caucus)

test('P1, P6: a document beside the agenda shares its connection, its device, and the word on saving', () => {
  const gate = createGate()
  return sit({ gate }, async ({ page, again, reload }) => {
    await page.evaluate(() => window.harness.live())
    await beside(page)
    await saved(page)
    // What is written before anybody is connected is kept on the device, and one connection carries both.
    expect(gate.attempts).toBe(1)
    await write(page, '中方')
    await saved(page)
    expect(await page.evaluate(() => window.harness.whole())).toMatchObject({ status: 'saved' })

    const second = await again()
    await beside(second)
    await holds(second, '中方')
    await write(second, '内部')
    await holds(page, '内部中方')

    // The network goes: what is written in either counts, and all of it is there after a reload.
    gate.closed = 1013
    await page.evaluate(() => window.dispatchEvent(new Event('offline')))
    await page.evaluate((name) => window.harness.besideStatus(name, 'offline'), caucus)
    await write(page, '离线')
    await page.evaluate(() => window.harness.edit(2))
    expect(await page.evaluate(() => window.harness.whole())).toMatchObject({ status: 'offline', changes: 2 })
    await expect.poll(() => page.evaluate(() => window.harness.whole())).toMatchObject({ storedIn: 'device' })
    await reload()
    await beside(page)
    expect(await says(page)).toBe('离线内部中方')
    gate.closed = null
    await page.evaluate(() => window.dispatchEvent(new Event('online')))
    await saved(page)
    await page.evaluate(() => window.harness.saved())
    await holds(second, '离线内部中方')
    expect(await page.evaluate(() => window.harness.whole())).toMatchObject({ status: 'saved' })
  })
})

test('P6: a document of the other side is refused by itself, and the agenda goes on', () =>
  sit({}, async ({ page, other, catchUp, fragment }) => {
    await page.evaluate(() => window.harness.live())
    await beside(page, 'caucus-us')
    await page.evaluate(() => window.harness.besideStatus('caucus-us', 'refused'))
    expect(await page.evaluate(() => window.harness.besideConnection('caucus-us'))).toMatchObject({ code: 4403 })
    await page.evaluate(() => window.harness.edit(1))
    await page.evaluate(() => window.harness.saved())
    await catchUp()
    expect(fragment.toString()).toContain('0')
    expect(other.doc.getMap('items').size).toBeGreaterThan(0)
    expect(await page.evaluate(() => window.harness.whole())).toMatchObject({ status: 'saved' })
  }))
