import type { MeetingId, PersonId, Side } from '../../shared/domain/agenda.ts'

declare const brand: unique symbol
type Branded<T, Name extends string> = T & { readonly [brand]: Name }

export type InvitationId = Branded<string, 'InvitationId'>
/** What is stored of a secret: its SHA-256. */
export type SecretHash = Branded<string, 'SecretHash'>
/** A document of a meeting, as storage numbers them. */
export type DocumentKey = Branded<number, 'DocumentKey'>
/** One logged update. Not an order: with several writers a lower one may be committed later. */
export type RowKey = Branded<number, 'RowKey'>

export const roles = ['organizer', 'delegate', 'observer'] as const
export type MemberRole = (typeof roles)[number]
export const documentNames = ['agenda', 'caucus-us', 'caucus-cn', 'ledger'] as const
export type DocumentName = (typeof documentNames)[number]

export interface Invitation {
  readonly id: InvitationId
  readonly meeting: MeetingId
  readonly role: MemberRole
  readonly side: Side | null
  readonly createdAt: number
  readonly revokedAt: number | null
}

/** Somebody of a meeting: an invitation and a name. The same name over the same invitation is the same person. */
export interface Member {
  readonly meeting: MeetingId
  readonly person: PersonId
  readonly name: string
  readonly role: MemberRole
  readonly side: Side | null
  readonly invitation: InvitationId
}

export interface NewMeeting {
  readonly id: MeetingId
  readonly createdAt: number
  readonly documents: readonly { readonly name: DocumentName; readonly epoch: number; readonly base: Uint8Array }[]
  readonly invitations: readonly (Invitation & { readonly token: SecretHash })[]
}

/** A document as it is committed: a base, and what came since. */
export interface StoredDocument {
  readonly key: DocumentKey
  readonly epoch: number
  readonly base: Uint8Array
  readonly tail: readonly { readonly row: RowKey; readonly bytes: Uint8Array }[]
}

/** An update as it was received, and who sent it, by the server's knowledge. */
export interface Edit {
  readonly document: DocumentKey
  readonly bytes: Uint8Array
  readonly person: PersonId
  readonly session: SecretHash
  readonly at: number
}

/**
 * What outlives the process. Every method settles when its effect is durable; one that rejects has changed nothing.
 * Several processes may work on the same data.
 */
export interface Storage {
  createMeeting(meeting: NewMeeting): Promise<void>
  meetings(): Promise<readonly { readonly id: MeetingId; readonly createdAt: number }[]>
  hasMeeting(meeting: MeetingId): Promise<boolean>

  load(meeting: MeetingId, name: DocumentName): Promise<StoredDocument | null>
  /** All of them or none. The keys come in the order of the edits. */
  append(edits: readonly Edit[]): Promise<readonly RowKey[]>
  /** `base` takes the place of the base and just these rows. The log keeps the rows. */
  fold(document: DocumentKey, base: Uint8Array, rows: readonly RowKey[]): Promise<void>

  addInvitation(invitation: Invitation, token: SecretHash): Promise<void>
  invitation(id: InvitationId): Promise<Invitation | null>
  invitationByToken(token: SecretHash): Promise<Invitation | null>
  invitations(meeting: MeetingId): Promise<readonly Invitation[]>
  /** False when there is no such invitation. Revoking twice keeps the first time. */
  revokeInvitation(id: InvitationId, at: number): Promise<boolean>

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
  endSession(session: SecretHash): Promise<void>

  /** Which of these (session, meeting) pairs no longer hold. */
  lapsed(
    pairs: readonly { readonly session: SecretHash; readonly meeting: MeetingId }[],
  ): Promise<readonly { readonly session: SecretHash; readonly meeting: MeetingId }[]>
  /** Differs from the last answer when a session may have lapsed, here or in another process. Cheap. */
  stamp(): Promise<string>
  close(): Promise<void>
}
