import type { Database, Databases, Work } from '../../client/sync/device/database.ts'
import type { LogEntry, Passage } from '../../client/sync/device/log.ts'

/**
 * What every kind of database does for the copy on a device. A case answers with plain values, so that it can be run in a
 * page of a real browser as well; `name` is of a database that is its own.
 */
export interface DatabaseCase {
  readonly title: string
  run(databases: Databases, name: string): Promise<unknown>
  readonly answer: unknown
}

const epoch = 3

const nothing: Work = {
  visit: 'a',
  epoch,
  own: { made: 0, committed: 0 },
  covered: new Map(),
  settled: [],
  restored: new Map(),
  fresh: [],
  folded: [],
  base: null,
  logged: [],
  dropped: [],
  durability: 'default',
}

const bytes = (...numbers: readonly number[]) => Uint8Array.from(numbers)
const base = (heard: number) => ({ state: bytes(heard), since: heard, heard })
const line = (passage: Passage, key?: number): LogEntry => ({ first: passage, passage, key, own: true, written: false })
const lost = (at: number): Passage => ({ at, type: 'lost' })

async function opened(databases: Databases, name: string, blocking = () => {}): Promise<Database> {
  return databases.open(name, { blocking, terminated: () => {} })
}

const write = (database: Database, work: Partial<Work>) => database.write({ ...nothing, ...work }, (done) => done)

async function all(database: Database) {
  const { epoch, keys, fresh, visits, base, log } = await database.read(null)
  return {
    epoch,
    keys: keys.size,
    updates: [...fresh.values()].map((update) => [...update]),
    visits,
    heard: base?.heard ?? null,
    log: log.map(({ passage }) => passage.at),
  }
}

const empty = { epoch: 0, keys: 0, updates: [], visits: [], heard: null, log: [] }

export const databaseCases: readonly DatabaseCase[] = [
  {
    title: 'a new database is empty, and has a mark by which everybody knows it',
    async run(databases, name) {
      const [one, other] = [await opened(databases, name), await opened(databases, name)]
      const [first, second] = [await one.birth(), await other.birth()]
      return [typeof first, first === second, await all(one)]
    },
    answer: ['string', true, empty],
  },
  {
    title:
      'what is written is there for another connection, rows that are known are not read again, and an epoch stays',
    async run(databases, name) {
      const one = await opened(databases, name)
      const { keys, epoch: before } = await write(one, {
        fresh: [bytes(1), bytes(2)],
        logged: [line(lost(7))],
        base: base(1),
      })
      const other = await opened(databases, name)
      const { fresh, keys: found, base: kept, log } = await other.read(new Set(keys.slice(0, 1)))
      const again = await write(other, { epoch: epoch - 1 })
      return [
        before,
        await all(other),
        [...fresh].map(([key, update]) => [key === keys[1], ...update]),
        found.size,
        kept,
        log,
        again.epoch,
      ]
    },
    answer: [0, { ...empty, epoch, keys: 2, updates: [[1], [2]], log: [7] }, [[true, 2]], 2, null, [], epoch],
  },
  {
    title: 'a write that takes too long is undone as a whole, and says why',
    async run(databases, name) {
      const database = await opened(databases, name)
      await write(database, { fresh: [bytes(1)], own: { made: 1, committed: 0 } })
      const late = <Answer>(work: Promise<Answer>): Promise<Answer> => {
        work.catch(() => {})
        return Promise.reject(new DOMException('Late', 'TimeoutError'))
      }
      const work = { ...nothing, fresh: [bytes(2)], own: { made: 2, committed: 0 }, logged: [line(lost(1))] }
      const said = await database.write(work, late).catch(({ name }) => name)
      return [said, await all(database)]
    },
    answer: ['TimeoutError', { ...empty, epoch, keys: 1, updates: [[1]], visits: [['a', { made: 1, committed: 0 }]] }],
  },
  {
    title: 'rows that are folded go with the row that takes their place',
    async run(databases, name) {
      const database = await opened(databases, name)
      const { keys } = await write(database, { fresh: [bytes(1), bytes(2), bytes(3)] })
      await write(database, { fresh: [bytes(9)], folded: keys.slice(0, 2) })
      return (await all(database)).updates
    },
    answer: [[3], [9]],
  },
  {
    title: 'each tab has an entry, which others raise no further than it goes, and which stays while something waits',
    async run(databases, name) {
      const database = await opened(databases, name)
      const first = await write(database, { visit: 'b', own: { made: 3, committed: 1, begun: [[5, 2]] } })
      await write(database, { visit: 'c', own: { made: 2, committed: 2 } })
      const covering = await write(database, {
        own: { made: 1, committed: 0 },
        covered: new Map([['b', 9]]),
        settled: ['b', 'c'],
        restored: new Map([
          ['c', { made: 9, committed: 0 }],
          ['gone', { made: 4, committed: 3 }],
        ]),
      })
      const same = await write(database, { own: { made: 1, committed: 0 } })
      return [first.own, [first, covering, same].map(({ news }) => news), (await all(database)).visits]
    },
    answer: [
      { made: 3, committed: 1, begun: [[5, 2]] },
      [true, true, false],
      [
        ['a', { made: 1, committed: 0 }],
        ['gone', { made: 4, committed: 3 }],
      ],
    ],
  },
  {
    title: 'another tab’s word on what of ours is committed is not taken back by what we say of it',
    async run(databases, name) {
      const database = await opened(databases, name)
      await write(database, { own: { made: 2, committed: 0 } })
      await write(database, { visit: 'b', covered: new Map([['a', 2]]) })
      const { own } = await write(database, { own: { made: 3, committed: 0 } })
      return own
    },
    answer: { made: 3, committed: 2 },
  },
  {
    title: 'a base stays unless one comes that has heard more, and goes when nothing waits',
    async run(databases, name) {
      const database = await opened(databases, name)
      const waiting = { made: 1, committed: 0 }
      const heard: unknown[] = []
      for (const one of [5, 3, 8]) {
        await write(database, { own: waiting, base: base(one) })
        heard.push((await all(database)).heard)
      }
      await write(database, { own: { made: 1, committed: 1 } })
      return [...heard, (await all(database)).heard]
    },
    answer: [5, 5, 8, null],
  },
  {
    title: 'a line of the log keeps its row when more is added to it, and those that are dropped go',
    async run(databases, name) {
      const database = await opened(databases, name)
      const { logKeys } = await write(database, { logged: [line(lost(1)), line(lost(2)), line(lost(3))] })
      await write(database, {
        logged: [line(lost(5), logKeys[1])],
        dropped: [line(lost(1), logKeys[0]), line(lost(0))],
      })
      return (await all(database)).log
    },
    answer: [5, 3],
  },
  {
    title: 'a database is removed once nobody has it open, and the next of its name is another',
    async run(databases, name) {
      let asked = 0
      const database: Database = await opened(databases, name, () => {
        asked += 1
        database.close()
      })
      await write(database, { fresh: [bytes(1)] })
      const before = await database.birth()
      await databases.remove(name)
      const after = await opened(databases, name)
      return [asked, before === (await after.birth()), await all(after)]
    },
    answer: [1, false, empty],
  },
  {
    title: 'a connection that is closed reads and writes nothing',
    async run(databases, name) {
      const database = await opened(databases, name)
      database.close()
      const failures = [database.read(null), write(database, { fresh: [bytes(1)] }), database.birth()]
      const said = await Promise.all(
        failures.map((one) =>
          one.then(
            () => '',
            (error) => error.name,
          ),
        ),
      )
      return [said, await all(await opened(databases, name))]
    },
    answer: [['InvalidStateError', 'InvalidStateError', 'InvalidStateError'], empty],
  },
]
