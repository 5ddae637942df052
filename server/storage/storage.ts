import type { Language, MeetingId, PersonId, Side } from '../../shared/domain/agenda.ts'

declare const brand: unique symbol
type Branded<T, Name extends string> = T & { readonly [brand]: Name }

export type InvitationId = Branded<string, 'InvitationId'>
/** What is stored of a secret: its SHA-256. */
export type SecretHash = Branded<string, 'SecretHash'>
export type VersionId = Branded<string, 'VersionId'>
export type CalendarId = Branded<string, 'CalendarId'>
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

/** An invitation, and everybody who has come in by it, in the order of coming. */
export interface UsedInvitation extends Invitation {
  readonly people: readonly Pick<Member, 'person' | 'name'>[]
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
  /** Counts how often it has been rebuilt from its agenda, from 1. */
  readonly lineage: number
  /** A state vector of what was written in earlier lineages: none of it is of this one. */
  readonly former: Uint8Array
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
  /** Yjs client ids that nobody has written under before: from now on this person's. */
  readonly claims?: readonly number[]
}

/** In the log, whoever the server's own changes of a document are by. */
export const nobody = '' as PersonId

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

/** What somebody has marked as seen. */
export interface Seen {
  readonly at: number
  /** Of the annals, when it was seen: what came since has a higher one. */
  readonly turn: number
  readonly digest: string
  /** The agenda then, as its maker packed it. */
  readonly agenda: Uint8Array
}

/** Words of the field for drafts: a paper of no status, the successive consolidated texts, a draft, and what is agreed. */
export const versionLabels = ['non-paper', 'rolling-text', 'draft', 'final'] as const
export type VersionLabel = (typeof versionLabels)[number]

/** A named state of the whole agenda. Who and when is the server's knowledge. */
export interface Version {
  readonly id: VersionId
  readonly meeting: MeetingId
  /** Counts from 1 within the meeting. */
  readonly number: number
  readonly label: VersionLabel
  readonly name: string
  readonly at: number
  readonly person: PersonId
  readonly personName: string
  readonly role: MemberRole
  readonly side: Side | null
  /** SHA-256 of the agenda's bytes, hexadecimal. */
  readonly hash: string
}

/** An address that calendar programs poll without a session. */
export interface Calendar {
  readonly id: CalendarId
  readonly meeting: MeetingId
  readonly person: PersonId
  readonly language: Language | 'both'
  readonly lead: Side
  readonly people: boolean
  readonly createdAt: number
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
  /** Whose each client id is that somebody has written under. Those that a document began with are not among them. */
  owners(document: DocumentKey): Promise<ReadonlyMap<number, PersonId>>
  /** All of them or none, with what they claim; who has claimed an id first keeps it. The keys come in the order of the edits. */
  append(edits: readonly Edit[]): Promise<readonly RowKey[]>
  /** `base` takes the place of the base and just these rows. The log keeps the rows. */
  fold(document: DocumentKey, base: Uint8Array, rows: readonly RowKey[]): Promise<void>
  /**
   * The document is of epoch `to` from now on, with `update`, when there is one, in its log as nobody's. False when it is not
   * of epoch `from` any more: then nothing has changed.
   */
  raise(
    document: DocumentKey,
    from: number,
    to: number,
    update: { readonly bytes: Uint8Array; readonly at: number } | null,
  ): Promise<boolean>

  /**
   * The next lineage of an agenda begins with `base`. What there was stays with its log, as another document. False when it is
   * not `document` any more, or has updates besides `rows` that are in its log and not in its base: then nothing has changed.
   */
  rebuild(
    document: DocumentKey,
    rows: readonly RowKey[],
    rebuilt: { readonly epoch: number; readonly base: Uint8Array; readonly former: Uint8Array },
  ): Promise<boolean>

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
  /** These people of the meeting, whether or not their invitations still stand. */
  members(meeting: MeetingId, people: readonly PersonId[]): Promise<readonly Member[]>

  seen(meeting: MeetingId, person: PersonId): Promise<Seen | null>
  /** Nothing is read any more. With `first`, what somebody has seen already stays. */
  setSeen(meeting: MeetingId, person: PersonId, seen: Seen, first?: boolean): Promise<void>
  /** Items that a person has read since, and what the client says of each as read. */
  itemsRead(meeting: MeetingId, person: PersonId): Promise<ReadonlyMap<string, string>>
  /** The newest `most` stay. */
  addItemsRead(meeting: MeetingId, person: PersonId, items: ReadonlyMap<string, string>, most: number): Promise<void>

  addInvitation(invitation: Invitation, token: SecretHash): Promise<void>
  invitation(id: InvitationId): Promise<Invitation | null>
  invitationByToken(token: SecretHash): Promise<Invitation | null>
  /** In the order of making. */
  invitations(meeting: MeetingId): Promise<readonly UsedInvitation[]>
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
  /** Meetings that the session was let into by an invitation that has been revoked since. */
  withdrawn(session: SecretHash): Promise<readonly MeetingId[]>
  endSession(session: SecretHash): Promise<void>

  /** Keeps `agenda`, canonical JSON in UTF-8, as the next version of its meeting. */
  addVersion(version: Omit<Version, 'number'>, agenda: Uint8Array): Promise<Version>
  /** Newest first. */
  versions(meeting: MeetingId): Promise<readonly Version[]>
  version(meeting: MeetingId, id: VersionId): Promise<{ readonly version: Version; readonly agenda: Uint8Array } | null>

  addCalendar(calendar: Calendar, token: SecretHash): Promise<void>
  /** The ones of a person that stand, in the order of making. */
  calendars(meeting: MeetingId, person: PersonId): Promise<readonly Calendar[]>
  /** Also the ones that no longer stand: revoked themselves, or with the invitation of whoever made them. */
  calendarByToken(token: SecretHash): Promise<{ readonly calendar: Calendar; readonly revoked: boolean } | null>
  /** False when that person has no such calendar standing. */
  revokeCalendar(meeting: MeetingId, person: PersonId, id: CalendarId, at: number): Promise<boolean>
  /** What the last calendar of the meeting said of its events, as text; null before the first. */
  revisions(meeting: MeetingId): Promise<string | null>
  /** Puts `after` in the place of `before`. False when somebody else was quicker: then nothing has changed. */
  setRevisions(meeting: MeetingId, before: string | null, after: string): Promise<boolean>

  /**
   * Which of these no longer hold: the session takes no part in the meeting any more, or the invitation is revoked that it
   * came in by as this person. A session that came in again as somebody else still holds as who it was before, but not where
   * it has another role or side now.
   */
  lapsed(
    pairs: readonly { readonly session: SecretHash; readonly person: PersonId }[],
  ): Promise<readonly { readonly session: SecretHash; readonly person: PersonId }[]>
  /** Differs from the last answer when a session may have lapsed, here or in another process. Cheap. */
  stamp(): Promise<string>
  close(): Promise<void>
}
