import type { Agenda, Day, DayId, Language } from '../../shared/domain/agenda.ts'
import type { Change, Comparison, ItemDifference } from '../../shared/domain/compare.ts'

/** Differences in reading order: the days in order, each with what differs on it. */
export interface DayGroup {
  /** Null for the proposals. */
  readonly day: Day | null
  /** Its number in the agenda that has it. */
  readonly number: number
  /** Whether the day itself was added, was deleted or has other hours. */
  readonly difference: Comparison['days'][number] | null
  /** In the order of the later agenda; deleted items keep their former place. */
  readonly items: readonly ItemDifference[]
  /** Items of which only the start time differs. */
  readonly shifted: readonly ItemDifference[]
}

export type Wording = Language | 'all'

/** `comparison` with the wording of one language only. Everything that is not wording stays. */
export function inWording(comparison: Comparison, wording: Wording): Comparison {
  if (wording === 'all') return comparison
  const keep = (change: Change) => !('language' in change) || change.language === wording
  function entries<Entry extends { readonly status: string; readonly changes: readonly Change[] }>(
    list: readonly Entry[],
    also: (entry: Entry) => boolean = () => false,
  ): Entry[] {
    return list
      .map((entry) => ({ ...entry, changes: entry.changes.filter(keep) }))
      .filter((entry) => entry.status !== 'changed' || entry.changes.length > 0 || also(entry))
  }
  return {
    meeting: comparison.meeting.filter(keep),
    days: entries(comparison.days),
    items: entries(comparison.items, (item) => item.moved !== null || item.retimed !== null),
    people: entries(comparison.people),
    glossary: entries(comparison.glossary),
  }
}

/** How many items were added, deleted, moved or changed. One that was moved and changed counts as both. */
export function countItems(comparison: Comparison): { added: number; deleted: number; moved: number; changed: number } {
  const { items } = comparison
  return {
    added: items.filter((one) => one.status === 'added').length,
    deleted: items.filter((one) => one.status === 'deleted').length,
    moved: items.filter((one) => one.status === 'changed' && one.moved !== null).length,
    changed: items.filter((one) => one.status === 'changed' && one.changes.length > 0).length,
  }
}

/** The items grouped by day; a deleted one by the day it was on. Days without differences are left out. */
export function byDay(comparison: Comparison, before: Agenda, after: Agenda): DayGroup[] {
  const homes = new Map<string, DayId | null>([...homesIn(before), ...homesIn(after)])
  const gone = before.days.filter((day) => !after.days.some((one) => one.id === day.id))
  const numbered = [
    ...after.days.map((day) => ({ day, number: after.days.indexOf(day) + 1 })),
    ...gone.map((day) => ({ day, number: before.days.indexOf(day) + 1 })),
    { day: null, number: 0 },
  ]
  return numbered
    .map(({ day, number }): DayGroup => {
      const here = comparison.items.filter((one) => homes.get(one.id) === (day?.id ?? null))
      return {
        day,
        number,
        difference: comparison.days.find((one) => one.id === day?.id) ?? null,
        items: here.filter((one) => !isShift(one)),
        shifted: here.filter(isShift),
      }
    })
    .filter(({ difference, items, shifted }) => difference !== null || items.length + shifted.length > 0)
}

function homesIn(agenda: Agenda): [string, DayId | null][] {
  return [
    ...agenda.days.flatMap((day) => day.items.map((item): [string, DayId] => [item.id, day.id])),
    ...agenda.proposals.map((item): [string, null] => [item.id, null]),
  ]
}

function isShift(one: ItemDifference): boolean {
  return one.status === 'changed' && one.changes.length === 0 && one.moved === null
}
