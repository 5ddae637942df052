import type { Agenda, DayId, Item, ItemId, Language, PersonId, Side } from './agenda.ts'
import { type Change, type Comparison, compare, type EntryDifference, type ItemDifference } from './compare.ts'

/** A person's latest change of a field since the baseline, as recorded by the server. One per person and field. */
export interface Mark {
  /** Milliseconds since 1970, the server's clock. */
  readonly at: number
  readonly by: PersonId
  readonly kind: EntryKind
  /** Null for the meeting. */
  readonly id: string | null
  readonly field: string
  readonly language: Language | null
}

export type EntryKind = 'item' | 'day' | 'person' | 'term' | 'meeting'

export interface Author {
  readonly id: PersonId
  readonly name: string
  readonly side: Side | null
}

/** One difference from what a person has seen, and who made it. */
export interface News extends Credit {
  readonly kind: EntryKind
  /** Empty for the meeting. */
  readonly id: string
  readonly difference: Difference
}

export type Difference =
  | { readonly type: 'added' | 'restored' | 'deleted' }
  | ({ readonly type: 'moved' } & NonNullable<ItemDifference['moved']>)
  | ({ readonly type: 'retimed' } & NonNullable<ItemDifference['retimed']>)
  | Change

export interface Credit {
  /** The other people who contributed, latest first. Empty when unknown. */
  readonly authors: readonly Author[]
  /** Whether I contributed, too. */
  readonly own: boolean
  /** When the latest of the others changed it; null when unknown. */
  readonly at: number | null
}

/** What is new to a person: each difference of the comparison once, in its order, except those that only they made. */
export interface Unseen {
  readonly news: readonly News[]
  /** The same differences, in the form that pages show. */
  readonly comparison: Comparison
}

export interface Seen {
  /** What they have seen, and the current agenda. */
  readonly before: Agenda
  readonly after: Agenda
  readonly marks: readonly Mark[]
  readonly people: Readonly<Record<string, { readonly name: string; readonly side: Side | null }>>
  readonly me: PersonId
  /** Until when they have seen each item, by the server's clock. */
  readonly read?: ReadonlyMap<string, number>
  /** Whether they have seen the unattributed changes of an item in their current state, which `unclaimed` returns. */
  readonly readAs?: (item: string, unclaimedNow: unknown) => boolean
  /**
   * Whether the marks cover every change up to `after`. If so, a change without a mark counts as new. Otherwise it is
   * assumed to be one's own recent edit, and is left out until the marks catch up.
   */
  readonly complete: boolean
}

/** What is new to `me`. */
export function unseen({ before, after, marks, people, me, read, readAs, complete }: Seen): Unseen {
  const credits = creditsFrom(marks, people, me)
  const likely = new Set(marks.flatMap((one) => (one.field === 'place' && one.id !== null ? [one.id] : [])))
  const comparison = compare(before, after, likely)
  const news = newsIn(comparison, before, after, credits)
  const unclaimedNow = unclaimed({ news: news, comparison })
  const seen = new Set([...unclaimedNow].flatMap(([id, what]) => (readAs?.(id, what) ? [id] : [])))
  const isNew = ({ kind, id, authors, own, at }: News) => {
    if (authors.length === 0) return !own && complete && !(kind === 'item' && seen.has(id))
    return at === null || at > (read?.get(id) ?? Number.NEGATIVE_INFINITY)
  }
  return unseenOf(comparison, news.filter(isNew))
}

/**
 * Unattributed changes, by item. Once seen, they stay seen while this value stays equal. An added item is included with
 * all of its content; new start times are left out.
 */
export function unclaimed({ news, comparison }: Unseen): ReadonlyMap<string, unknown> {
  const whole = new Map(comparison.items.map(({ id, status, after }) => [id, status === 'added' ? after : null]))
  const found = new Map<string, unknown[]>()
  for (const { kind, id, authors, own, difference } of news) {
    if (kind !== 'item' || authors.length > 0 || own) continue
    const news = found.get(id) ?? [whole.get(id)]
    found.set(id, difference.type === 'retimed' ? news : [...news, difference])
  }
  return found
}

export type Party = Side | 'other'
export const parties: readonly Party[] = ['us', 'cn', 'other']

/** Only the changes that this party contributed to. A person without a side, or an unknown one, belongs to `other`. */
export function ofParty(all: Unseen, party: Party): Unseen {
  return unseenOf(
    all.comparison,
    all.news.filter((one) => isOf(one, party)),
  )
}

function isOf({ authors }: Credit, party: Party): boolean {
  if (authors.length === 0) return party === 'other'
  return authors.some((author) => (author.side ?? 'other') === party)
}

/** The items with changes other than a new start time. */
export function unreadItems({ news }: Unseen): ReadonlySet<ItemId> {
  const found = news.filter((one) => one.kind === 'item' && one.difference.type !== 'retimed')
  return new Set(found.map((one) => one.id as ItemId))
}

/** The number of changes. New start times follow from other changes and are not counted. */
export function countNews({ news }: Unseen): number {
  return news.filter((one) => one.difference.type !== 'retimed').length
}

export const nothingNew: Unseen = {
  news: [],
  comparison: { meeting: [], days: [], items: [], people: [], glossary: [] },
}

interface Credits {
  /** The credit of everybody with a mark for which `holds` is true. */
  of(kind: EntryKind, id: string, holds: (mark: Mark) => boolean): Credit | null
  /** Merges credits into one; null when all of them are unknown. */
  join(credits: readonly (Credit | null)[]): Credit | null
}

const unknown: Credit = { authors: [], own: false, at: null }

function creditsFrom(marks: readonly Mark[], people: Seen['people'], me: PersonId): Credits {
  const byEntry = new Map<string, Mark[]>()
  for (const mark of marks) {
    const key = `${mark.kind} ${mark.id ?? ''}`
    const list = byEntry.get(key)
    if (list) list.push(mark)
    else byEntry.set(key, [mark])
  }
  return {
    of(kind, id, holds) {
      const found = (byEntry.get(`${kind} ${id}`) ?? []).filter(holds)
      if (found.length === 0) return null
      const others = found.filter((one) => one.by !== me).sort((a, b) => b.at - a.at)
      return {
        authors: [...new Set(others.map((one) => one.by))].map((by) => ({
          id: by,
          name: people[by]?.name ?? '',
          side: people[by]?.side ?? null,
        })),
        own: found.length > others.length,
        at: others[0]?.at ?? null,
      }
    },
    join(credits) {
      const found = credits.filter((one) => one !== null).sort((a, b) => (b.at ?? 0) - (a.at ?? 0))
      if (found.length === 0) return null
      const authors = new Map(found.flatMap((one) => one.authors).map((author) => [author.id, author]))
      return {
        authors: [...authors.values()],
        own: found.some((one) => one.own),
        at: found[0]?.at ?? null,
      }
    },
  }
}

/** Lists every difference of `comparison` once, with its credit. */
function newsIn(
  { meeting, days, items, people, glossary }: Comparison,
  before: Agenda,
  after: Agenda,
  credits: Credits,
) {
  const gone = (person: PersonId) => credits.of('person', person, isDeletion)
  const changed = (kind: EntryKind, id: string, change: Change): News => ({
    kind,
    id,
    difference: change,
    ...(credits.of(kind, id, (mark) => isAbout(mark, change)) ??
      (change.type === 'role' ? gone(change.person) : null) ??
      unknown),
  })
  const entries = (kind: EntryKind, list: readonly EntryDifference<unknown>[]) =>
    list.flatMap((one) => whole(kind, one, credits) ?? one.changes.map((change) => changed(kind, one.id, change)))
  const ofDays = entries('day', days)
  const dayGone = (day: DayId | null, agenda: Agenda) =>
    day === null || agenda.days.some((one) => one.id === day) ? null : credits.of('day', day, isDeletion)
  const ofItems = items.map((one): News[] => {
    const born = whole('item', one, credits)
    if (born) return born
    const { id, moved, changes } = one
    const places = credits.of('item', id, (mark) => mark.field === 'place')
    // Deleting a day turns its items into proposals, and restoring it moves them back. Whoever does so moves them.
    const mover = moved && [places, dayGone(moved.before.day, after), dayGone(moved.after.day, before)]
    return [
      ...(mover
        ? [
            {
              kind: 'item' as const,
              id,
              difference: { type: 'moved' as const, ...moved },
              ...(credits.join(mover) ?? unknown),
            },
          ]
        : []),
      ...changes.map((change) => changed('item', id, change)),
    ]
  })
  const causes = causesIn([...ofDays, ...ofItems.flat()], before, after)
  return [
    ...meeting.map((change) => changed('meeting', '', change)),
    ...ofDays,
    ...items.flatMap(({ id, retimed }, index): News[] => [
      ...ofItems[index]!,
      ...(retimed
        ? [
            {
              kind: 'item' as const,
              id,
              difference: { type: 'retimed' as const, ...retimed },
              ...(credits.join(causes(id as ItemId)) ?? unknown),
            },
          ]
        : []),
    ]),
    ...entries('person', people),
    ...entries('term', glossary),
  ]
}

/** The addition, restoration or deletion of a whole entry; null for an entry that only changed. */
function whole(kind: EntryKind, { id, status }: EntryDifference<unknown>, credits: Credits): News[] | null {
  switch (status) {
    case 'changed':
      return null
    case 'deleted':
      return [{ kind, id, difference: { type: 'deleted' }, ...(credits.of(kind, id, isDeletion) ?? unknown) }]
    case 'added': {
      // Restoring writes one register. Creating writes all of them.
      const restored = credits.of(kind, id, isDeletion) !== null && credits.of(kind, id, isBirth) === null
      const credit = credits.of(kind, id, restored ? isDeletion : () => true) ?? unknown
      return [{ kind, id, difference: { type: restored ? 'restored' : 'added' }, ...credit }]
    }
  }
}

function isDeletion({ field }: Mark): boolean {
  return field === 'deleted'
}

function isBirth({ kind, field }: Mark): boolean {
  if (field === 'added') return true
  switch (kind) {
    case 'item':
      return field === 'place'
    case 'day':
      return field === 'date'
    case 'person':
    case 'term':
      return field === 'order'
    case 'meeting':
      return false
  }
}

/** Whether a mark is about the field of `change`. Lists of roles and readings are marked as a whole or one by one. */
function isAbout({ field, language }: Mark, change: Change): boolean {
  switch (change.type) {
    case 'words':
    case 'formatting':
      if (change.field === 'term' && field === change.language) return true
      return field === change.field && (language === null || language === change.language)
    case 'value':
      return field === change.field
    case 'role':
      return field.startsWith('role')
    case 'reading':
      return field.startsWith('reading')
  }
}

const times = ['minutes', 'pinned', 'kind', 'date', 'start']

/** All changes that can affect an item's start: its own, its day's, those of items before it back to a fixed time. */
function causesIn(news: readonly News[], before: Agenda, after: Agenda): (item: ItemId) => readonly Credit[] {
  const timing = new Map<string, News[]>()
  const repinned = new Set<string>()
  for (const one of news) {
    const { type } = one.difference
    if ('field' in one.difference && one.difference.field === 'pinned') repinned.add(one.id)
    if (type === 'value' ? !times.includes(one.difference.field) : type === 'words' || type === 'formatting') continue
    if (type === 'role' || type === 'reading') continue
    const key = `${one.kind} ${one.id}`
    timing.set(key, [...(timing.get(key) ?? []), one])
  }
  const rows = [before, after].map(
    ({ days }) =>
      new Map(
        days.flatMap(({ id, items }) =>
          items.map((item, index): [ItemId, { day: DayId; items: readonly Item[]; index: number }] => [
            item.id,
            { day: id, items, index },
          ]),
        ),
      ),
  )
  return (id) =>
    rows.flatMap((row) => {
      const found = row.get(id)
      if (!found) return timing.get(`item ${id}`) ?? []
      const { day, items, index } = found
      let first = index
      while (first > 0 && (items[first]!.pinned === undefined || repinned.has(items[first]!.id))) first--
      return [
        ...(timing.get(`day ${day}`) ?? []),
        ...items.slice(first, index + 1).flatMap((item) => timing.get(`item ${item.id}`) ?? []),
      ]
    })
}

/** `news`, and `comparison` reduced to it. */
function unseenOf(comparison: Comparison, news: readonly News[]): Unseen {
  if (news.length === 0) return nothingNew
  const fields = new Map<string, Set<string>>()
  const changes = new Set<Difference>()
  for (const { kind, id, difference } of news) {
    const key = `${kind} ${id}`
    const types = fields.get(key) ?? new Set()
    fields.set(key, types.add(difference.type === 'restored' ? 'added' : difference.type))
    changes.add(difference)
  }
  const has = (kind: EntryKind, id: string, type: string) => fields.get(`${kind} ${id}`)?.has(type) ?? false
  const among = (list: readonly Change[]) => list.filter((one) => changes.has(one))
  function entries<T>(kind: EntryKind, list: readonly EntryDifference<T>[]): EntryDifference<T>[] {
    return list.filter((one) => fields.has(`${kind} ${one.id}`)).map((one) => ({ ...one, changes: among(one.changes) }))
  }
  return {
    news,
    comparison: {
      meeting: among(comparison.meeting),
      days: entries('day', comparison.days),
      items: comparison.items
        .filter((one) => fields.has(`item ${one.id}`))
        .map((one) => ({
          ...one,
          changes: among(one.changes),
          moved: has('item', one.id, 'moved') ? one.moved : null,
          retimed: has('item', one.id, 'retimed') ? one.retimed : null,
        })),
      people: entries('person', comparison.people),
      glossary: entries('term', comparison.glossary),
    },
  }
}
