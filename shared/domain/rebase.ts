import { type Agenda, allItems, type DayId, type ItemId, rowsOf } from './agenda.ts'
import { isEqual } from './equal.ts'
import { longestInOrder } from './longest.ts'

/**
 * `now` with the changes from `base` to `mine` applied, for states that share no history. The unit is a field, or one
 * language of a text. What only others have changed since `base` stays; where both changed a field, `mine` wins. What
 * `mine` deleted is deleted; what others deleted comes back only if `mine` had changed it.
 *
 * Without a `base`, the changes of `mine` cannot be told from those of others. So as not to undo what colleagues did
 * meanwhile, only what is missing or empty in `now` is taken from `mine`.
 */
export function rebased(base: Agenda | null, mine: Agenda, now: Agenda): Agenda {
  const { items, days, ...facts } = merged(base === null ? unknown : factsOf(base), factsOf(mine), factsOf(now))
  const people = new Set(facts.people.map((person) => person.id))
  const found = new Map(
    items.map((item) => [item.id, { ...item, roles: item.roles.filter((role) => people.has(role.person)) }]),
  )
  const sorted = [...days].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
  const rows = placed(base, mine, now, new Set(found.keys()), new Set(days.map((day) => day.id)))
  const rowOf = (day: DayId | null) => (rows.get(day) ?? []).flatMap((id) => found.get(id) ?? [])
  return { ...facts, days: sorted.map((day) => ({ ...day, items: rowOf(day.id) })), proposals: rowOf(null) }
}

/** An agenda without the order of its items. */
function factsOf({ proposals, ...agenda }: Agenda) {
  const items = [...agenda.days.flatMap((day) => day.items), ...proposals]
  return { ...agenda, items, days: agenda.days.map(({ items: _, ...day }) => day) }
}

function orderOf(day: { readonly date: string; readonly start: string; readonly id: string }): string {
  return `${day.date} ${day.start} ${day.id}`
}

const unknown = Symbol()

function merged<T>(base: unknown, mine: T, now: T): T {
  if (isEqual(base, mine)) return now
  const known = base !== unknown
  if (isRow(mine) && isRow(now) && (!known || isRow(base))) return mergedRow(known ? base : null, mine, now) as T
  if (!isRecord(mine) || !isRecord(now) || (known && !isRecord(base))) return known || isEmpty(now) ? mine : now
  const keys = [...new Set([...Object.keys(now), ...Object.keys(mine)])]
  const fields = keys.map((key) => [key, merged(known ? (base as Fields)[key] : unknown, mine[key], now[key])] as const)
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as T
}

type Fields = Readonly<Record<string, unknown>>

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** A list whose entries have an id, or are roles. Paragraphs and hosts are identified by position alone. */
function isRow(value: unknown): value is readonly Fields[] {
  return Array.isArray(value) && value.every((one) => isRecord(one) && ('id' in one || 'role' in one))
}

function keyOf(entry: Fields): string {
  return String(entry.id ?? `${entry.role} ${entry.person}`)
}

function mergedRow(base: readonly Fields[] | null, mine: readonly Fields[], now: readonly Fields[]): Fields[] {
  const [was, own, there] = [base ?? [], mine, now].map((row) => new Map(row.map((one) => [keyOf(one), one])))
  const stays = now.flatMap((one) => {
    const changed = own!.get(keyOf(one))
    // An id that both added was brought in earlier.
    if (changed !== undefined) return [merged(was!.get(keyOf(one)) ?? unknown, changed, one)]
    return was!.has(keyOf(one)) ? [] : [one]
  })
  const comes = mine.filter((one) => !there!.has(keyOf(one)) && !isEqual(was!.get(keyOf(one)), one))
  return [...stays, ...comes]
}

/** Where each item goes: as in `now`, except that items which `mine` added or moved follow their predecessor there. */
function placed(
  base: Agenda | null,
  mine: Agenda,
  now: Agenda,
  items: ReadonlySet<ItemId>,
  days: ReadonlySet<DayId | null>,
): ReadonlyMap<DayId | null, readonly ItemId[]> {
  const [was, own, there] = [base, mine, now].map((agenda) => (agenda === null ? new Map() : idsOf(agenda))) as [
    Rows,
    Rows,
    Rows,
  ]
  const existing = new Set(allItems(now).map((item) => item.id))
  const moves = new Set<ItemId>()
  for (const [day, row] of own) {
    const stay = longestInOrder(row, was.get(day) ?? [])
    // A restored day takes back those of its items that nobody has moved elsewhere.
    const back = days.has(day) && !there.has(day)
    const moved = (id: ItemId) => !stay.has(id) || (back && there.get(null)?.includes(id))
    for (const id of row) if (!existing.has(id) || (base !== null && moved(id))) moves.add(id)
  }
  const rows = new Map<DayId | null, ItemId[]>([null, ...days].map((day) => [day, []]))
  const rowOf = (day: DayId | null) => rows.get(day) ?? rows.get(null)!
  for (const [day, row] of there) rowOf(day).push(...row.filter((id) => items.has(id) && !moves.has(id)))
  for (const [day, row] of own) {
    const target = rowOf(day)
    for (const [index, id] of row.entries()) {
      if (!moves.has(id) || !items.has(id)) continue
      const before = row.slice(0, index).findLast((one) => target.includes(one))
      target.splice(before === undefined ? 0 : target.indexOf(before) + 1, 0, id)
    }
  }
  return rows
}

type Rows = ReadonlyMap<DayId | null, readonly ItemId[]>

function idsOf(agenda: Agenda): Rows {
  return new Map(rowsOf(agenda).map(([day, row]) => [day, row.map((item) => item.id)]))
}
