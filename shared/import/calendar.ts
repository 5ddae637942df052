import type ICAL from 'ical.js'
import {
  type Assignment,
  assignments,
  type Bilingual,
  expertises,
  interpretations,
  kinds,
  type Language,
  type Person,
  type PersonId,
  rules,
  sectors,
  sides,
  topics,
  tracks,
} from '../domain/agenda.ts'
import { daysBetween, instantOf, isDate, isTime, isZone, localTime, minutesOf } from '../domain/clock.ts'
import { fieldWords } from '../export/words.ts'
import { type DraftDay, type DraftItem, openDraft } from './draft.ts'
import type { Passage, Written } from './passage.ts'
import { openReader, writtenAt } from './programme.ts'
import { bilingual, loneLanguage } from './script.ts'
import type { ReadOptions, Understanding } from './understanding.ts'
import { labelled } from './vocabulary.ts'
import type { Whereabouts } from './whereabouts.ts'

const mostEvents = 5000
const deepest = 10

interface Event {
  readonly event: ICAL.Component
  readonly where: Whereabouts
  readonly title: string
  readonly start: Moment | null
  readonly end: Moment | null
}

type Moment = { readonly type: 'instant'; readonly at: number } | { readonly type: 'date'; readonly date: string }

/** What this program's own calendars say besides is read from these; anybody else's have none of them. */
const own = 'x-parley-'
const known = new Set(
  'uid sequence dtstamp dtstart dtend duration last-modified created summary description location categories url status transp class priority organizer attendee'.split(
    ' ',
  ),
)

/** A calendar: its events are items, on the days on which they fall at the venue. */
export async function readCalendar(text: string, options: ReadOptions): Promise<Understanding | 'broken' | null> {
  if (tooDeep(text)) return 'broken'
  const { default: ical } = await import('ical.js')
  const calendars = componentsOf(ical, text)
  if (calendars === null) return 'broken'
  const draft = openDraft(options)
  const reader = openReader(draft, options)
  const { meeting, note } = draft

  for (const calendar of calendars) {
    const zone = String(calendar.getFirstPropertyValue('x-wr-timezone') ?? '')
    if (zone !== '')
      note(
        { type: 'file' },
        zone,
        draft.zone(zone) ? { type: 'used', as: 'time' } : { type: 'unused', why: 'bad-time' },
      )
  }
  const found = calendars.flatMap((calendar) => calendar.getAllSubcomponents('vevent')).slice(0, mostEvents)
  const ours = found.some((event) => event.hasProperty(`${own}kind`))
  const zone = () => meeting.zones.venue
  const events = found.map((event, index): Event => {
    return {
      event,
      where: { type: 'event', number: index + 1 },
      title: line(event.getFirstPropertyValue('summary')),
      start: momentOf(event.getFirstProperty('dtstart'), zone()),
      end: momentOf(event.getFirstProperty('dtend'), zone()),
    }
  })
  meeting.alone = loneLanguage(
    found
      .map(
        (event) =>
          `${line(event.getFirstPropertyValue('summary'))}\n${String(event.getFirstPropertyValue('description') ?? '')}`,
      )
      .join('\n')
      .slice(0, 200_000),
  )
  const named = calendars
    .map((calendar) => line(calendar.getFirstPropertyValue('x-wr-calname') ?? calendar.getFirstPropertyValue('name')))
    .find((name) => name !== '')
  const people = new Map<string, PersonId>()

  for (const one of events) if (isMeeting(one)) meetingOf(one)
  if (meeting.title.en + meeting.title.zh === '' && named) {
    meeting.title = bilingual(named, meeting.alone)
    note({ type: 'file' }, named, { type: 'used', as: 'title' })
  }
  const timed = events.filter((one) => !isMeeting(one))
  // Ours stand in the order of the agenda.
  if (!ours)
    timed.sort(
      (a, b) => (a.start?.type === 'instant' ? a.start.at : 0) - (b.start?.type === 'instant' ? b.start.at : 0),
    )
  const days = openDays()
  for (const one of timed) itemOf(one)

  function isMeeting({ event, start }: Event): boolean {
    return event.hasProperty(`${own}meeting`) || (start?.type === 'date' && !event.hasProperty(`${own}kind`))
  }

  function meetingOf({ event, where, title, start }: Event): void {
    const titles = pairOf(event, 'title')
    if (meeting.title.en + meeting.title.zh === '') {
      meeting.title = titles.en + titles.zh !== '' ? titles : bilingual(title, meeting.alone)
      note(where, title, { type: 'used', as: 'title' })
    } else note(where, title, { type: 'unused', why: 'second-title' })
    if (start?.type === 'date') meeting.first ??= start.date
    const place = pairOf(event, 'place')
    meeting.place =
      place.en + place.zh !== '' ? place : bilingual(line(event.getFirstPropertyValue('location')), meeting.alone)
    note(where, line(event.getFirstPropertyValue('location')), { type: 'used', as: 'place' })
    meeting.track = one(tracks, event.getFirstPropertyValue(`${own}track`)) ?? meeting.track
    meeting.rule = one(rules, event.getFirstPropertyValue(`${own}rule`)) ?? meeting.rule
    const us = String(event.getFirstPropertyValue(`${own}zone-us`) ?? '')
    const cn = String(event.getFirstPropertyValue(`${own}zone-cn`) ?? '')
    if (isZone(us)) meeting.zones.us = us
    if (isZone(cn)) meeting.zones.cn = cn
    for (const day of event.getAllProperties(`${own}day`)) {
      const [date, from, to] = String(day.getFirstValue()).split(' ')
      const made = isDate(date) ? draft.day(date, null) : null
      note(where, String(day.getFirstValue()), made ? { type: 'used', as: 'day' } : { type: 'unused', why: 'bad-date' })
      if (made && isTime(from)) made.start = from
      if (made && isTime(to)) made.end = to
    }
    for (const [, host] of grouped(event, 'host', 'x-host')) {
      draft.host(host.words, one(sides, parameter(host.first, 'x-side')))
      note(where, shown(host.words), { type: 'used', as: 'fact' })
    }
    const affiliations = grouped(event, 'affiliation', 'x-person')
    for (const [key, { words, first }] of grouped(event, 'person', 'x-person')) {
      const id = draft.person({
        name: words,
        affiliation: affiliations.get(key)?.words ?? { en: '', zh: '' },
        side: side(first),
        sector: one(sectors, parameter(first, 'x-sector')),
        ...(one(expertises, parameter(first, 'x-expertise'))
          ? { expertise: one(expertises, parameter(first, 'x-expertise'))! }
          : {}),
      })
      if (id) people.set(key, id)
      note(where, shown(words), id ? { type: 'used', as: 'person' } : { type: 'unused', why: 'not-an-agenda-field' })
    }
    if (!event.hasProperty(`${own}meeting`)) {
      for (const said of String(event.getFirstPropertyValue('description') ?? '').split('\n'))
        note(where, said, { type: 'unused', why: 'before-first-item' })
    }
  }

  function itemOf({ event, where, title, start, end }: Event): void {
    if (String(event.getFirstPropertyValue('status') ?? '').toUpperCase() === 'CANCELLED') {
      note(where, title, { type: 'unused', why: 'cancelled' })
      return
    }
    if (start?.type !== 'instant') {
      note(where, title || where.type, { type: 'unused', why: 'bad-time' })
      return
    }
    const length = lengthOf(event, start, end)
    const minutes = Number(event.getFirstPropertyValue(`${own}minutes`) ?? length)
    const at = days.of(start.at, minutes)
    const titles = pairOf(event, 'title')
    const words =
      titles.en + titles.zh !== '' || event.hasProperty(`${own}kind`) ? titles : bilingual(title, meeting.alone)
    const item = at && draft.item(at.day, words)
    if (!item) {
      note(where, title, { type: 'unused', why: 'not-an-agenda-field' })
      return
    }
    item.start = at.minutes
    item.minutes = Number.isInteger(minutes) && minutes >= 1 && minutes <= 1440 ? minutes : length
    note(where, title || localTime(start.at, zone()).time, { type: 'used', as: 'item', item: item.id })
    item.kind = one(kinds, event.getFirstPropertyValue(`${own}kind`))
    item.topic = one(topics, event.getFirstPropertyValue(`${own}topic`))
    item.interpretation = one(interpretations, event.getFirstPropertyValue(`${own}interpretation`)) ?? 'none'
    item.unattributed = event.hasProperty(`${own}unattributed`)
    const proposer = String(event.getFirstPropertyValue(`${own}proposed-by`) ?? '')
    item.proposedBy = proposer === 'us' || proposer === 'cn' ? proposer : null
    rolesOf(item, event, where)
    readingsOf(item, event, where)
    describe(item, event, where)
    leftOver(event, where)
  }

  function rolesOf(item: DraftItem, event: ICAL.Component, where: Whereabouts): void {
    const held = new Map<string, { role: Assignment; words: Bilingual; first: ICAL.Property }>()
    for (const property of event.getAllProperties(`${own}role`)) {
      const role = one<Assignment>(assignments, parameter(property, 'x-role'))
      if (!role) continue
      const key = `${role} ${parameter(property, 'x-person') || held.size}`
      const before = held.get(key)
      held.set(key, { role, words: joined(before?.words, property), first: before?.first ?? property })
    }
    for (const { role, words, first } of held.values()) {
      const key = parameter(first, 'x-person')
      const id =
        people.get(key) ??
        draft.person({ name: words, affiliation: { en: '', zh: '' }, side: side(first), sector: null })
      if (id) {
        people.set(key, id)
        item.claims.push({ role, text: '', person: id })
      }
      note(
        where,
        shown(words),
        id ? { type: 'used', as: 'role', item: item.id } : { type: 'unused', why: 'not-an-agenda-field' },
      )
    }
  }

  function readingsOf(item: DraftItem, event: ICAL.Component, where: Whereabouts): void {
    const links = grouped(event, 'link', 'x-reading')
    const titles = grouped(event, 'reading', 'x-reading')
    for (const key of new Set([...titles.keys(), ...links.keys()])) {
      const words = titles.get(key)?.words ?? { en: '', zh: '' }
      const url = links.has(key) ? String(links.get(key)!.first.getFirstValue()) : ''
      draft.reading(item, words, url)
      note(where, `${shown(words)} ${url}`, { type: 'used', as: 'reading', item: item.id })
    }
  }

  /** The description says it all in words; of ours only the prose is read, for the rest is said exactly elsewhere. */
  function describe(item: DraftItem, event: ICAL.Component, where: Whereabouts): void {
    const text = String(event.getFirstPropertyValue('description') ?? '').slice(0, 200_000)
    if (text.trim() === '') return
    if (!event.hasProperty(`${own}kind`)) {
      reader.about(item, plainPassages(text.split(/\r?\n/), where, false), 'theirs')
      return
    }
    for (const part of blocks(text.split('\n'))) {
      const first = part.findIndex((said, index) => part[index - 1] === '' && isLabel(said))
      const head = first < 0 ? part : part.slice(0, first)
      const readings = part.findIndex((said, index) => part[index - 1] === '' && isWord(said, 'readings'))
      const body = first < 0 ? [] : part.slice(first, readings < first ? undefined : readings)
      for (const said of head) {
        const role = labelled(said)?.meaning.type === 'role'
        note(where, said, { type: 'used', as: role ? 'role' : 'fact', item: item.id })
      }
      if (readings >= first && readings >= 0) {
        for (const said of part.slice(readings)) note(where, said, { type: 'used', as: 'reading', item: item.id })
      }
      reader.about(item, plainPassages(body, where, true), 'ours')
    }
  }

  function leftOver(event: ICAL.Component, where: Whereabouts): void {
    const place = line(event.getFirstPropertyValue('location'))
    if (place !== '') {
      if (meeting.place.en + meeting.place.zh === '') meeting.place = bilingual(place, meeting.alone)
      note(where, place, { type: 'used', as: 'place' })
    }
    for (const property of event.getAllProperties()) {
      if (known.has(property.name) || property.name.startsWith(own)) continue
      note(where, `${property.name.toUpperCase()}: ${line(property.getFirstValue())}`, {
        type: 'unused',
        why: 'not-an-agenda-field',
      })
    }
  }

  /** The day that a moment belongs to; ours go on past midnight while one item follows on the other. */
  function openDays() {
    let current: { day: DraftDay; free: number; last: number } | null = null

    function of(at: number, minutes: number): { day: DraftDay; minutes: number } | null {
      const local = localTime(at, zone())
      if (!isDate(local.date)) return null
      const since = current ? daysBetween(current.day.date!, local.date) * 1440 + minutesOf(local.time) : 0
      if (ours && current && (since === current.free || since === current.last)) {
        current = { day: current.day, free: Math.max(current.free, since + minutes), last: since }
        return { day: current.day, minutes: since % 1440 }
      }
      const day = draft.day(local.date, null)
      if (!day) return null
      const start = minutesOf(local.time)
      const free = current?.day === day ? Math.max(current.free, start + minutes) : start + minutes
      current = { day, free, last: start }
      return { day, minutes: start }
    }

    return { of }
  }

  if (!reader.found()) return null
  return { status: 'understood', agenda: draft.finish(), lines: draft.lines }
}

function componentsOf(ical: typeof ICAL, text: string): ICAL.Component[] | null {
  try {
    const parsed: unknown = ical.parse(text)
    const list = Array.isArray(parsed) && Array.isArray(parsed[0]) ? parsed : [parsed]
    return list.map((one) => new ical.Component(one as [string, unknown[], unknown[]] as never))
  } catch {
    return null
  }
}

/** Components in components, before a parser goes down with them. */
function tooDeep(text: string): boolean {
  let depth = 0
  for (const match of text.matchAll(/^(BEGIN|END):/gim)) {
    depth += match[1]!.toUpperCase() === 'BEGIN' ? 1 : -1
    if (depth > deepest) return true
  }
  return false
}

/** Times of zones that the file defines itself are taken by the zone's name: working through its rules has no bound. */
function momentOf(property: ICAL.Property | null, venue: string): Moment | null {
  if (!property) return null
  try {
    const bare = /^(\d{4})(\d{2})(\d{2})$/.exec(String(property.getFirstValue()))
    // Some programs forget to say that a date is one.
    if (bare) return datedAs(`${bare[1]}-${bare[2]}-${bare[3]}`)
    const value = property.getFirstValue() as unknown as {
      year: number
      month: number
      day: number
      hour: number
      minute: number
      isDate: boolean
      zone?: { tzid?: string }
    }
    if (typeof value !== 'object' || value === null || typeof value.year !== 'number') return null
    const two = (part: number) => String(part).padStart(2, '0')
    const date = `${String(value.year).padStart(4, '0')}-${two(value.month)}-${two(value.day)}`
    if (!isDate(date)) return null
    if (value.isDate) return { type: 'date', date }
    const utc = value.zone?.tzid === 'UTC'
    const zone = utc ? 'UTC' : zoneOf(String(property.getParameter('tzid') ?? ''), venue)
    return { type: 'instant', at: instantOf(date, value.hour * 60 + value.minute, zone) }
  } catch {
    return null
  }
}

function datedAs(date: string): Moment | null {
  return isDate(date) ? { type: 'date', date } : null
}

/** Zones as Outlook calls them. */
const outlook: Readonly<Record<string, string>> = {
  'China Standard Time': 'Asia/Shanghai',
  'Singapore Standard Time': 'Asia/Singapore',
  'Taipei Standard Time': 'Asia/Taipei',
  'Tokyo Standard Time': 'Asia/Tokyo',
  'Korea Standard Time': 'Asia/Seoul',
  'India Standard Time': 'Asia/Kolkata',
  'Eastern Standard Time': 'America/New_York',
  'Central Standard Time': 'America/Chicago',
  'Mountain Standard Time': 'America/Denver',
  'Pacific Standard Time': 'America/Los_Angeles',
  'GMT Standard Time': 'Europe/London',
  'W. Europe Standard Time': 'Europe/Berlin',
  'Romance Standard Time': 'Europe/Paris',
}

function zoneOf(name: string, venue: string): string {
  const last = name.split('/').slice(-2).join('/')
  return [name, outlook[name], last].find(isZone) ?? venue
}

function lengthOf(event: ICAL.Component, start: Moment, end: Moment | null): number | null {
  const within = (minutes: number) => (minutes >= 1 && minutes <= 1440 ? Math.round(minutes) : null)
  if (start.type === 'instant' && end?.type === 'instant') return within((end.at - start.at) / 60_000)
  try {
    const duration = event.getFirstPropertyValue('duration') as unknown as { toSeconds?: () => number } | null
    return duration?.toSeconds ? within(duration.toSeconds() / 60) : null
  } catch {
    return null
  }
}

/** Lines as passages: `1. ` and `- ` begin entries of lists; in ours, labels are marked as such. */
function plainPassages(lines: readonly string[], where: Whereabouts, ours: boolean): Passage[] {
  const passages: Passage[] = []
  for (const [index, text] of lines.entries()) {
    const label = ours && isLabel(text) && (index === 0 || lines[index - 1] === '')
    const entry = label ? null : /^(?:(\d{1,3})[.、]|[-•*])\s(.*)$/.exec(text)
    const last = passages.at(-1)
    if (entry) {
      const ordered = entry[1] !== undefined
      const passage: Passage = { type: 'paragraph', lines: [writtenAt(where, entry[2]!.trim())] }
      if (last?.type === 'list' && last.ordered === ordered && entry[1] !== '1') {
        passages[passages.length - 1] = { ...last, entries: [...last.entries, [passage]] }
      } else passages.push({ type: 'list', ordered, entries: [[passage]] })
    } else if (text.trim() !== '') {
      const plain = writtenAt(where, text.trim())
      const written: Written = label ? { ...plain, runs: [{ type: 'text', text: plain.text, marks: ['bold'] }] } : plain
      passages.push({ type: 'paragraph', lines: [written] })
    }
  }
  return passages
}

const labels = ['objective', 'questions', 'output', 'readings'] as const

function isLabel(text: string): boolean {
  return labels.some((name) => isWord(text, name))
}

function isWord(text: string, name: (typeof labels)[number]): boolean {
  return text === fieldWords[name].en || text === fieldWords[name].zh
}

/** A description of ours has a block for each language. */
function blocks(lines: readonly string[]): string[][] {
  const found: string[][] = [[]]
  for (const text of lines) {
    if (text === '--') found.push([])
    else found.at(-1)!.push(text)
  }
  return found.map((block) => [...block])
}

function line(value: unknown): string {
  return typeof value === 'string' || typeof value === 'object'
    ? String(value ?? '')
        .replace(/\s+/g, ' ')
        .trim()
    : ''
}

function parameter(property: ICAL.Property, name: string): string {
  const value: unknown = property.getParameter(name)
  return (Array.isArray(value) ? String(value[0]) : typeof value === 'string' ? value : '').toLowerCase()
}

function languageOfProperty(property: ICAL.Property): Language {
  return parameter(property, 'language').startsWith('zh') ? 'zh' : 'en'
}

function joined(before: Bilingual | undefined, property: ICAL.Property): Bilingual {
  return { en: '', zh: '', ...before, [languageOfProperty(property)]: line(property.getFirstValue()) }
}

function pairOf(event: ICAL.Component, name: string): Bilingual {
  return event
    .getAllProperties(own + name)
    .reduce(joined as (pair: Bilingual, property: ICAL.Property) => Bilingual, { en: '', zh: '' })
}

/** Properties that belong together by a parameter, in both languages. */
function grouped(
  event: ICAL.Component,
  name: string,
  by: string,
): Map<string, { words: Bilingual; first: ICAL.Property }> {
  const found = new Map<string, { words: Bilingual; first: ICAL.Property }>()
  for (const property of event.getAllProperties(own + name)) {
    const key = parameter(property, by)
    const before = found.get(key)
    found.set(key, { words: joined(before?.words, property), first: before?.first ?? property })
  }
  return found
}

function side(property: ICAL.Property): Person['side'] | null {
  return one(['us', 'cn', 'other'] as const, parameter(property, 'x-side'))
}

function shown({ en, zh }: Bilingual): string {
  return [en, zh].filter((text) => text !== '').join(' / ')
}

function one<T extends string>(choices: readonly T[], value: unknown): T | null {
  return choices.find((choice) => choice === String(value)) ?? null
}
