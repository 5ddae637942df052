import { itemsInto } from './addition.ts'
import { type Agenda, type DayId, type ItemId, locate, type PersonId } from './agenda.ts'
import { addDays } from './clock.ts'
import type { Command } from './command.ts'
import { inOrder } from './move.ts'

/**
 * The commands that add a copy of each of these items after the last of them, in their order. A copy has no fixed start:
 * two items at one time are seldom meant.
 */
export function copiesOfItems(agenda: Agenda, ids: readonly ItemId[], newId: () => string): Command[] {
  const found = inOrder(agenda, [...ids]).flatMap((id) => locate(agenda, id) ?? [])
  const last = found.at(-1)
  if (last === undefined) return []
  const copies = found.map(({ item: { pinned: _, ...item } }) => item)
  return itemsInto({ day: last.day?.id ?? null, after: last.item.id }, copies, themselves(agenda), newId)
}

/** The commands that add a copy of a day, on the day after the last one. */
export function copyOfDay(agenda: Agenda, id: DayId, newId: () => string): Command[] {
  const [day, last] = [agenda.days.find((one) => one.id === id), agenda.days.at(-1)]
  if (day === undefined || last === undefined) return []
  const { start, end = null, items } = day
  const copy = newId() as DayId
  const settings = { date: addDays(last.date, 1), start, end }
  return [
    { type: 'add-day', id: copy, settings },
    ...itemsInto({ day: copy, after: null }, items, themselves(agenda), newId),
  ]
}

function themselves({ people }: Agenda): ReadonlyMap<PersonId, PersonId> {
  return new Map(people.map(({ id }) => [id, id]))
}
