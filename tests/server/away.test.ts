import { rm } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import * as Y from 'yjs'
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
  type ReadingId,
  type TermId,
} from '../../shared/domain/agenda.ts'
import type { Command, Snapshot } from '../../shared/domain/command.ts'
import { compare } from '../../shared/domain/compare.ts'
import { refuse } from '../../shared/domain/refuse.ts'
import { digestOf } from '../../shared/wire/digest.ts'
import { encodeAcknowledge, encodeUpdate } from '../../shared/wire/frame.ts'
import { sample, seeded } from '../support/agenda.ts'
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

function readSnapshot(doc: Y.Doc): Snapshot {
  const reader = openReader(doc)
  const snapshot = reader.snapshot()
  reader.close()
  return snapshot
}

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
        await synced
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
        expect(await seen(reader, { digest: digestOf(now) })).toBe(204)
        before = now
        done = visitors.map(() => new Set())
      }
    }
    await check()
    expect(found).toBeGreaterThan(0)
  },
)
