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
import { isEqual } from '../../shared/domain/equal.ts'
import { inOrder, moveDown, moveUp } from '../../shared/domain/move.ts'
import { mayEdit } from './meeting.ts'
import type { Workspace } from './workspace.ts'

const untitled: Bilingual = { en: '', zh: '' }
/** The length of most sessions of such meetings; easy to overwrite if it does not fit. */
const usualMinutes = 30

/** Adds an item after `after` (or first), and requests the caret in its title. Null if refused. */
export function addItem(workspace: Workspace, place: Place): ItemId | null {
  const id = nanoid(12) as ItemId
  const { person } = workspace.store.getState().membership
  const refusal = workspace.run({
    type: 'add-item',
    id,
    place,
    settings: { minutes: usualMinutes, proposedBy: person.side },
  })
  if (refusal) return null
  workspace.freshen(id)
  return id
}

/**
 * Takes away an item that was added here and left with nothing in it. `added` is how it was. Undo passes over its
 * coming and going.
 */
export function dropEmpty(workspace: Workspace, added: Item): void {
  const state = workspace.store.getState()
  const item = state.items.get(added.id)
  const visited = (state.presence.byItem.get(added.id)?.length ?? 0) > 0
  if (item && !visited && mayEdit(state) && isEqual(item, added)) workspace.forget(added.id)
}

/** Adds an item right after `id`, wherever that is. */
export function addItemAfter(workspace: Workspace, id: ItemId): ItemId | null {
  const found = find(workspace, id)
  return found ? addItem(workspace, { day: found.day?.id ?? null, after: id }) : null
}

export function addItemAtEnd(workspace: Workspace, day: DayId | null): ItemId | null {
  const agenda = workspace.store.getState().snapshot?.agenda
  if (!agenda) return null
  const items = day === null ? agenda.proposals : agenda.days.find((one) => one.id === day)?.items
  return items ? addItem(workspace, { day, after: items.at(-1)?.id ?? null }) : null
}

/** The items that an action on `id` applies to: the whole selection if `id` is in it, else `id` alone. */
export function concerned(workspace: Workspace, id: ItemId): ItemId[] {
  const { selection, snapshot } = workspace.store.getState()
  if (!selection.has(id) || !snapshot) return [id]
  return inOrder(snapshot.agenda, [...selection])
}

export function moveTo(workspace: Workspace, ids: readonly ItemId[], place: Place): boolean {
  const agenda = workspace.store.getState().snapshot?.agenda
  if (!agenda) return false
  return runMove(workspace, { type: 'move-items', ids: inOrder(agenda, ids), place })
}

export function stepUp(workspace: Workspace, ids: readonly ItemId[]): boolean {
  return step(workspace, ids, 'up')
}

export function stepDown(workspace: Workspace, ids: readonly ItemId[]): boolean {
  return step(workspace, ids, 'down')
}

function step(workspace: Workspace, ids: readonly ItemId[], direction: 'up' | 'down'): boolean {
  const agenda = workspace.store.getState().snapshot?.agenda
  if (!agenda) return false
  const command = direction === 'up' ? moveUp(agenda, ids) : moveDown(agenda, ids)
  if (command) return runMove(workspace, command)
  const title = titleOf(workspace, ids[0])
  workspace.notify({ type: direction === 'up' ? 'already-first' : 'already-last', title })
  return false
}

function runMove(workspace: Workspace, command: Extract<Command, { type: 'move-items' }>): boolean {
  const happening = { type: 'moved', ids: command.ids, title: titleOf(workspace, command.ids[0]) } as const
  return workspace.run(command, happening) === null
}

export function deleteItems(workspace: Workspace, ids: readonly ItemId[]): boolean {
  const happening = { type: 'deleted', ids, title: titleOf(workspace, ids[0]) } as const
  return workspace.run({ type: 'delete-items', ids }, happening) === null
}

export function restoreItem(workspace: Workspace, item: Item): void {
  workspace.run({ type: 'restore-items', ids: [item.id] }, { type: 'restored', ids: [item.id], title: item.title })
}

/** What copies items and days is needed seldom, and loads at rest. */
export const loadDuplicates = () => import('../../shared/domain/duplicate.ts')

/** Adds a copy of each item after the last of them. */
export async function duplicateItems(workspace: Workspace, ids: readonly ItemId[]): Promise<void> {
  const { copiesOfItems } = await loadDuplicates().catch(loadDuplicates)
  const agenda = workspace.store.getState().snapshot?.agenda
  const commands = agenda ? copiesOfItems(agenda, ids, () => nanoid(12)) : []
  const count = commands.filter(({ type }) => type === 'add-item').length
  workspace.runAll(commands, { type: 'duplicated', count, title: titleOf(workspace, ids[0]) })
}

/** Adds a copy of a day after the last one. */
export async function duplicateDay(workspace: Workspace, id: DayId, number: number): Promise<void> {
  const { copyOfDay } = await loadDuplicates().catch(loadDuplicates)
  const agenda = workspace.store.getState().snapshot?.agenda
  if (agenda)
    workspace.runAll(
      copyOfDay(agenda, id, () => nanoid(12)),
      { type: 'duplicated-day', number },
    )
}

/** The day after the last one, with the same hours; the first day is three weeks from `today`. */
export function nextDaySettings(workspace: Workspace, today: string): DaySettings {
  const last = workspace.store.getState().snapshot?.agenda.days.at(-1)
  if (last) return { date: addDays(last.date, 1), start: last.start, end: last.end ?? null }
  return { date: addDays(today, 21), start: '09:00', end: '17:30' }
}

export function addDay(workspace: Workspace, settings: DaySettings): boolean {
  return workspace.run({ type: 'add-day', id: nanoid(12) as DayId, settings }) === null
}

export function deleteDay(workspace: Workspace, id: DayId, number: number): void {
  workspace.run({ type: 'delete-day', id }, { type: 'deleted-day', id, number })
}

export function addPerson(workspace: Workspace, side: Side | 'other'): PersonId | null {
  const id = nanoid(12) as PersonId
  const settings = { name: untitled, affiliation: untitled, side, sector: 'academia', expertise: 'technical' } as const
  return workspace.run({ type: 'add-person', id, settings }) === null ? id : null
}

export function addReading(workspace: Workspace, item: ItemId): ReadingId | null {
  const id = nanoid(12) as ReadingId
  return workspace.run({ type: 'add-reading', item, id, settings: { title: untitled, url: '' } }) === null ? id : null
}

/** Ends the freeze for everybody. What was final remains as a version. */
export function openNewVersion(workspace: Workspace): void {
  workspace.run({ type: 'set-final', version: null }, { type: 'opened-version' })
}

function titleOf(workspace: Workspace, id: ItemId | undefined): Bilingual {
  return (id && workspace.store.getState().items.get(id)?.title) || untitled
}

function find(workspace: Workspace, id: ItemId) {
  const agenda = workspace.store.getState().snapshot?.agenda
  return agenda ? locate(agenda, id) : null
}
