import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { MeetingId, PersonId, Side } from '../../shared/domain/agenda.ts'
import type {
  Calendar,
  CalendarId,
  DocumentKey,
  Invitation,
  InvitationId,
  Member,
  MemberRole,
  RowKey,
  SecretHash,
  Storage,
  StoredDocument,
  Version,
  VersionId,
  VersionLabel,
} from './storage.ts'

/** Raised with every change of the tables; a file of a newer one is refused rather than guessed at. */
const schemaVersion = 2

const schema = `
  CREATE TABLE meetings (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE documents (
    key INTEGER PRIMARY KEY, meeting TEXT NOT NULL, name TEXT NOT NULL, epoch INTEGER NOT NULL, base BLOB NOT NULL,
    UNIQUE (meeting, name)
  );
  -- The log: every update as received. Folding sets the flag; nothing is deleted.
  CREATE TABLE updates (
    row INTEGER PRIMARY KEY, document INTEGER NOT NULL, folded INTEGER NOT NULL DEFAULT 0,
    person TEXT NOT NULL, session TEXT NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL
  );
  CREATE INDEX tails ON updates (document) WHERE folded = 0;
  CREATE TABLE invitations (
    id TEXT PRIMARY KEY, meeting TEXT NOT NULL, role TEXT NOT NULL, side TEXT, token TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL, revoked_at INTEGER
  );
  CREATE INDEX invitations_of ON invitations (meeting);
  CREATE TABLE people (
    id TEXT PRIMARY KEY, meeting TEXT NOT NULL, invitation TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL,
    created_at INTEGER NOT NULL, UNIQUE (invitation, name_key)
  );
  CREATE TABLE memberships (
    session TEXT NOT NULL, meeting TEXT NOT NULL, person TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (session, meeting)
  );
`

const versionsAndCalendars = `
  CREATE TABLE versions (
    id TEXT PRIMARY KEY, meeting TEXT NOT NULL, number INTEGER NOT NULL, label TEXT NOT NULL, name TEXT NOT NULL,
    at INTEGER NOT NULL, person TEXT NOT NULL, person_name TEXT NOT NULL, role TEXT NOT NULL, side TEXT,
    hash TEXT NOT NULL, agenda BLOB NOT NULL, UNIQUE (meeting, number)
  );
  CREATE TABLE calendars (
    id TEXT PRIMARY KEY, meeting TEXT NOT NULL, person TEXT NOT NULL, token TEXT NOT NULL UNIQUE,
    language TEXT NOT NULL, lead TEXT NOT NULL, people INTEGER NOT NULL, created_at INTEGER NOT NULL, revoked_at INTEGER
  );
  CREATE TABLE revisions (meeting TEXT PRIMARY KEY, events TEXT NOT NULL) WITHOUT ROWID;
`

/** What takes a file from each version to the next; the first makes it. */
const steps = [schema, versionsAndCalendars]

export function sqliteFile(folder: string): string {
  return join(folder, 'parley.sqlite')
}

/**
 * SQLite in a folder. A commit is one fsync of the write-ahead log, on the thread that asks for it: a fraction of a
 * millisecond on a solid-state disk, and one for all rooms together.
 */
export function openSqlite(folder: string): Storage {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const db = new DatabaseSync(sqliteFile(folder), { timeout: 5000 })
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF')
  try {
    migrate(db)
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
  const run = (sql: string, ...values: SQLInputValue[]) => prepare(sql).run(...values)
  const one = (sql: string, ...values: SQLInputValue[]) => prepare(sql).get(...values)
  const all = (sql: string, ...values: SQLInputValue[]) => prepare(sql).all(...values)

  /** Revocations and ends of sessions made here, which the database does not report to ourselves. */
  let endings = 0
  const transaction = <T>(work: () => T): T => {
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
  }

  const insertInvitation = (invitation: Invitation, token: SecretHash) => {
    const { id, meeting, role, side, createdAt, revokedAt } = invitation
    run('INSERT INTO invitations VALUES (?, ?, ?, ?, ?, ?, ?)', id, meeting, role, side, token, createdAt, revokedAt)
  }

  const memberOf = `
    SELECT people.meeting, people.id AS person, people.name, people.invitation, invitations.role, invitations.side
    FROM people JOIN invitations ON invitations.id = people.invitation`

  return {
    async createMeeting({ id, createdAt, documents, invitations }) {
      transaction(() => {
        run('INSERT INTO meetings VALUES (?, ?)', id, createdAt)
        for (const { name, epoch, base } of documents) {
          run('INSERT INTO documents (meeting, name, epoch, base) VALUES (?, ?, ?, ?)', id, name, epoch, base)
        }
        for (const { token, ...invitation } of invitations) insertInvitation(invitation, token)
      })
    },
    async meetings() {
      return all('SELECT id, created_at FROM meetings ORDER BY created_at, id').map((row) => ({
        id: row.id as MeetingId,
        createdAt: Number(row.created_at),
      }))
    },
    async hasMeeting(meeting) {
      return one('SELECT 1 FROM meetings WHERE id = ?', meeting) !== undefined
    },

    async load(meeting, name): Promise<StoredDocument | null> {
      // One read transaction: a fold of another process between the two statements would show neither or both.
      run('BEGIN')
      try {
        const row = one('SELECT key, epoch, base FROM documents WHERE meeting = ? AND name = ?', meeting, name)
        if (row === undefined) return null
        const tail = all(
          'SELECT row, bytes FROM updates WHERE document = ? AND folded = 0 ORDER BY row',
          row.key as number,
        )
        return {
          key: Number(row.key) as DocumentKey,
          epoch: Number(row.epoch),
          base: row.base as Uint8Array,
          tail: tail.map((update) => ({ row: Number(update.row) as RowKey, bytes: update.bytes as Uint8Array })),
        }
      } finally {
        run('COMMIT')
      }
    },
    async append(edits) {
      const insert = prepare('INSERT INTO updates (document, person, session, at, bytes) VALUES (?, ?, ?, ?, ?)')
      return transaction(() =>
        edits.map(({ document, person, session, at, bytes }) => {
          return Number(insert.run(document, person, session, at, bytes).lastInsertRowid) as RowKey
        }),
      )
    },
    async fold(document, base, rows) {
      transaction(() => {
        run('UPDATE documents SET base = ? WHERE key = ?', base, document)
        for (const row of rows) run('UPDATE updates SET folded = 1 WHERE row = ? AND document = ?', row, document)
      })
    },

    async addInvitation(invitation, token) {
      insertInvitation(invitation, token)
    },
    async invitation(id) {
      return invitationOf(one('SELECT * FROM invitations WHERE id = ?', id))
    },
    async invitationByToken(token) {
      return invitationOf(one('SELECT * FROM invitations WHERE token = ?', token))
    },
    async invitations(meeting) {
      const rows = all('SELECT * FROM invitations WHERE meeting = ? ORDER BY created_at, rowid', meeting)
      return rows.map((row) => invitationOf(row) as Invitation)
    },
    async revokeInvitation(id, at) {
      endings += 1
      return run('UPDATE invitations SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?', at, id).changes > 0
    },

    async enter({ session, invitation, name, nameKey, person, at }) {
      return transaction(() => {
        run(
          `INSERT INTO people SELECT ?, meeting, id, ?, ?, ? FROM invitations WHERE id = ?
           ON CONFLICT (invitation, name_key) DO NOTHING`,
          ...[person, name, nameKey, at, invitation],
        )
        const row = one(`${memberOf} WHERE people.invitation = ? AND people.name_key = ?`, invitation, nameKey)
        if (row === undefined) throw new Error(`no invitation ${invitation}`)
        const member = memberOfRow(row)
        run(
          'INSERT INTO memberships VALUES (?, ?, ?, ?) ON CONFLICT (session, meeting) DO UPDATE SET person = excluded.person',
          ...[session, member.meeting, member.person, at],
        )
        return member
      })
    },
    async memberships(session) {
      const rows = all(
        `${memberOf} JOIN memberships ON memberships.person = people.id
         WHERE memberships.session = ? AND invitations.revoked_at IS NULL ORDER BY memberships.at, people.meeting`,
        session,
      )
      return rows.map(memberOfRow)
    },
    async endSession(session) {
      endings += 1
      run('DELETE FROM memberships WHERE session = ?', session)
    },

    async addVersion(version, agenda) {
      return transaction(() => {
        const { id, meeting, label, name, at, person, personName, role, side, hash } = version
        const last = one('SELECT max(number) AS number FROM versions WHERE meeting = ?', meeting)
        const number = Number(last?.number ?? 0) + 1
        run(
          'INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
          ...[id, meeting, number, label, name, at, person, personName, role, side, hash, agenda],
        )
        return { ...version, number }
      })
    },
    async versions(meeting) {
      const columns = 'id, meeting, number, label, name, at, person, person_name, role, side, hash'
      return all(`SELECT ${columns} FROM versions WHERE meeting = ? ORDER BY number DESC`, meeting).map(versionOf)
    },
    async version(meeting, id) {
      const row = one('SELECT * FROM versions WHERE meeting = ? AND id = ?', meeting, id)
      return row === undefined ? null : { version: versionOf(row), agenda: row.agenda as Uint8Array }
    },

    async addCalendar({ id, meeting, person, language, lead, people, createdAt }, token) {
      run(
        'INSERT INTO calendars VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)',
        ...[id, meeting, person, token, language, lead, Number(people), createdAt],
      )
    },
    async calendars(meeting, person) {
      const where = 'meeting = ? AND person = ? AND revoked_at IS NULL'
      return all(`SELECT * FROM calendars WHERE ${where} ORDER BY created_at, rowid`, meeting, person).map(calendarOf)
    },
    async calendarByToken(token) {
      const row = one(
        `SELECT calendars.*, invitations.revoked_at AS invitation_revoked_at FROM calendars
         JOIN people ON people.id = calendars.person JOIN invitations ON invitations.id = people.invitation
         WHERE calendars.token = ?`,
        token,
      )
      if (row === undefined) return null
      return { calendar: calendarOf(row), revoked: row.revoked_at !== null || row.invitation_revoked_at !== null }
    },
    async revokeCalendar(meeting, person, id, at) {
      const sql = `UPDATE calendars SET revoked_at = ?
        WHERE id = ? AND meeting = ? AND person = ? AND revoked_at IS NULL`
      return run(sql, at, id, meeting, person).changes > 0
    },
    async revisions(meeting) {
      return (one('SELECT events FROM revisions WHERE meeting = ?', meeting)?.events as string | undefined) ?? null
    },
    async setRevisions(meeting, before, after) {
      const sql =
        before === null
          ? 'INSERT INTO revisions (events, meeting) VALUES (?, ?) ON CONFLICT DO NOTHING'
          : 'UPDATE revisions SET events = ? WHERE meeting = ? AND events = ?'
      return run(sql, after, meeting, ...(before === null ? [] : [before])).changes > 0
    },

    async lapsed(pairs) {
      return pairs.filter(({ session, meeting }) => {
        const held = one(
          `SELECT 1 FROM memberships JOIN people ON people.id = memberships.person
           JOIN invitations ON invitations.id = people.invitation
           WHERE memberships.session = ? AND memberships.meeting = ? AND invitations.revoked_at IS NULL`,
          ...[session, meeting],
        )
        return held === undefined
      })
    },
    async stamp() {
      return `${one('PRAGMA data_version')?.data_version} ${endings}`
    },
    async close() {
      db.close()
    },
  }
}

function migrate(db: DatabaseSync): void {
  const versionOf = () => Number(db.prepare('PRAGMA user_version').get()?.user_version)
  if (versionOf() === schemaVersion) return
  db.exec('BEGIN IMMEDIATE')
  const version = versionOf()
  if (version > schemaVersion) {
    db.exec('ROLLBACK')
    throw new Error(`the data is of a newer version of Parley (${version}, this one reads ${schemaVersion})`)
  }
  for (const step of steps.slice(version)) db.exec(step)
  db.exec(`PRAGMA user_version = ${schemaVersion}; COMMIT`)
}

type Row = Record<string, unknown>

function invitationOf(row: Row | undefined): Invitation | null {
  if (row === undefined) return null
  return {
    id: row.id as InvitationId,
    meeting: row.meeting as MeetingId,
    role: row.role as MemberRole,
    side: row.side as Side | null,
    createdAt: Number(row.created_at),
    revokedAt: row.revoked_at === null ? null : Number(row.revoked_at),
  }
}

function versionOf(row: Row): Version {
  return {
    id: row.id as VersionId,
    meeting: row.meeting as MeetingId,
    number: Number(row.number),
    label: row.label as VersionLabel,
    name: row.name as string,
    at: Number(row.at),
    person: row.person as PersonId,
    personName: row.person_name as string,
    role: row.role as MemberRole,
    side: row.side as Side | null,
    hash: row.hash as string,
  }
}

function calendarOf(row: Row): Calendar {
  return {
    id: row.id as CalendarId,
    meeting: row.meeting as MeetingId,
    person: row.person as PersonId,
    language: row.language as Calendar['language'],
    lead: row.lead as Side,
    people: row.people === 1,
    createdAt: Number(row.created_at),
  }
}

function memberOfRow(row: Row): Member {
  return {
    meeting: row.meeting as MeetingId,
    person: row.person as PersonId,
    name: row.name as string,
    role: row.role as MemberRole,
    side: row.side as Side | null,
    invitation: row.invitation as InvitationId,
  }
}
