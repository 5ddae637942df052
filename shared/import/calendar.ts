import type ICAL from 'ical.js'
import { type Assignment, assignments, type Bilingual, type Language, type PersonId, sides } from '../domain/agenda.ts'
import { daysBetween, instantOf, isDate, isTime, isZone, localTime, minutesOf } from '../domain/clock.ts'
import { fields } from '../domain/fields.ts'
import { fieldWords } from '../export/words.ts'
import { unused, used } from './agenda/account.ts'
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
import { readAbout, understood } from './agenda/programme.ts'
import { openState, type State } from './agenda/state.ts'
import { bolded, type Passage, paragraphOf, plainLine } from './passage.ts'
import { bilingual, blank, isBlank, joined, loneLanguage } from './script.ts'
import { settingsOf } from './setting.ts'
import type { ReadOptions, Understanding } from './understanding.ts'
import { labelled, textNames } from './vocabulary.ts'
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

/** A calendar as far as it has been read. */
interface Calendar {
  readonly state: State
  readonly ours: boolean
  /** By the ids that the file has for them. */
  readonly people: Map<string, PersonId>
  /** The day of the last event, with its end and its start in minutes of that day. */
  current: { readonly day: DraftDay; readonly free: number; readonly last: number } | null
}

/** A calendar: its events are items, on the days on which they fall at the venue. */
export async function readCalendar(text: string, options: ReadOptions): Promise<Understanding | 'broken' | null> {
  if (tooDeep(text)) return 'broken'
  const { default: ical } = await import('ical.js')
  const calendars = componentsOf(ical, text)
  if (calendars === null) return 'broken'
  const state = openState(options)
  const { draft } = state
  const { meeting } = draft
  for (const calendar of calendars) {
    const zone = textOf(calendar, 'x-wr-timezone')
    const line = { where: { type: 'file' }, text: zone } as const
    if (zone !== '' && setZone(draft, zone)) used(state, line, 'time')
    else unused(state, line, 'bad-time')
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
  const ours = found.some((event) => event.hasProperty(`${own}kind`))
  const calendar: Calendar = { state, ours, people: new Map(), current: null }

  for (const one of events) if (isMeeting(one)) readMeeting(calendar, one)
  const name = calendars.map((one) => lineOf(one, 'x-wr-calname') || lineOf(one, 'name')).find((one) => one !== '')
  if (name !== undefined && isBlank(meeting.title)) {
    meeting.title = bilingual(name, draft.alone)
    used(state, { where: { type: 'file' }, text: name }, 'title')
  }
  const timed = events.filter((one) => !isMeeting(one))
  const at = ({ start }: Event) => (start?.type === 'instant' ? start.at : 0)
  // Ours stand in the order of the agenda.
  if (!ours) timed.sort((a, b) => at(a) - at(b))
  for (const one of timed) readItem(calendar, one)
  const read = understood(state)
  return read && { status: 'understood', ...read }
}

function isMeeting({ event, start }: Event): boolean {
  return event.hasProperty(`${own}meeting`) || (start?.type === 'date' && !event.hasProperty(`${own}kind`))
}

function readMeeting({ state, people }: Calendar, { event, where, title, start }: Event): void {
  const { draft } = state
  const { meeting } = draft
  const line = { where, text: title }
  if (isBlank(meeting.title)) {
    meeting.title = pairOr(event, 'title', title, draft.alone)
    used(state, line, 'title')
  } else unused(state, line, 'second-title')
  if (start?.type === 'date') draft.first ??= start.date
  const place = lineOf(event, 'location')
  meeting.place = pairOr(event, 'place', place, draft.alone)
  used(state, { where, text: place }, 'place')
  Object.assign(meeting, settingsOf(fields.meeting, ownIn(event)))
  // The zone of the venue is that of the calendar.
  const { venue, ...zones } = fields.meeting.zones.fields
  meeting.zones = { ...meeting.zones, ...settingsOf(zones, (side) => ownIn(event)(`zone-${side}`)) }
  for (const property of event.getAllProperties(`${own}day`)) {
    const text = String(property.getFirstValue())
    const [date, from, to] = text.split(' ')
    const day = isDate(date) ? dayOf(draft, date) : null
    if (day) used(state, { where, text }, 'day')
    else unused(state, { where, text }, 'bad-date')
    if (day && isTime(from)) day.start = from
    if (day && isTime(to)) day.end = to
  }
  for (const { words, first } of grouped(event, 'host', 'x-host').values()) {
    addHost(draft, words, sides.find((side) => side === parameter(first, 'x-side')) ?? null)
    used(state, { where, text: joined(words) }, 'fact')
  }
  const affiliations = grouped(event, 'affiliation', 'x-person')
  for (const [key, { words, first }] of grouped(event, 'person', 'x-person')) {
    const affiliation = affiliations.get(key)?.words ?? blank
    const id = addPerson(draft, { ...personIn(first), name: words, affiliation })
    if (id) people.set(key, id)
    const line = { where, text: joined(words) }
    if (id) used(state, line, 'person')
    else unused(state, line, 'not-an-agenda-field')
  }
  if (!event.hasProperty(`${own}meeting`))
    for (const text of textOf(event, 'description').split('\n')) unused(state, { where, text }, 'before-first-item')
}

function readItem(calendar: Calendar, { event, where, title, start, end }: Event): void {
  const { state } = calendar
  const { draft } = state
  const line = { where, text: title }
  if (textOf(event, 'status').toUpperCase() === 'CANCELLED') {
    unused(state, line, 'cancelled')
    return
  }
  if (start?.type !== 'instant') {
    unused(state, { where, text: title || where.type }, 'bad-time')
    return
  }
  const length = lengthOf(event, start, end)
  const at = dayAt(calendar, start.at, Number(ownIn(event)('minutes') ?? length))
  const titles = event.hasProperty(`${own}kind`) ? pairOf(event, 'title') : pairOr(event, 'title', title, draft.alone)
  const item = at && addItem(draft, at.day, titles)
  if (!item) {
    unused(state, line, 'not-an-agenda-field')
    return
  }
  item.start = at.minutes
  Object.assign(item.set, length && { minutes: length }, settingsOf(fields.item, ownIn(event)))
  used(state, { where, text: title || localTime(start.at, draft.meeting.zones.venue).time }, 'item', item)
  readRoles(calendar, item, event, where)
  readReadings(state, item, event, where)
  readDescription(state, item, event, where)
  readRest(state, event, where)
}

function readRoles({ state, people }: Calendar, item: DraftItem, event: ICAL.Component, where: Whereabouts): void {
  const held = new Map<string, { role: Assignment } & Group>()
  for (const property of event.getAllProperties(`${own}role`)) {
    const role = assignments.find((one) => one === parameter(property, 'x-role'))
    if (!role) continue
    const key = `${role} ${parameter(property, 'x-person') || held.size}`
    held.set(key, { role, ...withProperty(held.get(key), property) })
  }
  for (const { role, words, first } of held.values()) {
    const key = parameter(first, 'x-person')
    const id = people.get(key) ?? addPerson(state.draft, { ...personIn(first), name: words, affiliation: blank })
    const line = { where, text: joined(words) }
    if (id) {
      people.set(key, id)
      item.claims.push({ role, text: '', person: id })
      used(state, line, 'role', item)
    } else unused(state, line, 'not-an-agenda-field')
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
    used(state, { where, text: `${joined(title)} ${url}` }, 'reading', item)
  }
}

/** The description says it all in words; of ours only the prose is read, for the rest is said exactly elsewhere. */
function readDescription(state: State, item: DraftItem, event: ICAL.Component, where: Whereabouts): void {
  const text = textOf(event, 'description').slice(0, 200_000)
  if (text.trim() === '') return
  if (!event.hasProperty(`${own}kind`)) {
    readAbout(state, item, plainPassages(text.split(/\r?\n/), where, false), 'theirs')
    return
  }
  for (const block of blocks(text.split('\n'))) {
    const at = (is: (text: string) => boolean) => block.findIndex((said, index) => block[index - 1] === '' && is(said))
    const first = at(isLabel)
    const readings = at((said) => isWord(said, 'readings'))
    const body = first < 0 ? [] : block.slice(first, readings < first ? undefined : readings)
    for (const text of first < 0 ? block : block.slice(0, first))
      used(state, { where, text }, labelled(text)?.meaning.type === 'role' ? 'role' : 'fact', item)
    for (const text of readings < 0 ? [] : block.slice(readings)) used(state, { where, text }, 'reading', item)
    readAbout(state, item, plainPassages(body, where, true), 'ours')
  }
}

function readRest(state: State, event: ICAL.Component, where: Whereabouts): void {
  const { meeting, alone } = state.draft
  const place = lineOf(event, 'location')
  if (isBlank(meeting.place)) meeting.place = bilingual(place, alone)
  used(state, { where, text: place }, 'place')
  for (const property of event.getAllProperties()) {
    if (known.has(property.name) || property.name.startsWith(own)) continue
    const text = `${property.name.toUpperCase()}: ${line(property.getFirstValue())}`
    unused(state, { where, text }, 'not-an-agenda-field')
  }
}

/** The day that a moment belongs to; ours go on past midnight while one item follows on the other. */
function dayAt(calendar: Calendar, at: number, minutes: number): { day: DraftDay; minutes: number } | null {
  const { current, ours, state } = calendar
  const local = localTime(at, state.draft.meeting.zones.venue)
  if (!isDate(local.date)) return null
  const since = current ? daysBetween(current.day.date!, local.date) * 1440 + minutesOf(local.time) : 0
  if (ours && current && (since === current.free || since === current.last)) {
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
    if (bare) return datedAs(bare.slice(1).join('-'))
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
      const words = paragraphOf([plainLine(where, entry[2]!.trim())])
      if (last?.type === 'list' && last.ordered === ordered && entry[1] !== '1') {
        passages[passages.length - 1] = { ...last, entries: [...last.entries, [words]] }
      } else passages.push({ type: 'list', ordered, entries: [[words]] })
    } else if (text.trim() !== '') {
      const words = plainLine(where, text.trim())
      passages.push(paragraphOf([label ? bolded(words) : words]))
    }
  }
  return passages
}

const labels = [...textNames, 'readings'] as const

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
  return found
}

function line(value: unknown): string {
  return typeof value === 'string' || typeof value === 'object'
    ? String(value ?? '')
        .replace(/\s+/g, ' ')
        .trim()
    : ''
}

function lineOf(component: ICAL.Component, name: string): string {
  return line(component.getFirstPropertyValue(name))
}

function textOf(component: ICAL.Component, name: string): string {
  return String(component.getFirstPropertyValue(name) ?? '')
}

/** The values of our own properties, by the names of the fields; null without one. */
function ownIn(event: ICAL.Component): (field: string) => string | null {
  return (field) => {
    const name = own + field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    return event.hasProperty(name) ? textOf(event, name) : null
  }
}

function parameter(property: ICAL.Property, name: string): string {
  const value: unknown = property.getParameter(name)
  return (Array.isArray(value) ? String(value[0]) : typeof value === 'string' ? value : '').toLowerCase()
}

function personIn(property: ICAL.Property) {
  return settingsOf(fields.person, (field) => parameter(property, `x-${field}`))
}

/** Properties that say the same in both languages, and the first of them. */
interface Group {
  readonly words: Bilingual
  readonly first: ICAL.Property
}

function withProperty(group: Group | undefined, property: ICAL.Property): Group {
  const language: Language = parameter(property, 'language').startsWith('zh') ? 'zh' : 'en'
  const words = { ...(group?.words ?? blank), [language]: line(property.getFirstValue()) }
  return { words, first: group?.first ?? property }
}

/** Properties that belong together by a parameter. */
function grouped(event: ICAL.Component, name: string, by: string): Map<string, Group> {
  const found = new Map<string, Group>()
  for (const property of event.getAllProperties(own + name)) {
    const key = parameter(property, by)
    found.set(key, withProperty(found.get(key), property))
  }
  return found
}

function pairOf(event: ICAL.Component, name: string): Bilingual {
  const all = event.getAllProperties(own + name)
  return all.reduce((group: Group | undefined, one) => withProperty(group, one), undefined)?.words ?? blank
}

/** Our own property, or else what anybody's calendar has. */
function pairOr(event: ICAL.Component, name: string, words: string, alone: Language | null): Bilingual {
  const pair = pairOf(event, name)
  return isBlank(pair) ? bilingual(words, alone) : pair
}
