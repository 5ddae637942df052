import { describe, expect, test } from 'vitest'
import type { Mark } from '../../shared/domain/agenda.ts'
import { classifyHeading, type HeadingKind } from '../../shared/import/agenda/heading.ts'
import { classify, type Line } from '../../shared/import/agenda/line.ts'
import type { State } from '../../shared/import/agenda/state.ts'
import { stateAfter, written } from './reading.ts'

const day = '# Dialogue\n## 12 March 2026'.split('\n')
/** Where a line may stand. */
const places = {
  'at the front': () => stateAfter(),
  'under a title': () => stateAfter('# Dialogue'),
  'under a day': () => stateAfter(...day),
  'in an item': () => stateAfter(...day, '09:00–10:00 Opening'),
  'in an item without a time': () => stateAfter(...day, 'Opening (30 min)'),
  'in an item under a heading': () => stateAfter(...day, '### 09:00–10:00 Opening'),
  'under a label': () => stateAfter(...day, '09:00–10:00 Opening', 'Objective:'),
  'among people': () => stateAfter(...day, '09:00–10:00 Opening', '## Participants'),
  'in a copy by Parley': () => {
    const state = stateAfter(...day, '### 09:00–10:00 Opening')
    state.source = 'parley'
    return state
  },
  'in a text by Parley': () => {
    const state = stateAfter(...day, '### 09:00–10:00 Opening', 'Objective:')
    state.source = 'parley'
    return state
  },
  'in a description of one item': () => {
    const state = stateAfter(...day, '09:00–10:00 Opening')
    state.scope = 'item'
    return state
  },
} satisfies Record<string, () => State>

type Place = keyof typeof places
const hours = (start: number, end: number | null = null) => ({ start: start * 60, end: end === null ? null : end * 60 })
const item = (title: string, start: number | null, end: number | null = null, minutes: number | null = null): Line => ({
  type: 'item',
  title,
  hours: start === null ? null : hours(start, end),
  minutes,
})
const words: Line = { type: 'words' }

describe('a line is', () => {
  test.each<[Place, string, Line, ...Mark[]]>([
    // Items.
    ['under a day', '09:00–10:00 Opening', item('Opening', 9, 10)],
    ['under a day', '9 am – 10 am Opening', item('Opening', 9, 10)],
    ['under a day', '09：00 开幕', item('开幕', 9)],
    ['under a day', '上午9:00—10:00 开幕致辞', item('开幕致辞', 9, 10)],
    ['under a day', '下午2点至4点 分组讨论', item('分组讨论', 14, 16)],
    ['under a day', '（10:00-11:00）茶歇', item('茶歇', 10, 11)],
    ['under a day', 'Opening (09:00–10:00)', item('Opening', 9, 10)],
    ['under a day', '开幕（09:00–10:00）', item('开幕', 9, 10)],
    ['under a day', 'Opening (30 min)', item('Opening', null, null, 30)],
    ['under a day', '闭幕（20分钟）', item('闭幕', null, null, 20)],
    ['under a day', '10:00', item('', 10)],
    ['in an item', '10:00–11:00 Benchmarks', item('Benchmarks', 10, 11)],
    ['in an item', '11:00', words],
    ['in an item without a time', '11:00–12:00', { type: 'hours', hours: hours(11, 12) }],
    ['in an item under a heading', 'Opening (30 min)', words],
    ['under a label', 'Opening (30 min)', words],
    ['in a description of one item', '10:00–11:00 Benchmarks', words],
    // Digits of full width are no figures yet.
    ['under a day', '０９：００ 开幕', words],
    ['under a day', '12:30:15 Opening', words],
    ['under a day', '2026-2027 plan', words],
    // Days.
    ['under a title', '12 March 2026, Singapore', { type: 'first-day', date: '2026-03-12', place: 'Singapore' }],
    ['under a title', '2026年3月12日 新加坡', { type: 'first-day', date: '2026-03-12', place: '新加坡' }],
    ['under a title', 'Day 2', { type: 'day' }],
    ['under a day', 'Friday, 13 March 2026', { type: 'day' }],
    ['under a day', '3月13日（星期五）', { type: 'day' }],
    ['in an item', '第二天：开放讨论', { type: 'day' }],
    ['in an item', 'The lists are sent by 13 March', words],
    ['under a label', '13 March 2026', words],
    ['under a label', '13 March 2026', { type: 'day' }, 'bold'],
    // Values behind labels.
    ['in an item', 'Chair: A; B', { type: 'role', role: 'chair', words: 'A; B' }],
    ['in an item', '主持人：甲、乙', { type: 'role', role: 'chair', words: '甲、乙' }],
    ['in an item', 'Presenter / 主讲人：甲', { type: 'role', role: 'presenter', words: '甲' }],
    ['in an item', 'Chair: TBC', { type: 'unused', why: 'empty' }],
    ['in an item', '主讲人：（待定）', { type: 'unused', why: 'empty' }],
    ['under a day', 'Chair: A', words],
    ['in an item', 'Objective: Agree.', { type: 'text', text: 'objective', language: 'en', at: 11 }],
    ['in an item', '目标：商定。', { type: 'text', text: 'objective', language: 'zh', at: 3 }],
    ['in an item', 'Objective / 目标：x', { type: 'text', text: 'objective', language: null, at: 15 }],
    ['in an item', '讨论问题： 哪些？', { type: 'text', text: 'questions', language: 'zh', at: 6 }],
    ['in an item', 'Readings: A paper', { type: 'reading', at: 10 }],
    ['in an item', 'Time: 10:00', { type: 'hours', hours: hours(10) }],
    ['in an item', 'Time: later', words],
    ['in an item', '时长：30', { type: 'minutes', minutes: 30 }],
    ['in an item', 'Type: Drafting', { type: 'kind', kind: 'drafting' }],
    ['under a title', 'Venue: Geneva', { type: 'place', words: 'Geneva' }],
    ['under a title', '地点：日内瓦', { type: 'place', words: '日内瓦' }],
    ['in an item', 'Venue: Room 1', words],
    ['under a title', '主办方：甲；乙', { type: 'hosts', words: '甲；乙' }],
    ['under a title', 'Date: 12 March 2026', { type: 'first-day', date: '2026-03-12', place: '' }],
    ['under a title', 'Date: in spring', { type: 'unused', why: 'bad-date' }],
    ['under a title', '时间：待定', { type: 'unused', why: 'bad-time' }],
    ['under a title', 'Times are in: Singapore (Asia/Singapore)', { type: 'zone', words: 'Asia/Singapore' }],
    ['under a title', '所列时间均为：世界协调时', { type: 'zone', words: 'UTC' }],
    ['at the front', 'Title: Dialogue', { type: 'title', words: 'Dialogue' }],
    // Labels alone.
    ['in an item', 'Objectives:', { type: 'label', meaning: { type: 'text', text: 'objective' } }],
    ['in an item', '预期成果：', { type: 'label', meaning: { type: 'text', text: 'output' } }],
    ['in an item', 'Readings', { type: 'label', meaning: { type: 'readings' } }, 'bold'],
    ['in an item', 'Readings', words],
    ['in an item', '讨论人：', { type: 'label', meaning: { type: 'role', role: 'discussant' } }],
    ['in an item', '与会人员：', { type: 'label', meaning: { type: 'people' } }],
    ['under a label', '中方：', words],
    ['under a day', '中方：', { type: 'label', meaning: { type: 'side', side: 'cn' } }],
    ['under a title', 'Agenda:', { type: 'label', meaning: { type: 'agenda' } }],
    ['under a day', 'Objectives:', words],
    // Facts.
    [
      'in an item',
      'Session · 75 min · Safety benchmarks',
      {
        type: 'facts',
        facts: [
          { of: 'item', set: { kind: 'session' } },
          { of: 'item', set: { minutes: 75 } },
          { of: 'item', set: { topic: 'benchmarks' } },
        ],
      },
    ],
    ['in an item', '45 分钟', { type: 'facts', facts: [{ of: 'item', set: { minutes: 45 } }] }],
    ['under a label', '茶歇', words],
    ['in an item', '茶歇', { type: 'facts', facts: [{ of: 'item', set: { kind: 'break' } }] }, 'italic'],
    ['under a day', '45 分钟', words],
    [
      'under a title',
      '二轨 · 查塔姆守则',
      {
        type: 'facts',
        facts: [
          { of: 'meeting', set: { track: '2' } },
          { of: 'meeting', set: { rule: 'chatham-house' } },
        ],
      },
    ],
    // The title once more.
    ['in an item', '开幕', { type: 'other-title', title: { en: '', zh: '开幕' } }],
    ['in an item', '今天开幕。', words],
    ['in an item', 'Welcome', words],
    ['under a label', '开幕', words],
    ['in a copy by Parley', '开幕', words],
    // Prose.
    ['in an item', 'Agree on ten terms.', words],
    ['among people', '09:00–10:00 Opening', words],
    ['among people', 'Zhang Mou (Example University)', words],
    ['in a text by Parley', '10:00–11:00 Benchmarks', words],
    ['in a text by Parley', 'Chair: A', words],
    [
      'in a text by Parley',
      'Guiding questions',
      { type: 'label', meaning: { type: 'text', text: 'questions' } },
      'bold',
    ],
    ['in a text by Parley', 'Agreed', words, 'bold'],
    ['under a day', `09:00 ${'a'.repeat(300)}`, words],
  ])('%s: %s', (place, text, line, ...marks) => {
    expect(classify(written(text, ...marks), places[place]()).line).toEqual(line)
  })

  test.each<[Place, string, boolean]>([
    ['in an item', '10:00–11:00 Benchmarks', true],
    ['in an item', 'Chair: A', true],
    ['in an item', 'Venue: Room 1', true],
    ['in an item', 'Objectives:', true],
    ['in an item', 'Agree on ten terms.', false],
    ['in an item', '45 min', false],
  ])('%s: %s ends the prose before it: %s', (place, text, apart) => {
    expect(classify(written(text), places[place]()).apart).toBe(apart)
  })

  test('no item in a list for its date, and one for its length even under no day', () => {
    const front = stateAfter('# Dialogue')
    expect(classify(written('Day 2'), front, true).line).toEqual(words)
    expect(classify(written('Opening (30 min)'), front).line).toEqual(words)
    expect(classify(written('Opening (30 min)'), front, true).line).toEqual(item('Opening', null, null, 30))
  })

  test('no title in the other language once words of the item wait before it', () => {
    const state = stateAfter(...day, '09:00–10:00 Opening')
    const label = written('地点：甲厅')
    expect(classify(label, state).line.type).toBe('other-title')
    state.waiting.push(written('Agree on ten terms.'))
    expect(classify(label, state).line).toEqual(words)
  })

  test('told without a change to what has been read', () => {
    for (const [place, make] of Object.entries(places)) {
      const state = make()
      const before = structuredClone({ ...state, draft: { ...state.draft, options: null } })
      for (const text of ['09:00 开幕', '开幕', 'Chair: A', 'Objectives:', '13 March 2026', 'Track 2 · Session'])
        classify(written(text), state)
      expect({ ...state, draft: { ...state.draft, options: null } }, place).toEqual(before)
    }
  })
})

describe('a heading is', () => {
  test.each<[Place, number, string, HeadingKind | HeadingKind['type']]>([
    ['at the front', 1, 'Dialogue', { type: 'title', words: 'Dialogue' }],
    ['at the front', 1, '对话', { type: 'title', words: '对话' }],
    ['at the front', 1, '12 March 2026', 'day'],
    ['at the front', 1, '09:00 Opening', 'item'],
    ['at the front', 1, '与会人员', { type: 'label', meaning: { type: 'people' } }],
    ['under a title', 1, '对话', 'title'],
    ['under a title', 1, 'Another', { type: 'group', why: 'before-first-item' }],
    ['under a title', 2, 'Day 1', 'day'],
    ['under a title', 2, '第一天（3月12日）', 'day'],
    ['under a title', 2, 'Agenda', { type: 'label', meaning: { type: 'agenda' } }],
    ['under a day', 3, '09:00–10:00 Opening', { type: 'item', title: 'Opening', hours: hours(9, 10), minutes: null }],
    ['under a day', 3, 'Opening', { type: 'item', title: 'Opening', hours: null, minutes: null }],
    ['under a day', 3, '开幕（20分钟）', { type: 'item', title: '开幕', hours: null, minutes: 20 }],
    ['under a day', 3, '上午', { type: 'group', why: 'no-time-or-title' }],
    ['under a day', 3, 'Afternoon / 下午', { type: 'group', why: 'no-time-or-title' }],
    ['in an item under a heading', 4, 'Guiding questions', 'label'],
    ['in an item under a heading', 4, 'What remains', 'heading'],
    ['in an item under a heading', 3, 'Benchmarks', 'item'],
    ['in an item', 2, 'Proposals', { type: 'label', meaning: { type: 'proposals' } }],
    ['among people', 3, 'Chinese experts', { type: 'side', side: 'cn' }],
    ['among people', 3, '美方', { type: 'label', meaning: { type: 'side', side: 'us' } }],
    ['among people', 3, 'Secretariat', { type: 'unused', why: 'not-an-agenda-field' }],
  ])('%s, level %i: %s', (place, level, text, kind) => {
    const heading = { type: 'heading', level, lines: [written(text)] } as const
    const found = classifyHeading(heading, text, places[place]())
    if (typeof kind === 'string') expect(found.type).toBe(kind)
    else expect(found).toEqual(kind)
  })

  test('the group of those below it that have times', () => {
    const state = stateAfter(...day)
    const heading = (level: number, text: string) => ({ type: 'heading', level, lines: [written(text)] }) as const
    state.headings = [heading(3, 'Plenary'), heading(4, '09:00 Opening'), heading(3, 'Close')]
    const kinds = state.headings.map((one) => classifyHeading(one, one.lines[0]!.text, state).type)
    expect(kinds).toEqual(['group', 'item', 'item'])
  })

  test('the title of a proposal in a copy, whatever its words are', () => {
    const state = stateAfter(...day, '## Proposals')
    const kind = () => classifyHeading({ type: 'heading', level: 3, lines: [written('Day 2')] }, 'Day 2', state)
    expect(kind()).toEqual({ type: 'day' })
    state.source = 'parley'
    expect(kind()).toEqual({ type: 'item', title: 'Day 2', hours: null, minutes: null })
  })
})
