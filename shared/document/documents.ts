import type { Side } from '../domain/agenda.ts'
import { EPOCH, roots } from './schema.ts'

/** The properties of a document of a meeting, apart from its content. */
interface DocumentTerms {
  /** Members who may read it: all, or those of one side except observers. */
  readonly readers: 'all' | Side
  /** Who may write it: its readers except observers, or only the server. */
  readonly writers: 'readers' | 'server'
  /** Whether a page opens it along with the agenda, for whoever may read it. */
  readonly page: boolean
  /** Its number on a shared connection, 1-255. It never changes. */
  readonly channel: number
  /** Its schema version. Clients that know only an older one may read, but not write. */
  readonly epoch: number
  /** The roots that it may have; updates that name others are refused. */
  readonly roots: readonly string[]
}

/** Every document of a meeting. */
export const documents = {
  agenda: { channel: 1, epoch: EPOCH, readers: 'all', writers: 'readers', page: true, roots },
  'caucus-us': { channel: 2, epoch: 1, readers: 'us', writers: 'readers', page: false, roots },
  'caucus-cn': { channel: 3, epoch: 1, readers: 'cn', writers: 'readers', page: false, roots },
  ledger: { channel: 4, epoch: 1, readers: 'all', writers: 'server', page: false, roots: ['entries'] },
} as const satisfies Record<string, DocumentTerms>

export type DocumentName = keyof typeof documents
export const documentNames = Object.keys(documents) as readonly DocumentName[]

export function documentOn(channel: number): DocumentName | null {
  return documentNames.find((name) => documents[name].channel === channel) ?? null
}

export function termsOf(document: DocumentName): DocumentTerms {
  return documents[document]
}

/** A member of the meeting, as far as documents ask. */
export interface Reader {
  readonly role: 'organizer' | 'delegate' | 'observer'
  readonly side: Side | null
}

/** A document is a permission boundary: who may read it. */
export function mayRead({ role, side }: Reader, document: DocumentName): boolean {
  const { readers } = termsOf(document)
  return readers === 'all' || (readers === side && role !== 'observer')
}

/** What a page of this person opens beside the agenda. */
export function pageDocuments(reader: Reader): readonly DocumentName[] {
  return documentNames.filter((name) => name !== 'agenda' && termsOf(name).page && mayRead(reader, name))
}
