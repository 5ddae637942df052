import * as Y from 'yjs'
import { readAgenda } from '../shared/document/read.ts'
import { EPOCH } from '../shared/document/schema.ts'
import { seed } from '../shared/document/seed.ts'
import { type Agenda, type MeetingId, type Side, sides } from '../shared/domain/agenda.ts'
import { emptyUpdate, merge } from '../shared/wire/sync.ts'
import { mintId } from './access/mint.ts'
import { hashSecret, mintSecret } from './access/secret.ts'
import type { Invitation, InvitationId, MemberRole, Storage } from './storage/storage.ts'

/** An invitation at the moment of its making: the only time that its token is known. */
export interface FreshInvitation {
  readonly id: InvitationId
  readonly role: MemberRole
  readonly side: Side | 'none'
  readonly token: string
}

export function linkOf(origin: string, token: string): string {
  return `${origin}/join#${token}`
}

/** Makes a meeting with this agenda, an organizer and a delegate for each side, and an observer. */
export async function createMeeting(
  storage: Storage,
  agenda: Agenda,
  now: number,
): Promise<{ readonly meeting: MeetingId; readonly invitations: readonly FreshInvitation[] }> {
  const meeting = mintId() as MeetingId
  const made = [
    ...sides.map((side) => makeInvitation(meeting, 'organizer', side, now)),
    ...sides.map((side) => makeInvitation(meeting, 'delegate', side, now)),
    makeInvitation(meeting, 'observer', 'none', now),
  ]
  await storage.createMeeting({
    id: meeting,
    createdAt: now,
    documents: [
      { name: 'agenda', epoch: EPOCH, base: seed(agenda) },
      { name: 'caucus-us', epoch: EPOCH, base: emptyUpdate },
      { name: 'caucus-cn', epoch: EPOCH, base: emptyUpdate },
      { name: 'ledger', epoch: EPOCH, base: emptyUpdate },
    ],
    invitations: made.map(({ stored, fresh }) => ({ ...stored, token: hashSecret(fresh.token) })),
  })
  return { meeting, invitations: made.map(({ fresh }) => fresh) }
}

/** Null when there is no such meeting. */
export async function createInvitation(
  storage: Storage,
  meeting: MeetingId,
  role: MemberRole,
  side: Side | 'none',
  now: number,
): Promise<FreshInvitation | null> {
  if (!(await storage.hasMeeting(meeting))) return null
  const { stored, fresh } = makeInvitation(meeting, role, side, now)
  await storage.addInvitation(stored, hashSecret(fresh.token))
  return fresh
}

/** False when there is no such invitation. Connections made with it end within a second, whatever process serves them. */
export function revokeInvitation(storage: Storage, id: InvitationId, now: number): Promise<boolean> {
  return storage.revokeInvitation(id, now)
}

function makeInvitation(
  meeting: MeetingId,
  role: MemberRole,
  side: Side | 'none',
  now: number,
): { stored: Invitation; fresh: FreshInvitation } {
  const id = mintId() as InvitationId
  return {
    stored: { id, meeting, role, side: side === 'none' ? null : side, createdAt: now, revokedAt: null },
    fresh: { id, role, side, token: mintSecret() },
  }
}

/** The agenda as committed. Null when there is no such meeting. */
export async function agendaOf(storage: Storage, meeting: MeetingId): Promise<Agenda | null> {
  const stored = await storage.load(meeting, 'agenda')
  if (stored === null) return null
  const doc = new Y.Doc()
  Y.applyUpdate(doc, merge([stored.base, ...stored.tail.map(({ bytes }) => bytes)]))
  const agenda = readAgenda(doc)
  doc.destroy()
  return agenda
}
