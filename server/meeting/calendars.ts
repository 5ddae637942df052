import type { CalendarId } from '../../shared/api/terms.ts'
import type { Agenda, MeetingId } from '../../shared/domain/agenda.ts'
import type { CopyOptions } from '../../shared/export/copy.ts'
import { newId } from '../access/ids.ts'
import { hashSecret, newSecret } from '../access/secret.ts'
import type { RenderPool } from '../render/pool.ts'
import type { Calendar, Calendars } from '../storage/calendars.ts'

/** A new calendar address. Its token is known only at this moment. */
export async function createCalendar(
  storage: Calendars,
  wanted: Omit<Calendar, 'id' | 'createdAt'>,
  now: number,
): Promise<{ readonly calendar: Calendar; readonly token: string }> {
  const token = newSecret()
  const calendar = { ...wanted, id: newId() as CalendarId, createdAt: now }
  await storage.addCalendar(calendar, hashSecret(token))
  return { calendar, token }
}

export function calendarLink(origin: string, token: string): string {
  return `${origin}/calendar/${token}.ics`
}

/** Attempts to store revisions while others store theirs. */
const tries = 20

/**
 * The calendar of the current agenda. The revisions of its events are stored, so that the next calendar raises the
 * sequence of changed events only. Of two made at once, the second is made again after the first.
 */
export async function printCalendar(
  { storage, pool, now }: { readonly storage: Calendars; readonly pool: RenderPool; readonly now: () => number },
  {
    meeting,
    agenda,
    options,
    link,
    whose = '',
  }: {
    readonly meeting: MeetingId
    readonly agenda: Agenda
    readonly options: CopyOptions
    readonly link: string | null
    /** Who asks: see RenderPool. */
    readonly whose?: string
  },
): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt++) {
    const revisions = await storage.revisions(meeting)
    const job = { format: 'ics', agenda, options, meeting, link, revisions, now: now() } as const
    const printed = await pool.print(job, whose)
    const after = printed.revisions
    if (after === undefined || after === revisions) return printed.bytes
    if (await storage.setRevisions(meeting, revisions, after)) return printed.bytes
    if (attempt === tries) throw new Error(`the revisions of ${meeting} change faster than they can be kept`)
  }
}
