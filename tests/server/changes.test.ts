import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { openAttributor } from '../../server/meeting/attribution.ts'
import type { SecretHash } from '../../server/storage/members.ts'
import { sqliteFile } from '../../server/storage/sqlite/folder.ts'
import type { Storage } from '../../server/storage/storage.ts'
import { openReader, readAgenda } from '../../shared/document/read.ts'
import { itemFragment } from '../../shared/document/schema.ts'
import { seed } from '../../shared/document/seed.ts'
import { write } from '../../shared/document/write.ts'
import {
  type Agenda,
  allItems,
  type DayId,
  type Item,
  type ItemId,
  type ItemText,
  type Language,
  type MeetingId,
  type PersonId,
  type ReadingId,
  type TermId,
} from '../../shared/domain/agenda.ts'
import type { Command, Snapshot } from '../../shared/domain/command.ts'
import { compare } from '../../shared/domain/compare.ts'
import { refuse } from '../../shared/domain/refuse.ts'
import { digestOf } from '../../shared/wire/digest.ts'
import { encodeAcknowledge, encodeUpdate } from '../../shared/wire/frame.ts'
import { sample, seeded } from '../support/agenda.ts'
import { soon } from '../support/patience.ts'
import {
  type Client,
  kindOf,
  rawClient,
  startServer,
  stockClient,
  type TestServer,
  type Visitor,
} from '../support/server.ts'

let server: TestServer
let clock = 0
const clients: Client[] = []
afterEach(async () => {
  leave()
  await server.stop()
})

function leave(): void {
  for (const client of clients.splice(0)) client.leave()
}

/** A server whose rooms are let go as soon as they are empty, and whose time is what the test says. */
async function start(options: Parameters<typeof startServer>[0] = {}): Promise<void> {
  clock = Date.UTC(2026, 2, 1)
  server = await startServer({ agenda: sample(), linger: 0, now: () => clock, ...options })
}

/** Stops the server and starts it again on the same data. */
async function restart(): Promise<void> {
  leave()
  const { data, storage, meeting, invitations } = server
  await server.server.close()
  await storage.close()
  const again = await startServer({ linger: 0, now: () => clock, data })
  const stop = async () => {
    await again.stop()
    await rm(data, { recursive: true })
  }
  server = { ...again, meeting, invitations, stop }
}

interface Unseen {
  readonly since: number | null
  readonly agenda: Agenda | null
  readonly marks: readonly {
    readonly at: number
    readonly by: string
    readonly kind: string
    readonly id: string | null
    readonly field: string
    readonly language: string | null
  }[]
  readonly people: Readonly<Record<string, { readonly name: string; readonly side: string | null }>>
  readonly read: Readonly<Record<string, string>>
}

async function join(visitor: Visitor, doc?: Y.Doc): Promise<Client> {
  const client = stockClient({ origin: server.origin, meeting: server.meeting, cookie: visitor.cookie }, doc)
  clients.push(client)
  await client.synced
  return client
}

async function does(client: Client, ...commands: readonly Command[]): Promise<void> {
  for (const command of commands) write(client.doc, command)
  await client.acknowledged()
}

async function away(visitor: Visitor, query = ''): Promise<Unseen> {
  const response = await fetch(`${server.origin}/api/meetings/${server.meeting}/away${query}`, {
    headers: { cookie: visitor.cookie },
  })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as Unseen
}

/** The word of the server, or the status of a refusal. */
async function seen(visitor: Visitor, body: unknown): Promise<boolean | number> {
  const response = await fetch(`${server.origin}/api/meetings/${server.meeting}/seen`, {
    method: 'POST',
    headers: { cookie: visitor.cookie, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) return response.status
  return ((await response.json()) as { seen: boolean }).seen
}

test('at the first visit nothing is new, and from then on what was there is what one has seen', async () => {
  const agenda = sample()
  await start({ agenda, now: () => 5000 })
  const [delegate, observer] = [await server.visit('delegate', 'us'), await server.visit('observer', 'none')]
  const nothing = { since: null, agenda: null, marks: [], people: {}, read: {} }
  expect(await away(delegate)).toEqual(nothing)
  expect(await away(delegate)).toEqual({ ...nothing, since: 5000, agenda })
  expect(await away(observer)).toEqual(nothing)
  // Whoever has that agenda is not sent it again.
  expect(await away(delegate, '?since=5000')).toEqual({ ...nothing, since: 5000 })
  expect(await away(delegate, '?since=4999')).toEqual({ ...nothing, since: 5000, agenda })
})

test('what is marked as seen is the agenda as committed now, or the person is told that it is not', async () => {
  await start()
  const delegate = await server.visit('delegate', 'us')
  await away(delegate)
  const client = await join(await server.visit('delegate', 'cn'))
  const before = readAgenda(client.doc)
  const item = allItems(before)[2]!
  await does(client, { type: 'set-item', id: item.id, settings: { minutes: 77 } })
  const after = readAgenda(client.doc)
  expect(await seen(delegate, { items: { [item.id]: 'as-read' } })).toBe(true)
  expect((await away(delegate)).read).toEqual({ [item.id]: 'as-read' })
  expect(await seen(delegate, { digest: digestOf(before) })).toBe(false)
  expect((await away(delegate)).agenda).toEqual(before)
  expect(await seen(delegate, { digest: digestOf(after) })).toBe(true)
  const answer = await away(delegate)
  expect([answer.agenda, answer.marks, answer.read]).toEqual([after, [], {}])
})

/** Who has marks on what, by name, in any order. */
function told({ marks, people }: Unseen): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const { by, kind, id, field, language } of marks) {
    const thing = [kind, id, field, language].filter((part) => part !== null).join(' ')
    found[thing] = [...(found[thing] ?? []), people[by]!.name].sort()
  }
  return found
}

function withTerm(agenda: Agenda): Agenda {
  const definition = { en: 'What is measured', zh: '所测之物' }
  return {
    ...agenda,
    glossary: [{ id: 'g1' as TermId, en: 'benchmark', zh: '基准', status: 'joint', definition, note: '' }],
  }
}

/** Types a word at the end of a text. */
function types(doc: Y.Doc, item: ItemId, text: ItemText, language: Language, word: string): void {
  const fragment = itemFragment(doc, item, text, language)!
  doc.transact(() => {
    const paragraph = fragment.get(0)
    if (paragraph instanceof Y.XmlElement && paragraph.get(0) instanceof Y.XmlText) {
      const words = paragraph.get(0) as Y.XmlText
      words.insert(words.length, word)
    } else {
      const made = new Y.XmlElement('paragraph')
      fragment.insert(0, [made])
      made.insert(0, [new Y.XmlText(word)])
    }
  })
}

test('after a week of work by two, every changed field is told with exactly those who changed it', async () => {
  const before = withTerm(sample())
  await start({ agenda: before })
  const reader = await server.visit('observer', 'none', 'reader')
  const [ann, bao] = [await server.visit('delegate', 'us', 'ann'), await server.visit('delegate', 'cn', 'bao')]
  await away(reader)
  const [one, two, three, four, five, six] = allItems(before).map(({ id }) => id) as ItemId[]
  const fresh = 'fresh' as ItemId
  const [day] = before.days
  const [person] = before.people
  const [term] = before.glossary

  let a = await join(ann)
  let b = await join(bao)
  const nextDay = async () => {
    leave()
    clock += 24 * 3600_000
    a = await join(ann)
    b = await join(bao)
  }
  await does(a, { type: 'set-title', id: one!, title: { en: 'Opening words' } })
  await does(b, { type: 'set-title', id: one!, title: { zh: '开场' } })
  types(b.doc, one!, 'objective', 'zh', '很好')
  await b.acknowledged()
  types(a.doc, one!, 'objective', 'en', 'good')
  await does(a, { type: 'set-item', id: two!, settings: { minutes: 41 } })
  await nextDay()
  await does(b, { type: 'set-item', id: two!, settings: { minutes: 42, topic: 'deepfakes' } })
  await does(a, { type: 'move-items', ids: [three!], place: { day: null, after: null } })
  await does(b, { type: 'set-item', id: four!, settings: { pinned: '11:11' } })
  await does(a, { type: 'delete-items', ids: [five!] })
  await b.until((doc) => !allItems(readAgenda(doc)).some(({ id }) => id === five))
  await does(b, { type: 'restore-items', ids: [five!] })
  await does(b, { type: 'delete-items', ids: [six!] })
  await restart()
  await nextDay()
  await does(a, { type: 'add-item', id: fresh, place: { day: day!.id, after: null }, settings: {} })
  await b.until((doc) => allItems(readAgenda(doc)).some(({ id }) => id === fresh))
  await does(b, { type: 'set-title', id: fresh, title: { zh: '新议题' } })
  await does(a, { type: 'assign', item: four!, person: person!.id, role: 'chair' })
  await away(reader)
  await does(b, {
    type: 'add-reading',
    item: four!,
    id: 'r9' as ReadingId,
    settings: { title: { en: 'A paper', zh: '论文' }, url: '' },
  })
  await nextDay()
  await does(a, { type: 'set-day', id: day!.id, settings: { start: '08:10' } })
  await does(b, { type: 'set-person', id: person!.id, settings: { name: { ...person!.name, zh: '某某' } } })
  await does(a, { type: 'set-term', id: term!.id, settings: { en: 'a better word' } })
  await does(b, { type: 'set-meeting', settings: { title: { ...before.title, en: 'A better title' } } })
  await does(a, { type: 'set-meeting', settings: { rule: 'none' } })
  await restart()

  const answer = await away(reader)
  expect(answer.agenda).toEqual(before)
  expect(told(answer)).toEqual({
    [`item ${one} title en`]: ['ann'],
    [`item ${one} title zh`]: ['bao'],
    [`item ${one} objective zh`]: ['bao'],
    [`item ${one} objective en`]: ['ann'],
    [`item ${two} minutes`]: ['ann', 'bao'],
    [`item ${two} topic`]: ['bao'],
    [`item ${three} place`]: ['ann'],
    [`item ${four} pinned`]: ['bao'],
    [`item ${five} deleted`]: ['ann', 'bao'],
    [`item ${six} deleted`]: ['bao'],
    [`item ${fresh} added`]: ['ann'],
    [`item ${fresh} deleted`]: ['ann'],
    [`item ${fresh} title zh`]: ['bao'],
    [`item ${four} roles`]: ['ann'],
    [`item ${four} readings`]: ['bao'],
    [`day ${day!.id} start`]: ['ann'],
    [`person ${person!.id} name zh`]: ['bao'],
    [`term ${term!.id} term en`]: ['ann'],
    'meeting title en': ['bao'],
    'meeting rule': ['ann'],
  })
  expect(answer.people[ann.person.id]).toEqual({ name: 'ann', side: 'us' })
  const minutes = answer.marks.filter(({ field }) => field === 'minutes').map(({ by, at }) => [by, at])
  expect(minutes.sort()).toEqual(
    [
      [ann.person.id, Date.UTC(2026, 2, 1)],
      [bao.person.id, Date.UTC(2026, 2, 2)],
    ].sort(),
  )

  // Whoever has seen all that is told of what comes then, and nobody else is.
  const now = await join(ann)
  expect(await seen(reader, { digest: digestOf(readAgenda(now.doc)) })).toBe(true)
  await does(now, { type: 'set-item', id: two!, settings: { minutes: 43 } })
  expect(told(await away(reader))).toEqual({ [`item ${two} minutes`]: ['ann'] })
})

test('P7: nobody makes a mark for somebody else by writing under their client id, after a restart either', async () => {
  await start()
  const reader = await server.visit('observer', 'none', 'reader')
  const [ann, bao] = [await server.visit('delegate', 'us', 'ann'), await server.visit('delegate', 'cn', 'bao')]
  await away(reader)
  const item = allItems(sample())[0]!.id
  const a = await join(ann)
  await does(a, { type: 'set-item', id: item, settings: { minutes: 41 } })
  const annsId = a.doc.clientID
  const state = Y.encodeStateAsUpdate(a.doc)
  leave()
  await restart()
  const forged = new Y.Doc()
  Y.applyUpdate(forged, state)
  forged.clientID = annsId
  const before = Y.encodeStateVector(forged)
  write(forged, { type: 'set-item', id: item, settings: { topic: 'bias' } })
  const raw = rawClient({ origin: server.origin, meeting: server.meeting, cookie: bao.cookie })
  await raw.frame((frame) => kindOf(frame) === '0.0')
  raw.send(encodeUpdate(Y.encodeStateAsUpdate(forged, before)))
  expect((await raw.closed).code).toBe(4403)
  expect(told(await away(reader))).toEqual({ [`item ${item} minutes`]: ['ann'] })
})

test('P7: an edit that was made to wait for somebody else’s stays its author’s', async () => {
  await start()
  const reader = await server.visit('observer', 'none', 'reader')
  const [ann, bao] = [await server.visit('delegate', 'us', 'ann'), await server.visit('delegate', 'cn', 'bao')]
  await away(reader)
  const [one, two] = allItems(sample()).map(({ id }) => id) as ItemId[]
  const a = new Y.Doc()
  Y.applyUpdate(a, seed(sample()))
  // What ann will type, guessed by bao, who then writes behind it and changes an hour besides.
  const guess = new Y.Doc()
  Y.applyUpdate(guess, Y.encodeStateAsUpdate(a))
  guess.clientID = a.clientID
  types(guess, one!, 'title', 'en', 'words')
  const after = Y.encodeStateVector(guess)
  guess.clientID = a.clientID + 1
  types(guess, one!, 'title', 'en', ' and more')
  write(guess, { type: 'set-item', id: two!, settings: { minutes: 99 } })
  const early = Y.encodeStateAsUpdate(guess, after)
  const raw = rawClient({ origin: server.origin, meeting: server.meeting, cookie: bao.cookie })
  await raw.frame((frame) => kindOf(frame) === '0.0')
  for (let i = 0; i < 3; i += 1) raw.send(encodeUpdate(early))
  raw.send(encodeAcknowledge(Uint8Array.of(1)))
  await raw.frame((frame) => kindOf(frame) === '102')
  raw.socket.close()
  await raw.closed
  expect(told(await away(reader))).not.toHaveProperty(`item ${one} title en`)
  types(a, one!, 'title', 'en', 'words')
  const client = await join(ann, a)
  await client.acknowledged()
  expect(told(await away(reader))).toEqual({
    [`item ${one} title en`]: ['ann', 'bao'],
    [`item ${two} minutes`]: ['bao'],
  })
  const title = allItems(readAgenda(client.doc)).find(({ id }) => id === one)!.title.en
  expect(title).toMatch(/words and more$/)
})

function readSnapshot(doc: Y.Doc): Snapshot {
  const reader = openReader(doc)
  const snapshot = reader.snapshot()
  reader.close()
  return snapshot
}

test('single items are marked as read by whoever can read, in bounds', async () => {
  await start()
  const [observer, delegate] = [await server.visit('observer', 'none'), await server.visit('delegate', 'us')]
  const entries = (count: number, from = 0) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`i${from + index}`, `d${index}`]))
  expect(await seen(observer, { items: { a: 'x', b: 'y' } })).toBe(true)
  expect(await seen(observer, { items: { b: 'z' } })).toBe(true)
  await away(observer)
  expect((await away(observer)).read).toEqual({})
  expect(await seen(observer, { items: { a: 'x', b: 'z' } })).toBe(true)
  expect((await away(observer)).read).toEqual({ a: 'x', b: 'z' })
  await away(delegate)
  expect((await away(delegate)).read).toEqual({})
  for (const wrong of [
    {},
    { digest: 7 },
    { digest: '' },
    { items: [] },
    { items: { a: 7 } },
    { items: { a: 'x'.repeat(65) } },
    { items: { ['a'.repeat(65)]: 'x' } },
    { items: entries(501) },
    'digest',
  ]) {
    expect(await seen(observer, wrong)).toBe(400)
  }
  expect(await seen(observer, { digest: 'x'.repeat(70_000) })).toBe(413)
  for (let from = 0; from < 1500; from += 500) expect(await seen(observer, { items: entries(500, from) })).toBe(true)
  const { read } = await away(observer)
  expect([Object.keys(read).length, read.a, read.i500, read.i1499]).toEqual([1000, undefined, 'd0', 'd499'])
})

test('P6: only who is in the meeting is answered, and of the agenda alone', async () => {
  await start()
  const [bao, reader] = [await server.visit('delegate', 'cn', 'bao'), await server.visit('observer', 'none')]
  await away(reader)
  const other = await server.meet()
  const address = (meeting: string) => `${server.origin}/api/meetings/${meeting}`
  const ask = async (meeting: string, what: string, cookie?: string) => {
    const headers = { ...(cookie ? { cookie } : {}), 'content-type': 'application/json' }
    const post = { method: 'POST', body: JSON.stringify({ items: { a: 'b' } }), headers }
    return (await fetch(`${address(meeting)}/${what}`, what === 'seen' ? post : { headers })).status
  }
  for (const what of ['away', 'seen']) {
    expect(await ask(server.meeting, what)).toBe(401)
    expect(await ask(other.meeting, what, bao.cookie)).toBe(404)
  }
  const caucus = stockClient({ ...server, cookie: bao.cookie, document: 'caucus-cn' })
  clients.push(caucus)
  await caucus.synced
  caucus.doc.getMap('items').set('secret', new Y.Map())
  await caucus.acknowledged()
  const client = await join(bao)
  await does(client, { type: 'set-meeting', settings: { rule: 'none' } })
  expect(told(await away(reader))).toEqual({ 'meeting rule': ['bao'] })
})

test('an asker who asks without end is told to wait, and the others are not', async () => {
  await start()
  const [one, other] = [await server.visit('observer', 'none'), await server.visit('delegate', 'us')]
  const ask = async ({ cookie }: Visitor) =>
    (await fetch(`${server.origin}/api/meetings/${server.meeting}/away`, { headers: { cookie } })).status
  const answers = new Set<number>()
  for (let i = 0; i < 250; i += 1) answers.add(await ask(one))
  expect([...answers]).toEqual([200, 429])
  expect(await ask(other)).toBe(200)
})

async function attributorOf(storage: Storage, meeting: MeetingId): Promise<Uint8Array> {
  const { state, since } = (await storage.attributed(meeting))!
  return Y.mergeUpdates([state, ...since])
}

/** The tables as the second version of the data had them. */
const secondVersion = `
  CREATE TABLE meetings (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE documents (
    key INTEGER PRIMARY KEY, meeting TEXT NOT NULL, name TEXT NOT NULL, epoch INTEGER NOT NULL, base BLOB NOT NULL,
    UNIQUE (meeting, name)
  );
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
  PRAGMA user_version = 2;
`

test('data of the version before has authors from its unfolded updates on, and none before', async () => {
  const data = await mkdtemp(path(tmpdir(), 'parley-'))
  const agenda = sample()
  const items = allItems(agenda)
  const doc = new Y.Doc()
  Y.applyUpdate(doc, seed(agenda))
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  const set = (index: number, minutes: number) =>
    write(doc, { type: 'set-item', id: items[index]!.id, settings: { minutes } })
  set(0, 50)
  const folded = Y.encodeStateAsUpdate(doc)
  set(1, 51)
  set(2, 52)
  const db = new DatabaseSync(sqliteFile(data))
  db.exec(secondVersion)
  db.exec(`INSERT INTO meetings VALUES ('m1', 1);
    INSERT INTO invitations VALUES ('i1', 'm1', 'delegate', 'cn', 't1', 1, NULL);
    INSERT INTO people VALUES ('p1', 'm1', 'i1', 'Bao', 'bao', 1)`)
  const documents = db.prepare('INSERT INTO documents VALUES (?, ?, ?, 1, ?)')
  documents.run(1, 'm1', 'agenda', folded)
  documents.run(2, 'm1', 'caucus-us', Uint8Array.of(0, 0))
  const insert = db.prepare('INSERT INTO updates VALUES (NULL, 1, ?, ?, ?, ?, ?)')
  for (const [index, update] of updates.entries()) insert.run(index === 0 ? 1 : 0, 'p1', 's1', index, update)
  db.close()

  clock = 5
  server = await startServer({ data, now: () => clock })
  const meeting = 'm1' as MeetingId
  const { storage } = server
  expect((await storage.unattributed(meeting, { rows: 9, bytes: 9e6, size: 9e6 }))?.rows.map(({ at }) => at)).toEqual([
    1, 2,
  ])
  const attributed = openAttributor({ storage, report: (error) => expect(error).toBeNull() })
  await attributed.catchUp(meeting)
  const marks = (await storage.marks(meeting, 0, 99)).map(({ by, id, field, at }) => [by, id, field, at])
  expect(marks).toEqual([
    ['p1', items[2]!.id, 'minutes', 2],
    ['p1', items[1]!.id, 'minutes', 1],
  ])
  // Everything is there, and the next update is told as well.
  const stored = (await storage.load(meeting, 'agenda'))!
  expect(stored.tail.length).toBe(2)
  set(3, 53)
  const edit = { document: stored.key, person: 'p1' as PersonId, session: 's1' as SecretHash, at: 7 }
  await storage.append([{ ...edit, bytes: updates[3]! }])
  await attributed.catchUp(meeting)
  const replica = new Y.Doc()
  Y.applyUpdate(replica, await attributorOf(storage, meeting))
  expect(readAgenda(replica)).toEqual(readAgenda(doc))
  expect((await storage.marks(meeting, 1, 99)).map(({ id }) => id)).toEqual([items[3]!.id])
  await attributed.close()
  await server.stop()
  await rm(data, { recursive: true })
  await start()
})

test('twenty thousand updates are read without holding anybody up', async () => {
  await start()
  const { storage, meeting } = server
  const stored = (await storage.load(meeting, 'agenda'))!
  const doc = new Y.Doc()
  Y.applyUpdate(doc, stored.base)
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  const items = allItems(sample())
  for (let i = 0; updates.length < 20_000; i += 1) {
    const { id } = items[i % items.length]!
    if (i % 10 === 0) write(doc, { type: 'set-item', id, settings: { minutes: 1 + (i % 200) } })
    else types(doc, id, 'objective', 'en', 'a')
  }
  const edits = updates.map((bytes, index) => ({
    ...{ document: stored.key, bytes, person: `p${index % 3}` as PersonId, session: 's' as SecretHash, at: index },
  }))
  for (let i = 0; i < edits.length; i += 500) await storage.append(edits.slice(i, i + 500))
  const attributed = openAttributor({ storage, report: (error) => expect(error).toBeNull() })
  let [longest, last, stop] = [0, performance.now(), false]
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (!stop) setImmediate(look)
  }
  look()
  const began = performance.now()
  await attributed.catchUp(meeting)
  const whole = performance.now() - began
  stop = true
  await attributed.close()
  const replica = new Y.Doc()
  Y.applyUpdate(replica, await attributorOf(storage, meeting))
  expect(readAgenda(replica)).toEqual(readAgenda(doc))
  console.log(`20,000 updates read in ${Math.round(whole)} ms, nobody held up for more than ${Math.round(longest)} ms`)
  // Read at one go, the longest would be nearly the whole, however busy the machine.
  expect(longest).toBeLessThan(whole / 3)
})

describe('what vandals do', () => {
  test('rows that wait for what never comes cost their authors their marks, and nobody else', async () => {
    await start()
    const { storage, meeting } = server
    const key = (await storage.load(meeting, 'agenda'))!.key
    const [one] = allItems(sample())
    const edit = (person: string, bytes: Uint8Array) => ({
      ...{ document: key, bytes, person: person as PersonId, session: 's' as SecretHash, at: 1 },
    })
    const doc = new Y.Doc()
    Y.applyUpdate(doc, seed(sample()))
    const change = (minutes: number) => {
      const before = Y.encodeStateVector(doc)
      write(doc, { type: 'set-item', id: one!.id, settings: { minutes } })
      return Y.encodeStateAsUpdate(doc, before)
    }
    // A register beside one that nobody will ever have set.
    const orphan = () => {
      const lone = new Y.Doc()
      lone.getMap('items').set('gone', new Y.Map())
      const before = Y.encodeStateVector(lone)
      ;(lone.getMap('items').get('gone') as Y.Map<unknown>).set('minutes', 5)
      return Y.encodeStateAsUpdate(lone, before)
    }
    const attributed = openAttributor({ storage, report: (error) => expect(error).toBeNull() })
    await storage.append([edit('p1', change(41)), ...Array.from({ length: 150 }, () => edit('p2', orphan()))])
    expect(await attributed.catchUp(meeting)).toBe(1)
    const rest = async () => (await storage.unattributed(meeting, { rows: 999, bytes: 9e6, size: 9e6 }))!.rows.length
    expect(await rest()).toBe(150)
    expect(await attributed.catchUp(meeting)).toBe(1)
    await storage.append([edit('p3', change(42)), ...Array.from({ length: 150 }, () => edit('p2', orphan()))])
    await attributed.catchUp(meeting)
    expect(await rest()).toBe(0)
    await storage.append([edit('p4', change(43))])
    await attributed.catchUp(meeting)
    const marks = (await storage.marks(meeting, 0, 99)).map(({ by, field }) => [by, field])
    expect(marks).toEqual([
      ['p4', 'minutes'],
      ['p3', 'minutes'],
      ['p1', 'minutes'],
    ])
    await attributed.close()
  })

  test('an update that changes thousands of things and waits for what never comes holds up nobody’s reading', async () => {
    await start()
    const { storage, meeting } = server
    const key = (await storage.load(meeting, 'agenda'))!.key
    const edit = (person: string, bytes: Uint8Array) => ({
      ...{ document: key, bytes, person: person as PersonId, session: 's' as SecretHash, at: 1 },
    })
    const half = () => {
      const flood = new Y.Doc()
      const name = Math.random().toString(36)
      flood.transact(() => {
        for (let i = 0; i < 6000; i += 1) flood.getMap('items').set(`${name}-${i}`, new Y.Map())
      })
      const lone = new Y.Doc()
      lone.getMap('elsewhere').set('first', 1)
      const before = Y.encodeStateVector(lone)
      lone.getMap('elsewhere').set('second', 2)
      return edit('vandal', Y.mergeUpdates([Y.encodeStateAsUpdate(flood), Y.encodeStateAsUpdate(lone, before)]))
    }
    const doc = new Y.Doc()
    Y.applyUpdate(doc, seed(sample()))
    const [one] = allItems(sample())
    const known = Y.encodeStateVector(doc)
    write(doc, { type: 'set-item', id: one!.id, settings: { minutes: 41 } })
    await storage.append([half(), edit('p1', Y.encodeStateAsUpdate(doc, known))])
    const attributed = openAttributor({ storage, report: (error) => expect(error).toBeNull() })
    await attributed.catchUp(meeting)
    const marks = await storage.marks(meeting, 0, 99_999)
    expect(marks.filter(({ by }) => by === 'p1').map(({ field }) => field)).toEqual(['minutes'])
    // So many that nothing is reached behind them cost those behind them their names, and no more.
    await storage.append([...Array.from({ length: 6 }, half), edit('p1', Y.encodeStateAsUpdate(doc, known))])
    await attributed.catchUp(meeting)
    expect((await storage.unattributed(meeting, { rows: 999, bytes: 9e6, size: 9e6 }))!.rows).toEqual([])
    await attributed.close()
  })

  test('names that are none, a flood of entries and what lies outside of an agenda leave the others’ marks as they are', async () => {
    await start()
    const reader = await server.visit('observer', 'none')
    const [ann, bao] = [await server.visit('delegate', 'us', 'ann'), await server.visit('delegate', 'cn', 'bao')]
    await away(reader)
    const [a, b] = [await join(ann), await join(bao)]
    const [one, two] = allItems(sample())
    const items = b.doc.getMap<Y.Map<unknown>>('items')
    b.doc.transact(() => {
      items.set('x'.repeat(2 ** 20), new Y.Map())
      items.set('', new Y.Map())
      items.set('a number', 7 as never)
      items.get(two!.id)!.set('__proto__', 1)
      items.get(two!.id)!.set('title.fr', 'non')
      items.get(two!.id)!.set('x'.repeat(2 ** 18), 1)
      items.get(two!.id)!.set('roles', 'none')
    })
    let deep = items.get(one!.id)!
    for (let depth = 0; depth < 2000; depth += 1) {
      const inner = new Y.Map<unknown>()
      deep.set('questions.en', inner)
      deep = inner
    }
    deep.set('bottom', 1)
    for (let i = 0; i < 8; i += 1) {
      b.doc.transact(() => {
        for (let j = 0; j < 2000; j += 1) items.set(`flood-${i}-${j}`, new Y.Map())
      })
    }
    await b.acknowledged()
    await does(a, { type: 'set-item', id: one!.id, settings: { minutes: 77 } })
    const answer = await away(reader)
    const found = told(answer)
    expect(found[`item ${one!.id} minutes`]).toEqual(['ann'])
    expect(answer.marks.length).toBeLessThanOrEqual(10_000)
    expect(answer.marks.every(({ id }) => id !== null && id.length <= 64)).toBe(true)
    expect(answer.marks.filter(({ id }) => id === two!.id).map(({ field }) => field)).not.toContain('title')
  })

  test('a document that is too much to read is answered without marks, and its agenda can still be marked as seen', async () => {
    await start()
    const reader = await server.visit('observer', 'none')
    await away(reader)
    const { storage, meeting } = server
    const { key } = (await storage.load(meeting, 'agenda'))!
    const doc = new Y.Doc()
    doc.getText('glossary').insert(0, 'a'.repeat(9 * 2 ** 20))
    const edit = { document: key, person: 'p1' as PersonId, session: 's1' as SecretHash, at: 1 }
    await storage.append([{ ...edit, bytes: Y.encodeStateAsUpdate(doc) }])
    expect((await away(reader)).agenda).toEqual(sample())
    await storage.append([{ ...edit, bytes: seed(sample()) }])
    const answer = await away(reader)
    expect([answer.agenda, answer.marks]).toEqual([sample(), []])
    expect(await seen(reader, { digest: digestOf(sample()) })).toBe(true)
    const late = await server.visit('delegate', 'us')
    expect((await away(late)).since).toBeNull()
    expect((await away(late)).since).not.toBeNull()
  })
})

/** Things of the agenda, as marks name them. */
type Thing = string

const nameOf = (kind: string, id: string | null, field: string, language: string | null = null): Thing =>
  JSON.stringify([kind, id, field, language])

/** What a command changes, by its own word. */
function changedBy(command: Command): Thing[] {
  const settings = (kind: string, id: string | null, given: object) =>
    Object.entries(given).flatMap(([field, value]) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.keys(value).map((part) =>
            field === 'zones' ? nameOf(kind, id, `zones.${part}`) : nameOf(kind, id, field, part),
          )
        : kind === 'term' && (field === 'en' || field === 'zh')
          ? [nameOf(kind, id, 'term', field)]
          : [nameOf(kind, id, field)],
    )
  const both = (kind: string, id: string) => [nameOf(kind, id, 'added'), nameOf(kind, id, 'deleted')]
  switch (command.type) {
    case 'add-item':
      return both('item', command.id)
    case 'set-item':
      return settings('item', command.id, command.settings)
    case 'set-title':
      return settings('item', command.id, { title: command.title })
    case 'set-text':
      return [nameOf('item', command.id, command.text, command.language)]
    case 'move-items':
      return command.ids.map((id) => nameOf('item', id, 'place'))
    case 'delete-items':
    case 'restore-items':
      return command.ids.map((id) => nameOf('item', id, 'deleted'))
    case 'add-day':
      return both('day', command.id)
    case 'set-day':
      return settings('day', command.id, command.settings)
    case 'delete-day':
    case 'restore-day':
      return [nameOf('day', command.id, 'deleted')]
    case 'add-person':
      return both('person', command.id)
    case 'set-person':
      return settings('person', command.id, command.settings)
    case 'delete-person':
    case 'restore-person':
      return [nameOf('person', command.id, 'deleted')]
    case 'assign':
    case 'unassign':
      return [nameOf('item', command.item, 'roles')]
    case 'add-reading':
    case 'set-reading':
    case 'delete-reading':
      return [nameOf('item', command.item, 'readings')]
    case 'add-term':
      return both('term', command.id)
    case 'set-term':
      return settings('term', command.id, command.settings)
    case 'delete-term':
    case 'restore-term':
      return [nameOf('term', command.id, 'deleted')]
    case 'set-meeting':
      return settings('meeting', null, command.settings)
    case 'set-final':
      return [nameOf('meeting', null, 'final')]
  }
}

/** For every difference the things of which one at least must have been changed by somebody. */
function differences(before: Agenda, after: Agenda): Thing[][] {
  const { meeting, days, items, people, glossary } = compare(before, after)
  const found: Thing[][] = []
  type Difference = (typeof days)[number] | (typeof items)[number] | (typeof people)[number] | (typeof glossary)[number]
  const changes = (kind: string, id: string | null, list: Difference['changes']) => {
    for (const change of list) {
      if (change.type === 'words') found.push([nameOf(kind, id, change.field, change.language)])
      else if (change.type === 'formatting') found.push([nameOf(kind, id, change.field, change.language)])
      else if (change.type === 'value') found.push([nameOf(kind, id, change.field)])
      else if (change.type === 'reading') found.push([nameOf(kind, id, 'readings')])
      // Who leaves the meeting leaves the roles.
      else found.push([nameOf(kind, id, 'roles'), nameOf('person', change.person, 'deleted')])
    }
  }
  const entries = (kind: string, list: readonly Difference[]) => {
    for (const one of list) {
      if (one.status === 'added') found.push([nameOf(kind, one.id, 'added'), nameOf(kind, one.id, 'deleted')])
      else if (one.status === 'deleted') found.push([nameOf(kind, one.id, 'deleted')])
      else changes(kind, one.id, one.changes)
    }
  }
  changes('meeting', null, meeting)
  entries('day', days)
  entries('person', people)
  entries('term', glossary)
  entries('item', items)
  for (const { moved } of items) {
    if (moved === null) continue
    // Which of two neighbours has moved is a manner of speaking; and items leave with their day, and come back with it.
    const row = (agenda: Agenda, day: DayId | null) =>
      agenda.days.find(({ id }) => id === day)?.items ?? (day === null ? agenda.proposals : [])
    const around = [...row(before, moved.before.day), ...row(after, moved.after.day)]
    found.push([
      ...around.map(({ id }) => nameOf('item', id, 'place')),
      ...[...before.days, ...after.days].map(({ id }) => nameOf('day', id, 'deleted')),
    ])
  }
  return found
}

function placesIn(doc: Y.Doc): Map<string, string> {
  const items = [...doc.getMap<Y.Map<unknown>>('items').entries()]
  return new Map(items.map(([id, item]) => [id, JSON.stringify(item.get('place'))]))
}

const seeds = Array.from({ length: 12 }, (_, index) => index + 1)

test.each(seeds)(
  'whatever three people do (seed %i), each difference has an author, and no author is wrong',
  async (number) => {
    const random = seeded(number)
    const below = (limit: number) => Math.floor(random() * limit)
    const one = <T>(list: readonly T[]): T | undefined => list[below(list.length)]
    await start({ agenda: withTerm(sample()) })
    const reader = await server.visit('observer', 'none', 'reader')
    const visitors = [
      await server.visit('delegate', 'us', 'ann'),
      await server.visit('delegate', 'cn', 'bao'),
      await server.visit('organizer', 'us', 'eve'),
    ]
    await away(reader)
    let before = withTerm(sample())
    let found = 0
    let done = visitors.map(() => new Set<Thing>())
    let docs = visitors.map(() => new Y.Doc())
    let people = await Promise.all(visitors.map((visitor, index) => join(visitor, docs[index])))

    const edit = (index: number): void => {
      const { doc } = people[index]!
      const snapshot = readSnapshot(doc)
      const { agenda, removed } = snapshot
      const item = one(allItems(agenda))
      const day = random() < 0.8 ? one(agenda.days) : undefined
      const row: readonly Item[] = day?.items ?? agenda.proposals
      const place = { day: day?.id ?? null, after: random() < 0.3 ? null : (one(row)?.id ?? null) }
      const id = `${number}-${index}-${clock}`
      const word = `w${below(1000)}`
      const language: Language = random() < 0.5 ? 'en' : 'zh'
      if (item !== undefined && random() < 0.3) {
        const text = one(['title', 'objective', 'questions', 'output'] as const)!
        types(doc, item.id, text, language, word)
        done[index]!.add(nameOf('item', item.id, text, language))
        return
      }
      const minutes = 1 + below(200)
      const person = one(agenda.people)
      const term = one(agenda.glossary)
      const commands: (Command | null)[] = [
        { type: 'add-item', id: id as ItemId, place, settings: { minutes } },
        item ? { type: 'move-items', ids: [item.id], place } : null,
        item ? { type: 'delete-items', ids: [item.id] } : null,
        removed.items[0] ? { type: 'restore-items', ids: [one(removed.items)!.id] } : null,
        item ? { type: 'set-item', id: item.id, settings: { minutes } } : null,
        item ? { type: 'set-item', id: item.id, settings: { pinned: `1${below(10)}:00` } } : null,
        item ? { type: 'set-title', id: item.id, title: { [language]: word } } : null,
        item && person ? { type: 'assign', item: item.id, person: person.id, role: 'presenter' } : null,
        item?.roles[0] ? { type: 'unassign', item: item.id, ...item.roles[0] } : null,
        item
          ? {
              type: 'add-reading',
              item: item.id,
              id: id as ReadingId,
              settings: { title: { en: word, zh: '' }, url: '' },
            }
          : null,
        item?.readings[0] ? { type: 'delete-reading', item: item.id, id: item.readings[0].id } : null,
        day ? { type: 'set-day', id: day.id, settings: { start: `0${below(10)}:30` } } : null,
        day && random() < 0.3 ? { type: 'delete-day', id: day.id } : null,
        removed.days[0] ? { type: 'restore-day', id: removed.days[0].id } : null,
        person ? { type: 'set-person', id: person.id, settings: { name: { ...person.name, [language]: word } } } : null,
        person && random() < 0.3 ? { type: 'delete-person', id: person.id } : null,
        term ? { type: 'set-term', id: term.id, settings: { note: word } } : null,
        { type: 'set-meeting', settings: { place: { ...agenda.place, [language]: word } } },
        { type: 'set-meeting', settings: { rule: one(['none', 'chatham-house'] as const)! } },
      ]
      const command = one(commands)
      if (!command || refuse(snapshot, command)) return
      const places = placesIn(doc)
      write(doc, command, random)
      for (const thing of changedBy(command)) done[index]!.add(thing)
      // Moving between two of the same key gives these others.
      for (const [id, place] of placesIn(doc))
        if (places.get(id) !== place) done[index]!.add(nameOf('item', id, 'place'))
    }
    const settle = async () => {
      for (const client of people) {
        if (client.provider.wsconnected) continue
        const synced = new Promise((resolve) => client.provider.once('sync', resolve))
        client.provider.connect()
        await soon('the sync', synced)
      }
      // What others have sent is there once one has been answered after them.
      for (let round = 0; round < 2; round += 1) for (const client of people) await client.acknowledged()
    }
    const check = async () => {
      await settle()
      const answer = await away(reader)
      const now = readAgenda(people[0]!.doc)
      const marked = new Set(answer.marks.map(({ kind, id, field, language }) => nameOf(kind, id, field, language)))
      expect(answer.agenda).toEqual(before)
      expect(differences(before, now).filter((things) => !things.some((thing) => marked.has(thing)))).toEqual([])
      const wrong = answer.marks.filter(({ by, kind, id, field, language }) => {
        const index = visitors.findIndex(({ person }) => person.id === by)
        return !done[index]!.has(nameOf(kind, id, field, language))
      })
      expect(wrong).toEqual([])
      found += answer.marks.length
      return now
    }

    for (let step = 0; step < 150; step += 1) {
      clock += 60_000
      const chance = random()
      const index = below(3)
      if (chance < 0.85) edit(index)
      else if (chance < 0.92) people[index]!.provider.disconnect()
      else if (chance < 0.96) await settle()
      else if (chance < 0.98) {
        await settle()
        for (const client of clients.splice(0)) client.provider.destroy()
        if (random() < 0.5) await restart()
        // A page that is loaded again has a client id of its own.
        docs = docs.map((doc) => {
          const again = new Y.Doc()
          Y.applyUpdate(again, Y.encodeStateAsUpdate(doc))
          return again
        })
        people = await Promise.all(visitors.map((visitor, at) => join(visitor, docs[at])))
      } else {
        const now = await check()
        expect(await seen(reader, { digest: digestOf(now) })).toBe(true)
        before = now
        done = visitors.map(() => new Set())
      }
    }
    await check()
    expect(found).toBeGreaterThan(0)
  },
)
