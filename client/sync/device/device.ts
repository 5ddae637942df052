import * as Y from 'yjs'
import type { KeptBase } from '../base.ts'
import { isOtherLineage } from '../lineage.ts'
import type { Tempo } from '../tempo.ts'
import { type Browser, thisBrowser } from './browser.ts'
import { copyName, type DeviceCopyInfo, isListed, register } from './copylist.ts'
import type { Database } from './database.ts'
import type { Passage } from './log.ts'
import { deleted, type Happening, isNewer, mustRead, mustWrite, next, retryAfter, unopened, workOf } from './state.ts'
import type { Device } from './status.ts'
import { inTime } from './timer.ts'
import { countOf, doubtOf, elsewhere, type Held, heldOf } from './unsaved.ts'

/** The copy of one document in this browser, for one person. Several tabs may have it open. */
export interface DeviceCopy {
  state(): Device
  subscribe(listener: () => void): () => void
  /** Settles, never rejects, once the copy has been applied to the document or has turned out to be out of reach. */
  readonly tried: Promise<void>
  /** Keeps an update. `own` edits count as unsaved until `commit` covers them. */
  append(update: Uint8Array, own: boolean): void
  /** Edits made in this tab and, of them, those that an acknowledgement has covered, here or in another tab. */
  edits(): { readonly made: number; readonly committed: number }
  /** From which clock on, by client id, the server may not have what is here: see `doubtOf`. */
  doubt(): ReadonlyMap<number, number> | null
  /** Keeps `state` in place of the document, as one more edit under `clients`; what is appended next follows it. */
  exchange(state: Uint8Array, clients: readonly number[]): void
  /** Known to this device alone, and the same to all tabs. */
  secret(): string
  /** Edits in the document that no acknowledgement has covered, of whichever tab. */
  unsaved(): number
  /** What an acknowledgement that is asked for now will cover. */
  held(): Held
  commit(held: Held): void
  /** The highest that has written here. */
  epoch(): number
  log(): readonly Passage[]
  pass(passage: Passage): void
  /** Keeps what both had before the edits that wait, unless that is kept already. Let go when nothing waits. */
  keepBase(base: KeptBase): void
  /** Settles when everything has been written, or when a last try has failed. */
  close(): Promise<void>
}

/** What a copy tells whoever has opened it. */
export type Told =
  /** The copy has been read for the first time; `waiting`: edits in it that no acknowledgement has covered. */
  | {
      readonly type: 'loaded'
      readonly updates: readonly Uint8Array[]
      readonly waiting: number
      readonly base: KeptBase | null
    }
  /** Another count of edits that no acknowledgement has covered. */
  | { readonly type: 'counted' }
  /** A newer version of Parley has written here. What it wrote is read at the first opening, and not after it. */
  | { readonly type: 'newer' }
  /** The server was quicker than the device, and what it said is of another lineage: nothing is read or written here. */
  | { readonly type: 'former' }

/**
 * Opens the copy and applies it to `doc` with `origin`. Writes follow each other, and what comes in during one goes into
 * the next. What fails is said, and tried again with nothing dropped. What other tabs write is read when they say so;
 * `let` decides when it may be applied. What any of this makes of the copy, `next` decides.
 */
export function openDevice(
  options: {
    copy: DeviceCopyInfo
    doc: Y.Doc
    origin: unknown
    visit: string
    /** Whether the copy has been given up elsewhere. */
    over: () => boolean
    tempo: Tempo
    /** Milliseconds that reading what another tab has written may wait. */
    patience: () => number
    let: (apply: () => void) => void
    tell: (told: Told) => void
  },
  { databases, openTabs, storage, timer }: Browser = thisBrowser(),
): DeviceCopy {
  const { copy, doc, origin, visit, over, tempo, tell } = options
  const name = copyName(copy)
  const listeners = new Set<() => void>()
  let state = unopened(visit, isListed(copy, storage))
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
    if (isNewer(state) && !isNewer(before)) tell({ type: 'newer' })
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

  /** The copy is not to be made again by what is written late. */
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
      const wait = retryAfter(state, tempo)
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
    // What a browser ends it may have deleted as well.
    const terminated = () => {
      drop()
      if (!closed) refresh()
    }
    opening = true
    const coming = databases.open(name, { blocking: drop, terminated })
    try {
      opened = await within(coming)
    } catch (error) {
      // One that opens after all must not stand in the way of others.
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

  /** The copy is gone, and this is another: all that is here is written to it, and others may have written as well. */
  function renew() {
    register(copy, storage)
    happen({ type: 'renewed', whole: Y.encodeStateAsUpdate(doc) })
  }

  /** Says so when `asked` is slow, and gives up on it when it is slower still. */
  function within<T>(asked: Promise<T>): Promise<T> {
    const stop = timer(tempo.device, () => happen({ type: 'slow' }))
    return inTime(asked, tempo.deviceLost, timer).finally(stop)
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
      tell({ type: 'former' })
      return
    }
    if (!first && isNewer(state)) return
    options.let(() => {
      if (closed) return
      const rows = applyRows(found.fresh, doc, origin)
      happen({ type: 'applied', before, found, rows })
      const waiting = elsewhere(state.unsaved)
      if (first) tell({ type: 'loaded', updates: [...rows.values()], waiting, base: found.base })
      tell({ type: 'counted' })
      // What has waited to be applied was in none of what the new one got.
      if (before.birth === state.birth) return
      renew()
      start()
    })
  }

  async function write(): Promise<void> {
    const opened = await open()
    // From here to the end of what is asked for nothing else runs: the rows and the counts that go with them are one.
    const before = state
    try {
      const work = workOf(before, () => Y.encodeStateAsUpdate(doc))
      const written = await opened.write(work, within)
      const { committed } = state.unsaved
      happen({ type: 'written', before, written })
      if (state.unsaved.committed !== committed) tell({ type: 'counted' })
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
    append: (update, own) => change({ type: 'appended', update, extent: own ? Y.parseUpdateMeta(update) : null }),
    edits() {
      const { made, committed } = state.unsaved
      return { made, committed }
    },
    doubt: () => doubtOf(state.unsaved),
    exchange: (whole, clients) => change({ type: 'exchanged', whole, clients }),
    secret: () => `${state.birth ?? visit}`,
    unsaved: () => countOf(state.unsaved),
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

/** Those that could be. A row that cannot be read stays where it is: a later version may know what to do with it. */
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
