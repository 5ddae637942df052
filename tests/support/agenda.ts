import type { Agenda, ItemId } from '../../shared/domain/agenda.ts'
import { sampleAgenda } from '../../shared/domain/sample.ts'
import { template } from '../../shared/domain/template.ts'

/** Ids that count: `n1`, `n2`, ... */
export function counter(prefix = 'n'): () => string {
  let count = 0
  return () => `${prefix}${++count}`
}

export function sample(date = '2026-03-12'): Agenda {
  return sampleAgenda({ date, newId: counter() })
}

export function blank(): Agenda {
  return template('blank', { title: { en: 'Blank', zh: '空白' }, date: '2026-03-12', newId: counter() })
}

/** A synthetic agenda of `count` items over two days, each with prose in both languages. */
export function large(count: number): Agenda {
  const agenda = sample()
  const model = agenda.days[0]!.items[2]!
  const items = Array.from({ length: count }, (_, index) => ({
    ...model,
    id: `item-${index}` as ItemId,
    title: { en: `Session ${index}`, zh: `专题讨论 ${index}` },
  }))
  const half = Math.ceil(count / 2)
  return {
    ...agenda,
    days: agenda.days.map((day, index) => ({
      ...day,
      items: index === 0 ? items.slice(0, half) : index === 1 ? items.slice(half) : [],
    })),
    proposals: [],
  }
}

/** Order is told by moves for items; of people, terms, roles and readings it is nobody's word. */
export function unordered(agenda: Agenda): Agenda {
  const sorted = <T>(row: readonly T[], key: (one: T) => string): T[] =>
    [...row].sort((a, b) => (key(a) < key(b) ? -1 : 1))
  const item = (one: Agenda['proposals'][number]) => ({
    ...one,
    roles: sorted(one.roles, (role) => `${role.role} ${role.person}`),
    readings: sorted(one.readings, (reading) => reading.id),
  })
  return {
    ...agenda,
    days: agenda.days.map((day) => ({ ...day, items: day.items.map(item) })),
    proposals: agenda.proposals.map(item),
    people: sorted(agenda.people, (person) => person.id),
    glossary: sorted(agenda.glossary, (term) => term.id),
  }
}

/** Random numbers in [0, 1) from a seed (mulberry32), so that whatever fails can be run again. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
