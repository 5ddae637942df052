import { afterAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { encodeAwareness } from '../../shared/wire/frame.ts'
import { brokenCarets, strangeCarets } from '../support/carets.ts'
import type { Failure } from './harness/page.tsx'
import {
  allWords,
  base,
  createGate,
  openHouse,
  paragraph,
  type Sitting,
  type Table,
  textWith,
} from './harness/table.ts'

const house = await openHouse()
afterAll(() => house.close())

async function sit(options: Partial<Sitting>, script: (table: Table) => Promise<void>): Promise<void> {
  const table = await house.sit({ kind: 'ours', clientID: 77, ...options })
  await script(table)
  await table.close()
}

/** The other sees what is being composed, and types `letter` right behind it. */
async function beside({ edit, fragment, other, page }: Table, letter: string): Promise<void> {
  await other.holds(await page.evaluate(() => window.harness.clocks()))
  await edit(() => {
    const text = textWith(fragment, '己')
    text?.insert(text.toString().indexOf('己'), letter)
  })
}

/** Both have the same text, which is what the page shows. */
async function agree({ page, fragment }: Table): Promise<string> {
  const state = await page.evaluate(() => window.harness.state())
  expect(state.xml).toBe(fragment.toString())
  expect(state.shown).toBe(allWords(fragment))
  return state.shown
}

const begin = ({ page }: Table) => page.evaluate(() => window.harness.caretBefore('己'))
const held = ({ page }: Table) => page.evaluate(() => window.harness.state()).then((state) => state.held)

test('a composition taken back with Escape leaves nothing behind, and loses nothing of the other', async () => {
  await sit({}, async (table) => {
    await begin(table)
    for (const letters of ['n', 'ni', 'nih']) await table.input.compose(letters)
    await beside(table, 'X')
    expect(await held(table)).toBeGreaterThan(0)
    await table.input.abandon()
    await table.catchUp()
    expect(await agree(table)).toBe('甲乙丙丁戊X己庚辛壬癸')
  })
})

test('a composition that nobody goes on with is committed as it is after 20 seconds, and the others are seen', async () => {
  await sit({ clock: true }, async (table) => {
    await begin(table)
    for (const letters of ['n', 'ni', 'nih']) await table.input.compose(letters)
    await beside(table, 'X')
    await table.page.clock.runFor(15_000)
    expect(await held(table)).toBeGreaterThan(0)
    await table.page.clock.runFor(10_000)
    await table.page.evaluate(() => window.harness.released())
    await table.catchUp()
    expect(await agree(table)).toBe('甲乙丙丁戊nihX己庚辛壬癸')
    await table.input.compose('h')
    await table.input.commit('好')
    await table.catchUp()
    expect(await agree(table)).toContain('好')
  })
})

test('the person who composes without a pause still sees what the others type', async () => {
  await sit({}, async (table) => {
    await begin(table)
    await table.page.evaluate(() => window.harness.takeSeen())
    let words = ''
    let shown = false
    for (let index = 0; index < 600 && !shown; index++) {
      if (index === 0) await table.input.compose('h')
      if (index === 0) await beside(table, 'X')
      const word = String.fromCharCode(0x4e00 + index)
      await table.input.commit(word)
      words += word
      // The next composition begins before anything else can happen.
      await table.input.compose('h')
      shown = await table.page.evaluate(() => window.harness.state()).then((state) => state.shown.includes('X'))
    }
    expect(shown).toBe(true)
    await table.input.commit('完')
    await table.catchUp()
    const text = await agree(table)
    expect(text.replace('X', '')).toBe(`甲乙丙丁戊${words}完己庚辛壬癸`)
    const seen = await table.page.evaluate(() => window.harness.takeSeen())
    expect(
      seen
        .filter(({ type }) => type === 'compositionend')
        .map(({ data }) => data)
        .join(''),
    ).toBe(`${words}完`)
  })
})

test('leaving the field in the middle of a composition keeps its letters, and lets the others in', async () => {
  await sit({}, async (table) => {
    await begin(table)
    for (const letters of ['n', 'ni']) await table.input.compose(letters)
    await beside(table, 'X')
    await table.page.evaluate(() => window.harness.blur())
    await table.page.evaluate(() => window.harness.released())
    await table.catchUp()
    expect(await agree(table)).toBe('甲乙丙丁戊niX己庚辛壬癸')
  })
})

test('an editor that is taken away in the middle of a composition keeps its letters, and lets the others in', async () => {
  await sit({}, async (table) => {
    await begin(table)
    for (const letters of ['n', 'ni']) await table.input.compose(letters)
    await beside(table, 'X')
    await table.page.evaluate(() => window.harness.unmount())
    await table.page.evaluate(() => window.harness.released())
    await table.catchUp()
    await table.page.evaluate(() => window.harness.mount())
    expect(await agree(table)).toBe('甲乙丙丁戊niX己庚辛壬癸')
  })
})

test('opening, closing and opening an editor again writes nothing, and two openings make no second copy', async () => {
  await sit({}, async (table) => {
    const before = await table.page.evaluate(() => window.harness.update())
    for (let index = 0; index < 3; index++) {
      await table.page.evaluate(() => window.harness.unmount())
      await table.page.evaluate(() => window.harness.mount())
    }
    await begin(table)
    const second = await table.again()
    expect(await second.evaluate(() => window.harness.state().shown)).toBe(base)
    expect(await table.page.evaluate(() => window.harness.update())).toEqual(before)
    expect(await agree(table)).toBe(base)
  })
})

const strangers: readonly (readonly [name: string, put: (fragment: Y.XmlFragment) => void])[] = [
  ['a node that we do not know', (fragment) => fragment.insert(1, [new Y.XmlElement('figure')])],
  ['a mark that we do not know', (fragment) => textWith(fragment, '甲')?.format(0, 3, { comment: { id: 'c1' } })],
  ['a paragraph within a paragraph', (fragment) => (fragment.get(0) as Y.XmlElement).push([paragraph('內')])],
  ['text that is in no paragraph', (fragment) => fragment.push([new Y.XmlText('外') as unknown as Y.XmlElement])],
  ['something embedded in the text', (fragment) => textWith(fragment, '甲')?.insertEmbed(2, { image: 'x' })],
]

for (const [name, put] of strangers) {
  test(`${name} is still there after the text has been opened, and while it is open`, async () => {
    await sit({ prepare: ({ fragment }) => put(fragment) }, async (table) => {
      await table.page.getByText('A newer version is needed to edit').waitFor()
      const xml = table.fragment.toString()
      expect((await table.page.evaluate(() => window.harness.document())).xml).toBe(xml)
    })
    await sit({}, async (table) => {
      await begin(table)
      await table.edit(() => {
        put(table.fragment)
        // Something with a clock, so that the arrival can be told.
        textWith(table.fragment, '癸')?.insert(0, 'X')
      })
      await table.page.getByText('A newer version is needed to edit').waitFor()
      const xml = table.fragment.toString()
      expect((await table.page.evaluate(() => window.harness.document())).xml).toBe(xml)
      await table.catchUp()
      expect(table.fragment.toString()).toBe(xml)
    })
  })
}

test('a text that has become one that we know can be edited again', async () => {
  await sit({ prepare: ({ fragment }) => fragment.insert(1, [new Y.XmlElement('figure')]) }, async (table) => {
    await table.page.getByText('A newer version is needed to edit').waitFor()
    await table.edit(() => {
      table.fragment.delete(1, 1)
      textWith(table.fragment, '癸')?.insert(0, 'X')
    })
    await table.page.getByRole('textbox', { name: '目标' }).waitFor()
    await table.catchUp()
    expect(await agree(table)).toBe(`X${base}`)
  })
})

const failures: Readonly<Record<Failure, string>> = {
  apply: 'a plugin throws while a change is applied',
  decorate: 'a decoration throws',
  draw: 'a node view throws',
  update: 'a plugin throws when the view has changed',
  refuse: 'a plugin refuses a change',
}

for (const failure of ['apply', 'decorate', 'draw', 'refuse'] as const) {
  test(`P4: what the other writes is shown although ${failures[failure]}, and the next key deletes nothing of it`, async () => {
    await sit({}, async (table) => {
      await begin(table)
      await table.page.evaluate((where) => window.harness.sabotage(where), failure)
      await table.edit(() => {
        textWith(table.fragment, '甲')?.insert(0, 'X')
        table.fragment.push([paragraph('段')])
      })
      await table.page.keyboard.type('my')
      await table.catchUp()
      expect(await table.page.evaluate(() => window.harness.failed())).toBe(true)
      // The caret had stayed in its place among the words.
      expect(await agree(table)).toBe('X甲乙丙丁戊my己庚辛壬癸\n段')
      await table.page.keyboard.press('Control+z')
      await table.catchUp()
      expect(await agree(table)).toBe('X甲乙丙丁戊己庚辛壬癸\n段')
    })
  })
}

test('P4: edits go on coming and going when the place of the caret cannot be told', async () => {
  await sit({}, async (table) => {
    await begin(table)
    await table.page.evaluate(() => window.harness.loseCaret())
    await table.edit(() => textWith(table.fragment, '甲')?.insert(0, 'X'))
    expect(await table.page.evaluate(() => window.harness.failed())).toBe(true)
    await begin(table)
    await table.page.keyboard.type('my')
    await table.catchUp()
    expect(await agree(table)).toBe('X甲乙丙丁戊my己庚辛壬癸')
  })
})

test('P4: a change at the very moment of a key is shown, and the next key deletes nothing of it', async () => {
  await sit({}, async (table) => {
    await begin(table)
    await table.page.evaluate(() => window.harness.follow('X'))
    await table.page.keyboard.type('my')
    await table.catchUp()
    expect(await agree(table)).toBe('X甲乙丙丁戊my己庚辛壬癸')
  })
})

test('two runs of text in one block, the second written here, are one when the text is opened', async () => {
  await sit({}, async (table) => {
    await table.page.evaluate(() => window.harness.unmount())
    await table.page.evaluate(() => window.harness.double('子丑'))
    await table.page.evaluate(() => window.harness.mount())
    await begin(table)
    await table.page.keyboard.type('my')
    await table.catchUp()
    expect(await agree(table)).toBe('甲乙丙丁戊my己庚辛壬癸子丑')
    expect(table.complaints).toEqual([])
  })
})

test('a text that cannot be shown again by an editor is there as words, and as a field when it can', async () => {
  await sit({}, async (table) => {
    await begin(table)
    await table.page.evaluate(() => {
      window.harness.sabotage('apply')
      window.harness.neverShow()
    })
    await table.edit(() => textWith(table.fragment, '甲')?.insert(0, 'X'))
    await table.page.getByText('No editor could be made').waitFor()
    expect(await table.page.getByText(`X${base}`).count()).toBe(1)
    expect(await table.page.getByRole('textbox', { name: '目标' }).count()).toBe(0)
    await table.page.keyboard.type('my')
    await table.page.evaluate(() => window.harness.letShow())
    await table.edit(() => textWith(table.fragment, '甲')?.insert(0, 'Y'))
    await table.page.getByRole('textbox', { name: '目标' }).waitFor()
    await begin(table)
    await table.page.keyboard.type('my')
    await table.catchUp()
    expect(await agree(table)).toBe('YX甲乙丙丁戊my己庚辛壬癸')
  })
})

for (const failure of ['apply', 'draw', 'update'] as const) {
  test(`a key is in the text although ${failures[failure]}, and stays when the other writes beside it`, async () => {
    await sit({}, async (table) => {
      await begin(table)
      await table.page.evaluate((where) => window.harness.sabotage(where), failure)
      await table.page.keyboard.press(failure === 'draw' ? 'Enter' : 'm')
      await table.catchUp()
      await table.edit(() => {
        textWith(table.fragment, '甲')?.insert(0, 'X')
        textWith(table.fragment, '己')?.insert(textWith(table.fragment, '己')?.length ?? 0, 'Y')
      })
      await table.page.keyboard.type('y')
      await table.catchUp()
      expect(await table.page.evaluate(() => window.harness.failed())).toBe(true)
      expect(await agree(table)).toBe(`X甲乙丙丁戊${failure === 'draw' ? '\n' : 'm'}y己庚辛壬癸Y`)
    })
  })
}

for (const failure of ['apply', 'decorate'] as const) {
  test(`a composition in which ${failures[failure]} leaves its letters, and what the other wrote meanwhile comes in`, async () => {
    await sit({}, async (table) => {
      await table.page.evaluate((where) => window.harness.sabotage(where, false), failure)
      await begin(table)
      for (const letters of ['n', 'ni']) await table.input.compose(letters)
      await beside(table, 'X')
      expect(await held(table)).toBeGreaterThan(0)
      await table.page.evaluate(() => window.harness.arm())
      await table.input.compose('nih')
      await table.page.evaluate(() => window.harness.released())
      await table.catchUp()
      expect(await table.page.evaluate(() => window.harness.failed())).toBe(true)
      // The two letters were written at one place, at once.
      expect(await agree(table)).toMatch(/^甲乙丙丁戊ni(hX|Xh)己庚辛壬癸$/)
      // The next one is as any other.
      await table.input.compose('h')
      await table.input.commit('好')
      await table.catchUp()
      expect(await agree(table)).toMatch(/^甲乙丙丁戊ni(h好X|Xh好)己庚辛壬癸$/)
    })
  })
}

test('P5: an observer whose carets are none, or of nowhere, is in the way of nobody who types', async () => {
  await sit({}, async (table) => {
    await begin(table)
    const observer = await table.observe()
    let mine = ''
    let theirs = ''
    for (const [index, cursor] of [...brokenCarets, ...strangeCarets].entries()) {
      observer.send(encodeAwareness([{ client: 5000, clock: index + 1, state: `{"cursor":${cursor}}` }]))
      // And the same as another server might let it through.
      const state = `{"user":{"color":${cursor}},"cursor":${cursor}}`
      await table.page.evaluate(([client, json]) => window.harness.hear(client, json), [6000 + index, state] as const)
      const letter = String.fromCharCode(0xac00 + index)
      await table.edit(() => textWith(table.fragment, '癸')?.insert(0, letter))
      await table.page.keyboard.type('m')
      mine += 'm'
      theirs = letter + theirs
    }
    await table.catchUp()
    expect(await agree(table)).toBe(`${theirs}甲乙丙丁戊${mine}己庚辛壬癸`)
    expect(table.complaints).toEqual([])
    expect(observer.socket.readyState).toBe(observer.socket.OPEN)
    observer.socket.terminate()
  })
})

test('P7: nobody but oneself says where one is, whoever has used one’s client id', async () => {
  const gate = createGate()
  await sit({ gate }, async (table) => {
    await begin(table)
    const own = await table.page.evaluate(() => window.harness.client())
    gate.inject(encodeAwareness([{ client: own, clock: 2 ** 40, state: '{"user":{},"cursor":{}}' }]))
    await table.edit(() => textWith(table.fragment, '癸')?.insert(0, 'X'))
    await table.page.keyboard.type('my')
    await table.catchUp()
    expect(await agree(table)).toBe(`X甲乙丙丁戊my己庚辛壬癸`)
    expect(table.complaints).toEqual([])
    expect(await table.page.evaluate(() => window.harness.saysItself())).toMatchObject({
      cursor: { anchor: {}, head: {} },
    })
  })
})
