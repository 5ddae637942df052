import type { MeetingId, PersonId } from '../../shared/domain/agenda.ts'

/** What somebody has marked as seen. */
export interface Seen {
  readonly at: number
  /** The turn of attribution at that time. What came since has a higher one. */
  readonly turn: number
  readonly digest: string
  /** The agenda then, as its maker packed it. */
  readonly agenda: Uint8Array
}

/** What each person has seen. */
export interface ReadStates {
  seen(meeting: MeetingId, person: PersonId): Promise<Seen | null>
  /** Nothing is read any more. With `first`, what somebody has seen already stays. */
  setSeen(meeting: MeetingId, person: PersonId, seen: Seen, first?: boolean): Promise<void>
  /** Items that a person has read since, and what the client says of each as read. */
  itemsRead(meeting: MeetingId, person: PersonId): Promise<ReadonlyMap<string, string>>
  /** The newest `most` stay. */
  addItemsRead(meeting: MeetingId, person: PersonId, items: ReadonlyMap<string, string>, most: number): Promise<void>
}
