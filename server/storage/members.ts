import type { InvitationId, Role } from '../../shared/api/terms.ts'
import type { Branded, MeetingId, PersonId, Side } from '../../shared/domain/agenda.ts'

/** What is stored of a secret: its SHA-256. */
export type SecretHash = Branded<string, 'SecretHash'>

/** Somebody of a meeting: an invitation and a name. The same name over the same invitation is the same person. */
export interface Member {
  readonly meeting: MeetingId
  readonly person: PersonId
  readonly name: string
  readonly role: Role
  readonly side: Side | null
  readonly invitation: InvitationId
}

/** Who is of a meeting, and as whom a session may act. */
export interface Members {
  /** Makes the person, or finds them, and lets the session act as that person in the meeting. */
  enter(entry: {
    readonly session: SecretHash
    readonly invitation: InvitationId
    readonly name: string
    /** `name` normalised: what two entries have in common when they are of the same person. */
    readonly nameKey: string
    readonly person: PersonId
    readonly at: number
  }): Promise<Member>
  /** As whom a session may act, in the order of entering. Revoked invitations are left out. */
  memberships(session: SecretHash): Promise<readonly Member[]>
  /** Meetings that the session was let into by an invitation that has been revoked since. */
  withdrawn(session: SecretHash): Promise<readonly MeetingId[]>
  endSession(session: SecretHash): Promise<void>
  /** These people of the meeting, whether or not their invitations still stand. */
  members(meeting: MeetingId, people: readonly PersonId[]): Promise<readonly Member[]>
  /**
   * Those that no longer hold: the session has left the meeting, or the invitation of this person is revoked. A session that
   * entered again as another person still holds as the first one, unless its role or side is another now.
   */
  lapsed(
    pairs: readonly {
      readonly session: SecretHash
      readonly person: PersonId
      /** By which the person came in, where that is known. */
      readonly invitation?: InvitationId
    }[],
  ): Promise<readonly { readonly session: SecretHash; readonly person: PersonId }[]>
  /** Differs from the last answer when a session may have lapsed, here or in another process. Cheap. */
  stamp(): Promise<string>
}
