import * as Y from 'yjs'
import type { MergeBase } from '../mergebase.ts'
import type { Timing } from '../timing.ts'
import type { Found, Work, Written } from './database.ts'
import {
  emptyLog,
  type Log,
  type Passage,
  unwrittenOf,
  withPassage,
  withRowsLost,
  withStored,
  withWritten,
} from './log.ts'
import { type Device, failing, isSameDevice, noAnswer } from './status.ts'
import {
  acknowledged,
  type Extent,
  type Held,
  nothingUnsaved,
  type Unsaved,
  unreportedOf,
  withEdit,
  withEntries,
  withEntriesLost,
  withOwn,
  withReported,
} from './unsaved.ts'

/** The copy of a document on this device, as one tab knows it. */
export interface DeviceState {
  /** Its status as shown. */
  readonly device: Device
  /**
   * `deleted`: while open in this tab, which stores nothing from then on; or of another lineage, and left untouched.
   */
  readonly copy: 'unread' | 'read' | 'deleted'
  /** It existed before this visit. */
  readonly known: boolean
  /** The document's epoch in this release. */
  readonly release: number
  /** The highest epoch that has written to it. */
  readonly epoch: number
  /** The unique mark of its database. */
  readonly birth: unknown
  /** Keys of the rows whose content is in the document; only these may be folded. */
  readonly rows: ReadonlySet<number>
  /** More rows than this are folded. */
  readonly foldAbove: number
  /** Some rows cannot be read. */
  readonly unreadable: boolean
  /** Updates that are not written yet. */
  readonly pending: readonly Pending[]
  /** The state to write in place of the whole document. */
  readonly exchanged: Uint8Array | null
  /** The merge base to write. */
  readonly base: MergeBase | null
  readonly unsaved: Unsaved
  readonly log: Log
  /** Counts the requests to write, and those that have been written. */
  readonly given: number
  readonly written: number
  /** Counts the writes of other tabs, and those that have been read. */
  readonly heard: number
  readonly seen: number
  /** Failed tries since the last success. */
  readonly failures: number
}

export interface Pending {
  readonly update: Uint8Array
  /** Made in this tab. */
  readonly own: boolean
}

export type Happening =
  /** `extent`: of an edit made here; null for an update from the server. */
  | {
      readonly type: 'appended'
      readonly update: Uint8Array
      readonly extent: Extent | null
      readonly goesOn?: boolean
    }
  /** `whole` is to be stored in place of the document, as one more edit under `clients`. */
  | { readonly type: 'exchanged'; readonly whole: Uint8Array; readonly clients: readonly number[] }
  /** The server has what an acknowledgement covers. */
  | { readonly type: 'acknowledged'; readonly held: Held }
  | { readonly type: 'passed'; readonly passage: Passage }
  | { readonly type: 'based'; readonly base: MergeBase }
  /** Another tab has written, or may have. */
  | { readonly type: 'outdated' }
  /** A database has been opened. */
  | { readonly type: 'opened'; readonly birth: unknown }
  /** It is a new one, or rows of the one before have been applied since: `whole` is the state of the document. */
  | { readonly type: 'renewed'; readonly whole: Uint8Array }
  /** `before`: when reading began. `former`: the first reading found another lineage than the document's. */
  | { readonly type: 'read'; readonly before: DeviceState; readonly found: Found; readonly former: boolean }
  /** What was read is in the document: `rows` are those that could be read. */
  | {
      readonly type: 'applied'
      readonly before: DeviceState
      readonly found: Found
      readonly rows: ReadonlyMap<number, Uint8Array>
    }
  /** All that waited in `before` has been written, or none of it. */
  | { readonly type: 'written'; readonly before: DeviceState; readonly written: Written }
  | { readonly type: 'unwritten'; readonly before: DeviceState }
  /** Nothing is left to read or to write. */
  | { readonly type: 'rested' }
  /** The database has not answered for a while. */
  | { readonly type: 'slow' }
  /** `opening`: while the database was being opened. `last`: it is not retried. */
  | { readonly type: 'failed'; readonly error: unknown; readonly opening: boolean; readonly last: boolean }
  | { readonly type: 'deleted' }

/**
 * More rows than this are folded into one, since opening waits for all of them to be read. The whole is written before
 * they are deleted. If there is no room for it, rows are still added, and folding is retried after as many more.
 */
export const foldAt = 500

/** `visit` names the tab; `known`: the copy was there before; `epoch`: the document's in this release. */
export function unopened(visit: string, known: boolean, epoch: number): DeviceState {
  return {
    device: { status: 'opening' },
    copy: 'unread',
    known,
    release: epoch,
    epoch,
    birth: undefined,
    rows: new Set(),
    foldAbove: foldAt,
    unreadable: false,
    pending: [],
    exchanged: null,
    base: null,
    unsaved: nothingUnsaved(visit),
    log: emptyLog,
    given: 0,
    written: 0,
    heard: 0,
    seen: 0,
    failures: 0,
  }
}

/** A newer version has written to the copy: its content is read at the first opening, and not after it. */
export function isNewer({ epoch, release }: DeviceState): boolean {
  return epoch > release
}

export function mustRead({ copy, heard, seen }: DeviceState): boolean {
  return copy === 'unread' || heard > seen
}

export function mustWrite({ given, written }: DeviceState): boolean {
  return given > written
}

/** All that waits to be written, as a request to the database. `whole` encodes the document. */
export function workOf(state: DeviceState, whole: () => Uint8Array): Work {
  const { pending, exchanged, rows, base, unsaved, log, release } = state
  const updates = pending.map(({ update }) => update)
  const folds = isFolding(state)
  const parts = exchanged !== null ? [exchanged, ...updates] : folds ? [whole()] : updates
  return {
    visit: unsaved.visit,
    epoch: release,
    fresh: parts.length > 1 ? [Y.mergeUpdates(parts)] : parts,
    folded: folds ? [...rows] : [],
    base,
    // Edits shown as stored must survive a power failure; what the server has sent would come again.
    durability: isOwn(state) ? 'strict' : 'default',
    ...unreportedOf(unsaved),
    ...unwrittenOf(log),
  }
}

/** Milliseconds until the next try, which is over a fresh connection, since Safari loses connections. */
export function retryAfter({ failures }: DeviceState, { firstRetry, lastRetry }: Timing): number {
  return Math.min(lastRetry, firstRetry * 2 ** failures)
}

/** The only place that changes the state. Updates stay pending until they are written. */
export function next(from: DeviceState, happening: Happening): DeviceState {
  switch (happening.type) {
    case 'appended': {
      const { update, extent, goesOn } = happening
      const counted = extent ? withOwnEdit(from, extent, goesOn) : from
      if (from.copy === 'deleted') return counted
      return withMore({ ...counted, pending: [...from.pending, { update, own: extent !== null }] })
    }
    case 'exchanged': {
      const all = (clock: number) => new Map(happening.clients.map((client) => [client, clock]))
      const counted = withOwnEdit(from, { from: all(0), to: all(Number.POSITIVE_INFINITY) })
      return withMore({ ...counted, exchanged: happening.whole, pending: [] })
    }
    case 'acknowledged':
      return withMore({ ...from, unsaved: acknowledged(from.unsaved, happening.held) })
    case 'passed':
      return withMore({ ...from, log: withPassage(from.log, happening.passage) })
    case 'based':
      return withMore({ ...from, base: happening.base })
    case 'outdated':
      return { ...from, heard: from.heard + 1 }
    case 'opened':
      return { ...from, birth: happening.birth }
    case 'renewed':
      return withMore({
        ...storing(from),
        rows: new Set(),
        pending: [{ update: happening.whole, own: true }],
        unsaved: withEntriesLost(from.unsaved),
        log: withRowsLost(from.log),
        heard: from.heard + 1,
      })
    case 'read': {
      const { before, found } = happening
      const read = { ...from, epoch: Math.max(from.epoch, found.epoch), seen: before.heard }
      if (happening.former) return next(read, { type: 'deleted' })
      return from.copy === 'unread' ? { ...read, copy: 'read', log: withStored(from.log, found.log) } : read
    }
    case 'applied': {
      const { before, found, rows } = happening
      const gone = [...before.rows].filter((key) => !found.keys.has(key))
      const applied = {
        ...from,
        // Rows of a database that has been deleted since are not in this one.
        rows: before.birth === from.birth ? changed(from.rows, gone, rows.keys()) : from.rows,
        unreadable: from.unreadable || rows.size < found.fresh.size,
        unsaved: withEntries(from.unsaved, found.visits),
      }
      return from.device.status === 'stored' ? keeping(applied, 'stored') : applied
    }
    case 'written': {
      const { before, written } = happening
      const { exchanged, pending } = before
      const folds = isFolding(before)
      return {
        ...from,
        rows: changed(from.rows, folds ? before.rows : [], written.keys),
        // After an exchange the device no longer stores this document, so it must not be folded in.
        foldAbove: exchanged !== null ? Number.POSITIVE_INFINITY : folds ? foldAt : from.foldAbove,
        exchanged: from.exchanged === exchanged ? null : from.exchanged,
        pending: from.pending[0] === pending[0] ? from.pending.slice(pending.length) : from.pending,
        base: from.base === before.base ? null : from.base,
        unsaved: withOwn(withReported(from.unsaved, before.unsaved), written.own),
        log: withWritten(from.log, before.log, written.logKeys),
        written: before.given,
        heard: from.heard + (written.epoch > from.release ? 1 : 0),
      }
    }
    case 'unwritten':
      return isFolding(happening.before) ? { ...from, foldAbove: from.rows.size + foldAt } : from
    case 'rested': {
      const rested = { ...from, failures: 0 }
      return isOwn(from) ? rested : keeping(rested, 'stored')
    }
    case 'slow':
      return saying(from, failing(noAnswer(), false, isOut(from)))
    case 'failed': {
      const to = failing(happening.error, happening.opening, isOut(from))
      // Safari loses its connection now and then; a failure that a second try repairs is not shown.
      const stated = from.failures > 0 || happening.last || to.cause !== 'failed' ? saying(from, to) : from
      return { ...stated, failures: from.failures + 1 }
    }
    case 'deleted': {
      const stated = saying(from, { status: 'failing', cause: 'forbidden', reason: deleted, unread: false })
      return { ...stated, copy: 'deleted', pending: [], written: from.given }
    }
  }
}

export const deleted = 'The copy has been deleted'

/** Whether edits made here are not written yet. */
function isOwn({ exchanged, pending }: DeviceState): boolean {
  return exchanged !== null || pending.some(({ own }) => own)
}

function isFolding(state: DeviceState): boolean {
  const { exchanged, rows, pending, foldAbove } = state
  return exchanged !== null || (!isNewer(state) && rows.size + pending.length > foldAbove)
}

/** Whether anything that was stored here before has not been read. */
function isOut({ unreadable, known, copy }: DeviceState): boolean {
  return unreadable || (known && copy === 'unread')
}

function withOwnEdit(from: DeviceState, extent: Extent, goesOn = false): DeviceState {
  return { ...storing(from), unsaved: withEdit(from.unsaved, extent, goesOn) }
}

/** There is more to write. */
function withMore(from: DeviceState): DeviceState {
  return from.copy === 'deleted' ? from : { ...from, given: from.given + 1 }
}

/** Ends the status `stored`: there is something new to write. */
function storing(from: DeviceState): DeviceState {
  return from.device.status === 'stored' ? keeping(from, 'storing') : from
}

function keeping(from: DeviceState, status: 'stored' | 'storing'): DeviceState {
  return saying(from, from.unreadable ? { status, unread: true } : { status })
}

/** Returns the same object if the status is the same: listeners are notified of a new one. */
function saying(from: DeviceState, device: Device): DeviceState {
  return from.copy === 'deleted' || isSameDevice(from.device, device) ? from : { ...from, device }
}

function changed(rows: ReadonlySet<number>, gone: Iterable<number>, fresh: Iterable<number>): ReadonlySet<number> {
  const changed = new Set(rows)
  for (const key of gone) changed.delete(key)
  for (const key of fresh) changed.add(key)
  return changed
}
