import type { Agenda, ItemId, Language } from '../domain/agenda.ts'

/** What was made of a file: an agenda and what became of every line, or why there is none. */
export type Understanding =
  | { readonly status: 'understood'; readonly agenda: Agenda; readonly lines: readonly Line[] }
  | {
      readonly status: 'refused'
      readonly reason: RefusedFile
      /** In the language asked for: what happened, that nothing was changed, what to do. */
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
  | 'not-canonical'

/** Something that stands in the file: every part of it is in one line, used or unused. */
export interface Line {
  /** `Line 12`, `Table 2, row 3`, `Event 4`, in the language asked for. */
  readonly where: string
  /** At most 300 characters of it. */
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
  /** A fresh id at every call. */
  readonly mint: () => string
  /** For a file that names none. */
  readonly zones: Agenda['zones']
  /** ISO date: dates without a year are near it. */
  readonly today: string
}
