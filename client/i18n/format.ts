import type { Bilingual, Language } from '../../shared/domain/agenda.ts'

/** A text and its actual language. */
export interface Spoken {
  readonly text: string
  readonly language: Language
}

/** What a reader of `language` is shown of `value`: their own language, or the other one while theirs is empty. */
export function speak(value: Bilingual, language: Language): Spoken | null {
  const other = otherThan(language)
  if (value[language].trim() !== '') return { text: value[language], language }
  if (value[other].trim() !== '') return { text: value[other], language: other }
  return null
}

export function otherThan(language: Language): Language {
  return language === 'en' ? 'zh' : 'en'
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const zhWeekdays = ['周日', '周一', '周二', '周三', '周四', '周五', '周六']

/** `2026-03-12` as 'Thu 12 Mar' or '3月12日 周四'; with the year if asked for. */
export function dateWords(date: string, language: Language, withYear = false): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number)
  const weekday = weekdayOf(date, language)
  if (language === 'zh') return `${withYear ? `${year}年` : ''}${month}月${day}日 ${weekday}`
  return `${weekday} ${day} ${months[month - 1] ?? ''}${withYear ? ` ${year}` : ''}`
}

export function weekdayOf(date: string, language: Language): string {
  const at = new Date(`${date}T00:00:00Z`).getUTCDay()
  return (language === 'zh' ? zhWeekdays : weekdays)[at] ?? ''
}

/** The range of several ISO dates: '12–13 Mar 2026', '2026年3月12日至13日'. */
export function dateSpan(dates: readonly string[], language: Language): string {
  const sorted = [...dates].sort()
  const first = sorted[0]
  const last = sorted.at(-1)
  if (first === undefined || last === undefined) return ''
  const [fromYear = 0, fromMonth = 1, fromDay = 1] = first.split('-').map(Number)
  const [toYear = 0, toMonth = 1, toDay = 1] = last.split('-').map(Number)
  if (language === 'zh') {
    const from = `${fromYear}年${fromMonth}月${fromDay}日`
    if (first === last) return from
    if (fromYear !== toYear) return `${from}至${toYear}年${toMonth}月${toDay}日`
    return fromMonth === toMonth ? `${from}至${toDay}日` : `${from}至${toMonth}月${toDay}日`
  }
  const to = `${toDay} ${months[toMonth - 1]} ${toYear}`
  if (first === last) return to
  if (fromYear !== toYear) return `${fromDay} ${months[fromMonth - 1]} ${fromYear} – ${to}`
  return fromMonth === toMonth ? `${fromDay}–${to}` : `${fromDay} ${months[fromMonth - 1]} – ${to}`
}

/** Hours and minutes of a length, for the words of `time.length*`. */
function lengthParts(minutes: number): { hours: number; minutes: number } {
  return { hours: Math.floor(minutes / 60), minutes: minutes % 60 }
}

/** A length in words: '6 h 45', '45 min', '6 小时 45 分'. */
export function lengthWords(length: number, language: Language): string {
  const { hours, minutes } = lengthParts(length)
  if (language === 'zh') {
    if (hours === 0) return `${minutes} 分钟`
    return minutes === 0 ? `${hours} 小时` : `${hours} 小时 ${minutes} 分`
  }
  if (hours === 0) return `${minutes} min`
  return minutes === 0 ? `${hours} h` : `${hours} h ${String(minutes).padStart(2, '0')}`
}

/** The separator between two sentences: a Chinese full stop includes its own space. */
export function betweenSentences(language: Language): string {
  return language === 'zh' ? '' : ' '
}

/** The time on the clock of this device, `HH:mm`. */
export function deviceTime(at: number): string {
  const date = new Date(at)
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`
}

/** A moment in few words: the time today, and with the date on other days. */
export function momentWords(at: number, now: number, language: Language): string {
  const date = new Date(at)
  const time = deviceTime(at)
  if (date.toDateString() === new Date(now).toDateString()) return time
  return language === 'zh'
    ? `${date.getMonth() + 1}月${date.getDate()}日 ${time}`
    : `${date.getDate()} ${months[date.getMonth()]} ${time}`
}
