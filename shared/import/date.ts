import { daysBetween, isDate } from '../domain/clock.ts'

export interface Dated {
  /** ISO date. */
  readonly date: string
  /** The last day of a range: `12–13 March 2026`. */
  readonly until: string | null
  /** The text without date and weekday. */
  readonly rest: string
}

export interface Near {
  /** The known year of the meeting, or null. */
  readonly year: number | null
  readonly today: string
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const month = '(?<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\\.?'
const day = '(?<day>\\d{1,2})(?:st|nd|rd|th)?'
const lastDay = '(?<lastDay>\\d{1,2})(?:st|nd|rd|th)?'
const upTo = '\\s{0,2}(?:[-–—~～]|to|and|&|至|到)\\s{0,2}'
const year = '(?<year>\\d{4})'
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const chineseDays = '日一二三四五六'
const weekday =
  /[（(]?\s?(?:(?:星期|礼拜|周)([一二三四五六日天])|\b(Sun|Mon|Tue|Wed|Thu|Fri|Sat)(?:s|nes|rs|ur)?(?:day)?\b\.?)\s?[)）]?,?/i

interface Parts {
  readonly year: number | null
  readonly month: number
  readonly day: number
  readonly lastMonth: number
  readonly lastDay: number | null
}

/** The forms that people write; the first match counts. No part of them repeats without bound. */
const forms: readonly RegExp[] = [
  /(?<!\d)(?<year>\d{4})\s?[-/.]\s?(?<month>\d{1,2})\s?[-/.]\s?(?<day>\d{1,2})(?!\d)/,
  new RegExp(
    `(?:${year}\\s?年\\s?)?(?<!\\d)(?<month>\\d{1,2})\\s?月\\s?(?<day>\\d{1,2})\\s?[日号號]?${upTo}(?:(?<lastMonth>\\d{1,2})\\s?月\\s?)?(?<lastDay>\\d{1,2})\\s?[日号號]`,
  ),
  /(?:(?<year>\d{4})\s?年\s?)?(?<!\d)(?<month>\d{1,2})\s?月\s?(?<day>\d{1,2})\s?[日号號]/,
  // In `Day 1 - 12 March` the first number belongs to no date.
  new RegExp(`(?<!\\d)(?<!Day\\s{0,2})${day}${upTo}${lastDay}\\s{1,3}(?:of\\s)?${month},?\\s{0,3}${year}?(?!\\d)`, 'i'),
  new RegExp(`(?<!\\d)${day}\\s{1,3}(?:of\\s)?${month}(?![a-z])(?:,?\\s{0,3}${year}(?!\\d))?`, 'i'),
  new RegExp(`\\b${month}\\s{1,3}${day}${upTo}${lastDay}(?![\\d:])(?:,?\\s{0,3}${year}(?!\\d))?`, 'i'),
  new RegExp(`\\b${month}\\s{1,3}${day}(?![\\d:])(?:,?\\s{0,3}${year}(?!\\d))?`, 'i'),
  /(?<!\d)(?<day>\d{1,2})[/.](?<month>\d{1,2})[/.](?<year>\d{4})(?!\d)/,
]

function partsOf(groups: Readonly<Record<string, string | undefined>>, isLast: boolean): Parts | null {
  const number = (name: string) => (groups[name] === undefined ? null : Number(groups[name]))
  const month = months.indexOf((groups.month ?? '').slice(0, 3).toLowerCase()) + 1 || Number(groups.month)
  const day = Number(groups.day)
  const parts = {
    year: number('year'),
    month,
    day,
    lastMonth: number('lastMonth') ?? month,
    lastDay: number('lastDay'),
  }
  // 13/03/2026 and 03/13/2026 are unambiguous; 12/03/2026 is not, and is ignored here.
  if (!isLast || day > 12 || groups.day === groups.month) return parts
  return month > 12 ? { ...parts, day: month, month: day } : null
}

/** The first date in `text`, or null. All other dates are removed from `rest` too: they repeat it. */
export function dateIn(text: string, near: Near): Dated | null {
  let rest = text.slice(0, 1000)
  let found: Parts | null = null
  for (let round = 0; round < 3; round++) {
    const hit = forms
      .map((form) => {
        const match = form.exec(rest)
        const parts = match?.groups && partsOf(match.groups, form === forms.at(-1))
        return match && parts ? { match, parts } : null
      })
      .find((one) => one !== null)
    if (!hit) break
    found ??= hit.parts
    if (found.year === null && hit.parts.year !== null) found = { ...found, year: hit.parts.year }
    rest = rest.slice(0, hit.match.index) + rest.slice(hit.match.index + hit.match[0].length)
  }
  if (!found) return null
  const date = dateOf(found.year ?? near.year, found.month, found.day, near, weekdayIn(text))
  if (date === null) return null
  const year = Number(date.slice(0, 4))
  const last = found.lastDay === null ? null : dateOf(year, found.lastMonth, found.lastDay, near, null)
  return { date, until: last !== null && last > date ? last : null, rest: bare(rest) }
}

function weekdayIn(text: string): number | null {
  const match = weekday.exec(text.slice(0, 1000))
  if (!match) return null
  return match[1] ? chineseDays.indexOf(match[1] === '天' ? '日' : match[1]) : weekdays.indexOf(match[2]!.toLowerCase())
}

function bare(text: string): string {
  return text
    .replace(weekday, ' ')
    .replace(weekday, ' ')
    .replace(/\(\s{0,5}\)|（\s{0,5}）/g, ' ')
    .replace(/^[\s,，.。:：·/|–—-]{1,50}/, '')
    .replace(/[\s,，.。:：·/|–—-]{1,50}$/, '')
}

/** For a date without a year: the meeting's year; else the one whose weekday fits; else the nearest one ahead. */
function dateOf(known: number | null, month: number, day: number, near: Near, weekday: number | null): string | null {
  const iso = (y: number) =>
    `${String(y).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
  if (known !== null) return isDate(iso(known)) ? iso(known) : null
  const now = Number(near.today.slice(0, 4))
  const possible = [now, now + 1, now - 1].map(iso).filter(isDate)
  const fitting = weekday === null ? [] : possible.filter((one) => new Date(`${one}T00:00:00Z`).getUTCDay() === weekday)
  const choice = fitting.length > 0 ? fitting : possible
  const distance = (date: string) => {
    const ahead = daysBetween(near.today, date)
    return ahead >= -60 ? Math.abs(ahead) : Math.abs(ahead) + 1000
  }
  return choice.sort((a, b) => distance(a) - distance(b))[0] ?? null
}

/** Each is at the index of its number, counted from 1. */
const numerals = ['one two three four five six seven'.split(' '), '一二三四五六七八九十', '首次', ' 两']

const dayForms = [
  /\bDay\s{0,2}(\d{1,2}|one|two|three|four|five|six|seven)\b/i,
  /第\s?([一二两三四五六七八九十]|\d{1,2})\s?[天日]/,
  /(?<![\p{L}\d])([首次])日/u,
]

/** The number in `Day 1`, `第一天`, and the text without it. */
export function dayNumberIn(text: string): { number: number; rest: string } | null {
  let rest = text.slice(0, 1000)
  let found: number | null = null
  for (const form of dayForms) {
    const match = form.exec(rest)
    if (!match) continue
    const named = match[1]!.toLowerCase()
    found ??= Math.max(...numerals.map((list) => list.indexOf(named) + 1)) || Number(named)
    rest = rest.slice(0, match.index) + rest.slice(match.index + match[0].length)
  }
  return found === null || found < 1 || found > 60 ? null : { number: found, rest: bare(rest) }
}
