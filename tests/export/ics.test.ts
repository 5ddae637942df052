import ICAL from 'ical.js'
import { expect, test } from 'vitest'
import type { Agenda, Item, ItemId, MeetingId, Person, ReadingId, Side } from '../../shared/domain/agenda.ts'
import { timetable, worldTime } from '../../shared/domain/timetable.ts'
import { type CopyOptions, wholeCopy } from '../../shared/export/copy.ts'
import { toIcs } from '../../shared/export/ics.ts'
import type { Revisions } from '../../shared/export/revision.ts'
import { blank, large, sample } from '../support/agenda.ts'

/** What comes out is read back by ical.js, whose reader shares nothing with the writer. */

const meeting = 'meeting-1' as MeetingId
const february = Date.UTC(2026, 1, 1, 9)
const march = Date.UTC(2026, 2, 1, 9)

const copies = (['en', 'zh', 'both'] as const).flatMap((language) =>
  (['us', 'cn'] as const).map((lead) => ({ language, lead })),
)

function calendar(
  agenda: Agenda,
  options: Partial<CopyOptions> & { revisions?: Revisions; now?: number; link?: string | null } = {},
) {
  return toIcs(agenda, {
    ...wholeCopy,
    language: 'both',
    lead: 'us',
    meeting,
    link: 'https://parley.example.org/m/meeting-1',
    revisions: {},
    now: february,
    ...options,
  })
}

interface Read {
  readonly uid: string
  readonly summary: string
  readonly location: string | null
  readonly description: string
  readonly sequence: number
  readonly whole: boolean
  readonly start: number
  readonly end: number
  readonly component: ICAL.Component
}

function read(text: string): Read[] {
  const root = new ICAL.Component(ICAL.parse(text))
  return root.getAllSubcomponents('vevent').map((component) => {
    const event = new ICAL.Event(component)
    return {
      uid: event.uid,
      summary: event.summary,
      location: event.location,
      description: event.description,
      sequence: event.sequence,
      whole: event.startDate.isDate,
      start: event.startDate.toJSDate().getTime(),
      end: event.endDate.toJSDate().getTime(),
      component,
    }
  })
}

function header(text: string, name: string): unknown {
  return new ICAL.Component(ICAL.parse(text)).getFirstPropertyValue(name)
}

/** Each event's own bytes, by its UID. */
function pieces(text: string): Map<string, string> {
  const events = text.match(/BEGIN:VEVENT\r\n[\s\S]*?END:VEVENT\r\n/g) ?? []
  return new Map(events.map((piece) => [/^UID:(.*)$/m.exec(piece.replaceAll('\r\n ', ''))![1]!.trim(), piece]))
}

function expectLines(text: string) {
  expect(text.endsWith('END:VCALENDAR\r\n')).toBe(true)
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  const strict = new TextDecoder('utf-8', { fatal: true })
  const bytes = Buffer.from(text)
  let from = 0
  for (let to = bytes.indexOf('\r\n'); to >= 0; from = to + 2, to = bytes.indexOf('\r\n', from)) {
    if (to - from > 75) expect.fail(`${to - from} octets: ${bytes.subarray(from, to)}`)
    strict.decode(bytes.subarray(from, to))
  }
  expect(from).toBe(bytes.length)
}

function withItem(agenda: Agenda, index: number, change: Partial<Item>): Agenda {
  const [first, ...others] = agenda.days
  const items = first!.items.map((item, at) => (at === index ? { ...item, ...change } : item))
  return { ...agenda, days: [{ ...first!, items }, ...others] }
}

for (const { language, lead } of copies) {
  for (const [name, agenda] of [
    ['the sample meeting', sample()],
    ['24 items', large(24)],
    ['200 items', large(200)],
  ] as const) {
    test(`${name}, ${language}, ${lead} first: another reader finds the same events at the same instants`, () => {
      const { text } = calendar(agenda, { language, lead })
      expectLines(text)
      const [all, ...events] = read(text)
      expect(all).toMatchObject({ uid: 'meeting-1@parley', whole: true })
      const expected = agenda.days.flatMap((day) =>
        timetable(day).slots.map(({ item, start, end }) => ({
          uid: `${item.id}.meeting-1@parley`,
          start: worldTime(agenda.zones, day.date, start).instant,
          end: worldTime(agenda.zones, day.date, end).instant,
        })),
      )
      expect(events.map(({ uid, start, end }) => ({ uid, start, end }))).toEqual(expected)
      const titles = agenda.days.flatMap((day) => day.items.map((item) => item.title))
      const order = { us: ['en', 'zh'], cn: ['zh', 'en'] } as const
      expect(events.map((event) => event.summary)).toEqual(
        titles.map((title) =>
          language === 'both' ? order[lead].map((one) => title[one]).join(' / ') : title[language],
        ),
      )
      if (language === 'en') expect(text).not.toMatch(/\p{Script=Han}/u)
    })
  }
}

test('every time in the file is an instant, and the head is what calendars ask for', () => {
  const { text } = calendar(sample(), { language: 'en' })
  expect(text).not.toContain('TZID')
  expect(text.match(/^DTSTART:\d{8}T\d{6}Z\r$/gm)).toHaveLength(read(text).length - 1)
  expect(header(text, 'x-wr-timezone')).toBe('Asia/Singapore')
  expect(header(text, 'method')).toBe('PUBLISH')
  expect(String(header(text, 'refresh-interval'))).toBe('PT1H')
  expect(text).toContain('\r\nX-PUBLISHED-TTL:PT1H\r\n')
  expect(text.indexOf('X-WR-TIMEZONE')).toBeLessThan(text.indexOf('BEGIN:VEVENT'))
  expect(text).toContain('\r\nX-WR-CALNAME:Dialogue on AI testing (sample)\r\n')
  expect(text).not.toMatch(/^(ORGANIZER|ATTENDEE)|mailto:/m)
})

test('the meeting itself takes whole days, up to the day after its last, and leaves people free', () => {
  const { text } = calendar(sample())
  const event = [...pieces(text).values()][0]!
  expect(event).toContain('DTSTART;VALUE=DATE:20260312\r\nDTEND;VALUE=DATE:20260314\r\n')
  expect(event).toContain('TRANSP:TRANSPARENT')
  expect(calendar({ ...blank(), days: [] }).text).not.toContain('VEVENT')
})

test('on the day when clocks change in Washington the instants and both capitals are right', () => {
  const source = sample('2026-03-08')
  const agenda: Agenda = { ...source, zones: { ...source.zones, venue: 'America/New_York' } }
  const [day, next] = agenda.days
  const early: Agenda = { ...agenda, days: [{ ...day!, start: '01:30', items: day!.items.slice(0, 2) }, next!] }
  const [, first, second] = read(calendar(early, { language: 'en' }).text)
  // 01:30 is still EST, 02:00 does not exist and counts as 03:00 EDT.
  expect(new Date(first!.start).toISOString()).toBe('2026-03-08T06:30:00.000Z')
  expect(new Date(second!.start).toISOString()).toBe('2026-03-08T07:00:00.000Z')
  expect(second!.description).toContain('Washington: Sun 8 March 2026, 03:00–03:30')
  expect(second!.description).toContain('Beijing: Sun 8 March 2026, 15:00–15:30')

  const later = read(calendar(agenda, { language: 'zh', lead: 'cn' }).text)[1]!
  expect(new Date(later.start).toISOString()).toBe('2026-03-08T12:30:00.000Z')
  expect(later.description).toMatch(/北京：2026年3月8日（周日）20:30–21:00\n华盛顿：2026年3月8日（周日）08:30–09:00/)
})

test('an item pinned past midnight is on the next date', () => {
  const source = sample('2026-12-27')
  const day = source.days[0]!
  const items = [...day.items, { ...day.items[0]!, id: 'dinner' as ItemId, pinned: '00:30' }]
  const { text } = calendar({ ...source, days: [{ ...day, items }] })
  const dinner = read(text).find(({ uid }) => uid.startsWith('dinner.'))!
  expect(new Date(dinner.start).toISOString()).toBe('2026-12-27T16:30:00.000Z')
})

test('an end that clocks skip over comes after its start all the same', () => {
  const source = sample('2026-03-08')
  const day = source.days[0]!
  const items = [{ ...day.items[0]!, pinned: '02:40', minutes: 20 }]
  const agenda: Agenda = {
    ...source,
    zones: { ...source.zones, venue: 'America/New_York' },
    days: [{ ...day, start: '02:40', items }],
  }
  const event = read(calendar(agenda).text)[1]!
  expect(event.end - event.start).toBe(20 * 60_000)
})

test('where midnight lies between in one capital, both its dates are named', () => {
  const source = sample()
  const day = source.days[0]!
  const agenda: Agenda = { ...source, days: [{ ...day, start: '11:45', items: day.items.slice(0, 1) }] }
  const [, en] = read(calendar(agenda, { language: 'en' }).text)
  expect(en!.description).toContain('Washington: Wed 11 March 2026, 23:45 – Thu 12 March 2026, 00:15')
  const [, zh] = read(calendar(agenda, { language: 'zh' }).text)
  expect(zh!.description).toContain('华盛顿：2026年3月11日（周三）23:45–2026年3月12日（周四）00:15')
})

test('an event tells who does what, the objective, the questions and the readings, each in its language', () => {
  const source = sample()
  const url = 'https://example.org/a,b;c'
  const reading = { id: 'r1' as ReadingId, title: { en: 'A paper', zh: '一篇论文' }, url }
  const agenda = withItem(source, 2, { readings: [reading] })
  const event = read(calendar(agenda).text)[3]!
  const [en, zh] = event.description.split('\n--\n')
  expect(en).toContain('\nCo-chairs: Co-chair, U.S. side; Co-chair, Chinese side\n')
  expect(en).toContain('\n\nObjective\nAgree on the ten terms')
  expect(en).toContain('\n\nGuiding questions\n1. Which terms')
  expect(en).toContain(`\n\nReadings\n- A paper: ${url}`)
  expect(en).not.toMatch(/\p{Script=Han}/u)
  expect(zh).toContain('\n联合主席：美方联合主席；中方联合主席\n')
  expect(zh).toContain(`\n- 一篇论文：${url}`)
  expect(event.location).toBe('Singapore / 新加坡')

  const mine = read(calendar(agenda, { lead: 'cn' }).text)[3]!
  expect(mine.description.split('\n--\n')[1]).toContain('Co-chairs: Co-chair, Chinese side; Co-chair, U.S. side')

  const bare = calendar(agenda, { people: false, readings: false, questions: false }).text
  expect(bare.replaceAll('\r\n ', '')).not.toMatch(/Co-chair, U\.S\. side|X-PARLEY-(ROLE|PERSON)|A paper|Guiding/)
})

test('who reads the file again finds kind, topic, titles and people without guessing', () => {
  const event = read(calendar(sample()).text)[3]!.component
  const value = (name: string) => event.getFirstPropertyValue(name)
  expect([value('x-parley-kind'), value('x-parley-topic'), value('x-parley-minutes')]).toEqual([
    'session',
    'benchmarks',
    '75',
  ])
  const roles = event.getAllProperties('x-parley-role').map((one) => {
    return [one.getFirstParameter('x-role'), one.getFirstParameter('language'), one.getFirstValue()]
  })
  expect(roles.slice(0, 2)).toEqual([
    ['CHAIR', 'EN', 'Co-chair, U.S. side'],
    ['CHAIR', 'ZH', '美方联合主席'],
  ])
})

test('proposals and days that were not asked for are no events', () => {
  const agenda = sample()
  expect(agenda.proposals.length).toBeGreaterThan(0)
  const [first, second] = agenda.days
  expect(read(calendar(agenda).text)).toHaveLength(1 + first!.items.length + second!.items.length)
  expect(read(calendar(agenda, { days: [second!.id] }).text)).toHaveLength(1 + second!.items.length)
})

// ------------------------------------------------------------------------------------------------- changes

test('a changed title raises the sequence of its event, and no other event differs by a byte', () => {
  const before = sample()
  const first = calendar(before)
  const after = withItem(before, 4, { title: { en: 'Another title', zh: '另一标题' } })
  const second = calendar(after, { revisions: first.revisions, now: march })
  const [old, fresh] = [pieces(first.text), pieces(second.text)]
  const uid = `${before.days[0]!.items[4]!.id}.meeting-1@parley`
  expect([...fresh.keys()]).toEqual([...old.keys()])
  expect([...fresh].filter(([key, piece]) => old.get(key) !== piece).map(([key]) => key)).toEqual([uid])
  expect(old.get(uid)).toContain('SEQUENCE:0\r\nDTSTAMP:20260201T090000Z')
  expect(fresh.get(uid)).toContain('SEQUENCE:1\r\nDTSTAMP:20260301T090000Z')
  expect(fresh.get(uid)).toContain('LAST-MODIFIED:20260301T090000Z')

  const third = calendar(after, { revisions: second.revisions, now: march + 1e9 })
  expect(third).toEqual(second)
})

test('minutes that shift what comes after them raise those events too, and none of the next day', () => {
  const before = sample()
  const first = calendar(before)
  const items = before.days[0]!.items
  const after = withItem(before, 2, { minutes: items[2]!.minutes + 5 })
  const { text } = calendar(after, { revisions: first.revisions, now: march })
  const risen = read(text).filter((event) => event.sequence === 1)
  const was = new Map(read(first.text).map((event) => [event.uid, event]))
  const moved = read(text).filter((event) => was.get(event.uid)!.end !== event.end)
  expect(moved.length).toBeGreaterThan(5)
  expect(risen.map((event) => event.uid)).toEqual(moved.map((event) => event.uid))
  const tomorrow = new Set(before.days[1]!.items.map((item) => `${item.id}.meeting-1@parley`))
  expect(risen.some((event) => tomorrow.has(event.uid))).toBe(false)
})

test('what one copy does not show still raises the sequence for all copies, and a copy raises nothing', () => {
  const before = sample()
  const first = calendar(before, { language: 'en' })
  expect(
    calendar(before, { language: 'both', lead: 'cn', people: false, now: march, revisions: first.revisions }),
  ).toMatchObject({ revisions: first.revisions })
  expect(calendar(before, { days: [before.days[1]!.id] }).revisions).toEqual(first.revisions)
  const item = before.days[0]!.items[2]!
  const after = withItem(before, 2, { title: { ...item.title, zh: '新标题' } })
  expect(calendar(after, { language: 'en', revisions: first.revisions }).revisions[item.id]!.sequence).toBe(1)
})

test('an item that goes to the proposals and comes back does not begin again', () => {
  const before = sample()
  const first = calendar(before)
  const edited = calendar(withItem(before, 1, { minutes: 31 }), { revisions: first.revisions, now: march })
  const id = before.days[0]!.items[1]!.id
  const [day, ...others] = before.days
  const away: Agenda = {
    ...before,
    days: [{ ...day!, items: day!.items.filter((item) => item.id !== id) }, ...others],
  }
  const gone = calendar(away, { revisions: edited.revisions, now: march })
  expect(pieces(gone.text).has(`${id}.meeting-1@parley`)).toBe(false)
  const back = calendar(before, { revisions: gone.revisions, now: march })
  expect(back.revisions[id]!.sequence).toBe(2)
})

// ------------------------------------------------------------------------------------------------- hostile text

const hostile: readonly (readonly [what: string, text: string])[] = [
  ['markup', '<script>alert(1)</script> & # $ * _ ` [x](y) \\n \\, ^ "quoted"'],
  ['events', 'A\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:injected\r\nSUMMARY:injected\nATTENDEE:mailto:a@example.org'],
  ['separators', 'a,b;c:d\\e="f" \\; \\\\n'],
  ['right-to-left', '\u202Eabc\u202C \u200Fשלום \u2067isolated\u2069'],
  ['no space', 'x'.repeat(10_000)],
  ['no space in Chinese', '议'.repeat(10_000)],
  ['emoji', '👩‍🔬🇨🇳🇺🇸 𠀀𪚥'.repeat(30)],
  ['link', 'javascript:alert(1)'],
  ['formula', '=cmd|"/C calc"!A0 +1 -1 @SUM(A1)'],
  ['folding', ' \t leading space and \u2028 separator \u0085 next'],
  ['controls', 'a\0b\x07c\x1Bd\x7Fe\uD800f\uDC00g'],
]

function everywhere(text: string): Agenda {
  const pair = { en: text, zh: text }
  const prose = [{ type: 'paragraph' as const, content: [{ type: 'text' as const, text }] }]
  const words = { en: prose, zh: prose }
  const source = sample()
  const id = text.slice(0, 64)
  const person: Person = { ...source.people[0]!, name: pair, affiliation: pair }
  const item: Item = {
    ...source.days[0]!.items[2]!,
    id: id as ItemId,
    title: pair,
    objective: words,
    questions: words,
    output: words,
    roles: [{ person: person.id, role: 'chair' }],
    readings: [{ id: 'r' as ReadingId, title: pair, url: text }],
  }
  return {
    ...source,
    title: pair,
    place: pair,
    hosts: [{ side: 'us' as Side, name: pair }],
    people: [person],
    days: [{ ...source.days[0]!, items: [item] }],
    proposals: [],
  }
}

/** What is left of a text: control characters are gone, and a line break may stand as a space. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Surrogate}\s\uFFFD]/gu, '').replaceAll('\u2028', '')
}

for (const [what, text] of hostile) {
  test(`hostile text opens elsewhere, whole and as text: ${what}`, () => {
    for (const language of ['en', 'both'] as const) {
      const { text: file } = calendar(everywhere(text), { language, meeting: text } as never)
      expectLines(file)
      const events = read(file)
      expect(events).toHaveLength(2)
      const [whole, event] = events
      for (const place of [event!.summary, event!.location!, event!.description, whole!.summary, whole!.description]) {
        expect(visible(place)).toContain(visible(text))
      }
      const counted = visible(event!.description).split(visible(text)).length - 1
      // Chair, objective, questions, output and the title of the reading, in each language.
      expect(counted).toBe(language === 'en' ? 5 : 10)
      expect(visible(String(event!.component.getFirstPropertyValue('x-parley-title')))).toBe(visible(text))
      const names = event!.component.getAllProperties().map((one) => one.name)
      expect(names.filter((name) => /attendee|organizer|alarm|attach/.test(name))).toEqual([])
      expect(names.filter((name) => name === 'uid')).toHaveLength(1)
      expect(event!.uid).not.toContain('injected\n')
      // ical.js leaves what it does not know as it stands in the file.
      const name = String(header(file, 'x-wr-calname')).replace(/\\([\\;,])/g, '$1')
      expect(visible(name)).toContain(visible(text))
    }
  })
}

test('only what opens in a browser is an address', () => {
  expect(calendar(sample(), { link: 'javascript:alert(1)' }).text).not.toContain('URL')
  expect(read(calendar(sample()).text)[1]!.component.getFirstPropertyValue('url')).toMatch(/\/m\/meeting-1\/i\//)
})

test('a meeting without a title, and items without one, are events all the same', () => {
  const source = sample()
  const nameless = { en: '', zh: '' }
  const agenda = withItem({ ...source, title: nameless, place: nameless, people: [] }, 0, { title: nameless })
  const [whole, event] = read(calendar(agenda).text)
  expect([whole!.summary, event!.summary]).toEqual(['Untitled / 未命名', 'Untitled / 未命名'])
  expect(event!.location).toBeNull()
})
