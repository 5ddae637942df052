import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Storage } from '../storage.ts'
import { attribution } from './attribution.ts'
import { calendars } from './calendars.ts'
import { type Database, openDatabase } from './database.ts'
import { documents } from './documents.ts'
import { invitations } from './invitations.ts'
import { meetings } from './meetings.ts'
import { members } from './members.ts'
import { readStates } from './readstates.ts'
import { usage } from './usage.ts'
import { versions } from './versions.ts'

export function sqliteFile(folder: string): string {
  return join(folder, 'parley.sqlite')
}

/** SQLite in a folder. */
export function openSqlite(folder: string): Storage {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return storageIn(openDatabase(sqliteFile(folder)))
}

export function storageIn(database: Database): Storage {
  return {
    ...meetings(database),
    ...documents(database),
    ...attribution(database),
    ...readStates(database),
    ...invitations(database),
    ...members(database),
    ...versions(database),
    ...calendars(database),
    ...usage(database),
    async close() {
      database.close()
    },
  }
}
