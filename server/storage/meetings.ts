import type { DocumentName } from '../../shared/document/documents.ts'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import type { Invitation } from './invitations.ts'
import type { SecretHash } from './members.ts'

export interface NewMeeting {
  readonly id: MeetingId
  readonly createdAt: number
  readonly documents: readonly { readonly name: DocumentName; readonly epoch: number; readonly base: Uint8Array }[]
  readonly invitations: readonly (Invitation & { readonly token: SecretHash })[]
}

export interface Meetings {
  createMeeting(meeting: NewMeeting): Promise<void>
  meetings(): Promise<readonly { readonly id: MeetingId; readonly createdAt: number }[]>
  hasMeeting(meeting: MeetingId): Promise<boolean>
}
