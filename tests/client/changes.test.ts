import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Answer } from '../../client/store/api.ts'
import { type ChangesOptions, type Known, openChanges } from '../../client/store/changes.ts'
import { createMeeting, withSnapshot } from '../../client/store/meeting.ts'
import type { Connection } from '../../client/sync/connection.ts'
import type { Agenda, Item, ItemId, MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import { itemFlags } from '../../shared/domain/fields.ts'
import type { Mark } from '../../shared/domain/unseen.ts'
import { digestOf } from '../../shared/wire/digest.ts'
import { sample } from '../support/agenda.ts'
import { apiOf } from '../support/api.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const me = 'me' as PersonId
const them = 'them' as PersonId
const live: Connection = { status: 'live', unsaved: 0, committedAt: 1 }
const offline: Connection = { status: 'offline', since: 1, unsaved: 0 }

/** `agenda` with other titles, an edit an item. */
function retitled(agenda: Agenda, ...titles: [index: number, title: string][]): Agenda {
  const [first, ...others] = agenda.days
  const items = first!.items.map((item, index) => {
    const title = titles.find(([at]) => at === index)?.[1]
    return title === undefined ? item : { ...item, title: { ...item.title, en: title } }
  })
  return { ...agenda, days: [{ ...first!, items }, ...others] }
}

const base = sample()
const idOf = (index: number) => base.days[0]!.items[index]!.id
const mark = (index: number, by: PersonId, at: number): Mark => {
  return { at, by, kind: 'item', id: idOf(index), field: 'title', language: 'en' }
}

/** A device, and a server that knows what it is told to know. */
function table(connection: Connection = live, kept = new Map<string, string>(), known: Known = new Map()) {
  const store = createMeeting(
    { meeting: 'm' as MeetingId, person: { id: me, side: 'us', role: 'delegate', name: 'Me' }, title: base.title },
    connection,
    { status: 'stored' },
  )
  const server = {
    agenda: base,
    seen: base,
    since: 1000,
    marks: [] as Mark[],
    read: {} as Record<string, string>,
    up: true,
    asked: 0,
  }
  const posts: { what: object; leaving: boolean }[] = []
  const answer = <T>(value: T): Answer<T> => (server.up ? { status: 'ok', value } : { status: 'unreachable' })
  const api = apiOf({
    async changes() {
      server.asked += 1
      const { seen, since, marks, read } = server
      return answer({ since, agenda: seen, marks, people: { [them]: { name: 'Them', side: 'cn' } }, read })
    },
    async seen(what, _params, leaving) {
      posts.push({ what, leaving })
      if ('items' in what) return answer({ seen: true })
      if (what.digest !== digestOf(server.agenda)) return answer({ seen: false })
      server.seen = server.agenda
      server.marks = []
      return answer({ seen: true })
    },
  })
  const look = { at: true, listeners: new Set<(visible: boolean) => void>() }
  const updates = new Set<Parameters<ChangesOptions['workspace']['link']['doc']['on']>[1]>()
  const keeper = openChanges({
    workspace: {
      store,
      link: { doc: { on: (_name, one) => updates.add(one), off: (_name, one) => updates.delete(one) } },
    },
    api,
    known,
    storage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) },
    attention: {
      now: () => look.at,
      subscribe: (listener) => {
        look.listeners.add(listener)
        return () => look.listeners.delete(listener)
      },
      close: () => {},
    },
  })
  const show = (agenda: Agenda) => {
    const snapshot = { agenda, removed: { items: [], days: [], people: [], terms: [] }, final: null }
    store.setState(withSnapshot(store.getState(), snapshot))
  }
  show(base)
  return {
    keeper,
    store,
    server,
    posts,
    kept,
    look,
    pass: (ms: number) => vi.advanceTimersByTimeAsync(ms),
    /** What is new, as it is counted and told. */
    news: () => keeper.store.getState().unseen.news.map(({ id, difference }) => `${id} ${difference.type}`),
    /** Somebody writes, here or elsewhere, and both this device and the server have it. */
    write(agenda: Agenda, by: 'me' | 'them', ...marks: Mark[]) {
      server.agenda = agenda
      server.marks = [...server.marks, ...marks]
      for (const one of updates) one(new Uint8Array(), null, null, { local: by === 'me' })
      show(agenda)
    },
    connect: (next: Connection) => store.setState({ connection: next }),
    unread: () => [...store.getState().unread],
  }
}

test('what others did since the last visit is unread, at its item and in number', async () => {
  const at = table()
  at.write(retitled(base, [1, 'Theirs'], [2, 'Mine']), 'them', mark(1, them, 5), mark(2, me, 6))
  at.keeper.follow()
  await at.pass(10)
  expect(at.unread()).toEqual([idOf(1)])
  expect(at.store.getState().news).toBe(1)
  expect(at.keeper.store.getState()).toMatchObject({ status: 'known', since: 1000 })
})

test('a field that came with a release since the last visit makes nothing unread', async () => {
  const at = table()
  const flags: readonly string[] = itemFlags
  const known = (key: string, value: unknown) => (flags.includes(key) && value === false ? undefined : value)
  at.server.seen = JSON.parse(JSON.stringify(base, known))
  at.write(retitled(base, [1, 'Theirs']), 'them', mark(1, them, 5))
  at.keeper.follow()
  await at.pass(10)
  expect(at.news()).toEqual([`${idOf(1)} words`])
})

test('what comes in while somebody looks on, with nothing else unread, is taken as seen and never shown as new', async () => {
  const at = table()
  at.keeper.follow()
  await at.pass(10)
  const next = retitled(base, [1, 'Theirs'])
  at.write(next, 'them', mark(1, them, 5))
  await at.pass(1000)
  expect(at.unread()).toEqual([])
  await at.pass(5000)
  expect(at.posts).toEqual([{ what: { digest: digestOf(next) }, leaving: false }])
  expect(at.server.asked).toBe(1)
  expect(at.unread()).toEqual([])
})

test('what comes in while nobody looks is unread', async () => {
  const at = table()
  at.keeper.follow()
  await at.pass(10)
  at.look.at = false
  at.write(retitled(base, [1, 'Theirs']), 'them', mark(1, them, 5))
  await at.pass(4000)
  expect(at.posts).toEqual([])
  expect(at.unread()).toEqual([idOf(1)])
})

test('one’s own typing asks the server for nothing, and is not new while its mark is on the way', async () => {
  const at = table()
  at.server.marks = [mark(1, them, 5)]
  at.write(retitled(base, [1, 'Theirs']), 'them')
  at.keeper.follow()
  await at.pass(10)
  at.write(retitled(base, [1, 'Theirs'], [3, 'Being typed']), 'me')
  await at.pass(60_000)
  expect(at.server.asked).toBe(1)
  expect(at.unread()).toEqual([idOf(1)])
})

test('marking as seen follows an agenda that moves on meanwhile', async () => {
  const at = table()
  at.write(retitled(base, [1, 'Theirs']), 'them', mark(1, them, 5))
  at.keeper.follow()
  await at.pass(10)
  const later = retitled(base, [1, 'Theirs'], [2, 'Later'])
  at.server.agenda = later
  const marked = at.keeper.markSeen()
  await at.pass(100)
  expect(at.keeper.store.getState().marking).toBe(true)
  at.write(later, 'them', mark(2, them, 9))
  await at.pass(1000)
  expect(await marked).toBe('marked')
  expect(at.unread()).toEqual([])
  expect(at.keeper.store.getState().marking).toBe(false)
  expect(at.server.seen).toBe(later)
})

test('nothing is marked as seen offline, or before one’s own work is on the server', async () => {
  const at = table()
  at.keeper.follow()
  await at.pass(10)
  at.connect({ ...live, unsaved: 1 })
  at.write(retitled(base, [1, 'Mine']), 'me')
  const marked = at.keeper.markSeen()
  await at.pass(3000)
  expect(await marked).toBe('unsaved')
  at.connect(offline)
  expect(await at.keeper.markSeen()).toBe('offline')
  expect(at.posts).toEqual([])
})

test('who leaves with nothing unread takes what they have seen along; who leaves with something unread finds it again', async () => {
  const at = table()
  at.keeper.follow()
  await at.pass(10)
  at.write(retitled(base, [1, 'Mine']), 'me', mark(1, me, 5))
  for (const listener of at.look.listeners) listener(false)
  await at.pass(10)
  expect(at.posts).toEqual([{ what: { digest: digestOf(at.server.agenda) }, leaving: true }])
  at.look.at = false
  at.write(retitled(base, [1, 'Mine'], [2, 'Theirs']), 'them', mark(2, them, 9))
  await at.pass(4000)
  expect(at.unread()).toEqual([idOf(2)])
  for (const listener of at.look.listeners) listener(false)
  await at.pass(30_000)
  expect(at.posts).toHaveLength(1)
})

test('an item that was read is read on the server too, as soon as it can be told', async () => {
  const at = table()
  at.write(retitled(base, [1, 'Theirs'], [2, 'Theirs too']), 'them', mark(1, them, 5), mark(2, them, 7))
  at.keeper.follow()
  await at.pass(10)
  at.server.up = false
  at.keeper.readItem(idOf(1) as ItemId)
  expect(at.unread()).toEqual([idOf(2)])
  await at.pass(1000)
  at.connect(offline)
  at.server.up = true
  at.connect(live)
  await at.pass(1000)
  expect(at.posts.at(-1)).toEqual({ what: { items: { [idOf(1)]: '5' } }, leaving: false })
  expect(at.unread()).toEqual([idOf(2)])
})

test('what nobody is known for is read item by item too, until it is another', async () => {
  const at = table()
  at.write(retitled(base, [1, 'Somebody’s'], [2, 'Somebody’s too']), 'them')
  at.keeper.follow()
  await at.pass(10)
  expect(at.unread()).toEqual([idOf(1), idOf(2)])
  at.keeper.readItem(idOf(1) as ItemId)
  expect(at.unread()).toEqual([idOf(2)])
  await at.pass(1000)
  const [said] = at.posts as { what: { items: Record<string, string> } }[]
  const word = said!.what.items[idOf(1)]!
  expect(word).toMatch(/^0 [\w-]{43}$/)
  // Another device is told by the server, and this one after a reload.
  at.server.read = { [idOf(1)]: word }
  const other = table(live, at.kept)
  Object.assign(other.server, { agenda: at.server.agenda, read: at.server.read })
  other.write(at.server.agenda, 'them')
  other.keeper.follow()
  await other.pass(10)
  expect(other.unread()).toEqual([idOf(2)])
  // What is changed once more is unread, until it has been read as well.
  other.write(retitled(base, [1, 'Somebody’s once more'], [2, 'Somebody’s too']), 'them')
  await other.pass(5000)
  expect(other.unread()).toEqual([idOf(1), idOf(2)])
  other.keeper.readItem(idOf(1) as ItemId)
  expect(other.unread()).toEqual([idOf(2)])
})

test('without the server the last list stands, and is said to be one; without any, that is said', async () => {
  const at = table()
  at.write(retitled(base, [1, 'Theirs']), 'them', mark(1, them, 5))
  at.keeper.follow()
  await at.pass(5000)
  const later = table(offline, at.kept)
  later.write(retitled(base, [1, 'Theirs']), 'them')
  later.keeper.follow()
  await later.pass(1000)
  expect(later.keeper.store.getState().status).toBe('remembered')
  expect(later.unread()).toEqual([idOf(1)])
  const strange = table(offline)
  strange.keeper.follow()
  expect(strange.keeper.store.getState().status).toBe('unreachable')
})

test('what comes in while somebody looks on is not counted, though something else is unread, and not after a reload either', async () => {
  const at = table()
  at.write(retitled(base, [1, 'Theirs']), 'them', mark(1, them, 5))
  at.keeper.follow()
  await at.pass(10)
  const later = retitled(base, [1, 'Theirs'], [2, 'Watched'])
  at.write(later, 'them', mark(2, them, 9))
  await at.pass(10_000)
  expect(at.unread()).toEqual([idOf(1)])
  expect(at.store.getState().news).toBe(1)
  // The page is closed.
  for (const listener of at.look.listeners) listener(false)
  const again = table(live, at.kept)
  Object.assign(again.server, { agenda: later, seen: at.server.seen, marks: at.server.marks })
  const latest = retitled(base, [1, 'Theirs'], [2, 'Watched'], [3, 'In between'])
  again.write(latest, 'them', mark(3, them, 12))
  again.keeper.follow()
  await again.pass(10)
  expect(again.unread()).toEqual([idOf(1), idOf(3)])
})

test('whoever goes on at another keeper, because the agenda is rebuilt, goes on from what they have watched', async () => {
  const known: Known = new Map()
  const at = table(live, new Map(), known)
  at.write(retitled(base, [1, 'Theirs']), 'them', mark(1, them, 5))
  const stop = at.keeper.follow()
  await at.pass(10)
  const agenda = retitled(base, [1, 'Theirs'], [2, 'Watched'])
  at.write(agenda, 'them', mark(2, them, 9))
  stop()
  const again = table(live, new Map(), known)
  Object.assign(again.server, { agenda, seen: at.server.seen, marks: at.server.marks })
  again.write(agenda, 'them')
  again.keeper.follow()
  await again.pass(10)
  expect(again.unread()).toEqual([idOf(1)])
})

test('what was unread stays unread when it changes again while somebody looks on', async () => {
  const at = table()
  at.write(retitled(base, [1, 'Theirs']), 'them', mark(1, them, 5))
  at.keeper.follow()
  await at.pass(10)
  at.write(retitled(base, [1, 'Theirs once more']), 'them', mark(1, them, 9))
  await at.pass(10_000)
  expect(at.news()).toEqual([`${idOf(1)} words`])
  expect(at.keeper.store.getState().unseen.news[0]!.difference).toMatchObject({ after: 'Theirs once more' })
})

test('what was unread in an item is unread again when the item was deleted and has come back while somebody looked on', async () => {
  const at = table()
  const changed = retitled(base, [1, 'Theirs'])
  at.write(changed, 'them', mark(1, them, 5))
  at.keeper.follow()
  await at.pass(10)
  const rid = (items: readonly Item[]) => items.filter(({ id }) => id !== idOf(1))
  const deleted = {
    ...changed,
    days: changed.days.map((day) => ({ ...day, items: rid(day.items) })),
    proposals: rid(changed.proposals),
  }
  at.write(deleted, 'them', mark(1, them, 9))
  await at.pass(10_000)
  at.write(changed, 'them', mark(1, them, 12))
  await at.pass(10_000)
  expect(at.unread()).toEqual([idOf(1)])
})

test('what was watched is not new because the connection breaks off before the server is told, and what came in meanwhile is', async () => {
  const at = table()
  at.keeper.follow()
  await at.pass(10)
  at.write(retitled(base, [1, 'Watched']), 'them', mark(1, them, 5))
  await at.pass(1000)
  at.connect(offline)
  await at.pass(60_000)
  at.write(retitled(base, [1, 'Watched'], [2, 'Missed']), 'them', mark(2, them, 9))
  at.connect(live)
  await at.pass(1000)
  expect(at.news()).toEqual([`${idOf(2)} words`])
})

test('who sits there while the connection is gone for a moment sees what it brings', async () => {
  const at = table()
  at.keeper.follow()
  await at.pass(10)
  at.connect(offline)
  await at.pass(3000)
  at.connect({ status: 'catching-up', unsaved: 0 })
  at.write(retitled(base, [1, 'Theirs']), 'them', mark(1, them, 5))
  at.connect(live)
  await at.pass(1000)
  expect(at.news()).toEqual([])
})

test('what another device has marked as seen since counts, whatever was watched here', async () => {
  const at = table()
  at.write(retitled(base, [1, 'Theirs']), 'them', mark(1, them, 5))
  at.keeper.follow()
  await at.pass(10)
  at.write(retitled(base, [1, 'Theirs'], [2, 'Watched']), 'them', mark(2, them, 9))
  await at.pass(1000)
  expect(at.unread()).toEqual([idOf(1)])
  at.connect(offline)
  at.server.seen = at.server.agenda
  at.server.marks = []
  at.connect(live)
  await at.pass(1000)
  expect(at.unread()).toEqual([])
})
