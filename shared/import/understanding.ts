import type { Agenda, ItemId, Language } from '../domain/agenda.ts'

/** The result of reading a file: an agenda and what became of every line, or why there is none. */
export type Understanding =
  | { readonly status: 'understood'; readonly agenda: Agenda; readonly lines: readonly FileLine[] }
  | {
      readonly status: 'refused'
      readonly reason: RefusedFile
      /** In the requested language: what happened, that nothing was changed, what to do. */
      readonly message: string
    }

export type RefusedFile =
  | 'too-large'
  | 'not-what-it-says'
  | 'broken'
  | 'encrypted'
  | 'unpacks-too-large'
  | 'unknown-kind'
  | 'nothing-found'
  | 'too-many'
  | 'not-canonical'

/** A part of a file. Every part of the file is in one line, used or unused. */
export interface FileLine {
  /** `Line 12`, `Table 2, row 3`, `Event 4`, in the requested language. */
  readonly where: string
  /** At most its first 300 characters. */
  readonly text: string
  readonly outcome: Outcome
}

export type Outcome =
  | { readonly type: 'used'; readonly as: Use; readonly item?: ItemId }
  | { readonly type: 'unused'; readonly why: WhyUnused }

export const uses = [
  'title',
  'place',
  'day',
  'item',
  'time',
  'minutes',
  'role',
  'person',
  'objective',
  'questions',
  'output',
  'reading',
  'term',
  'fact',
] as const
export type Use = (typeof uses)[number]

export type WhyUnused =
  | 'before-first-item'
  | 'no-time-or-title'
  | 'unknown-column'
  | 'second-title'
  | 'bad-time'
  | 'bad-date'
  | 'not-an-agenda-field'
  | 'empty'
  | 'repeated'
  | 'cancelled'

export interface ReadOptions {
  readonly language: Language
  /** Returns a fresh id at every call. */
  readonly newId: () => string
  /** For a file that names no zones. */
  readonly zones: Agenda['zones']
  /** ISO date. A date without a year is taken to be near it. */
  readonly today: string
}
