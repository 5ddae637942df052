import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import type { Agenda, ReadingId } from '../../shared/domain/agenda.ts'
import { sample } from '../support/agenda.ts'
import { openBrowser } from '../support/gathering.ts'

/** The browser's own print of the meeting page, read back from the PDF that it makes. */

const address = `https://example.org/papers/${'a-long-name-'.repeat(12)}.pdf`

const { people, server } = await openBrowser({ agenda: agenda() })

/** The sample with a title that needs two lines, and a reading with a long address. */
function agenda(): Agenda {
  const source = sample()
  const [day, ...others] = source.days
  const items = day!.items.map((item, index) =>
    index === 2
      ? {
          ...item,
          title: { en: `${item.title.en} ${'and its long second line '.repeat(4)}`.trim(), zh: item.title.zh },
          readings: [{ id: 'r1' as ReadingId, title: { en: 'A paper', zh: '一篇论文' }, url: address }],
        }
      : item,
  )
  return { ...source, days: [{ ...day!, items }, ...others] }
}

async function arrive(language: 'en' | 'zh') {
  const visitor = await people.arrive({ language, dark: true })
  await visitor.join(`${server.origin}/join#${server.invitations[0]!.token}`, 'Sara Bell')
  const sheets = async () => {
    const pdf = await visitor.page.pdf({ format: 'A4' })
    const words = execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf, encoding: 'utf8' })
    return words.split('\f').slice(0, -1)
  }
  return { ...visitor, sheets }
}

/** Without its spaces: what reads a PDF guesses those from the distance between letters. */
function close(text: string): string {
  return text.replace(/\s+/g, '')
}

/** What belongs to the screen: the tools of the edge, the state of the connection, what asks to be done. */
const tools = [
  /Undo|Redo|Invite|Export|Menu|All saved|here$|Meeting details|Fix the start|Not specified|Delete|Add /m,
  /撤销|重做|邀请|导出|菜单|已全部保存|在线|会议信息|固定开始时间|未注明|删除|添加/,
]

for (const language of ['en', 'zh'] as const) {
  test(`the agenda on paper begins with title, dates and place, and has every item and no tool: ${language}`, async () => {
    const { sheets, page, context, errors } = await arrive(language)
    const printed = await sheets()
    const words = close(printed.join('\n'))
    const parts =
      language === 'en'
        ? ['Dialogue on AI testing (sample)', '12–13 Mar 2026', 'Singapore', 'Chatham House Rule', 'Day 1', 'Day 2']
        : ['人工智能测试对话（示例）', '2026年3月12日至13日', '新加坡', '查塔姆研究所规则', '第1天', '第2天']
    const places = parts.map((part) => words.indexOf(close(part)))
    expect(places.every((place) => place >= 0)).toBe(true)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    for (const item of agenda().days.flatMap((day) => day.items)) {
      // Long words of two columns may be cut into lines that are read one beside the other; their beginning is whole.
      expect(words).toContain(close(item.title[language]).slice(0, 16))
    }
    expect(words).toContain('09:30')
    for (const tool of tools) expect(printed.join('\n')).not.toMatch(tool)
    expect(printed[0]).toMatch(/1\s*\/\s*\d/)
    // A sheet that ends with a heading has lost what it is the heading of.
    for (const sheet of printed) {
      const lines = sheet.split('\n').filter((line) => line.trim() !== '')
      expect(lines.at(-2)).not.toMatch(/^\s*(Day \d|Proposals|第\s*\d\s*天|待定议题)/)
    }
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    // Dark because the device is, and because the person chose it.
    for (const theme of [null, 'dark'] as const) {
      const colors = await page.evaluate((chosen) => {
        if (chosen) document.documentElement.dataset.theme = chosen
        const { backgroundColor, color } = getComputedStyle(document.documentElement)
        return [backgroundColor, color]
      }, theme)
      expect(colors).toEqual(['rgb(255, 255, 255)', 'rgb(0, 0, 0)'])
    }
    expect(errors).toEqual([])
    await context.close()
  })

  test(`an item on paper stands alone under the name of the meeting, in both languages: ${language}`, async () => {
    const { sheets, page, context } = await arrive(language)
    await page.locator('[data-item]').nth(2).click()
    await page.locator('.ProseMirror').nth(7).waitFor()
    const printed = (await sheets()).join('\n')
    const words = close(printed)
    expect(words).toContain(close(language === 'en' ? 'Dialogue on AI testing (sample)' : '人工智能测试对话（示例）'))
    expect(words).toContain('09:30–10:45')
    expect(words).toContain('评测共同术语')
    expect(words).toContain(close('Shared terminology for'))
    expect(words).toContain(language === 'en' ? '75min' : '75分钟')
    expect(words).toContain(close(language === 'en' ? 'Evaluation scientist A' : '评测科学家甲'))
    // The other items of the agenda are not on it, nor what is not so: a role that nobody has, a rule that is not set.
    expect(words).not.toContain(close(language === 'en' ? 'Recap of the first day' : '首日会议回顾'))
    expect(words).not.toMatch(/Rapporteur|总结人|attribution|不具名/)
    for (const tool of tools) expect(printed).not.toMatch(tool)
    // Paper cannot be followed: the address is written out, and all of it.
    expect(words).toContain(address)
    // Nothing reaches over the edge of the paper.
    await page.emulateMedia({ media: 'print' })
    await page.setViewportSize({ width: 680, height: 1000 })
    const across = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(across).toBeLessThanOrEqual(0)
    await context.close()
  })
}

test('a print that is asked for while a dialog is open is of the page under it', async () => {
  const { sheets, page, context } = await arrive('en')
  await page.keyboard.press('?')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  const title = (await dialog.getByRole('heading').first().innerText()).trim()
  const printed = (await sheets()).join('\n')
  expect(printed).toContain('Registration')
  expect(close(printed)).not.toContain(close(title))
  await context.close()
})

test('the list of people on paper is whole and names the meeting', async () => {
  const { sheets, page, context } = await arrive('en')
  await page.goto(`${server.origin}/m/${server.meeting}/people`)
  await page.getByRole('heading', { name: /^People/ }).waitFor()
  const printed = (await sheets()).join('\n')
  for (const person of agenda().people) expect(close(printed)).toContain(close(person.name.en))
  expect(printed).toContain('Dialogue on AI testing (sample)')
  expect(printed).not.toContain('Registration')
  for (const tool of tools) expect(printed).not.toMatch(tool)
  await context.close()
})
