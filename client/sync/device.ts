import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import * as Y from 'yjs'
import type { MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import type { Backup } from './backup.ts'

/** Whether this device keeps a copy. `failing` is shown to the person: what is typed may be only in this tab. */
export type Device =
  | { readonly status: 'opening' }
  /** Every edit made here is written. */
  | { readonly status: 'stored' }
  /** Some are being written: not claimed yet. */
  | { readonly status: 'storing' }
  | { readonly status: 'failing'; readonly cause: DeviceTrouble; readonly reason: string }

/** No room left, not allowed by the browser, no answer from it, or anything else. */
export type DeviceTrouble = 'full' | 'forbidden' | 'slow' | 'failed'

/** Whose copy of which document a browser keeps. `name` is the person's. */
export interface DeviceCopyInfo {
  readonly meeting: MeetingId
  readonly document: string
  readonly person: PersonId
  readonly name: string
}

/** The name of the copy's database, and of the channel on which tabs that have it open tell each other to read. */
export function copyName({ meeting, document, person }: Omit<DeviceCopyInfo, 'name'>): string {
  return `parley:${meeting}:${document}:${person}`
}

const registerKey = 'parley.copies'

/** The copies on this device. Kept beside them, because not every browser lists its databases. */
export function deviceCopies(): readonly DeviceCopyInfo[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(registerKey) ?? '[]')
    return Array.isArray(value) ? value.filter((one) => typeof one?.meeting === 'string') : []
  } catch {
    return []
  }
}

function register(copies: readonly DeviceCopyInfo[]) {
  try {
    localStorage.setItem(registerKey, JSON.stringify(copies))
  } catch {
    // Without it a copy stays on the device after signing out, as it does when its tab is closed by force.
  }
}

function others(copy: DeviceCopyInfo): readonly DeviceCopyInfo[] {
  return deviceCopies().filter((one) => copyName(one) !== copyName(copy))
}

/** How many edits in `copy` no echo has covered. */
export async function unsentIn(copy: DeviceCopyInfo): Promise<number> {
  return (await import('./copy.ts')).unsentIn(copyName(copy))
}

export async function stateIn(copy: DeviceCopyInfo): Promise<Uint8Array> {
  return (await import('./copy.ts')).stateIn(copyName(copy))
}

export async function backupOf(copy: DeviceCopyInfo): Promise<Backup> {
  return (await import('./copy.ts')).backupOf(copyName(copy), copy)
}

/** Deletes `copy`; tabs that have it open keep nothing from now on. */
export async function deleteCopy(copy: DeviceCopyInfo): Promise<void> {
  register(others(copy))
  await (await import('./copy.ts')).deleteCopy(copyName(copy))
}

/** The copy of one document in this browser, for one person. */
export interface DeviceCopy {
  state(): Device
  subscribe(listener: () => void): () => void
  /** Settles, never rejects, once the copy has been applied to the document or has turned out to be out of reach. */
  readonly tried: Promise<void>
  /** Keeps an update. `own` edits count as unsaved until `commit` covers them. */
  append(update: Uint8Array, own: boolean): void
  /** The first `own` edits of this visit are on the server's disk, and with `earlier` all that was found here, too. */
  commit(own: number, earlier: boolean): void
  /** Settles when everything has been written, or when a last try has failed. */
  close(): Promise<void>
}

/** Rows are folded into one when there are more than this: reading them back is what opening waits for. */
const foldAt = 500
/** Milliseconds between tries after a failure: doubling from the first to the last. */
const firstRetry = 250
const lastRetry = 30_000

/** What one tab has made and what of it is committed. An entry a tab, so that tabs never overwrite each other's. */
export interface Visit {
  readonly made: number
  readonly committed: number
}

export interface Rows extends DBSchema {
  updates: { key: number; value: Uint8Array }
  visits: { key: string; value: Visit }
}

/**
 * Opens the copy called `name` and applies it to `doc` with `origin`; `found` hears of edits of earlier visits and of
 * other tabs that no echo had covered. Writes follow each other, and what comes in during one goes into the next. What
 * fails is said, and tried again over a fresh connection (Safari loses them) with nothing dropped.
 */
export function openDevice(options: {
  copy: DeviceCopyInfo
  doc: Y.Doc
  origin: unknown
  visit: string
  found: (edits: number) => void
}): DeviceCopy {
  const { copy, doc, origin, visit } = options
  const name = copyName(copy)
  register([...others(copy), copy])
  const listeners = new Set<() => void>()
  let state: Device = { status: 'opening' }
  let database: IDBPDatabase<Rows> | null = null
  let loaded = false
  let pending: Uint8Array[] = []
  /** Keys of the rows whose content `doc` holds; only these may be folded. */
  let rows: number[] = []
  /** Other tabs' entries as they were read. */
  let visits = new Map<string, Visit>()
  let made = 0
  let committed = 0
  let earlierCommitted = false
  let dirty = false
  let writing: Promise<void> | null = null
  let failures = 0
  let retry: ReturnType<typeof setTimeout> | null = null
  let closed = false

  function become(to: Device) {
    if (sameDevice(state, to)) return
    state = to
    for (const listener of [...listeners]) listener()
  }

  async function open(): Promise<IDBPDatabase<Rows>> {
    if (database !== null) return database
    let opened: IDBPDatabase<Rows> | null = null
    const drop = () => {
      if (database === opened) database = null
      opened?.close()
    }
    opened = await openDB<Rows>(name, 1, {
      upgrade(fresh) {
        fresh.createObjectStore('updates', { autoIncrement: true })
        fresh.createObjectStore('visits')
      },
      blocking: drop,
      terminated: drop,
    })
    database = opened
    return opened
  }

  async function load(): Promise<void> {
    const reading = (await open()).transaction(['updates', 'visits'])
    const [keys, updates, names, entries] = await Promise.all([
      reading.objectStore('updates').getAllKeys(),
      reading.objectStore('updates').getAll(),
      reading.objectStore('visits').getAllKeys(),
      reading.objectStore('visits').getAll(),
      reading.done,
    ])
    Y.transact(doc, () => updates.forEach((update, index) => applyRow(update, keys[index])), origin, false)
    visits = new Map(entries.map((entry, index) => [names[index] ?? '', entry]))
    loaded = true
    const edits = entries.reduce((sum, entry) => sum + Math.max(0, entry.made - entry.committed), 0)
    if (edits > 0) options.found(edits)
  }

  /** A row that cannot be read stays where it is: a later version may know what to do with it. */
  function applyRow(update: Uint8Array, key: number | undefined) {
    try {
      Y.applyUpdate(doc, update, origin)
      if (key !== undefined) rows.push(key)
    } catch (error) {
      console.error('A row of the copy on this device cannot be read', key, error)
    }
  }

  async function write(): Promise<void> {
    const db = await open()
    // From here to the end of the puts nothing else runs: the rows and the counts that go with them are one.
    const batch = pending
    pending = []
    dirty = false
    try {
      const fold = rows.length + batch.length > foldAt
      const fresh = fold ? [Y.encodeStateAsUpdate(doc)] : batch.length > 1 ? [Y.mergeUpdates(batch)] : batch
      const folded = fold ? rows : []
      const transaction = db.transaction(['updates', 'visits'], 'readwrite')
      const updates = transaction.objectStore('updates')
      const entries = transaction.objectStore('visits')
      const added = fresh.map((update) => updates.add(update))
      const cleared = folded.map((key) => updates.delete(key))
      const counted = made > 0 ? entries.put({ made, committed }, visit) : undefined
      const settled = [...visits].filter(([, seen]) => earlierCommitted || seen.made <= seen.committed)
      for (const [key, seen] of settled) {
        const now = await entries.get(key)
        if (now === undefined) continue
        if (now.made <= seen.made) await entries.delete(key)
        else await entries.put({ made: now.made, committed: Math.max(now.committed, seen.made) }, key)
      }
      const [keys] = await Promise.all([Promise.all(added), ...cleared, counted, transaction.done])
      rows = [...rows.slice(folded.length), ...keys]
      for (const [key] of settled) visits.delete(key)
    } catch (error) {
      pending = [...batch, ...pending]
      dirty = true
      throw error
    }
  }

  function start() {
    if (writing !== null || retry !== null) return
    writing = work().finally(() => {
      writing = null
      if (dirty && !closed) start()
    })
  }

  async function work(): Promise<void> {
    try {
      if (!loaded) await load()
      while (dirty) await write()
      failures = 0
      become({ status: 'stored' })
    } catch (error) {
      database?.close()
      database = null
      // Safari loses its connection now and then; what a second try mends is nobody's worry.
      if (failures > 0 || closed) become({ status: 'failing', cause: causeOf(error), reason: reasonOf(error) })
      if (closed) return
      retry = setTimeout(
        () => {
          retry = null
          start()
        },
        Math.min(lastRetry, firstRetry * 2 ** failures++),
      )
    }
  }

  start()
  const tried = writing ?? Promise.resolve()

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tried,
    append(update, own) {
      pending.push(update)
      if (own) {
        made += 1
        if (state.status === 'stored') become({ status: 'storing' })
      }
      dirty = true
      start()
    },
    commit(own, earlier) {
      committed = own
      earlierCommitted = earlierCommitted || earlier
      dirty = true
      start()
    },
    async close() {
      if (retry !== null) clearTimeout(retry)
      retry = null
      if (dirty) start()
      closed = true
      while (writing !== null) await writing
      database?.close()
      database = null
      listeners.clear()
    },
  }
}

function sameDevice(a: Device, b: Device): boolean {
  return a.status === b.status && (a.status !== 'failing' || b.status !== 'failing' || a.reason === b.reason)
}

function causeOf(error: unknown): DeviceTrouble {
  switch (error instanceof Error ? error.name : '') {
    case 'QuotaExceededError':
      return 'full'
    case 'SecurityError':
    case 'InvalidStateError':
    case 'ReferenceError':
      return 'forbidden'
    default:
      return 'failed'
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
