import { createHash, type Hash } from 'node:crypto'
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'

/** What a database holds, by hashes of its rows: the same for the same rows, wherever in the file they are. */
export interface Content {
  readonly documents: readonly DocumentContent[]
  /** The other tables, and the statements that make all of them. */
  readonly tables: Readonly<Record<string, { readonly rows: number; readonly hash: string }>>
}

/** A document with its log. */
export interface DocumentContent {
  readonly key: number
  readonly meeting: string
  readonly name: string
  readonly updates: number
  readonly hash: string
}

/** The table in which a backup says what it holds. */
export const manifestTable = 'backup'

/** Throws where a page cannot be read. */
export function contentOf(db: DatabaseSync): Content {
  const names = [...rowsOf(db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)]
    .map(([name]) => String(name))
    .filter((name) => name !== manifestTable)
    .sort()
  const documents = new Map<SQLOutputValue, DocumentContent & { hashing: Hash; updates: number }>()
  const tables: Record<string, { rows: number; hash: string }> = {}
  const whole = names.includes('documents') && names.includes('updates')
  if (whole) {
    for (const row of rowsOf(db, 'SELECT key, meeting, name, * FROM documents')) {
      const [key, meeting, name] = row
      const hashing = createHash('sha256')
      add(hashing, row)
      documents.set(key as SQLOutputValue, {
        ...{ key: Number(key), meeting: String(meeting), name: String(name), updates: 0, hash: '', hashing },
      })
    }
  }
  const strays = createHash('sha256')
  let astray = 0
  for (const row of whole ? rowsOf(db, 'SELECT document, * FROM updates NOT INDEXED') : []) {
    const document = documents.get(row[0] as SQLOutputValue)
    add(document?.hashing ?? strays, row)
    if (document === undefined) astray += 1
    else document.updates += 1
  }
  if (whole) tables.updates = { rows: astray, hash: strays.digest('hex') }
  for (const name of names.filter((one) => !whole || (one !== 'documents' && one !== 'updates'))) {
    tables[name] = hashOf(rowsOf(db, `SELECT * FROM "${name.replaceAll('"', '""')}" NOT INDEXED`))
  }
  const statements = 'SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name <> ? ORDER BY name, type'
  tables.schema = hashOf(rowsOf(db, statements, manifestTable))
  return {
    documents: [...documents.values()].map(({ hashing, ...one }) => ({ ...one, hash: hashing.digest('hex') })),
    tables,
  }
}

function hashOf(rows: Iterable<readonly SQLOutputValue[]>): { rows: number; hash: string } {
  const hash = createHash('sha256')
  let count = 0
  for (const row of rows) {
    add(hash, row)
    count += 1
  }
  return { rows: count, hash: hash.digest('hex') }
}

function rowsOf(db: DatabaseSync, sql: string, ...values: string[]): Iterable<readonly SQLOutputValue[]> {
  const statement = db.prepare(sql)
  statement.setReturnArrays(true)
  // A damaged integer may be larger than a number holds.
  statement.setReadBigInts(true)
  return statement.iterate(...values) as unknown as Iterable<readonly SQLOutputValue[]>
}

/** Type and length stand before each value, so that no two rows give the same bytes. */
function add(hash: Hash, row: readonly SQLOutputValue[]): void {
  for (const value of row) {
    const bytes = value instanceof Uint8Array ? value : Buffer.from(String(value))
    hash.update(`${value === null ? 'null' : typeof value} ${bytes.length} `)
    hash.update(bytes)
  }
  hash.update('\n')
}
