import type { CalendarId } from '../../shared/api/terms.ts'
import type { Agenda, MeetingId } from '../../shared/domain/agenda.ts'
import type { CopyOptions } from '../../shared/export/copy.ts'
import { mintId } from '../access/mint.ts'
import { hashSecret, mintSecret } from '../access/secret.ts'
import type { Press } from '../render/press.ts'
import type { Calendar, Calendars } from '../storage/calendars.ts'

/** A calendar address at the moment of its making: the only time that its token is known. */
export async function createCalendar(
  storage: Calendars,
  wanted: Omit<Calendar, 'id' | 'createdAt'>,
  now: number,
): Promise<{ readonly calendar: Calendar; readonly token: string }> {
  const token = mintSecret()
  const calendar = { ...wanted, id: mintId() as CalendarId, createdAt: now }
  await storage.addCalendar(calendar, hashSecret(token))
  return { calendar, token }
}

export function calendarLink(origin: string, token: string): string {
  return `${origin}/calendar/${token}.ics`
}

/** Tries of keeping what a calendar said while others keep theirs. */
const tries = 20

/**
 * The calendar of the agenda as it stands. What it says of each event is kept, so that the next one raises the sequence of
 * just the events that have changed; of two made at once, the second is made again after the first.
 */
export async function printCalendar(
  { storage, press, now }: { readonly storage: Calendars; readonly press: Press; readonly now: () => number },
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
    /** Who asks: see Press. */
    readonly whose?: string
  },
): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt++) {
    const revisions = await storage.revisions(meeting)
    const job = { format: 'ics', agenda, options, meeting, link, revisions, now: now() } as const
    const printed = await press.print(job, whose)
    const after = printed.revisions
    if (after === undefined || after === revisions) return printed.bytes
    if (await storage.setRevisions(meeting, revisions, after)) return printed.bytes
    if (attempt === tries) throw new Error(`the revisions of ${meeting} change faster than they can be kept`)
  }
}
