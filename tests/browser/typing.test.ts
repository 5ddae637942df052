import { afterAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { readProse } from '../../shared/document/prose.ts'
import { base, openHouse, paragraph, type Sitting, type Table, textWith } from './harness/table.ts'

const house = await openHouse()
afterAll(() => house.close())

async function sit(options: Partial<Sitting>, script: (table: Table) => Promise<void>): Promise<void> {
  const table = await house.sit({ kind: 'ours', clientID: 79, ...options })
  await script(table)
  await table.close()
}

const empty: Partial<Sitting> = {
  prepare: ({ fragment, other }) =>
    other.doc.transact(() => {
      fragment.delete(0, fragment.length)
      fragment.insert(0, [paragraph('')])
    }),
}
const objective = ({ page }: Table) => page.getByRole('textbox', { name: '目标' })
const title = ({ page }: Table) => page.getByRole('textbox', { name: 'Title' })

/** The text as the other has it, once all has arrived. */
async function prose(table: Table) {
  await table.catchUp()
  return readProse(table.fragment)
}

async function paste({ page }: Table, type: 'text/html' | 'text/plain', data: string): Promise<void> {
  await page.evaluate(
    ({ type, data }) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData(type, data)
      document.activeElement?.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
      )
    },
    { type, data },
  )
}

test('bold, italic and strike are on the keyboard, and the row of buttons shows them', async () => {
  await sit(empty, async (table) => {
    const { page } = table
    await objective(table).click()
    for (const [keys, name] of [
      ['Control+b', 'Bold'],
      ['Control+i', 'Italic'],
      ['Control+Shift+x', 'Strike'],
    ] as const) {
      await page.keyboard.press(keys)
      await page.keyboard.type(name)
      const button = page.getByRole('button', { name, exact: true })
      await expect.poll(() => button.getAttribute('aria-pressed')).toBe('true')
      await page.keyboard.press(keys)
    }
    expect(await prose(table)).toEqual([
      {
        type: 'paragraph',
        content: [
          { type: 'text', text: 'Bold', marks: ['bold'] },
          { type: 'text', text: 'Italic', marks: ['italic'] },
          { type: 'text', text: 'Strike', marks: ['strike'] },
        ],
      },
    ])
  })
})

test('a list begins with a dash or a number, goes deeper with Tab, and ends with two Enters', async () => {
  await sit(empty, async (table) => {
    const { page } = table
    await objective(table).click()
    await page.keyboard.type('- one')
    await page.keyboard.press('Enter')
    await page.keyboard.type('two')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.type('three')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await page.keyboard.type('1. first')
    const line = (text: string) => ({ type: 'paragraph', content: [{ type: 'text', text }] })
    expect(await prose(table)).toEqual([
      {
        type: 'bullet-list',
        items: [[line('one'), { type: 'bullet-list', items: [[line('two')]] }], [line('three')]],
      },
      { type: 'ordered-list', items: [[line('first')]] },
    ])
    await page.keyboard.press('Control+Shift+8')
    expect((await prose(table)).map((block) => block.type)).toEqual(['bullet-list'])
  })
})

test('a link is asked for in place, and leads nowhere that it should not', async () => {
  await sit(empty, async (table) => {
    const { page } = table
    await objective(table).click()
    await page.keyboard.type('glossary')
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Control+Shift+k')
    const address = page.getByRole('textbox', { name: 'Address' })
    await address.fill('javascript:alert(1)')
    await page.keyboard.press('Enter')
    await page.getByText('No link can lead there').waitFor()
    await address.fill('example.org/terms')
    await page.keyboard.press('Enter')
    const link = objective(table).getByRole('link', { name: 'glossary' })
    expect(await link.getAttribute('href')).toBe('https://example.org/terms')
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer nofollow')
    expect(await link.getAttribute('target')).toBe('_blank')
    expect(await prose(table)).toEqual([
      {
        type: 'paragraph',
        content: [{ type: 'text', text: 'glossary', marks: [{ link: 'https://example.org/terms' }] }],
      },
    ])
    await page.keyboard.press('Control+Shift+k')
    await page.getByRole('button', { name: 'Remove' }).click()
    expect(await prose(table)).toEqual([{ type: 'paragraph', content: [{ type: 'text', text: 'glossary' }] }])
  })
})

test('an address that came through the document without our editor is still no link', async () => {
  await sit({}, async (table) => {
    await table.edit(() => {
      const text = textWith(table.fragment, '甲')
      text?.format(0, 2, { link: { href: 'javascript:alert(1)' } })
      text?.insert(text.length, 'X')
    })
    await table.catchUp()
    expect(await objective(table).locator('a').getAttribute('href')).toBeNull()
    expect(await objective(table).textContent()).toBe(`${base}X`)
  })
})

test('what is pasted keeps words, emphasis, lists and safe links, and nothing else', async () => {
  await sit(empty, async (table) => {
    await objective(table).click()
    await paste(
      table,
      'text/html',
      `<h1 onclick="alert(1)">Head</h1><script>alert(2)</script><style>p{color:red}</style>
       <p style="color:red">One <b>two</b> <a href="javascript:alert(3)">three</a> <a href="https://example.org/">four</a><img src=x onerror=alert(4)></p>
       <table><tr><td>cell</td></tr></table><ul><li>item</li></ul>`,
    )
    const html = await objective(table).innerHTML()
    expect(html).not.toMatch(/script|onclick|onerror|style=|<img src|<h1|<table/)
    const blocks = await prose(table)
    expect(blocks.at(-1)).toEqual({
      type: 'bullet-list',
      items: [[{ type: 'paragraph', content: [{ type: 'text', text: 'item' }] }]],
    })
    expect(JSON.stringify(blocks)).toContain('{"type":"text","text":"two","marks":["bold"]}')
    expect(JSON.stringify(blocks)).toContain('{"type":"text","text":"four","marks":[{"link":"https://example.org/"}]}')
    expect(JSON.stringify(blocks)).not.toContain('alert')
  })
})

test('plain text is pasted a paragraph a line', async () => {
  await sit(empty, async (table) => {
    await objective(table).click()
    await paste(table, 'text/plain', '一\r\n二\n\n三')
    expect((await prose(table)).map((block) => (block.type === 'paragraph' ? block.content : null))).toEqual(
      ['一', '二', '三'].map((text) => [{ type: 'text', text }]),
    )
  })
})

test('a single line stays one line of plain text, and hands Enter and the arrows on', async () => {
  await sit({}, async (table) => {
    const { page } = table
    await title(table).click()
    await page.keyboard.press('Control+a')
    await page.keyboard.type('- A')
    await page.keyboard.press('Control+b')
    await page.keyboard.type('B')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Enter')
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowUp')
    await paste(table, 'text/html', '<p>C</p><ul><li><b>D</b></li></ul>')
    await paste(table, 'text/plain', '\nE\nF')
    expect(await page.evaluate(() => window.harness.asked())).toEqual(['enter', 'enter', 'down', 'up'])
    expect(await page.evaluate(() => window.harness.title())).toBe('<paragraph>- ABC D E F</paragraph>')
    expect(await page.getByRole('toolbar').count()).toBe(0)
  })
})

test('undo takes back only what this person typed, in the order of typing, across the fields', async () => {
  await sit(empty, async (table) => {
    const { page, fragment } = table
    await objective(table).click()
    await page.keyboard.type('mine')
    await table.catchUp()
    await table.edit(() => {
      const text = (fragment.get(0) as Y.XmlElement).get(0) as Y.XmlText
      text.insert(0, 'theirs ')
    })
    await table.catchUp()
    const before = await page.evaluate(() => window.harness.title())
    await title(table).click()
    await page.keyboard.press('End')
    await page.keyboard.type('!')
    await page.keyboard.press('Control+z')
    expect(await page.evaluate(() => window.harness.title())).toBe(before)
    await page.keyboard.press('Control+z')
    expect(await objective(table).textContent()).toBe('theirs ')
    await page.keyboard.press('Control+Shift+z')
    expect(await objective(table).textContent()).toBe('theirs mine')
  })
})

test('a word that was chosen slowly is one step of undo, and its letters are none', async () => {
  await sit({ ...empty, clock: true }, async (table) => {
    const { page, input } = table
    const text = objective(table)
    await text.click()
    for (const [pinyin, hanzi] of [
      ['anquan', '安全'],
      ['ceshi', '测试'],
    ] as const) {
      for (let length = 1; length <= pinyin.length; length++) {
        await input.compose(pinyin.slice(0, length))
        await page.clock.runFor(120)
      }
      await page.clock.runFor(900)
      await input.commit(hanzi)
      await page.clock.runFor(1000)
    }
    const shown = async (keys: string) => {
      await page.keyboard.press(keys)
      return text.textContent()
    }
    expect([await shown('Control+z'), await shown('Control+z'), await shown('Control+z')]).toEqual(['安全', '', ''])
    expect([await shown('Control+y'), await shown('Control+y')]).toEqual(['安全', '安全测试'])
    expect((await prose(table)).length).toBe(1)
  })
})

test('two compositions right after one another are two steps', async () => {
  await sit(empty, async (table) => {
    const { page, input } = table
    await objective(table).click()
    for (const word of ['安', '全']) {
      await input.compose('a')
      await input.commit(word)
    }
    await expect.poll(() => objective(table).textContent()).toBe('安全')
    await page.keyboard.press('Control+z')
    expect(await objective(table).textContent()).toBe('安')
  })
})

test('a list copied from Word keeps its levels, and a table keeps its cells apart', async () => {
  await sit(empty, async (table) => {
    await objective(table).click()
    const point = (level: number, marker: string, words: string) =>
      `<p class=MsoListParagraph style='mso-list:l0 level${level} lfo1'><![if !supportLists]><span style='mso-list:Ignore'>${marker}<span>&nbsp;&nbsp; </span></span><![endif]>${words}</p>`
    await paste(
      table,
      'text/html',
      `<html xmlns:w="urn:schemas-microsoft-com:office:word"><body><!--StartFragment-->
       ${point(1, '1.', '<b>First</b> point')}
       ${point(2, '·', 'Sub point')}
       ${point(1, '2.', 'Second point')}
       <p class=MsoNormal>Between</p>
       ${point(1, 'l', '要点')}
       <table><tr><td>09:00</td><td><p>Opening</p><p>开幕</p></td></tr><tr><td>09:30</td><td>Terms</td></tr></table>
       <!--EndFragment--></body></html>`,
    )
    const words = (text: string, marks?: ['bold']) => ({ type: 'text', text, ...(marks ? { marks } : {}) })
    const paragraph = (...content: unknown[]) => ({ type: 'paragraph', content })
    expect(await prose(table)).toEqual([
      {
        type: 'ordered-list',
        items: [
          [
            paragraph(words('First', ['bold']), words(' point')),
            { type: 'bullet-list', items: [[paragraph(words('Sub point'))]] },
          ],
          [paragraph(words('Second point'))],
        ],
      },
      paragraph(words('Between')),
      { type: 'bullet-list', items: [[paragraph(words('要点'))]] },
      paragraph(words('09:00 | Opening 开幕')),
      paragraph(words('09:30 | Terms')),
    ])
  })
})

test('the whole text can be deleted and begun anew, and what is emptied for good takes letters again', async () => {
  await sit({}, async (table) => {
    const { page, fragment } = table
    await objective(table).click()
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Delete')
    await page.keyboard.type('again')
    expect(await prose(table)).toEqual([{ type: 'paragraph', content: [{ type: 'text', text: 'again' }] }])
    await table.edit(() => {
      fragment.delete(0, 1)
      table.other.doc.getMap('meta').set('place', { en: 'x', zh: 'x' })
    })
    await table.catchUp()
    await page.keyboard.type('new')
    expect(await prose(table)).toEqual([{ type: 'paragraph', content: [{ type: 'text', text: 'new' }] }])
  })
})

test('brackets show their alternatives with the sides that proposed them', async () => {
  const prepare = ({ fragment }: Pick<Table, 'fragment'>) => {
    const bracket = new Y.XmlElement('bracket')
    bracket.setAttribute('id', 'b1')
    bracket.insert(
      0,
      (['us', 'cn'] as const).map((side) => {
        const alternative = new Y.XmlElement('alternative')
        alternative.setAttribute('id', side)
        alternative.setAttribute('side', side)
        alternative.insert(0, [new Y.XmlText(side === 'us' ? 'shall' : 'should')])
        return alternative
      }),
    )
    ;(fragment.get(0) as Y.XmlElement).push([bracket, new Y.XmlText('子丑')])
  }
  await sit({ prepare }, async (table) => {
    const { page } = table
    const xml = table.fragment.toString()
    const labels = await page
      .locator('.alternative')
      .evaluateAll((all) =>
        all.map((one) => [
          getComputedStyle(one, '::before').content,
          one.textContent,
          getComputedStyle(one, '::after').content,
        ]),
      )
    expect(labels).toEqual([
      ['"[ US "', 'shall', '" ]"'],
      ['"[ CN "', 'should', '" ]"'],
    ])
    await objective(table).click()
    await page.keyboard.press('Control+End')
    await page.keyboard.type('Z')
    await table.catchUp()
    expect(table.fragment.toString()).toBe(xml.replace('子丑', '子丑Z'))
  })
})

test("another person's caret stands in the text with name and side, and is the same one while somebody composes", async () => {
  await sit({}, async (table) => {
    const { page, fragment, other } = table
    const text = textWith(fragment, '甲')!
    await table.edit(() => text.insert(0, 'X'))
    other.point(text, 4)
    const caret = page.locator('.caret')
    await caret.waitFor()
    expect(await caret.getAttribute('data-name')).toBe('US · Ann Lee')
    expect(await caret.getAttribute('data-side')).toBe('us')
    await page.evaluate(() => window.harness.caretBefore('己'))
    const before = await caret.elementHandle()
    await table.input.compose('n')
    await table.edit(() => text.insert(5, 'Y'))
    other.point(text, 6)
    await table.input.compose('ni')
    expect(await before?.evaluate((element) => element.isConnected)).toBe(true)
    await table.input.commit('你')
    await table.catchUp()
    expect(await objective(table).textContent()).toBe('X甲乙丙丁Y戊你己庚辛壬癸')
  })
})
