import { expect, test } from 'vitest'
import { allItems } from '../../shared/domain/agenda.ts'
import { nextRound, type RoundOptions } from '../../shared/domain/round.ts'
import { counter, sample } from '../support/agenda.ts'

const options: RoundOptions = {
  title: { en: 'Second round', zh: '第二轮' },
  date: '2026-09-01',
  place: { en: 'Geneva', zh: '日内瓦' },
  venue: 'Europe/Zurich',
  people: true,
  readings: true,
  newId: counter('next'),
}

test('the next round has the days, items, people and glossary of the last under ids of their own', () => {
  const last = sample()
  const next = nextRound(last, options)
  expect(next).toMatchObject({ title: options.title, place: options.place, track: last.track, hosts: last.hosts })
  expect(next.zones).toEqual({ ...last.zones, venue: 'Europe/Zurich' })
  expect(next.days.map(({ date, start, end }) => [date, start, end])).toEqual([
    ['2026-09-01', last.days[0]!.start, last.days[0]!.end],
    ['2026-09-02', last.days[1]!.start, last.days[1]!.end],
  ])
  const texts = (agenda: typeof last) =>
    allItems(agenda).map(({ id: _, roles, readings, ...rest }) => ({
      ...rest,
      roles: roles.map(({ person, role }) => [role, agenda.people.find(({ id }) => id === person)!.name]),
      readings: readings.map(({ id: _id, ...one }) => one),
    }))
  expect(texts(next)).toEqual(texts(last))
  const ids = (agenda: typeof last) =>
    [agenda.days, allItems(agenda), agenda.people, agenda.glossary].flatMap((list) => list.map(({ id }) => String(id)))
  expect(ids(next).filter((id) => ids(last).includes(id))).toEqual([])
  expect(new Set(ids(next)).size).toBe(ids(last).length)
})

test('people and readings stay behind where they are not wanted, and the zone is that of before where none is said', () => {
  const next = nextRound(sample(), { ...options, people: false, readings: false, venue: null })
  expect(next.people).toEqual([])
  expect(allItems(next).flatMap(({ roles, readings }) => [...roles, ...readings])).toEqual([])
  expect(next.zones).toEqual(sample().zones)
})
