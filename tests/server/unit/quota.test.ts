import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Budgets,
  budgets,
  createQuotas,
  type Kind,
  type Limits,
  type Of,
  type Quotas,
} from '../../../server/access/quota.ts'

const member = (person: string, invitation: string, meeting = 'm') => ({ person, invitation, meeting }) as Of

const small: Partial<Limits> = {
  joins: { link: { most: 4, perMinute: 60 }, meeting: { most: 6, perMinute: 60 } },
  uploads: { link: { most: 10 }, server: { most: 15 } },
  people: { lasts: true, link: { most: 2 } },
  waiting: { person: { most: 10 }, link: { most: 15 }, meeting: { most: 20 }, server: { most: 100 } },
}

function set(): { quotas: Quotas; warned: string[]; clock: { at: number } } {
  const clock = { at: 0 }
  const warned: string[] = []
  const warn = ({ kind, owner, id }: { kind: Kind; owner: string; id: string }) => warned.push(`${kind} ${owner} ${id}`)
  return { clock, warned, quotas: createQuotas({ limits: small, steady: () => clock.at, warn }) }
}
const takes = (quotas: Quotas, kind: Kind, of: Of, most = 100) => {
  let count = 0
  while (count < most && quotas.take(kind, of) === null) count += 1
  return count
}

test('P5: the names of a link share what it has, links what their meeting has, and another meeting is as before', () => {
  const { quotas } = set()
  expect([takes(quotas, 'joins', member('a', 'one')), takes(quotas, 'joins', member('b', 'one'))]).toEqual([4, 0])
  expect(takes(quotas, 'joins', member('c', 'two'))).toBe(2)
  expect(takes(quotas, 'joins', member('d', 'three', 'another'))).toBe(4)
})

test('P5: who is refused is told whose budget it is and how long it takes, and then it is granted', () => {
  const { quotas, clock } = set()
  takes(quotas, 'joins', member('a', 'one'))
  expect(quotas.take('joins', member('a', 'one'), 2)).toEqual({ kind: 'joins', owner: 'link', seconds: 2 })
  clock.at += 1999
  expect(quotas.take('joins', member('a', 'one'), 2)).not.toBe(null)
  clock.at += 1
  expect(quotas.take('joins', member('a', 'one'), 2)).toBe(null)
  takes(quotas, 'people', member('a', 'one'))
  expect(quotas.take('people', member('a', 'one'))).toEqual({ kind: 'people', owner: 'link', seconds: null })
})

test('P5: what one owner refuses is taken from no other', () => {
  const { quotas } = set()
  expect(quotas.take('uploads', member('a', 'one'), 10)).toBe(null)
  expect(quotas.take('uploads', member('b', 'two', 'another'), 6)).toMatchObject({ owner: 'server' })
  expect(quotas.take('uploads', member('b', 'two', 'another'), 5)).toBe(null)
  quotas.give('uploads', member('a', 'one'), 10)
  expect(quotas.take('uploads', member('b', 'two', 'another'), 5)).toBe(null)
})

test('a budget that is nearly used up is told once an hour', () => {
  const { quotas, warned, clock } = set()
  const of = member('a', 'one')
  quotas.add('waiting', of, 7)
  expect(warned).toEqual([])
  for (const more of [1, 1, -1, 1]) quotas.add('waiting', of, more)
  expect(warned).toEqual(['waiting person a'])
  clock.at += 3_600_000
  for (const more of [-9, 9]) quotas.add('waiting', of, more)
  expect(warned).toEqual(['waiting person a', 'waiting person a'])
  expect(quotas.use()).toContainEqual({ kind: 'waiting', owner: 'person', percent: 90 })
  expect(quotas.add('waiting', of, 8)).toBe('person')
  expect(quotas.denials()).toMatchObject([{ kind: 'waiting', owner: 'person', count: 1 }])
})

test('whatever is taken and given back, in whatever order, no owner has more than its budget and all comes back', () => {
  const step = fc.record({ who: fc.integer({ min: 0, max: 5 }), amount: fc.integer({ min: 1, max: 8 }) })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { quotas } = set()
      const taken: [Of, number][] = []
      for (const { who, amount } of steps) {
        const of = member(`p${who}`, `l${who % 3}`, `m${who % 2}`)
        if (quotas.take('uploads', of, amount) === null) taken.push([of, amount])
        expect(quotas.used('uploads', 'link', of)).toBeLessThanOrEqual(10)
        expect(quotas.used('uploads', 'server', of)).toBe(taken.reduce((sum, [, one]) => sum + one, 0))
        expect(quotas.used('uploads', 'server', of)).toBeLessThanOrEqual(15)
      }
      for (const [of, amount] of taken) quotas.give('uploads', of, amount)
      expect(quotas.use().every(({ percent }) => percent === 0)).toBe(true)
    }),
  )
})

test('an owner has no less than those within it may have together in the narrower budget of one', () => {
  for (const { lasts: _, ...budget } of Object.values(budgets) as { lasts?: true }[]) {
    const sizes = Object.values(budget as Record<string, { most: number }>).map(({ most }) => most)
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b))
  }
})

test('P5: two links that use up all they may leave room for a third', () => {
  const shared = (Object.keys(budgets) as Kind[]).flatMap((kind) => {
    const { link, meeting }: Budgets = budgets[kind]
    // What waits is dropped rather than refused: whoever has most loses first.
    return link === undefined || meeting === undefined || kind === 'waiting' ? [] : [{ kind, link, meeting }]
  })
  expect(shared.length).toBeGreaterThan(9)
  for (const { kind, link, meeting } of shared) {
    expect([kind, link.most * 2 < meeting.most]).toEqual([kind, true])
    expect([kind, (link.perMinute ?? 0) * 2 <= (meeting.perMinute ?? 0)]).toEqual([kind, true])
  }
  const unshared = (Object.keys(budgets) as Kind[]).filter((kind) => (budgets[kind] as Budgets).link === undefined)
  expect(unshared).toEqual([])
})
