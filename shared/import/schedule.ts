import { isDate, localTime, minutesOf } from '../domain/clock.ts'
import { type DraftItem, openDraft } from './draft.ts'
import { leadingHours } from './hour.ts'
import { markdownPassages } from './markdown.ts'
import { named } from './name.ts'
import { openReader, writtenAt } from './programme.ts'
import { bilingual, loneLanguage } from './script.ts'
import type { Outcome, ReadOptions, Understanding } from './understanding.ts'
import type { Whereabouts } from './whereabouts.ts'

type Fields = Readonly<Record<string, unknown>>

const mostEvents = 5000

/** Fields that are for machines alone, or that the day and the room have said already. */
const silent = new Set(
  'id guid code logo date start duration title subtitle abstract description persons links url slug room origin_url feedback_url'.split(
    ' ',
  ),
)

/** Whether JSON is a schedule as frab and pretalx export it. */
export function isSchedule(value: unknown): boolean {
  return Array.isArray(fields(fields(fields(value).schedule).conference).days)
}

/** A conference schedule; its rooms are one programme, in which what starts together runs in parallel. */
export function readSchedule(
  value: unknown,
  options: ReadOptions,
): Extract<Understanding, { status: 'understood' }> | null {
  const conference = fields(fields(fields(value).schedule).conference)
  const draft = openDraft(options)
  const reader = openReader(draft, options)
  const { meeting, note } = draft
  const tell = (where: Whereabouts, text: string, outcome: Outcome) => note(where, text, outcome)
  const days = list(conference.days).slice(0, 60).map(fields)
  meeting.alone = loneLanguage(
    days
      .flatMap((day) =>
        Object.values(fields(day.rooms)).flatMap((room) => list(room).map((one) => text(fields(one).title))),
      )
      .join('\n'),
  )

  const title = text(conference.title) || text(conference.acronym)
  meeting.title = bilingual(title, null)
  tell({ type: 'field', path: 'conference.title' }, title, { type: 'used', as: 'title' })
  const zone = text(conference.time_zone_name)
  if (zone !== '') {
    const outcome: Outcome = draft.zone(zone) ? { type: 'used', as: 'time' } : { type: 'unused', why: 'bad-time' }
    tell({ type: 'field', path: 'conference.time_zone_name' }, zone, outcome)
  }

  let count = 0
  for (const [index, one] of days.entries()) {
    const path = `conference.days[${index}]`
    const date = text(one.date)
    if (!isDate(date)) {
      tell({ type: 'field', path }, date || path, { type: 'unused', why: 'bad-date' })
      continue
    }
    const day = draft.day(date, null)
    if (!day) continue
    tell({ type: 'field', path }, date, { type: 'used', as: 'day' })
    const events = Object.entries(fields(one.rooms)).flatMap(([room, held]) =>
      list(held).map((event) => ({ room, event: fields(event) })),
    )
    const timed = events.map((event) => ({ ...event, start: startOf(event.event, meeting.zones.venue) }))
    const from = startOfDay(text(one.day_start))
    // After midnight the day of a conference goes on.
    const order = (start: number | null) => (start === null ? 10_000 : start < from ? start + 1440 : start)
    for (const { room, event, start } of timed.sort((a, b) => order(a.start) - order(b.start))) {
      count++
      if (count > mostEvents) break
      const where: Whereabouts = { type: 'event', number: count }
      const said = text(event.title)
      if (said === '' && start === null) {
        tell(where, room, { type: 'unused', why: 'no-time-or-title' })
        continue
      }
      const item = draft.item(day, bilingual(said, meeting.alone))
      if (!item) {
        tell(where, said, { type: 'unused', why: 'not-an-agenda-field' })
        continue
      }
      item.start = start
      item.minutes = minutesOfDuration(text(event.duration))
      tell(where, `${text(event.start)} ${said}`, { type: 'used', as: 'item', item: item.id })
      fill(item, event, room, where)
    }
  }

  function fill(item: DraftItem, event: Fields, room: string, where: Whereabouts): void {
    const subtitle = text(event.subtitle)
    if (subtitle !== '') reader.about(item, [{ type: 'paragraph', lines: [writtenAt(where, subtitle)] }], 'theirs')
    for (const name of ['abstract', 'description']) {
      const words = text(event[name])
      if (words !== '' && !(name === 'description' && words === text(event.abstract))) {
        reader.about(item, markdownPassages(words.slice(0, 100_000), where), 'theirs')
      }
    }
    for (const person of list(event.persons).map(fields)) {
      const name = text(person.public_name) || text(person.name)
      if (name === '') continue
      const id = draft.person({ ...named(name, meeting.alone), side: null, sector: null })
      if (id) item.claims.push({ role: 'presenter', text: name, person: id })
      tell(
        where,
        name,
        id ? { type: 'used', as: 'role', item: item.id } : { type: 'unused', why: 'not-an-agenda-field' },
      )
    }
    for (const link of list(event.links).map(fields)) {
      const url = text(link.url)
      const words = text(link.title) || url
      if (words === '') continue
      draft.reading(item, bilingual(words, meeting.alone), url)
      tell(where, `${words} ${url}`, { type: 'used', as: 'reading', item: item.id })
    }
    const others = Object.entries(event).filter(
      ([name, held]) => !silent.has(name) && typeof held === 'string' && held !== '',
    )
    const left = [`room: ${room}`, ...others.map(([name, held]) => `${name}: ${String(held)}`)].join('; ')
    tell(where, left, { type: 'unused', why: 'not-an-agenda-field' })
  }

  if (!reader.found()) return null
  return { status: 'understood', agenda: draft.finish(), lines: draft.lines }
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

/** `00:30`, `1:30`, and with days before it, `1:00:30`. */
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
