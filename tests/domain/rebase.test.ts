import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { openReader, readAgenda } from '../../shared/document/read.ts'
import { seed } from '../../shared/document/seed.ts'
import { write, writeAll } from '../../shared/document/write.ts'
import { type Agenda, allItems, type DayId, type Item, type ItemId, type PersonId } from '../../shared/domain/agenda.ts'
import type { Command, Snapshot } from '../../shared/domain/command.ts'
import { compare, isSame } from '../../shared/domain/compare.ts'
import { isEqual } from '../../shared/domain/equal.ts'
import { rebased } from '../../shared/domain/rebase.ts'
import { refuse } from '../../shared/domain/refuse.ts'
import { restoring } from '../../shared/domain/restore.ts'
import { counter, sample, seeded, unordered } from '../support/agenda.ts'
import { someCommand } from '../support/command.ts'

/** What somebody wrote before the agenda was rebuilt comes onto what it has become since. */

function open(agenda: Agenda, seeder: number): Y.Doc {
  const doc = new Y.Doc()
  doc.clientID = 10 + seeder
  Y.applyUpdate(doc, seed(agenda, seeder))
  return doc
}

function snapshotOf(doc: Y.Doc): Snapshot {
  const reader = openReader(doc)
  const snapshot = reader.snapshot()
  reader.close()
  return snapshot
}

function spoil(doc: Y.Doc, times: number, random: () => number, newId: () => string): void {
  for (let time = 0; time < times; time++) {
    const command = someCommand(snapshotOf(doc), random, newId)
    if (command !== null) write(doc, command, random)
  }
}

interface Three {
  readonly number: number
  readonly base: Agenda
  readonly mine: Agenda
  /** Of the next lineage, with what was deleted in it. */
  readonly doc: Y.Doc
  readonly now: Agenda
}

function some(number: number): Three {
  const random = seeded(number)
  const [own, theirs] = [counter(`m${number}-`), counter(`t${number}-`)]
  const old = open(sample(), 1)
  spoil(old, 6, random, counter(`b${number}-`))
  const base = readAgenda(old)
  spoil(old, 8, random, own)
  const before = open(base, 1)
  spoil(before, 4, random, theirs)
  const doc = open(readAgenda(before), 2)
  spoil(doc, 4, random, theirs)
  return { number, base, mine: readAgenda(old), doc, now: readAgenda(doc) }
}

test('where nothing was changed before the rebuilding, the agenda stays as it is', () => {
  for (let number = 1; number <= 60; number++) {
    const { base, now } = some(number)
    expect(unordered(rebased(base, base, now)), `seed ${number}`).toEqual(unordered(now))
    expect(isSame(compare(now, rebased(base, base, now)))).toBe(true)
  }
})

test('where nothing has been changed since, the agenda becomes what was written', () => {
  for (let number = 1; number <= 60; number++) {
    const { base, mine } = some(number)
    const after = rebased(base, mine, base)
    expect(unordered(after), `seed ${number}`).toEqual(unordered(mine))
    expect(isSame(compare(mine, after)), `seed ${number}`).toBe(true)
    expect(unordered(rebased(base, mine, mine)), `seed ${number}`).toEqual(unordered(mine))
  }
})

const fieldsOf = (item: Item) =>
  Object.entries(item).flatMap(([field, value]): [string, unknown][] =>
    ['title', 'objective', 'questions', 'output'].includes(field)
      ? [
          [`${field}.en`, value.en],
          [`${field}.zh`, value.zh],
        ]
      : ['roles', 'readings'].includes(field)
        ? []
        : [[field, value]],
  )

test('both changes stand, field by field; of the same field one’s own does, and no more is touched than was changed', () => {
  let met = 0
  for (let number = 1; number <= 80; number++) {
    const { base, mine, now } = some(number)
    const after = rebased(base, mine, now)
    const [was, own, there, is] = [base, mine, now, after].map(
      (agenda) => new Map(allItems(agenda).map((item) => [item.id, item])),
    ) as [Map<ItemId, Item>, Map<ItemId, Item>, Map<ItemId, Item>, Map<ItemId, Item>]
    for (const id of own.keys()) if (!was.has(id)) expect(is.has(id), `${number} added ${id}`).toBe(true)
    for (const id of was.keys()) if (!own.has(id)) expect(is.has(id), `${number} deleted ${id}`).toBe(false)
    for (const id of there.keys()) if (!was.has(id)) expect(is.has(id), `${number} theirs ${id}`).toBe(true)
    for (const [id, item] of is) {
      const [before, changed, present] = [was.get(id), own.get(id), there.get(id)]
      if (!before || !changed || !present) continue
      const lists = [before, changed, present].map((one) => new Map(fieldsOf(one)))
      for (const [field, value] of fieldsOf(item)) {
        const [b, m, n] = lists.map((list) => list.get(field))
        if (!isEqual(b, m) && !isEqual(b, n)) met++
        expect(value, `${number} ${id} ${field}`).toEqual(isEqual(b, m) ? n : m)
      }
    }
    const named = (one: ReturnType<typeof compare>) => one.items.filter((item) => item.changes.length > 0)
    const touched = new Set(named(compare(base, mine)).map((one) => one.id))
    const gone = new Set(base.people.filter((one) => !mine.people.some(({ id }) => id === one.id)).map(({ id }) => id))
    const orphans = (one: { readonly changes: readonly object[] }) =>
      one.changes.every((change) => 'person' in change && gone.has(change.person as PersonId))
    expect(named(compare(now, after)).filter((one) => !touched.has(one.id) && !orphans(one))).toEqual([])
    const stayed = compare(base, mine).items.filter((one) => one.moved !== null).length === 0
    if (
      stayed &&
      isEqual(
        mine.days.map(({ id }) => id),
        base.days.map(({ id }) => id),
      )
    ) {
      // A day that others deleted comes back with its items where its own settings had been changed.
      const known = new Set(now.days.map((one) => one.id))
      const homes = (agenda: Agenda) =>
        agenda.days.flatMap((day) =>
          known.has(day.id) ? day.items.filter((item) => there.has(item.id)).map((item) => `${day.id} ${item.id}`) : [],
        )
      expect(homes(after), `seed ${number}`).toEqual(homes(now).filter((home) => is.has(home.split(' ')[1] as ItemId)))
    }
  }
  expect(met).toBeGreaterThan(3)
})

test('what would stand comes into the agenda by commands that may run, and one by one nothing is left to do', () => {
  for (let number = 1; number <= 80; number++) {
    const three = some(number)
    for (const base of [three.base, null]) {
      const doc = new Y.Doc()
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(three.doc))
      const after = rebased(base, three.mine, three.now)
      const commands = restoring(snapshotOf(doc), after)
      for (const command of commands) {
        const refusal = refuse(snapshotOf(doc), command)
        const needless = refusal?.code === 'nothing-to-do' || (command.type === 'unassign' && refusal?.field === 'role')
        if (!needless) expect([number, command, refusal]).toEqual([number, command, null])
        write(doc, command, seeded(number))
      }
      const found = readAgenda(doc)
      expect(unordered(found), `seed ${number}`).toEqual(unordered(after))
      expect(isSame(compare(after, found)), `seed ${number}`).toBe(true)
      // Brought in a second time, it finds itself there.
      expect(isSame(compare(found, rebased(base, three.mine, found))), `again, seed ${number}`).toBe(true)
    }
  }
})

const [first, second, third] = sample().days[0]!.items.map(({ id }) => id) as [ItemId, ItemId, ItemId]
const day = sample().days[0]!.id

function after(...commands: readonly Command[]): Agenda {
  const doc = open(sample(), 1)
  writeAll(doc, commands, seeded(1))
  return readAgenda(doc)
}
const titleIn = (agenda: Agenda, id: ItemId) => allItems(agenda).find((item) => item.id === id)?.title.en

test('what a colleague deleted stays so, unless one had gone on with it', () => {
  const now = after({ type: 'delete-items', ids: [first, second] })
  const mine = after({ type: 'set-title', id: second, title: { en: 'Mine' } })
  const found = rebased(sample(), mine, now)
  expect([titleIn(found, first), titleIn(found, second)]).toEqual([undefined, 'Mine'])
  expect(found.days[0]!.items[0]!.id).toBe(second)
})

test('a day that others deleted comes back where its own hours had been changed, with the items that nobody has put elsewhere', () => {
  const [, later] = sample().days
  const [moved, ...others] = later!.items.map((item) => item.id) as [ItemId, ...ItemId[]]
  const now = after(
    { type: 'move-items', ids: [moved], place: { day, after: null } },
    { type: 'delete-day', id: later!.id },
  )
  const found = rebased(sample(), after({ type: 'set-day', id: later!.id, settings: { start: '07:45' } }), now)
  expect(found.days[1]).toMatchObject({ id: later!.id, start: '07:45' })
  expect(found.days[1]!.items.map((item) => item.id)).toEqual(others)
  expect(found.days[0]!.items[0]!.id).toBe(moved)
  expect(rebased(sample(), sample(), now).days.map((one) => one.id)).not.toContain(later!.id)
})

test('a new item stands behind the one that it was put behind, also where others have moved that', () => {
  const id = 'new' as ItemId
  const mine = after({ type: 'add-item', id, place: { day, after: second }, settings: { minutes: 5 } })
  const now = after({ type: 'move-items', ids: [second], place: { day, after: third } })
  const row = rebased(sample(), mine, now).days[0]!.items.map((item) => item.id)
  expect(row.slice(0, 4)).toEqual([first, third, second, id])
})

test('without what both had, only what is missing or empty comes in: nothing that stands is replaced, moved or deleted', () => {
  const added = {
    type: 'add-item',
    id: 'new' as ItemId,
    place: { day, after: first },
    settings: { minutes: 5 },
  } as const
  const mine = after(
    added,
    { type: 'set-title', id: first, title: { en: 'Other words' } },
    { type: 'set-title', id: second, title: { en: 'Filled in' } },
    { type: 'move-items', ids: [third], place: { day: null, after: null } },
  )
  const later = {
    type: 'add-day',
    id: 'later' as DayId,
    settings: { date: '2026-03-20', start: '09:00', end: null },
  } as const
  const now = after(later, { type: 'set-title', id: second, title: { en: '' } })
  const found = rebased(null, mine, now)
  expect([first, second, third].map((id) => titleIn(found, id))).toEqual([
    titleIn(sample(), first),
    'Filled in',
    titleIn(sample(), third),
  ])
  expect(found.days[0]!.items.slice(0, 4).map((item) => item.id)).toEqual([first, 'new', second, third])
  expect(found.days.map((one) => one.id)).toContain('later')
  expect(compare(now, found).items.filter((one) => one.status === 'deleted')).toEqual([])
})
