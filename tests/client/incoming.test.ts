import { expect, test } from 'vitest'
import { addChosen, chosenOf, everything, firstDayFor, newcomers } from '../../client/store/incoming.ts'
import type { Workspace } from '../../client/store/workspace.ts'
import { allItems, type ItemId } from '../../shared/domain/agenda.ts'
import { beginningOn } from '../../shared/domain/round.ts'
import { blank, sample } from '../support/agenda.ts'

const agenda = sample()
const removed = { items: [], days: [], people: [], terms: [] }

test('everything that was understood is chosen at first', () => {
  expect(chosenOf(agenda, everything(agenda))).toEqual(agenda)
})

test('only the chosen items enter, with their days and with whoever has a role in them', () => {
  const item = allItems(agenda).find((one) => one.roles.length > 0)!
  const part = chosenOf(agenda, { items: new Set([item.id]), people: false })
  expect(allItems(part).map((one) => one.id)).toEqual([item.id])
  expect(part.days.map((day) => day.items.length)).toEqual([1])
  const needed = new Set(item.roles.map((role) => role.person))
  expect(part.people.length).toBe(needed.size)
  expect(part.people.every((person) => needed.has(person.id))).toBe(true)
})

test('nothing chosen is nothing at all, but for the people if they are wanted', () => {
  const none = new Set<ItemId>()
  const nothing = chosenOf(agenda, { items: none, people: false })
  expect([nothing.days, nothing.proposals, nothing.people, nothing.glossary]).toEqual([[], [], [], []])
  expect(chosenOf(agenda, { items: none, people: true }).people).toEqual(agenda.people)
})

test('whoever is on the list already is no newcomer', () => {
  const here = { agenda: blank(), removed, final: null }
  expect(newcomers(here, agenda).map((one) => one.name)).toEqual(agenda.people.map((one) => one.name))
  const known = { ...here, agenda: { ...here.agenda, people: agenda.people.slice(0, 2) } }
  expect(newcomers(known, agenda).length).toBe(agenda.people.length - 2)
})

test('what is told of people who came without an item is how many of them are new', () => {
  const told: unknown[] = []
  const workspace = {
    store: {
      getState: () => ({
        snapshot: { agenda: { ...blank(), people: agenda.people.slice(0, 2) }, removed, final: null },
      }),
    },
    runAll: (_commands: unknown, happening: unknown) => {
      told.push(happening)
      return null
    },
  }
  const add = (items: readonly ItemId[]) =>
    addChosen(workspace as unknown as Workspace, agenda, { items: new Set(items), people: true }, 'a.md')
  expect([add([]), add(allItems(agenda).map((item) => item.id))]).toEqual([null, null])
  const people = agenda.people.length - 2
  expect(told).toEqual([
    { type: 'imported', count: 0, people, file: 'a.md' },
    { type: 'imported', count: allItems(agenda).length, people, file: 'a.md' },
  ])
})

test('the file of last round begins where this meeting does, and one of days to come keeps its own', () => {
  const here = (date: string) => ({ agenda: sample(date), removed, final: null })
  expect(firstDayFor(here('2026-09-01'), agenda)).toBe('2026-09-01')
  expect(firstDayFor(here('2026-03-13'), agenda)).toBe('2026-03-12')
  expect(firstDayFor(here('2026-01-01'), agenda)).toBe('2026-03-12')
  expect(firstDayFor({ ...here('2026-09-01'), agenda: { ...blank(), days: [] } }, agenda)).toBe('2026-03-12')
  expect(firstDayFor(here('2026-09-01'), { ...agenda, days: [] })).toBe('')
})

test('moved to another first day, the days stay as far apart as they were, over the end of a month as well', () => {
  expect(beginningOn(agenda, '2026-08-31').days.map((day) => day.date)).toEqual(['2026-08-31', '2026-09-01'])
  expect(beginningOn(agenda, '2026-08-31').days[1]!.items).toBe(agenda.days[1]!.items)
  expect(beginningOn(agenda, '')).toBe(agenda)
  expect(beginningOn(agenda, '2026-03-12')).toBe(agenda)
})
