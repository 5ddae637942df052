import { createStore, type StoreApi } from 'zustand/vanilla'
import { followWriters, type Writers } from '../../shared/document/writers.ts'
import type { Bilingual, Day, DayId, Item, ItemId, PersonId, Side } from '../../shared/domain/agenda.ts'
import type { Snapshot } from '../../shared/domain/command.ts'
import { compare } from '../../shared/domain/compare.ts'
import { visitorOf } from './presence.ts'
import type { Workspace } from './workspace.ts'

/*
 * A transaction from elsewhere → the registers that it wrote, and by which client (`followWriters`) → the snapshots
 * before and after it, compared → doings, each with its client → the person for whom the server has vouched in the
 * awareness states → one burst a person (`withDoings`) → the line, what is read out, and the marks of rows.
 */

/** What somebody has done to an item or a day, apart from its texts. It holds facts, not words. */
export type Doing =
  | { readonly type: 'added' | 'restored' | 'deleted' | 'moved'; readonly id: ItemId; readonly title: Bilingual }
  | {
      readonly type: 'minutes'
      readonly id: ItemId
      readonly title: Bilingual
      readonly before: number
      readonly after: number
    }
  /** `at`: null when the item follows the one before it again. */
  | { readonly type: 'pinned'; readonly id: ItemId; readonly title: Bilingual; readonly at: string | null }
  | {
      readonly type: 'day-added' | 'day-restored' | 'day-deleted' | 'day-changed'
      readonly id: DayId
      readonly date: string
    }

export interface Done {
  readonly client: number
  readonly doing: Doing
}

export interface Doer {
  readonly id: PersonId
  readonly name: string
  readonly side: Side | null
}

/** What one person has done within a few seconds: never empty. */
export interface Burst {
  readonly number: number
  readonly by: Doer
  readonly doings: readonly Doing[]
  /** When the latest was done, monotonic, ms. */
  readonly at: number
}

export interface Doings {
  /** One a person, the latest last. */
  readonly store: StoreApi<{ readonly bursts: readonly Burst[] }>
  follow(): () => void
  dismiss(number: number): void
}

/** Whoever nobody vouches for: edits under the id of an earlier visit, made without a connection. */
const somebody: Doer = { id: '' as PersonId, name: '', side: null }

/** Milliseconds. A pause that ends a burst; how long a row is marked; an interruption after which nobody was watching. */
const times = { together: 5000, marked: 7000, blink: 10_000 }
/** Lines at once. */
const mostBursts = 2

const own: readonly string[] = ['place', 'deleted', 'minutes', 'pinned']
const ofDay: readonly string[] = ['deleted', 'date', 'start', 'end']

export function openDoings(
  workspace: Pick<Workspace, 'store'> & { readonly link: Pick<Workspace['link'], 'doc' | 'awareness'> },
  steady: () => number = () => performance.now(),
): Doings {
  const { store: meeting, link } = workspace
  const store = createStore<{ bursts: readonly Burst[] }>(() => ({ bursts: [] }))
  /** Also people who have just left. */
  const people = new Map<number, Doer>()
  const marks = new Map<ItemId, { readonly side: Side | 'other'; readonly until: number }>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let before = meeting.getState().snapshot
  let liveAt = Number.NEGATIVE_INFINITY
  let numbered = 0

  function meet() {
    for (const [client, state] of link.awareness.getStates()) {
      const { user } = (state ?? {}) as { user?: unknown }
      const visitor = visitorOf(user)
      if (visitor) people.set(client, visitor)
    }
  }

  /** Only then is what nobody vouches for surely somebody else's. */
  function atOneDevice(me: PersonId) {
    const states = [...link.awareness.getStates()]
    return states.every(([client, { user }]) => client === link.awareness.clientID || visitorOf(user)?.id !== me)
  }

  function hear(written: { readonly items?: Writers; readonly days?: Writers }) {
    const { snapshot: after, connection, membership } = meeting.getState()
    const now = steady()
    const watching = connection.status === 'live' || now - liveAt < times.blink
    if (!before || !after || !watching) return
    meet()
    for (const { client, doing } of doingsOf(before, after, written)) {
      const me = membership.person.id
      const by = people.get(client) ?? (atOneDevice(me) ? somebody : null)
      if (!by || by.id === me) continue
      const { bursts } = store.getState()
      const next = withDoing(bursts, by, doing, now, numbered + 1)
      if (next.some((one) => one.number > numbered)) numbered += 1
      store.setState({ bursts: next })
      if (!doing.type.startsWith('day')) {
        marks.set(doing.id as ItemId, { side: by.side ?? 'other', until: now + times.marked })
      }
    }
    mark()
  }

  function mark() {
    const now = steady()
    for (const [id, { until }] of marks) if (until <= now) marks.delete(id)
    clearTimeout(timer)
    if (marks.size > 0) timer = setTimeout(mark, Math.min(...[...marks.values()].map((one) => one.until)) - now + 1)
    const { marked } = meeting.getState()
    const same = marks.size === marked.size && [...marks].every(([id, { side }]) => marked.get(id) === side)
    if (!same) meeting.setState({ marked: new Map([...marks].map(([id, { side }]) => [id, side])) })
  }

  return {
    store,
    follow() {
      meet()
      before = meeting.getState().snapshot
      const stops = [
        followWriters(link.doc, 'items', (items) => hear({ items })),
        followWriters(link.doc, 'days', (days) => hear({ days })),
        meeting.subscribe((state, was) => {
          if (was.connection.status === 'live' && state.connection.status !== 'live') liveAt = steady()
        }),
      ]
      // Last, so that both have heard of a transaction.
      const keep = () => {
        before = meeting.getState().snapshot
      }
      link.doc.on('afterTransaction', keep)
      link.awareness.on('change', meet)
      return () => {
        for (const stop of stops) stop()
        link.doc.off('afterTransaction', keep)
        link.awareness.off('change', meet)
        marks.clear()
        mark()
      }
    },
    dismiss(number) {
      store.setState({ bursts: store.getState().bursts.filter((one) => one.number !== number) })
    },
  }
}

/** What was done between the two, by whoever wrote the register that shows it. What follows from it is nobody's doing. */
export function doingsOf(
  before: Snapshot,
  after: Snapshot,
  { items = new Map(), days = new Map() }: { readonly items?: Writers; readonly days?: Writers },
): Done[] {
  const concerns = (writers: Writers, registers: readonly string[]) =>
    [...writers.values()].some((of) => registers.some((name) => of.has(name)))
  if (!concerns(items, own) && !concerns(days, ofDay)) return []
  const likely = new Set([...items].flatMap(([id, of]) => (of.has('place') ? [id] : [])))
  const differences = compare(before.agenda, after.agenda, likely)
  const found: Done[] = []
  const note = (client: number | undefined, doing: Doing) => {
    if (client !== undefined) found.push({ client, doing })
  }
  for (const { id, status, changes, moved, ...item } of differences.items) {
    const by = items.get(id)
    if (!by) continue
    const { title } = (item.after ?? item.before) as Item
    const of = { id: id as ItemId, title }
    if (status === 'added') {
      note(by.get('deleted'), { type: isAmong(before.removed.items, id) ? 'restored' : 'added', ...of })
    } else if (status === 'deleted') note(by.get('deleted'), { type: 'deleted', ...of })
    else if (moved) note(by.get('place'), { type: 'moved', ...of })
    for (const change of changes) {
      if (change.type !== 'value') continue
      if (change.field === 'minutes') {
        const [was, is] = [Number(change.before), Number(change.after)]
        note(by.get('minutes'), { type: 'minutes', ...of, before: was, after: is })
      } else if (change.field === 'pinned') {
        note(by.get('pinned'), { type: 'pinned', ...of, at: change.after === null ? null : String(change.after) })
      }
    }
  }
  for (const { id, status, changes, ...day } of differences.days) {
    const by = days.get(id)
    if (!by) continue
    const of = { id: id as DayId, date: ((day.after ?? day.before) as Day).date }
    if (status === 'added') {
      note(by.get('deleted'), { type: isAmong(before.removed.days, id) ? 'day-restored' : 'day-added', ...of })
    } else if (status === 'deleted') note(by.get('deleted'), { type: 'day-deleted', ...of })
    else {
      const field = changes.find((one) => one.type === 'value' && by.has(one.field))
      if (field?.type === 'value') note(by.get(field.field), { type: 'day-changed', ...of })
    }
  }
  return found
}

function isAmong(list: readonly { readonly id: string }[], id: string): boolean {
  return list.some((one) => one.id === id)
}

/** `bursts` with one more doing: in the burst of that person, or after a pause in a new one in its place. */
export function withDoing(
  bursts: readonly Burst[],
  by: Doer,
  doing: Doing,
  now: number,
  number: number,
  pause = times.together,
): readonly Burst[] {
  const others = bursts.filter((one) => one.by.id !== by.id)
  const last = bursts.find((one) => one.by.id === by.id)
  const goesOn = last !== undefined && now - last.at < pause
  const doings = goesOn ? combined(last.doings, doing) : [doing]
  if (doings.length === 0) return others
  return [...others, { number: goesOn ? last.number : number, by, doings, at: now }].slice(-mostBursts)
}

/** Without what a later doing has taken back, and without what is part of adding. */
function combined(doings: readonly Doing[], next: Doing): readonly Doing[] {
  const [others, same] = [doings.filter((one) => one.id !== next.id), doings.filter((one) => one.id === next.id)]
  const was = (...types: readonly Doing['type'][]) => same.some(({ type }) => types.includes(type))
  if (next.type === 'deleted' || next.type === 'day-deleted') {
    return was('added', 'restored', 'day-added', 'day-restored') ? others : [...others, next]
  }
  if (was('deleted', 'day-deleted')) return others
  if (was('added', 'restored', 'day-added', 'day-restored')) return doings
  const rest = same.filter(({ type }) => type !== next.type)
  if (next.type !== 'minutes') return [...others, ...rest, next]
  const first = same.find((one) => one.type === 'minutes')?.before ?? next.before
  return first === next.after ? [...others, ...rest] : [...others, ...rest, { ...next, before: first }]
}

/** How many items and days were concerned, and the only kind of doing among them, if there is one. */
export function summaryOf({ doings }: Burst): { readonly count: number; readonly type: Doing['type'] | null } {
  const types = new Set(doings.map(({ type }) => type))
  const type = doings[0]?.type
  return { count: new Set(doings.map(({ id }) => id)).size, type: types.size === 1 && type ? type : null }
}
