import { nanoid } from 'nanoid'
import {
  type Bilingual,
  type DayId,
  type Item,
  type ItemId,
  locate,
  type PersonId,
  type ReadingId,
  type Side,
} from '../../shared/domain/agenda.ts'
import { addDays } from '../../shared/domain/clock.ts'
import type { Command, DaySettings, Place } from '../../shared/domain/command.ts'
import { inOrder, moveDown, moveUp } from '../../shared/domain/move.ts'
import type { Desk } from './desk.ts'

const untitled: Bilingual = { en: '', zh: '' }
/** The length of most sessions of such meetings; easy to overwrite if it does not fit. */
const usualMinutes = 30

/** Adds an item after `after` (or first), and requests the caret in its title. Null if refused. */
export function addItem(desk: Desk, place: Place): ItemId | null {
  const id = nanoid(12) as ItemId
  const { person } = desk.store.getState().membership
  const refusal = desk.run({
    type: 'add-item',
    id,
    place,
    settings: { minutes: usualMinutes, proposedBy: person.side },
  })
  if (refusal) return null
  desk.freshen(id)
  return id
}

/** Adds an item right after `id`, wherever that is. */
export function addItemAfter(desk: Desk, id: ItemId): ItemId | null {
  const found = find(desk, id)
  return found ? addItem(desk, { day: found.day?.id ?? null, after: id }) : null
}

export function addItemAtEnd(desk: Desk, day: DayId | null): ItemId | null {
  const agenda = desk.store.getState().snapshot?.agenda
  if (!agenda) return null
  const items = day === null ? agenda.proposals : agenda.days.find((one) => one.id === day)?.items
  return items ? addItem(desk, { day, after: items.at(-1)?.id ?? null }) : null
}

/** The items that an action on `id` applies to: the whole selection if `id` is in it, else `id` alone. */
export function concerned(desk: Desk, id: ItemId): ItemId[] {
  const { selection, snapshot } = desk.store.getState()
  if (!selection.has(id) || !snapshot) return [id]
  return inOrder(snapshot.agenda, [...selection])
}

export function moveTo(desk: Desk, ids: readonly ItemId[], place: Place): boolean {
  const agenda = desk.store.getState().snapshot?.agenda
  if (!agenda) return false
  return runMove(desk, { type: 'move-items', ids: inOrder(agenda, ids), place })
}

export function stepUp(desk: Desk, ids: readonly ItemId[]): boolean {
  return step(desk, ids, 'up')
}

export function stepDown(desk: Desk, ids: readonly ItemId[]): boolean {
  return step(desk, ids, 'down')
}

function step(desk: Desk, ids: readonly ItemId[], direction: 'up' | 'down'): boolean {
  const agenda = desk.store.getState().snapshot?.agenda
  if (!agenda) return false
  const command = direction === 'up' ? moveUp(agenda, ids) : moveDown(agenda, ids)
  if (command) return runMove(desk, command)
  const title = titleOf(desk, ids[0])
  desk.tell({ type: direction === 'up' ? 'already-first' : 'already-last', title })
  return false
}

function runMove(desk: Desk, command: Extract<Command, { type: 'move-items' }>): boolean {
  const happening = { type: 'moved', ids: command.ids, title: titleOf(desk, command.ids[0]) } as const
  return desk.run(command, happening) === null
}

export function deleteItems(desk: Desk, ids: readonly ItemId[]): boolean {
  const happening = { type: 'deleted', ids, title: titleOf(desk, ids[0]) } as const
  return desk.run({ type: 'delete-items', ids }, happening) === null
}

export function restoreItem(desk: Desk, item: Item): void {
  desk.run({ type: 'restore-items', ids: [item.id] }, { type: 'restored', ids: [item.id], title: item.title })
}

/** The day after the last one, with the same hours; the first day is three weeks from `today`. */
export function nextDaySettings(desk: Desk, today: string): DaySettings {
  const last = desk.store.getState().snapshot?.agenda.days.at(-1)
  if (last) return { date: addDays(last.date, 1), start: last.start, end: last.end ?? null }
  return { date: addDays(today, 21), start: '09:00', end: '17:30' }
}

export function addDay(desk: Desk, settings: DaySettings): boolean {
  return desk.run({ type: 'add-day', id: nanoid(12) as DayId, settings }) === null
}

export function deleteDay(desk: Desk, id: DayId, number: number): void {
  desk.run({ type: 'delete-day', id }, { type: 'deleted-day', id, number })
}

export function addPerson(desk: Desk, side: Side | 'other'): PersonId | null {
  const id = nanoid(12) as PersonId
  const settings = { name: untitled, affiliation: untitled, side, sector: 'academia', expertise: 'technical' } as const
  return desk.run({ type: 'add-person', id, settings }) === null ? id : null
}

export function addReading(desk: Desk, item: ItemId): ReadingId | null {
  const id = nanoid(12) as ReadingId
  return desk.run({ type: 'add-reading', item, id, settings: { title: untitled, url: '' } }) === null ? id : null
}

/** Ends the freeze for everybody. What was final remains as a version. */
export function openNewVersion(desk: Desk): void {
  desk.run({ type: 'set-final', version: null }, { type: 'opened-version' })
}

function titleOf(desk: Desk, id: ItemId | undefined): Bilingual {
  return (id && desk.store.getState().items.get(id)?.title) || untitled
}

function find(desk: Desk, id: ItemId) {
  const agenda = desk.store.getState().snapshot?.agenda
  return agenda ? locate(agenda, id) : null
}
