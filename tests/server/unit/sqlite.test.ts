import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { nobody } from '../../../server/storage/documents.ts'
import type { SecretHash } from '../../../server/storage/members.ts'
import { openDatabase } from '../../../server/storage/sqlite/database.ts'
import { sqliteFile } from '../../../server/storage/sqlite/folder.ts'
import { openSqlite } from '../../../server/storage/sqlite/storage.ts'
import type { MeetingId, PersonId } from '../../../shared/domain/agenda.ts'
import { storageContract } from '../storage.contract.ts'

async function folder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'parley-'))
}

storageContract('SQLite', async () => {
  const at = await folder()
  return { open: () => openSqlite(at), remove: () => rm(at, { recursive: true }) }
})

test('P1: a commit has reached the disk when it returns: a write-ahead log, synchronised in full', async () => {
  const at = await folder()
  const db = openDatabase(sqliteFile(at))
  expect(db.one('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' })
  expect(db.one('PRAGMA synchronous')).toEqual({ synchronous: 2 })
  db.close()
  await rm(at, { recursive: true })
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

test('data of the first version is taken along, and what it held is there', async () => {
  const at = await folder()
  const storage = openSqlite(at)
  await storage.createMeeting({ id: 'm1' as MeetingId, createdAt: 1, documents: [], invitations: [] })
  await storage.close()
  const db = new DatabaseSync(sqliteFile(at))
  db.exec(`DROP TABLE versions; DROP TABLE calendars; DROP TABLE revisions; DROP INDEX untold; DROP INDEX unstored; DROP TABLE latest; DROP TRIGGER latest_of;
    ALTER TABLE updates DROP COLUMN told; DROP TABLE annals; DROP TABLE marks; DROP TABLE baselines; DROP TABLE seen;
    DROP TABLE items_read; DROP TABLE owners;
    ALTER TABLE documents DROP COLUMN lineage; ALTER TABLE documents DROP COLUMN former; PRAGMA user_version = 1`)
  db.close()
  const again = openSqlite(at)
  expect((await again.meetings()).map((one) => one.id)).toEqual(['m1'])
  expect(await again.versions('m1' as MeetingId)).toEqual([])
  expect(await again.setRevisions('m1' as MeetingId, null, '{}')).toBe(true)
  await again.close()
  await rm(at, { recursive: true })
})

test('P7: in data from before there were owners, a client id is whose update brought it first, folded or not', async () => {
  const at = await folder()
  const storage = openSqlite(at)
  const [meeting, session] = ['m1' as MeetingId, 's1' as SecretHash]
  const documents = [{ name: 'agenda' as const, epoch: 1, base: byClient(1) }]
  await storage.createMeeting({ id: meeting, createdAt: 1, documents, invitations: [] })
  const { key } = (await storage.load(meeting, 'agenda'))!
  const edit = (person: string, bytes: Uint8Array) => {
    return { document: key, person: person as PersonId, session, at: 1, bytes }
  }
  const rows = await storage.append([
    edit('p1', byClient(2)),
    edit('p2', Y.mergeUpdates([byClient(3), byClient(2)])),
    edit(nobody, byClient(4)),
  ])
  await storage.fold(key, byClient(1), rows.slice(0, 1))
  const state = await storage.state(meeting, 'agenda')
  await storage.close()
  const db = new DatabaseSync(sqliteFile(at))
  db.exec(`DROP TABLE owners; DROP TABLE latest; DROP TRIGGER latest_of;
    ALTER TABLE documents DROP COLUMN lineage; ALTER TABLE documents DROP COLUMN former; PRAGMA user_version = 3`)
  db.close()
  const again = openSqlite(at)
  expect([...(await again.owners(key))]).toEqual([
    [2, 'p1'],
    [3, 'p2'],
  ])
  expect(await again.state(meeting, 'agenda')).toBe(state)
  await again.close()
  await rm(at, { recursive: true })
})

function byClient(client: number): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = client
  doc.getText('words').insert(0, 'words')
  return Y.encodeStateAsUpdate(doc)
}
