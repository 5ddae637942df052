import { expect, test } from 'vitest'
import { nextPresence, nobody } from '../../client/store/presence.ts'
import type { PersonId } from '../../shared/domain/agenda.ts'

const me = { id: 'me' as PersonId, name: 'Delegate A', side: 'us', role: 'delegate' } as const
const other = { id: 'other', name: 'Delegate B', side: 'cn', role: 'delegate' }
const own = 1

function states(...list: [number, unknown][]): Map<number, unknown> {
  return new Map(list)
}

test('a person at two devices is one person, in the items of both', () => {
  const { visitors } = nextPresence(
    nobody,
    states([own, {}], [2, { user: other, item: 'b' }], [3, { user: other, item: 'a' }]),
    own,
    me,
  )
  expect(visitors.map(({ id, items }) => [id, items])).toEqual([
    ['me', []],
    ['other', ['a', 'b']],
  ])
})

test('a caret that moves changes nothing of who is here', () => {
  const first = nextPresence(nobody, states([own, {}], [2, { user: other, item: 'a', cursor: 1 }]), own, me)
  expect(nextPresence(first, states([own, {}], [2, { user: other, item: 'a', cursor: 2 }]), own, me)).toBe(first)
  expect(nextPresence(first, states([own, {}], [2, { user: other, item: 'b' }]), own, me)).not.toBe(first)
})

test('somebody who comes leaves the list of another item the same object', () => {
  const third = { id: 'third', name: 'Delegate C', side: 'us', role: 'observer' }
  const first = nextPresence(nobody, states([own, {}], [2, { user: other, item: 'a' }]), own, me)
  const second = nextPresence(
    first,
    states([own, {}], [2, { user: other, item: 'a' }], [3, { user: third, item: 'b' }]),
    own,
    me,
  )
  const item = [...first.byItem.keys()][0]
  expect(item && second.byItem.get(item)).toBe(item && first.byItem.get(item))
  expect(second.visitors).toHaveLength(3)
})

test('one is not shown as a visitor of the item that one has open', () => {
  const { byItem } = nextPresence(nobody, states([own, { item: 'a' }]), own, me)
  expect(byItem.size).toBe(0)
})

test('states that are no states are passed over, and a claimed role is never more than known', () => {
  const { visitors } = nextPresence(
    nobody,
    states(
      [2, null],
      [3, 'x'],
      [4, { user: { name: 'no id' } }],
      [5, { user: { id: 'odd', role: 'emperor', side: 9 } }],
    ),
    own,
    me,
  )
  expect(visitors).toEqual([{ id: 'odd', name: '', side: null, role: 'observer', own: false, items: [] }])
})
