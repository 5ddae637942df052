import { expect, test } from 'vitest'
import { chosenOf, everything, newcomers } from '../../client/store/incoming.ts'
import { allItems, type ItemId } from '../../shared/domain/agenda.ts'
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
