import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Language, MeetingId, PersonId, Side } from '../../shared/domain/agenda.ts'
import { inspect, storedLimits } from '../../shared/wire/inspect.ts'
import type {
  Calendar,
  CalendarId,
  DocumentKey,
  Invitation,
  InvitationId,
  Mark,
  MarkKind,
  Member,
  MemberRole,
  RowKey,
  SecretHash,
  Storage,
  StoredDocument,
  Untold,
  UsedInvitation,
  Version,
  VersionId,
  VersionLabel,
} from './storage.ts'
import { nobody } from './storage.ts'

/** Raised with every change of the tables; a file of a newer one is refused rather than guessed at. */
const schemaVersion = 4

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

/*
 * What was folded before there were annals has no author in them: they begin at the base of that day, and take in the
 * rows that are not in it.
 */
const annals = `
  CREATE TABLE annals (document INTEGER PRIMARY KEY, turn INTEGER NOT NULL, state BLOB NOT NULL);
  INSERT INTO annals SELECT key, 0, base FROM documents WHERE name = 'agenda';
  -- 0: not in the annals; 2: in them, and not yet in their state; 1: in both.
  ALTER TABLE updates ADD COLUMN told INTEGER NOT NULL DEFAULT 1;
  UPDATE updates SET told = 0 WHERE folded = 0;
  CREATE INDEX untold ON updates (document) WHERE told = 0;
  CREATE INDEX unstored ON updates (document) WHERE told = 2;
  CREATE TABLE marks (
    document INTEGER NOT NULL, person TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, field TEXT NOT NULL,
    language TEXT NOT NULL, at INTEGER NOT NULL, turn INTEGER NOT NULL,
    PRIMARY KEY (document, person, kind, id, field, language)
  ) WITHOUT ROWID;
  CREATE INDEX marks_by_turn ON marks (document, turn);
  -- What people have seen is mostly the same, and kept once.
  CREATE TABLE baselines (
    meeting TEXT NOT NULL, digest TEXT NOT NULL, agenda BLOB NOT NULL, PRIMARY KEY (meeting, digest)
  );
  CREATE TABLE seen (
    meeting TEXT NOT NULL, person TEXT NOT NULL, at INTEGER NOT NULL, turn INTEGER NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (meeting, person)
  ) WITHOUT ROWID;
  CREATE TABLE items_read (
    key INTEGER PRIMARY KEY, meeting TEXT NOT NULL, person TEXT NOT NULL, item TEXT NOT NULL, digest TEXT NOT NULL,
    UNIQUE (meeting, person, item)
  );
`

const claim = 'INSERT INTO owners VALUES (?, ?, ?) ON CONFLICT DO NOTHING'

/** Of the ids from before there were owners, each is whose update first had it: the log has every one since the beginning. */
function own(db: DatabaseSync): void {
  db.exec(`
    CREATE TABLE owners (
      document INTEGER NOT NULL, client INTEGER NOT NULL, person TEXT NOT NULL, PRIMARY KEY (document, client)
    ) WITHOUT ROWID;
  `)
  const insert = db.prepare(claim)
  const log = db.prepare('SELECT document, person, bytes FROM updates WHERE person <> ? ORDER BY row').iterate(nobody)
  for (const { document, person, bytes } of log) {
    const seen = inspect(bytes as Uint8Array, storedLimits)
    for (const client of seen?.structs.keys() ?? []) insert.run(document as number, client, person as string)
  }
}

/* An empty state vector is one zero. */
const lineages = `
  ALTER TABLE documents ADD COLUMN lineage INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE documents ADD COLUMN former BLOB NOT NULL DEFAULT x'00';
`

/** What takes a file from each version to the next; the first makes it. */
const steps: readonly (string | ((db: DatabaseSync) => void))[] = [schema, versionsAndCalendars, annals, own, lineages]

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
        run("INSERT INTO annals SELECT key, 0, base FROM documents WHERE meeting = ? AND name = 'agenda'", id)
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
        const row = one('SELECT * FROM documents WHERE meeting = ? AND name = ?', meeting, name)
        if (row === undefined) return null
        const tail = all(
          'SELECT row, bytes FROM updates WHERE document = ? AND folded = 0 ORDER BY row',
          row.key as number,
        )
        return {
          key: Number(row.key) as DocumentKey,
          epoch: Number(row.epoch),
          lineage: Number(row.lineage),
          former: row.former as Uint8Array,
          base: row.base as Uint8Array,
          tail: tail.map((update) => ({ row: Number(update.row) as RowKey, bytes: update.bytes as Uint8Array })),
        }
      } finally {
        run('COMMIT')
      }
    },
    async owners(document) {
      const rows = all('SELECT client, person FROM owners WHERE document = ?', document)
      return new Map(rows.map(({ client, person }) => [Number(client), person as PersonId]))
    },
    async append(edits) {
      const insert = prepare(
        'INSERT INTO updates (document, person, session, at, bytes, told) VALUES (?, ?, ?, ?, ?, 0)',
      )
      const own = prepare(claim)
      return transaction(() =>
        edits.map(({ document, person, session, at, bytes, claims }) => {
          for (const client of claims ?? []) own.run(document, client, person)
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

    async raise(document, from, to, update) {
      return transaction(() => {
        const raised = run('UPDATE documents SET epoch = ? WHERE key = ? AND epoch = ?', to, document, from)
        if (raised.changes === 0) return false
        if (update !== null) {
          run(
            `INSERT INTO updates (document, person, session, at, bytes, told) VALUES (?, ?, '', ?, ?, 0)`,
            ...[document, nobody, update.at, update.bytes],
          )
        }
        return true
      })
    },

    async rebuild(document, rows, { epoch, base, former }) {
      return transaction(() => {
        const found = one(`SELECT meeting, lineage FROM documents WHERE key = ? AND name = 'agenda'`, document)
        const known = new Set<number>(rows)
        const tail = all('SELECT row FROM updates WHERE document = ? AND folded = 0', document)
        if (found === undefined || !tail.every(({ row }) => known.has(Number(row)))) return false
        const lineage = Number(found.lineage)
        run('UPDATE documents SET name = ? WHERE key = ?', `agenda of lineage ${lineage}`, document)
        const made = run(
          `INSERT INTO documents (meeting, name, epoch, base, lineage, former) VALUES (?, 'agenda', ?, ?, ?, ?)`,
          ...[found.meeting as string, epoch, base, lineage + 1, former],
        )
        const next = Number(made.lastInsertRowid)
        run('UPDATE annals SET document = ?, turn = turn + 1, state = ? WHERE document = ?', next, base, document)
        run('UPDATE updates SET told = 1 WHERE document = ?', document)
        run('UPDATE marks SET document = ? WHERE document = ?', next, document)
        return true
      })
    },

    async untold(meeting, most) {
      const standing = one(
        `SELECT document, turn, length(state) AS size FROM annals JOIN documents ON documents.key = annals.document
         WHERE meeting = ?`,
        meeting,
      )
      if (standing === undefined) return null
      const rows: Untold[] = []
      let bytes = 0
      const found = prepare(
        'SELECT row, person, at, bytes FROM updates WHERE document = ? AND told = 0 ORDER BY row LIMIT ?',
      ).iterate(standing.document as number, Number(standing.size) > most.size ? 0 : most.rows)
      for (const { row, person, at, bytes: update } of found) {
        rows.push({
          row: Number(row) as RowKey,
          person: person as PersonId,
          at: Number(at),
          bytes: update as Uint8Array,
        })
        bytes += (update as Uint8Array).length
        if (bytes >= most.bytes) break
      }
      return { turn: Number(standing.turn), size: Number(standing.size), rows }
    },
    async annals(meeting) {
      // One read transaction: a telling of another process between the two statements would show rows in neither or both.
      run('BEGIN')
      try {
        const row = one(
          'SELECT document, state FROM annals JOIN documents ON documents.key = annals.document WHERE meeting = ?',
          meeting,
        )
        if (row === undefined) return null
        const sql = 'SELECT bytes FROM updates WHERE document = ? AND told = 2 ORDER BY row'
        const since = all(sql, row.document as number).map(({ bytes }) => bytes as Uint8Array)
        return { state: row.state as Uint8Array, since }
      } finally {
        run('COMMIT')
      }
    },
    async tell(meeting, turn, { state, rows, marks, most }) {
      return transaction(() => {
        const document = one(`SELECT key FROM documents WHERE meeting = ? AND name = 'agenda'`, meeting)?.key as number
        const moved = run(
          'UPDATE annals SET turn = turn + 1, state = coalesce(?, state) WHERE document = ? AND turn = ?',
          ...[state, document, turn],
        )
        if (moved.changes === 0) return false
        const told = state === null ? 2 : 1
        for (const row of rows) run('UPDATE updates SET told = ? WHERE row = ? AND document = ?', told, row, document)
        if (state !== null) run('UPDATE updates SET told = 1 WHERE document = ? AND told = 2', document)
        for (const { at, by, kind, id, field, language } of marks) {
          run(
            `INSERT INTO marks VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
             at = excluded.at, turn = excluded.turn`,
            ...[document, by, kind, id ?? '', field, language ?? '', at, turn + 1],
          )
        }
        for (const person of new Set(marks.map(({ by }) => by))) {
          const beyond = one(
            'SELECT turn FROM marks WHERE document = ? AND person = ? ORDER BY turn DESC LIMIT 1 OFFSET ?',
            ...[document, person, most],
          )
          if (beyond === undefined) continue
          const last = beyond.turn as number
          run('DELETE FROM marks WHERE document = ? AND person = ? AND turn <= ?', document, person, last)
        }
        return true
      })
    },
    async marks(meeting, turn, most) {
      const rows = all(
        `SELECT marks.* FROM marks JOIN documents ON documents.key = marks.document
         WHERE documents.meeting = ? AND turn > ? ORDER BY turn DESC, at DESC LIMIT ?`,
        ...[meeting, turn, most],
      )
      return rows.map(markOf)
    },
    async members(meeting, people) {
      return people.flatMap((person) => {
        const row = one(`${memberOf} WHERE people.id = ? AND people.meeting = ?`, person, meeting)
        return row === undefined ? [] : [memberOfRow(row)]
      })
    },

    async seen(meeting, person) {
      const row = one(
        'SELECT at, turn, digest, agenda FROM seen NATURAL JOIN baselines WHERE meeting = ? AND person = ?',
        ...[meeting, person],
      )
      if (row === undefined) return null
      return {
        at: Number(row.at),
        turn: Number(row.turn),
        digest: row.digest as string,
        agenda: row.agenda as Uint8Array,
      }
    },
    async setSeen(meeting, person, { at, turn, digest, agenda }, first = false) {
      transaction(() => {
        const conflict = first
          ? 'DO NOTHING'
          : 'DO UPDATE SET at = excluded.at, turn = excluded.turn, digest = excluded.digest'
        const { changes } = run(
          `INSERT INTO seen VALUES (?, ?, ?, ?, ?) ON CONFLICT ${conflict}`,
          ...[meeting, person, at, turn, digest],
        )
        if (changes === 0) return
        run('INSERT INTO baselines VALUES (?, ?, ?) ON CONFLICT DO NOTHING', meeting, digest, agenda)
        run(
          'DELETE FROM baselines WHERE meeting = ?1 AND digest NOT IN (SELECT digest FROM seen WHERE meeting = ?1)',
          meeting,
        )
        run('DELETE FROM items_read WHERE meeting = ? AND person = ?', meeting, person)
      })
    },
    async itemsRead(meeting, person) {
      const rows = all(
        'SELECT item, digest FROM items_read WHERE meeting = ? AND person = ? ORDER BY key',
        meeting,
        person,
      )
      return new Map(rows.map(({ item, digest }) => [item as string, digest as string]))
    },
    async addItemsRead(meeting, person, items, most) {
      transaction(() => {
        for (const [item, digest] of items) {
          run(
            'INSERT OR REPLACE INTO items_read (meeting, person, item, digest) VALUES (?, ?, ?, ?)',
            ...[meeting, person, item, digest],
          )
        }
        run(
          `DELETE FROM items_read WHERE meeting = ?1 AND person = ?2 AND key <= (
             SELECT key FROM items_read WHERE meeting = ?1 AND person = ?2 ORDER BY key DESC LIMIT 1 OFFSET ?3)`,
          ...[meeting, person, most],
        )
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
      const rows = all(
        `SELECT *, (
           SELECT json_group_array(json_object('person', id, 'name', name) ORDER BY created_at, rowid) FROM people
           WHERE invitation = invitations.id
         ) AS people FROM invitations WHERE meeting = ? ORDER BY created_at, rowid`,
        meeting,
      )
      return rows.map((row) => ({
        ...(invitationOf(row) as Invitation),
        people: JSON.parse(row.people as string) as UsedInvitation['people'],
      }))
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
        // It may have been in the meeting with other rights.
        endings += 1
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
    async withdrawn(session) {
      const rows = all(
        `SELECT memberships.meeting FROM memberships JOIN people ON people.id = memberships.person
         JOIN invitations ON invitations.id = people.invitation
         WHERE memberships.session = ? AND invitations.revoked_at IS NOT NULL`,
        session,
      )
      return rows.map(({ meeting }) => meeting as MeetingId)
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
      return pairs.filter(({ session, person }) => {
        const held = one(
          `SELECT 1 FROM people JOIN memberships ON memberships.meeting = people.meeting
           JOIN invitations ON invitations.id = people.invitation
           JOIN people AS present ON present.id = memberships.person
           JOIN invitations AS present_by ON present_by.id = present.invitation
           WHERE memberships.session = ? AND people.id = ? AND invitations.revoked_at IS NULL
             AND present_by.role = invitations.role AND present_by.side IS invitations.side`,
          ...[session, person],
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
  for (const step of steps.slice(version)) typeof step === 'string' ? db.exec(step) : step(db)
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

function markOf(row: Row): Mark {
  return {
    at: Number(row.at),
    by: row.person as PersonId,
    kind: row.kind as MarkKind,
    id: row.id === '' ? null : (row.id as string),
    field: row.field as string,
    language: row.language === '' ? null : (row.language as Language),
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
