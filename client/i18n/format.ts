import type { Bilingual, Language } from '../../shared/domain/agenda.ts'

/** A text and the language it is really in. */
export interface Spoken {
  readonly text: string
  readonly language: Language
}

/** What of `value` a reader of `language` is shown: their own language, or the other where theirs is still empty. */
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

/** `2026-03-12` as 'Thu 12 Mar' or '3月12日 周四'; with the year where it is asked for. */
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

/** The first and last of several ISO dates, said once: '12–13 Mar 2026', '2026年3月12日至13日'. */
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
export function lengthParts(minutes: number): { hours: number; minutes: number } {
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

/** The time on the clock of this device, `HH:mm`. */
export function deviceTime(at: number): string {
  const date = new Date(at)
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`
}

/** Cities that a zone stands for in these meetings. The capital of each side is what its clock is called by. */
const cities: Readonly<Record<string, Bilingual>> = {
  'America/New_York': { en: 'Washington', zh: '华盛顿' },
  'US/Eastern': { en: 'Washington', zh: '华盛顿' },
  'Asia/Shanghai': { en: 'Beijing', zh: '北京' },
  PRC: { en: 'Beijing', zh: '北京' },
  'Asia/Hong_Kong': { en: 'Hong Kong', zh: '香港' },
  'Asia/Macau': { en: 'Macao', zh: '澳门' },
  'Asia/Singapore': { en: 'Singapore', zh: '新加坡' },
  'Asia/Tokyo': { en: 'Tokyo', zh: '东京' },
  'Asia/Seoul': { en: 'Seoul', zh: '首尔' },
  'Asia/Dubai': { en: 'Dubai', zh: '迪拜' },
  'Asia/Bangkok': { en: 'Bangkok', zh: '曼谷' },
  'America/Los_Angeles': { en: 'Los Angeles', zh: '洛杉矶' },
  'America/Chicago': { en: 'Chicago', zh: '芝加哥' },
  'Pacific/Honolulu': { en: 'Honolulu', zh: '檀香山' },
  'Europe/London': { en: 'London', zh: '伦敦' },
  'Europe/Paris': { en: 'Paris', zh: '巴黎' },
  'Europe/Berlin': { en: 'Berlin', zh: '柏林' },
  'Europe/Vienna': { en: 'Vienna', zh: '维也纳' },
  'Europe/Zurich': { en: 'Geneva', zh: '日内瓦' },
  'Europe/Oslo': { en: 'Oslo', zh: '奥斯陆' },
  UTC: { en: 'UTC', zh: 'UTC' },
}

/** What people call the place of an IANA zone. */
export function cityOf(zone: string, language: Language): string {
  const known = cities[zone]
  if (known) return known[language]
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')
}

/** Other names under which a zone is found when one types a city that is not in its IANA name. */
export function namesOfZone(zone: string): string {
  const known = cities[zone]
  return `${zone.replaceAll('_', ' ')} ${zone}${known ? ` ${known.en} ${known.zh}` : ''}`.toLowerCase()
}
