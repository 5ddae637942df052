import {
  type Agenda,
  type Assignment,
  allItems,
  type Bilingual,
  type Day,
  type DayId,
  type Item,
  type ItemId,
  type Language,
  languages,
  type Person,
  type PersonId,
  type Prose,
  proseText,
  type Reading,
  type ReadingId,
  type Role,
  type Term,
} from './agenda.ts'
import { isEqual } from './equal.ts'
import { type Fields, fields, type Table } from './fields.ts'
import { longestInOrder } from './longest.ts'
import { timetable } from './timetable.ts'

/** Every difference between two states of an agenda. What is not listed is equal. */
export interface Comparison {
  /** Title, place, track, rule, hosts, zones. */
  readonly meeting: readonly Change[]
  readonly days: readonly EntryDifference<Omit<Day, 'items'>>[]
  /** In the order of the later agenda; each deleted item stands behind the one that it followed. */
  readonly items: readonly ItemDifference[]
  readonly people: readonly EntryDifference<Person>[]
  readonly glossary: readonly EntryDifference<Term>[]
}

export interface EntryDifference<T> {
  readonly id: string
  readonly status: 'added' | 'deleted' | 'changed'
  readonly before: T | null
  readonly after: T | null
  /** Empty for an entry that was added or deleted. */
  readonly changes: readonly Change[]
}

export interface ItemDifference extends EntryDifference<Item> {
  /** Set when the item itself was moved, not when others were moved around it. */
  readonly moved: { readonly before: Position; readonly after: Position } | null
  /** Set when its computed time changed, for whatever reason. */
  readonly retimed: { readonly before: When | null; readonly after: When | null } | null
}

/** `day: null` means the proposals, `after: null` the first position there. */
export interface Position {
  readonly day: DayId | null
  readonly after: ItemId | null
}

/** Minutes count from midnight of the day at the venue. */
export interface When {
  readonly date: string
  readonly start: number
  readonly end: number
}

export type Value = string | number | boolean | null
export type Change =
  /** Changed words, as plain text, one paragraph per line. */
  | {
      readonly type: 'words'
      readonly field: string
      readonly language: Language
      readonly before: string
      readonly after: string
    }
  /** The same words with different marks, links or lists. */
  | { readonly type: 'formatting'; readonly field: string; readonly language: Language }
  | { readonly type: 'value'; readonly field: string; readonly before: Value; readonly after: Value }
  | {
      readonly type: 'role'
      readonly person: PersonId
      readonly role: Assignment
      readonly status: 'added' | 'deleted'
    }
  | {
      readonly type: 'reading'
      readonly id: ReadingId
      readonly status: 'added' | 'deleted' | 'changed'
      readonly before: Reading | null
      readonly after: Reading | null
    }

/**
 * The changes that turn `before` into `after`. Where either of two items may have been moved, only those in `likely`
 * are reported as moved.
 */
export function compare(before: Agenda, after: Agenda, likely: ReadonlySet<string> = new Set()): Comparison {
  if (before === after) return { meeting: [], days: [], items: [], people: [], glossary: [] }
  return {
    meeting: changesIn(fields.meeting, before, after),
    days: entries(before.days, after.days, (a, b) => changesIn(fields.day, a, b)).map((one) => one),
    items: items(before, after, likely),
    people: entries(before.people, after.people, (a, b) => changesIn(fields.person, a, b)),
    glossary: entries(before.glossary, after.glossary, (a, b) => changesIn(fields.term, a, b)),
  }
}

/** Whether two states of an agenda are equal. */
export function isSame({ meeting, days, items, people, glossary }: Comparison): boolean {
  return [meeting, days, items, people, glossary].every((part) => part.length === 0)
}

function items(before: Agenda, after: Agenda, likely: ReadonlySet<string>): ItemDifference[] {
  const was = placements(before)
  const is = placements(after)
  const moved = movedBetween(before, after, likely)
  const found: ItemDifference[] = []
  for (const item of allItems(after)) {
    const old = was.get(item.id)
    const now = is.get(item.id)!
    if (old === undefined) {
      found.push({ id: item.id, status: 'added', before: null, after: item, changes: [], moved: null, retimed: null })
      continue
    }
    const changes = old.item === item ? [] : changesIn(fields.item, old.item, item)
    const move = moved.has(item.id) ? { before: old.position, after: now.position } : null
    const retimed = sameWhen(old.when, now.when) ? null : { before: old.when, after: now.when }
    if (changes.length > 0 || move || retimed) {
      found.push({ id: item.id, status: 'changed', before: old.item, after: item, changes, moved: move, retimed })
    }
  }
  return withDeleted(before, after, was, is, found)
}

/** Puts each deleted item behind the nearest earlier item that still exists. */
function withDeleted(
  before: Agenda,
  after: Agenda,
  was: ReadonlyMap<ItemId, Placement>,
  is: ReadonlyMap<ItemId, Placement>,
  found: readonly ItemDifference[],
): ItemDifference[] {
  const deleted = allItems(before).filter((item) => !is.has(item.id))
  if (deleted.length === 0) return [...found]
  const behind = new Map<ItemId | null, ItemDifference[]>()
  for (const item of deleted) {
    let anchor = was.get(item.id)!.position.after
    while (anchor !== null && !is.has(anchor)) anchor = was.get(anchor)!.position.after
    const gone: ItemDifference = {
      id: item.id,
      status: 'deleted',
      before: item,
      after: null,
      changes: [],
      moved: null,
      retimed: null,
    }
    behind.set(anchor, [...(behind.get(anchor) ?? []), gone])
  }
  const byId = new Map(found.map((one) => [one.id, one]))
  return [
    ...(behind.get(null) ?? []),
    ...allItems(after).flatMap((item) => {
      const own = byId.get(item.id)
      return [...(own ? [own] : []), ...(behind.get(item.id) ?? [])]
    }),
  ]
}

interface Placement {
  readonly item: Item
  readonly position: Position
  readonly when: When | null
}

function placements(agenda: Agenda): ReadonlyMap<ItemId, Placement> {
  const found = new Map<ItemId, Placement>()
  const place = (day: DayId | null, row: readonly Item[], whenOf: (item: Item) => When | null) => {
    for (const [index, item] of row.entries()) {
      found.set(item.id, { item, position: { day, after: row[index - 1]?.id ?? null }, when: whenOf(item) })
    }
  }
  for (const day of agenda.days) {
    const slots = new Map(timetable(day).slots.map((slot) => [slot.item.id, slot]))
    place(day.id, day.items, (item) => {
      const slot = slots.get(item.id)!
      return { date: day.date, start: slot.start, end: slot.end }
    })
  }
  place(null, agenda.proposals, () => null)
  return found
}

/** The smallest set of moved items that explains the new order. */
function movedBetween(before: Agenda, after: Agenda, likely: ReadonlySet<string>): ReadonlySet<ItemId> {
  const rows = (agenda: Agenda) =>
    new Map<DayId | null, ItemId[]>([
      ...agenda.days.map((day) => [day.id, day.items.map((item) => item.id)] as const),
      [null, agenda.proposals.map((item) => item.id)],
    ])
  const old = rows(before)
  const known = new Set([...old.values()].flat())
  const moved = new Set<ItemId>()
  for (const [day, row] of rows(after)) {
    const stay = staying(row, old.get(day) ?? [], likely)
    for (const id of row) if (known.has(id) && !stay.has(id)) moved.add(id)
  }
  return moved
}

/** The items of `row` that stayed in place since `old`: first those not in `likely`, then what fits between. */
function staying(row: readonly ItemId[], old: readonly ItemId[], likely: ReadonlySet<string>): ReadonlySet<ItemId> {
  const certain = longestInOrder(
    row.filter((id) => !likely.has(id)),
    old,
  )
  const stay = new Set(certain)
  const placeOf = (id: ItemId) => old.indexOf(id)
  let low = -1
  let between: ItemId[] = []
  for (const id of [...row, null]) {
    if (id !== null && !certain.has(id)) {
      if (likely.has(id)) between.push(id)
      continue
    }
    const high = id === null ? old.length : placeOf(id)
    const fitting = between.filter((one) => placeOf(one) > low && placeOf(one) < high)
    for (const one of longestInOrder(fitting, old)) stay.add(one)
    between = []
    low = high
  }
  return stay
}

function sameWhen(a: When | null, b: When | null): boolean {
  return a === b || (a !== null && b !== null && a.date === b.date && a.start === b.start && a.end === b.end)
}

/** Changes in the order of the table. `prefix` goes before the names of fields in a group. */
function changesIn(table: Table, before: object, after: object, prefix = ''): Change[] {
  const [was, is] = [before, after] as readonly Readonly<Record<string, never>>[]
  return Object.entries(table).flatMap(([name, field]): readonly Change[] => {
    const [a, b] = [was?.[name], is?.[name]] as [never, never]
    switch (field.is) {
      case 'words':
      case 'line':
        return words(name, a, b)
      case 'prose':
        return prose(name, a, b)
      case 'group':
        return changesIn(field.fields, a, b, `${name}.`)
      case 'list':
        return lists[name]?.(a, b) ?? []
      case 'word':
        if (field.of === undefined || a === b) return value(prefix + name, a, b)
        return [{ type: 'words', field: field.of[0], language: field.of[1], before: a, after: b }]
      default:
        return value(prefix + name, a, b)
    }
  })
}

function value(field: string, before: Value | undefined, after: Value | undefined): Change[] {
  const [was, is] = [before ?? null, after ?? null]
  return was === is ? [] : [{ type: 'value', field, before: was, after: is }]
}

/** How each list field is compared. */
const lists: Readonly<Record<string, (before: never, after: never) => Change[]>> = {
  roles,
  readings,
  hosts: (before: Agenda['hosts'], after: Agenda['hosts']) =>
    languages.flatMap((language) => hostsIn(before, after, language)),
} satisfies { readonly [K in ListName]: unknown }

type ListName = {
  [T in keyof Fields]: {
    [K in keyof Fields[T]]: Fields[T][K] extends { readonly is: 'list' } ? K : never
  }[keyof Fields[T]]
}[keyof Fields]

function roles(before: readonly Role[], after: readonly Role[]): Change[] {
  const missing = (from: readonly Role[], others: readonly Role[]) =>
    from.filter(({ person, role }) => !others.some((one) => one.person === person && one.role === role))
  return [
    ...missing(after, before).map((role) => ({ type: 'role' as const, ...role, status: 'added' as const })),
    ...missing(before, after).map((role) => ({ type: 'role' as const, ...role, status: 'deleted' as const })),
  ]
}

function readings(before: readonly Reading[], after: readonly Reading[]): Change[] {
  const same = (a: Reading, b: Reading) => a.url === b.url && a.title.en === b.title.en && a.title.zh === b.title.zh
  const old = new Map(before.map((one) => [one.id, one]))
  const kept = new Set(after.map((one) => one.id))
  return [
    ...after.flatMap((one): Change[] => {
      const was = old.get(one.id) ?? null
      if (was !== null && same(was, one)) return []
      return [{ type: 'reading', id: one.id, status: was === null ? 'added' : 'changed', before: was, after: one }]
    }),
    ...before
      .filter((one) => !kept.has(one.id))
      .map((one): Change => ({ type: 'reading', id: one.id, status: 'deleted', before: one, after: null })),
  ]
}

function words(field: string, before: Bilingual, after: Bilingual): Change[] {
  return languages
    .filter((language) => before[language] !== after[language])
    .map((language) => ({ type: 'words', field, language, before: before[language], after: after[language] }))
}

function prose(field: string, before: Bilingual<Prose>, after: Bilingual<Prose>): Change[] {
  return languages.flatMap((language): Change[] => {
    const [a, b] = [before[language], after[language]]
    if (isEqual(a, b)) return []
    const [was, is] = [proseText(a), proseText(b)]
    return [
      was === is ? { type: 'formatting', field, language } : { type: 'words', field, language, before: was, after: is },
    ]
  })
}

/** Hosts are identified by position alone, so they are compared as one line per language. */
function hostsIn(before: Agenda['hosts'], after: Agenda['hosts'], language: Language): Change[] {
  const line = (hosts: Agenda['hosts']) =>
    hosts.map((host) => `${host.side.toUpperCase()} ${host.name[language]}`).join('\n')
  const [was, is] = [line(before), line(after)]
  return was === is ? [] : [{ type: 'words', field: 'hosts', language, before: was, after: is }]
}

function entries<T extends { readonly id: string }>(
  before: readonly T[],
  after: readonly T[],
  changed: (a: T, b: T) => readonly Change[],
): EntryDifference<T>[] {
  const old = new Map(before.map((one) => [one.id, one]))
  const kept = new Set(after.map((one) => one.id))
  return [
    ...after.flatMap((one): EntryDifference<T>[] => {
      const was = old.get(one.id)
      if (was === undefined) return [{ id: one.id, status: 'added', before: null, after: one, changes: [] }]
      const changes = was === one ? [] : changed(was, one)
      return changes.length === 0 ? [] : [{ id: one.id, status: 'changed', before: was, after: one, changes }]
    }),
    ...before
      .filter((one) => !kept.has(one.id))
      .map((one): EntryDifference<T> => ({ id: one.id, status: 'deleted', before: one, after: null, changes: [] })),
  ]
}
