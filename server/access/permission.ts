import { type DocumentName, mayRead, termsOf } from '../../shared/document/documents.ts'
import type { Member } from '../storage/members.ts'

type Who = Pick<Member, 'role' | 'side'>

export { mayRead }

/** Who may write a document over a connection. */
export function mayWrite(who: Who, document: DocumentName): boolean {
  return termsOf(document).writers === 'readers' && who.role !== 'observer' && mayRead(who, document)
}

export function mayInvite({ role }: Who): boolean {
  return role === 'organizer'
}

/**
 * Whose sessions an organizer may see and end, whom they may remove, for whom they may make a code, and which invitations
 * they may see, make, limit and revoke: those of their side, and of no side but its organizers. An organizer of no side,
 * a secretariat, may do so for all.
 */
export function mayOversee({ role, side }: Who, whom: Who): boolean {
  if (role !== 'organizer') return false
  return side === null || whom.side === side || (whom.side === null && whom.role !== 'organizer')
}

/** Who may save the current state as a version, and import files. */
export function mayKeep({ role }: Who): boolean {
  return role !== 'observer'
}

/** Who may have the document rebuilt from its agenda. */
export function mayRebuild({ role }: Who): boolean {
  return role === 'organizer'
}

/** Who may declare a version final. */
export function mayFreeze({ role }: Who): boolean {
  return role === 'organizer'
}

/** Whoever may do this in one meeting may make another one. */
export function mayCreate({ role }: Who): boolean {
  return role === 'organizer'
}

/** Who may ask the operator to delete the meeting, and take that back. */
export function mayEnd({ role }: Who): boolean {
  return role === 'organizer'
}
