import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb'
import { uuidv4 } from 'lib0/random'
import { EPOCH } from '../../shared/document/schema.ts'
import type { KeptBase } from './base.ts'
import type { Line, Passage, Unwritten } from './log.ts'
import type { Untold, Visit } from './tally.ts'

export interface Rows extends DBSchema {
  updates: { key: number; value: Uint8Array }
  visits: { key: string; value: Visit }
  facts: { key: string; value: unknown }
  log: { key: number; value: Passage }
}

export const stores: ('updates' | 'visits' | 'facts' | 'log')[] = ['updates', 'visits', 'facts', 'log']

/** `drop` is called when the connection is of no more use; `lost` instead when that is the browser's doing. */
export async function openRows(name: string, drop: () => void, lost = drop): Promise<IDBPDatabase<Rows>> {
  const callbacks = { blocking: drop, terminated: lost }
  try {
    return await openDB<Rows>(name, 2, {
      ...callbacks,
      upgrade(database, before, _version, transaction) {
        for (const store of stores) {
          if (database.objectStoreNames.contains(store)) continue
          database.createObjectStore(store, { autoIncrement: store === 'updates' || store === 'log' })
        }
        // What fails here fails the opening.
        const facts = transaction.objectStore('facts')
        if (before === 0) facts.put(uuidv4(), born).catch(() => {})
      },
    })
  } catch (error) {
    // A later build may have added to it. What it wrote is told by its epoch, not by this number.
    if (error instanceof Error && error.name === 'VersionError') return openDB<Rows>(name, undefined, callbacks)
    throw error
  }
}

/** By this a copy is told from another of its name: browsers delete one, and the next opening makes a new one. */
const born = 'born'

/** Undefined for one that an earlier release has made. */
export function birthOf(database: IDBPDatabase<Rows>): Promise<unknown> {
  return database.get('facts', born)
}

export interface Found {
  readonly epoch: number
  readonly keys: ReadonlySet<number>
  /** Rows that are not among the known ones. */
  readonly fresh: ReadonlyMap<number, Uint8Array>
  readonly entries: readonly (readonly [string, Visit])[]
  readonly base: KeptBase | null
  readonly log: readonly Line[]
}

/** Rows and the counts that go with them, as they stood at one moment. `known`: null to read everything. */
export async function readRows(database: IDBPDatabase<Rows>, known: ReadonlySet<number> | null): Promise<Found> {
  const reading = database.transaction(stores)
  const updates = reading.objectStore('updates')
  const visits = reading.objectStore('visits')
  const facts = reading.objectStore('facts')
  const log = reading.objectStore('log')
  const [keys, names, entries, epoch] = await Promise.all([
    updates.getAllKeys(),
    visits.getAllKeys(),
    visits.getAll(),
    facts.get('epoch'),
  ])
  const wanted = known === null ? keys : keys.filter((key) => !known.has(key))
  const [found, base, logKeys, passages] = await Promise.all([
    known === null ? updates.getAll() : Promise.all(wanted.map((key) => updates.get(key))),
    known === null ? facts.get('base') : null,
    known === null ? log.getAllKeys() : [],
    known === null ? log.getAll() : [],
  ])
  const fresh = new Map<number, Uint8Array>()
  for (const [index, key] of wanted.entries()) {
    const update = found[index]
    if (update !== undefined) fresh.set(key, update)
  }
  return {
    epoch: typeof epoch === 'number' ? epoch : 0,
    keys: new Set(keys),
    fresh,
    entries: names.flatMap((name, index) => (entries[index] ? [[name, entries[index]] as const] : [])),
    base: (base ?? null) as KeptBase | null,
    log: passages.map((passage, index) => ({ passage, key: logKeys[index], own: false })),
  }
}

export type Writing = IDBPTransaction<Rows, typeof stores, 'readwrite'>

/** All or nothing. `news`: whether there is something in it for other tabs. */
export async function writeRows(
  transaction: Writing,
  work: Untold &
    Unwritten & {
      readonly visit: string
      readonly fresh: readonly Uint8Array[]
      readonly folded: readonly number[]
      readonly base: KeptBase | null
    },
): Promise<{ keys: number[]; logKeys: number[]; own: Visit | undefined; epoch: number; news: boolean }> {
  const updates = transaction.objectStore('updates')
  const visits = transaction.objectStore('visits')
  const facts = transaction.objectStore('facts')
  const log = transaction.objectStore('log')
  // What fails ends the transaction, and is told by it.
  transaction.done.catch(() => {})
  const each = <Item, Answer>(items: readonly Item[], ask: (item: Item) => Promise<Answer>): Promise<Answer[]> => {
    const requests: Promise<Answer>[] = []
    try {
      for (const item of items) requests.push(ask(item))
    } finally {
      for (const request of requests) request.catch(() => {})
    }
    const answers = Promise.all(requests)
    answers.catch(() => {})
    return answers
  }
  const adding = each(work.fresh, (update) => updates.add(update))
  const logging = each(work.logged, ({ passage, key }) =>
    key === undefined ? log.add(passage) : log.put(passage, key),
  )
  each(work.folded, (key) => updates.delete(key))
  each(work.dropped, async ({ key }) => key !== undefined && log.delete(key))

  const epoch = Number((await facts.get('epoch')) ?? 0)
  // Never lowered: whoever opens the copy is to know that there is something newer in it.
  if (epoch < EPOCH) await facts.put(EPOCH, 'epoch')
  const before = await visits.get(work.visit)
  const committed = Math.max(work.own.committed, before?.committed ?? 0)
  const own = work.own.made > 0 ? { ...work.own, committed } : undefined
  if (own !== undefined) await visits.put(own, work.visit)
  // What another tab has written of itself is newer.
  for (const [key, seen] of work.restored) if ((await visits.getKey(key)) === undefined) await visits.put(seen, key)
  for (const [key, edits] of work.covered) {
    const seen = await visits.get(key)
    if (seen) await visits.put({ ...seen, committed: Math.max(seen.committed, Math.min(seen.made, edits)) }, key)
  }
  for (const key of work.settled) {
    const seen = await visits.get(key)
    if (seen && seen.made <= seen.committed) await visits.delete(key)
  }
  if (work.base !== null) {
    const kept = (await facts.get('base')) as KeptBase | undefined
    if (kept === undefined || kept.heard < work.base.heard) await facts.put(work.base, 'base')
  }
  if ((await visits.getAll()).every((seen) => seen.made <= seen.committed)) await facts.delete('base')
  await transaction.done
  const news = work.covered.size > 0 || before?.made !== own?.made || before?.committed !== own?.committed
  return { keys: await adding, logKeys: await logging, own, epoch, news }
}

/** What a write that failed had asked for is not to be done after all: it is written again, as a whole. */
export function abort(transaction: Writing) {
  try {
    transaction.abort()
  } catch {
    // It has ended by itself.
  }
}
