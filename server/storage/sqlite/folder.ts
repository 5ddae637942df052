import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, linkSync, openSync, readFileSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { Database } from './database.ts'
import { openDatabase } from './database.ts'
import { schemaVersion } from './schema.ts'

/** The files of a data folder, and whether they are all there. */

export function sqliteFile(folder: string): string {
  return join(folder, 'parley.sqlite')
}
const walFile = (folder: string) => `${sqliteFile(folder)}-wal`
const markFile = (folder: string) => join(folder, 'parley.mark')
const lapsesFile = (folder: string) => join(folder, 'parley.lapses')
/** What tells a folder that has served before from a new one. */
const traces = ['parley.sqlite', 'parley.sqlite-wal', 'parley.mark', 'serving.sqlite']

export function tracesIn(folder: string): readonly string[] {
  return traces.filter((name) => existsSync(join(folder, name)))
}

/** The folder must not be served. The message goes on a sentence that began with the folder's name. */
export class Unfit extends Error {
  override name = 'Unfit'
}

/** Why a data folder cannot be used, in one sentence or a few. */
export function unusable(folder: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error)
  return `PARLEY_DATA is "${folder}", but ${error instanceof Unfit ? '' : 'it cannot be used: '}${why}.`
}

const lookAndRestore =
  'Nothing was changed. "npx parley verify FOLDER" says what is damaged, and "npx parley restore FILE" restores a backup into a new folder'

/**
 * Throws when this folder must not be served, or would come up without what it once held. Changes nothing. With
 * `thorough` every page is read as well: about a second for a gigabyte.
 */
export function examine(folder: string, { thorough = false } = {}): void {
  const found = tracesIn(folder)
  if (found.length === 0) return
  const file = sqliteFile(folder)
  // Read before the database: others may write both meanwhile.
  const mark = readMark(folder)
  if (!existsSync(file)) {
    throw new Unfit(
      `parley.sqlite is missing, though ${found.join(' and ')} shows that the folder has held data. Nothing was changed. Put it back, or restore a backup into a new folder with "npx parley restore FILE"`,
    )
  }
  const size = statSync(file).size
  if (size === 0) throw new Unfit(`parley.sqlite is empty. ${lookAndRestore}`)
  const hasLog = existsSync(walFile(folder))
  const counts = inspectDatabase(file, thorough)
  if (mark === null) return
  // A meeting was deleted, and the process ended before it could note what is left.
  if ((counts[deletions] ?? 0) > (mark.counts[deletions] ?? 0)) return
  if (mark.counts.every((count, at) => count <= (counts[at] ?? 0))) return
  const lost = hasLog
    ? 'its database is older than what this folder has stored: parley.sqlite or parley.sqlite-wal was replaced, cut or emptied'
    : 'parley.sqlite-wal is missing, and what was stored last was in it'
  throw new Unfit(
    `${lost}. Nothing was changed. Put the right file back, or restore a backup into a new folder with "npx parley restore FILE"; to go on without what is lost, remove parley.mark`,
  )
}

/** Reads without changing anything: a connection that only reads leaves the write-ahead log as it is. */
function inspectDatabase(file: string, thorough: boolean): readonly number[] {
  let db: DatabaseSync | null = null
  try {
    if (!isSqlite(file)) throw new Unfit(`parley.sqlite is not a database. ${lookAndRestore}`)
    db = openToRead(file)
    const version = versionOf(db)
    if (version > schemaVersion) throw newer(version)
    const known = db.prepare(`SELECT count(*) AS count FROM sqlite_schema WHERE name IN ('meetings', 'updates')`).get()
    if (version === 0 || Number(known?.count) !== 2) {
      throw new Unfit(`parley.sqlite is the database of another program. ${lookAndRestore}`)
    }
    if (thorough) {
      const found = String(db.prepare('PRAGMA quick_check(1)').get()?.quick_check)
      if (found !== 'ok') throw new Unfit(`its database is damaged (${oneLine(found)}). ${lookAndRestore}`)
    }
    return countsOf((sql) => db?.prepare(sql).get(), countingSql(version))
  } catch (error) {
    if (error instanceof Unfit || !/database|malformed|file is/i.test(String(error))) throw error
    const { errcode } = error as { errcode?: number }
    if (errcode !== undefined && [5, 6].includes(errcode & 255)) throw error
    throw new Unfit(`its database is damaged (${(error as Error).message}). ${lookAndRestore}`)
  } finally {
    db?.close()
  }
}

/** Without a log beside it the file is all there is: then it is read as it stands, or reading would make an empty log. */
export function openToRead(file: string): DatabaseSync {
  const address = pathToFileURL(file)
  if (!existsSync(`${file}-wal`)) address.searchParams.set('immutable', '1')
  return new DatabaseSync(address, { readOnly: true, timeout: 5000 })
}

export function isSqlite(file: string): boolean {
  const fd = openSync(file, 'r')
  try {
    const head = Buffer.alloc(16)
    readSync(fd, head, 0, 16, 0)
    return head.toString('latin1') === 'SQLite format 3\0'
  } finally {
    closeSync(fd)
  }
}

export function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version)
}

export function newer(version: number): Unfit {
  return new Unfit(
    `the data is of a newer version of Parley (${version}, this one reads up to ${schemaVersion}). Nothing was changed: install that version again`,
  )
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 120)
}

/** Creates the database aside, so that it is never there half made; another process may be quicker. */
export function create(folder: string): void {
  if (existsSync(sqliteFile(folder))) return
  const part = `${sqliteFile(folder)}.${process.pid}.new`
  rmSync(part, { force: true })
  openDatabase(part).close()
  try {
    linkSync(part, sqliteFile(folder))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(part)
  }
}

/**
 * What was stored, noted outside the database: SQLite cannot tell that its write-ahead log is gone, cut or an older one.
 * It is written after each commit without waiting for the disk, so it may be late but is never ahead.
 */
interface Mark {
  /** In the order of `counted`, as of the last commit. Nothing but a deletion of ours lowers them. */
  readonly counts: readonly number[]
}

/** Each with the schema version since when there is such a table. Found by an index, but for the last two. */
const counted: readonly { readonly since: number; readonly sql: string }[] = [
  { since: 1, sql: 'SELECT max(row) FROM updates' },
  { since: 1, sql: 'SELECT max(key) FROM documents' },
  { since: 1, sql: 'SELECT max(rowid) FROM people' },
  { since: 1, sql: 'SELECT max(rowid) FROM invitations' },
  { since: 2, sql: 'SELECT max(rowid) FROM versions' },
  { since: 2, sql: 'SELECT max(rowid) FROM calendars' },
  { since: 1, sql: 'SELECT count(revoked_at) FROM invitations' },
  { since: 6, sql: 'SELECT count(*) FROM deleted' },
]
const [revoked, deletions] = [counted.length - 2, counted.length - 1]

/** All counts in one query of a database of this schema version, or with zero in place of the one at `except`. */
function countingSql(version: number, except?: number): string {
  const columns = counted.map(({ since, sql }, at) => (version < since || at === except ? '0' : `(${sql})`))
  return `SELECT json_array(${columns.map((one) => `coalesce(${one}, 0)`).join(', ')}) AS counts`
}
const countAll = countingSql(schemaVersion)
/** Counting takes time, and revoking is rare. */
const countAllButRevoked = countingSql(schemaVersion, revoked)

function countsOf(one: (sql: string) => Record<string, unknown> | undefined, sql = countAll): number[] {
  return JSON.parse(String(one(sql)?.counts)) as number[]
}

/** Null when there is none, or none that can be read: then nothing is known. */
function readMark(folder: string): Mark | null {
  try {
    const { counts } = JSON.parse(readFileSync(markFile(folder), 'utf8')) as Partial<Mark>
    return Array.isArray(counts) ? { counts: counts.map(Number) } : null
  } catch {
    return null
  }
}

/** Keeps the mark of an open database. */
export function keepMark(
  folder: string,
  { one }: Pick<Database, 'one'>,
): { note(lapsed: boolean): void; close(): void } {
  const fd = openShared(markFile(folder))
  let counts = countsOf(one)
  const write = () => {
    try {
      // Always as long: one write replaces all of the earlier one.
      writeSync(fd, `${JSON.stringify({ counts } satisfies Mark).padEnd(254)}\n`, 0)
    } catch {
      // On a full or failing disk the earlier mark stays, which is only less than is known.
    }
  }
  write()
  return {
    note(lapsed) {
      counts = lapsed ? countsOf(one) : countsOf(one, countAllButRevoked).with(revoked, counts[revoked] ?? 0)
      write()
    },
    close: () => closeSync(fd),
  }
}

/** Tells whether a session may have lapsed since it was asked last. */
export interface Lapses {
  note(): void
  /** Differs from the last answer when `note` was called meanwhile. */
  stamp(): string
}

/** For the only process that has it open. */
export function countLapses({ onWrite }: Pick<Database, 'onWrite'>): Pick<Lapses, 'stamp'> {
  let count = 0
  onWrite((lapsed) => {
    if (lapsed) count += 1
  })
  return { stamp: () => String(count) }
}

/**
 * For all processes that have the folder open, by a file that differs after each: asked with every frame, the database
 * itself would take several times as long. Overwritten in place, so a full disk is no hindrance.
 */
export function shareLapses(folder: string): Lapses & { close(): void } {
  const fd = openShared(lapsesFile(folder))
  const bytes = Buffer.alloc(8)
  return {
    note: () => void writeSync(fd, randomBytes(bytes.length), 0, bytes.length, 0),
    stamp() {
      readSync(fd, bytes, 0, bytes.length, 0)
      return bytes.toString('latin1')
    },
    close: () => closeSync(fd),
  }
}

function openShared(file: string): number {
  return openSync(file, existsSync(file) ? 'r+' : 'w+', 0o600)
}
