import type { MergeBase } from '../mergebase.ts'
import type { LineContent, Unwritten } from './log.ts'
import type { Unreported, Visit } from './unsaved.ts'

/** The databases of one browser, one for each copy: IndexedDB, or a substitute in a test. */
export interface Databases {
  open(name: string, events: DatabaseEvents): Promise<Database>
  /** Resolves when no tab has it open any more and it is deleted. */
  remove(name: string): Promise<void>
}

export interface DatabaseEvents {
  /** Another tab wants to delete or upgrade the database, and this connection blocks it. */
  blocking(): void
  /** The browser has closed the connection. */
  terminated(): void
}

/** One connection to the database of a copy. */
export interface Database {
  /**
   * A unique mark, set when the database is created: a browser may delete a database, and the next opening creates
   * another under the same name. Undefined for a database from an earlier release.
   */
  birth(): Promise<unknown>
  /** Rows and their counts, from one moment. `known`: rows to leave out; null to read everything. */
  read(known: ReadonlySet<number> | null): Promise<Found>
  /**
   * Writes everything in one transaction, which is rolled back if it fails or takes longer than `within` waits. Rejects
   * with the cause.
   */
  write(work: Work, within: Within): Promise<Written>
  close(): void
}

export interface Found {
  /** The highest epoch that has written here. */
  readonly epoch: number
  /** Of all rows. */
  readonly keys: ReadonlySet<number>
  /** Rows that are not among the known ones. */
  readonly fresh: ReadonlyMap<number, Uint8Array>
  readonly visits: readonly (readonly [string, Visit])[]
  /** The base and the log are read only when everything is. */
  readonly base: MergeBase | null
  readonly log: readonly LineContent[]
}

export interface Work extends Unreported, Unwritten {
  readonly visit: string
  /** The document's epoch in this release. */
  readonly epoch: number
  readonly fresh: readonly Uint8Array[]
  /** Keys of rows to delete, since `fresh` has their content. */
  readonly folded: readonly number[]
  /** Stored unless the stored one is as recent, by `heard`. */
  readonly base: MergeBase | null
  /** `strict`: it must survive a power failure. */
  readonly durability: 'strict' | 'default'
}

/** Rejects when the work takes too long. */
export type Within = <Answer>(work: Promise<Answer>) => Promise<Answer>

export interface Written {
  /** Keys of the fresh rows, and of the lines of the log. */
  readonly keys: readonly number[]
  readonly logKeys: readonly number[]
  /** This tab's entry as it now is; undefined if it has made no edits. */
  readonly own: Visit | undefined
  /** The highest epoch that had written here before. */
  readonly epoch: number
  /** Whether other tabs have something to read. */
  readonly news: boolean
}
