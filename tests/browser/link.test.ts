import * as decoding from 'lib0/decoding'
import { afterAll, expect, test } from 'vitest'
import type * as Y from 'yjs'
import { allWords, base, createGate, openHouse, type Sitting, type Table } from './harness/table.ts'

const house = await openHouse()
afterAll(() => house.close())

async function sit(options: Partial<Sitting>, script: (table: Table) => Promise<void>): Promise<void> {
  const table = await house.sit({ kind: 'ours', clientID: 78, ...options })
  await script(table)
  await table.close()
}

const acknowledgement = 102
const connection = ({ page }: Table) => page.evaluate(() => window.harness.connection())
const live = ({ page }: Table) => page.evaluate(() => window.harness.live())
const saved = ({ page }: Table) => page.evaluate(() => window.harness.saved())

async function type({ page }: Table, keys: string): Promise<void> {
  await page.evaluate(() => window.harness.caretBefore('己'))
  for (const key of keys) await page.keyboard.press(key === '<' ? 'Backspace' : key)
}

test('what is typed counts as unsaved until its echo, however open the socket is', async () => {
  const gate = createGate()
  await sit({ gate }, async (table) => {
    await live(table)
    gate.inward = (frame) => frame[0] !== acknowledgement
    await type(table, 'abc')
    // The other has it already, so the server has; but nobody has told us that it is on disk.
    await table.catchUp()
    expect(await connection(table)).toMatchObject({ status: 'live', unsaved: 3 })
    gate.inward = () => true
    await type(table, 'd')
    await saved(table)
    expect(await connection(table)).toMatchObject({ status: 'live', unsaved: 0, committedAt: expect.any(Number) })
  })
})

test('what was typed and deleted offline is there after a reload, is still counted, and arrives later', async () => {
  const gate = createGate()
  await sit({ gate }, async (table) => {
    await live(table)
    gate.closed = 1013
    await gate.cut()
    await table.page.evaluate(() => window.harness.offline())
    await type(table, 'ab<c')
    expect(await connection(table)).toMatchObject({ status: 'offline', unsaved: 4 })
    await table.page.evaluate(() => window.harness.closeLink())
    await table.reload()
    expect(await table.page.evaluate(() => window.harness.state().shown)).toBe('甲乙丙丁戊ac己庚辛壬癸')
    expect((await connection(table))?.unsaved).toBe(4)
    expect(allWords(table.fragment)).toBe(base)
    gate.closed = null
    await table.page.evaluate(() => window.dispatchEvent(new Event('online')))
    await saved(table)
    await table.catchUp()
    expect(allWords(table.fragment)).toBe('甲乙丙丁戊ac己庚辛壬癸')
    await table.page.evaluate(() => window.harness.closeLink())
    await table.reload()
    await live(table)
    expect((await connection(table))?.unsaved).toBe(0)
  })
})

test('while somebody composes, what they type goes out and is acknowledged', async () => {
  await sit({}, async (table) => {
    await live(table)
    await table.page.evaluate(() => window.harness.caretBefore('己'))
    await table.input.compose('n')
    await table.input.compose('ni')
    await saved(table)
    expect((await table.page.evaluate(() => window.harness.state())).composing).toBe(true)
    await table.input.commit('你')
    await table.catchUp()
    expect(allWords(table.fragment)).toBe('甲乙丙丁戊你己庚辛壬癸')
  })
})

test('a refusal is final: nobody knocks again, and the count stays', async () => {
  const gate = createGate()
  await sit({ gate }, async (table) => {
    await live(table)
    gate.inward = (frame) => frame[0] !== acknowledgement
    await type(table, 'a')
    await table.catchUp()
    gate.closed = 4403
    await gate.cut()
    await table.page.evaluate(() => window.dispatchEvent(new Event('online')))
    await table.page.evaluate(() => window.harness.refused())
    const attempts = gate.attempts
    expect(await connection(table)).toEqual({ status: 'refused', code: 4403, unsaved: 1 })
    await table.page.evaluate(() => window.dispatchEvent(new Event('online')))
    expect(await table.page.getByRole('textbox', { name: '目标' }).getAttribute('contenteditable')).toBe('false')
    expect(gate.attempts).toBe(attempts)
  })
})

test('what is still shown of a copy that was deleted takes no more typing, and does not pass as saved', async () => {
  await sit({}, async (table) => {
    await live(table)
    await type(table, 'a')
    await saved(table)
    await table.page.evaluate(() => window.harness.clear())
    expect(await connection(table)).toEqual({ status: 'refused', code: 4401, unsaved: 0 })
    expect(await table.page.getByRole('textbox', { name: '目标' }).getAttribute('contenteditable')).toBe('false')
  })
})

test('a device that cannot keep a copy says so, and what is typed is committed all the same', async () => {
  const first = () => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('No room', 'QuotaExceededError')
    }
  }
  await sit({ first }, async (table) => {
    await live(table)
    await table.page.evaluate(() => window.harness.deviceSettled())
    expect(await table.page.evaluate(() => window.harness.device())).toMatchObject({
      status: 'failing',
      cause: 'full',
      reason: expect.stringContaining('QuotaExceededError'),
    })
    await type(table, 'a')
    await saved(table)
  })
})

test('what a failing device cannot keep still reaches the server after its page has been left', async () => {
  const gate = createGate()
  const first = () => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('No room', 'QuotaExceededError')
    }
  }
  await sit({ first, gate }, async (table) => {
    await live(table)
    gate.closed = 1013
    await gate.cut()
    await table.page.evaluate(() => window.harness.offline())
    await type(table, 'ab')
    await table.page.evaluate(() => void window.harness.closeLink())
    gate.closed = null
    await table.page.evaluate(() => window.dispatchEvent(new Event('online')))
    await expect.poll(() => allWords(table.fragment)).toContain('戊ab己')
  })
})

test('the copy on the device is folded, so that opening it stays quick', async () => {
  const gate = createGate()
  await sit({ gate }, async (table) => {
    await live(table)
    gate.closed = 1013
    await gate.cut()
    await table.page.evaluate(() => window.harness.edit(600))
    await table.page.evaluate(() => window.harness.closeLink())
    expect(await table.page.evaluate(() => window.harness.rows())).toBeLessThan(200)
    await table.reload()
    expect((await connection(table))?.unsaved).toBe(600)
    expect((await table.page.evaluate(() => window.harness.state())).shown.length).toBe(base.length + 600)
  })
})

test('a person speaks of nobody but themselves', async () => {
  const gate = createGate()
  await sit({ gate }, async (table) => {
    const { fragment, other, page } = table
    await live(table)
    const text = (fragment.get(0) as Y.XmlElement).get(0) as Y.XmlText
    await table.edit(() => text.insert(0, 'X'))
    other.point(text, 3)
    await page.locator('.caret').waitFor()
    await type(table, 'ab')
    await saved(table)
    const clients = gate.outward.flatMap((frame) => {
      const decoder = decoding.createDecoder(frame)
      if (decoding.readVarUint(decoder) !== 1) return []
      const entries = decoding.createDecoder(decoding.readVarUint8Array(decoder))
      return Array.from({ length: decoding.readVarUint(entries) }, () => {
        const client = decoding.readVarUint(entries)
        decoding.readVarUint(entries)
        decoding.readVarString(entries)
        return client
      })
    })
    expect(clients.length).toBeGreaterThan(0)
    expect(clients).not.toContain(other.doc.clientID)
  })
})

const [hour, year] = [3600_000, 365 * 24 * 3600_000]

test.each([
  ['back by an hour', -hour],
  ['back by a year', -year],
  ['forward by an hour', hour],
  ['forward by a year', year],
])(
  'while somebody types, the clock of the device goes %s, and there again: the line stays, and so do they',
  async (_how, step) => {
    const gate = createGate()
    await sit({ gate, clock: true }, async (table) => {
      await live(table)
      await type(table, 'ab')
      await saved(table)
      const began = await table.page.evaluate(() => Date.now())
      for (const at of [step, 0, step]) {
        await table.page.clock.setSystemTime(began + at)
        // So often is it asked whether the line is dead, and who is gone.
        await table.page.clock.runFor(4_000)
        await type(table, 'c')
        await saved(table)
        await table.catchUp()
      }
      expect(gate.attempts).toBe(1)
      expect(await table.page.evaluate(() => window.harness.others())).toBe(1)
      const said = () => gate.outward.filter((frame) => frame[0] === 1).length
      const before = said()
      await table.page.clock.runFor(16_000)
      expect(said()).toBeGreaterThan(before)
    })
  },
)

test('a device that has slept soon knows that its line is dead, even if nothing was typed', async () => {
  const gate = createGate()
  await sit({ gate, clock: true }, async (table) => {
    await live(table)
    await type(table, 'ab')
    await saved(table)
    gate.inward = () => gate.attempts > 1
    // The clock that nobody sets stood still meanwhile.
    await table.page.clock.setSystemTime((await table.page.evaluate(() => Date.now())) + 8 * hour)
    await table.page.clock.runFor(16_000)
    await expect.poll(() => gate.attempts).toBe(2)
  })
})
