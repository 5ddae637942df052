import type { KeptBase } from '../base.ts'
import type { LineContent, Unwritten } from './log.ts'
import type { Untold, Visit } from './unsaved.ts'

/** The databases of one browser, one for each copy: IndexedDB, or what stands for it in a test. */
export interface Databases {
  open(name: string, events: DatabaseEvents): Promise<Database>
  /** Settles when no tab has it open any more and it is gone. */
  remove(name: string): Promise<void>
}

export interface DatabaseEvents {
  /** Another tab wants to delete the database or to change its shape: this connection is in the way. */
  blocking(): void
  /** The browser has ended the connection. */
  terminated(): void
}

/** One connection to the database of a copy. */
export interface Database {
  /**
   * Made with the database, and different for each: browsers delete one, and the next opening makes another under the same
   * name. Undefined for one that an earlier release has made.
   */
  birth(): Promise<unknown>
  /** Rows and the counts that go with them, as they stood at one moment. `known`: rows to leave out; null to read everything. */
  read(known: ReadonlySet<number> | null): Promise<Found>
  /**
   * Asks for all of it at once, and does all or nothing. What fails, or takes longer than `within` waits, is undone. Rejects
   * with the cause.
   */
  write(work: Work, within: Within): Promise<Written>
  close(): void
}

export interface Found {
  /** The highest that has written here. */
  readonly epoch: number
  /** Of all rows. */
  readonly keys: ReadonlySet<number>
  /** Rows that are not among the known ones. */
  readonly fresh: ReadonlyMap<number, Uint8Array>
  readonly visits: readonly (readonly [string, Visit])[]
  /** The base and the log are read with everything only. */
  readonly base: KeptBase | null
  readonly log: readonly LineContent[]
}

export interface Work extends Untold, Unwritten {
  readonly visit: string
  readonly fresh: readonly Uint8Array[]
  /** Keys of rows that are deleted, since their content is in `fresh`. */
  readonly folded: readonly number[]
  /** Kept unless one that has heard more is there. */
  readonly base: KeptBase | null
  /** `strict`: it is to outlast the power. */
  readonly durability: 'strict' | 'default'
}

/** Rejects when the work takes too long. */
export type Within = <Answer>(work: Promise<Answer>) => Promise<Answer>

export interface Written {
  /** Of the fresh rows, and of the lines of the log. */
  readonly keys: readonly number[]
  readonly logKeys: readonly number[]
  /** This tab's entry as it now stands; undefined when it has made nothing. */
  readonly own: Visit | undefined
  /** The highest that had written here before. */
  readonly epoch: number
  /** There is something in it for other tabs. */
  readonly news: boolean
}
