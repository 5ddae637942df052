import type { DatabaseSync } from 'node:sqlite'
import { inspect, storedLimits } from '../../../shared/wire/inspect.ts'
import { looksOf } from '../../access/look.ts'
import { nobody } from '../documents.ts'

const tables = `
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
 * What was folded before there was attribution has no author in it: it begins at the base of that day, and takes in the
 * rows that are not in it.
 */
const attribution = `
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

/** Of the ids from before there were owners, each is whose update first had it: the log has every one since the beginning. */
function ownersAndLineages(db: DatabaseSync): void {
  // An empty state vector is one zero.
  db.exec(`
    CREATE TABLE owners (
      document INTEGER NOT NULL, client INTEGER NOT NULL, person TEXT NOT NULL, PRIMARY KEY (document, client)
    ) WITHOUT ROWID;
    ALTER TABLE documents ADD COLUMN lineage INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE documents ADD COLUMN former BLOB NOT NULL DEFAULT x'00';
  `)
  const insert = db.prepare('INSERT INTO owners VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
  const log = db.prepare('SELECT document, person, bytes FROM updates WHERE person <> ? ORDER BY row').iterate(nobody)
  for (const { document, person, bytes } of log) {
    const seen = inspect(bytes as Uint8Array, storedLimits)
    for (const client of seen?.structs.keys() ?? []) insert.run(document as number, client, person as string)
  }
}

/*
 * The last update of each document, found without reading it or its log. No index of the whole log does this: SQLite
 * would prefer it to the one of what is not folded.
 */
const latest = `
  CREATE TABLE latest (document INTEGER PRIMARY KEY, row INTEGER NOT NULL);
  INSERT INTO latest SELECT document, max(row) FROM updates GROUP BY document;
  CREATE TRIGGER latest_of AFTER INSERT ON updates BEGIN
    INSERT INTO latest VALUES (new.document, new.row) ON CONFLICT DO UPDATE SET row = excluded.row;
  END;
`

/*
 * People are told apart by their sessions, no longer by their names: each keeps the sessions that it has, and its name is
 * compared with those of newcomers.
 */
function identity(db: DatabaseSync): void {
  db.exec(`
    CREATE TABLE persons (
      id TEXT PRIMARY KEY, meeting TEXT NOT NULL, invitation TEXT NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL,
      removed_at INTEGER
    );
    INSERT INTO persons SELECT id, meeting, invitation, name, created_at, NULL FROM people ORDER BY rowid;
    DROP TABLE people;
    ALTER TABLE persons RENAME TO people;
    CREATE INDEX people_of ON people (meeting);
    CREATE INDEX people_by ON people (invitation);
    -- What names look like.
    CREATE TABLE looks (meeting TEXT NOT NULL, look TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (meeting, look, person))
      WITHOUT ROWID;
    CREATE INDEX looks_of ON looks (person);
    CREATE TABLE codes (
      person TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE, made_by TEXT NOT NULL, expires_at INTEGER NOT NULL
    );
    -- Who a session was in a meeting before it became somebody else there.
    CREATE TABLE formers (session TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (session, person)) WITHOUT ROWID;
    -- Sessions that have taken another's place and are not used yet: the answer may have been lost.
    CREATE TABLE renewals (
      before TEXT PRIMARY KEY, way_in TEXT NOT NULL, person TEXT NOT NULL, session TEXT NOT NULL, at INTEGER NOT NULL
    );
    CREATE INDEX renewals_of ON renewals (session);
    ALTER TABLE invitations ADD COLUMN person_name TEXT;
    ALTER TABLE invitations ADD COLUMN expires_at INTEGER;
    ALTER TABLE invitations ADD COLUMN most_people INTEGER;
    CREATE TABLE entries (
      session TEXT NOT NULL, meeting TEXT NOT NULL, person TEXT NOT NULL, at INTEGER NOT NULL, id TEXT NOT NULL,
      way TEXT NOT NULL, invitation TEXT NOT NULL, used_on INTEGER NOT NULL, PRIMARY KEY (session, meeting)
    );
    INSERT INTO entries SELECT session, memberships.meeting, person, at, lower(hex(randomblob(6))), 'link', invitation,
      at - at % 86400000 FROM memberships JOIN people ON people.id = memberships.person ORDER BY memberships.rowid;
    DROP TABLE memberships;
    ALTER TABLE entries RENAME TO memberships;
    CREATE INDEX memberships_of ON memberships (meeting);
  `)
  const insert = db.prepare('INSERT OR IGNORE INTO looks VALUES (?, ?, ?)')
  for (const { id, meeting, name } of db.prepare('SELECT id, meeting, name FROM people').all()) {
    for (const look of looksOf(name as string)) insert.run(meeting as string, look, id as string)
  }
}

/**
 * How meetings end. What a server has under way for a meeting that another process deletes must not come back: no row of
 * it is taken any more. Rows by document are kept out where they are written. It comes after what makes tables
 * anew, since a trigger goes with its table.
 */
function endings(db: DatabaseSync): void {
  const tables = db
    .prepare(
      `SELECT tables.name FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
       WHERE tables.type = 'table' AND columns.name = 'meeting'`,
    )
    .all()
  db.exec(`
    CREATE TABLE retention (meeting TEXT PRIMARY KEY, until TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE deletion_requests (meeting TEXT PRIMARY KEY, person TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
    -- wiped: no byte of it is left in the file. last_document: no document gets this key or a lower one again.
    CREATE TABLE deleted (
      meeting TEXT PRIMARY KEY, at INTEGER NOT NULL, last_document INTEGER NOT NULL, wiped INTEGER NOT NULL
    ) WITHOUT ROWID;
  `)
  for (const name of [...tables.map((one) => one.name), 'retention', 'deletion_requests']) {
    db.exec(`
      CREATE TRIGGER ${name}_of_deleted BEFORE INSERT ON ${name}
      WHEN EXISTS (SELECT 1 FROM deleted WHERE meeting = new.meeting)
      BEGIN SELECT RAISE(ABORT, 'the meeting has been deleted'); END;
    `)
  }
}

/** What takes a file from each version to the next; the first makes it. Released ones stay as they are. */
const steps: readonly (string | ((db: DatabaseSync) => void))[] = [
  tables,
  versionsAndCalendars,
  attribution,
  ownersAndLineages,
  latest,
  (db) => {
    identity(db)
    endings(db)
  },
]
export const schemaVersion: number = steps.length

/** Brings a file to the newest version. One of a newer version than that is refused rather than guessed at. */
export function migrate(db: DatabaseSync): void {
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
