import { CalendarDateTime, fromAbsolute, parseDate, toCalendarDateTime, toZoned } from '@internationalized/date'

/** A local date and time: ISO date and `HH:mm`. */
export interface LocalTime {
  readonly date: string
  readonly time: string
}

const timePattern = /^([01]\d|2[0-3]):[0-5]\d$/
const datePattern = /^\d{4}-\d{2}-\d{2}$/

export function isTime(value: unknown): value is string {
  return typeof value === 'string' && timePattern.test(value)
}

/** Whether `value` is a date of the calendar between the years 1900 and 9999. */
export function isDate(value: unknown): value is string {
  if (typeof value !== 'string' || !datePattern.test(value) || value < '1900') return false
  try {
    return parseDate(value).toString() === value
  } catch {
    return false
  }
}

const zones = new Map<string, boolean>()

/** Whether this runtime knows the IANA zone `value`. */
export function isZone(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 64 || !/^[A-Za-z]/.test(value)) return false
  const known = zones.get(value)
  if (known !== undefined) return known
  let valid = true
  try {
    new Intl.DateTimeFormat('en', { timeZone: value })
  } catch {
    valid = false
  }
  if (zones.size < 2000) zones.set(value, valid)
  return valid
}

/** Minutes after midnight of `HH:mm`. */
export function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
}

/** `HH:mm` of minutes after midnight; wraps past midnight. */
export function timeOf(minutes: number): string {
  const within = ((minutes % 1440) + 1440) % 1440
  return `${String(Math.floor(within / 60)).padStart(2, '0')}:${String(within % 60).padStart(2, '0')}`
}

/**
 * The instant, in milliseconds since 1970 UTC, at which clocks in `zone` show `minutes` after midnight of `date`. A
 * time that a clock change skips resolves to the later instant, a repeated time to the first.
 */
export function instantOf(date: string, minutes: number, zone: string): number {
  const wall = toCalendarDateTime(parseDate(date)).add({ minutes })
  return toZoned(wall, zone, 'compatible').toDate().getTime()
}

/** What clocks in `zone` show at `instant` (milliseconds since 1970 UTC). */
export function localTime(instant: number, zone: string): LocalTime {
  const at = fromAbsolute(instant, zone)
  return {
    date: new CalendarDateTime(at.year, at.month, at.day).toString().slice(0, 10),
    time: `${String(at.hour).padStart(2, '0')}:${String(at.minute).padStart(2, '0')}`,
  }
}

/** Whole days from `a` to `b`, two ISO dates. */
export function daysBetween(a: string, b: string): number {
  return Math.round((Date.parse(`${b}T00:00:00Z`) - Date.parse(`${a}T00:00:00Z`)) / 86_400_000)
}

/** The ISO date `days` after `date`. */
export function addDays(date: string, days: number): string {
  return parseDate(date).add({ days }).toString()
}
