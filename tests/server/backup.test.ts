import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { run } from '../../server/cli/command.ts'
import type { Finding } from '../../server/storage/sqlite/verify.ts'
import { readAgenda } from '../../shared/document/read.ts'
import type { Facts } from '../fixtures/folder.ts'
import { sample, seeded } from '../support/agenda.ts'
import { enter, root, startProcess, startServer, stockClient, type TestServer, textOf } from '../support/server.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

let made = 0
const fresh = (name = '') => join(folder, `${++made}${name}`)

async function parley(data: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: string[][] = [[], []]
  const code = await run(args, {
    env: { PARLEY_DATA: data },
    serve: async () => 0,
    out: (text) => out!.push(String(text)),
    err: (text) => err!.push(text),
    now: Date.now,
  })
  return { code, out: out!.join(''), err: err!.join('') }
}

interface Verification {
  readonly code: number
  readonly findings: readonly Finding[]
}

async function verify(path: string): Promise<Verification> {
  const { code, out } = await parley('', 'verify', path, '--json')
  return { code, findings: (JSON.parse(out) as Verification).findings }
}

/** The folder of the newest release that the fixtures have, and what it is known to hold. */
function used(): { data: string; facts: Facts } {
  const newest = readdirSync(join(root, 'tests/fixtures'))
    .filter((name) => name.startsWith('folder-'))
    .sort((a, b) => Number(b.slice(7)) - Number(a.slice(7)))[0]!
  const data = fresh()
  cpSync(join(root, 'tests/fixtures', newest), data, { recursive: true })
  const facts = JSON.parse(readFileSync(join(data, 'facts.json'), 'utf8')) as Facts
  rmSync(join(data, 'facts.json'))
  return { data, facts }
}

/** Every row of every table as text, by a reader that knows nothing of ours. Throws where one cannot be read. */
function rowsOf(file: string): string {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    db.prepare('SELECT count(*) FROM sqlite_schema').get()
    const tables = db.prepare(`SELECT name, sql FROM sqlite_schema ORDER BY name`).all()
    const hash = createHash('sha256').update(JSON.stringify(tables))
    for (const { name, sql } of tables) {
      if (!String(sql).startsWith('CREATE TABLE')) continue
      const all = db.prepare(`SELECT * FROM "${name}" NOT INDEXED`)
      all.setReadBigInts(true)
      for (const row of all.iterate()) {
        for (const value of Object.values(row)) {
          hash.update(value instanceof Uint8Array ? value : `${typeof value} ${value}`).update('|')
        }
      }
    }
    hash.update(JSON.stringify(db.prepare('PRAGMA user_version').get()))
    return hash.digest('hex')
  } finally {
    db.close()
  }
}

test('P1: a backup made while people type is one point in time: all acknowledged before it is in it, restored', async () => {
  const server = await startServer({ agenda: sample(), data: fresh() })
  const meetings = [server, await server.meet(sample())]
  const typists = await Promise.all(
    meetings.map(async ({ meeting, invitations }, at) => {
      const token = invitations.find(({ role, side }) => role === 'delegate' && side === 'us')!.token
      const { cookie } = await enter(server.origin, token, `T${at}`)
      const client = stockClient({ origin: server.origin, meeting, cookie })
      await client.synced
      return { meeting, cookie, client, written: 0 }
    }),
  )
  let typing = true
  const work = typists.map(async (one) => {
    while (typing) {
      // Numbers in order: a state is a point in time when none is missing before its last.
      textOf(one.client.doc).insert(textOf(one.client.doc).length, `${one.written},`)
      await one.client.acknowledged()
      one.written += 1
    }
  })
  const taken: { file: string; before: number[]; after: number[] }[] = []
  for (let i = 0; i < 4; i += 1) {
    const file = fresh('.backup')
    const before = typists.map(({ written }) => written)
    const { code, err } = await promisify(execFile)(process.execPath, ['server/cli/cli.ts', 'backup', file], {
      cwd: root,
      env: { ...process.env, PARLEY_DATA: server.data },
    }).then(
      () => ({ code: 0, err: '' }),
      (error: { code: number; stderr: string }) => ({ code: error.code, err: error.stderr }),
    )
    expect([code, err]).toEqual([0, ''])
    // The folder too, while it is written.
    expect(await verify(server.data)).toEqual({ code: 0, findings: [] })
    taken.push({ file, before, after: typists.map(({ written }) => written) })
  }
  typing = false
  await Promise.all(work)
  for (const { client } of typists) client.leave()
  await server.stop()
  for (const { file, before, after } of taken) {
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(await verify(file)).toEqual({ code: 0, findings: [] })
    const data = fresh()
    expect((await parley(data, 'restore', file)).code).toBe(0)
    const again = await startServer({ data })
    for (const [at, { meeting, cookie }] of typists.entries()) {
      const client = stockClient({ origin: again.origin, meeting, cookie })
      await client.synced
      const numbers = textOf(client.doc).toString().split(',').slice(0, -1).map(Number)
      expect(numbers).toEqual(numbers.map((_, i) => i))
      expect(numbers.length).toBeGreaterThanOrEqual(before[at]!)
      expect(numbers.length).toBeLessThanOrEqual(after[at]! + 1)
      client.leave()
    }
    await again.stop()
  }
  expect(taken[3]!.before[0]).toBeGreaterThan(taken[0]!.before[0]!)
})

test('a backup never writes over a file, and leaves none that is not complete', async () => {
  const { data } = used()
  const file = fresh('.backup')
  writeFileSync(file, 'mine')
  const refused = await parley(data, 'backup', file)
  expect([refused.code, refused.err]).toEqual([
    2,
    `FILE is "${file}", but there is a file of that name: nothing was written.\n`,
  ])
  expect(readFileSync(file, 'utf8')).toBe('mine')
  const nowhere = await parley(data, 'backup', join(folder, 'no/such/folder/x'))
  expect([nowhere.code, nowhere.err]).toEqual([
    2,
    expect.stringMatching(/^FILE is ".+", but it cannot be written: .+\n$/),
  ])
  expect(readdirSync(folder).filter((name) => name.includes('.part'))).toEqual([])
})

test('restoring verifies first, and touches no folder that has anything in it', async () => {
  const { data } = used()
  const file = fresh('.backup')
  await parley(data, 'backup', file)
  const full = await parley(data, 'restore', file)
  expect([full.code, full.err]).toEqual([2, expect.stringMatching(/but that folder is not empty/)])
  const bytes = readFileSync(file)
  const damaged = fresh('.backup')
  writeFileSync(damaged, bytes.subarray(0, bytes.length / 2))
  const target = fresh()
  const refused = await parley(target, 'restore', damaged)
  expect([refused.code, existsSync(target)]).toEqual([1, false])
  expect(refused.err).toMatch(/Nothing was restored\./)
})

test('the commands of the README bring everybody back on a fresh machine', async () => {
  const { data, facts } = used()
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const commands = [...readme.matchAll(/^(?:PARLEY_DATA=(\S+) )?npx parley (backup|verify|restore) (\S+)/gm)]
  expect(commands.map(([, , command]) => command)).toEqual(['backup', 'verify', 'restore'])
  const at = fresh()
  for (const [, , command, file] of commands) {
    const { code, err } = await parley(command === 'restore' ? at : data, command!, join(folder, file!))
    expect([command, code, err.replace('Working ...\n', '')]).toEqual([command, 0, ''])
  }
  const server = await startProcess(at)
  for (const { cookie } of Object.values(facts.people)) {
    const { status } = await fetch(`${server.origin}/api/meetings/${facts.meeting}`, { headers: { cookie } })
    expect(status).toBe(200)
  }
  const client = stockClient({ origin: server.origin, meeting: facts.meeting, cookie: facts.people.us.cookie })
  await client.synced
  expect(readAgenda(client.doc)).toMatchObject(facts.agenda as object)
  client.leave()
  server.child.kill('SIGTERM')
  expect((await server.exited).code).toBe(0)
})

test('an agenda that was rebuilt after the backup is never merged with the restored one', async () => {
  const { data, facts } = used()
  const file = fresh('.backup')
  await parley(data, 'backup', file)
  const { meeting, people } = facts
  const place = (server: TestServer) => ({ origin: server.origin, meeting, cookie: people.us.cookie })
  const rebuild = async (server: TestServer) => {
    const options = { method: 'POST', headers: { cookie: people.us.cookie } }
    expect((await fetch(`${server.origin}/api/meetings/${meeting}/rebuild`, options)).status).toBe(200)
  }
  const copyOf = async (server: TestServer) => {
    const client = stockClient(place(server))
    await client.synced
    const copy = new Y.Doc()
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(client.doc))
    client.leave()
    return copy
  }
  const later = await startServer({ data })
  const [before, after] = [await copyOf(later), await rebuild(later).then(() => copyOf(later))]
  await later.stop()

  const at = fresh()
  await parley(at, 'restore', file)
  const restored = await startServer({ data: at })
  await expect(stockClient(place(restored), after).synced).rejects.toThrow('4410')
  const back = stockClient(place(restored), before)
  await back.synced
  expect(readAgenda(back.doc)).toMatchObject(facts.agenda as object)
  back.leave()
  await rebuild(restored)
  for (const one of [before, after]) await expect(stockClient(place(restored), one).synced).rejects.toThrow('4410')
  expect(readAgenda(await copyOf(restored))).toMatchObject(facts.agenda as object)
  await restored.stop()
  expect(await verify(at)).toEqual({ code: 0, findings: [] })
})

/** What may befall a file. Each returns the bytes as they are then. */
const damages: Readonly<Record<string, (bytes: Buffer, random: () => number) => Buffer>> = {
  'a byte flipped': (bytes, random) => {
    const at = Math.floor(random() * bytes.length)
    bytes[at] = bytes[at]! ^ (1 << Math.floor(random() * 8))
    return bytes
  },
  'a run of bytes overwritten': (bytes, random) => {
    const at = Math.floor(random() * bytes.length)
    return bytes.fill(Math.floor(random() * 256), at, at + 1 + Math.floor(random() * 600))
  },
  'cut short': (bytes, random) => bytes.subarray(0, Math.floor(random() * bytes.length)),
  'two pages swapped': (bytes, random) => {
    const pages = bytes.length / 4096
    const [one, other] = [Math.floor(random() * pages) * 4096, Math.floor(random() * pages) * 4096]
    const kept = Buffer.from(bytes.subarray(one, one + 4096))
    bytes.copy(bytes, one, other, other + 4096)
    kept.copy(bytes, other)
    return bytes
  },
}

test('200 damaged backups: each is found, unless every row of it is as it was', async () => {
  const { data, facts } = used()
  const file = fresh('.backup')
  await parley(data, 'backup', file)
  const whole = readFileSync(file)
  const rows = rowsOf(file)
  const harmless: string[] = []
  // PARLEY_SEED and PARLEY_COUNT play others.
  const first = Number(process.env.PARLEY_SEED ?? 1)
  const count = Number(process.env.PARLEY_COUNT ?? 200)
  for (let seed = first; seed < first + count; seed += 1) {
    const random = seeded(seed)
    const [name, damage] = Object.entries(damages)[seed % 4]!
    const damaged = fresh('.backup')
    writeFileSync(damaged, damage(Buffer.from(whole), random))
    const { code, findings } = await verify(damaged)
    const what = `seed ${seed}: ${name}`
    expect([what, code]).toEqual([what, findings.length > 0 ? 1 : 0])
    for (const one of findings) {
      // Each names what is damaged, and says what to do. Where the file as a whole is, names may be of mixed up pages.
      if (one.what === 'file') expect(one.message).toMatch(/file|database|rows of/)
      else if (one.what === 'table') expect(one.name).toMatch(/^\S/)
      else if (findings.every(({ what }) => what !== 'file'))
        expect([one.meeting, one.message]).toEqual([facts.meeting, expect.stringContaining(facts.meeting)])
      expect(one.message).toMatch(/[Rr]estore|rebuilds/)
    }
    if (findings.length === 0) {
      harmless.push(what)
      expect([what, rowsOf(damaged)]).toEqual([what, rows])
    }
    rmSync(damaged)
  }
  // Unused ends of pages are some of the file, not most of it.
  expect(harmless.length).toBeLessThan(count / 3)
})

/** In a folder there is no list of hashes to compare with: what it holds is compared with itself. */
const wounds: Readonly<Record<string, readonly [sql: string, what: Finding['what'], says: RegExp]>> = {
  'a state that is none': [
    `UPDATE documents SET base = substr(base, 1, length(base) - 5) WHERE name = 'agenda'`,
    'document',
    /The document agenda of meeting .+ is damaged\. The server rebuilds it/,
  ],
  'a letter of the state': [
    `UPDATE documents SET base = misspelt(base) WHERE name = 'agenda'`,
    'document',
    /says something else than its log/,
  ],
  'an older state': [
    `UPDATE documents SET base = (SELECT state FROM annals WHERE document = key) WHERE name = 'agenda';
     UPDATE updates SET folded = 1; UPDATE annals SET state = x'0000'`,
    'document',
    /lacks changes that its log has|has changes that its log lacks/,
  ],
  'an update that is none': [
    `UPDATE updates SET bytes = x'ff00ff' WHERE row = (SELECT max(row) FROM updates)`,
    'document',
    /has a damaged update in its log \(row \d+\)/,
  ],
  'a version': [
    `UPDATE versions SET agenda = substr(agenda, 1, length(agenda) - 1) WHERE number = 1`,
    'version',
    /Version 1 of meeting .+ does not match its hash/,
  ],
  'a version whose bytes are nowhere': [
    `UPDATE versions SET agenda = x'' WHERE number = 1`,
    'version',
    /Version 1 of meeting .+ cannot be read/,
  ],
  'a document that is gone': [`DELETE FROM documents WHERE name = 'agenda'`, 'table', /A meeting has no agenda: .+/],
  'a meeting that is gone': ['DELETE FROM meetings', 'table', /A document belongs to no meeting: .+/],
  'people who are gone': ['DELETE FROM people', 'table', /A row of versions names nobody of its meeting/],
}

test.each(Object.entries(wounds))('in a data folder verify finds and names %s', async (_name, [sql, what, says]) => {
  const { data } = used()
  const db = new DatabaseSync(join(data, 'parley.sqlite'))
  db.function('misspelt', (bytes) => {
    const copy = Buffer.from(bytes as Uint8Array)
    copy[copy.indexOf('policy institute')] = 'P'.charCodeAt(0)
    return copy
  })
  db.exec(sql)
  db.close()
  const { code, findings } = await verify(data)
  expect(code).toBe(1)
  expect(findings.filter((one) => one.what === what).map((one) => one.message)).toContainEqual(
    expect.stringMatching(says),
  )
})

test('a version that shares the bytes of an earlier one is sound, and is damaged with them', async () => {
  const { data } = used()
  const db = new DatabaseSync(join(data, 'parley.sqlite'))
  db.exec(`INSERT INTO versions SELECT 'again', meeting, 999, label, name, at, person, person_name, role, side, hash, x''
    FROM versions WHERE number = 1`)
  expect((await verify(data)).findings).toEqual([])
  db.exec('UPDATE versions SET agenda = substr(agenda, 2) WHERE number = 1')
  db.close()
  const { findings } = await verify(data)
  expect(findings.map(({ name }) => name)).toEqual(['1', '999'])
})
