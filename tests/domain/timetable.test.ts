import { expect, test } from 'vitest'
import type { Day, DayId, Item, ItemId } from '../../shared/domain/agenda.ts'
import {
  addDays,
  daysBetween,
  instantOf,
  isDate,
  isTime,
  isZone,
  localTime,
  timeOf,
} from '../../shared/domain/clock.ts'
import { allowInterpretation, timetable, worldTime } from '../../shared/domain/timetable.ts'
import { sample } from '../support/agenda.ts'

const model = sample().days[0]!.items[0]!

function item(id: string, minutes: number, more: Partial<Item> = {}): Item {
  return { ...model, id: id as ItemId, kind: 'session', minutes, ...more }
}

function day(items: Item[], more: Partial<Day> = {}): Day {
  return { id: 'day' as DayId, date: '2026-03-12', start: '09:00', items, ...more }
}

function times(one: Day): string[] {
  return timetable(one).slots.map((slot) => `${slot.item.id} ${timeOf(slot.start)}-${timeOf(slot.end)}`)
}

test('items follow one another from the start of the day', () => {
  expect(times(day([item('a', 30), item('b', 75), item('c', 15)]))).toEqual([
    'a 09:00-09:30',
    'b 09:30-10:45',
    'c 10:45-11:00',
  ])
})

test('a pinned item starts when its pin says, and tells the free time or the overlap before it', () => {
  const late = timetable(day([item('a', 30), item('b', 30, { pinned: '10:00' })]))
  expect(late.slots[1]).toMatchObject({ start: 600, gap: 30, overlap: 0 })
  const early = timetable(day([item('a', 90), item('b', 15, { pinned: '10:00' }), item('c', 10)]))
  expect(early.slots[1]).toMatchObject({ start: 600, gap: 0, overlap: 30 })
  expect(early.slots[2]).toMatchObject({ start: 630 })
})

test('parallel breakouts share a time and take as long as the longest of them', () => {
  expect(
    times(
      day([item('a', 60), item('x', 75, { kind: 'breakout' }), item('y', 45, { kind: 'breakout' }), item('b', 30)]),
    ),
  ).toEqual(['a 09:00-10:00', 'x 10:00-11:15', 'y 10:00-10:45', 'b 11:15-11:45'])
})

test('a breakout pinned to another time opens the next round', () => {
  const breakout = { kind: 'breakout' } as const
  expect(
    times(
      day([
        item('x', 60, breakout),
        item('y', 60, breakout),
        item('z', 60, { ...breakout, pinned: '11:00' }),
        item('w', 60, breakout),
      ]),
    ),
  ).toEqual(['x 09:00-10:00', 'y 09:00-10:00', 'z 11:00-12:00', 'w 11:00-12:00'])
})

test('a day that goes past its planned end, or past midnight, says by how much', () => {
  expect(timetable(day([item('a', 120)], { end: '10:30' })).overrun).toBe(30)
  expect(timetable(day([item('a', 120)], { end: '11:00' })).overrun).toBe(0)
  expect(timetable(day([item('a', 1000)])).overrun).toBe(100)
  expect(timetable(day([])).overrun).toBe(0)
})

test('the two-day sample keeps the times of a typical programme', () => {
  const [first, second] = sample().days
  expect(times(first!).map((line) => line.split(' ')[1])).toEqual([
    '08:30-09:00',
    '09:00-09:30',
    '09:30-10:45',
    '10:45-11:15',
    '11:15-12:45',
    '12:45-14:00',
    '14:00-15:30',
    '15:30-16:00',
    '16:00-17:15',
    '16:00-17:15',
    '17:15-17:45',
    '18:30-20:30',
  ])
  expect(timetable(first!).overrun).toBe(0)
  expect(timetable(second!).overrun).toBe(0)
})

test('both capitals see their local time across the American change of clocks', () => {
  const zones = { venue: 'America/New_York', us: 'America/New_York', cn: 'Asia/Shanghai' }
  expect(worldTime(zones, '2026-03-07', 540).cn).toEqual({ date: '2026-03-07', time: '22:00' })
  expect(worldTime(zones, '2026-03-09', 540).cn).toEqual({ date: '2026-03-09', time: '21:00' })
  expect(worldTime(zones, '2026-10-31', 9 * 60).cn.time).toBe('21:00')
  expect(worldTime(zones, '2026-11-02', 9 * 60).cn.time).toBe('22:00')
})

test('minutes past midnight belong to the next date everywhere', () => {
  const zones = { venue: 'Asia/Shanghai', us: 'America/New_York', cn: 'Asia/Shanghai' }
  expect(worldTime(zones, '2026-03-12', 1500)).toMatchObject({
    venue: { date: '2026-03-13', time: '01:00' },
    us: { date: '2026-03-12', time: '13:00' },
  })
})

test('a time that the change of clocks skips or repeats still has one instant', () => {
  expect(localTime(instantOf('2026-03-08', 150, 'America/New_York'), 'America/New_York').time).toBe('03:30')
  expect(instantOf('2026-11-01', 90, 'America/New_York')).toBe(Date.UTC(2026, 10, 1, 5, 30))
})

test('dates, times and zones that are not are told apart from those that are', () => {
  expect(['2026-02-28', '2024-02-29'].every(isDate)).toBe(true)
  expect(['2026-02-29', '2026-2-3', '2026-13-01', '', null, 'x', '0001-01-01'].some(isDate)).toBe(false)
  expect(['00:00', '23:59'].every(isTime)).toBe(true)
  expect(['24:00', '9:00', '09:60', 900, ''].some(isTime)).toBe(false)
  expect(isZone('Asia/Shanghai')).toBe(true)
  expect(['Asia/Nowhere', '', '+25:00', 8].some(isZone)).toBe(false)
  expect(daysBetween('2026-02-27', addDays('2026-02-27', 3))).toBe(3)
})

test('consecutive interpretation is offered nearly double the time, in steps of five', () => {
  expect(allowInterpretation(60, 'consecutive')).toBe(115)
  expect(allowInterpretation(75, 'simultaneous')).toBe(75)
  expect(allowInterpretation(20, 'none')).toBe(20)
})

test('a pin past midnight is on the next date, and one that is only early stays', () => {
  const dinner = timetable(
    day([item('a', 600), item('b', 120, { pinned: '00:30' }), item('c', 15)], { start: '08:30', end: '18:30' }),
  )
  expect(dinner.slots[1]).toMatchObject({ start: 1470, end: 1590, overlap: 0, gap: 360 })
  expect(dinner.slots[2]).toMatchObject({ start: 1590 })
  expect(dinner.overrun).toBe(1605 - 1110)
  const start = (...items: Item[]) => timetable(day(items)).slots.at(-1)!.start
  expect(start(item('a', 60), item('b', 60, { pinned: '00:30' }))).toBe(1470)
  expect(start(item('a', 930), item('b', 60, { pinned: '00:45' }))).toBe(1485)
  expect(start(item('a', 60, { pinned: '08:00' }))).toBe(480)
  expect(start(item('a', 60), item('b', 60, { pinned: '08:00' }))).toBe(480)
  expect(start(item('a', 480), item('b', 60, { pinned: '09:30' }))).toBe(570)
})
