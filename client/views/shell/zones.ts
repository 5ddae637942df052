import { namesOfZone } from '../../../shared/domain/city.ts'
import { isZone } from '../../../shared/domain/clock.ts'

/** Where such meetings have been held, for browsers that cannot list all zones. */
const common = [
  'America/New_York',
  'Asia/Shanghai',
  'Asia/Hong_Kong',
  'Asia/Singapore',
  'Asia/Tokyo',
  'Asia/Seoul',
  'Asia/Bangkok',
  'Asia/Dubai',
  'America/Chicago',
  'America/Los_Angeles',
  'Pacific/Honolulu',
  'Europe/London',
  'Europe/Paris',
  'Europe/Berlin',
  'Europe/Vienna',
  'Europe/Zurich',
  'Europe/Oslo',
  'UTC',
]

let known: readonly string[] | null = null

/** Every zone of this browser, those of such meetings first. */
export function cityZones(): readonly string[] {
  if (known) return known
  // Chromium has it since 99 and Safari since 15.4; some browsers inside chat programs do not.
  const all = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : []
  known = [...new Set([...common, ...all])]
  return known
}

/** A zone by its IANA name, or by the one city that what was typed fits. */
export function zoneEntered(text: string): string | null {
  const typed = text.trim()
  const wanted = typed.toLowerCase()
  if (isZone(typed)) return cityZones().find((one) => one.toLowerCase() === wanted) ?? text.trim()
  if (wanted === '') return null
  return cityZones().find((one) => namesOfZone(one).includes(wanted)) ?? null
}
