import type { Bilingual, Language } from './agenda.ts'

/** Cities that time zones stand for in these meetings. A side's clock is named after its capital. */
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

/** What people call the city of an IANA zone. */
export function cityOf(zone: string, language: Language): string {
  const known = cities[zone]
  if (known) return known[language]
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')
}

/** Other names that find a zone, for cities that are not in its IANA name. */
export function namesOfZone(zone: string): string {
  const known = cities[zone]
  return `${zone.replaceAll('_', ' ')} ${zone}${known ? ` ${known.en} ${known.zh}` : ''}`.toLowerCase()
}
