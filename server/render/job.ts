import type { Agenda, Language, MeetingId } from '../../shared/domain/agenda.ts'
import type { CopyOptions } from '../../shared/export/copy.ts'
import type { Format } from '../../shared/export/formats.ts'

export interface Print {
  readonly type: 'print'
  readonly format: Format
  readonly agenda: Agenda
  readonly options: CopyOptions
  readonly meeting: MeetingId
  /** Where the meeting is, for calendars. */
  readonly link: string | null
  /** What the last calendar said of its events, as text. */
  readonly revisions: string | null
  /** Milliseconds since 1970. */
  readonly now: number
}

export interface Read {
  readonly type: 'read'
  readonly name: string
  readonly bytes: Uint8Array
  readonly language: Language
  /** For files that name no zones. */
  readonly zones: Agenda['zones']
  /** ISO date: which year a date without one is in. */
  readonly today: string
}

/** The document of these updates, in the fewest bytes. */
export interface Compact {
  readonly type: 'compact'
  readonly updates: readonly Uint8Array[]
}

/** The agenda of the document that these updates make. */
export interface Open {
  readonly type: 'open'
  readonly updates: readonly Uint8Array[]
}

export type Job = Print | Read | Compact | Open

export type Reply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: 'missing' | 'failed'; readonly detail: string }
