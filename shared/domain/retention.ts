/** A meeting may be kept until a date, written YYYY-MM-DD. It goes when that day is over everywhere on earth. */

const hour = 3600_000
const day = 24 * hour

/** When the meeting is deleted: the end of that day in the last zone to reach it (UTC-12), ms since 1970. */
export function endOfRetention(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) + day + 12 * hour
}

/** Whether the date is one of the calendar. */
export function isDate(text: string): boolean {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === text
}

/** For so many days before the end everybody is reminded of it. */
const reminding = 14

export function isNear(date: string, now: number): boolean {
  return endOfRetention(date) - now < reminding * day
}
