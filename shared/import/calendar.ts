import type ICAL from 'ical.js'
import { type Assignment, assignments, type PersonId, sides } from '../domain/agenda.ts'
import { daysBetween, isDate, isTime, localTime, minutesOf } from '../domain/clock.ts'
import { fields } from '../domain/fields.ts'
import { note } from './agenda/account.ts'
import {
  addHost,
  addItem,
  addPerson,
  addReading,
  type DraftDay,
  type DraftItem,
  dayOf,
  setZone,
} from './agenda/draft.ts'
import { understood } from './agenda/programme.ts'
import { openState, type State } from './agenda/state.ts'
import { readDescription } from './description.ts'
import { lengthOf, type Moment, momentOf } from './moment.ts'
import {
  type Group,
  grouped,
  line,
  lineOf,
  own,
  ownIn,
  pairIn,
  parameter,
  personIn,
  textOf,
  withProperty,
} from './property.ts'
import { refusal } from './refusal.ts'
import { bilingual, blank, isBlank, joined, loneLanguage } from './script.ts'
import { settingsOf } from './setting.ts'
import type { ReadOptions, Understanding } from './understanding.ts'
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

const known = new Set(
  'uid sequence dtstamp dtstart dtend duration last-modified created summary description location categories url status transp class priority organizer attendee'.split(
    ' ',
  ),
)

/** The state of reading a calendar. */
interface Calendar {
  readonly state: State
  /** Whether Parley exported it. */
  readonly exported: boolean
  /** By their ids in the file. */
  readonly people: Map<string, PersonId>
  /** The day of the last event, and that event's end and start in minutes of the day. */
  current: { readonly day: DraftDay; readonly free: number; readonly last: number } | null
}

/** Reads a calendar: its events become items, on their days at the venue. */
export async function readCalendar(text: string, options: ReadOptions): Promise<Understanding | null> {
  if (tooDeep(text)) return refusal.broken('calendar', options.language)
  const { default: ical } = await import('ical.js')
  const calendars = componentsOf(ical, text)
  if (calendars === null) return refusal.broken('calendar', options.language)
  const state = openState(options)
  const { draft } = state
  const { meeting } = draft
  for (const calendar of calendars) {
    const zone = textOf(calendar, 'x-wr-timezone')
    const line = { where: { type: 'file' }, text: zone } as const
    note(state, line, zone !== '' && setZone(draft, zone) ? 'time' : 'bad-time')
  }
  const found = calendars.flatMap((calendar) => calendar.getAllSubcomponents('vevent')).slice(0, mostEvents)
  const events = found.map((event, index): Event => {
    return {
      event,
      where: { type: 'event', number: index + 1 },
      title: lineOf(event, 'summary'),
      start: momentOf(event.getFirstProperty('dtstart'), meeting.zones.venue),
      end: momentOf(event.getFirstProperty('dtend'), meeting.zones.venue),
    }
  })
  const words = events.map(({ event, title }) => `${title}\n${textOf(event, 'description')}`)
  draft.alone = loneLanguage(words.join('\n').slice(0, 200_000))
  const exported = found.some((event) => event.hasProperty(`${own}kind`))
  const calendar: Calendar = { state, exported, people: new Map(), current: null }

  for (const one of events) if (isMeeting(one)) readMeeting(calendar, one)
  const name = calendars
    .map((one) => line(one.getFirstPropertyValue('x-wr-calname') ?? one.getFirstPropertyValue('name')))
    .find((one) => one !== '')
  if (name !== undefined && isBlank(meeting.title)) {
    meeting.title = bilingual(name, draft.alone)
    note(state, { where: { type: 'file' }, text: name }, 'title')
  }
  const timed = events.filter((one) => !isMeeting(one))
  const at = ({ start }: Event) => (start?.type === 'instant' ? start.at : 0)
  // Parley's own events are already in the order of the agenda.
  if (!exported) timed.sort((a, b) => at(a) - at(b))
  for (const one of timed) readItem(calendar, one)
  return understood(state)
}

function isMeeting({ event, start }: Event): boolean {
  return event.hasProperty(`${own}meeting`) || (start?.type === 'date' && !event.hasProperty(`${own}kind`))
}

function readMeeting({ state, people }: Calendar, { event, where, title, start }: Event): void {
  const { draft } = state
  const { meeting } = draft
  const line = { where, text: title }
  const first = isBlank(meeting.title)
  if (first) meeting.title = pairIn(event, 'title', title, draft.alone)
  note(state, line, first ? 'title' : 'second-title')
  if (start?.type === 'date') draft.first ??= start.date
  const place = lineOf(event, 'location')
  meeting.place = pairIn(event, 'place', place, draft.alone)
  note(state, { where, text: place }, 'place')
  Object.assign(meeting, settingsOf(fields.meeting, ownIn(event)))
  // The venue's zone is that of the calendar.
  const { venue, ...zones } = fields.meeting.zones.fields
  meeting.zones = { ...meeting.zones, ...settingsOf(zones, (side) => ownIn(event)(`zone-${side}`)) }
  for (const property of event.getAllProperties(`${own}day`)) {
    const text = String(property.getFirstValue())
    const [date, from, to] = text.split(' ')
    const day = isDate(date) ? dayOf(draft, date) : null
    note(state, { where, text }, day ? 'day' : 'bad-date')
    if (day && isTime(from)) day.start = from
    if (day && isTime(to)) day.end = to
  }
  for (const { words, first } of grouped(event, 'host', 'x-host').values()) {
    addHost(draft, words, sides.find((side) => side === parameter(first, 'x-side')) ?? null)
    note(state, { where, text: joined(words) }, 'fact')
  }
  const affiliations = grouped(event, 'affiliation', 'x-person')
  for (const [key, { words, first }] of grouped(event, 'person', 'x-person')) {
    const affiliation = affiliations.get(key)?.words ?? blank
    const id = addPerson(draft, { name: words, affiliation }, personIn(first))
    if (id) people.set(key, id)
    const line = { where, text: joined(words) }
    note(state, line, id ? 'person' : 'not-an-agenda-field')
  }
  if (!event.hasProperty(`${own}meeting`))
    for (const text of textOf(event, 'description').split('\n')) note(state, { where, text }, 'before-first-item')
}

function readItem(calendar: Calendar, { event, where, title, start, end }: Event): void {
  const { state } = calendar
  const { draft } = state
  const line = { where, text: title }
  if (textOf(event, 'status').toUpperCase() === 'CANCELLED') {
    note(state, line, 'cancelled')
    return
  }
  if (start?.type !== 'instant') {
    note(state, { where, text: title || where.type }, 'bad-time')
    return
  }
  const length = lengthOf(event, start, end)
  const at = dayAt(calendar, start.at, Number(ownIn(event)('minutes') ?? length))
  const titles = pairIn(event, 'title', event.hasProperty(`${own}kind`) ? '' : title, draft.alone)
  const item = at && addItem(draft, at.day, titles)
  if (!item) {
    note(state, line, 'not-an-agenda-field')
    return
  }
  item.start = at.minutes
  Object.assign(item.set, length && { minutes: length }, settingsOf(fields.item, ownIn(event)))
  note(state, { where, text: title || localTime(start.at, draft.meeting.zones.venue).time }, 'item', item)
  readRoles(calendar, item, event, where)
  readReadings(state, item, event, where)
  readDescription(state, item, event, where)
  readRest(state, event, where)
}

function readRoles({ state, people }: Calendar, item: DraftItem, event: ICAL.Component, where: Whereabouts): void {
  const roles = new Map<string, { role: Assignment } & Group>()
  for (const property of event.getAllProperties(`${own}role`)) {
    const role = assignments.find((one) => one === parameter(property, 'x-role'))
    if (!role) continue
    const key = `${role} ${parameter(property, 'x-person') || roles.size}`
    roles.set(key, { role, ...withProperty(roles.get(key), property) })
  }
  for (const { role, words, first } of roles.values()) {
    const key = parameter(first, 'x-person')
    const id = people.get(key) ?? addPerson(state.draft, { name: words, affiliation: blank }, personIn(first))
    const line = { where, text: joined(words) }
    if (id) {
      people.set(key, id)
      item.claims.push({ role, text: '', person: id })
      note(state, line, 'role', item)
    } else note(state, line, 'not-an-agenda-field')
  }
}

function readReadings(state: State, item: DraftItem, event: ICAL.Component, where: Whereabouts): void {
  const links = grouped(event, 'link', 'x-reading')
  const titles = grouped(event, 'reading', 'x-reading')
  for (const key of new Set([...titles.keys(), ...links.keys()])) {
    const title = titles.get(key)?.words ?? blank
    const link = links.get(key)
    const url = link ? String(link.first.getFirstValue()) : ''
    addReading(state.draft, item, title, url)
    note(state, { where, text: `${joined(title)} ${url}` }, 'reading', item)
  }
}

function readRest(state: State, event: ICAL.Component, where: Whereabouts): void {
  const { meeting, alone } = state.draft
  const place = lineOf(event, 'location')
  if (isBlank(meeting.place)) meeting.place = bilingual(place, alone)
  note(state, { where, text: place }, 'place')
  for (const property of event.getAllProperties()) {
    if (known.has(property.name) || property.name.startsWith(own)) continue
    const text = `${property.name.toUpperCase()}: ${line(property.getFirstValue())}`
    note(state, { where, text }, 'not-an-agenda-field')
  }
}

/** The day of an instant. A day exported by Parley continues past midnight while items follow each other. */
function dayAt(calendar: Calendar, at: number, minutes: number): { day: DraftDay; minutes: number } | null {
  const { current, exported, state } = calendar
  const local = localTime(at, state.draft.meeting.zones.venue)
  if (!isDate(local.date)) return null
  const since = current ? daysBetween(current.day.date!, local.date) * 1440 + minutesOf(local.time) : 0
  if (exported && current && (since === current.free || since === current.last)) {
    calendar.current = { day: current.day, free: Math.max(current.free, since + minutes), last: since }
    return { day: current.day, minutes: since % 1440 }
  }
  const day = dayOf(state.draft, local.date)
  if (!day) return null
  const start = minutesOf(local.time)
  const free = current?.day === day ? Math.max(current.free, start + minutes) : start + minutes
  calendar.current = { day, free, last: start }
  return { day, minutes: start }
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

/** Refuses deep nesting of components before the parser overflows its stack. */
function tooDeep(text: string): boolean {
  let depth = 0
  for (const match of text.matchAll(/^(BEGIN|END):/gim)) {
    depth += match[1]!.toUpperCase() === 'BEGIN' ? 1 : -1
    if (depth > deepest) return true
  }
  return false
}
