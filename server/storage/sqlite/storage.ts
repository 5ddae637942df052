import { mkdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { Damaged, type Storage, StorageUnavailable } from '../storage.ts'
import { attribution } from './attribution.ts'
import { calendars } from './calendars.ts'
import { type Database, openDatabase } from './database.ts'
import { documents } from './documents.ts'
import { endings } from './endings.ts'
import { countLapses, create, examine, keepMark, type Lapses, shareLapses, sqliteFile } from './folder.ts'
import { invitations } from './invitations.ts'
import { meetings } from './meetings.ts'
import { members } from './members.ts'
import { readStates } from './readstates.ts'
import { usage } from './usage.ts'
import { versions } from './versions.ts'

/** SQLite in a folder. Throws `Unfit` when the folder lacks what it once held. */
export function openSqlite(folder: string): Storage {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  examine(folder)
  create(folder)
  const database = openDatabase(sqliteFile(folder))
  const mark = keepMark(folder, database)
  const lapses = shareLapses(folder)
  database.onWrite((lapsed) => {
    if (lapsed) lapses.note()
    mark.note(lapsed)
  })
  const storage = storageIn(database, lapses)
  return {
    ...patient(storage),
    stamp: storage.stamp,
    async close() {
      mark.close()
      await storage.close()
      lapses.close()
    },
  }
}

/** How long a call waits for another process that holds the database, ms. */
const longestWait = 2000

/** Tries again what finds the database locked, without stopping the event loop. A call that fails has changed nothing. */
function patient(storage: Storage): Storage {
  const waiting =
    <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      for (let waited = 0, next = 4; ; waited += next, next = Math.min(next * 2, 100)) {
        try {
          return await call(...args)
        } catch (error) {
          const code = primaryCode(error)
          if (code === busy && waited < longestWait) await pause(next)
          else if (code === corrupt) throw new Damaged('a page of the database is damaged', { cause: error })
          else throw code !== null && unavailable.has(code) ? new StorageUnavailable(error) : error
        }
      }
    }
  return Object.fromEntries(Object.entries(storage).map(([name, call]) => [name, waiting(call)])) as unknown as Storage
}

/** SQLite's result codes. */
const busy = 5
const [locked, readOnly, failing, corrupt, full, cannotOpen] = [6, 8, 10, 11, 13, 14]
const unavailable: ReadonlySet<number> = new Set([busy, locked, readOnly, failing, full, cannotOpen])

function primaryCode(error: unknown): number | null {
  const { errcode } = (error ?? {}) as { errcode?: unknown }
  return typeof errcode === 'number' ? errcode & 255 : null
}

export function storageIn(database: Database, lapses: Pick<Lapses, 'stamp'> = countLapses(database)): Storage {
  return {
    ...meetings(database),
    ...documents(database),
    ...attribution(database),
    ...readStates(database),
    ...invitations(database),
    ...members(database),
    ...versions(database),
    ...calendars(database),
    ...endings(database),
    ...usage(database),
    stamp: lapses.stamp,
    async close() {
      database.close()
    },
  }
}
