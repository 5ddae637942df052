import { type Agenda, type Day, type Item, type ItemId, locate } from './agenda.ts'
import type { Command, Place } from './command.ts'

type Move = Extract<Command, { type: 'move-items' }>

/**
 * Moves `ids`, gathered, one step towards the start of the agenda; from the top of a day to the end of the day before.
 * Null when they are already at the very top.
 */
export function moveUp(agenda: Agenda, ids: readonly ItemId[]): Move | null {
  const chosen = inOrder(agenda, ids)
  const first = chosen[0] && locate(agenda, chosen[0])
  if (!first) return null
  const moving = new Set<ItemId>(chosen)
  const siblings = itemsOf(agenda, first.day)
  const gathered = chosen.every((id, offset) => siblings[first.index + offset]?.id === id)
  if (!gathered) return { type: 'move-items', ids: chosen, place: placeAt(first.day, siblings, first.index, moving) }
  if (first.index > 0) {
    return { type: 'move-items', ids: chosen, place: placeAt(first.day, siblings, first.index - 1, moving) }
  }
  const places = placesInOrder(agenda)
  const before = places[places.indexOf(first.day) - 1]
  if (before === undefined) return null
  const target = itemsOf(agenda, before)
  return { type: 'move-items', ids: chosen, place: placeAt(before, target, target.length, moving) }
}

/** Moves them one step towards the end, in the same way; null when they are already at the very end. */
export function moveDown(agenda: Agenda, ids: readonly ItemId[]): Move | null {
  const chosen = inOrder(agenda, ids)
  const lastId = chosen.at(-1)
  const last = lastId && locate(agenda, lastId)
  if (!last) return null
  const moving = new Set<ItemId>(chosen)
  const siblings = itemsOf(agenda, last.day)
  const from = last.index - chosen.length + 1
  const gathered = from >= 0 && chosen.every((id, offset) => siblings[from + offset]?.id === id)
  if (!gathered) return { type: 'move-items', ids: chosen, place: placeAt(last.day, siblings, last.index + 1, moving) }
  if (last.index < siblings.length - 1) {
    return { type: 'move-items', ids: chosen, place: placeAt(last.day, siblings, last.index + 2, moving) }
  }
  const places = placesInOrder(agenda)
  const next = places[places.indexOf(last.day) + 1]
  if (next === undefined) return null
  return { type: 'move-items', ids: chosen, place: { day: next?.id ?? null, after: null } }
}

/** Those of `ids` that the agenda holds, in reading order, each once. */
export function inOrder(agenda: Agenda, ids: readonly ItemId[]): ItemId[] {
  const wanted = new Set(ids)
  return placesInOrder(agenda)
    .flatMap((day) => itemsOf(agenda, day))
    .filter((item) => wanted.has(item.id))
    .map((item) => item.id)
}

/** The days, then null for the proposals. */
function placesInOrder(agenda: Agenda): (Day | null)[] {
  return [...agenda.days, null]
}

function itemsOf(agenda: Agenda, day: Day | null): readonly Item[] {
  return day ? day.items : agenda.proposals
}

/** The place before `siblings[index]`, given by the nearest earlier item that does not move. */
function placeAt(day: Day | null, siblings: readonly Item[], index: number, moving: ReadonlySet<ItemId>): Place {
  let before = index - 1
  while (before >= 0 && moving.has(siblings[before]!.id)) before--
  return { day: day?.id ?? null, after: before < 0 ? null : siblings[before]!.id }
}
