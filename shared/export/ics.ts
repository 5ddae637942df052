import ical, { ICalCalendarMethod, type ICalEventData, ICalEventTransparency } from 'ical-generator'
import {
  type Agenda,
  type Bilingual,
  type Block,
  type Inline,
  type Item,
  type ItemId,
  type Language,
  type MeetingId,
  type PersonId,
  type Prose,
  proseText,
} from '../domain/agenda.ts'
import { cityOf } from '../domain/city.ts'
import { addDays, type LocalTime } from '../domain/clock.ts'
import { itemFlags } from '../domain/fields.ts'
import { isLink } from '../domain/refuse.ts'
import { timetable, type WorldTime, worldTime } from '../domain/timetable.ts'
import { type Copy, type CopyDay, type CopyOptions, copyOf, type Entry, titleIn, wordsIn } from './copy.ts'
import { printable, printableLine } from './printable.ts'
import { hashOf, type Revision, type Revisions, revised } from './revision.ts'
import { dateWord, fieldWords, kindWords, sidesFrom, topicWords } from './words.ts'

export interface CalendarOptions extends CopyOptions {
  readonly meeting: MeetingId
  /** The address of the meeting's page, or null. */
  readonly link: string | null
  /** The latest published revision of each event. */
  readonly revisions: Revisions
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Seconds after which a subscribed calendar refreshes. */
const refresh = 3600

/**
 * The agenda as a calendar (RFC 5545): one event for each item of a day, and an all-day event for the meeting. Times
 * are instants in UTC; the text gives the local times of both capitals. What people wrote is data: it is escaped, and
 * none of its line breaks reaches the file.
 *
 * The returned `revisions` are the input of the next export. They cover all items in both languages, whatever the
 * options leave out, so that they serve all copies of a meeting. A missing item keeps its revision, for its return.
 */
export function toIcs(agenda: Agenda, options: CalendarOptions): { text: string; revisions: Revisions } {
  const copy = copyOf(agenda, options)
  const clock = openClock(agenda.zones)
  const revisions = revisionsOf(agenda, clock, options)
  const link = isLink(options.link) ? options.link : null
  const writer = openWriter(agenda, copy, clock, options)
  const name = escaped(printableLine(writer.titleOf(copy.title)))

  const calendar = ical({ prodId: '//Parley//Agenda//EN', method: ICalCalendarMethod.PUBLISH, ttl: refresh })
  // The library does not escape names, and a name may hold user text.
  calendar.name(name)
  const add = (key: string, uid: string, event: ICalEventData, address: string | null) => {
    const { sequence, at } = revisions[key]!
    const stamp = new Date(at)
    // Nor does it escape ids.
    const id = `${uid}@parley`
    calendar.createEvent({ ...event, id, sequence, stamp, lastModified: stamp, url: address })
  }
  const meeting = encoded(options.meeting)
  const span = writer.meeting()
  if (span) add(meetingKey, meeting, span, link)
  for (const day of copy.days) {
    for (const entry of day.entries) {
      const item = encoded(entry.id)
      add(keyOf(entry.id), `${item}.${meeting}`, writer.event(day, entry), link && `${link}/i/${item}`)
    }
  }
  // Given a zone, the library writes local times. It writes custom properties behind the events, which is invalid.
  const zone = `VERSION:2.0\r\nX-WR-TIMEZONE:${escaped(printableLine(agenda.zones.venue))}\r\n`
  return { text: `${calendar.toString().replace('VERSION:2.0\r\n', () => zone)}\r\n`, revisions }
}

/** The key of the meeting's own event. */
const meetingKey = 'meeting'

/** Ids may hold any text, so those that clash with other keys get a prefix. */
function keyOf(id: ItemId): string {
  return id === meetingKey || id === '__proto__' || id.startsWith('item ') ? `item ${id}` : id
}

function revisionsOf(agenda: Agenda, clock: Clock, { revisions: last, now }: CalendarOptions): Revisions {
  const { title, track, rule, hosts, place, zones, people } = agenda
  const days = agenda.days.map(({ date, start, end }) => [date, start, end ?? null])
  const next: Record<string, Revision> = { ...last }
  const note = (key: string, facts: unknown) => {
    next[key] = revised(Object.hasOwn(last, key) ? last[key] : undefined, facts, now)
  }
  if (days.length > 0) note(meetingKey, { title, track, rule, hosts, place, zones, people, days })
  for (const day of agenda.days) {
    for (const { item, start, end } of timetable(day).slots) {
      const { id, pinned, roles, ...words } = item
      const named = roles.map(({ person, role }) => {
        const held = people.find((one) => one.id === person)
        return { person, role, side: held?.side ?? null, name: held?.name ?? null }
      })
      note(keyOf(id), { ...words, named, place, zones, ...clock.instants(day.date, start, end) })
    }
  }
  return next
}

type Clock = ReturnType<typeof openClock>

/** Computes every instant once: zone lookups are slow, and an item starts where another ends. */
function openClock(zones: Agenda['zones']) {
  const known = new Map<string, WorldTime>()

  function at(date: string, minutes: number): WorldTime {
    const key = `${date} ${minutes}`
    const time = known.get(key) ?? worldTime(zones, date, minutes)
    known.set(key, time)
    return time
  }

  /** Where clocks skip an hour, an end can precede its start; an event takes at least its minutes. */
  function instants(date: string, start: number, end: number): { from: number; to: number } {
    const from = at(date, start).instant
    const to = at(date, end).instant
    return { from, to: to > from ? to : from + (end - start) * 60_000 }
  }

  return { at, instants }
}

function openWriter(agenda: Agenda, copy: Copy, clock: Clock, options: CalendarOptions) {
  const { zones } = agenda
  const main = copy.languages[0]!
  const joined = (words: readonly { text: string }[]): string => words.map(({ text }) => text).join(' / ')
  const titleOf = (pair: Bilingual): string => joined(titleIn(copy, pair))
  const place = printableLine(joined(wordsIn(copy, agenda.place)))
  const blocks = (write: (language: Language) => string): string => copy.languages.map(write).join('\n--\n')
  const sideOf = new Map(agenda.people.map((person) => [person.id, person.side]))

  function meeting(): ICalEventData | null {
    const [first, last] = [agenda.days[0], agenda.days.at(-1)]
    if (!first || !last) return null
    return {
      start: new Date(`${first.date}T00:00:00Z`),
      end: new Date(`${addDays(last.date, 1)}T00:00:00Z`),
      allDay: true,
      transparency: ICalEventTransparency.TRANSPARENT,
      summary: printableLine(titleOf(copy.title)),
      location: place || null,
      description: printable(blocks(aboutMeeting)),
      x: [
        ['X-PARLEY-MEETING', 'TRUE'],
        ['X-PARLEY-TRACK', agenda.track],
        ['X-PARLEY-RULE', agenda.rule],
        ['X-PARLEY-ZONE-US', printableLine(zones.us)],
        ['X-PARLEY-ZONE-CN', printableLine(zones.cn)],
        ...agenda.days.map(({ date, start, end }): Property => {
          return [parameters('DAY'), [date, start, ...(end === undefined ? [] : [end])].join(' ')]
        }),
        ...inWords('TITLE', copy.title),
        ...inWords('PLACE', agenda.place),
        ...agenda.hosts.flatMap(({ side, name }, index) =>
          inWords('HOST', name, { 'X-HOST': `${index + 1}`, 'X-SIDE': side }),
        ),
        ...(options.people ? agenda.people : []).flatMap(({ id, side, sector, expertise, name, affiliation }) => {
          const person = { 'X-PERSON': hashOf(id) }
          const of = { ...person, 'X-SIDE': side, 'X-SECTOR': sector, 'X-EXPERTISE': expertise }
          return [...inWords('PERSON', name, of), ...inWords('AFFILIATION', affiliation, person)]
        }),
      ],
    }
  }

  function aboutMeeting(language: Language): string {
    const { colon, semicolon } = signs[language]
    const shown = (pair: Bilingual): string => joined(titleIn({ languages: [language] }, pair))
    const people = copy.people.map(({ name, affiliation, side, sector }) => {
      const of = wordsIn({ languages: [language] }, affiliation)
      return [`- ${shown(name)}`, ...of.map(({ text }) => text), side[language], sector[language]].join(' · ')
    })
    return [
      copy.standing.map((one) => one[language]).join(' · '),
      ...copy.facts.map(({ label, value }) => `${label[language]}${colon}${value.map(shown).join(semicolon)}`),
      ...(people.length === 0 ? [] : ['', fieldWords.people[language], ...people]),
    ].join('\n')
  }

  function event(day: CopyDay, entry: Entry): ICalEventData {
    const { item, title } = entry
    const { start, end } = entry.time!.slot
    const { from, to } = clock.instants(day.date, start, end)
    return {
      start: new Date(from),
      end: new Date(to),
      summary: printableLine(titleOf(title)),
      location: place || null,
      description: printable(blocks((language) => aboutItem(day.date, entry, language))),
      categories: [kindWords[item.kind], topicWords[item.topic]].map((pair) => ({ name: pair[main] })),
      x: [...marks(item), ...inWords('TITLE', title), ...roles(item), ...readings(entry)],
    }
  }

  function aboutItem(date: string, entry: Entry, language: Language): string {
    const { colon, semicolon } = signs[language]
    const shown = (pair: Bilingual): string => joined(titleIn({ languages: [language] }, pair))
    const { start, end } = entry.time!.slot
    const from = clock.at(date, start)
    const to = clock.at(date, end)
    const capitals = sidesFrom(copy.lead)
    const elsewhere = capitals.every((side) => zones[side] !== zones.venue)
    const clocks = [...(elsewhere ? (['venue'] as const) : []), ...capitals].map(
      (one) => `${cityOf(zones[one], language)}${colon}${span(from[one], to[one], language)}`,
    )
    return [
      entry.facts.map((fact) => fact[language]).join(' · '),
      ...clocks,
      ...entry.roles.map(({ label, value }) => `${label[language]}${colon}${value.map(shown).join(semicolon)}`),
      ...entry.texts.flatMap(({ label, value }) =>
        proseText(value[language]).trim() === '' ? [] : ['', label[language], plain(value[language])],
      ),
      ...(entry.readings.length === 0 ? [] : ['', fieldWords.readings[language]]),
      ...entry.readings.map(({ title, url }) => `- ${shown(title)}${isLink(url) ? `${colon}${url}` : ''}`),
    ].join('\n')
  }

  /** Machine-readable properties for what the text of an event does not state exactly. */
  function marks(item: Item): Property[] {
    return [
      ['X-PARLEY-KIND', item.kind],
      ['X-PARLEY-TOPIC', item.topic],
      ['X-PARLEY-MINUTES', `${item.minutes}`],
      ['X-PARLEY-INTERPRETATION', item.interpretation],
      ...itemFlags.filter((flag) => item[flag]).map((flag): Property => [`X-PARLEY-${dashed(flag)}`, 'TRUE']),
      ...(item.proposedBy === null ? [] : [['X-PARLEY-PROPOSED-BY', item.proposedBy] satisfies Property]),
    ]
  }

  function roles(item: Item): Property[] {
    if (!options.people) return []
    const names = new Map<PersonId, Bilingual>(agenda.people.map((person) => [person.id, person.name]))
    return item.roles.flatMap(({ person, role }) => {
      const name = names.get(person)
      const of = { 'X-ROLE': role, 'X-SIDE': sideOf.get(person) ?? 'other', 'X-PERSON': hashOf(person) }
      return name ? inWords('ROLE', name, of) : []
    })
  }

  function readings({ readings }: Entry): Property[] {
    return readings.flatMap(({ title, url }, index) => {
      const of = { 'X-READING': `${index + 1}` }
      return [...inWords('READING', title, of), ...(isLink(url) ? [[parameters('LINK', of), url] as Property] : [])]
    })
  }

  /** One property for each language of the copy with text. */
  function inWords(name: string, pair: Bilingual, of: Readonly<Record<string, string>> = {}): Property[] {
    return copy.languages.flatMap((language) =>
      pair[language].trim() === ''
        ? []
        : [[parameters(name, { ...of, LANGUAGE: language }), printable(pair[language])] satisfies Property],
    )
  }

  return { titleOf, meeting, event }
}

type Property = [name: string, value: string]

/** `X-PARLEY-TITLE;VALUE=TEXT;LANGUAGE=EN`. All values are our own, because the library writes them in capitals. */
function parameters(name: string, of: Readonly<Record<string, string>> = {}): string {
  const list = Object.entries({ VALUE: 'TEXT', ...of }).map(([key, value]) => `;${key}=${value}`)
  return `X-PARLEY-${name}${list.join('')}`
}

/** `isOpen` as the name of a property: `IS-OPEN`. */
function dashed(field: string): string {
  return field.replace(/[A-Z]/g, '-$&').toUpperCase()
}

const signs: Record<Language, { readonly colon: string; readonly semicolon: string }> = {
  en: { colon: ': ', semicolon: '; ' },
  zh: { colon: '：', semicolon: '；' },
}

/** `Sun 8 March 2026, 21:00–22:15`, `2026年3月8日（周日）21:00–22:15`; with both dates if it crosses midnight. */
function span(from: LocalTime, to: LocalTime, language: Language): string {
  const day = ({ date }: LocalTime): string => {
    const [year, month, of] = date.split('-').map(Number)
    const weekday = new Date(`${date}T00:00:00Z`).getUTCDay()
    return language === 'en'
      ? `${weekdays.en[weekday]} ${of} ${dateWord('en', 'month', date)} ${year}, `
      : `${year}年${month}月${of}日（周${weekdays.zh[weekday]}）`
  }
  const end = from.date === to.date ? to.time : `${language === 'en' ? ' ' : ''}${day(to)}${to.time}`
  return `${day(from)}${from.time}${from.date === to.date ? '–' : language === 'en' ? ' –' : '–'}${end}`
}

const weekdays = { en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'], zh: [...'日一二三四五六'] }

/** Prose as plain lines: lists with bullets and numbers, links behind their text. */
function plain(prose: Prose, indent = ''): string {
  return prose.map((block) => plainBlock(block, indent)).join('\n')
}

function plainBlock(block: Block, indent: string): string {
  switch (block.type) {
    case 'paragraph':
      return indent + plainInline(block.content)
    case 'bullet-list':
    case 'ordered-list':
      return block.items
        .map((item, index) => {
          const bullet = block.type === 'bullet-list' ? '- ' : `${index + 1}. `
          return `${indent}${bullet}${plain(item, indent + ' '.repeat(bullet.length)).slice(indent.length + bullet.length)}`
        })
        .join('\n')
  }
}

function plainInline(content: readonly Inline[]): string {
  return content
    .map((node) => {
      if (node.type === 'bracket') return node.alternatives.map((one) => `[${plainInline(one.content)}]`).join(' ')
      const link = (node.marks ?? []).find((mark) => typeof mark === 'object')?.link
      return isLink(link) && link !== node.text ? `${node.text} (${link})` : node.text
    })
    .join('')
}

/** Ids may come from imported files, where they can hold anything. */
function encoded(id: string): string {
  return encodeURIComponent(printableLine(id))
}

function escaped(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&')
}
