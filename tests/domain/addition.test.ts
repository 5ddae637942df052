import { expect, test } from 'vitest'
import { additions } from '../../shared/domain/addition.ts'
import type { Agenda, Prose } from '../../shared/domain/agenda.ts'
import { counter, sample } from '../support/agenda.ts'

test('what comes in brings no id of its own, those of brackets in lists neither', () => {
  const bracket = {
    type: 'bracket' as const,
    id: 'of-the-file-bracket',
    alternatives: [
      { id: 'of-the-file-side', side: 'us' as const, content: [{ type: 'text' as const, text: 'by June' }] },
    ],
  }
  const prose: Prose = [
    { type: 'paragraph', content: [bracket] },
    { type: 'bullet-list', items: [[{ type: 'paragraph', content: [bracket] }]] },
  ]
  const agenda = sample()
  const named = JSON.parse(JSON.stringify(agenda).replace(/"(n\d+)"/g, '"of-the-file-$1"')) as Agenda
  const [day] = named.days
  const items = day!.items.map((item) => ({ ...item, output: { en: prose, zh: prose } }))
  const people = named.people.map((one) => ({ ...one, name: { en: `New ${one.name.en}`, zh: `新${one.name.zh}` } }))
  const incoming = { ...named, people, days: [{ ...day!, items }, ...named.days.slice(1)] }
  const snapshot = { agenda, removed: { items: [], days: [], people: [], terms: [] }, final: null }
  const commands = JSON.stringify(additions(snapshot, incoming, counter('own-')))
  expect(commands).toContain('by June')
  expect(commands).toContain('"own-1"')
  expect(commands).not.toContain('of-the-file')
  const brackets = [...commands.matchAll(/"type":"bracket","id":"([^"]+)"/g)].map((match) => match[1])
  expect(brackets).toHaveLength(items.length * 4)
  expect(new Set(brackets).size).toBe(brackets.length)
})
