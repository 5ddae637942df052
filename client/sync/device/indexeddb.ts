import { type DBSchema, deleteDB, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb'
import { uuidv4 } from 'lib0/random'
import type { MergeBase } from '../mergebase.ts'
import type { Database, DatabaseEvents, Databases, Found, Within, Work, Written } from './database.ts'
import type { Passage } from './log.ts'
import { isWaiting, reportEntries, type Visit } from './unsaved.ts'

interface Stores extends DBSchema {
  updates: { key: number; value: Uint8Array }
  visits: { key: string; value: Visit }
  facts: { key: string; value: unknown }
  log: { key: number; value: Passage }
}

const stores: ('updates' | 'visits' | 'facts' | 'log')[] = ['updates', 'visits', 'facts', 'log']

export const indexedDatabases: Databases = { open, remove: deleteDB }

/** `newId` makes the unique mark of a new database. */
async function open(name: string, events: DatabaseEvents, newId = uuidv4): Promise<Database> {
  const database = await openDB<Stores>(name, 2, {
    ...events,
    upgrade(database, before, _version, transaction) {
      for (const store of stores) {
        if (database.objectStoreNames.contains(store)) continue
        database.createObjectStore(store, { autoIncrement: store === 'updates' || store === 'log' })
      }
      // A failure here fails the opening, too.
      const facts = transaction.objectStore('facts')
      if (before === 0) facts.put(newId(), 'born').catch(() => {})
    },
  }).catch((error) => {
    // A later build may have raised the version. What it wrote is told by its epoch, not by this number.
    if (error instanceof Error && error.name === 'VersionError') return openDB<Stores>(name, undefined, events)
    throw error
  })
  return {
    birth: () => database.get('facts', 'born'),
    read: (known) => read(database, known),
    write: (work, within) => write(database, work, within),
    close: () => database.close(),
  }
}

async function read(database: IDBPDatabase<Stores>, known: ReadonlySet<number> | null): Promise<Found> {
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
    visits: names.flatMap((name, index) => (entries[index] ? [[name, entries[index]] as const] : [])),
    base: (base ?? null) as MergeBase | null,
    log: passages.map((passage, index) => ({ passage, key: logKeys[index] })),
  }
}

type Transaction = IDBPTransaction<Stores, typeof stores, 'readwrite'>

async function write(database: IDBPDatabase<Stores>, work: Work, within: Within): Promise<Written> {
  const transaction = database.transaction(stores, 'readwrite', { durability: work.durability })
  try {
    return await within(writeIn(transaction, work))
  } catch (error) {
    // A request that fails because its transaction has ended does not say why it ended.
    const cause = transaction.error ?? error
    try {
      transaction.abort()
    } catch {
      // It has already ended.
    }
    throw cause
  }
}

async function writeIn(transaction: Transaction, work: Work): Promise<Written> {
  const updates = transaction.objectStore('updates')
  const visits = transaction.objectStore('visits')
  const facts = transaction.objectStore('facts')
  const log = transaction.objectStore('log')
  // A failed request ends the transaction, which reports it.
  transaction.done.catch(() => {})
  const adding = each(work.fresh, (update) => updates.add(update))
  const logging = each(work.logged, ({ passage, key }) =>
    key === undefined ? log.add(passage) : log.put(passage, key),
  )
  each(work.folded, (key) => updates.delete(key))
  each(work.dropped, async ({ key }) => key !== undefined && log.delete(key))

  const epoch = Number((await facts.get('epoch')) ?? 0)
  // Never lowered, so that whoever opens the copy knows that it contains something newer.
  if (epoch < work.epoch) await facts.put(work.epoch, 'epoch')
  const before = new Map<string, Visit>()
  for (const key of [work.visit, ...work.restored.keys(), ...work.covered.keys(), ...work.settled]) {
    const entry = await visits.get(key)
    if (entry) before.set(key, entry)
  }
  const after = new Map(before)
  reportEntries(after, work.visit, work)
  for (const [key, entry] of after) if (entry !== before.get(key)) await visits.put(entry, key)
  for (const key of before.keys()) if (!after.has(key)) await visits.delete(key)
  if (work.base !== null) {
    const stored = (await facts.get('base')) as MergeBase | undefined
    if (stored === undefined || stored.heard < work.base.heard) await facts.put(work.base, 'base')
  }
  if (!(await visits.getAll()).some(isWaiting)) await facts.delete('base')
  await transaction.done
  const [was, own] = [before.get(work.visit), after.get(work.visit)]
  const news = work.covered.size > 0 || was?.made !== own?.made || was?.committed !== own?.committed
  return { keys: await adding, logKeys: await logging, own, epoch, news }
}

/** Makes all requests before any is answered. */
function each<Item, Answer>(items: readonly Item[], ask: (item: Item) => Promise<Answer>): Promise<Answer[]> {
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
