import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { readAgenda } from '../../shared/document/read.ts'
import { seed } from '../../shared/document/seed.ts'
import { writeAll } from '../../shared/document/write.ts'
import type { Agenda, Item, ItemId } from '../../shared/domain/agenda.ts'
import type { Command } from '../../shared/domain/command.ts'
import { copiesOfItems, copyOfDay } from '../../shared/domain/duplicate.ts'
import { counter, sample } from '../support/agenda.ts'

function after(agenda: Agenda, commands: readonly Command[]): Agenda {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, seed(agenda))
  writeAll(doc, commands)
  return readAgenda(doc)
}

/** All that people see of an item. */
const content = ({ id: _, readings, ...item }: Item) => ({
  ...item,
  readings: readings.map(({ id: _id, ...one }) => one),
})

test('copies of items stand after the last of them, in their order, with everything but a fixed start', () => {
  const agenda = sample()
  const [day] = agenda.days
  const [first, second, third] = day!.items as [Item, Item, Item]
  const pinned = { ...second, pinned: '10:00' }
  const before = {
    ...agenda,
    days: [{ ...day!, items: [first, pinned, ...day!.items.slice(2)] }, ...agenda.days.slice(1)],
  }
  const [now, ...others] = after(before, copiesOfItems(before, [second.id, first.id], counter('copy'))).days
  const [one, two, three, four, five] = now!.items
  expect([one!.id, two!.id, five!.id]).toEqual([first.id, second.id, third.id])
  const { pinned: _, ...unpinned } = content(pinned)
  expect([content(three!), content(four!)]).toEqual([content(first), unpinned])
  expect(others).toEqual(agenda.days.slice(1))
})

test('a copy of a day comes after the last one, with its hours and items', () => {
  const agenda = sample()
  const [day] = agenda.days
  const days = after(agenda, copyOfDay(agenda, day!.id, counter('copy'))).days
  expect(days.slice(0, -1)).toEqual(agenda.days)
  expect(days.at(-1)).toMatchObject({ date: '2026-03-14', start: day!.start, end: day!.end })
  expect(days.at(-1)!.items.map(content)).toEqual(day!.items.map(content))
})

test('what is gone is not copied', () => {
  expect(copiesOfItems(sample(), ['gone' as ItemId], counter())).toEqual([])
  expect(copyOfDay(sample(), 'gone' as never, counter())).toEqual([])
})
