import type { MeetingId, PersonId } from '../../shared/domain/agenda.ts'

/** How a meeting is to end. */
export interface Ending {
  /** The last day on which it is kept, YYYY-MM-DD. Null: it is kept until somebody deletes it. */
  readonly retainUntil: string | null
  /** An organizer has asked for its deletion. */
  readonly asked: { readonly person: PersonId; readonly at: number } | null
}

export interface Endings {
  ending(meeting: MeetingId): Promise<Ending>
  /** All meetings that have such a day. */
  retained(): Promise<readonly { readonly meeting: MeetingId; readonly until: string }[]>
  /** False when there is no such meeting. */
  setRetention(meeting: MeetingId, until: string | null): Promise<boolean>
  /** Whoever asks first is the one who has asked. */
  askDeletion(meeting: MeetingId, person: PersonId, at: number): Promise<void>
  withdrawDeletion(meeting: MeetingId): Promise<void>
  /**
   * Deletes the meeting and everything of it, for good. Only its id and the time stay, so that devices can be told, and so
   * that nothing is written into it any more. False when there is no such meeting.
   */
  deleteMeeting(meeting: MeetingId, at: number): Promise<boolean>
  wasDeleted(meeting: MeetingId): Promise<boolean>
  /**
   * Writes all data anew, so that the files hold no byte of what has been deleted. It takes as long as copying them, and
   * nobody can write meanwhile. Does nothing when nothing has been deleted since.
   */
  wipe(): Promise<void>
}
