import type { Agenda, Language, MeetingId } from '../../shared/domain/agenda.ts'
import type { CopyOptions } from '../../shared/export/copy.ts'
import type { Format } from '../../shared/export/formats.ts'

export interface Print {
  readonly type: 'print'
  readonly format: Format
  readonly agenda: Agenda
  readonly options: CopyOptions
  readonly meeting: MeetingId
  /** The meeting's address, for calendars. */
  readonly link: string | null
  /** The revisions of the last calendar, as text. */
  readonly revisions: string | null
  /** Milliseconds since 1970. */
  readonly now: number
}

export interface Read {
  readonly type: 'read'
  readonly name: string
  readonly bytes: Uint8Array
  readonly language: Language
  /** For files without time zones. */
  readonly zones: Agenda['zones']
  /** ISO date. Gives the year for dates without one. */
  readonly today: string
}

/** Compacts the document of these updates. */
export interface Compact {
  readonly type: 'compact'
  readonly updates: readonly Uint8Array[]
}

/** Reads the agenda from the document of these updates. */
export interface Open {
  readonly type: 'open'
  readonly updates: readonly Uint8Array[]
}

export type Job = Print | Read | Compact | Open

export type Reply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: 'missing' | 'failed'; readonly detail: string }
