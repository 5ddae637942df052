import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMeeting } from '../../server/meeting/meetings.ts'
import { examine, unusable } from '../../server/storage/sqlite/folder.ts'
import { openSqlite } from '../../server/storage/sqlite/storage.ts'
import { verify } from '../../server/storage/sqlite/verify.ts'
import { merge } from '../../shared/wire/merge.ts'
import { compact } from '../../shared/wire/sync.ts'
import {
  blankAgenda,
  enter,
  rawClient,
  root,
  startProcess,
  startServer,
  stockClient,
  textOf,
} from '../support/server.ts'

/* A server at a folder that something has happened to. */

let folder: string
/** As a server left it that was killed: what it stored last is in the write-ahead log alone. */
let killed: string
/** The same folder an hour before: an older log, and an older database. */
let before: string
let cookie: string
let meeting: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-'))
  const data = join(folder, 'data')
  before = join(folder, 'before')
  killed = join(folder, 'killed')
  const storage = openSqlite(data)
  const made = await createMeeting(storage, blankAgenda(), Date.now())
  await storage.close()
  meeting = made.meeting
  const server = await startProcess(data)
  ;({ cookie } = await enter(server.origin, made.invitations[2]!.token, 'Ann'))
  const client = stockClient({ origin: server.origin, meeting, cookie })
  await client.synced
  const type = async (count: number) => {
    for (let i = 0; i < count; i += 1) {
      textOf(client.doc).insert(0, 'x'.repeat(200))
      await client.acknowledged()
    }
  }
  await type(20)
  cpSync(data, before, { recursive: true })
  await type(60)
  client.leave()
  server.child.kill('SIGKILL')
  await server.exited
  cpSync(data, killed, { recursive: true })
})
afterAll(() => rmSync(folder, { recursive: true }))

let copies = 0
function copyOf(source: string): string {
  const data = join(folder, `copy ${++copies}`)
  cpSync(source, data, { recursive: true })
  return data
}

const sqlite = (data: string) => join(data, 'parley.sqlite')
const wal = (data: string) => join(data, 'parley.sqlite-wal')

function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const fd = openSync(file, 'r+')
  writeSync(fd, bytes, 0, bytes.length, at)
  closeSync(fd)
}

function run(data: string, sql: string): void {
  const db = new DatabaseSync(sqlite(data))
  db.exec(sql)
  db.close()
}

/** Serves until it is ready, or ends: how it ended, and what it said. */
async function serve(data: string): Promise<{ code: number | null; said: string; child: ChildProcess | null }> {
  const child = spawn(process.execPath, ['server/cli/cli.ts', 'serve'], {
    cwd: root,
    env: { ...process.env, PORT: '0', PARLEY_DATA: data, PARLEY_READY: 'json' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  return new Promise((resolve) => {
    child.stdout.on('data', (text) => String(text).includes('{') && resolve({ code: null, said, child }))
    child.once('close', (code) => resolve({ code, said, child: null }))
  })
}

function refusalOf(data: string): string | null {
  try {
    examine(data, { thorough: true })
    return null
  } catch (error) {
    return unusable(data, error)
  }
}

const filesOf = (data: string) =>
  Object.fromEntries(
    readdirSync(data)
      .filter((name) => !/-shm$|^serving/.test(name))
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(data, name)))
          .digest('hex'),
      ]),
  )

const damages: Readonly<Record<string, readonly [damage: (data: string) => void, says: RegExp]>> = {
  'the write-ahead log is gone': [
    (data) => rmSync(wal(data)),
    /parley\.sqlite-wal is missing, and what was stored last was in it/,
  ],
  'the write-ahead log is empty': [(data) => truncateSync(wal(data)), /is older than what this folder has stored/],
  'the write-ahead log is cut at its end': [
    (data) => truncateSync(wal(data), statSync(wal(data)).size - 1000),
    /is older than what this folder has stored/,
  ],
  'a byte in the middle of the write-ahead log is another': [
    (data) => overwrite(wal(data), Math.floor(statSync(wal(data)).size / 2), Uint8Array.of(0xff)),
    /is older than what this folder has stored/,
  ],
  'the write-ahead log is an older one': [
    (data) => copyFileSync(wal(before), wal(data)),
    /is older than what this folder has stored|is damaged/,
  ],
  'the database is gone': [(data) => rmSync(sqlite(data)), /parley\.sqlite is missing, though .*shows/],
  'all but the lock file is gone': [
    (data) => {
      for (const name of ['parley.sqlite', 'parley.sqlite-wal', 'parley.sqlite-shm', 'parley.mark']) {
        rmSync(join(data, name))
      }
    },
    /parley\.sqlite is missing, though serving\.sqlite shows/,
  ],
  'the database is empty': [(data) => truncateSync(sqlite(data)), /parley\.sqlite is empty/],
  'the database is some text': [(data) => writeFileSync(sqlite(data), 'hello '.repeat(1000)), /is not a database/],
  'the database is that of another program': [
    (data) => {
      for (const name of readdirSync(data)) rmSync(join(data, name))
      run(data, 'CREATE TABLE theirs (x); PRAGMA user_version = 3')
    },
    /is the database of another program/,
  ],
  'the database is of a newer release': [
    (data) => run(data, 'PRAGMA user_version = 99'),
    /of a newer version of Parley/,
  ],
  'the database is cut to half': [
    (data) => {
      run(data, 'PRAGMA wal_checkpoint(TRUNCATE)')
      truncateSync(sqlite(data), statSync(sqlite(data)).size / 2)
    },
    /its database is damaged/,
  ],
  'pages of the database are overwritten': [
    (data) => {
      run(data, 'PRAGMA wal_checkpoint(TRUNCATE)')
      for (let at = 8192; at < statSync(sqlite(data)).size; at += 4096)
        overwrite(sqlite(data), at, Buffer.alloc(64, 0xee))
    },
    /its database is damaged/,
  ],
}

test.each(Object.entries(damages))(
  'no folder is served empty or short of what it held where %s',
  async (_name, [damage, says]) => {
    const data = copyOf(killed)
    damage(data)
    const files = filesOf(data)
    const said = refusalOf(data)
    expect(said).toMatch(says)
    expect(said).toMatch(/^PARLEY_DATA is ".+", but [^\n]*Nothing was changed[^\n]*(restore|install|verify)[^\n]*\.$/)
    // Verifying finds it as well.
    const { findings } = await verify(data, async (_document, updates) => compact(updates))
    expect(findings.map(({ message }) => message)).not.toEqual([])
    // And nothing was.
    expect(filesOf(data)).toEqual(files)
  },
)

test('a start that ends so prints that one sentence, and makes no server', async () => {
  const data = copyOf(killed)
  rmSync(wal(data))
  expect(await serve(data)).toEqual({ code: 2, said: `${refusalOf(data)}\n`, child: null })
})

test.each([
  ['as a server that was killed left it', () => {}],
  ['without a mark, as an earlier release left it', (data: string) => rmSync(join(data, 'parley.mark'))],
  [
    'after another program has taken in the write-ahead log',
    (data: string) => run(data, 'PRAGMA wal_checkpoint(TRUNCATE)'),
  ],
] as const)('a folder is served %s, with all that was acknowledged', async (_name, change) => {
  const data = copyOf(killed)
  change(data)
  const server = await startProcess(data)
  const client = stockClient({ origin: server.origin, meeting, cookie })
  await client.synced
  expect(textOf(client.doc).length).toBe(80 * 200)
  client.leave()
  server.child.kill('SIGTERM')
  expect((await server.exited).code).toBe(0)
})

test('a second server notices the first, also after the lock file was deleted', async () => {
  const data = copyOf(killed)
  const server = await startProcess(data)
  for (const name of readdirSync(data).filter((one) => one.startsWith('serving'))) rmSync(join(data, name))
  const second = await serve(data)
  second.child?.kill('SIGKILL')
  expect([second.code, second.said]).toEqual([2, expect.stringMatching(/another Parley server is serving that folder/)])
  server.child.kill('SIGKILL')
  await server.exited
  const third = await startProcess(data)
  third.child.kill('SIGTERM')
  await third.exited
})

const cut = (table: string, column: string) =>
  `UPDATE ${table} SET ${column} = substr(${column}, 1, length(${column}) - 3)`

test.each([
  ['its state is damaged', cut('documents', 'base')],
  ['its state is none', `UPDATE documents SET base = x'ff00ff'`],
  [
    'its state is damaged and an update in its log, which attribution has taken in',
    `${cut('documents', 'base')}; UPDATE annals SET state = whole(document); UPDATE updates SET told = 1;
     UPDATE updates SET bytes = x'ff' WHERE row = (SELECT max(row) FROM updates)`,
  ],
])('a document is made anew from its log where %s', async (_name, sql) => {
  const data = copyOf(killed)
  const db = new DatabaseSync(sqlite(data))
  const whole = db.prepare('SELECT base FROM documents WHERE name = ? UNION ALL SELECT bytes FROM updates')
  const updates = whole.all('agenda').map((row) => Object.values(row)[0] as Uint8Array)
  db.function('whole', { varargs: true }, () => merge(updates))
  db.exec(sql)
  db.close()
  const server = await startServer({ data })
  const client = stockClient({ origin: server.origin, meeting, cookie })
  await client.synced
  expect(textOf(client.doc).length).toBe(80 * 200)
  client.leave()
  const exported = await fetch(`${server.origin}/api/meetings/${meeting}/export/md`, { headers: { cookie } })
  expect(exported.status).toBe(200)
  const metrics = await (await fetch(`${server.origin}/metrics`)).text()
  expect(metrics).toMatch(/^parley_documents_damaged_total\{outcome="rebuilt"\} [1-9]/m)
  await server.stop()
})

test('an export alone makes a damaged document anew as well', async () => {
  const data = copyOf(killed)
  run(data, cut('documents', 'base'))
  const server = await startServer({ data })
  const exported = await fetch(`${server.origin}/api/meetings/${meeting}/export/json`, { headers: { cookie } })
  expect([exported.status, ((await exported.json()) as { title: unknown }).title]).toEqual([200, blankAgenda().title])
  await server.stop()
})

test.each([
  ['what its log began with', `${cut('documents', 'base')}; ${cut('annals', 'state')}`],
  ['an update', `${cut('documents', 'base')}; UPDATE updates SET bytes = x'ff' WHERE row = 40`],
  ['an update that is folded nowhere', `UPDATE updates SET bytes = x'ff' WHERE row = 40`],
  ['an update that later ones build on', `${cut('documents', 'base')}; DELETE FROM updates WHERE row = 40`],
])('one damaged meeting harms no other: it is refused where its log lacks %s', async (_name, sql) => {
  const data = copyOf(killed)
  run(data, sql)
  const server = await startServer({ data })
  const other = await server.meet()
  const both = await enter(server.origin, other.invitations[0]!.token, 'Ann', cookie)
  const raw = rawClient({ origin: server.origin, meeting, cookie: both.cookie })
  expect(await raw.closed).toEqual({ code: 1011, reason: 'the document is damaged' })
  expect(raw.frames).toEqual([])
  const ask = (path: string) => fetch(`${server.origin}/api/${path}`, { headers: { cookie: both.cookie } })
  const refused = await ask(`meetings/${meeting}/export/md`)
  expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([503, 'damaged'])
  // The person is in both, and the other goes on.
  const listed = (await (await ask('session')).json()) as { memberships: { meeting: string }[] }
  expect(listed.memberships.map((one) => one.meeting).sort()).toEqual([meeting, other.meeting].sort())
  const client = stockClient({ origin: server.origin, meeting: other.meeting, cookie: both.cookie })
  await client.synced
  textOf(client.doc).insert(0, 'goes on')
  await client.acknowledged()
  client.leave()
  await server.stop()
})
