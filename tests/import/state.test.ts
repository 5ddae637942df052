import { describe, expect, test } from 'vitest'
import { proseText } from '../../shared/domain/agenda.ts'
import { blankOf, fields } from '../../shared/domain/fields.ts'
import { agendaOf } from '../../shared/import/agenda/assembly.ts'
import { addPerson, newDraft } from '../../shared/import/agenda/draft.ts'
import { readHeading } from '../../shared/import/agenda/heading.ts'
import { outlinedItem } from '../../shared/import/agenda/item.ts'
import { readList } from '../../shared/import/agenda/list.ts'
import { applyLine } from '../../shared/import/agenda/paragraph.ts'
import { readAbout } from '../../shared/import/agenda/programme.ts'
import { readItemRow } from '../../shared/import/agenda/row.ts'
import { openState } from '../../shared/import/agenda/state.ts'
import { readTable } from '../../shared/import/agenda/table.ts'
import type { Column } from '../../shared/import/column.ts'
import { type Cell, type Passage, paragraphOf, type Row } from '../../shared/import/passage.ts'
import { settingsOf } from '../../shared/import/setting.ts'
import { account, both, options, stateAfter, written } from './reading.ts'

const day = ['# Dialogue', '## 12 March 2026'] as const
const where = { type: 'row', table: 1, row: 1 } as const

function cell(text: string): Cell {
  const lines = text.split('\n').map((line) => written(line))
  return { passages: text === '' ? [] : [paragraphOf(lines)], text, reaches: false, columns: 1 }
}

function row(...texts: readonly string[]): Row {
  return { where, cells: texts.map(cell) }
}

const nothing = (_: unknown, passage: Passage) => {
  throw new Error(`nobody reads ${passage.type}`)
}

describe('a line that is taken for', () => {
  test('a day closes the item and its field', () => {
    const state = stateAfter(...day, '09:00 Opening', 'Objective:')
    expect(state).toMatchObject({ item: { title: { en: 'Opening' } }, field: { type: 'text', text: 'objective' } })
    applyLine(state, written('13 March 2026'), { type: 'day' })
    expect(state).toMatchObject({ day: { date: '2026-03-13' }, section: { type: 'days' }, item: null, field: null })
    expect(account(state.lines).at(-1)).toBe('Line 1: day ← 13 March 2026')
  })

  test('an item opens it on the day, and no field of it', () => {
    const state = stateAfter(...day, '09:00 Opening', 'Readings:')
    applyLine(state, written('10:00 茶歇'), {
      type: 'item',
      title: '茶歇',
      hours: { start: 600, end: 615 },
      minutes: null,
    })
    expect(state.day?.items.map(({ start, end, title }) => [start, end, title.en + title.zh])).toEqual([
      [540, null, 'Opening'],
      [600, 615, '茶歇'],
    ])
    expect(state).toMatchObject({ item: { title: { zh: '茶歇' } }, itemLevel: 0, field: null })
  })

  test('an item in the afternoon when the one before it was at noon, and not in a copy by Parley', () => {
    const line = { type: 'item', title: 'Benchmarks', hours: { start: 90, end: 150 }, minutes: null } as const
    const theirs = stateAfter(...day, '12:00 Lunch')
    applyLine(theirs, written('1:30'), line)
    expect(theirs.item).toMatchObject({ start: 810, end: 870 })
    const exported = stateAfter(...day, '12:00 Lunch')
    exported.source = 'parley'
    applyLine(exported, written('1:30'), line)
    expect(exported.item).toMatchObject({ start: 90, end: 150 })
  })

  test('the same item once more in the other language makes no second one', () => {
    const state = stateAfter(...day, '09:00–10:00 Opening', '09:00–10:00 开幕')
    expect(state.day?.items.map((one) => one.title)).toEqual([{ en: 'Opening', zh: '开幕' }])
  })

  test('people closes day and item, and who follows is a person', () => {
    const state = stateAfter(...day, '09:00 Opening', '## 中方代表团', '张某（某大学）')
    expect(state).toMatchObject({ section: { type: 'people', side: 'cn' }, item: null })
    expect(state.draft.people).toMatchObject([{ name: { zh: '张某' }, affiliation: { zh: '某大学' }, side: 'cn' }])
  })

  test('facts sets what the table of fields has: the first kind and length count, and the last of all else', () => {
    const state = stateAfter(...day, '09:00 Opening', 'Drafting · 45 min · Deepfakes', 'Session · 60 min · Governance')
    expect(state.item?.set).toEqual({ kind: 'drafting', minutes: 45, topic: 'governance' })
  })

  test('the facts of a meeting at the front says that the copy is by Parley, and in which language', () => {
    const state = stateAfter('# 对话', '二轨 · 查塔姆守则')
    expect(state).toMatchObject({ source: 'parley', draft: { alone: 'zh', meeting: { track: '2' } } })
    expect(stateAfter('# 对话', '二轨').source).toBe('other')
  })

  test('a text fills it until another label, each line in its language', () => {
    const state = stateAfter(
      ...day,
      '09:00 Opening',
      'Objective: Agree.',
      '商定十个术语。',
      'Expected output:',
      'A list.',
    )
    const texts = state.item?.texts
    expect(proseText(texts?.objective.en ?? [])).toBe('Agree.')
    expect(proseText(texts?.objective.zh ?? [])).toBe('商定十个术语。')
    expect(proseText(texts?.output.en ?? [])).toBe('A list.')
  })

  test('hosts in one language after the other makes one host of two names', () => {
    const state = stateAfter('# Dialogue', 'Hosts: Institute A; 某大学', 'Hosts: B')
    expect(state.draft.hosts.map((host) => host.name)).toEqual([
      { en: 'Institute A', zh: '' },
      { en: '', zh: '某大学' },
      { en: 'B', zh: '' },
    ])
    const paired = stateAfter('# Dialogue', 'Hosts: Institute A; Institute B', '主办方：甲所；乙所')
    expect(paired.draft.hosts.map((host) => host.name)).toEqual([
      { en: 'Institute A', zh: '甲所' },
      { en: 'Institute B', zh: '乙所' },
    ])
  })

  test('a length counts once, and a kind until another', () => {
    const state = stateAfter(...day, '09:00 Opening', '时长：30', 'Duration: 45', 'Type: Drafting', '类型：用餐')
    expect(state.item?.set).toEqual({ minutes: 30, kind: 'meal' })
  })

  test('something that cannot be read leaves everything as it was, and says why', () => {
    const state = stateAfter('# Dialogue', 'Date: in spring', 'Times are in: Atlantis')
    expect(state.draft).toMatchObject({ first: null, meeting: { zones: { venue: 'Asia/Singapore' } } })
    expect(account(state.lines).slice(1)).toEqual([
      'Line 1: unused, bad-date ← Date: in spring',
      'Line 1: unused, bad-time ← Times are in: Atlantis',
    ])
  })
})

test('a list is items where its entries begin with times, and prose where none does', () => {
  const list = (...texts: readonly string[]) =>
    ({ type: 'list', ordered: false, entries: texts.map((text) => [paragraphOf([written(text)])]) }) as const
  const state = stateAfter(...day, '09:00 Opening')
  readList(state, list('Which terms differ?', 'Who keeps the list?'), nothing)
  expect(proseText(state.item?.texts.objective.en ?? [])).toBe('Which terms differ?\nWho keeps the list?')
  readList(state, list('10:00 茶歇', 'with tea', '10:30 Benchmarks'), nothing)
  expect(state.day?.items.map((one) => one.title.en + one.title.zh)).toEqual(['Opening', '茶歇', 'Benchmarks'])
  expect(proseText(state.day?.items[1]?.texts.objective.en ?? [])).toBe('with tea')
})

describe('a row', () => {
  const columns: readonly Column[] = [
    { at: 0, meaning: { type: 'time' } },
    { at: 1, meaning: { type: 'title', language: null } },
    { at: 2, meaning: { type: 'role', role: 'presenter' } },
  ]

  test('is an item with the end of its time in the line below, both titles and who presents', () => {
    const state = stateAfter(...day)
    readItemRow(state, row('09:00\n–10:30', 'Benchmarks\n模型基准\nAgree on ten.', 'A; 乙'), columns)
    expect(state.item).toMatchObject({
      start: 540,
      end: 630,
      title: { en: 'Benchmarks', zh: '模型基准' },
      claims: [{ role: 'presenter', text: 'A; 乙' }],
      outlined: true,
    })
    expect(proseText(state.item?.texts.objective.en ?? [])).toBe('Agree on ten.')
    expect(account(state.lines).slice(2)).toEqual([
      'Table 1, row 1: item ← 09:00 –10:30 | Benchmarks / 模型基准',
      'Line 1: objective ← Agree on ten.',
      'Table 1, row 1: role ← A; 乙',
    ])
  })

  test('without time and title goes on with the item above', () => {
    const state = stateAfter(...day)
    readItemRow(state, row('09:00', 'Opening', ''), columns)
    readItemRow(state, row('', '', 'C'), columns)
    expect(state.day?.items).toHaveLength(1)
    expect(state.item?.claims).toMatchObject([{ role: 'presenter', text: 'C' }])
  })

  test('with a date before its time opens that day, and with neither says what was not read', () => {
    const state = stateAfter(...day)
    readItemRow(state, row('3月13日\n09:00', '开幕', ''), columns)
    expect(state.day).toMatchObject({ date: '2026-03-13', items: [{ start: 540 }] })
    readItemRow(state, row('soon', 'Close', ''), columns)
    expect(account(state.lines)).toContain('Table 1, row 1: unused, bad-time ← soon')
  })

  test('of a label and a value says something of the meeting', () => {
    const state = stateAfter('# Dialogue')
    readTable(state, [row('地点', '日内瓦'), row('Dates', '12–13 March 2026'), row('Hosts', 'A')], nothing)
    expect(state.draft).toMatchObject({ first: '2026-03-12', meeting: { place: { zh: '日内瓦' } }, hosts: [{}] })
  })

  test('of a list of people is one, of the side that a row above names', () => {
    const state = stateAfter('# Dialogue', '## Participants')
    readTable(state, [row('Name / 姓名', '单位'), row('', '中方'), row('Zhang Mou\n张某', '某大学')], nothing)
    expect(state.draft.people).toMatchObject([
      { name: { en: 'Zhang Mou', zh: '张某' }, affiliation: { zh: '某大学' }, side: 'cn', sector: 'academia' },
    ])
  })
})

test('a heading goes on about the item of a timetable above it, by its title and start, once', () => {
  const state = stateAfter(...day)
  const rows = [row('Time', 'Session'), row('09:00', 'Session 1: Shared terms'), row('10:00', 'Untitled')]
  readTable(state, rows, nothing)
  const [terms, untitled] = state.day!.items
  expect(outlinedItem(state, 'Shared Terms', null)).toBe(terms)
  expect(outlinedItem(state, 'Shared terms', { start: 540, end: 600 })).toBe(terms)
  expect(outlinedItem(state, 'Shared terms', { start: 600, end: null })).toBeNull()
  expect(outlinedItem(state, 'Untitled', { start: 600, end: null })).toBe(untitled)
  expect(outlinedItem(state, 'Untitled', null)).toBeNull()
  readHeading(state, { type: 'heading', level: 3, lines: [written('09:00 Shared terms')] })
  expect(state).toMatchObject({ item: { id: terms!.id, outlined: false }, itemLevel: 3 })
  expect(outlinedItem(state, 'Shared terms', null)).toBeNull()
})

test('terms stand in columns of their languages, or both in one, with a definition', () => {
  const state = stateAfter('# Dialogue')
  const head = row('English', '中文', 'Definition / 定义', 'Status')
  readTable(state, [head, row('safety', '安全', '定义甲', 'disputed'), row('', '基准', '', '共同')], nothing)
  readTable(state, [row('术语 Term', '定义'), row('bias / 偏见', 'A leaning.')], nothing)
  expect(state.draft.glossary.map(({ en, zh, definition, status }) => [en, zh, both(definition), status])).toEqual([
    ['safety', '安全', '定义甲', 'disputed'],
    ['', '基准', '', 'joint'],
    ['bias', '偏见', 'A leaning.', 'parallel'],
  ])
})

test('what stands about one item opens no other, and what comes after goes on where the file was', () => {
  const state = stateAfter(...day, '09:00 Opening')
  const item = state.item!
  state.item = null
  readAbout(state, item, [paragraphOf([written('10:00 Not an item'), written('Chair: A')])], 'other')
  expect(item.claims).toMatchObject([{ role: 'chair', text: 'A' }])
  expect(proseText(item.texts.objective.en)).toBe('10:00 Not an item')
  expect(state).toMatchObject({ item: null, scope: 'file', day: { items: [{ id: item.id }] } })
})

describe('an agenda is made of a draft', () => {
  test('with every register of the table, blank where the file is silent', () => {
    const state = stateAfter(...day, '09:00 Opening')
    const made = agendaOf(state.draft).days[0]!.items[0]!
    expect(made).toMatchObject({ ...blankOf(fields.item), kind: 'opening', topic: 'logistics' })
    expect(new Set(Object.keys(made))).toEqual(
      new Set(['id', ...Object.keys(fields.item)].filter((one) => one !== 'pinned')),
    )
  })

  test('in which lengths come from the end, from what is said, or from the next start', () => {
    const state = stateAfter(...day, '09:00–09:20 A', '09:20 B (15 min)', '10:00 C', '10:50 D')
    expect(agendaOf(state.draft).days[0]!.items.map((one) => [one.minutes, one.pinned ?? null])).toEqual([
      [20, null],
      [15, null],
      [50, '10:00'],
      [30, null],
    ])
  })

  test('in which a day ends when the file has it, and not before it starts', () => {
    const { draft } = stateAfter(...day, '09:00 A')
    const ends = ['17:00', '08:00', null].map((end) => {
      draft.days[0]!.end = end
      return agendaOf(draft).days[0]!.end
    })
    expect(ends).toEqual(['17:00', undefined, undefined])
  })

  test('in which a day without a date follows the one before it', () => {
    const state = stateAfter(
      '# Dialogue',
      '## Day 1 (12 March 2026)',
      '09:00 A',
      '## Day 3',
      '09:00 B',
      '## 第二天',
      '09:00 C',
    )
    expect(agendaOf(state.draft).days.map((one) => [one.date, one.items[0]?.title.en])).toEqual([
      ['2026-03-12', 'A'],
      ['2026-03-13', 'C'],
      ['2026-03-14', 'B'],
    ])
  })

  test('in which the same name is the same person, and different ones in the other language are two', () => {
    const draft = newDraft(options())
    const nobody = { en: '', zh: '' }
    const first = addPerson(draft, { name: { en: 'Li Wei', zh: '李伟' }, affiliation: nobody })
    expect(addPerson(draft, { name: { en: 'li wei', zh: '' }, affiliation: nobody }, { side: 'cn' })).toBe(first)
    expect(addPerson(draft, { name: { en: 'Li Wei', zh: '李薇' }, affiliation: nobody })).not.toBe(first)
    expect(addPerson(draft, { name: nobody, affiliation: nobody })).toBeNull()
    expect(draft.people.map((one) => one.side)).toEqual(['cn', 'other'])
  })
})

describe('registers that a file states in the words of the table', () => {
  const said: Readonly<Record<string, string>> = {
    kind: 'meal',
    topic: 'nonsense',
    minutes: '45',
    unattributed: 'TRUE',
    proposedBy: 'cn',
    title: 'Opening',
    pinned: '09:00',
  }

  test('are read as the table has them, and nothing else is', () => {
    expect(settingsOf(fields.item, (name) => said[name] ?? null)).toEqual({
      kind: 'meal',
      minutes: 45,
      unattributed: true,
      proposedBy: 'cn',
    })
  })

  test.each(['0', '1441', '4.5', 'x'])('are no length of %s minutes', (minutes) => {
    expect(settingsOf(fields.item, (name) => (name === 'minutes' ? minutes : null))).toEqual({})
  })
})

test('nothing is an agenda before something is read', () => {
  expect(openState(options())).toMatchObject({
    section: { type: 'front' },
    day: null,
    item: null,
    lines: [],
    waiting: [],
  })
})
