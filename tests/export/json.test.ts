import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Prose } from '../../shared/domain/agenda.ts'
import { toJson } from '../../shared/export/json.ts'
import { fromJson } from '../../shared/export/parse.ts'
import { sample } from '../support/agenda.ts'

// biome-ignore lint/suspicious/noExplicitAny: the tests break the format on purpose.
type Loose = any

function broken(change: (agenda: Loose) => void): Loose {
  const agenda = JSON.parse(toJson(sample()))
  change(agenda)
  return JSON.stringify(agenda)
}

const cases: [string, (agenda: Loose) => void, string, string][] = [
  ['an unknown field', (a) => (a.days[0].items[3].colour = 'red'), 'days[0].items[3].colour', 'unknown-field'],
  ['a missing field', (a) => delete a.days[1].start, 'days[1].start', 'missing'],
  ['another format', (a) => (a.format = 'parley.agenda/2'), 'format', 'not-a-choice'],
  ['minutes as words', (a) => (a.days[0].items[0].minutes = '30'), 'days[0].items[0].minutes', 'wrong-type'],
  ['minutes below one', (a) => (a.days[0].items[0].minutes = 0), 'days[0].items[0].minutes', 'out-of-range'],
  ['a kind that is not one', (a) => (a.proposals[0].kind = 'party'), 'proposals[0].kind', 'not-a-choice'],
  ['a date that no calendar has', (a) => (a.days[0].date = '2026-02-30'), 'days[0].date', 'not-a-date'],
  ['a time that is not one', (a) => (a.days[0].start = '8:30'), 'days[0].start', 'not-a-time'],
  ['a zone that is not one', (a) => (a.zones.cn = 'Asia/Nowhere'), 'zones.cn', 'not-a-zone'],
  ['an item id twice', (a) => (a.proposals[0].id = a.days[0].items[0].id), 'proposals[0].id', 'duplicate-id'],
  [
    'a role for nobody',
    (a) => (a.days[0].items[1].roles[0].person = 'nobody'),
    'days[0].items[1].roles[0].person',
    'unknown-person',
  ],
  [
    'a reading that runs',
    (a) => (a.days[0].items[1].readings = [{ title: { en: '', zh: '' }, url: 'javascript:alert(1)' }]),
    'days[0].items[1].readings[0].url',
    'not-a-link',
  ],
  [
    'an unknown block of prose',
    (a) => (a.days[0].items[1].objective.en = [{ type: 'table' }]),
    'days[0].items[1].objective.en[0].type',
    'not-a-choice',
  ],
  [
    'an unknown mark',
    (a) => (a.days[0].items[1].objective.en[0].content[0].marks = ['blink']),
    'days[0].items[1].objective.en[0].content[0].marks[0]',
    'not-a-choice',
  ],
]

test.each(cases)('%s is refused with the path of the field', (_what, change, path, code) => {
  const parsed = fromJson(broken(change))
  expect(parsed.ok).toBe(false)
  if (parsed.ok) return
  expect(parsed.problems[0]).toMatchObject({ path, code })
  expect(parsed.problems[0]!.message).toContain(path)
})

test('the sentence is in the language of the person', () => {
  const parsed = fromJson(
    broken((agenda) => delete agenda.days[1].start),
    'zh',
  )
  expect(parsed).toMatchObject({ ok: false, problems: [{ message: '字段 days[1].start 缺失。' }] })
})

test('what is not JSON, too large or too deep is refused as a file', () => {
  expect(fromJson('{')).toMatchObject({ ok: false, problems: [{ path: '', code: 'not-json' }] })
  expect(fromJson('['.repeat(200_000))).toMatchObject({ ok: false, problems: [{ code: 'too-deep' }] })
  expect(fromJson(' '.repeat(10_000_001))).toMatchObject({ ok: false, problems: [{ code: 'too-large' }] })
  expect(fromJson('null')).toMatchObject({ ok: false, problems: [{ code: 'wrong-type' }] })
})

test('prose may be a string, a paragraph a line', () => {
  const parsed = fromJson(broken((agenda) => (agenda.days[0].items[1].objective.zh = '第一段\n第二段')))
  const prose: Prose = [
    { type: 'paragraph', content: [{ type: 'text', text: '第一段' }] },
    { type: 'paragraph', content: [{ type: 'text', text: '第二段' }] },
  ]
  expect(parsed.ok && parsed.agenda.days[0]!.items[1]!.objective.zh).toEqual(prose)
})

test('no input makes the importer throw, and none that it takes is changed by going round', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      expect(fromJson(JSON.stringify(value)).ok).toBe(false)
    }),
  )
  const places = (value: Loose, path: (string | number)[] = []): (string | number)[][] =>
    typeof value === 'object' && value !== null
      ? [path, ...Object.keys(value).flatMap((key) => places(value[key], [...path, key]))]
      : [path]
  const whole = JSON.parse(toJson(sample()))
  fc.assert(
    fc.property(fc.constantFrom(...places(whole).filter((path) => path.length > 0)), fc.jsonValue(), (path, value) => {
      const agenda = structuredClone(whole)
      const parent = path.slice(0, -1).reduce((at: Loose, key) => at[key], agenda)
      parent[path.at(-1)!] = value
      const parsed = fromJson(JSON.stringify(agenda))
      if (parsed.ok) expect(fromJson(toJson(parsed.agenda))).toEqual(parsed)
      else for (const problem of parsed.problems) expect(problem.message.length).toBeGreaterThan(5)
    }),
    { numRuns: 500 },
  )
})
