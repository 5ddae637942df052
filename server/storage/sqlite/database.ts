import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { migrate } from './schema.ts'

/** One open database. Statements are prepared once each, by their text. */
export interface Database {
  run(sql: string, ...values: SQLInputValue[]): ReturnType<StatementSync['run']>
  one(sql: string, ...values: SQLInputValue[]): Row | undefined
  all(sql: string, ...values: SQLInputValue[]): Row[]
  prepare(sql: string): StatementSync
  /** Does all of `work` or, when it throws, nothing. */
  transaction<T>(work: () => T): T
  /** Reads the same state in all of `work`, whatever other processes commit meanwhile. */
  snapshot<T>(work: () => T): T
  /** Calls `told` after each commit, and says whether `lapsed` was called before. */
  onWrite(told: (lapsed: boolean) => void): void
  /** To be called when a session may lapse by what is being written. */
  lapsed(): void
  close(): void
}

export type Row = Record<string, unknown>

/**
 * A commit is one fsync of the write-ahead log, on the thread that asks for it: a fraction of a millisecond on a solid-state
 * disk, and one for all rooms together.
 */
export function openDatabase(path: string): Database {
  const db = new DatabaseSync(path, { timeout: 5000 })
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF')
    migrate(db)
    // From here on SQLite must not wait: it would stop every room. Whoever finds the database locked tries again.
    db.exec('PRAGMA busy_timeout = 0')
  } catch (error) {
    db.close()
    throw error
  }

  const statements = new Map<string, StatementSync>()
  const prepare = (sql: string) => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const made = db.prepare(sql)
    statements.set(sql, made)
    return made
  }
  let wrote = (_lapsed: boolean) => {}
  let lapsing = false
  const run = (sql: string, ...values: SQLInputValue[]) => {
    const result = prepare(sql).run(...values)
    if (db.isTransaction) return result
    const lapsed = lapsing
    lapsing = false
    wrote(lapsed)
    return result
  }
  const one = (sql: string, ...values: SQLInputValue[]) => prepare(sql).get(...values)

  return {
    run,
    one,
    all: (sql, ...values) => prepare(sql).all(...values),
    prepare,
    transaction(work) {
      run('BEGIN IMMEDIATE')
      try {
        const result = work()
        run('COMMIT')
        return result
      } catch (error) {
        // A failed COMMIT may have rolled back already.
        if (db.isTransaction) run('ROLLBACK')
        throw error
      }
    },
    snapshot(work) {
      db.exec('BEGIN')
      try {
        return work()
      } finally {
        db.exec('COMMIT')
      }
    },
    onWrite(told) {
      wrote = told
    },
    lapsed() {
      lapsing = true
    },
    close: () => db.close(),
  }
}
