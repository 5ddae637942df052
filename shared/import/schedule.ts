import { isDate, localTime, minutesOf } from '../domain/clock.ts'
import { note } from './agenda/account.ts'
import { addItem, addPerson, addReading, type DraftItem, dayOf, setZone } from './agenda/draft.ts'
import { readAbout, understood } from './agenda/programme.ts'
import { openState, type State } from './agenda/state.ts'
import { leadingHours } from './hour.ts'
import { markdownPassages } from './markdown.ts'
import { named } from './name.ts'
import { paragraphOf, plainLine } from './passage.ts'
import { bilingual, loneLanguage } from './script.ts'
import type { ReadOptions, Understanding } from './understanding.ts'
import type { Whereabouts } from './whereabouts.ts'

type Fields = Readonly<Record<string, unknown>>

const mostEvents = 5000

/** Fields that only machines need, and fields that are read elsewhere. */
const silent = new Set(
  'id guid code logo date start duration title subtitle abstract description persons links url slug room origin_url feedback_url'.split(
    ' ',
  ),
)

/** Whether JSON is a schedule as exported by frab and pretalx. */
export function isSchedule(value: unknown): boolean {
  return Array.isArray(fields(fields(fields(value).schedule).conference).days)
}

/** Reads a conference schedule. Its rooms become one programme, where simultaneous events run in parallel. */
export function readSchedule(value: unknown, options: ReadOptions): Understanding | null {
  const conference = fields(fields(fields(value).schedule).conference)
  const state = openState(options)
  const { draft } = state
  const { meeting } = draft
  const days = list(conference.days).slice(0, 60).map(fields)
  draft.alone = loneLanguage(
    days
      .flatMap((day) =>
        Object.values(fields(day.rooms)).flatMap((room) => list(room).map((one) => text(fields(one).title))),
      )
      .join('\n'),
  )

  const title = text(conference.title) || text(conference.acronym)
  meeting.title = bilingual(title, null)
  note(state, { where: { type: 'field', path: 'conference.title' }, text: title }, 'title')
  const zone = text(conference.time_zone_name)
  const line = { where: { type: 'field', path: 'conference.time_zone_name' }, text: zone } as const
  note(state, line, zone !== '' && setZone(draft, zone) ? 'time' : 'bad-time')

  let count = 0
  for (const [index, one] of days.entries()) {
    const path = `conference.days[${index}]`
    const date = text(one.date)
    const line = { where: { type: 'field', path }, text: date || path } as const
    if (!isDate(date)) {
      note(state, line, 'bad-date')
      continue
    }
    const day = dayOf(draft, date)
    if (!day) continue
    note(state, line, 'day')
    const events = Object.entries(fields(one.rooms)).flatMap(([room, value]) =>
      list(value)
        .map(fields)
        .map((event) => ({ room, event, start: startOf(event, meeting.zones.venue) })),
    )
    const from = startOfDay(text(one.day_start))
    // A conference day continues after midnight.
    const order = (start: number | null) => (start === null ? 10_000 : start < from ? start + 1440 : start)
    for (const { room, event, start } of events.sort((a, b) => order(a.start) - order(b.start))) {
      count++
      if (count > mostEvents) break
      const where: Whereabouts = { type: 'event', number: count }
      const title = text(event.title)
      if (title === '' && start === null) {
        note(state, { where, text: room }, 'no-time-or-title')
        continue
      }
      const item = addItem(draft, day, bilingual(title, draft.alone))
      if (!item) {
        note(state, { where, text: title }, 'not-an-agenda-field')
        continue
      }
      item.start = start
      const minutes = minutesOfDuration(text(event.duration))
      if (minutes !== null) item.set.minutes = minutes
      note(state, { where, text: `${text(event.start)} ${title}` }, 'item', item)
      readEvent(state, item, event, room, where)
    }
  }
  return understood(state)
}

function readEvent(state: State, item: DraftItem, event: Fields, room: string, where: Whereabouts): void {
  const { draft } = state
  const subtitle = text(event.subtitle)
  if (subtitle !== '') readAbout(state, item, [paragraphOf([plainLine(where, subtitle)])], 'other')
  for (const words of new Set([text(event.abstract), text(event.description)]))
    if (words !== '') readAbout(state, item, markdownPassages(words.slice(0, 100_000), where), 'other')
  for (const person of list(event.persons).map(fields)) {
    const name = text(person.public_name) || text(person.name)
    const id = addPerson(draft, named(name, draft.alone))
    if (id) {
      item.claims.push({ role: 'presenter', text: name, person: id })
      note(state, { where, text: name }, 'role', item)
    } else note(state, { where, text: name }, 'not-an-agenda-field')
  }
  for (const link of list(event.links).map(fields)) {
    const url = text(link.url)
    const words = text(link.title) || url
    if (words === '') continue
    addReading(draft, item, bilingual(words, draft.alone), url)
    note(state, { where, text: `${words} ${url}` }, 'reading', item)
  }
  const others = Object.entries(event).filter(
    ([name, value]) => !silent.has(name) && typeof value === 'string' && value !== '',
  )
  const left = [`room: ${room}`, ...others.map(([name, value]) => `${name}: ${String(value)}`)].join('; ')
  note(state, { where, text: left }, 'not-an-agenda-field')
}

function startOf(event: Fields, zone: string): number | null {
  const start = text(event.start)
  const clock = leadingHours(start, true)
  if (clock && /^\d{1,2}:\d{2}/.test(start)) return clock.hours.start
  const instant = Date.parse(text(event.date) || start)
  return Number.isFinite(instant) && Math.abs(instant) < 8e15 && isDate(new Date(instant).toISOString().slice(0, 10))
    ? minutesOf(localTime(instant, zone).time)
    : null
}

function startOfDay(text: string): number {
  const clock = /T(\d{2}):(\d{2})/.exec(text)
  return clock ? Math.min(Number(clock[1]) * 60 + Number(clock[2]), 720) : 240
}

/** `00:30`, `1:30`, or with days: `1:00:30`. */
function minutesOfDuration(text: string): number | null {
  const parts = text.split(':').map(Number)
  if (parts.length < 2 || parts.length > 3 || parts.some((part) => !Number.isInteger(part) || part < 0)) return null
  const minutes = parts.length === 3 ? parts[0]! * 1440 + parts[1]! * 60 + parts[2]! : parts[0]! * 60 + parts[1]!
  return minutes >= 1 && minutes <= 1440 ? minutes : null
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}
