import { describe, expect, test } from 'vitest'
import { type Agenda, allItems, type Language, type MeetingId, type Side } from '../../shared/domain/agenda.ts'
import { itemFlags } from '../../shared/domain/fields.ts'
import { timetable, worldTime } from '../../shared/domain/timetable.ts'
import { type CopyOptions, wholeCopy } from '../../shared/export/copy.ts'
import { toDocx } from '../../shared/export/docx.ts'
import { toIcs } from '../../shared/export/ics.ts'
import { toJson } from '../../shared/export/json.ts'
import { toMarkdown } from '../../shared/export/markdown.ts'
import { large, sample } from '../support/agenda.ts'
import { itemFacts, peopleFacts, understood } from './reading.ts'

const copies = (['en', 'zh', 'both'] as const).flatMap((language) =>
  (['us', 'cn'] as const).map((lead): [CopyOptions['language'], Side] => [language, lead]),
)

const formats = {
  'agenda.md': async (agenda: Agenda, options: CopyOptions) => toMarkdown(agenda, options),
  'agenda.docx': (agenda: Agenda, options: CopyOptions) => toDocx(agenda, { ...options, at: 0 }),
  'agenda.ics': async (agenda: Agenda, options: CopyOptions) =>
    toIcs(agenda, { ...options, meeting: 'm1' as MeetingId, link: null, revisions: {}, now: 0 }).text,
} as const

/** Readings and texts that the sample has none of. Synthetic. */
function furnished(): Agenda {
  const agenda = sample()
  return {
    ...agenda,
    track: '1.5',
    glossary: [
      {
        id: 't1' as never,
        en: 'red teaming',
        zh: '红队测试',
        status: 'parallel',
        definition: { en: 'Attacking a model to find out where it fails.', zh: '模拟攻击以发现模型缺陷。' },
        note: '',
      },
    ],
    rule: 'none',
    days: agenda.days.map((day, index) =>
      index > 0
        ? day
        : {
            ...day,
            items: day.items.map((item, at) =>
              at !== 2
                ? item
                : {
                    ...item,
                    proposedBy: 'cn' as const,
                    ...Object.fromEntries(itemFlags.map((flag) => [flag, true])),
                    interpretation: 'consecutive' as const,
                    readings: [
                      {
                        id: 'r1' as never,
                        title: { en: 'A paper on terms', zh: '术语论文' },
                        url: 'https://example.org/a',
                      },
                      { id: 'r2' as never, title: { en: 'A printed book', zh: '纸质书' }, url: '' },
                    ],
                  },
            ),
          },
    ),
  }
}

function facts(agenda: Agenda, language: Language | 'both', calendar: boolean) {
  const languages: Language[] = language === 'both' ? ['en', 'zh'] : [language]
  const words = (pair: { en: string; zh: string }) => languages.map((one) => pair[one])
  return {
    title: words(agenda.title),
    place: words(agenda.place),
    track: agenda.track,
    rule: agenda.rule,
    zone: agenda.zones.venue,
    hosts: agenda.hosts.map((host) => [host.side, words(host.name)]).sort(),
    days: agenda.days.map((day) => ({
      date: day.date,
      items: timetable(day).slots.map(({ item, start, end }) => ({
        start: worldTime(agenda.zones, day.date, start).instant,
        end: worldTime(agenda.zones, day.date, end).instant,
        ...(itemFacts(agenda, item, languages) as object),
      })),
    })),
    proposals: calendar ? [] : agenda.proposals.map((item) => itemFacts(agenda, item, languages)),
    people: peopleFacts(agenda, languages),
    glossary: calendar ? [] : agenda.glossary.map((term) => [term.en, term.zh, words(term.definition)]),
  }
}

describe.each(Object.keys(formats) as (keyof typeof formats)[])('%s', (name) => {
  test.each(copies)('a copy in %s for %s says the same when it is read again', async (language, lead) => {
    for (const agenda of [sample(), furnished()]) {
      const file = await formats[name](agenda, { ...wholeCopy, language, lead })
      const again = await understood(name, file)
      const calendar = name === 'agenda.ics'
      expect(facts(again.agenda, language, calendar)).toEqual(facts(agenda, language, calendar))
      expect(again.lines.filter((line) => line.outcome.type === 'unused')).toEqual([])
    }
  })

  test.each(copies)('200 items in %s for %s keep their titles, times and people', async (language, lead) => {
    const agenda = large(200)
    const again = await understood(name, await formats[name](agenda, { ...wholeCopy, language, lead }))
    expect(facts(again.agenda, language, true)).toEqual(facts(agenda, language, true))
  })

  test('nothing is pinned that was not', async () => {
    const file = await formats[name](sample(), { ...wholeCopy, language: 'both', lead: 'us' })
    const { agenda } = await understood(name, file)
    expect(
      allItems(agenda)
        .filter((item) => item.pinned !== undefined)
        .map((item) => item.title.en),
    ).toEqual(['Dinner'])
  })
})

/** What copies say now, and what they said in earlier releases. */
const earlier: readonly (readonly [RegExp, string])[] = [
  [/第 (\d+) 天/g, '第$1天'],
  [/(\d+) 分钟/g, '$1分钟'],
  [/可具名引述/g, '公开记录'],
  [/协调世界时/g, '世界协调时'],
]

test.each(copies.filter(([language]) => language !== 'en'))(
  'a copy of an earlier release in %s for %s says the same as one of today',
  async (language, lead) => {
    const agenda = { ...furnished(), zones: { ...furnished().zones, venue: 'UTC' } }
    const today = toMarkdown(agenda, { ...wholeCopy, language, lead })
    const then = earlier.reduce((text, [now, old]) => {
      expect(text).toMatch(now)
      return text.replace(now, old)
    }, today)
    const bare = (text: string) =>
      text
        .replace(/(协调世界时|世界协调时)（UTC）/, '$1')
        .replace('UTC / ', '')
        .replace(' / UTC', '')
    for (const file of [today, then, bare(today), bare(then)]) {
      const again = await understood('agenda.md', file)
      expect(facts(again.agenda, language, false)).toEqual(facts(agenda, language, false))
      expect(again.lines.filter((line) => line.outcome.type === 'unused')).toEqual([])
    }
  },
)

test.each(Object.keys(formats) as (keyof typeof formats)[])(
  'titles that look like something else stay titles in %s',
  async (name) => {
    const titles = [
      'Day 2',
      'People',
      '12 March 2026',
      '10 min',
      'Chair: nobody',
      '09:00–10:00 again',
      'Objective',
      'A (30 min)',
    ]
    const agenda = sample()
    const [day] = agenda.days
    const named = (list: Agenda['proposals']) =>
      titles.map((title, at) => ({
        ...list[0]!,
        id: `i${at}${list[0]!.id}` as never,
        title: { en: title, zh: `甲 ${title}` },
      }))
    const odd = { ...agenda, days: [{ ...day!, items: named(day!.items) }], proposals: named(agenda.proposals) }
    for (const [language, lead] of copies) {
      const again = await understood(name, await formats[name](odd, { ...wholeCopy, language, lead }))
      const shown = (list: Agenda['proposals']) =>
        list.map((item) => (language === 'zh' ? item.title.zh : item.title.en))
      const expected = titles.map((title) => (language === 'zh' ? `甲 ${title}` : title))
      expect(again.agenda.days.map((one) => shown(one.items))).toEqual([expected])
      if (name !== 'agenda.ics') expect(shown(again.agenda.proposals)).toEqual(expected)
    }
  },
)

test('the canonical file comes back equal', async () => {
  const { agenda, lines } = await understood('agenda.json', toJson(furnished()))
  expect(agenda).toEqual(furnished())
  expect(lines.filter((line) => line.outcome.type === 'used' && line.outcome.as === 'item')).toHaveLength(
    allItems(agenda).length,
  )
})
