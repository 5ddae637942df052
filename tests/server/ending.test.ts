import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { agendaOf, createMeeting } from '../../server/meeting/meetings.ts'
import type { ServerOptions } from '../../server/process/server.ts'
import { sqliteFile } from '../../server/storage/sqlite/folder.ts'
import { openSqlite } from '../../server/storage/sqlite/storage.ts'
import type { Storage } from '../../server/storage/storage.ts'
import { digestOf } from '../../shared/wire/digest.ts'
import { blank, sample } from '../support/agenda.ts'
import { soon } from '../support/patience.ts'
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

/* How a meeting ends: for those in it, for those who come back, and on the disk. */

const marker = 'Unmistakable-4711'
const titled = { ...blank(), title: { en: marker, zh: marker } }

async function start(options: Partial<ServerOptions> & Parameters<typeof startServer>[0] = {}) {
  const server = await startServer(options)
  onTestFinished(() => server.stop())
  const ask = (path: string, cookie: string, method = 'GET', body?: object) =>
    fetch(`${server.origin}${path}`, {
      method,
      headers: { cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  return { ...server, ask }
}

/** The command line in a process of its own, as an operator uses it while the server runs. */
function parley(data: string, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, ['server/cli/cli.ts', ...args], {
    cwd: root,
    env: { ...process.env, PARLEY_DATA: data },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (text) => {
    out += text
  })
  return soon('the command line to end', new Promise((resolve) => child.once('exit', () => resolve(out))))
}

/** How often `text` stands in any file of the folder. */
function count(folder: string, text: string): number {
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)))
  return files.reduce((sum, bytes) => sum + bytes.toString('latin1').split(text).length - 1, 0)
}

/** Rows by table, but for the note of what was deleted. */
function rowsIn(folder: string): Record<string, unknown> {
  const db = new DatabaseSync(sqliteFile(folder), { readOnly: true })
  const tables = db
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'deleted' ORDER BY name`)
    .all()
  const rows = tables.map(({ name }) => [name, db.prepare(`SELECT count(*) AS n FROM ${name}`).get()?.n] as const)
  db.close()
  return Object.fromEntries(rows)
}

test('a meeting deleted on the command line ends for everybody in it within a second, and for nobody else', async () => {
  const { data, origin, meeting, visit, meet } = await start()
  const first = await visit('delegate', 'cn')
  const other = await meet()
  // The same browser is in both.
  const one = await enter(origin, other.invitations[0]!.token, 'the same', first.cookie)
  const place = { origin, meeting, cookie: one.cookie }
  const [agenda, caucus] = [rawClient(place), rawClient({ ...place, document: 'caucus-cn' })]
  const elsewhere = rawClient({ ...place, meeting: other.meeting })
  await Promise.all([agenda, caucus, elsewhere].map((client) => client.frame(() => true)))
  const said = JSON.parse(await parley(data, 'meeting', 'delete', meeting, '--yes', '--json'))
  expect(said).toEqual({ meeting, deletedAt: expect.stringMatching(/^\d{4}-/) })
  const began = performance.now()
  expect(await Promise.all([agenda.closed, caucus.closed])).toEqual(Array(2).fill({ code: 4404, reason: 'deleted' }))
  expect(performance.now() - began).toBeLessThan(1000)
  expect(elsewhere.socket.readyState).toBe(elsewhere.socket.OPEN)
  // Whoever comes back is told, by a socket and by plain requests, with their session or without.
  expect(await rawClient(place).closed).toEqual({ code: 4404, reason: 'deleted' })
  expect((await rawClient({ origin, meeting }).closed).code).toBe(4404)
  const line = await fetch(`${origin}/sync/${meeting}/agenda/lines`, {
    method: 'POST',
    headers: { cookie: one.cookie },
  })
  expect([line.status, await line.json()]).toEqual([404, { code: 4404, reason: 'deleted' }])
  const answer = await fetch(`${origin}/api/meetings/${meeting}/ending`, { headers: { 'accept-language': 'zh' } })
  expect([answer.status, await answer.json()]).toEqual([410, { error: 'deleted', message: '本次会议已被删除。' }])
})

test('nothing of it is left in the data or in the next copy of it, and everything of the others is', async () => {
  const { data, origin, meeting, invitations, visit, ask, meet, storage } = await start({ agenda: titled })
  const other = await meet(sample())
  const guest = await enter(origin, other.invitations[0]!.token, 'Stranger')
  await storage.setRetention(other.meeting, '2199-12-31')
  const before = rowsIn(data)

  const organizer = await visit('organizer', 'us', `${marker} Olga`)
  const stranger = await enter(origin, invitations[2]!.token, `${marker} both`, guest.cookie)
  const at = `/api/meetings/${meeting}`
  for (const document of ['agenda', 'caucus-us']) {
    const client = stockClient({ origin, meeting, cookie: organizer.cookie, document })
    await client.synced
    textOf(client.doc).insert(0, `${marker} typed`)
    await client.acknowledged()
    client.leave()
  }
  const posts: readonly [string, object][] = [
    [`${at}/versions`, { label: 'draft', name: marker }],
    [`${at}/calendars`, { lang: 'en', lead: 'us', people: true }],
    [`${at}/seen`, { items: { one: marker } }],
    [`${at}/deletion`, {}],
  ]
  for (const [path, body] of posts) expect((await ask(path, organizer.cookie, 'POST', body)).ok).toBe(true)
  expect((await ask(`${at}/away`, organizer.cookie)).ok).toBe(true)
  await ask(`${at}/seen`, organizer.cookie, 'POST', { digest: digestOf((await agendaOf(storage, meeting))!) })
  const [calendar] = await storage.calendars(meeting, organizer.person.id as never)
  expect(calendar).toBeDefined()
  await storage.setRevisions(meeting, null, marker)
  await storage.setRetention(meeting, '2199-12-31')
  const filled = rowsIn(data)
  const rose = Object.keys(before).filter((name) => filled[name] !== before[name])
  const tables = ['baselines', 'calendars', 'deletion_requests', 'memberships', 'people', 'retention', 'revisions']
  expect(rose).toEqual(expect.arrayContaining([...tables, 'seen', 'updates', 'versions']))
  expect(count(data, marker)).toBeGreaterThan(4)

  expect(await parley(data, 'meeting', 'delete', meeting, '--yes')).toBe(`Deleted ${meeting}\n`)
  const others = { ...before, meetings: 1, ...rowsOf(other.meeting, data) }
  expect(rowsIn(data)).toEqual(others)
  const copy = await mkdtemp(join(tmpdir(), 'parley-'))
  onTestFinished(() => rm(copy, { recursive: true }))
  await cp(data, copy, { recursive: true })
  for (const folder of [data, copy]) {
    for (const text of [marker, organizer.person.id, calendar!.id, invitations[0]!.id]) {
      expect([text, count(folder, text)]).toEqual([text, 0])
    }
  }
  // Its id stays, so that devices can be told.
  expect(count(data, meeting)).toBeGreaterThan(0)
  expect(await agendaOf(storage, other.meeting)).toEqual(sample())
  expect((await ask('/api/session', stranger.cookie)).status).toBe(200)
  expect((await ask('/api/session', organizer.cookie)).status).toBe(401)
  await expect(enter(origin, invitations[0]!.token, 'late')).rejects.toThrow(/404.*no-invitation/)
})

/** Rows of one meeting, by table: what must be left when the only other one is gone. */
function rowsOf(meeting: string, folder: string): Record<string, number> {
  const db = new DatabaseSync(sqliteFile(folder), { readOnly: true })
  const sum = (sql: string) => Number(db.prepare(sql).get(meeting)?.n)
  const by = (table: string) => sum(`SELECT count(*) AS n FROM ${table} WHERE meeting = ?`)
  const documents = 'SELECT key FROM documents WHERE meeting = ?'
  const byDocument = (table: string) => sum(`SELECT count(*) AS n FROM ${table} WHERE document IN (${documents})`)
  const names = ['documents', 'invitations', 'people', 'memberships', 'retention'] as const
  const keyed = ['annals', 'latest', 'marks', 'owners', 'updates'] as const
  const rows = Object.fromEntries([
    ...names.map((name) => [name, by(name)]),
    ...keyed.map((name) => [name, byDocument(name)]),
  ])
  db.close()
  return rows
}

test('what a server had under way for it is neither stored nor acknowledged, nor taken for another meeting', async () => {
  let go = () => {}
  let waiting = () => {}
  const held = new Promise<void>((resolve) => {
    waiting = resolve
  })
  const wrap = (storage: Storage): Storage => ({
    ...storage,
    async append(edits) {
      waiting()
      await new Promise<void>((resolve) => {
        go = resolve
      })
      return storage.append(edits)
    },
  })
  const { data, origin, meeting, visit } = await start({ wrap, reviewEvery: 3_600_000 })
  const { cookie } = await visit('delegate', 'us')
  const client = stockClient({ origin, meeting, cookie })
  await client.synced
  textOf(client.doc).insert(0, marker)
  let told = false
  client.acknowledged().then(
    () => {
      told = true
    },
    () => {},
  )
  await soon('the commit', held)
  const operator = openSqlite(data)
  await operator.deleteMeeting(meeting, Date.now())
  const next = await createMeeting(operator, blankAgenda(), Date.now())
  go()
  // The room gives up, and the way back in says why.
  await expect.poll(() => client.closes.at(-1)).toBe(4404)
  expect(client.closes.slice(0, -1)).toEqual([1011])
  expect(told).toBe(false)
  expect((await operator.load(next.meeting, 'agenda'))?.tail).toEqual([])
  await operator.wipe()
  expect(count(data, marker)).toBe(0)
  await operator.close()
  client.leave()
})

test('nothing can be written into a deleted meeting, whoever is late', async () => {
  const { storage, meeting, invitations, visit } = await start()
  const { person } = await visit('organizer', 'us')
  const member = (await storage.members(meeting, [person.id as never]))[0]!
  const version = { id: 'v', meeting, label: 'draft', name: '', at: 1, person: member.person, personName: '' } as const
  await storage.deleteMeeting(meeting, Date.now())
  const late: readonly Promise<unknown>[] = [
    storage.addInvitation(
      {
        ...invitations[0]!,
        meeting,
        side: 'us',
        createdAt: 1,
        revokedAt: null,
        personName: null,
        expiresAt: null,
        mostPeople: null,
      },
      'x' as never,
    ),
    storage.addVersion({ ...version, id: 'v' as never, role: 'organizer', side: 'us', hash: '' }, new Uint8Array(1)),
    storage.setRevisions(meeting, null, '{}'),
    storage.setSeen(meeting, member.person, { at: 1, turn: 0, digest: '', agenda: new Uint8Array(1) }),
    storage.addItemsRead(meeting, member.person, new Map([['one', '1']]), 10),
    storage.askDeletion(meeting, member.person, 1),
  ]
  for (const one of late) await expect(one).rejects.toThrow('the meeting has been deleted')
  expect(await storage.attribute(meeting, 0, { state: null, rows: [], marks: [], most: 1 })).toBe(false)
  expect(await storage.setRetention(meeting, '2199-12-31')).toBe(false)
  await storage.begin(meeting, 'caucus-us', 1)
  expect(await storage.load(meeting, 'caucus-us')).toBeNull()
})

test('after the last day of its retention is over everywhere, a meeting is deleted, and the server tells those in it', async () => {
  let time = Date.parse('2030-03-31T23:59:59Z')
  let sweeps = 0
  const wrap = (storage: Storage): Storage => ({
    ...storage,
    retained() {
      sweeps += 1
      return storage.retained()
    },
  })
  const { origin, meeting, visit, storage, ask } = await start({ now: () => time, sweepEvery: 50, wrap })
  await storage.setRetention(meeting, '2030-03-31')
  const { cookie } = await visit('observer', 'none')
  const shown = await ask(`/api/meetings/${meeting}/ending`, cookie)
  expect(await shown.json()).toEqual({ retainUntil: '2030-03-31', asked: null })
  const client = rawClient({ origin, meeting, cookie })
  await client.frame(() => true)
  // It is still that day in the last zone of all.
  time = Date.parse('2030-04-01T11:59:59Z')
  const passed = sweeps
  await expect.poll(() => sweeps).toBeGreaterThan(passed + 1)
  expect(await storage.hasMeeting(meeting)).toBe(true)
  time = Date.parse('2030-04-01T12:00:00Z')
  expect(await client.closed).toEqual({ code: 4404, reason: 'deleted' })
  expect(await storage.hasMeeting(meeting)).toBe(false)
})

test('a server that starts after that day deletes it before anybody comes in', async () => {
  const data = await mkdtemp(join(tmpdir(), 'parley-'))
  onTestFinished(() => rm(data, { recursive: true }))
  const storage = openSqlite(data)
  const { meeting, invitations } = await createMeeting(storage, titled, Date.now())
  await storage.setRetention(meeting, '2020-01-01')
  await storage.close()
  const heard: string[] = []
  const server = await startProcess(data, {}, 'server/main.ts', (line) => heard.push(line))
  await expect(enter(server.origin, invitations[0]!.token, 'A')).rejects.toThrow(/404/)
  expect(count(data, marker)).toBe(0)
  server.child.kill('SIGTERM')
  await server.exited
  expect(heard.join()).toContain('the last day of their retention is over')
  expect(heard.join()).not.toContain(meeting)
})

test('organizers ask for deletion and take it back; everybody sees who asked and when, and only they may', async () => {
  const { meeting, visit, ask, data, storage } = await start()
  const [organizer, other, delegate] = [
    await visit('organizer', 'us', 'Olga A'),
    await visit('organizer', 'cn', '王乙'),
    await visit('delegate', 'cn'),
  ]
  const at = `/api/meetings/${meeting}`
  const seen = async () => (await (await ask(`${at}/ending`, delegate.cookie)).json()) as { asked: unknown }
  expect((await seen()).asked).toBeNull()
  expect((await ask(`${at}/deletion`, delegate.cookie, 'POST', {})).status).toBe(403)
  expect((await ask(`${at}/deletion`, organizer.cookie, 'POST', {})).status).toBe(204)
  expect((await ask(`${at}/deletion`, other.cookie, 'POST', {})).status).toBe(204)
  // The second to ask does not become the first.
  const asked = { at: expect.any(Number), by: { name: 'Olga A', side: 'us' } }
  expect((await seen()).asked).toEqual(asked)
  expect(await parley(data, 'meeting', 'list')).toMatch(/deletion asked for by Olga A, \d{4}-\d\d-\d\d \d\d:\d\dZ$/m)
  expect((await ask(`${at}/deletion`, delegate.cookie, 'DELETE')).status).toBe(403)
  expect((await ask(`${at}/deletion`, other.cookie, 'DELETE')).status).toBe(204)
  expect((await seen()).asked).toBeNull()
  expect(await storage.hasMeeting(meeting)).toBe(true)
})

test('whoever has a link sees until when the meeting is kept, before they give a name', async () => {
  const { ask, invitations, storage, meeting } = await start()
  const look = (token: string) => ask('/api/invitation', '', 'POST', { token })
  const [invitation] = invitations
  expect(await (await look(invitation!.token)).json()).toMatchObject({ retainUntil: null })
  await storage.setRetention(meeting, '2199-12-31')
  expect(await (await look(invitation!.token)).json()).toMatchObject({ retainUntil: '2199-12-31' })
  await storage.revokeInvitation(invitation!.id, 1)
  expect([(await look('none')).status, (await look(invitation!.token)).status]).toEqual([404, 403])
})

test('P1: a folder from which a meeting was deleted is served, also when the process ended before it could note what is left', async () => {
  const data = await mkdtemp(join(tmpdir(), 'parley-'))
  onTestFinished(() => rm(data, { recursive: true }))
  const storage = openSqlite(data)
  const stays = await createMeeting(storage, blank(), 1)
  const goes = await createMeeting(storage, titled, 2)
  const before = readFileSync(join(data, 'parley.mark'))
  await storage.deleteMeeting(goes.meeting, 3)
  await storage.wipe()
  await storage.close()
  expect(readFileSync(join(data, 'parley.mark'))).not.toEqual(before)
  writeFileSync(join(data, 'parley.mark'), before)
  const again = openSqlite(data)
  expect(await agendaOf(again, stays.meeting)).toEqual(blank())
  await again.close()
  // What is lost after that is still noticed.
  const db = new DatabaseSync(sqliteFile(data))
  db.exec('DELETE FROM invitations')
  db.close()
  expect(() => openSqlite(data)).toThrow(/Nothing was changed/)
})
