import { expect, test } from 'vitest'
import { byDay, countItems, inWording } from '../../client/store/comparison.ts'
import type { Agenda, DayId, Item } from '../../shared/domain/agenda.ts'
import { compare, isSame } from '../../shared/domain/compare.ts'
import { sample } from '../support/agenda.ts'

const before = sample()
const [first, second] = before.days as [Agenda['days'][number], Agenda['days'][number]]

function withItems(day: number, change: (items: readonly Item[]) => readonly Item[]): Agenda {
  return { ...before, days: before.days.map((one, at) => (at === day ? { ...one, items: change(one.items) } : one)) }
}

test('what only starts at another time is set apart from what was changed', () => {
  const longer = first.items[1]!
  const after = withItems(0, (items) => items.map((one) => (one === longer ? { ...one, minutes: 45 } : one)))
  const [group, ...others] = byDay(compare(before, after), before, after)
  expect(others).toEqual([])
  expect(group!.day?.id).toBe(first.id)
  expect(group!.items.map((one) => one.id)).toEqual([longer.id])
  expect(group!.shifted.length).toBeGreaterThan(2)
  expect(group!.shifted.every((one) => one.retimed !== null && one.changes.length === 0)).toBe(true)
})

test('a deleted item is told on the day on which it stood, and a moved one on the day to which it went', () => {
  const gone = first.items[2]!
  const moved = first.items[4]!
  const after: Agenda = {
    ...before,
    days: before.days.map((day) => {
      if (day.id === first.id) return { ...day, items: day.items.filter((one) => one !== gone && one !== moved) }
      return day.id === second.id ? { ...day, items: [moved, ...day.items] } : day
    }),
  }
  const groups = byDay(compare(before, after), before, after)
  const on = (id: DayId) => groups.find((one) => one.day?.id === id)!.items.map((one) => [one.id, one.status])
  expect(on(first.id)).toEqual([[gone.id, 'deleted']])
  expect(on(second.id)).toEqual([[moved.id, 'changed']])
  expect(countItems(compare(before, after))).toEqual({ added: 0, deleted: 1, moved: 1, changed: 0 })
})

test('a day that is gone is told after those that stand, with what stood on it', () => {
  const after = { ...before, days: before.days.slice(1) }
  const groups = byDay(compare(before, after), before, after)
  const gone = groups.find((one) => one.difference?.status === 'deleted')!
  expect(gone.day?.id).toBe(first.id)
  expect(gone.number).toBe(1)
  expect(gone.items.map((one) => one.id)).toEqual(first.items.map((one) => one.id))
})

test('one language’s wording leaves out the words of the other, and keeps everything that is no wording', () => {
  const item = first.items[2]!
  const renamed = { ...item, title: { ...item.title, zh: `${item.title.zh}（新）` } }
  const after = withItems(0, (items) => items.map((one) => (one === item ? renamed : one)))
  const all = compare(before, after)
  expect(isSame(inWording(all, 'en'))).toBe(true)
  expect(inWording(all, 'zh')).toEqual(all)
  expect(inWording(all, 'all')).toEqual(all)
  const both = withItems(0, (items) => items.map((one) => (one === item ? { ...renamed, minutes: 5 } : one)))
  const left = inWording(compare(before, both), 'en').items.find((one) => one.id === item.id)!
  expect(left.changes.map((one) => one.type)).toEqual(['value'])
})
