import { createStore, type StoreApi } from 'zustand/vanilla'
import type { AnswerOf } from '../../shared/api/contract.ts'
import { type Agenda, allItems, type Item, type ItemId, rowsOf } from '../../shared/domain/agenda.ts'
import { rebased } from '../../shared/domain/rebase.ts'
import { completed } from '../../shared/domain/stored.ts'
import {
  countNews,
  type Mark,
  nothingNew,
  type Seen,
  type Unseen,
  unclaimed,
  unreadItems,
  unseen,
} from '../../shared/domain/unseen.ts'
import { digestOf } from '../../shared/wire/digest.ts'
import type { Api } from './api.ts'
import { type Attention, openAttention } from './attention.ts'
import type { KeyValueStore } from './preferences.ts'
import type { Workspace } from './workspace.ts'

/** What is new to the person at this device. */
export interface ChangesState {
  /** `remembered`: from an earlier visit, until the connection is back. `unreachable`: nothing is stored here. */
  readonly status: 'asking' | 'known' | 'remembered' | 'unreachable'
  /** When this person had last seen everything, in milliseconds since 1970. */
  readonly since: number | null
  readonly unseen: Unseen
  /** The two states that `away` compares. */
  readonly before: Agenda | null
  readonly after: Agenda | null
  readonly marking: boolean
}

/** `unsaved`: edits made here have not arrived yet, and the server can only mark what it has. */
export type Marked = 'marked' | 'offline' | 'unsaved' | 'failed'

export interface ChangesKeeper {
  readonly store: StoreApi<ChangesState>
  /** Keeps the list up to date until the returned function is called. */
  follow(): () => void
  /** Marks the agenda as it is now as seen. */
  markSeen(): Promise<Marked>
  /** Marks what is new in one item as seen. */
  readItem(id: ItemId): void
}

export interface ChangesOptions {
  readonly workspace: Pick<Workspace, 'store'> & { readonly link: { readonly doc: Updates } }
  readonly api: Pick<Api, 'call'>
  readonly storage: KeyValueStore | null
  readonly attention: Attention
  /** What closed keepers knew: after the agenda is rebuilt, the next one continues from it. */
  readonly known?: Known
  readonly now?: () => number
  /** Monotonic, ms. */
  readonly steady?: () => number
}

type OnUpdate = (update: Uint8Array, origin: unknown, doc: unknown, transaction: { readonly local: boolean }) => void
interface Updates {
  on(name: 'update', listener: OnUpdate): void
  off(name: 'update', listener: OnUpdate): void
}

/** What a person has seen: the server's record of it, as of some moment, and what they have watched here since. */
export interface Base {
  readonly since: number
  readonly agenda: Agenda
  /** A digest of the agenda in the server's record. */
  readonly kept: string
  readonly marks: readonly Mark[]
  readonly people: Seen['people']
  readonly read: ReadonlyMap<string, Read>
}

/** By meeting and person. In memory only: a keeper may end because somebody has signed out. */
export type Known = Map<string, Base>

/** What has been seen of an item: until when, by the server's clock, and a digest of changes without an author. */
export interface Read {
  readonly until: number
  readonly as: string | null
}

/** Milliseconds. The list follows edits after a pause; the server is asked less often than that. */
const pauses = { compute: 500, ask: 2500, forward: 4000, forwardOwn: 20_000, read: 300, keep: 2000, stale: 30_000 }
/** Milliseconds. If the connection is gone for no longer than this, whoever is looking has watched what it brings. */
const blink = 10_000
/** Characters of JSON that one meeting may take of `localStorage`. */
const mostStored = 600_000
/** How often a digest is sent if others keep editing, so that it is no longer that of the agenda. */
const mostTries = 6

const keepers = new WeakMap<Workspace, ChangesKeeper>()

const knownBefore: Known = new Map()

/** The keeper of the meeting of `workspace`, opened on first use. */
export function changesOf(workspace: Workspace, api: Api, storage: KeyValueStore | null): ChangesKeeper {
  const known = keepers.get(workspace)
  if (known) return known
  const keeper = openChanges({ workspace, api, storage, attention: openAttention(window), known: knownBefore })
  keepers.set(workspace, keeper)
  return keeper
}

export function openChanges(options: ChangesOptions): ChangesKeeper {
  const {
    workspace,
    api,
    storage,
    attention,
    known = new Map(),
    now = Date.now,
    steady = () => performance.now(),
  } = options
  const { meeting, person } = workspace.store.getState().membership
  const key = `parley.away.${meeting}.${person.id}`
  const store = createStore<ChangesState>(() => ({
    status: 'asking',
    since: null,
    unseen: nothingNew,
    before: null,
    after: null,
    marking: false,
  }))
  let base: Base | null = null
  /** Somebody has made an edit that the marks may not include. */
  let touched = true
  let asking = false
  let askedAt = Number.NEGATIVE_INFINITY
  let forwarding = false
  let followers = 0
  /** The agenda before the changes that are being watched. Null while there are none. */
  let watchedFrom: Agenda | null = null
  let liveUntil = Number.NEGATIVE_INFINITY
  /** Read here, but not yet known to the server. */
  const unsent = new Map<string, Read>()
  const timers = new Map<keyof typeof pauses, ReturnType<typeof setTimeout>>()

  const agendaNow = () => workspace.store.getState().snapshot?.agenda ?? null
  const connection = () => workspace.store.getState().connection
  const settled = () => connection().status === 'live' && connection().unsaved === 0
  const nothingUnread = () => base !== null && countNews(store.getState().unseen) === 0

  /** Runs once, `wait` ms after the first call; with `renew`, after the last. */
  function later(name: keyof typeof pauses, wait: number, run: () => void, renew = false) {
    const set = timers.get(name)
    if (followers === 0 || (set !== undefined && !renew)) return
    clearTimeout(set)
    timers.set(
      name,
      setTimeout(() => {
        timers.delete(name)
        run()
      }, wait),
    )
  }

  function isWatching() {
    return attention.now() && (connection().status === 'live' || steady() - liveUntil < blink)
  }

  /** Marks what was watched up to `after` as seen. What was unread before stays unread, even if changed again. */
  function takeAsSeen(after: Agenda | null) {
    if (base === null || watchedFrom === null || after === null) return
    base = { ...base, agenda: rebased(withReturned(watchedFrom, base.agenda, after), base.agenda, after) }
    watchedFrom = null
    later('keep', pauses.forwardOwn, keep)
  }

  function compute() {
    const after = agendaNow()
    takeAsSeen(after)
    if (base === null || after === null) return
    const { since, agenda: before, marks, people, read } = base
    const found = unseen({
      ...{ before, after, marks, people, me: person.id, complete: !touched },
      read: new Map([...read].map(([id, { until }]) => [id, until])),
      readAs(id, unclaimedNow) {
        const as = read.get(id)?.as ?? null
        return as !== null && as === digestOf(unclaimedNow)
      },
    })
    const next = found.news.length === 0 ? nothingNew : found
    store.setState({ since, unseen: next, before, after })
    show(next)
  }

  /** The outline and the tab only show which items are new, and how many changes. */
  function show(next: Unseen) {
    const { unread, news } = workspace.store.getState()
    const items = unreadItems(next)
    const same = items.size === unread.size && [...items].every((id) => unread.has(id))
    const count = countNews(next)
    if (!same || count !== news) workspace.store.setState({ ...(same ? {} : { unread: items }), news: count })
  }

  async function ask() {
    if (asking || forwarding || connection().status !== 'live') return
    asking = true
    askedAt = steady()
    touched = connection().unsaved > 0
    const answer = await api.call('changes', { meeting })
    asking = false
    if (followers === 0) return
    if (answer.status !== 'ok') {
      touched = true
      if (base === null) remember()
      return
    }
    const agenda = agendaNow()
    const before = base ?? known.get(key) ?? stored(storage, key)
    base = baseOf(answer.value, unsent, before) ?? (agenda && baseFrom(agenda))
    store.setState({ status: 'known' })
    compute()
    later('keep', pauses.keep, keep)
  }

  /** Without the server, the last list that this device has stored is better than none. */
  function remember() {
    base ??= stored(storage, key)
    store.setState({ status: base === null ? 'unreachable' : 'remembered' })
    compute()
  }

  function keep() {
    if (base === null) return
    try {
      const text = JSON.stringify({ ...base, read: textsOf(base.read) })
      if (text.length > mostStored) storage?.setItem(key, '')
      else storage?.setItem(key, text)
    } catch {
      // Without it, there is no list while the server cannot be reached.
    }
  }

  /** Tells the server, so that what this person has watched or done is not new to them tomorrow. */
  async function forward(leaving = false) {
    if (!nothingUnread() || connection().status !== 'live') return
    if (!leaving && !attention.now()) return later('ask', pauses.ask, ask)
    if (!settled() || forwarding || asking) {
      return leaving ? undefined : later('forward', pauses.forward, () => void forward())
    }
    if ((await send(leaving)) === 'stale') later('forward', pauses.forward, () => void forward())
  }

  /** Tells the server that the agenda as it is here was seen. `stale`: the server, or this device, has a newer one. */
  async function send(leaving = false): Promise<'sent' | 'stale' | 'failed'> {
    const agenda = agendaNow()
    if (agenda === null) return 'failed'
    const digest = digestOf(agenda)
    if (base?.kept === digest && digestOf(base.agenda) === digest) return 'sent'
    forwarding = true
    touched = false
    const answer = await api.call('seen', { meeting }, { digest }, leaving)
    forwarding = false
    if (answer.status !== 'ok' || !answer.value.seen) {
      touched = true
      return answer.status === 'ok' ? 'stale' : 'failed'
    }
    unsent.clear()
    if (watchedFrom !== null) watchedFrom = agenda
    base = { ...baseFrom(agenda, digest), people: base?.people ?? {} }
    store.setState({ status: 'known' })
    compute()
    if (leaving) keep()
    else later('keep', pauses.keep, keep)
    return 'sent'
  }

  function baseFrom(agenda: Agenda, digest = digestOf(agenda)): Base {
    return { since: now(), agenda, kept: digest, marks: [], people: {}, read: new Map() }
  }

  const onUpdate: OnUpdate = (_update, _origin, _doc, { local }) => {
    // Whoever is looking, with nothing unread, has seen the change.
    const watched = nothingUnread() && connection().status === 'live' && attention.now()
    touched = true
    if (watched) later('forward', local ? pauses.forwardOwn : pauses.forward, () => void forward())
    else if (!local) later('ask', pauses.ask, ask)
  }

  function sendRead() {
    if (unsent.size === 0 || connection().status !== 'live') return
    const sending = new Map(unsent)
    void api.call('seen', { meeting }, { items: textsOf(sending) }).then((answer) => {
      if (answer.status === 'unreachable') return
      for (const [id, what] of sending) if (unsent.get(id) === what) unsent.delete(id)
    })
  }

  function begin(): () => void {
    const stops = [
      workspace.store.subscribe((state, before) => {
        if (state.snapshot !== before.snapshot) {
          if (!isWatching()) takeAsSeen(before.snapshot?.agenda ?? null)
          else watchedFrom ??= before.snapshot?.agenda ?? null
          later('compute', pauses.compute, compute)
        }
        if (state.connection.status === before.connection.status) return
        if (before.connection.status === 'live') liveUntil = steady()
        if (state.connection.status === 'live') {
          void ask()
          sendRead()
        } else if (state.connection.status === 'offline' && base === null) remember()
      }),
      attention.subscribe((visible) => {
        if (!visible) {
          takeAsSeen(agendaNow())
          keep()
          void forward(true)
        } else if (steady() - askedAt > pauses.stale) void ask()
      }),
    ]
    workspace.link.doc.on('update', onUpdate)
    if (connection().status === 'offline') remember()
    void ask()
    return () => {
      for (const stop of stops) stop()
      workspace.link.doc.off('update', onUpdate)
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
      takeAsSeen(agendaNow())
      if (base !== null) known.set(key, base)
    }
  }

  let end = () => {}
  return {
    store,
    follow() {
      followers += 1
      if (followers === 1) end = begin()
      return () => {
        followers -= 1
        if (followers === 0) end()
      }
    },
    async markSeen() {
      if (connection().status !== 'live') return 'offline'
      store.setState({ marking: true })
      let outcome: Marked = 'failed'
      for (let attempt = 0; attempt < mostTries; attempt++) {
        // The server refuses a digest of what it does not have yet.
        outcome = (await within(2000, settled, workspace.store)) ? 'failed' : 'unsaved'
        if (outcome === 'unsaved') break
        const sent = await send()
        if (sent !== 'stale') {
          outcome = sent === 'sent' ? 'marked' : 'failed'
          break
        }
        const stood = agendaNow()
        await within(400 * (attempt + 1), () => agendaNow() !== stood, workspace.store)
      }
      store.setState({ marking: false })
      if (outcome !== 'marked') later('ask', pauses.ask, ask)
      return outcome
    },
    readItem(id) {
      const found = store.getState().unseen
      const news = found.news.filter((one) => one.kind === 'item' && one.id === id)
      if (base === null || news.length === 0) return
      const before = base.read.get(id)
      const unclaimedNow = unclaimed(found).get(id)
      const what: Read = {
        until: Math.max(before?.until ?? 0, ...news.map((one) => one.at ?? 0)),
        as: unclaimedNow === undefined ? (before?.as ?? null) : digestOf(unclaimedNow),
      }
      base = { ...base, read: new Map(base.read).set(id, what) }
      unsent.set(id, what)
      compute()
      later('read', pauses.read, sendRead)
      later('keep', pauses.keep, keep)
      if (nothingUnread()) later('forward', pauses.forward, () => void forward())
    },
  }
}

/** Resolves to true as soon as `holds`, or to false after `wait` milliseconds. */
function within<T>(wait: number, holds: () => boolean, store: StoreApi<T>): Promise<boolean> {
  return new Promise((resolve) => {
    if (holds()) return resolve(true)
    const stop = store.subscribe(() => holds() && done(true))
    const timer = setTimeout(() => done(false), wait)
    function done(held: boolean) {
      clearTimeout(timer)
      stop()
      resolve(held)
    }
  })
}

/**
 * Null at the first visit: then the agenda as it is counts as seen. What was watched since, according to `known`,
 * counts as long as the server's record is the one it was watched from.
 */
function baseOf(
  answer: AnswerOf<'changes'> & { readonly kept?: string },
  unsent: ReadonlyMap<string, Read>,
  known: Base | null = null,
): Base | null {
  if (answer.agenda === null || answer.since === null) return null
  const { since, marks, people, read, kept = digestOf(answer.agenda) } = answer
  return {
    ...{ since, agenda: known?.kept === kept ? known.agenda : completed(answer.agenda), kept, marks, people },
    read: new Map([...Object.entries(read).map(([id, text]) => [id, readOf(text)] as const), ...unsent]),
  }
}

/** The server stores it as text, and does not read it. */
function textsOf(read: ReadonlyMap<string, Read>): Record<string, string> {
  return Object.fromEntries([...read].map(([id, { until, as }]) => [id, as === null ? `${until}` : `${until} ${as}`]))
}

function readOf(text: string): Read {
  const [until, as = null] = text.split(' ')
  return { until: Number(until) || 0, as }
}

function stored(storage: KeyValueStore | null, key: string): Base | null {
  try {
    return baseOf(JSON.parse(storage?.getItem(key) ?? 'null'), new Map())
  } catch {
    return null
  }
}

/**
 * `from` with the items that came back since, as they now are: what was unread in them before they were deleted is still
 * unread. They stand where `seen` has them, so that nothing but their content counts.
 */
function withReturned(from: Agenda, seen: Agenda, after: Agenda): Agenda {
  const [unclaimedNow, back] = [from, after].map((agenda) => new Map(allItems(agenda).map((item) => [item.id, item])))
  const returned = (items: readonly Item[]) =>
    items.flatMap(({ id }) => (unclaimedNow?.has(id) ? [] : (back?.get(id) ?? [])))
  const rows = new Map(rowsOf(seen).map(([day, items]) => [day, returned(items)]))
  if ([...rows.values()].every((items) => items.length === 0)) return from
  return {
    ...from,
    days: from.days.map((day) => ({ ...day, items: [...day.items, ...(rows.get(day.id) ?? [])] })),
    proposals: [...from.proposals, ...(rows.get(null) ?? [])],
  }
}
