import type { DocumentName } from '../../shared/document/documents.ts'
import type { Branded, MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import type { SecretHash } from './members.ts'

/** A document of a meeting, as storage numbers them. */
export type DocumentKey = Branded<number, 'DocumentKey'>

/** One logged update. Not an order: with several writers a lower one may be committed later. */
export type RowKey = Branded<number, 'RowKey'>

/** A document as it is committed: a base, and what came since. */
export interface StoredDocument {
  readonly key: DocumentKey
  readonly epoch: number
  /** Counts how often it has been rebuilt from its agenda, from 1. */
  readonly lineage: number
  /** A state vector of what was written in earlier lineages: none of it is of this one. */
  readonly former: Uint8Array
  readonly base: Uint8Array
  readonly tail: readonly { readonly row: RowKey; readonly bytes: Uint8Array }[]
}

/** An update as it was received, and who sent it, by the server's knowledge. */
export interface Edit {
  readonly document: DocumentKey
  readonly bytes: Uint8Array
  readonly person: PersonId
  readonly session: SecretHash
  readonly at: number
  /** Yjs client ids that nobody has written under before: from now on this person's. */
  readonly claims?: readonly number[]
}

/** In the log, whoever the server's own changes of a document are by. */
export const nobody = '' as PersonId

/** Documents as bytes, and the log of their updates. */
export interface Documents {
  load(meeting: MeetingId, name: DocumentName): Promise<StoredDocument | null>
  /** Whose each client id is that somebody has written under. Those that a document began with are not among them. */
  owners(document: DocumentKey): Promise<ReadonlyMap<number, PersonId>>
  /** All of them or none, with what they claim; who has claimed an id first keeps it. The keys come in the order of the edits. */
  append(edits: readonly Edit[]): Promise<readonly RowKey[]>
  /** `base` takes the place of the base and just these rows. The log keeps the rows. */
  fold(document: DocumentKey, base: Uint8Array, rows: readonly RowKey[]): Promise<void>
  /**
   * The document is of epoch `to` from now on, with `update`, when there is one, in its log as nobody's. False when it is not
   * of epoch `from` any more: then nothing has changed.
   */
  raise(
    document: DocumentKey,
    from: number,
    to: number,
    update: { readonly bytes: Uint8Array; readonly at: number } | null,
  ): Promise<boolean>

  /**
   * The next lineage of an agenda begins with `base`. What there was stays with its log, as another document. False when it is
   * not `document` any more, or has updates besides `rows` that are in its log and not in its base: then nothing has changed.
   */
  rebuild(
    document: DocumentKey,
    rows: readonly RowKey[],
    rebuilt: { readonly epoch: number; readonly base: Uint8Array; readonly former: Uint8Array },
  ): Promise<boolean>
}
