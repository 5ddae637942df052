import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import * as Y from 'yjs'

/** Whether this device keeps a copy. `failing` is shown to the person: what is typed may be only in this tab. */
export type Device =
  | { readonly status: 'opening' }
  | { readonly status: 'stored' }
  | { readonly status: 'failing'; readonly reason: string }

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
interface Visit {
  readonly made: number
  readonly committed: number
}

interface Rows extends DBSchema {
  updates: { key: number; value: Uint8Array }
  visits: { key: string; value: Visit }
}

/**
 * Opens the copy called `name` and applies it to `doc` with `origin`; `found` hears of edits of earlier visits and of
 * other tabs that no echo had covered. Writes follow each other, and what comes in during one goes into the next. What
 * fails is said, and tried again over a fresh connection (Safari loses them) with nothing dropped.
 */
export function openDevice(options: {
  name: string
  doc: Y.Doc
  origin: unknown
  visit: string
  found: (edits: number) => void
}): DeviceCopy {
  const { name, doc, origin, visit } = options
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
      if (failures > 0 || closed) become({ status: 'failing', reason: reasonOf(error) })
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
      if (own) made += 1
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

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
