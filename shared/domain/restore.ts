import {
  type Agenda,
  allItems,
  assignments,
  type DayId,
  type Item,
  type ItemId,
  languages,
  type Reading,
  rowsOf,
} from './agenda.ts'
import type { Command, ItemSettings, Snapshot } from './command.ts'
import { isEqual } from './equal.ts'
import { fields, settingsIn } from './fields.ts'
import { longestInOrder } from './longest.ts'

/**
 * The commands that make the agenda equal to `target`: forward changes, undone in one step. What was added since is
 * deleted, which hides it. What has not changed is not touched, so concurrent edits there survive.
 */
export function restoring({ agenda, removed }: Snapshot, target: Agenda): Command[] {
  const { hosts } = target
  const meeting = changed({ ...settingsIn(fields.meeting, target), hosts }, agenda)
  return [
    ...(meeting === null ? [] : [{ type: 'set-meeting', settings: meeting } as const]),
    ...days(agenda, removed, target),
    ...people(agenda, removed, target),
    ...terms(agenda, removed, target),
    ...items(agenda, removed, target),
    ...unseenRoles(removed, target),
    ...agenda.days
      .filter((day) => !target.days.some((one) => one.id === day.id))
      .map((day): Command => ({ type: 'delete-day', id: day.id })),
  ]
}

type Removed = Snapshot['removed']

function days(agenda: Agenda, removed: Removed, target: Agenda): Command[] {
  return target.days.flatMap((day): Command[] => {
    const settings = settingsIn(fields.day, day)
    const hidden = removed.days.find((one) => one.id === day.id)
    const existing = agenda.days.find((one) => one.id === day.id) ?? hidden
    if (existing === undefined) return [{ type: 'add-day', id: day.id, settings }]
    const next = changed(settings, { ...existing, end: existing.end ?? null })
    return [
      ...(hidden ? [{ type: 'restore-day', id: day.id } as const] : []),
      ...(next === null ? [] : [{ type: 'set-day', id: day.id, settings: next } as const]),
    ]
  })
}

function people(agenda: Agenda, removed: Removed, target: Agenda): Command[] {
  return [
    ...target.people.flatMap(({ id, ...settings }): Command[] => {
      const hidden = removed.people.find((one) => one.id === id)
      const existing = agenda.people.find((one) => one.id === id) ?? hidden
      if (existing === undefined) return [{ type: 'add-person', id, settings }]
      const next = changed(settings, existing)
      return [
        ...(hidden ? [{ type: 'restore-person', id } as const] : []),
        ...(next === null ? [] : [{ type: 'set-person', id, settings: next } as const]),
      ]
    }),
    ...agenda.people
      .filter((person) => !target.people.some((one) => one.id === person.id))
      .map((person): Command => ({ type: 'delete-person', id: person.id })),
  ]
}

function terms(agenda: Agenda, removed: Removed, target: Agenda): Command[] {
  return [
    ...target.glossary.flatMap(({ id, ...settings }): Command[] => {
      const hidden = removed.terms.find((one) => one.id === id)
      const existing = agenda.glossary.find((one) => one.id === id) ?? hidden
      if (existing === undefined) return [{ type: 'add-term', id, settings }]
      const next = changed(settings, existing)
      return [
        ...(hidden ? [{ type: 'restore-term', id } as const] : []),
        ...(next === null ? [] : [{ type: 'set-term', id, settings: next } as const]),
      ]
    }),
    ...agenda.glossary
      .filter((term) => !target.glossary.some((one) => one.id === term.id))
      .map((term): Command => ({ type: 'delete-term', id: term.id })),
  ]
}

function items(agenda: Agenda, removed: Removed, target: Agenda): Command[] {
  const rows = rowsOf(target)
  const existing = new Map(rowsOf(agenda).flatMap(([, row]) => row.map((item) => [item.id, item] as const)))
  const hidden = new Map(removed.items.map((item) => [item.id, item]))
  const wanted = new Set(rows.flatMap(([, row]) => row.map((item) => item.id)))
  const gone = [...existing.keys()].filter((id) => !wanted.has(id))
  const dayComesBack = target.days.some((day) => removed.days.some((one) => one.id === day.id))
  const back = [...wanted].filter((id) => hidden.has(id))
  return [
    ...(back.length === 0 ? [] : [{ type: 'restore-items', ids: back } as const]),
    ...rows.flatMap(([day, row]) => places(agenda, day, row, existing, hidden, dayComesBack)),
    ...(gone.length === 0 ? [] : [{ type: 'delete-items', ids: gone } as const]),
    ...rows.flatMap(([, row]) => row.flatMap((item) => insides(existing.get(item.id) ?? hidden.get(item.id), item))),
  ]
}

/**
 * A restored person gets back their former roles, which cannot be read before. So every role that `target` does not
 * give them is removed, held or not.
 */
function unseenRoles(removed: Removed, target: Agenda): Command[] {
  const back = target.people.filter((person) => removed.people.some((one) => one.id === person.id))
  return back.flatMap(({ id: person }) =>
    allItems(target).flatMap((item) =>
      assignments
        .filter((role) => !item.roles.some((one) => one.person === person && one.role === role))
        .map((role): Command => ({ type: 'unassign', item: item.id, person, role })),
    ),
  )
}

/** Adds new items and moves those that stand elsewhere, each behind its predecessor. */
function places(
  agenda: Agenda,
  day: DayId | null,
  row: readonly Item[],
  existing: ReadonlyMap<ItemId, Item>,
  hidden: ReadonlyMap<ItemId, Item>,
  dayComesBack: boolean,
): Command[] {
  const there = day === null ? agenda.proposals : (agenda.days.find((one) => one.id === day)?.items ?? [])
  // Items of a deleted day read as proposals and return to it when it is restored. So then none is assumed to stay.
  const straying = day === null && dayComesBack
  const stay = longestInOrder(
    row.map((item) => item.id),
    straying ? [] : there.map((item) => item.id),
  )
  return row.flatMap((item, index): Command[] => {
    const place = { day, after: row[index - 1]?.id ?? null }
    if (!existing.has(item.id) && !hidden.has(item.id)) {
      return [{ type: 'add-item', id: item.id, place, settings: settingsOf(item), title: item.title }]
    }
    return stay.has(item.id) ? [] : [{ type: 'move-items', ids: [item.id], place }]
  })
}

function insides(before: Item | undefined, item: Item): Command[] {
  const id = item.id
  const settings = before === undefined ? null : changed(settingsOf(item), settingsOf(before))
  const title = before === undefined ? null : changed(item.title, before.title)
  const holds = (one: Item | undefined, role: Item['roles'][number]) =>
    one?.roles.some((held) => held.person === role.person && held.role === role.role) ?? false
  return [
    ...(settings === null ? [] : [{ type: 'set-item', id, settings } as const]),
    ...(title === null ? [] : [{ type: 'set-title', id, title } as const]),
    ...(['objective', 'questions', 'output'] as const).flatMap((text) =>
      languages.flatMap((language): Command[] => {
        const prose = item[text][language]
        const same = isEqual(prose, before?.[text][language] ?? [])
        return same ? [] : [{ type: 'set-text', id, text, language, prose }]
      }),
    ),
    ...(before?.roles ?? [])
      .filter((role) => !holds(item, role))
      .map((role): Command => ({ type: 'unassign', item: id, ...role })),
    ...item.roles
      .filter((role) => !holds(before, role))
      .map((role): Command => ({ type: 'assign', item: id, ...role })),
    ...readings(before?.readings ?? [], item),
  ]
}

function readings(before: readonly Reading[], item: Item): Command[] {
  return [
    ...before
      .filter((one) => !item.readings.some((kept) => kept.id === one.id))
      .map((one): Command => ({ type: 'delete-reading', item: item.id, id: one.id })),
    ...item.readings.flatMap(({ id, ...settings }): Command[] => {
      const was = before.find((one) => one.id === id)
      if (was === undefined) return [{ type: 'add-reading', item: item.id, id, settings }]
      const next = changed(settings, was)
      return next === null ? [] : [{ type: 'set-reading', item: item.id, id, settings: next }]
    }),
  ]
}

export function settingsOf(item: Item): ItemSettings {
  return settingsIn(fields.item, item)
}

/** The settings of `wanted` that differ from `existing`; null when there are none. */
function changed<T extends object>(wanted: T, existing: { readonly [K in keyof T]?: unknown }): Partial<T> | null {
  const names = (Object.keys(wanted) as (keyof T)[]).filter((name) => !isEqual(wanted[name], existing[name]))
  return names.length === 0 ? null : (Object.fromEntries(names.map((name) => [name, wanted[name]])) as Partial<T>)
}
