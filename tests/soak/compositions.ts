import type * as Y from 'yjs'
import type { Seen } from '../browser/harness/page.tsx'
import {
  allWords,
  base,
  type House,
  openHouse,
  paragraph,
  type Table,
  textWith,
  wordsOf,
} from '../browser/harness/table.ts'
import { seeded } from '../support/agenda.ts'
import type { Campaign } from './campaign.ts'

/** What another person does while this one composes. */
const scenarios = ['before', 'at', 'after', 'mark', 'above'] as const
type Scenario = (typeof scenarios)[number]
type Kind = 'ours' | 'plain'

/** Letters as they are typed, and what they become. */
const phrases: readonly (readonly [pinyin: string, hanzi: string])[] = [
  ['nihao', '你好'],
  ['anquan', '安全'],
  ['ceshi', '测试'],
  ['jizhun', '基准'],
  ['guicheng', '规程'],
  ['moxing', '模型'],
  ['shuyu', '术语'],
  ['pinggu', '评估'],
]
interface Figures {
  /** Of either person's words: gone. */
  lost: number
  doubled: number
  /** Letters of pinyin that stayed in the shared text. */
  pinyin: number
  /** Compositions that the browser was made to drop, or that are in the text in part only. */
  cut: number
  /** Times that a letter was not as bold as the other person had last made it. */
  unmarked: number
  /** Times that the two replicas, or the text and the screen, still differed after everything had arrived. */
  apart: number
  /** What the page of our editor has complained of. */
  complaints: number
}

function boldAt(fragment: Y.XmlFragment, letter: string): boolean | null {
  const text = textWith(fragment, letter)
  const run = (text?.toDelta() as { insert: string; attributes?: { bold?: unknown } }[] | undefined)?.find((one) =>
    one.insert.includes(letter),
  )
  return run === undefined ? null : run.attributes?.bold !== undefined
}

/** What the other person does at one moment of a composition: it leaves `letter` in the text. */
function interfere(table: Table, scenario: Scenario, letter: string, random: () => number, bold: Map<string, boolean>) {
  const { fragment } = table
  if (scenario === 'above') {
    fragment.insert(0, [paragraph(letter)])
    return
  }
  const text = textWith(fragment, '己')
  if (text === null) return
  const words = wordsOf(text)
  const end = words.indexOf('己')
  const start = end - (words.slice(0, end).match(/[a-z]*$/)?.[0].length ?? 0)
  const type = (at: number) => {
    text.insert(at, letter)
    table.other.point(text, at + 1)
  }
  switch (scenario) {
    case 'before':
      return type(Math.max(0, start - 1 - Math.floor(random() * 2)))
    case 'at':
      return type(random() < 0.5 ? start : end)
    case 'after':
      return type(end + 1 + Math.floor(random() * 2))
    case 'mark': {
      const at = random() < 0.5 ? start - 1 : end
      const marked = words[at]
      if (marked === undefined) return
      const to = !(bold.get(marked) ?? false)
      bold.set(marked, to)
      text.format(at, 1, { bold: to ? {} : null })
      // Far away, so that there is a clock by which to tell that the mark has arrived.
      return text.insert(text.length, letter)
    }
  }
}

async function play(house: House, kind: Kind, scenario: Scenario, seed: number, count: number): Promise<Figures> {
  const random = seeded(seed)
  const table = await house.sit({ kind, clientID: 1_000 + (seed % 1_000_000) })
  const { page, input, fragment } = table
  const figures: Figures = { lost: 0, doubled: 0, pinyin: 0, cut: 0, unmarked: 0, apart: 0, complaints: 0 }
  const mine: string[] = []
  const theirs: string[] = []
  const bold = new Map<string, boolean>()
  for (let index = 0; index < count; index++) {
    const [pinyin, hanzi] = phrases[index % phrases.length]!
    // A letter that is nowhere else, so that the words of each composition can be told apart.
    const committed = hanzi + String.fromCharCode(0x3400 + index)
    await page.evaluate(() => window.harness.caretBefore('己'))
    await page.evaluate(() => window.harness.takeSeen())
    const interfered = 1 + Math.floor(random() * (pinyin.length - 1))
    for (let length = 1; length <= pinyin.length; length++) {
      await input.compose(pinyin.slice(0, length))
      if (length !== interfered && random() < 0.75) continue
      const letter = String.fromCharCode(0xac00 + theirs.length)
      theirs.push(letter)
      await table.edit(() => interfere(table, scenario, letter, random, bold))
    }
    await input.commit(committed)
    mine.push(committed)
    await table.catchUp()
    const seen = await page.evaluate(() => window.harness.takeSeen())
    const state = await page.evaluate(() => window.harness.state())
    if (!whole(seen, committed) || !allWords(fragment).includes(committed)) figures.cut += 1
    if (state.xml !== fragment.toString() || state.shown !== allWords(fragment)) figures.apart += 1
    for (const [letter, expected] of bold) {
      const found = boldAt(fragment, letter)
      if (found !== null && found !== expected) {
        figures.unmarked += 1
        bold.set(letter, found)
      }
    }
  }
  const words = allWords(fragment)
  for (const letter of [...mine.map((one) => one.at(-1)!), ...theirs, ...base]) {
    const times = words.split(letter).length - 1
    if (times === 0) figures.lost += 1
    if (times > 1) figures.doubled += times - 1
  }
  figures.pinyin = words.match(/[a-z]/g)?.length ?? 0
  // Nothing has failed on the way, and no editor had to be bound anew.
  if (kind === 'ours') figures.complaints = table.complaints.length
  await table.close()
  return figures
}

/** The browser has seen one composition, from its beginning to its end. */
function whole(seen: readonly Seen[], committed: string): boolean {
  const ends = seen.filter(({ type }) => type === 'compositionend')
  return (
    seen.filter(({ type }) => type === 'compositionstart').length === 1 &&
    ends.length === 1 &&
    ends[0]!.data === committed
  )
}

/** Compositions under other people's typing, in our editor and in plain Tiptap: without the second the first proves nothing. */
export const compositions: Campaign = {
  name: 'compositions',
  unit: 'compositions a scenario',
  whole: 50,
  sample: 5,
  seed: 1,
  async play({ seed, count }) {
    const house = await openHouse()
    try {
      const results: { kind: Kind; scenario: Scenario; figures: Figures }[] = []
      for (const kind of ['ours', 'plain'] as const) {
        const played = scenarios.map(async (scenario, index) => ({
          kind,
          scenario,
          figures: await play(house, kind, scenario, seed + index, count),
        }))
        results.push(...(await Promise.all(played)))
      }
      console.log(tabulate(results, count))
      const total = (of: Kind, pick: (figures: Figures) => number) =>
        results.filter(({ kind }) => kind === of).reduce((sum, { figures }) => sum + pick(figures), 0)
      const faults = results
        .filter(({ kind, figures }) => kind === 'ours' && Object.values(figures).some((figure) => figure > 0))
        .map(({ scenario, figures }) => `seed ${seed}, ${scenario}: ${JSON.stringify(figures)}`)
      const plain = total('plain', ({ cut, pinyin, lost }) => cut + pinyin + lost)
      if (plain === 0) faults.push(`seed ${seed}: plain Tiptap did as well`)
      return {
        faults,
        sums: {
          compositions: count * scenarios.length,
          cut: total('ours', ({ cut }) => cut),
          'letters left': total('ours', ({ pinyin }) => pinyin),
          'plain Tiptap cut': total('plain', ({ cut }) => cut),
          'plain Tiptap letters left': total('plain', ({ pinyin }) => pinyin),
        },
      }
    } finally {
      await house.close()
    }
  },
}

function tabulate(results: readonly { kind: Kind; scenario: Scenario; figures: Figures }[], count: number): string {
  const columns: readonly (readonly [keyof Figures, string])[] = [
    ['lost', 'lost'],
    ['doubled', 'doubled'],
    ['pinyin', 'pinyin left'],
    ['cut', 'cut short'],
    ['unmarked', 'marks undone'],
    ['apart', 'apart'],
    ['complaints', 'complaints'],
  ]
  const head = ['editor', 'the other', ...columns.map(([, title]) => title)]
  const rows = results.map(({ kind, scenario, figures }) => [
    kind === 'ours' ? 'Parley' : 'plain Tiptap',
    scenario,
    ...columns.map(([key]) => String(figures[key])),
  ])
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: string[]) => cells.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')
  return [`${count} compositions each`, line(head), ...rows.map(line)].join('\n')
}
