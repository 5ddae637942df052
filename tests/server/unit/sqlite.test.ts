import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { looksOf } from '../../../server/access/look.ts'
import { nobody, type RowKey } from '../../../server/storage/documents.ts'
import type { SecretHash } from '../../../server/storage/members.ts'
import { openDatabase } from '../../../server/storage/sqlite/database.ts'
import { sqliteFile } from '../../../server/storage/sqlite/folder.ts'
import { openSqlite } from '../../../server/storage/sqlite/storage.ts'
import type { InvitationId, SessionId } from '../../../shared/api/terms.ts'
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

/** As the tables of people were when a name was the key to a person. */
const formerPeople = `
  DROP TABLE looks; DROP TABLE codes; DROP TABLE renewals; DROP TABLE formers; DROP TABLE people; DROP TABLE memberships;
  ALTER TABLE invitations DROP COLUMN person_name; ALTER TABLE invitations DROP COLUMN expires_at;
  ALTER TABLE invitations DROP COLUMN most_people;
  CREATE TABLE people (
    id TEXT PRIMARY KEY, meeting TEXT NOT NULL, invitation TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL,
    created_at INTEGER NOT NULL, UNIQUE (invitation, name_key)
  );
  CREATE TABLE memberships (
    session TEXT NOT NULL, meeting TEXT NOT NULL, person TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (session, meeting)
  );`

test('people, sessions and links of the version before are who and what they were, and their names are taken', async () => {
  const at = await folder()
  await openSqlite(at).close()
  const db = new DatabaseSync(sqliteFile(at))
  withoutEndings(db)
  db.exec(`${formerPeople}
    INSERT INTO meetings VALUES ('m1', 1);
    INSERT INTO invitations VALUES ('i1', 'm1', 'delegate', 'cn', 't1', 1, NULL), ('i2', 'm1', 'observer', NULL, 't2', 1, 5);
    INSERT INTO people VALUES ('p2', 'm1', 'i1', 'Dana Smith', 'dana smith', 90000000),
      ('p1', 'm1', 'i1', 'D\u0430na Smith', 'd\u0430na smith', 90000000), ('p3', 'm1', 'i2', 'Oscar', 'oscar', 2);
    INSERT INTO memberships VALUES ('s1', 'm1', 'p1', 90000001), ('s2', 'm1', 'p2', 90000002), ('s3', 'm1', 'p3', 3);
    PRAGMA user_version = 5`)
  db.close()
  const storage = openSqlite(at)
  const people = await storage.people('m1' as MeetingId)
  expect(people.map(({ person, joinedAt, sessions }) => [person, joinedAt, sessions.length])).toEqual([
    ['p2', 90_000_000, 1],
    ['p1', 90_000_000, 1],
  ])
  expect(people[0]!.sessions[0]).toMatchObject({ at: 90_000_002, way: 'link', invitation: 'i1', usedOn: 86_400_000 })
  expect((await storage.memberships('s1' as SecretHash)).map(({ person }) => person)).toEqual(['p1'])
  expect(await storage.withdrawn('s3' as SecretHash)).toEqual(['m1'])
  expect(await storage.invitationByToken('t1' as SecretHash)).toMatchObject({ personName: null, expiresAt: null })
  const arrival = { session: 's4' as SecretHash, id: 'x' as SessionId, invitation: 'i1' as InvitationId, at: 9 }
  const named = (name: string) => ({ ...arrival, name, looks: looksOf(name), person: 'p4' as PersonId })
  expect((await storage.enter({ ...named('DANA SMITH'), before: null })).status).toBe('taken')
  expect(await storage.enter({ ...named('Dana Smith'), before: 's2' as SecretHash })).toMatchObject({
    member: { person: 'p2' },
  })
  await storage.close()
  await rm(at, { recursive: true })
})

test('data of the first version is taken along, and what it held is there', async () => {
  const at = await folder()
  const storage = openSqlite(at)
  await storage.createMeeting({ id: 'm1' as MeetingId, createdAt: 1, documents: [], invitations: [] })
  await storage.close()
  const db = new DatabaseSync(sqliteFile(at))
  withoutEndings(db)
  db.exec(`DROP TABLE versions; DROP TABLE calendars; DROP TABLE revisions; DROP INDEX untold; DROP INDEX unstored; DROP TABLE latest; DROP TRIGGER latest_of;
    ALTER TABLE updates DROP COLUMN told; DROP TABLE annals; DROP TABLE marks; DROP TABLE baselines; DROP TABLE seen;
    DROP TABLE items_read; DROP TABLE owners;
    ALTER TABLE documents DROP COLUMN lineage; ALTER TABLE documents DROP COLUMN former; ${formerPeople} PRAGMA user_version = 1`)
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
  await storage.fold(key, byClient(1), rows.slice(0, 1) as RowKey[])
  const state = await storage.state(meeting, 'agenda')
  await storage.close()
  const db = new DatabaseSync(sqliteFile(at))
  withoutEndings(db)
  db.exec(`DROP TABLE owners; DROP TABLE latest; DROP TRIGGER latest_of;
    ALTER TABLE documents DROP COLUMN lineage; ALTER TABLE documents DROP COLUMN former; ${formerPeople} PRAGMA user_version = 3`)
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

/** As it was before meetings could end. */
function withoutEndings(db: DatabaseSync): void {
  const triggers = db.prepare(`SELECT name FROM sqlite_schema WHERE name LIKE '%\\_of\\_deleted' ESCAPE '\\'`).all()
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`)
  db.exec('DROP TABLE retention; DROP TABLE deletion_requests; DROP TABLE deleted')
}

function byClient(client: number): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = client
  doc.getText('words').insert(0, 'words')
  return Y.encodeStateAsUpdate(doc)
}
