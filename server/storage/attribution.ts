import type { Language, MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import type { RowKey } from './documents.ts'

/** A logged update that attribution has not read yet. */
export interface Unattributed {
  readonly row: RowKey
  readonly person: PersonId
  readonly at: number
  readonly bytes: Uint8Array
}

/** How far attribution has read the log of an agenda. `turn` rises by one with each `attribute`. */
export interface Progress {
  readonly turn: number
  /** Bytes of the document as last stored. */
  readonly size: number
  readonly rows: readonly Unattributed[]
}

const markKinds = ['item', 'day', 'person', 'term', 'meeting'] as const

export type MarkKind = (typeof markKinds)[number]

/** The last time that somebody changed this. */
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
   * The oldest updates of the agenda that attribution has not read yet. Ends at so many rows or bytes, but has at least one if
   * there are any. Empty when the document is larger than `size`. Null when there is no such meeting.
   */
  unattributed(
    meeting: MeetingId,
    most: { readonly rows: number; readonly bytes: number; readonly size: number },
  ): Promise<Progress | null>
  /** The document as last stored with its attribution, and what was read since. */
  attributed(meeting: MeetingId): Promise<{ readonly state: Uint8Array; readonly since: readonly Uint8Array[] } | null>
  /**
   * Notes that `rows` are read. The marks replace older ones of the same person on the same field; each person keeps the newest
   * `most`. `state`, if any, is the document with all that has been read. False when another process was quicker, and the turn
   * is no longer `turn`: then nothing has changed.
   */
  attribute(
    meeting: MeetingId,
    turn: number,
    attributed: {
      readonly state: Uint8Array | null
      readonly rows: readonly RowKey[]
      readonly marks: readonly Mark[]
      readonly most: number
    },
  ): Promise<boolean>
  /** The marks made after `turn`, newest first. */
  marks(meeting: MeetingId, turn: number, most: number): Promise<readonly Mark[]>
}
