import { createHash } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { decodeVector, encodeVector } from '../../../shared/wire/frame.ts'
import { inspect, storedLimits } from '../../../shared/wire/inspect.ts'
import { type Content, contentOf, manifestTable } from './content.ts'
import { type Database, openDatabase } from './database.ts'
import { keepMark, openToRead, sqliteFile, versionOf } from './folder.ts'

/** What a backup says of itself. */
export interface Manifest extends Content {
  readonly format: 'parley.backup/1'
  /** ISO 8601. */
  readonly made: string
  /** The version of the program. */
  readonly program: string
  readonly schema: number
  readonly meetings: number
}

/** There is a file of that name already, or data in the folder. */
export class Occupied extends Error {
  override name = 'Occupied'
}

/**
 * Writes all data of a folder to one new file, as of one moment, also while a server serves the folder. It has its name
 * only once it is complete and on the disk.
 */
export async function backUp(
  folder: string,
  file: string,
  made: { readonly at: number; readonly program: string },
): Promise<Manifest> {
  if (existsSync(file)) throw new Occupied(file)
  const part = `${file}.${process.pid}.part`
  rmSync(part, { force: true })
  try {
    closeSync(openSync(part, 'wx', 0o600))
    const source = openToRead(sqliteFile(folder))
    try {
      // In one step: between two, every commit by the server would make it begin again.
      await backup(source, part, { rate: 2 ** 30 })
    } finally {
      source.close()
    }
    const manifest = complete(part, made)
    publish(part, file)
    return manifest
  } finally {
    for (const name of [part, `${part}-wal`, `${part}-shm`, `${part}-journal`]) rmSync(name, { force: true })
  }
}

/** Makes the copy one file, without pages that are no longer used, and adds the manifest. */
function complete(file: string, { at, program }: { readonly at: number; readonly program: string }): Manifest {
  const db = new DatabaseSync(file)
  try {
    db.exec(
      `PRAGMA journal_mode = DELETE; VACUUM; CREATE TABLE ${manifestTable} (manifest TEXT NOT NULL, hash TEXT NOT NULL)`,
    )
    const meetings = Number(db.prepare('SELECT count(*) AS count FROM meetings').get()?.count)
    const manifest: Manifest = {
      ...{ format: 'parley.backup/1', made: new Date(at).toISOString(), program, schema: versionOf(db), meetings },
      ...contentOf(db),
    }
    const text = JSON.stringify(manifest)
    db.prepare(`INSERT INTO ${manifestTable} VALUES (?, ?)`).run(text, hashOf(text))
    return manifest
  } finally {
    db.close()
  }
}

/** Null when there is none, or one that is damaged. */
export function readManifest(db: DatabaseSync): Manifest | null {
  try {
    const rows = db.prepare(`SELECT manifest, hash FROM ${manifestTable}`).all()
    const text = String(rows[0]?.manifest)
    if (rows.length !== 1 || hashOf(text) !== rows[0]?.hash) return null
    return JSON.parse(text) as Manifest
  } catch {
    return null
  }
}

/** Puts the data of a backup into a folder that has none. Sessions and links are in it: people stay signed in. */
export function restoreInto(folder: string, file: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const target = sqliteFile(folder)
  if (readdirSync(folder).length > 0) throw new Occupied(folder)
  const part = `${target}.part`
  try {
    copyFileSync(file, part)
    chmodSync(part, 0o600)
    const db = new DatabaseSync(part)
    db.exec(`DROP TABLE IF EXISTS ${manifestTable}`)
    db.close()
    const database = openDatabase(part)
    passOverLineages(database)
    keepMark(folder, database).close()
    database.close()
    publish(part, target)
  } catch (error) {
    for (const name of readdirSync(folder)) rmSync(`${folder}/${name}`)
    throw error
  }
  rmSync(part, { force: true })
}

/** How many lineages of an agenda may have begun between a backup and its restoring. */
const mostLineages = 100

/**
 * An agenda may have been rebuilt after the backup was made. Whoever has that later lineage is told that it is another
 * one, and a rebuilding from here on begins one that nobody has.
 */
function passOverLineages({ all, run }: Database): void {
  for (const { key, lineage, former, base } of all(`SELECT * FROM documents WHERE name = 'agenda'`)) {
    const ids = new Map(decodeVector(former as Uint8Array))
    const rows = all('SELECT bytes FROM updates WHERE document = ? AND folded = 0', key as number)
    const held = new Set(
      [base, ...rows.map(({ bytes }) => bytes)].flatMap((update) => [
        ...(inspect(update as Uint8Array, storedLimits)?.structs.keys() ?? []),
      ]),
    )
    // A lineage begins with a client id of its own: its number, or the next one that is free.
    for (let id = Number(lineage) + 1; id <= Number(lineage) + mostLineages; id += 1) if (!held.has(id)) ids.set(id, 1)
    const set = 'UPDATE documents SET lineage = lineage + ?, former = ? WHERE key = ?'
    run(set, mostLineages, encodeVector(ids), key as number)
  }
}

/** Gives a complete file its name, unless another file has it. */
function publish(part: string, file: string): void {
  sync(part)
  try {
    linkSync(part, file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new Occupied(file)
    // A file system without links.
    if (existsSync(file)) throw new Occupied(file)
    renameSync(part, file)
  }
  sync(dirname(file))
}

function sync(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
