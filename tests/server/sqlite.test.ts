import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { openSqlite, sqliteFile } from '../../server/storage/sqlite.ts'
import { storageContract } from './storage.contract.ts'

async function folder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'parley-'))
}

storageContract('SQLite', async () => {
  const at = await folder()
  return { open: () => openSqlite(at), remove: () => rm(at, { recursive: true }) }
})

test('data of a newer version is refused, and left as it is', async () => {
  const at = await folder()
  await openSqlite(at).close()
  const db = new DatabaseSync(sqliteFile(at))
  db.exec('PRAGMA user_version = 99')
  db.close()
  expect(() => openSqlite(at)).toThrow(/newer version/)
  await rm(at, { recursive: true })
})
