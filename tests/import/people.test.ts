import { describe, expect, test } from 'vitest'
import { allItems, proseText } from '../../shared/domain/agenda.ts'
import { both, fixture, programme, understood } from './reading.ts'

// Synthetic agendas, in the forms in which institutes send theirs.

test('an English programme in headings', async () => {
  const { agenda } = await understood(
    'programme.md',
    `# Dialogue on model evaluation

12–13 March 2026, Singapore

## Day 1: Thursday 12 March

### 9:00 am – 9:30 am Opening remarks

Co-chairs: First chair (Institute A); Second chair (Institute B)

### 9.30 – 10.45 Session 1: Shared terms

Agree on ten terms.

Guiding questions:

- Which terms differ?
- Who keeps the list?

Expected output: A first list.

### 10:45 Coffee break
### 11:15-12:30 Benchmarks
### 12:30 Lunch

## Day 2

### 0900-1030 Drafting
### Closing (20 min)
`,
  )
  expect(agenda.title).toEqual({ en: 'Dialogue on model evaluation', zh: '' })
  expect(agenda.place.en).toBe('Singapore')
  expect(agenda.days.map((day) => [day.date, day.start])).toEqual([
    ['2026-03-12', '09:00'],
    ['2026-03-13', '09:00'],
  ])
  expect(programme(agenda)).toEqual([
    [
      '09:00–09:30 Opening remarks',
      '09:30–10:45 Session 1: Shared terms',
      '10:45–11:15 Coffee break',
      '11:15–12:30 Benchmarks',
      '12:30–13:00 Lunch',
    ],
    ['09:00–10:30 Drafting', '10:30–10:50 Closing'],
  ])
  expect(allItems(agenda).map((item) => item.kind)).toEqual([
    'opening',
    'session',
    'break',
    'session',
    'meal',
    'drafting',
    'closing',
  ])
  const session = agenda.days[0]!.items[1]!
  expect(proseText(session.objective.en)).toBe('Agree on ten terms.')
  expect(proseText(session.questions.en)).toBe('Which terms differ?\nWho keeps the list?')
  expect(proseText(session.output.en)).toBe('A first list.')
  expect(agenda.people.map((person) => [person.name.en, person.affiliation.en])).toEqual([
    ['First chair', 'Institute A'],
    ['Second chair', 'Institute B'],
  ])
})

test('a Chinese programme in paragraphs', async () => {
  const { agenda } = await understood(
    '议程.txt',
    `人工智能安全对话

时间：2026年3月12日至13日
地点：新加坡
主办方：美方某研究所；中方某大学

3月12日（星期四）
上午9:00—9:30 开幕致辞
主持人：甲方主席、乙方主席
上午9:30—10:45 评测共同术语
主讲人：某教授（某大学）
目标：商定十个术语。
10时45分 茶歇
11:15至12:30 模型基准
下午2点至3点30分 分组讨论：算法偏见
下午2点至3点30分 分组讨论：深度伪造

3月13日（星期五）
09：00 案文磋商（1小时30分）
闭幕（20分钟）
`,
  )
  expect(agenda.title).toEqual({ en: '', zh: '人工智能安全对话' })
  expect(agenda.place).toEqual({ en: '', zh: '新加坡' })
  expect(agenda.hosts.map((host) => host.side)).toEqual(['us', 'cn'])
  expect(programme(agenda)).toEqual([
    [
      '09:00–09:30 开幕致辞',
      '09:30–10:45 评测共同术语',
      '10:45–11:15 茶歇',
      '11:15–12:30 模型基准',
      '14:00–15:30 分组讨论：算法偏见',
      '14:00–15:30 分组讨论：深度伪造',
    ],
    ['09:00–10:30 案文磋商', '10:30–10:50 闭幕'],
  ])
  expect(agenda.days.map((day) => day.date)).toEqual(['2026-03-12', '2026-03-13'])
  expect(agenda.days[0]!.items.map((item) => item.pinned ?? null)).toEqual([null, null, null, null, '14:00', null])
  expect(agenda.people.map((person) => person.name.zh)).toEqual(['甲方主席', '乙方主席', '某教授'])
  expect(proseText(agenda.days[0]!.items[1]!.objective.zh)).toBe('商定十个术语。')
})

test('whoever is still to be found is nobody, and a label of its own in a cell opens what it says', async () => {
  const { agenda, lines } = await understood(
    'agenda.md',
    `# Dialogue

## 12 March 2026

| Time | Session | Speakers |
| --- | --- | --- |
| 09:00 | Opening | TBC |
| 09:30 | Terms<br>Objective: agree on ten terms<br>Guiding questions:<br>Which terms differ?<br>Who keeps the list? | Speaker One; tbd |
| 10:30 | 事件通报 | 待定 |
| 11:30 | Close | Chair: (to be confirmed) |
`,
  )
  expect(agenda.people.map((person) => person.name.en)).toEqual(['Speaker One'])
  const terms = agenda.days[0]!.items[1]!
  expect(proseText(terms.objective.en)).toBe('agree on ten terms')
  expect(proseText(terms.questions.en)).toBe('Which terms differ?\nWho keeps the list?')
  const unused = lines.filter(({ outcome }) => outcome.type === 'unused').map(({ text }) => text)
  expect(unused).toEqual(['TBC', '待定', 'Chair: (to be confirmed)'])
})

test('a bilingual table with columns for time, items, minutes and speakers', async () => {
  const { agenda, lines } = await understood(
    'agenda.md',
    `# Dialogue / 对话

| 时间 Time | 议题 Item | 时长 | 主讲人 / Speaker | 会场编号代码 |
| --- | --- | --- | --- | --- |
| 2026年3月12日 | | | | |
| 09:00 | Opening / 开幕 | 30 | | A1 |
| | Tour of the laboratory / 参观实验室 | 45分钟 | | |
| 10:15–11:00 | Joint testing 联合测试 | | Speaker One; 主讲人乙 | |
| 11:00–11:15 | 茶歇 (Coffee) | | | |
`,
  )
  expect(agenda.days.map((day) => day.date)).toEqual(['2026-03-12'])
  expect(programme(agenda)).toEqual([
    [
      '09:00–09:30 Opening / 开幕',
      '09:30–10:15 Tour of the laboratory / 参观实验室',
      '10:15–11:00 Joint testing / 联合测试',
      '11:00–11:15 Coffee / 茶歇',
    ],
  ])
  expect(agenda.people.map((person) => both(person.name))).toEqual(['Speaker One', '主讲人乙'])
  expect(lines.filter((line) => line.outcome.type === 'unused')).toEqual([
    { where: 'Line 6', text: 'A1', outcome: { type: 'unused', why: 'unknown-column' } },
  ])
})

test('a table without heads, one language a column', async () => {
  const { agenda } = await understood(
    'agenda.md',
    `# Dialogue / 对话

## 12 March 2026 / 2026年3月12日

| 09:00–09:30 | Opening | 开幕 |
| --- | --- | --- |
| 09:30–10:30 | Shared terms | 共同术语 |
| 10:45–11:30 | Reporting incidents | 事件通报 |
`,
  )
  expect(programme(agenda)).toEqual([
    ['09:00–09:30 Opening / 开幕', '09:30–10:30 Shared terms / 共同术语', '10:45–11:30 Reporting incidents / 事件通报'],
  ])
  expect(agenda.days[0]!.items.map((item) => item.pinned ?? null)).toEqual([null, null, '10:45'])
})

test('alternate lines are one item in two languages', async () => {
  const { agenda } = await understood(
    'agenda.txt',
    `Dialogue on AI safety
人工智能安全对话

Day 1 第一天 March 12, 2026

09:00 Opening by both chairs
09:00 双方主席致开幕辞
10:00 Standards for reporting
事件通报的标准
11:00–12:00 Closing
`,
  )
  expect(agenda.title).toEqual({ en: 'Dialogue on AI safety', zh: '人工智能安全对话' })
  expect(programme(agenda)).toEqual([
    [
      '09:00–10:00 Opening by both chairs / 双方主席致开幕辞',
      '10:00–11:00 Standards for reporting / 事件通报的标准',
      '11:00–12:00 Closing',
    ],
  ])
})

test('people in a table, terms in a list, readings with links', async () => {
  const { agenda, lines } = await understood(
    'agenda.md',
    `# Meeting

## Day 1 (2026-03-12)

### 09:00–10:00 Terms

Chair: Chair A

**Readings**

- [A paper](https://example.org/paper)
- [Bad](ftp://example.org/x)
- A book

## Participants

| Name | Affiliation | Side |
| --- | --- | --- |
| Chair A | University of somewhere | U.S. |
| 主席乙 | 某大学 | 中方 |

## Glossary

- **safety / 安全**: freedom from harm
`,
  )
  expect(agenda.people.map(({ name, side, sector }) => [both(name), side, sector])).toEqual([
    ['Chair A', 'us', 'academia'],
    ['主席乙', 'cn', 'academia'],
  ])
  const [item] = allItems(agenda)
  expect(item!.roles).toEqual([{ person: agenda.people[0]!.id, role: 'chair' }])
  expect(item!.readings.map(({ title, url }) => [title.en, url])).toEqual([
    ['A paper', 'https://example.org/paper'],
    ['Bad', ''],
    ['A book', ''],
  ])
  expect(lines.filter((line) => line.outcome.type === 'unused').map((line) => line.text)).toEqual([
    'ftp://example.org/x',
  ])
  expect(agenda.glossary.map(({ en, zh, definition }) => [en, zh, definition.en])).toEqual([
    ['safety', '安全', 'freedom from harm'],
  ])
})

describe('dates without a year', () => {
  test.each([
    ['## Thu 12 Mar', '2026-02-01', '2026-03-12'],
    ['## 3月12日（星期五）', '2026-02-01', '2027-03-12'],
    ['## 5 January', '2026-12-01', '2027-01-05'],
    ['## Day 2', '2026-02-01', '2026-02-02'],
  ])('%s, read on %s, is %s', async (heading, today, date) => {
    const { agenda } = await understood('a.md', `# T\n\n${heading}\n\n### 09:00–10:00 Opening\n`, { today })
    expect(agenda.days[0]!.date).toBe(date)
  })
})

test('every line of a file is told of once, used or not', async () => {
  const text = `# Meeting

Some words before anything.

## Day 1, 12 March 2026

### 09:00–10:00 Opening

Words about it.
`
  const { lines } = await understood('a.md', text)
  expect(lines.map((line) => [line.where, line.text])).toEqual([
    ['Line 1', 'Meeting'],
    ['Line 3', 'Some words before anything.'],
    ['Line 5', 'Day 1, 12 March 2026'],
    ['Line 7', '09:00–10:00 Opening'],
    ['Line 9', 'Words about it.'],
  ])
  expect(lines[1]!.outcome).toEqual({ type: 'unused', why: 'before-first-item' })
})

test('a calendar that somebody else made', async () => {
  const { agenda, lines } = await understood(
    'invitation.ics',
    [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Synthetic//EN',
      'X-WR-CALNAME:Dialogue week',
      'BEGIN:VEVENT',
      'UID:2',
      'DTSTART;TZID=China Standard Time:20260312T110000',
      'DTEND;TZID=China Standard Time:20260312T120000',
      'SUMMARY:Benchmarks / 基准',
      'DESCRIPTION:Compare results.\\nSpeaker: Speaker One\\n09:00 is no item here',
      'X-ODD:1',
      'END:VEVENT',
      'BEGIN:VEVENT',
      'UID:1',
      'DTSTART:20260312T010000Z',
      'DURATION:PT30M',
      'SUMMARY:Opening',
      'END:VEVENT',
      'BEGIN:VEVENT',
      'UID:3',
      'STATUS:CANCELLED',
      'DTSTART:20260312T050000Z',
      'SUMMARY:Tour',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ].join('\r\n'),
  )
  expect(agenda.title.en).toBe('Dialogue week')
  expect(programme(agenda)).toEqual([['09:00–09:30 Opening', '11:00–12:00 Benchmarks / 基准']])
  expect(proseText(agenda.days[0]!.items[1]!.objective.en)).toBe('Compare results.\n09:00 is no item here')
  expect(agenda.people.map((person) => person.name.en)).toEqual(['Speaker One'])
  const unused = lines.filter((line) => line.outcome.type === 'unused')
  expect(unused.map((line) => line.text)).toEqual(['X-ODD: 1', 'Tour'])
})

test('a conference schedule as frab and pretalx export it', async () => {
  const event = (title: string, start: string, duration: string, more = {}) => ({
    guid: title,
    title,
    start,
    duration,
    persons: [{ public_name: 'Speaker One' }],
    links: [],
    ...more,
  })
  const { agenda, lines } = await understood(
    'schedule.json',
    JSON.stringify({
      schedule: {
        version: '1',
        conference: {
          title: 'Synthetic conference',
          time_zone_name: 'Asia/Shanghai',
          days: [
            {
              index: 1,
              date: '2026-03-12',
              day_start: '2026-03-12T08:00:00+08:00',
              rooms: {
                Hall: [
                  event('Opening', '09:30', '00:30', { abstract: '**Welcome** to all.', track: 'Main' }),
                  event('Evening', '00:30', '00:30'),
                ],
                Annex: [event('Workshop A', '10:00', '01:15'), event('Workshop C', '11:30', '00:30')],
                Loft: [event('Workshop B', '10:00', '01:00')],
              },
            },
          ],
        },
      },
    }),
  )
  expect(programme(agenda)).toEqual([
    [
      '09:30–10:00 Opening',
      '10:00–11:15 Workshop A',
      '10:00–11:00 Workshop B',
      '11:30–12:00 Workshop C',
      '00:30–01:00 Evening',
    ],
  ])
  expect(agenda.zones.venue).toBe('Asia/Shanghai')
  expect(agenda.people.map((person) => person.name.en)).toEqual(['Speaker One'])
  expect(lines.find((line) => line.outcome.type === 'unused')?.text).toBe('room: Hall; track: Main')
})

// Both are made of files/table.html, which is synthetic.
test.each(['table.docx', 'pandoc.docx'])('%s, a table in two languages that another program wrote', async (name) => {
  const { agenda, lines } = await understood(name, fixture(name))
  expect(both(agenda.title)).toBe('Dialogue on testing / 测试对话')
  expect(agenda.place.en).toBe('Singapore')
  expect(agenda.days.map((day) => day.date)).toEqual(['2026-03-12', '2026-03-13'])
  expect(programme(agenda)).toEqual([
    [
      '09:00–09:30 Opening / 开幕',
      '09:30–10:45 Group on bias / 偏见小组',
      '09:30–10:45 Group on deepfakes / 深伪小组',
      '10:45–11:00 Tea break / 茶歇',
      '13:00–14:30 Joint testing / 联合测试',
    ],
    ['09:00–10:30 Drafting / 案文磋商', '10:30–10:50 Closing / 闭幕'],
  ])
  const [opening, bias, , , testing] = agenda.days[0]!.items
  expect([proseText(opening!.objective.en), proseText(opening!.objective.zh)]).toEqual([
    'agree on rules.',
    '商定规则。',
  ])
  expect(bias!.kind).toBe('breakout')
  expect(testing!.objective.zh).toMatchObject([{ type: 'bullet-list', items: [{}, {}] }])
  expect(agenda.people.map(({ name, affiliation, side }) => [both(name), both(affiliation), side])).toEqual([
    ['Chair A', 'Institute A', 'us'],
    ['Speaker B', 'University B', 'us'],
    ['主席甲', '甲研究所', 'cn'],
    ['Speaker C', '', 'other'],
  ])
  expect(lines.filter((line) => line.outcome.type === 'unused')).toEqual([])
})

test('an American programme in plain lines, afternoons as people say them', async () => {
  const { agenda } = await understood(
    'programme.txt',
    `U.S.-China Dialogue on AI

Venue: Hotel, Singapore

Thursday, March 12, 2026

8:30-9:00am  Registration
9:00-9:15  Welcome remarks
Speakers: Speaker One, Institute A; 主讲人乙（乙大学）
9:15-10:45  Session I – Evaluating models
This session compares. Discuss for 30 min, then vote.
1. What do we test?
2. Who tests?
10:45-11:00  Break
12:00 noon Lunch
1:30-3:00 Session II
7:00pm Dinner
`,
  )
  expect(programme(agenda)).toEqual([
    [
      '08:30–09:00 Registration',
      '09:00–09:15 Welcome remarks',
      '09:15–10:45 Session I – Evaluating models',
      '10:45–11:00 Break',
      '12:00–13:30 Lunch',
      '13:30–15:00 Session II',
      '19:00–19:30 Dinner',
    ],
  ])
  const session = agenda.days[0]!.items[2]!
  expect(proseText(session.objective.en)).toBe(
    'This session compares. Discuss for 30 min, then vote.\nWhat do we test?\nWho tests?',
  )
})

test('a Chinese table of contents for morning and afternoon', async () => {
  const { agenda, lines } = await understood(
    '日程.md',
    `# 会议日程

## 2026年3月12日（星期四）

### 上午

| 时间 | 内容 | 发言人 |
|---|---|---|
| 9:00-9:20 | 开幕式 | 主持人：主持人甲 |
| 9:20-10:30 | 安全评测 | 主讲人乙（乙公司）、主讲人丙 |

### 下午

| 时间 | 内容 | 发言人 |
|---|---|---|
| 2:00-3:30 | 治理 | |
`,
  )
  expect(programme(agenda)).toEqual([['09:00–09:20 开幕式', '09:20–10:30 安全评测', '14:00–15:30 治理']])
  const roles = agenda.days[0]!.items.map((item) => item.roles.map((role) => role.role))
  expect(roles).toEqual([['chair'], ['presenter', 'presenter'], []])
  expect(lines.filter((line) => line.outcome.type === 'unused').map((line) => line.text)).toEqual(['上午', '下午'])
})

test.each([
  'Day 1 - 12 March 2026',
  'Day 5 – 12 March 2026',
  'DAY 1 to 12 March',
  'Day 1 – Thursday, March 12, 2026',
  '12 March (Day 1)',
])('the number of a day is no part of its date: %s', async (heading) => {
  const { agenda } = await understood('a.md', `# Agenda, 12 March 2026\n\n## ${heading}\n\n### 09:00 Opening\n`)
  expect(agenda.days.map((day) => day.date)).toEqual(['2026-03-12'])
})

test('a list of topics with nothing but minutes', async () => {
  const { agenda } = await understood(
    'a.md',
    `# Agenda

* Opening (10m)
* Review of minutes - 15 min
* Topic A (1h15)
  * Presenter: Speaker One
* Break 10 minutes
`,
  )
  expect(programme(agenda)).toEqual([
    ['09:00–09:10 Opening', '09:10–09:25 Review of minutes', '09:25–10:40 Topic A', '10:40–10:50 Break'],
  ])
  expect(agenda.people.map((person) => person.name.en)).toEqual(['Speaker One'])
})

test('delegations under headings of their own, and a table of terms', async () => {
  const { agenda } = await understood(
    'a.md',
    `# AI Safety Dialogue
# 人工智能安全对话

## Day 1 (12 March)

### Session 1: Terms (75 min)

**Objective:** Agree on ten terms.
**目标：** 就十个术语达成一致。

**Guiding questions**

1. Which terms differ? / 哪些术语不同？
2. Who keeps the list?
   由谁维护？

Speakers: Speaker One (Institute A) and Speaker Two (Institute B)

## 第二天

### 9:00–10:00 Wrap-up 总结

## Participants 与会人员

### U.S.

- Speaker One, Institute A

### China

- 主讲人乙，乙大学

## Glossary

| English | 中文 | Status |
|---|---|---|
| safety | 安全 | joint |
`,
  )
  expect(agenda.title).toEqual({ en: 'AI Safety Dialogue', zh: '人工智能安全对话' })
  expect(agenda.days.map((day) => day.date)).toEqual(['2026-03-12', '2026-03-13'])
  const [terms] = allItems(agenda)
  expect([terms!.objective.en, terms!.objective.zh].map(proseText)).toEqual([
    'Agree on ten terms.',
    '就十个术语达成一致。',
  ])
  expect([terms!.questions.en, terms!.questions.zh].map(proseText)).toEqual([
    'Which terms differ?\nWho keeps the list?',
    '哪些术语不同？\n由谁维护？',
  ])
  expect(agenda.people.map(({ name, side }) => [both(name), side])).toEqual([
    ['Speaker One', 'us'],
    ['主讲人乙', 'cn'],
    ['Speaker Two', 'other'],
  ])
  expect(agenda.glossary).toMatchObject([{ en: 'safety', zh: '安全', status: 'joint' }])
})
