import type { Agenda, Day, DayId, ItemId } from '../../shared/domain/agenda.ts'
import { minutesOf } from '../../shared/domain/clock.ts'
import { timetable } from '../../shared/domain/timetable.ts'

/** The times of a row, in minutes from midnight at the venue. */
export interface Row {
  readonly day: DayId | null
  readonly index: number
  /** Null among the proposals, which have no time. */
  readonly start: number | null
  readonly end: number | null
  readonly parallel: boolean
  readonly overlap: number
  readonly gap: number
  /** It ends after the planned end of its day. */
  readonly late: boolean
}

export interface OutlineDay {
  readonly id: DayId
  readonly number: number
  readonly date: string
  readonly start: string
  readonly plannedEnd: string | null
  /** When the last item is over. */
  readonly end: number
  readonly overrun: number
  readonly items: readonly ItemId[]
}

/** The agenda as the outline draws it: order and times, no texts. */
export interface Outline {
  readonly days: readonly OutlineDay[]
  readonly proposals: readonly ItemId[]
  readonly rows: ReadonlyMap<ItemId, Row>
}

const empty: Outline = { days: [], proposals: [], rows: new Map() }

/**
 * The outline of `agenda`. What is unchanged since `previous` stays the same object, so that a keystroke in a text
 * changes nothing here and renders nothing again.
 */
export function nextOutline(previous: Outline | null, agenda: Agenda): Outline {
  const before = previous ?? empty
  const rows = new Map<ItemId, Row>()
  const days = agenda.days.map((day, index) => outlineDay(day, index + 1, before, rows))
  for (const [index, item] of agenda.proposals.entries()) {
    keepRow(rows, before, item.id, {
      day: null,
      index,
      start: null,
      end: null,
      parallel: false,
      overlap: 0,
      gap: 0,
      late: false,
    })
  }
  const proposals = keepList(
    before.proposals,
    agenda.proposals.map((item) => item.id),
  )
  const sameRows = rows.size === before.rows.size && [...rows].every(([id, row]) => before.rows.get(id) === row)
  const sameDays = days.length === before.days.length && days.every((day, index) => before.days[index] === day)
  if (previous && sameRows && sameDays && proposals === before.proposals) return previous
  return {
    days: sameDays ? before.days : days,
    proposals,
    rows: sameRows ? before.rows : rows,
  }
}

function outlineDay(day: Day, number: number, before: Outline, rows: Map<ItemId, Row>): OutlineDay {
  const { slots, end, overrun } = timetable(day)
  const limit = day.end === undefined ? 1440 : minutesOf(day.end)
  for (const [index, slot] of slots.entries()) {
    keepRow(rows, before, slot.item.id, {
      day: day.id,
      index,
      start: slot.start,
      end: slot.end,
      parallel: slot.parallel,
      overlap: slot.overlap,
      gap: slot.gap,
      late: slot.end > limit,
    })
  }
  const old = before.days.find((one) => one.id === day.id)
  const next: OutlineDay = {
    id: day.id,
    number,
    date: day.date,
    start: day.start,
    plannedEnd: day.end ?? null,
    end,
    overrun,
    items: keepList(
      old?.items ?? [],
      day.items.map((item) => item.id),
    ),
  }
  return old && same(old, next) ? old : next
}

function keepRow(rows: Map<ItemId, Row>, before: Outline, id: ItemId, row: Row): void {
  const old = before.rows.get(id)
  rows.set(id, old && same(old, row) ? old : row)
}

function keepList(old: readonly ItemId[], next: readonly ItemId[]): readonly ItemId[] {
  return old.length === next.length && old.every((id, index) => next[index] === id) ? old : next
}

function same<T extends object>(a: T, b: T): boolean {
  return (Object.keys(b) as (keyof T)[]).every((key) => a[key] === b[key])
}
