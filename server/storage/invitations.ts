import type { InvitationId, Role } from '../../shared/api/terms.ts'
import type { MeetingId, Side } from '../../shared/domain/agenda.ts'
import type { Member, SecretHash } from './members.ts'

export interface Invitation {
  readonly id: InvitationId
  readonly meeting: MeetingId
  readonly role: Role
  readonly side: Side | null
  readonly createdAt: number
  readonly revokedAt: number | null
  /** An invitation for one person, wherever it is opened. */
  readonly personName: string | null
  /** Nobody comes in by it from then on; who is in stays. */
  readonly expiresAt: number | null
  readonly mostPeople: number | null
}

/** An invitation, and everybody who has come in by it and was not removed, in the order of coming. */
export interface UsedInvitation extends Invitation {
  readonly people: readonly Pick<Member, 'person' | 'name'>[]
}

export interface Invitations {
  addInvitation(invitation: Invitation, token: SecretHash): Promise<void>
  invitation(id: InvitationId): Promise<Invitation | null>
  invitationByToken(token: SecretHash): Promise<Invitation | null>
  /** In the order of making. */
  invitations(meeting: MeetingId): Promise<readonly UsedInvitation[]>
  /** False when there is no such invitation. */
  limitInvitation(id: InvitationId, limits: Pick<Invitation, 'expiresAt' | 'mostPeople'>): Promise<boolean>
  /** False when there is no such invitation. Revoking twice keeps the first time. */
  revokeInvitation(id: InvitationId, at: number): Promise<boolean>
}
