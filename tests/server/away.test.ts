import { rm } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { readAgenda } from '../../shared/document/read.ts'
import { itemFragment } from '../../shared/document/schema.ts'
import { seed } from '../../shared/document/seed.ts'
import { write } from '../../shared/document/write.ts'
import {
  type Agenda,
  allItems,
  type ItemId,
  type ItemText,
  type Language,
  type ReadingId,
  type TermId,
} from '../../shared/domain/agenda.ts'
import type { Command } from '../../shared/domain/command.ts'
import { digestOf } from '../../shared/wire/digest.ts'
import { encodeAcknowledge, encodeUpdate } from '../../shared/wire/frame.ts'
import { sample } from '../support/agenda.ts'
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

interface Away {
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

async function away(visitor: Visitor): Promise<Away> {
  const response = await fetch(`${server.origin}/api/meetings/${server.meeting}/away`, {
    headers: { cookie: visitor.cookie },
  })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as Away
}

async function seen(visitor: Visitor, body: unknown): Promise<number> {
  const response = await fetch(`${server.origin}/api/meetings/${server.meeting}/seen`, {
    method: 'POST',
    headers: { cookie: visitor.cookie, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return response.status
}

test('at the first visit nothing is new, and from then on what was there is what one has seen', async () => {
  const agenda = sample()
  await start({ agenda, now: () => 5000 })
  const [delegate, observer] = [await server.visit('delegate', 'us'), await server.visit('observer', 'none')]
  const nothing = { since: null, agenda: null, marks: [], people: {}, read: {} }
  expect(await away(delegate)).toEqual(nothing)
  expect(await away(delegate)).toEqual({ ...nothing, since: 5000, agenda })
  expect(await away(observer)).toEqual(nothing)
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
  expect(await seen(delegate, { items: { [item.id]: 'as-read' } })).toBe(204)
  expect((await away(delegate)).read).toEqual({ [item.id]: 'as-read' })
  expect(await seen(delegate, { digest: digestOf(before) })).toBe(409)
  expect((await away(delegate)).agenda).toEqual(before)
  expect(await seen(delegate, { digest: digestOf(after) })).toBe(204)
  const answer = await away(delegate)
  expect([answer.agenda, answer.marks, answer.read]).toEqual([after, [], {}])
})

/** Who has marks on what, by name, in any order. */
function told({ marks, people }: Away): Record<string, string[]> {
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
  expect(await seen(reader, { digest: digestOf(readAgenda(now.doc)) })).toBe(204)
  await does(now, { type: 'set-item', id: two!, settings: { minutes: 43 } })
  expect(told(await away(reader))).toEqual({ [`item ${two} minutes`]: ['ann'] })
})

test('P7: a mark is of the session’s person, whatever client id an update is made under', async () => {
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
  // The room is let go, and with it the memory of whose the id was.
  await restart()
  const forged = new Y.Doc()
  Y.applyUpdate(forged, state)
  forged.clientID = annsId
  const before = Y.encodeStateVector(forged)
  write(forged, { type: 'set-item', id: item, settings: { topic: 'bias' } })
  const raw = rawClient({ origin: server.origin, meeting: server.meeting, cookie: bao.cookie })
  await raw.frame((frame) => kindOf(frame) === '0.0')
  raw.send(encodeUpdate(Y.encodeStateAsUpdate(forged, before)))
  raw.send(encodeAcknowledge(Uint8Array.of(1)))
  await raw.frame((frame) => kindOf(frame) === '102')
  raw.socket.close()
  await raw.closed
  expect(told(await away(reader))).toEqual({ [`item ${item} minutes`]: ['ann'], [`item ${item} topic`]: ['bao'] })
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
