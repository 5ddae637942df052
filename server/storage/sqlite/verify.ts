import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { differing } from '../../../shared/wire/content.ts'
import { addExtent, type Extent } from '../../../shared/wire/extent.ts'
import { type Inspection, inspect, storedLimits } from '../../../shared/wire/inspect.ts'
import { emptyUpdate, merge } from '../../../shared/wire/merge.ts'
import { reachesBeyond } from '../../../shared/wire/sync.ts'
import { type Manifest, readManifest } from './backup.ts'
import { type Content, contentOf } from './content.ts'
import { openDatabase } from './database.ts'
import { isWhole } from './documents.ts'
import { examine, isSqlite, newer, openToRead, sqliteFile, versionOf } from './folder.ts'
import { schemaVersion } from './schema.ts'
import { agendaOfVersion } from './versions.ts'

/** Something that is wrong with stored data. The message is a sentence or two: what, and what to do. */
export interface Finding {
  readonly what: 'file' | 'table' | 'document' | 'version'
  readonly meeting?: string
  /** The document's name, or the version's number. */
  readonly name?: string
  readonly message: string
}

export interface Verified {
  readonly findings: readonly Finding[]
  readonly documents: number
  readonly updates: number
  readonly versions: number
}

/** Opens a document by Yjs. Rejects with the reason when that fails; must not hang. */
export type Open = (name: string, updates: readonly Uint8Array[]) => Promise<unknown>

const restoreIt = 'Restore the newest backup in which verify finds nothing.'
const rebuiltAtOpening = 'The server rebuilds it from its log when somebody opens it.'

/** Reads all of a data folder, or of a backup, and says what is wrong. Changes nothing; a server may be running. */
export async function verify(path: string, open: Open): Promise<Verified> {
  const findings: Finding[] = []
  const found = (finding: Finding) => void findings.push(finding)
  const counts = { documents: 0, updates: 0, versions: 0 }
  const done = () => ({ findings, ...counts })
  const isFolder = statSync(path).isDirectory()
  const file = isFolder ? sqliteFile(path) : path
  if (isFolder) {
    try {
      examine(path)
    } catch (error) {
      found({ what: 'file', message: `In the folder ${path}, ${messageOf(error)}.` })
    }
  }
  if (!existsSync(file)) {
    if (findings.length === 0) found({ what: 'file', message: `In the folder ${path} there is no parley.sqlite.` })
    return done()
  }
  if (!isSqlite(file)) {
    if (findings.length === 0) found({ what: 'file', message: `The file ${path} is not a database. ${restoreIt}` })
    return done()
  }
  const db = openToRead(file)
  try {
    db.exec('BEGIN')
    const version = versionOf(db)
    if (version > schemaVersion) {
      if (findings.length === 0) found({ what: 'file', message: `Of ${path}, ${newer(version).message}.` })
      return done()
    }
    for (const row of db.prepare('PRAGMA integrity_check(5)').all()) {
      if (row.integrity_check === 'ok') break
      found({ what: 'file', message: `The database ${file} is damaged: ${line(row.integrity_check)}. ${restoreIt}` })
    }
    const manifest = isFolder ? null : readManifest(db)
    if (!isFolder) compareManifest(db, manifest, path, version, found)
    // Where pages are mixed up, rows of other tables look like documents.
    const known = manifest && new Set(manifest.documents.map(({ meeting, name }) => `${meeting} ${name}`))
    await (version === schemaVersion ? check(db, known) : checkCopy(db, known))
  } catch (error) {
    found({ what: 'file', message: `The database ${file} is damaged: ${line(messageOf(error))}. ${restoreIt}` })
  } finally {
    db.close()
  }
  return done()

  /** Data of an earlier release is read as this one would take it along. */
  async function checkCopy(old: DatabaseSync, known: Known): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'parley-'))
    const copy = join(folder, 'copy.sqlite')
    try {
      await backup(old, copy)
      openDatabase(copy).close()
      const migrated = new DatabaseSync(copy, { readOnly: true })
      await check(migrated, known).finally(() => migrated.close())
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  async function check(current: DatabaseSync, known: Known): Promise<void> {
    for (const { sql, table, says } of relations) {
      attempt(`The table ${table}`, { what: 'table', name: table }, () => {
        const wrong = current.prepare(sql).all()
        if (wrong.length === 0) return
        const [first] = wrong
        const { meeting } = first as { meeting?: string }
        const more = wrong.length > 1 ? ` (and ${wrong.length - 1} more)` : ''
        const message = `${says} ${Object.values(first ?? {})
          .map(line)
          .join(' of meeting ')}${more}. ${restoreIt}`
        found({ what: 'table', name: table, ...(meeting && { meeting }), message })
      })
    }
    await checkDocuments(current, known, found, counts, open)
    checkVersions(current, known, found, counts)
  }

  function attempt(subject: string, of: Omit<Finding, 'message'>, work: () => void): void {
    try {
      work()
    } catch (error) {
      found({ ...of, message: `${subject} cannot be read: ${line(messageOf(error))}. ${restoreIt}` })
    }
  }
}

type Found = (finding: Finding) => void
/** The documents that a backup says it holds, by meeting and name. */
type Known = ReadonlySet<string> | null

function compareManifest(
  db: DatabaseSync,
  manifest: Manifest | null,
  path: string,
  version: number,
  found: Found,
): void {
  if (manifest === null) {
    const message = `The file ${path} has no intact list of what it holds, so it is not a backup, or a damaged one. ${restoreIt}`
    found({ what: 'file', message })
    return
  }
  if (manifest.schema !== version) {
    const message = `The file ${path} says that it is of version ${version}, but was made of version ${manifest.schema}. ${restoreIt}`
    found({ what: 'file', message })
  }
  let content: Content
  try {
    content = contentOf(db)
  } catch (error) {
    const message = `Not all rows of ${path} can be read: ${line(messageOf(error))}. ${restoreIt}`
    found({ what: 'file', message })
    return
  }
  const now = new Map(content.documents.map((one) => [one.key, one]))
  for (const one of manifest.documents) {
    if (now.get(one.key)?.hash === one.hash) continue
    const message = `${nameOf(one.meeting, one.name)} is not as it was backed up: its state or its log differs. ${restoreIt}`
    found({ what: 'document', meeting: one.meeting, name: one.name, message })
  }
  const known = new Set(manifest.documents.map(({ key }) => key))
  if (content.documents.some(({ key }) => !known.has(key))) {
    const message = `The table documents has rows that were not backed up. ${restoreIt}`
    found({ what: 'table', name: 'documents', message })
  }
  for (const name of new Set([...Object.keys(manifest.tables), ...Object.keys(content.tables)])) {
    if (manifest.tables[name]?.hash === content.tables[name]?.hash) continue
    const rows = `${content.tables[name]?.rows ?? 'no'} rows, ${manifest.tables[name]?.rows ?? 'none'} when it was made`
    const message = `The table ${line(name)} is not as it was backed up (${rows}). ${restoreIt}`
    found({ what: 'table', name, message })
  }
}

async function checkDocuments(
  db: DatabaseSync,
  known: Known,
  found: Found,
  counts: { documents: number; updates: number },
  open: Open,
): Promise<void> {
  const rows = new Map<number, number[]>()
  for (const { row, document } of db.prepare('SELECT row, document FROM updates NOT INDEXED').iterate()) {
    const list = rows.get(Number(document))
    if (list === undefined) rows.set(Number(document), [Number(row)])
    else list.push(Number(row))
  }
  const list = db.prepare('SELECT key, meeting, name FROM documents ORDER BY meeting, key').all()
  for (const { key, meeting, name } of list) {
    if (known?.has(`${meeting} ${name}`) === false) continue
    counts.documents += 1
    const log = rows.get(Number(key)) ?? []
    counts.updates += log.length
    const named = { what: 'document' as const, meeting: String(meeting), name: String(name) }
    const subject = nameOf(named.meeting, named.name)
    const tell = (message: string) => found({ ...named, message: `${subject} ${message}` })
    try {
      await checkDocument(db, { key: Number(key), name: named.name, log }, tell, open)
    } catch (error) {
      tell(`cannot be read: ${line(messageOf(error))}. ${restoreIt}`)
    }
  }
}

interface Stored {
  readonly key: number
  readonly name: string
  /** Rows of its log. */
  readonly log: readonly number[]
}

async function checkDocument(
  db: DatabaseSync,
  { key, name, log }: Stored,
  tell: (message: string) => void,
  open: Open,
): Promise<void> {
  const base = db.prepare('SELECT base FROM documents WHERE key = ?').get(key)?.base as Uint8Array
  const state = db.prepare('SELECT state FROM annals WHERE document = ?').get(key)?.state as Uint8Array | undefined
  const select = db.prepare('SELECT folded, bytes FROM updates WHERE row = ?')
  const updates = log.map((row) => ({ row, ...(select.get(row) as { folded: number; bytes: Uint8Array }) }))
  const read = updates.map((one) => ({ ...one, seen: inspect(one.bytes, storedLimits) }))
  for (const { row, seen } of read)
    if (seen === null) tell(`has a damaged update in its log (row ${row}). ${restoreIt}`)
  const logged = read.flatMap(({ bytes, seen }) => (seen === null ? [] : [{ bytes, seen }]))
  const stateSeen = state === undefined ? undefined : inspect(state, storedLimits)
  if (stateSeen === null) tell(`has a damaged copy by which changes are attributed. ${restoreIt}`)
  const baseSeen = inspect(base, storedLimits)
  if (baseSeen === null) {
    const began = stateSeen ? state : state === undefined && name !== 'agenda' ? emptyUpdate : undefined
    const isRebuilt =
      began && logged.length === read.length && isWhole(merge([began, ...logged.map((one) => one.bytes)]))
    tell(`is damaged. ${isRebuilt ? rebuiltAtOpening : restoreIt}`)
    return
  }

  const tail = read.flatMap(({ folded, bytes, seen }) => (folded || seen === null ? [] : [{ bytes, seen }]))
  const parts = [base, ...tail.map(({ bytes }) => bytes)]
  const held = extentsOf([baseSeen, ...tail.map(({ seen }) => seen)])
  const sources = [...(state && stateSeen ? [{ bytes: state, seen: stateSeen }] : []), ...logged]
  if (sources.length > 0) {
    const source = extentsOf(sources.map(({ seen }) => seen))
    const lost = [...source.structs.keys()].filter((client) => reachesBeyond(source.structs, held.structs, client))
    const kept = [...source.deletes.keys()].filter((client) => reachesBeyond(source.deletes, held.deletes, client))
    if (lost.length + kept.length > 0) tell(`lacks changes that its log has. ${restoreIt}`)
    const clients = new Set(source.structs.keys())
    const others = differing(parts, merge(sources.map(({ bytes }) => bytes)), held.deletes, clients, () => false)
    if (others.size > 0) tell(`says something else than its log. ${restoreIt}`)
    // Of the agenda before a rebuild nothing but its state knows with what it began.
    const began = state !== undefined || (name !== 'agenda' && !name.startsWith('agenda of lineage'))
    const unknown = [...held.structs.keys()].filter((client) => reachesBeyond(held.structs, source.structs, client))
    if (began && unknown.length > 0 && logged.length === read.length && stateSeen !== null) {
      tell(`has changes that its log lacks. ${restoreIt}`)
    }
  }
  await open(name, parts).catch((error: unknown) => {
    tell(`cannot be opened: ${line(messageOf(error))}. ${restoreIt}`)
  })
}

function extentsOf(seen: readonly Inspection[]): { structs: Extent; deletes: Extent } {
  const structs: Extent = new Map()
  const deletes: Extent = new Map()
  for (const one of seen) {
    addExtent(structs, one.structs)
    addExtent(deletes, one.deletes)
  }
  return { structs, deletes }
}

function checkVersions(db: DatabaseSync, known: Known, found: Found, counts: { versions: number }): void {
  for (const { id, meeting, number } of db.prepare('SELECT id, meeting, number FROM versions NOT INDEXED').all()) {
    if (known?.has(`${meeting} agenda`) === false) continue
    counts.versions += 1
    const named = { what: 'version' as const, meeting: String(meeting), name: String(number) }
    const subject = `Version ${number} of meeting ${line(meeting)}`
    try {
      const row = db.prepare(`SELECT hash, ${agendaOfVersion} AS agenda FROM versions WHERE id = ?`).get(id as string)
      const hash = createHash('sha256')
        .update(row?.agenda as Uint8Array)
        .digest('hex')
      if (hash !== row?.hash) found({ ...named, message: `${subject} does not match its hash. ${restoreIt}` })
    } catch (error) {
      found({ ...named, message: `${subject} cannot be read: ${line(messageOf(error))}. ${restoreIt}` })
    }
  }
}

/** What rows say of each other. Each query finds what is wrong: what it is, and of which meeting, where it has one. */
const relations: readonly { readonly table: string; readonly says: string; readonly sql: string }[] = [
  {
    table: 'documents',
    says: 'A document belongs to no meeting:',
    sql: 'SELECT name, meeting FROM documents WHERE meeting NOT IN (SELECT id FROM meetings)',
  },
  {
    table: 'documents',
    says: 'A meeting has no agenda:',
    sql: `SELECT id AS meeting FROM meetings WHERE id NOT IN (SELECT meeting FROM documents WHERE name = 'agenda')`,
  },
  {
    table: 'annals',
    says: 'An agenda has no copy by which changes are attributed:',
    sql: `SELECT name, meeting FROM documents WHERE name = 'agenda' AND key NOT IN (SELECT document FROM annals)`,
  },
  {
    table: 'updates',
    says: 'An update in the log belongs to no document: row',
    sql: 'SELECT row FROM updates NOT INDEXED WHERE document NOT IN (SELECT key FROM documents)',
  },
  {
    table: 'latest',
    says: 'The last update of a document is not noted right:',
    sql: `SELECT name, meeting FROM documents JOIN (SELECT document AS of, max(row) AS last FROM updates NOT INDEXED GROUP BY document)
      ON of = key LEFT JOIN latest ON latest.document = key WHERE latest.row IS NOT last`,
  },
  ...(
    [
      ['invitations', 'An invitation', 'id'],
      ['people', 'A person', 'id'],
      ['versions', 'A version', 'id'],
      ['calendars', 'A calendar', 'id'],
      ['revisions', 'The table of calendar revisions', `'a row'`],
      ['baselines', 'A seen agenda', 'digest'],
      ['seen', 'A mark of what was seen', 'person'],
      ['items_read', 'A mark of an item that was read', 'item'],
    ] as const
  ).map(([table, says, id]) => ({
    ...{ table, says: `${says} belongs to no meeting:` },
    sql: `SELECT ${id} AS id, meeting FROM ${table} WHERE meeting NOT IN (SELECT id FROM meetings)`,
  })),
  {
    table: 'people',
    says: 'A person came in by no invitation of their meeting:',
    sql: `SELECT people.id, people.meeting FROM people LEFT JOIN invitations ON invitations.id = people.invitation
      WHERE invitations.meeting IS NOT people.meeting`,
  },
  ...['memberships', 'versions', 'calendars', 'seen'].map((table) => ({
    ...{ table, says: `A row of ${table} names nobody of its meeting:` },
    sql: `SELECT ${table}.person, ${table}.meeting FROM ${table} LEFT JOIN people ON people.id = ${table}.person
      WHERE people.meeting IS NOT ${table}.meeting`,
  })),
  {
    table: 'seen',
    says: 'What somebody has seen is not there:',
    sql: 'SELECT person, meeting FROM seen WHERE (meeting, digest) NOT IN (SELECT meeting, digest FROM baselines)',
  },
  ...['owners', 'marks', 'annals'].map((table) => ({
    ...{ table, says: `A row of ${table} belongs to no document:` },
    sql: `SELECT document FROM ${table} WHERE document NOT IN (SELECT key FROM documents)`,
  })),
]

function nameOf(meeting: string, name: string): string {
  const lineage = /^agenda of lineage (\d+)$/.exec(name)?.[1]
  const what = lineage === undefined ? `The document ${line(name)}` : `The agenda before rebuild ${lineage}`
  return `${what} of meeting ${line(meeting)}`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Printed on one line: it may come out of a damaged file. */
function line(text: unknown): string {
  return String(text)
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 160)
}
