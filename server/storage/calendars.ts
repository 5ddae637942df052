import type { CalendarId } from '../../shared/api/terms.ts'
import type { Language, MeetingId, PersonId, Side } from '../../shared/domain/agenda.ts'
import type { SecretHash } from './members.ts'

/** An address that calendar programs poll without a session. */
export interface Calendar {
  readonly id: CalendarId
  readonly meeting: MeetingId
  readonly person: PersonId
  readonly language: Language | 'both'
  readonly lead: Side
  readonly people: boolean
  readonly createdAt: number
}

export interface Calendars {
  addCalendar(calendar: Calendar, token: SecretHash): Promise<void>
  /** The ones of a person that stand, in the order of making. */
  calendars(meeting: MeetingId, person: PersonId): Promise<readonly Calendar[]>
  /** Also the ones that no longer stand: revoked themselves, or with the invitation of whoever made them. */
  calendarByToken(token: SecretHash): Promise<{ readonly calendar: Calendar; readonly revoked: boolean } | null>
  /** False when that person has no such calendar standing. */
  revokeCalendar(meeting: MeetingId, person: PersonId, id: CalendarId, at: number): Promise<boolean>
  /** What the last calendar of the meeting said of its events, as text; null before the first. */
  revisions(meeting: MeetingId): Promise<string | null>
  /** Replaces `before` with `after`. False when somebody else was quicker: then nothing has changed. */
  setRevisions(meeting: MeetingId, before: string | null, after: string): Promise<boolean>
}
