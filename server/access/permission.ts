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

/** Whose sessions an organizer may see and end, whom they may remove, and for whom they may make a code. */
export function mayOversee({ role, side }: Who, person: Who): boolean {
  if (role !== 'organizer') return false
  return side === null || person.side === side || (person.side === null && person.role !== 'organizer')
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

/** Who may ask the operator to delete the meeting, and take that back. */
export function mayEnd({ role }: Who): boolean {
  return role === 'organizer'
}
