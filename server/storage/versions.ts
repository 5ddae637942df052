import type { Label, Role, VersionId } from '../../shared/api/terms.ts'
import type { MeetingId, PersonId, Side } from '../../shared/domain/agenda.ts'

/** A named state of the whole agenda. Who and when is the server's knowledge. */
export interface Version {
  readonly id: VersionId
  readonly meeting: MeetingId
  /** Counts from 1 within the meeting. */
  readonly number: number
  readonly label: Label
  readonly name: string
  readonly at: number
  readonly person: PersonId
  readonly personName: string
  readonly role: Role
  readonly side: Side | null
  /** SHA-256 of the agenda's bytes, hexadecimal. */
  readonly hash: string
}

export interface Versions {
  /**
   * Keeps `agenda`, canonical JSON in UTF-8, as the next version of its meeting. Versions with the same hash share its bytes.
   */
  addVersion(version: Omit<Version, 'number'>, agenda: Uint8Array): Promise<Version>
  /** Whether a version of the meeting has this hash. */
  hasVersion(meeting: MeetingId, hash: string): Promise<boolean>
  /** Newest first. */
  versions(meeting: MeetingId): Promise<readonly Version[]>
  version(meeting: MeetingId, id: VersionId): Promise<{ readonly version: Version; readonly agenda: Uint8Array } | null>
}
