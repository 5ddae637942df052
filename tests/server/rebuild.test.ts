import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { run } from '../../server/cli/command.ts'
import { agendaOf } from '../../server/meeting/meetings.ts'
import { lockFolder } from '../../server/process/lock.ts'
import { nobody } from '../../server/storage/documents.ts'
import type { SecretHash } from '../../server/storage/members.ts'
import { sqliteFile } from '../../server/storage/sqlite/folder.ts'
import { readAgenda } from '../../shared/document/read.ts'
import { write } from '../../shared/document/write.ts'
import { allItems } from '../../shared/domain/agenda.ts'
import { encodeStep1, encodeVector } from '../../shared/wire/frame.ts'
import { inspect } from '../../shared/wire/inspect.ts'
import { merge } from '../../shared/wire/merge.ts'
import { sample } from '../support/agenda.ts'
import { rivalries, updatesOf } from '../support/rivals.ts'
import { kindOf, rawClient, startServer, stockClient, type TestServer, type Visitor } from '../support/server.ts'

/** A document that was put right by the operator, and what becomes of the copies that people have of it. */

let data: string
let server: TestServer
let us: Visitor
let meeting: TestServer['meeting']

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'parley-'))
  server = await startServer({ data, agenda: sample() })
  meeting = server.meeting
  us = await server.visit('delegate', 'us')
})
afterEach(async () => {
  await server.stop()
  await rm(data, { recursive: true })
})

/** A command as typed. */
async function parley(...args: string[]): Promise<{ code: number; out: string; err: string }> {
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

const at = ({ cookie }: Visitor) => ({ origin: server.origin, meeting, cookie })

/** Fills the document with what nobody sees, stops the server, rebuilds, and serves again. */
async function rebuild(): Promise<Y.Doc> {
  const old = stockClient(at(us))
  await old.synced
  write(old.doc, { type: 'set-item', id: allItems(sample())[0]!.id, settings: { minutes: 41 } })
  old.doc.transact(() => {
    for (let i = 0; i < 3000; i += 1) old.doc.getMap('meta').set(`junk ${i}`, 'x'.repeat(50))
  })
  await old.acknowledged()
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(old.doc))
  old.leave()
  await server.stop()
  const { code, out, err } = await parley('meeting', 'rebuild', meeting, '--json')
  expect([code, err.replace('Working ...\n', '')]).toEqual([0, ''])
  expect(JSON.parse(out)).toMatchObject({ meeting, lineage: 2 })
  server = await startServer({ data })
  return copy
}

test('a document is rebuilt from its agenda alone, and its log is kept', async () => {
  const old = await rebuild()
  const agenda = readAgenda(old)
  expect(allItems(agenda)[0]!.minutes).toBe(41)
  expect(await agendaOf(server.storage, meeting)).toEqual(agenda)
  const { base, tail, lineage } = (await server.storage.load(meeting, 'agenda'))!
  expect([lineage, tail]).toEqual([2, []])
  expect(inspect(base)!.objects).toBeLessThan(2500)
  const db = new DatabaseSync(sqliteFile(data), { readOnly: true })
  expect(Number(db.prepare('SELECT count(*) AS count FROM updates').get()!.count)).toBeGreaterThan(0)
  db.close()
  // People go on in it.
  const client = stockClient(at(us))
  await client.synced
  write(client.doc, { type: 'set-item', id: allItems(sample())[0]!.id, settings: { minutes: 42 } })
  await client.acknowledged()
  client.leave()
  expect(allItems((await agendaOf(server.storage, meeting))!)[0]!.minutes).toBe(42)
})

test('who has the document of before is told so for good, before anything is sent, and nothing of it comes in', async () => {
  const old = await rebuild()
  const before = (await server.storage.load(meeting, 'agenda'))!
  const mine = Y.encodeStateAsUpdate(old)
  const client = stockClient(at(us), old)
  await expect(client.synced).rejects.toThrow('4410')
  expect(Y.encodeStateAsUpdate(old)).toEqual(mine)
  client.leave()

  const vector = Y.decodeStateVector(Y.encodeStateVectorFromUpdate(mine))
  const named = rawClient(at(us), {}, `?vector=${Buffer.from(encodeVector(vector)).toString('base64url')}`)
  expect((await named.closed).code).toBe(4410)
  expect(named.frames).toEqual([])
  const asking = rawClient(at(us))
  await asking.frame((frame) => kindOf(frame) === '0.0')
  asking.send(encodeStep1(vector))
  expect((await asking.closed).code).toBe(4410)
  expect(await server.storage.load(meeting, 'agenda')).toEqual(before)
})

const rebuilds = (who: Visitor) =>
  fetch(`${server.origin}/api/meetings/${meeting}/rebuild`, { method: 'POST', headers: { cookie: who.cookie } })

test('an organizer rebuilds while others type: what was acknowledged is in it, and all go on in the new one', async () => {
  const cn = await server.visit('organizer', 'cn')
  const [one, two] = [stockClient(at(us)), stockClient(at(cn))]
  await Promise.all([one.synced, two.synced])
  const item = allItems(sample())[0]!.id
  let acknowledged = 0
  let run = true
  const typing = (async () => {
    for (let minutes = 20; run; minutes += 1) {
      write(one.doc, { type: 'set-item', id: item, settings: { minutes } })
      await one.acknowledged()
      acknowledged = minutes
    }
  })().catch(() => {})
  await expect.poll(() => acknowledged).toBeGreaterThan(22)
  const answer = await rebuilds(cn)
  run = false
  expect(answer.status).toBe(200)
  const { before, after } = (await answer.json()) as { before: { bytes: number }; after: { bytes: number } }
  expect(after.bytes).toBeLessThan(before.bytes + 1)
  // Asked to come again, they are told that theirs is the document of before.
  await expect.poll(() => [one.closes.at(-1), two.closes.at(-1)]).toEqual([4410, 4410])
  expect([one.closes[0], two.closes[0]]).toEqual([1013, 1013])
  const [mine, theirs] = [stockClient(at(us)), stockClient(at(cn))]
  await Promise.all([mine.synced, theirs.synced])
  expect(allItems(readAgenda(mine.doc))[0]!.minutes).toBeGreaterThanOrEqual(acknowledged)
  write(mine.doc, { type: 'set-item', id: item, settings: { minutes: 77 } })
  await mine.acknowledged()
  await theirs.until((doc) => allItems(readAgenda(doc))[0]!.minutes === 77)
  expect((await server.storage.load(meeting, 'agenda'))!.lineage).toBe(2)
  for (const client of [one, two, mine, theirs]) client.leave()
  void typing
})

/** Puts into the log what no room would let in any more. */
async function logged(bytes: Uint8Array): Promise<void> {
  const { key } = (await server.storage.load(meeting, 'agenda'))!
  await server.storage.append([{ document: key, bytes, person: nobody, session: '' as SecretHash, at: 0 }])
}
const rivals = (name: string, many: number) => merge(updatesOf(rivalries[name]!(many), 100))

test('exports of observers keep no organizer from rebuilding, and nobody is sent away in vain', async () => {
  // Too heavy to be opened between two keystrokes, and not quickly opened elsewhere.
  const junk = new Y.Doc()
  junk.transact(() => {
    for (let i = 0; i < 31_000; i += 1) junk.getMap('meta').set(`junk ${i}`, i)
  })
  await logged(Y.encodeStateAsUpdate(junk))
  await logged(rivals('letters behind the same other, each before another', 1000))
  const cn = await server.visit('organizer', 'cn')
  const honest = stockClient(at(us))
  await honest.synced
  const names = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => server.visit('observer', 'none', `Oscar ${n}`))
  const statuses = new Set<number>()
  let run = true
  const exports = (await Promise.all(names)).map(async ({ cookie }) => {
    for (; run; ) {
      const { status } = await fetch(`${server.origin}/api/meetings/${meeting}/export/md`, { headers: { cookie } })
      statuses.add(status)
    }
  })
  const answer = await rebuilds(cn)
  run = false
  expect([answer.status, honest.closes[0]]).toEqual([200, 1013])
  await Promise.all(exports)
  expect([...statuses]).toEqual([200])
  honest.leave()
}, 60_000)

test.each(['letters behind the same other, each before another', 'values under one key'])(
  'a document with far too many %s is rebuilt all the same',
  async (name) => {
    const before = await agendaOf(server.storage, meeting)
    // Compared with each other they take minutes.
    await logged(rivals(name, 15_000))
    const answer = await rebuilds(await server.visit('organizer', 'cn'))
    expect(answer.status).toBe(200)
    expect(await agendaOf(server.storage, meeting)).toEqual(before)
  },
  60_000,
)

test('only an organizer rebuilds, twice a minute, and both of two at once are answered', async () => {
  const observer = await server.visit('observer', 'none')
  expect((await rebuilds(us)).status).toBe(403)
  expect((await rebuilds(observer)).status).toBe(403)
  expect((await fetch(`${server.origin}/api/meetings/${meeting}/rebuild`, { method: 'POST' })).status).toBe(401)
  const organizer = await server.visit('organizer', 'us')
  const both = await Promise.all([rebuilds(organizer), rebuilds(organizer)])
  expect(both.map(({ status }) => status)).toEqual([200, 200])
  expect((await rebuilds(organizer)).status).toBe(429)
  expect((await server.storage.load(meeting, 'agenda'))!.lineage).toBe(3)
})

test('a document is not rebuilt by command while a server has it, nor one that there is not', async () => {
  await server.stop()
  const letGo = lockFolder(data)!
  expect((await parley('meeting', 'rebuild', meeting)).err).toContain('a server is using it')
  await letGo()
  expect((await parley('meeting', 'rebuild', 'none')).code).toBe(2)
  server = await startServer({ data })
  expect((await server.storage.load(meeting, 'agenda'))!.lineage).toBe(1)
})
