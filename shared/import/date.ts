import { addDays, daysBetween, isDate } from '../domain/clock.ts'

export interface Dated {
  /** ISO date. */
  readonly date: string
  /** The last day, where two are named: `12–13 March 2026`. */
  readonly until: string | null
  /** Whether the text names the year. */
  readonly certain: boolean
  /** The text without date and weekday. */
  readonly rest: string
}

export interface Near {
  /** The year that the meeting is known to be in, or null. */
  readonly year: number | null
  readonly today: string
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const month = '(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\\.?'
const ordinal = '(\\d{1,2})(?:st|nd|rd|th)?'
const upTo = '\\s{0,2}(?:[-–—~～]|to|and|&|至|到)\\s{0,2}'
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const chineseDays = '日一二三四五六'
const weekday =
  /[（(]?\s?(?:(?:星期|礼拜|周)([一二三四五六日天])|\b(Sun|Mon|Tue|Wed|Thu|Fri|Sat)(?:s|nes|rs|ur)?(?:day)?\b\.?)\s?[)）]?,?/i

interface Parts {
  readonly year: number | null
  readonly month: number
  readonly day: number
  readonly lastMonth?: number
  readonly lastDay?: number
}

const number = (text: string | undefined) => (text === undefined ? null : Number(text))
const monthOf = (name: string) => months.indexOf(name.slice(0, 3).toLowerCase()) + 1

/** The forms that people write; the first that fits counts. No part of them repeats without bound. */
const forms: readonly [RegExp, (match: RegExpExecArray) => Parts | null][] = [
  [
    /(?<!\d)(\d{4})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{1,2})(?!\d)/,
    ([, y, m, d]) => ({ year: Number(y), month: Number(m), day: Number(d) }),
  ],
  [
    new RegExp(
      `(?:(\\d{4})\\s?年\\s?)?(?<!\\d)(\\d{1,2})\\s?月\\s?(\\d{1,2})\\s?[日号號]?${upTo}(?:(\\d{1,2})\\s?月\\s?)?(\\d{1,2})\\s?[日号號]`,
    ),
    ([, y, m, d, lastMonth, lastDay]) => ({
      year: number(y),
      month: Number(m),
      day: Number(d),
      lastMonth: Number(lastMonth ?? m),
      lastDay: Number(lastDay),
    }),
  ],
  [
    /(?:(\d{4})\s?年\s?)?(?<!\d)(\d{1,2})\s?月\s?(\d{1,2})\s?[日号號]/,
    ([, y, m, d]) => ({ year: number(y), month: Number(m), day: Number(d) }),
  ],
  [
    // In `Day 1 - 12 March` the first number is no date.
    new RegExp(
      `(?<!\\d)(?<!Day\\s{0,2})${ordinal}${upTo}${ordinal}\\s{1,3}(?:of\\s)?${month},?\\s{0,3}(\\d{4})?(?!\\d)`,
      'i',
    ),
    ([, d, lastDay, m, y]) => ({
      year: number(y),
      month: monthOf(m!),
      day: Number(d),
      lastMonth: monthOf(m!),
      lastDay: Number(lastDay),
    }),
  ],
  [
    new RegExp(`(?<!\\d)${ordinal}\\s{1,3}(?:of\\s)?${month}(?![a-z])(?:,?\\s{0,3}(\\d{4})(?!\\d))?`, 'i'),
    ([, d, m, y]) => ({ year: number(y), month: monthOf(m!), day: Number(d) }),
  ],
  [
    new RegExp(`\\b${month}\\s{1,3}${ordinal}${upTo}${ordinal}(?![\\d:])(?:,?\\s{0,3}(\\d{4})(?!\\d))?`, 'i'),
    ([, m, d, lastDay, y]) => ({
      year: number(y),
      month: monthOf(m!),
      day: Number(d),
      lastMonth: monthOf(m!),
      lastDay: Number(lastDay),
    }),
  ],
  [
    new RegExp(`\\b${month}\\s{1,3}${ordinal}(?![\\d:])(?:,?\\s{0,3}(\\d{4})(?!\\d))?`, 'i'),
    ([, m, d, y]) => ({ year: number(y), month: monthOf(m!), day: Number(d) }),
  ],
  [
    // 13/03/2026 and 03/13/2026 can be told apart; 12/03/2026 cannot, and is no date here.
    /(?<!\d)(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?!\d)/,
    ([, a, b, y]) => {
      if (Number(a) > 12) return { year: Number(y), month: Number(b), day: Number(a) }
      return Number(b) > 12 || a === b ? { year: Number(y), month: Number(a), day: Number(b) } : null
    },
  ],
]

/** The first date in `text`, or null. All of its other dates are taken out of `rest` too: they say it again. */
export function dateIn(text: string, near: Near): Dated | null {
  let rest = text.slice(0, 1000)
  let found: Parts | null = null
  for (let round = 0; round < 3; round++) {
    const hit = forms
      .map(([form, read]) => {
        const match = form.exec(rest)
        const parts = match && read(match)
        return match && parts ? { match, parts } : null
      })
      .find((one) => one !== null)
    if (!hit) break
    found ??= hit.parts
    if (found.year === null && hit.parts.year !== null) found = { ...found, year: hit.parts.year }
    rest = rest.slice(0, hit.match.index) + rest.slice(hit.match.index + hit.match[0].length)
  }
  if (!found) return null
  const day = weekdayIn(text)
  const date = dateOf(found, found.month, found.day, near, day)
  if (date === null) return null
  const last =
    found.lastDay === undefined
      ? null
      : dateOf({ ...found, year: Number(date.slice(0, 4)) }, found.lastMonth!, found.lastDay, near, null)
  return { date, until: last !== null && last > date ? last : null, certain: found.year !== null, rest: bare(rest) }
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

/** Without a year: the meeting's; else the one whose weekday fits; else the one that lies nearest ahead. */
function dateOf({ year }: Parts, month: number, day: number, near: Near, weekday: number | null): string | null {
  const known = year ?? near.year
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

const numerals: Readonly<Record<string, number>> = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  一: 1,
  二: 2,
  两: 2,
  三: 3,
  四: 4,
  五: 5,
  六: 6,
  七: 7,
  八: 8,
  九: 9,
  十: 10,
  首: 1,
  次: 2,
}

const dayForms = [
  /\bDay\s{0,2}(\d{1,2}|one|two|three|four|five|six|seven)\b/i,
  /第\s?([一二两三四五六七八九十]|\d{1,2})\s?[天日]/,
  /(?<![\p{L}\d])([首次])日/u,
]

/** `Day 1`, `第一天`: which, and the text without it. */
export function dayNumberIn(text: string): { number: number; rest: string } | null {
  let rest = text.slice(0, 1000)
  let found: number | null = null
  for (const form of dayForms) {
    const match = form.exec(rest)
    if (!match) continue
    const named = match[1]!.toLowerCase()
    found ??= numerals[named] ?? Number(named)
    rest = rest.slice(0, match.index) + rest.slice(match.index + match[0].length)
  }
  return found === null || found < 1 || found > 60 ? null : { number: found, rest: bare(rest) }
}

/** The date of day `number` of a meeting that begins on `first`. */
export function dateOfDay(first: string, number: number): string {
  return addDays(first, number - 1)
}
