import { expect, test } from 'vitest'
import type { DayId, ItemId, PersonId, ReadingId } from '../../shared/domain/agenda.ts'
import type { Command, Snapshot } from '../../shared/domain/command.ts'
import { moveDown, moveUp } from '../../shared/domain/move.ts'
import { isLink, refuse } from '../../shared/domain/refuse.ts'
import { sample } from '../support/agenda.ts'

const agenda = sample()
const snapshot: Snapshot = { agenda, removed: { items: [], days: [], people: [], terms: [] }, final: null }
const [first, second] = agenda.days
const a = first!.items[0]!.id
const b = first!.items[1]!.id
const c = first!.items[2]!.id
const person = agenda.people[0]!.id

const wrong: [string, Command, string, string][] = [
  ['minutes of zero', { type: 'set-item', id: a, settings: { minutes: 0 } }, 'out-of-range', 'settings.minutes'],
  ['half a minute', { type: 'set-item', id: a, settings: { minutes: 1.5 } }, 'not-a-number', 'settings.minutes'],
  [
    'no number at all',
    { type: 'set-item', id: a, settings: { minutes: Number.NaN } },
    'not-a-number',
    'settings.minutes',
  ],
  ['a pin at 25:00', { type: 'set-item', id: a, settings: { pinned: '25:00' } }, 'not-a-time', 'settings.pinned'],
  ['an item that is not there', { type: 'set-item', id: 'x' as ItemId, settings: {} }, 'not-found', 'id'],
  [
    'a kind that is not one',
    { type: 'set-item', id: a, settings: { kind: 'party' as never } },
    'not-a-choice',
    'settings.kind',
  ],
  [
    'an id that is taken',
    { type: 'add-item', id: a, place: { day: null, after: null }, settings: {} },
    'already-there',
    'id',
  ],
  [
    'a place on a day that is not there',
    { type: 'move-items', ids: [a], place: { day: 'x' as DayId, after: null } },
    'not-found',
    'place.day',
  ],
  [
    'a place behind an item of another day',
    { type: 'move-items', ids: [a], place: { day: second!.id, after: b } },
    'not-found',
    'place.after',
  ],
  [
    'a move to where it is',
    { type: 'move-items', ids: [b], place: { day: first!.id, after: a } },
    'nothing-to-do',
    'place',
  ],
  ['a move of nothing', { type: 'move-items', ids: [], place: { day: null, after: null } }, 'nothing-to-do', 'ids'],
  ['one item twice', { type: 'delete-items', ids: [a, a] }, 'already-there', 'ids'],
  ['restoring what is not deleted', { type: 'restore-items', ids: [a] }, 'not-found', 'ids[0]'],
  [
    'a date that no calendar has',
    { type: 'set-day', id: first!.id, settings: { date: '2026-02-30' } },
    'not-a-date',
    'settings.date',
  ],
  [
    'a day that ends before it starts',
    { type: 'set-day', id: first!.id, settings: { start: '10:00', end: '09:00' } },
    'out-of-range',
    'settings.end',
  ],
  ['a role for nobody', { type: 'assign', item: a, person: 'x' as PersonId, role: 'chair' }, 'not-found', 'person'],
  ['a role that is held', { type: 'assign', item: b, person, role: 'chair' }, 'nothing-to-do', 'role'],
  [
    'a link that runs',
    {
      type: 'add-reading',
      item: a,
      id: 'r' as ReadingId,
      settings: { title: { en: '', zh: '' }, url: 'javascript:alert(1)' },
    },
    'not-a-link',
    'settings.url',
  ],
  [
    'a zone that is not one',
    { type: 'set-meeting', settings: { zones: { ...agenda.zones, us: 'Mars' } } },
    'not-a-zone',
    'settings.zones.us',
  ],
  [
    'a name of a page',
    { type: 'set-person', id: person, settings: { name: { en: '', zh: '名'.repeat(501) } } },
    'too-long',
    'settings.name.zh',
  ],
]

test.each(wrong)('%s is refused, and the refusal names the field', (_what, command, code, field) => {
  expect(refuse(snapshot, command)).toEqual({ code, field })
})

test('what can be done is not refused', () => {
  expect(refuse(snapshot, { type: 'move-items', ids: [a, c], place: { day: second!.id, after: null } })).toBeNull()
  expect(refuse(snapshot, { type: 'set-item', id: a, settings: { minutes: 45, pinned: null } })).toBeNull()
  expect(refuse(snapshot, { type: 'unassign', item: b, person, role: 'chair' })).toBeNull()
})

test('moving down the last item of a day puts it first on the next day, and moving up brings it back', () => {
  const last = first!.items.at(-1)!.id
  expect(moveDown(agenda, [last])).toEqual({ type: 'move-items', ids: [last], place: { day: second!.id, after: null } })
  const top = second!.items[0]!.id
  expect(moveUp(agenda, [top])).toEqual({ type: 'move-items', ids: [top], place: { day: first!.id, after: last } })
})

test('moving several gathers them first, then goes on as one', () => {
  expect(moveUp(agenda, [c, a])).toEqual({ type: 'move-items', ids: [a, c], place: { day: first!.id, after: null } })
  expect(moveDown(agenda, [a, b])).toEqual({ type: 'move-items', ids: [a, b], place: { day: first!.id, after: c } })
})

test('at the very top and the very end there is nowhere to go', () => {
  expect(moveUp(agenda, [a])).toBeNull()
  expect(moveDown(agenda, [agenda.proposals.at(-1)!.id])).toBeNull()
  expect(moveDown(agenda, [second!.items.at(-1)!.id])?.place).toEqual({ day: null, after: null })
})

test('only web and mail addresses are links', () => {
  expect(['https://example.org/a?b=c', 'http://example.org', 'mailto:chair@example.org'].every(isLink)).toBe(true)
  expect(
    ['javascript:alert(1)', ' https://example.org', 'data:text/html,x', '//example.org', 'https://', 1].some(isLink),
  ).toBe(false)
})
