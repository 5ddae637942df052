import type ICAL from 'ical.js'
import { instantOf, isDate, isZone } from '../domain/clock.ts'

export type Moment =
  | { readonly type: 'instant'; readonly at: number }
  | { readonly type: 'date'; readonly date: string }

/** Custom time zones are matched by name: evaluating the rules of a file takes unbounded time. */
export function momentOf(property: ICAL.Property | null, venue: string): Moment | null {
  if (!property) return null
  try {
    const bare = /^(\d{4})(\d{2})(\d{2})$/.exec(String(property.getFirstValue()))
    // Some programs do not mark a date as a date.
    if (bare) return datedAs(bare.slice(1).join('-'))
    const value = property.getFirstValue() as Partial<ICAL.Time> | string | null
    if (typeof value !== 'object' || typeof value?.year !== 'number') return null
    const { year, month = 0, day = 0, hour = 0, minute = 0 } = value
    const date = [String(year).padStart(4, '0'), ...[month, day].map((part) => String(part).padStart(2, '0'))].join('-')
    if (!isDate(date) || value.isDate) return datedAs(date)
    const zone = value.zone?.tzid === 'UTC' ? 'UTC' : zoneOf(String(property.getParameter('tzid') ?? ''), venue)
    return { type: 'instant', at: instantOf(date, hour * 60 + minute, zone) }
  } catch {
    return null
  }
}

function datedAs(date: string): Moment | null {
  return isDate(date) ? { type: 'date', date } : null
}

/** Outlook's names of zones. */
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

export function lengthOf(event: ICAL.Component, start: Moment, end: Moment | null): number | null {
  const within = (minutes: number) => (minutes >= 1 && minutes <= 1440 ? Math.round(minutes) : null)
  if (start.type === 'instant' && end?.type === 'instant') return within((end.at - start.at) / 60_000)
  try {
    const duration = event.getFirstPropertyValue('duration') as unknown as { toSeconds?: () => number } | null
    return duration?.toSeconds ? within(duration.toSeconds() / 60) : null
  } catch {
    return null
  }
}
