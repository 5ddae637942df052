import type { InvitationId } from '../../shared/api/terms.ts'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import type { Member } from './members.ts'

/** How much is stored, and whose it is. */
export interface Usage {
  /** Bytes of the log by meeting and link. The link is null for what the server itself wrote. Reads the whole log. */
  logBytes(): Promise<
    readonly (Pick<Member, 'meeting'> & { readonly link: InvitationId | null; readonly bytes: number })[]
  >
  /** Versions of each meeting, and their bytes. */
  versionBytes(): Promise<readonly { readonly meeting: MeetingId; readonly count: number; readonly bytes: number }[]>
  /** People and sessions of a link, of its meeting, and of all meetings; none who are removed, or whose link is revoked. */
  attendance(invitation: InvitationId, meeting: MeetingId): Promise<Record<'people' | 'sessions', Attendance>>
}

export interface Attendance {
  readonly link: number
  readonly meeting: number
  readonly server: number
}
