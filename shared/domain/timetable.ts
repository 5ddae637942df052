import type { Agenda, Day, Interpretation, Item } from './agenda.ts'
import { instantOf, type LocalTime, localTime, minutesOf } from './clock.ts'

/** When an item happens. Minutes count from midnight of the day at the venue and may pass 1440. */
export interface Slot {
  readonly item: Item
  readonly start: number
  readonly end: number
  /** Whether it starts together with the breakout before or after it. */
  readonly parallel: boolean
  /** Minutes by which its pinned start precedes the end of the item before it; 0 when it does not. */
  readonly overlap: number
  /** Free minutes between the end of the item before it and its pinned start. */
  readonly gap: number
}

export interface DayTimetable {
  readonly slots: readonly Slot[]
  readonly start: number
  readonly end: number
  /** Minutes by which the day runs past its planned end, or past midnight when it has none. */
  readonly overrun: number
}

const midnight = 1440

/**
 * Computes the times of a day; none of them is stored. Items follow one another from the day's start. A pinned item
 * starts at its pin. Neighbouring breakouts run in parallel and take as long as the longest of them, until a breakout
 * pinned to another time opens the next round. Overlaps and overruns are reported, never repaired. A day may run past
 * midnight: see `pinnedStart`.
 */
export function timetable(day: Day): DayTimetable {
  const slots: Slot[] = []
  const dayStart = minutesOf(day.start)
  let free = dayStart
  let index = 0
  while (index < day.items.length) {
    const round = parallelFrom(day.items, index)
    const pinned = day.items[index]!.pinned
    const start = pinned === undefined ? free : pinnedStart(minutesOf(pinned), dayStart, free, index)
    let latest = start
    for (const [position, item] of round.entries()) {
      const end = start + item.minutes
      if (end > latest) latest = end
      slots.push({
        item,
        start,
        end,
        parallel: round.length > 1,
        overlap: Math.max(0, free - start),
        gap: position === 0 ? Math.max(0, start - free) : 0,
      })
    }
    free = Math.max(free, latest)
    index += round.length
  }
  const end = free
  const limit = day.end === undefined ? midnight : minutesOf(day.end)
  return { slots, start: dayStart, end, overrun: Math.max(0, end - limit) }
}

/** No programme goes on at this hour from the evening before, and few begin before it. */
const dawn = 300

/**
 * A pin before the start of the day is on the next date if that is nearer to the end of the item before it, or if it
 * follows another item in the small hours. Else it is where it says: an early start, or a slip that is to be seen.
 */
function pinnedStart(pin: number, dayStart: number, free: number, index: number): number {
  const past = pin < dayStart && (free - pin > midnight / 2 || (index > 0 && pin < dawn))
  return past ? pin + midnight : pin
}

/** The items that start together with the one at `index`: itself, and the breakouts that follow a breakout. */
function parallelFrom(items: readonly Item[], index: number): Item[] {
  const first = items[index]!
  const round = [first]
  if (first.kind !== 'breakout') return round
  for (let next = index + 1; next < items.length; next++) {
    const item = items[next]!
    if (item.kind !== 'breakout') break
    if (item.pinned !== undefined && item.pinned !== first.pinned) break
    round.push(item)
  }
  return round
}

/** A venue time of a day, as an instant and on the clocks of both capitals, with their dates. */
export interface WorldTime {
  /** Milliseconds since 1970 UTC. */
  readonly instant: number
  readonly venue: LocalTime
  readonly us: LocalTime
  readonly cn: LocalTime
}

/** `minutes` after midnight of `date` at the venue, in all zones; correct across clock changes. */
export function worldTime(zones: Agenda['zones'], date: string, minutes: number): WorldTime {
  const instant = instantOf(date, minutes, zones.venue)
  return {
    instant,
    venue: localTime(instant, zones.venue),
    us: localTime(instant, zones.us),
    cn: localTime(instant, zones.cn),
  }
}

/** How much longer the same speech takes with interpretation. Consecutive nearly doubles it. */
const interpretationFactor: Readonly<Record<Interpretation, number>> = {
  none: 1,
  simultaneous: 1,
  consecutive: 1.9,
}

/** The minutes to allow for `minutes` of speech with `interpretation`, rounded up to the next five. */
export function allowInterpretation(minutes: number, interpretation: Interpretation): number {
  const factor = interpretationFactor[interpretation]
  return factor === 1 ? minutes : Math.ceil((minutes * factor) / 5) * 5
}
