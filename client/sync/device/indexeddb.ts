import { uuidv4 } from 'lib0/random'
import { EPOCH } from '../../../shared/document/schema.ts'
import type { KeptBase } from '../base.ts'
import type { Database, DatabaseEvents, Databases, Found, Within, Work, Written } from './database.ts'
import type { Passage } from './log.ts'
import { answerOf, answersOf, endOf } from './request.ts'
import { isWaiting, tellEntries, type Visit } from './unsaved.ts'

/** Updates and the log have keys that count up, visits those of tabs, facts `born`, `epoch` and `base`. */
const stores = ['updates', 'visits', 'facts', 'log']

export const indexedDatabases: Databases = {
  open,
  async remove(name) {
    await answerOf(indexedDB.deleteDatabase(name))
  },
}

/** `mint` makes the mark of a new database. */
async function open(name: string, events: DatabaseEvents, mint = uuidv4): Promise<Database> {
  const database = await connect(name, 2, mint).catch((error) => {
    // A later build may have added to it. What it wrote is told by its epoch, not by this number.
    if (error instanceof Error && error.name === 'VersionError') return connect(name, undefined, mint)
    throw error
  })
  database.addEventListener('versionchange', events.blocking)
  database.addEventListener('close', events.terminated)
  return {
    birth: async () => answerOf(database.transaction('facts').objectStore('facts').get('born')),
    read: (known) => read(database, known),
    write: (work, within) => write(database, work, within),
    close: () => database.close(),
  }
}

async function connect(name: string, version: number | undefined, mint: () => string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, version)
  request.addEventListener('upgradeneeded', ({ oldVersion }) => {
    const { result: database, transaction } = request
    for (const store of stores) {
      if (database.objectStoreNames.contains(store)) continue
      database.createObjectStore(store, { autoIncrement: store === 'updates' || store === 'log' })
    }
    // What fails here fails the opening.
    if (oldVersion === 0) transaction?.objectStore('facts').put(mint(), 'born')
  })
  return answerOf(request)
}

async function read(database: IDBDatabase, known: ReadonlySet<number> | null): Promise<Found> {
  const reading = database.transaction(stores)
  const updates = reading.objectStore('updates')
  const visits = reading.objectStore('visits')
  const facts = reading.objectStore('facts')
  const log = reading.objectStore('log')
  const all = async <Value>(store: IDBObjectStore): Promise<readonly (readonly [IDBValidKey, Value])[]> => {
    const [keys, values] = await Promise.all([answerOf(store.getAllKeys()), answerOf<Value[]>(store.getAll())])
    return keys.flatMap((key, index) => (index in values ? [[key, values[index] as Value] as const] : []))
  }
  const fresh = async (): Promise<readonly [readonly number[], ReadonlyMap<number, Uint8Array>]> => {
    const keys = (await answerOf(updates.getAllKeys())) as number[]
    const wanted = known === null ? keys : keys.filter((key) => !known.has(key))
    const found: (Uint8Array | undefined)[] = await (known === null
      ? answerOf(updates.getAll())
      : Promise.all(wanted.map((key) => answerOf(updates.get(key)))))
    return [keys, new Map(wanted.flatMap((key, index) => (found[index] ? [[key, found[index]]] : [])))]
  }
  const [[keys, rows], entries, epoch, base, lines] = await Promise.all([
    fresh(),
    all<Visit>(visits),
    answerOf<unknown>(facts.get('epoch')),
    known === null ? answerOf<KeptBase | undefined>(facts.get('base')) : null,
    known === null ? all<Passage>(log) : [],
  ])
  return {
    epoch: typeof epoch === 'number' ? epoch : 0,
    keys: new Set(keys),
    fresh: rows,
    visits: entries as readonly (readonly [string, Visit])[],
    base: base ?? null,
    log: lines.map(([key, passage]) => ({ key: key as number, passage })),
  }
}

async function write(database: IDBDatabase, work: Work, within: Within): Promise<Written> {
  const transaction = database.transaction(stores, 'readwrite', { durability: work.durability })
  try {
    return await within(writeIn(transaction, work))
  } catch (error) {
    // A request that fails because its transaction has ended does not say why that has.
    const cause = transaction.error ?? error
    try {
      transaction.abort()
    } catch {
      // It has ended by itself.
    }
    throw cause
  }
}

async function writeIn(transaction: IDBTransaction, work: Work): Promise<Written> {
  const updates = transaction.objectStore('updates')
  const visits = transaction.objectStore('visits')
  const facts = transaction.objectStore('facts')
  const log = transaction.objectStore('log')
  const end = endOf(transaction)
  // What fails ends the transaction, and is told by it.
  end.catch(() => {})
  const adding = answersOf(work.fresh, (update) => updates.add(update))
  const logging = answersOf(work.logged, ({ passage, key }) =>
    key === undefined ? log.add(passage) : log.put(passage, key),
  )
  answersOf(work.folded, (key) => updates.delete(key))
  answersOf(
    work.dropped.flatMap(({ key }) => key ?? []),
    (key) => log.delete(key),
  )

  const epoch = Number((await answerOf<unknown>(facts.get('epoch'))) ?? 0)
  // Never lowered: whoever opens the copy is to know that there is something newer in it.
  if (epoch < EPOCH) await answerOf(facts.put(EPOCH, 'epoch'))
  const before = new Map<string, Visit>()
  for (const key of [work.visit, ...work.restored.keys(), ...work.covered.keys(), ...work.settled]) {
    const entry = await answerOf<Visit | undefined>(visits.get(key))
    if (entry) before.set(key, entry)
  }
  const after = new Map(before)
  tellEntries(after, work.visit, work)
  for (const [key, entry] of after) if (entry !== before.get(key)) await answerOf(visits.put(entry, key))
  for (const key of before.keys()) if (!after.has(key)) await answerOf(visits.delete(key))
  if (work.base !== null) {
    const kept = await answerOf<KeptBase | undefined>(facts.get('base'))
    if (kept === undefined || kept.heard < work.base.heard) await answerOf(facts.put(work.base, 'base'))
  }
  if (!(await answerOf<Visit[]>(visits.getAll())).some(isWaiting)) await answerOf(facts.delete('base'))
  await end
  const [was, own] = [before.get(work.visit), after.get(work.visit)]
  const news = work.covered.size > 0 || was?.made !== own?.made || was?.committed !== own?.committed
  return { keys: (await adding) as number[], logKeys: (await logging) as number[], own, epoch, news }
}
