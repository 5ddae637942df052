import type { Language, MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import type { RowKey } from './documents.ts'

/** An update of the log that the annals have yet to take in. */
export interface Untold {
  readonly row: RowKey
  readonly person: PersonId
  readonly at: number
  readonly bytes: Uint8Array
}

/** How far the annals of an agenda have come. `turn` rises by one with every telling. */
export interface Standing {
  readonly turn: number
  /** Bytes of the document as last stored. */
  readonly size: number
  readonly rows: readonly Untold[]
}

export const markKinds = ['item', 'day', 'person', 'term', 'meeting'] as const

export type MarkKind = (typeof markKinds)[number]

/** Somebody changed something: the last time. */
export interface Mark {
  readonly at: number
  readonly by: PersonId
  readonly kind: MarkKind
  /** Null of the meeting. */
  readonly id: string | null
  readonly field: string
  readonly language: Language | null
}

/** Who changed what. */
export interface Attribution {
  /**
   * The oldest updates of the meeting's agenda that are not yet in its annals: at least one when there are any, and no more
   * once so many rows or bytes are reached; none when the document is larger than `size`. Null when there is no such meeting.
   */
  untold(
    meeting: MeetingId,
    most: { readonly rows: number; readonly bytes: number; readonly size: number },
  ): Promise<Standing | null>
  /** The document as the annals last stored it, and what they have taken in since. */
  annals(meeting: MeetingId): Promise<{ readonly state: Uint8Array; readonly since: readonly Uint8Array[] } | null>
  /**
   * Takes `rows` off what is untold, and puts the marks in the place of older ones of the same person on the same thing; of
   * each person `most` stay at most, the newest. `state`, when there is one, is the document with these rows and all that
   * were told before. False when somebody else was quicker, and the turn is no longer `turn`: then nothing has changed.
   */
  tell(
    meeting: MeetingId,
    turn: number,
    telling: {
      readonly state: Uint8Array | null
      readonly rows: readonly RowKey[]
      readonly marks: readonly Mark[]
      readonly most: number
    },
  ): Promise<boolean>
  /** The marks told after `turn`, the newest first. */
  marks(meeting: MeetingId, turn: number, most: number): Promise<readonly Mark[]>
}
