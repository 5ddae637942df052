import type { InvitationId, Role, SessionId, Way } from '../../shared/api/terms.ts'
import type { Branded, MeetingId, PersonId, Side } from '../../shared/domain/agenda.ts'

/** What is stored of a secret: its SHA-256. */
export type SecretHash = Branded<string, 'SecretHash'>

/** Somebody of a meeting. Role and side are those of the invitation. */
export interface Member {
  readonly meeting: MeetingId
  readonly person: PersonId
  readonly name: string
  readonly role: Role
  readonly side: Side | null
  readonly invitation: InvitationId
}

/** A browser that comes in. */
export interface Arrival {
  /**
   * The session that it had, which ends: its memberships go over to the next. Until the next is used, the same browser may
   * come in again by the same way as who it came in, because the answer may have been lost.
   */
  readonly before: SecretHash | null
  /** Another host may have planted it. Nobody comes in again by such a one: it might be who has planted it. */
  readonly plantable?: boolean
  readonly session: SecretHash
  /** What people call the session. */
  readonly id: SessionId
  readonly at: number
}

export type Entered =
  | { readonly status: 'entered'; readonly member: Member }
  /** `taken`: somebody in the meeting has a name that looks the same. `full`: as many as may have come by this invitation. `crowded`: they
   * have as many devices as anybody may. */
  | { readonly status: 'taken' | 'crowded' | 'full' | 'expired' | 'revoked' | 'removed' | 'unknown' }

/** One browser as which somebody is in a meeting. */
export interface MeetingSession {
  readonly id: SessionId
  readonly person: PersonId
  readonly at: number
  readonly way: Way
  readonly invitation: InvitationId
  /** The beginning of the day when it was last used. */
  readonly usedOn: number
}

export interface MeetingPerson extends Member {
  readonly joinedAt: number
  readonly removedAt: number | null
  /** In the order of coming. */
  readonly sessions: readonly MeetingSession[]
}

/** Rights with which somebody has come to a document. */
export interface Held extends Pick<Member, 'person' | 'role' | 'side'> {
  /** By which the person came in, where that is known. */
  readonly invitation?: InvitationId
  readonly session: SecretHash
}

/** Who is of a meeting, and as whom a session may act. */
export interface Members {
  /**
   * Lets a session act as a person of the invitation's meeting: as the person of an invitation for one; as who it is, or
   * was, on the invitation's side, when the name looks the same, with the rights of this invitation from now on; else as
   * somebody new.
   */
  enter(
    arrival: Arrival & {
      readonly invitation: InvitationId
      readonly name: string
      /** All that the name looks like. */
      readonly looks: readonly string[]
      /** The id of somebody new. */
      readonly person: PersonId
    },
  ): Promise<Entered>
  /** Lets a session act as the person who has this code, which is good once. */
  enterByCode(arrival: Arrival & { readonly code: SecretHash }): Promise<Entered>
  /** A person has one code at most: a new one replaces it. `by`: who asked for it. */
  addCode(code: {
    readonly code: SecretHash
    readonly person: PersonId
    readonly by: PersonId
    readonly expiresAt: number
  }): Promise<void>
  /** As whom a session may act, in the order of entering. Revoked invitations and people removed are left out. */
  memberships(session: SecretHash): Promise<readonly Member[]>
  /** Whether this session is, or was, somebody of this side in the meeting who looks like this. */
  isKnown(session: SecretHash, of: Pick<Member, 'meeting' | 'side'>, looks: readonly string[]): Promise<boolean>
  /** Whether somebody who has ever joined the meeting looks like this, other than by a link that was revoked. */
  isTaken(meeting: MeetingId, looks: readonly string[]): Promise<boolean>
  /** Whose link and meeting a code leads into. Null if it is not good. */
  codeOf(code: SecretHash, at: number): Promise<Pick<Member, 'meeting' | 'invitation'> | null>
  /** Meetings that the session was let into, by an invitation revoked since or as somebody removed since. */
  withdrawn(session: SecretHash): Promise<readonly MeetingId[]>
  /** Notes the day on which a session is used. */
  used(session: SecretHash, at: number): Promise<void>
  /** The answer to joining has arrived, so nobody may ask for it again. */
  arrived(session: SecretHash): Promise<void>
  /** What people call this session in a meeting. */
  sessionId(session: SecretHash, meeting: MeetingId): Promise<SessionId | null>
  endSession(session: SecretHash): Promise<void>
  /** Ends a session in one meeting. False when there is none. */
  endMembership(meeting: MeetingId, id: SessionId): Promise<boolean>
  /** Everybody who has joined by an invitation that stands, in the order of joining. */
  people(meeting: MeetingId): Promise<readonly MeetingPerson[]>
  /** A person and all their sessions and codes are out, until somebody lets them in by a code. */
  removePerson(meeting: MeetingId, person: PersonId, at: number): Promise<void>
  /** These people of the meeting, whether or not their invitations still stand. */
  members(meeting: MeetingId, people: readonly PersonId[]): Promise<readonly Member[]>
  /** Those whose session no longer is this person with this role and side. */
  lapsed<T extends Held>(held: readonly T[]): Promise<readonly T[]>
  /** Differs from the last answer when a session may have lapsed, here or in another process. Asked for each frame. */
  stamp(): string
}
