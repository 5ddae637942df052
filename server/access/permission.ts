import type { DocumentName, Member } from '../storage/storage.ts'

type Who = Pick<Member, 'role' | 'side'>

/** A document is a permission boundary: who may read it. */
export function mayRead({ role, side }: Who, document: DocumentName): boolean {
  switch (document) {
    case 'agenda':
    case 'ledger':
      return true
    case 'caucus-us':
      return side === 'us' && role !== 'observer'
    case 'caucus-cn':
      return side === 'cn' && role !== 'observer'
  }
}

/** Who may write it over a socket. The ledger is written by the server alone. */
export function mayWrite(who: Who, document: DocumentName): boolean {
  return document !== 'ledger' && who.role !== 'observer' && mayRead(who, document)
}

export function mayInvite({ role }: Who): boolean {
  return role === 'organizer'
}

/** Who may keep the present state as a version, and bring in what a file holds. */
export function mayKeep({ role }: Who): boolean {
  return role !== 'observer'
}

/** Who may have the document made anew from its agenda. */
export function mayRebuild({ role }: Who): boolean {
  return role === 'organizer'
}

/** Who may declare a version final. */
export function mayFreeze({ role }: Who): boolean {
  return role === 'organizer'
}
