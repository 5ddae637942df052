import type { Side } from '../domain/agenda.ts'
import { EPOCH, roots } from './schema.ts'

/** What there is to know of a document of a meeting, beside what is written in it. */
interface DocumentTerms {
  /** Members who read it: all, or those of one side who are no observers. */
  readonly readers: 'all' | Side
  /** Who of these writes it, observers excepted, or the server alone. */
  readonly writers: 'readers' | 'server'
  /** Its number on a connection that several share, 1-255: for good. */
  readonly channel: number
  /** Of its shape. Clients that know an older one read, and write nothing. */
  readonly epoch: number
  /** The roots that it may have; updates of others are refused. */
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
