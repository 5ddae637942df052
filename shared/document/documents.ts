import type { Side } from '../domain/agenda.ts'
import { EPOCH, roots } from './schema.ts'

/** The properties of a document of a meeting, apart from its content. */
interface DocumentTerms {
  /** Members who may read it: all, or those of one side except observers. */
  readonly readers: 'all' | Side
  /** Who may write it: its readers except observers, or only the server. */
  readonly writers: 'readers' | 'server'
  /** Its number on a shared connection, 1-255. It never changes. */
  readonly channel: number
  /** Its schema version. Clients that know only an older one may read, but not write. */
  readonly epoch: number
  /** The roots that it may have; updates that name others are refused. */
  readonly roots: readonly string[]
}

/** Every document of a meeting. */
export const documents = {
  agenda: { channel: 1, epoch: EPOCH, readers: 'all', writers: 'readers', roots },
  'caucus-us': { channel: 2, epoch: 1, readers: 'us', writers: 'readers', roots },
  'caucus-cn': { channel: 3, epoch: 1, readers: 'cn', writers: 'readers', roots },
  ledger: { channel: 4, epoch: 1, readers: 'all', writers: 'server', roots: ['entries'] },
} as const satisfies Record<string, DocumentTerms>

export type DocumentName = keyof typeof documents
export const documentNames = Object.keys(documents) as readonly DocumentName[]

export function documentOn(channel: number): DocumentName | null {
  return documentNames.find((name) => documents[name].channel === channel) ?? null
}

export function termsOf(document: DocumentName): DocumentTerms {
  return documents[document]
}
