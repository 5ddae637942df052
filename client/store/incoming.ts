import { nanoid } from 'nanoid'
import { additions } from '../../shared/domain/addition.ts'
import { type Agenda, allItems, type ItemId, type Person } from '../../shared/domain/agenda.ts'
import type { Refusal, Snapshot } from '../../shared/domain/command.ts'
import type { Workspace } from './workspace.ts'

/**
 * The date for the first day of an imported agenda. If it lies before this meeting, it is from the last round and
 * begins when this meeting does; otherwise it keeps its dates.
 */
export function firstDayFor(snapshot: Snapshot | null, agenda: Agenda): string {
  const [own, theirs, last] = [snapshot?.agenda.days[0]?.date, agenda.days[0]?.date, agenda.days.at(-1)?.date]
  if (theirs === undefined || last === undefined) return ''
  return own !== undefined && last < own ? own : theirs
}

/** The parts of an imported agenda to add. */
export interface Chosen {
  readonly items: ReadonlySet<ItemId>
  /** Also its people who have a role in none of the chosen items. */
  readonly people: boolean
}

export function everything(agenda: Agenda): Chosen {
  return { items: new Set(allItems(agenda).map((item) => item.id)), people: true }
}

/** Adds the chosen part of `agenda`, in one undo step. Nothing in the meeting is overwritten. */
export function addChosen(workspace: Workspace, agenda: Agenda, chosen: Chosen, file: string): Refusal | null {
  const { snapshot } = workspace.store.getState()
  if (!snapshot) return { code: 'not-found', field: '' }
  const commands = additions(snapshot, chosenOf(agenda, chosen), () => nanoid(12))
  const people = commands.filter((one) => one.type === 'add-person').length
  return workspace.runAll(commands, { type: 'imported', count: chosen.items.size, people, file })
}

/**
 * The chosen part of `agenda`. A day without chosen items is left out, unless it was empty from the start and
 * everything is chosen. Whoever has a role in a chosen item comes with it.
 */
export function chosenOf(agenda: Agenda, chosen: Chosen): Agenda {
  const all = chosen.items.size === allItems(agenda).length
  const days = agenda.days
    .filter((day) => day.items.some((item) => chosen.items.has(item.id)) || (all && day.items.length === 0))
    .map((day) => ({ ...day, items: day.items.filter((item) => chosen.items.has(item.id)) }))
  const proposals = agenda.proposals.filter((item) => chosen.items.has(item.id))
  const busy = new Set(allItems({ ...agenda, days, proposals }).flatMap((item) => item.roles.map((one) => one.person)))
  return {
    ...agenda,
    days,
    proposals,
    people: agenda.people.filter((person) => chosen.people || busy.has(person.id)),
    glossary: all ? agenda.glossary : [],
  }
}

/** The people in `agenda` who are not in the list yet. */
export function newcomers(snapshot: Snapshot, agenda: Agenda): Person[] {
  const people = { ...agenda, days: [], proposals: [], glossary: [] }
  let count = 0
  const added = additions(snapshot, people, () => `newcomer-${++count}`)
  return added.flatMap((one) => {
    return one.type === 'add-person' ? [{ id: one.id, ...one.settings }] : []
  })
}
