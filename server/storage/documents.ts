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

/** The author, in the log, of what the server itself writes. */
export const nobody = '' as PersonId

/** Documents as bytes, and the log of their updates. */
export interface Documents {
  load(meeting: MeetingId, name: DocumentName): Promise<StoredDocument | null>
  /**
   * For when a document cannot be opened. `sound`: its bytes are well formed. `rebuilt`: they were not, and its state was
   * made anew from its log, which has all of it. `lost`: the log does not have all of it either; nothing was changed.
   */
  recover(meeting: MeetingId, name: DocumentName): Promise<'sound' | 'rebuilt' | 'lost'>
  /** Names what is committed, read without its bytes: another with each update and lineage, the same after folding. */
  state(meeting: MeetingId, name: DocumentName): Promise<string | null>
  /** Begins an empty document of a meeting that there is, unless it has one of this name. */
  begin(meeting: MeetingId, name: DocumentName, epoch: number): Promise<void>
  /** Who wrote first under each client id. The ids that a document began with are left out. */
  owners(document: DocumentKey): Promise<ReadonlyMap<number, PersonId>>
  /** All or none, with their claims. The first to claim an id keeps it. The keys are in the order of the edits. */
  append(edits: readonly Edit[]): Promise<readonly RowKey[]>
  /** Replaces the base, and takes just these rows off the tail. The log keeps them. */
  fold(document: DocumentKey, base: Uint8Array, rows: readonly RowKey[]): Promise<void>
  /**
   * Moves the document from epoch `from` to `to`, and logs `update`, if any, as nobody's. False when it is no longer of epoch
   * `from`: then nothing has changed.
   */
  raise(
    document: DocumentKey,
    from: number,
    to: number,
    update: { readonly bytes: Uint8Array; readonly at: number } | null,
  ): Promise<boolean>

  /**
   * Starts the next lineage of an agenda with `base`. The old document stays with its log, under another name. False when
   * `document` is no longer the agenda, or its tail has other rows than these: then nothing has changed.
   */
  rebuild(
    document: DocumentKey,
    rows: readonly RowKey[],
    rebuilt: { readonly epoch: number; readonly base: Uint8Array; readonly former: Uint8Array },
  ): Promise<boolean>
}
