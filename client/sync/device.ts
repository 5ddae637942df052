import { deleteDB, type IDBPDatabase } from 'idb'
import * as Y from 'yjs'
import { EPOCH } from '../../shared/document/schema.ts'
import type { KeptBase } from './base.ts'
import { isOtherLineage } from './lineage.ts'
import { createLog, type Passage } from './log.ts'
import { copyName, type DeviceCopyInfo, deviceCopies, register, unregister } from './register.ts'
import { abort, birthOf, openRows, type Rows, readRows, stores, type Writing, writeRows } from './rows.ts'
import { createTally, type Held, type Tally } from './tally.ts'
import { steadyTempo, type Tempo } from './tempo.ts'
import { type Failing, failing, noAnswer } from './trouble.ts'

/** Whether this device keeps a copy. `failing` is shown to the person: what is typed may be only in this tab. */
export type Device =
  | { readonly status: 'opening' }
  /** Every edit made here is written. `unread`: part of the copy cannot be read, and nobody knows what waits in it. */
  | { readonly status: 'stored'; readonly unread?: true }
  /** Some are being written: not claimed yet. */
  | { readonly status: 'storing'; readonly unread?: true }
  | Failing

/** Whether there may be edits on this device that are not counted. */
export function isUnread(device: Device): boolean {
  return device.status !== 'opening' && device.unread === true
}

/**
 * Deletes `copy`; tabs that have it open keep nothing from now on. Rejects when the browser does not do it in time: a tab
 * that sleeps can stand in its way.
 */
export async function deleteCopy(copy: DeviceCopyInfo, { deviceLost } = steadyTempo): Promise<void> {
  const channel = openChannel(copyName(copy))
  channel?.postMessage(cleared)
  try {
    await inTime(deleteDB(copyName(copy)), deviceLost)
  } finally {
    channel?.close()
  }
  unregister(copy)
}

/** What a copy tells whoever has opened it. */
export type Told =
  /** The copy has been read for the first time; `waiting`: edits in it that no echo has covered. */
  | {
      readonly type: 'loaded'
      readonly updates: readonly Uint8Array[]
      readonly waiting: number
      readonly base: KeptBase | null
    }
  /** Another count of edits that no echo has covered. */
  | { readonly type: 'counted' }
  /** A newer version of Parley has written here. What it wrote is read at the first opening, and not after it. */
  | { readonly type: 'newer' }
  /** The server was quicker than the device, and what it said is of another lineage: nothing is read or written here. */
  | { readonly type: 'former' }

/** The copy of one document in this browser, for one person. Several tabs may have it open. */
export interface DeviceCopy {
  state(): Device
  subscribe(listener: () => void): () => void
  /** Settles, never rejects, once the copy has been applied to the document or has turned out to be out of reach. */
  readonly tried: Promise<void>
  /** Keeps an update. `own` edits count as unsaved until `commit` covers them. */
  append(update: Uint8Array, own: boolean): void
  /** Edits made in this tab and, of them, those that an echo has covered, here or in another tab. */
  edits(): { readonly made: number; readonly committed: number }
  doubt: Tally['doubt']
  /** Keeps `state` in place of the document, as one more edit under `clients`; what is appended next follows it. */
  exchange(state: Uint8Array, clients: readonly number[]): void
  /** Known to this device alone, and the same to all tabs. */
  secret(): string
  /** Edits in the document that no echo has covered, of whichever tab. */
  unsaved(): number
  /** What an echo that is asked for now will cover. */
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

/**
 * Rows are folded into one when there are more than this: reading them back is what opening waits for. The whole is written
 * before they go. Where there is no room for it, single rows are still kept, and it is tried again after as many more.
 */
const foldAt = 500

/**
 * Opens the copy and applies it to `doc` with `origin`. Writes follow each other, and what comes in during one goes into
 * the next. What fails is said, and tried again over a fresh connection (Safari loses them) with nothing dropped. What
 * other tabs write is read when they say so; `let` decides when it may be applied.
 */
export function openDevice(options: {
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
}): DeviceCopy {
  const { copy, doc, origin, visit, over, tempo, tell } = options
  const name = copyName(copy)
  const listeners = new Set<() => void>()
  let state: Device = { status: 'opening' }
  let database: IDBPDatabase<Rows> | null = null
  let opening = false
  let loaded = false
  let newer = false
  let epoch = EPOCH
  let pending: { readonly update: Uint8Array; readonly own: boolean }[] = []
  /** Of the database that was read. */
  let birth: unknown
  /** Keys of its rows whose content `doc` holds; only these may be folded. */
  let rows = new Set<number>()
  let foldOver = foldAt
  let unreadable = false
  let exchanged: Uint8Array | null = null
  const tally = createTally(visit)
  const log = createLog()
  let base: KeptBase | null = null
  let dirty = false
  /** Another tab has written. */
  let stale = false
  let writing: Promise<void> | null = null
  let failures = 0
  let retry: ReturnType<typeof setTimeout> | undefined
  let ping: ReturnType<typeof setTimeout> | undefined
  let closed = false
  /** The copy has been deleted under us. */
  let forsaken = false

  const known = deviceCopies().some((one) => copyName(one) === name)
  register(copy)
  const channel = openChannel(name)
  if (channel !== null) {
    channel.onmessage = ({ data }) => {
      if (data === cleared) forsake()
      else ping ??= setTimeout(refresh, options.patience())
    }
  }

  function refresh() {
    ping = undefined
    stale = true
    start()
  }

  /** `stored`, or `storing`. */
  function keeping(status: 'stored' | 'storing') {
    become(unreadable ? { status, unread: true } : { status })
  }

  function become(to: Device) {
    if (sameDevice(state, to) || forsaken) return
    state = to
    for (const listener of [...listeners]) listener()
  }

  function forsake() {
    become({ status: 'failing', cause: 'forbidden', reason: 'The copy has been deleted', unread: false })
    forsaken = true
    pending = []
    dirty = false
    database?.close()
    database = null
  }

  /** The copy is not to be made again by what is written late. */
  function isForsaken(): boolean {
    if (!forsaken && over()) forsake()
    return forsaken
  }

  async function open(): Promise<IDBPDatabase<Rows>> {
    if (isForsaken()) throw new DOMException('The copy has been deleted', 'AbortError')
    if (database !== null) return database
    let opened: IDBPDatabase<Rows> | null = null
    const drop = () => {
      if (database === opened) database = null
      opened?.close()
    }
    opening = true
    // What a browser ends it may have deleted as well.
    const coming = openRows(name, drop, () => {
      drop()
      if (!closed) refresh()
    })
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
    if (forsaken) {
      opened.close()
      throw new DOMException('The copy has been deleted', 'AbortError')
    }
    database = opened
    const found = await within(birthOf(opened))
    if (loaded && found !== birth) renew()
    birth = found
    return opened
  }

  /** The copy is gone, and this is another: all that is here is written to it, and others may have written as well. */
  function renew() {
    register(copy)
    rows = new Set()
    pending = [{ update: Y.encodeStateAsUpdate(doc), own: true }]
    tally.restore()
    log.restore()
    dirty = true
    stale = true
    if (state.status === 'stored') keeping('storing')
  }

  /** Says so when `work` is slow, and gives up on it when it is slower still. */
  function within<T>(work: Promise<T>): Promise<T> {
    const slow = setTimeout(() => become(failing(noAnswer(), false, isOut())), tempo.device)
    return inTime(work, tempo.deviceLost).finally(() => clearTimeout(slow))
  }

  /** Whether anything that was kept here before has not been read. */
  function isOut(): boolean {
    return unreadable || (known && !loaded)
  }

  async function read(): Promise<void> {
    const db = await open()
    const held = rows
    stale = false
    const found = await within(readRows(db, loaded ? held : null)).catch((error) => {
      stale = true
      throw error
    })
    const { keys, fresh } = found
    epoch = Math.max(epoch, found.epoch)
    if (epoch > EPOCH && !newer) {
      newer = true
      tell({ type: 'newer' })
    }
    const first = !loaded
    if (!first && newer) return
    if (first && isOtherLineage(doc, [...fresh.values()])) {
      forsake()
      tell({ type: 'former' })
      return
    }
    loaded = true
    const gone = [...held].filter((key) => !keys.has(key))
    if (first) log.load(found.log)
    options.let(() => {
      if (closed) return
      const applied: Uint8Array[] = []
      const apply = (update: Uint8Array, key: number) => {
        if (!applyRow(update, key)) return
        applied.push(update)
        held.add(key)
      }
      Y.transact(doc, () => fresh.forEach(apply), origin, false)
      for (const key of gone) held.delete(key)
      if (state.status === 'stored') keeping('stored')
      tally.read(found.entries)
      if (first) tell({ type: 'loaded', updates: applied, waiting: tally.elsewhere(), base: found.base })
      tell({ type: 'counted' })
      // What has waited to be applied was in none of what the new one got.
      if (held === rows) return
      renew()
      start()
    })
  }

  /** A row that cannot be read stays where it is: a later version may know what to do with it. */
  function applyRow(update: Uint8Array, key: number): boolean {
    try {
      Y.applyUpdate(doc, update, origin)
      return true
    } catch (error) {
      unreadable = true
      console.error('A row of the copy on this device cannot be read', key, error)
      return false
    }
  }

  async function write(): Promise<void> {
    const db = await open()
    // From here to the end of the puts nothing else runs: the rows and the counts that go with them are one.
    const batch = pending
    const counts = tally.take()
    const lines = log.take()
    const both = base
    pending = []
    dirty = false
    base = null
    const whole = exchanged
    const fold = whole !== null || (!newer && rows.size + batch.length > foldOver)
    let transaction: Writing | undefined
    try {
      const updates = batch.map(({ update }) => update)
      const folded = fold ? [...rows] : []
      const parts = whole !== null ? [whole, ...updates] : fold ? [Y.encodeStateAsUpdate(doc)] : updates
      const fresh = parts.length > 1 ? [Y.mergeUpdates(parts)] : parts
      // What is said to be stored is to outlast the power; what the server has said would come again.
      const durability = whole !== null || batch.some(({ own }) => own) ? 'strict' : 'default'
      transaction = db.transaction(stores, 'readwrite', { durability })
      const written = await within(writeRows(transaction, { visit, fresh, folded, base: both, ...counts, ...lines }))
      // The document is not what is kept any more.
      if (fold) foldOver = whole === null ? foldAt : Number.POSITIVE_INFINITY
      if (exchanged === whole) exchanged = null
      for (const key of folded) rows.delete(key)
      for (const key of written.keys) rows.add(key)
      log.written(lines, written.logKeys)
      if (written.epoch > EPOCH) stale = true
      if (tally.adopt(written.own)) tell({ type: 'counted' })
      if (written.news) channel?.postMessage('written')
    } catch (error) {
      if (fold) foldOver = rows.size + foldAt
      // What has been exchanged meanwhile is in what it was exchanged for.
      if (exchanged === whole) pending = [...batch, ...pending]
      dirty = true
      base ??= both
      tally.giveBack(counts)
      log.giveBack(lines)
      // A request that fails because its transaction has ended does not say why that has.
      const cause = transaction?.error ?? error
      if (transaction !== undefined) abort(transaction)
      throw cause
    }
  }

  function start() {
    if (writing !== null || retry !== undefined || isForsaken()) return
    writing = work().finally(() => {
      writing = null
      if ((dirty || stale) && !closed) start()
    })
  }

  async function work(): Promise<void> {
    try {
      if (!loaded || stale) await read()
      while (dirty) await write()
      failures = 0
      if (exchanged === null && !pending.some(({ own }) => own)) keeping('stored')
    } catch (error) {
      database?.close()
      database = null
      const to = failing(error, opening, isOut())
      // Safari loses its connection now and then; what a second try mends is nobody's worry.
      if (failures > 0 || closed || to.cause !== 'failed') become(to)
      if (closed || forsaken) return
      retry = setTimeout(
        () => {
          retry = undefined
          start()
        },
        Math.min(tempo.lastRetry, tempo.firstRetry * 2 ** failures++),
      )
    }
  }

  start()
  const tried = writing ?? Promise.resolve()

  function change() {
    if (forsaken) return
    dirty = true
    start()
  }

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tried,
    append(update, own) {
      if (own) {
        tally.make(Y.parseUpdateMeta(update))
        if (state.status === 'stored') keeping('storing')
      }
      if (forsaken) return
      pending.push({ update, own })
      change()
    },
    edits: tally.edits,
    doubt: tally.doubt,
    exchange(fresh, clients) {
      const all = (clock: number) => new Map(clients.map((client) => [client, clock]))
      tally.make({ from: all(0), to: all(Number.POSITIVE_INFINITY) })
      if (state.status === 'stored') keeping('storing')
      exchanged = fresh
      pending = []
      change()
    },
    secret: () => `${birth ?? visit}`,
    unsaved: tally.unsaved,
    held: () => ({ ...tally.held(), unread: unreadable }),
    commit(held) {
      tally.commit(held)
      change()
    },
    epoch: () => epoch,
    log: log.passages,
    pass(passage) {
      log.enter(passage)
      change()
    },
    keepBase(kept) {
      base = kept
      change()
    },
    async close() {
      clearTimeout(retry)
      clearTimeout(ping)
      retry = undefined
      if (dirty) start()
      closed = true
      while (writing !== null) await writing
      database?.close()
      database = null
      channel?.close()
      listeners.clear()
    },
  }
}

/** What other tabs of the same person, whose name is in that of the channel, are told: nothing but to look. */
const cleared = 'cleared'

function openChannel(name: string): BroadcastChannel | null {
  try {
    return new BroadcastChannel(name)
  } catch {
    return null
  }
}

/** Rejects when `work` has not settled after `patience` milliseconds. */
export function inTime<T>(work: Promise<T>, patience: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout>
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(noAnswer()), patience)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

function sameDevice(a: Device, b: Device): boolean {
  if (a.status !== b.status || isUnread(a) !== isUnread(b)) return false
  return a.status !== 'failing' || b.status !== 'failing' || (a.cause === b.cause && a.reason === b.reason)
}
