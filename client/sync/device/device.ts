import * as Y from 'yjs'
import { isOtherLineage } from '../lineage.ts'
import type { MergeBase } from '../mergebase.ts'
import type { Timing } from '../timing.ts'
import { type Browser, thisBrowser } from './browser.ts'
import { copyName, type DeviceCopyInfo, isListed, register } from './copylist.ts'
import type { Database } from './database.ts'
import type { Passage } from './log.ts'
import { deleted, type Happening, isNewer, mustRead, mustWrite, next, retryAfter, unopened, workOf } from './state.ts'
import type { Device } from './status.ts'
import { inTime } from './timer.ts'
import { begunOf, changesOf, countOf, doubtOf, elsewhere, type Held, heldOf } from './unsaved.ts'

/** The copy of one document in this browser, for one person. Several tabs may have it open. */
export interface DeviceCopy {
  state(): Device
  subscribe(listener: () => void): () => void
  /** Resolves, and never rejects, once the copy has been applied to the document or is found out of reach. */
  readonly tried: Promise<void>
  /**
   * Stores an update. `own` edits count as unsaved until `commit` covers them. `goesOn`: with the change of the edit
   * before it.
   */
  append(update: Uint8Array, own: boolean, goesOn?: boolean): void
  /** How many edits were made in this tab, and how many of them are acknowledged, here or in another tab. */
  edits(): { readonly made: number; readonly committed: number }
  /** By client id, the clock from which the server may lack what is here: see `doubtOf`. */
  doubt(): ReadonlyMap<number, number> | null
  /** Stores `state` in place of the document, as one more edit under `clients`. Later updates are appended to it. */
  exchange(state: Uint8Array, clients: readonly number[]): void
  /** Known only to this device, and the same in all tabs. */
  secret(): string
  /** Edits in the document that no acknowledgement covers, from any tab. */
  unsaved(): number
  /** The changes that these edits make, as a person counts them. */
  changes(): number
  /** Those of them whose beginning is not acknowledged. */
  begun(): number
  /** What an acknowledgement requested now will cover. */
  held(): Held
  commit(held: Held): void
  /** The highest epoch that has written here. */
  epoch(): number
  log(): readonly Passage[]
  pass(passage: Passage): void
  /** Stores the merge base of the edits that wait, unless one is stored already. It is deleted when nothing waits. */
  keepBase(base: MergeBase): void
  /** Resolves when everything has been written, or a last try has failed. */
  close(): Promise<void>
}

/** What a copy reports to its opener. */
export type DeviceEvent =
  /** The copy has been read for the first time; `waiting`: edits in it that no acknowledgement covers. */
  | {
      readonly type: 'loaded'
      readonly updates: readonly Uint8Array[]
      readonly waiting: number
      readonly base: MergeBase | null
    }
  /** The count of unacknowledged edits may have changed. */
  | { readonly type: 'counted' }
  /** A newer version of Parley has written here. Its content is read at the first opening, and not after it. */
  | { readonly type: 'newer' }
  /** The server was faster than the device and has another lineage: nothing is read or written here. */
  | { readonly type: 'former' }

/**
 * Opens the copy and applies it to `doc` with `origin`. Writes run one at a time; updates that come during one go into
 * the next. Failures are reported and retried, and nothing is dropped. What other tabs write is read when they announce
 * it; `let` decides when it may be applied. `next` decides how all of this changes the state.
 */
export function openDevice(
  options: {
    copy: DeviceCopyInfo
    /** The document's epoch in this release. */
    epoch: number
    doc: Y.Doc
    origin: unknown
    visit: string
    /** Whether the copy has been given up elsewhere. */
    over: () => boolean
    timing: Timing
    /** Milliseconds that reading another tab's writes may wait. */
    patience: () => number
    let: (apply: () => void) => void
    report: (event: DeviceEvent) => void
  },
  { databases, openTabs, storage, timer }: Browser = thisBrowser(),
): DeviceCopy {
  const { copy, epoch, doc, origin, visit, over, timing, report } = options
  const name = copyName(copy)
  const listeners = new Set<() => void>()
  let state = unopened(visit, isListed(copy, storage), epoch)
  let database: Database | null = null
  let opening = false
  let work: Promise<void> | null = null
  let stopRetry: (() => void) | null = null
  let stopPing: (() => void) | null = null
  let closed = false

  register(copy, storage)
  const tabs = openTabs(name, (news) => {
    if (news === 'cleared') forsake()
    else stopPing ??= timer(options.patience(), refresh)
  })

  function happen(happening: Happening) {
    const before = state
    state = next(before, happening)
    if (isNewer(state) && !isNewer(before)) report({ type: 'newer' })
    if (state.device !== before.device) for (const listener of [...listeners]) listener()
  }

  function change(happening: Happening) {
    happen(happening)
    if (state.copy !== 'deleted') start()
  }

  function refresh() {
    stopPing = null
    change({ type: 'outdated' })
  }

  function forsake() {
    happen({ type: 'deleted' })
    disconnect()
  }

  /** A late write must not create the copy again. */
  function isForsaken(): boolean {
    if (state.copy !== 'deleted' && over()) forsake()
    return state.copy === 'deleted'
  }

  function disconnect() {
    database?.close()
    database = null
  }

  function start() {
    if (work !== null || stopRetry !== null || isForsaken()) return
    work = run().finally(() => {
      work = null
      if ((mustRead(state) || mustWrite(state)) && !closed) start()
    })
  }

  async function run(): Promise<void> {
    try {
      if (mustRead(state)) await read()
      while (mustWrite(state)) await write()
      happen({ type: 'rested' })
    } catch (error) {
      disconnect()
      const wait = retryAfter(state, timing)
      happen({ type: 'failed', error, opening, last: closed })
      if (closed || state.copy === 'deleted') return
      stopRetry = timer(wait, () => {
        stopRetry = null
        start()
      })
    }
  }

  async function open(): Promise<Database> {
    if (isForsaken()) throw new Error(deleted)
    if (database !== null) return database
    let opened: Database | null = null
    const drop = () => {
      if (database === opened) database = null
      opened?.close()
    }
    // A browser that closes a database may have deleted it as well.
    const terminated = () => {
      drop()
      if (!closed) refresh()
    }
    opening = true
    const coming = databases.open(name, { blocking: drop, terminated })
    try {
      opened = await within(coming)
    } catch (error) {
      // A database that opens late must not block others.
      coming.then(
        (late) => late.close(),
        () => {},
      )
      throw error
    }
    opening = false
    if (state.copy === 'deleted') {
      opened.close()
      throw new Error(deleted)
    }
    database = opened
    const birth = await within(opened.birth())
    if (state.copy === 'read' && birth !== state.birth) renew()
    happen({ type: 'opened', birth })
    return opened
  }

  /** The copy was deleted and this is a new one: all that is here is written to it. Other tabs may write to it, too. */
  function renew() {
    register(copy, storage)
    happen({ type: 'renewed', whole: Y.encodeStateAsUpdate(doc) })
  }

  /** Reports when `asked` is slow, and gives up when it is slower still. */
  function within<T>(asked: Promise<T>): Promise<T> {
    const stop = timer(timing.device, () => happen({ type: 'slow' }))
    return inTime(asked, timing.deviceLost, timer).finally(stop)
  }

  async function read(): Promise<void> {
    const opened = await open()
    const before = state
    const first = before.copy === 'unread'
    const found = await within(opened.read(first ? null : before.rows))
    const former = first && isOtherLineage(doc, [...found.fresh.values()])
    happen({ type: 'read', before, found, former })
    if (former) {
      disconnect()
      report({ type: 'former' })
      return
    }
    if (!first && isNewer(state)) return
    options.let(() => {
      if (closed) return
      const rows = applyRows(found.fresh, doc, origin)
      happen({ type: 'applied', before, found, rows })
      const waiting = elsewhere(state.unsaved)
      if (first) report({ type: 'loaded', updates: [...rows.values()], waiting, base: found.base })
      report({ type: 'counted' })
      // These rows were still waiting to be applied when the new database was filled, so it lacks them.
      if (before.birth === state.birth) return
      renew()
      start()
    })
  }

  async function write(): Promise<void> {
    const opened = await open()
    // Nothing else runs from here until all requests are made, so the rows and their counts belong together.
    const before = state
    try {
      const work = workOf(before, () => Y.encodeStateAsUpdate(doc))
      const written = await opened.write(work, within)
      const { committed } = state.unsaved
      happen({ type: 'written', before, written })
      if (state.unsaved.committed !== committed) report({ type: 'counted' })
      if (written.news) tabs?.postMessage('written')
    } catch (error) {
      happen({ type: 'unwritten', before })
      throw error
    }
  }

  start()
  const tried = work ?? Promise.resolve()

  return {
    state: () => state.device,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tried,
    append: (update, own, goesOn = false) =>
      change({ type: 'appended', update, extent: own ? Y.parseUpdateMeta(update) : null, goesOn }),
    edits() {
      const { made, committed } = state.unsaved
      return { made, committed }
    },
    doubt: () => doubtOf(state.unsaved),
    exchange: (whole, clients) => change({ type: 'exchanged', whole, clients }),
    secret: () => `${state.birth ?? visit}`,
    unsaved: () => countOf(state.unsaved),
    changes: () => changesOf(state.unsaved),
    begun: () => begunOf(state.unsaved),
    held: () => ({ ...heldOf(state.unsaved), unread: state.unreadable }),
    commit: (held) => change({ type: 'acknowledged', held }),
    epoch: () => state.epoch,
    log: () => state.log.passages,
    pass: (passage) => change({ type: 'passed', passage }),
    keepBase: (base) => change({ type: 'based', base }),
    async close() {
      stopRetry?.()
      stopPing?.()
      stopRetry = null
      if (mustWrite(state)) start()
      closed = true
      while (work !== null) await work
      disconnect()
      tabs?.close()
      listeners.clear()
    },
  }
}

/** Returns the rows that could be applied. An unreadable row stays stored: a later version may be able to read it. */
function applyRows(
  rows: ReadonlyMap<number, Uint8Array>,
  doc: Y.Doc,
  origin: unknown,
): ReadonlyMap<number, Uint8Array> {
  const applied = new Map<number, Uint8Array>()
  const applyAll = () =>
    rows.forEach((update, key) => {
      try {
        Y.applyUpdate(doc, update, origin)
        applied.set(key, update)
      } catch (error) {
        console.error('A row of the copy on this device cannot be read', key, error)
      }
    })
  Y.transact(doc, applyAll, origin, false)
  return applied
}
