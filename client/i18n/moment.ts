import type { Language } from '../../shared/domain/agenda.ts'
import { localTime } from '../../shared/domain/clock.ts'
import { deviceTime } from './format.ts'

/** A moment in the reader's local time. `day` says how far back it is. */
export interface Moment {
  readonly day: 'today' | 'yesterday' | 'earlier'
  /** `HH:mm` on the clock of this device. */
  readonly time: string
  /** '12 March, 09:30', '3月12日 09:30'; with the year when it is another one. */
  readonly whole: string
}

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** `at` and `now` in milliseconds since 1970. */
export function momentOf(at: number, now: number, language: Language): Moment {
  const date = new Date(at)
  const present = new Date(now)
  const time = deviceTime(at)
  const yesterday = new Date(present.getFullYear(), present.getMonth(), present.getDate() - 1)
  const whole = wholeOf([date.getFullYear(), date.getMonth() + 1, date.getDate()], time, now, language)
  const day =
    date.toDateString() === present.toDateString()
      ? 'today'
      : date.toDateString() === yesterday.toDateString()
        ? 'yesterday'
        : 'earlier'
  return { day, time, whole }
}

/** The same as `whole`, on the clocks of `zone`. */
export function momentIn(zone: string, at: number, now: number, language: Language): string {
  const { date, time } = localTime(at, zone)
  return wholeOf(date.split('-').map(Number), time, now, language)
}

function wholeOf([year = 0, month = 1, day = 1]: readonly number[], time: string, now: number, language: Language) {
  const other = year === new Date(now).getFullYear() ? null : year
  return language === 'zh'
    ? `${other === null ? '' : `${other}年`}${month}月${day}日 ${time}`
    : `${day} ${months[month - 1]}${other === null ? '' : ` ${other}`}, ${time}`
}

/** The same within a sentence: 'today, 09:30', '12 March, 09:30'. */
export function momentText(at: number, now: number, language: Language): string {
  const { day, time, whole } = momentOf(at, now, language)
  if (day === 'earlier') return whole
  if (language === 'en') return `${day}, ${time}`
  return `${day === 'today' ? '今天' : '昨天'} ${time}`
}
