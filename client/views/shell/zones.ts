import { namesOfZone } from '../../../shared/domain/city.ts'
import { isZone } from '../../../shared/domain/clock.ts'

/** Zones where such meetings have been held, for browsers that cannot list all zones. */
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

/** Every zone of this browser, the common ones first. */
export function cityZones(): readonly string[] {
  if (known) return known
  // Supported since Chromium 99 and Safari 15.4; some browsers inside chat programs lack it.
  const all = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : []
  known = [...new Set([...common, ...all])]
  return known
}

/** Finds a zone by its IANA name, or by the only city that matches the typed text. */
export function zoneEntered(text: string): string | null {
  const typed = text.trim()
  const wanted = typed.toLowerCase()
  if (isZone(typed)) return cityZones().find((one) => one.toLowerCase() === wanted) ?? text.trim()
  if (wanted === '') return null
  return cityZones().find((one) => namesOfZone(one).includes(wanted)) ?? null
}
