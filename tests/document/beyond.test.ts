import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { openReader, readAgenda } from '../../shared/document/read.ts'
import { itemFragment } from '../../shared/document/schema.ts'
import { seed } from '../../shared/document/seed.ts'
import { allItems, type ItemId, proseText } from '../../shared/domain/agenda.ts'
import type { Command } from '../../shared/domain/command.ts'
import { longestName, longestText, most } from '../../shared/domain/fields.ts'
import { refuse, refuseMany } from '../../shared/domain/refuse.ts'
import { toJson } from '../../shared/export/json.ts'
import { fromJson } from '../../shared/export/parse.ts'
import { readAgendaFile } from '../../shared/import/file.ts'
import { counter, large, sample } from '../support/agenda.ts'

/** What people may not enter can still be merged; then the agenda ends where it must, and says so. */

function open(agenda = sample()): Y.Doc {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, seed(agenda))
  return doc
}

function type(doc: Y.Doc, id: string, text: 'title' | 'objective', words: string): void {
  const fragment = itemFragment(doc, id as ItemId, text, 'en')!
  const paragraph = new Y.XmlElement('paragraph')
  fragment.delete(0, fragment.length)
  fragment.insert(0, [paragraph])
  paragraph.insert(0, [new Y.XmlText(words)])
}

function flood(doc: Y.Doc, count: number, day: string | null, order = 'a'): void {
  doc.transact(() => {
    for (let at = 0; at < count; at++) {
      const item = new Y.Map()
      doc.getMap('items').set(`flood${at}`, item)
      item.set('place', { day, order: `${order}${at}` })
    }
  })
}

test('words beyond their limit end in dots, are counted, and are whole again once they are shortened', () => {
  const doc = open()
  const reader = openReader(doc)
  expect(reader.snapshot().beyond).toBeUndefined()
  const id = sample().days[0]!.items[0]!.id
  type(doc, id, 'title', 'A'.repeat(50_000))
  doc.getMap('meta').set('title.en', `${'议'.repeat(longestName - 2)}👩‍🔬`)
  doc.getMap('meta').set('place.zh', 'x'.repeat(longestName))
  const person = doc.getMap('people').values().next().value as Y.Map<unknown>
  person.set('name.en', 'N'.repeat(1_000_000))
  type(doc, id, 'objective', 'word '.repeat(longestText))

  const { agenda, beyond } = reader.snapshot()
  const item = allItems(agenda).find((one) => one.id === id)!
  expect(beyond).toEqual({ texts: 4, entries: 0 })
  expect(item.title.en).toBe(`${'A'.repeat(longestName - 1)}…`)
  // Never half of a character.
  expect(agenda.title.en).toBe(`${'议'.repeat(longestName - 2)}…`)
  expect(agenda.place.zh).toHaveLength(longestName)
  expect(proseText(item.objective.en).length).toBeLessThanOrEqual(longestText)
  expect(fromJson(toJson(agenda))).toMatchObject({ ok: true })
  expect(agenda).toEqual(readAgenda(doc))

  // Typing elsewhere in the same item forgets nothing of it.
  type(doc, id, 'objective', 'Short')
  expect(reader.snapshot().beyond).toEqual({ texts: 3, entries: 0 })
  type(doc, id, 'title', 'Opening')
  person.set('name.en', 'A delegate')
  doc.getMap('meta').set('title.en', 'Title')
  expect(reader.snapshot().beyond).toBeUndefined()
})

test('a text of very many lines ends, too', () => {
  const doc = open()
  const id = sample().days[0]!.items[0]!.id
  const fragment = itemFragment(doc, id, 'objective', 'en')!
  type(doc, id, 'objective', 'begin')
  doc.transact(() =>
    fragment.insert(
      1,
      Array.from({ length: 12_000 }, () => new Y.XmlElement('paragraph')),
    ),
  )
  fragment.push([new Y.XmlElement('paragraph')])
  ;(fragment.get(fragment.length - 1) as Y.XmlElement).insert(0, [new Y.XmlText('end')])
  const reader = openReader(doc)
  expect(reader.snapshot().beyond).toEqual({ texts: 1, entries: 0 })
  expect(fromJson(toJson(reader.snapshot().agenda))).toMatchObject({ ok: true })
})

test('of a flooded day so many items are shown that the other days keep theirs', () => {
  const doc = open()
  const reader = openReader(doc)
  const before = reader.snapshot().agenda
  flood(doc, 20_000, before.days[0]!.id)
  const { agenda, beyond } = reader.snapshot()
  expect(allItems(agenda)).toHaveLength(most.items)
  expect(agenda.days[1]).toEqual(before.days[1])
  expect(agenda.proposals).toEqual(before.proposals)
  expect(beyond).toEqual({ texts: 0, entries: allItems(before).length + 20_000 - most.items })
  expect(agenda).toEqual(readAgenda(doc))
  // An item that is not shown changes nothing that is.
  ;(doc.getMap('items').get('flood19999') as Y.Map<unknown>).set('minutes', 90)
  expect(reader.snapshot().agenda.days[0]!.items).toEqual(agenda.days[0]!.items)
  doc.transact(() => {
    for (let at = 0; at < 20_000; at++) (doc.getMap('items').get(`flood${at}`) as Y.Map<unknown>).set('deleted', true)
  })
  expect(reader.snapshot().agenda).toEqual(before)
  expect(reader.snapshot().beyond).toBeUndefined()
  expect(reader.snapshot().removed.items.length).toBeLessThanOrEqual(most.items)
})

test('people, days, terms and their lists end at their limits', () => {
  const doc = open()
  const some = sample().days[0]!.items[0]!.id
  doc.transact(() => {
    for (const [root, count] of Object.entries({ people: most.people, days: most.days, glossary: most.terms })) {
      for (let at = 0; at < count + 5; at++) doc.getMap(root).set(`z${at}`, new Y.Map([['order', `z${at}`]]))
    }
    const item = doc.getMap('items').get(some) as Y.Map<Y.Map<unknown>>
    for (let at = 0; at < most.readings + 5; at++) item.get('readings')!.set(`r${at}`, new Y.Map())
    for (let at = 0; at < most.roles + 5; at++) item.get('roles')!.set(`presenter z${at}`, '')
  })
  const reader = openReader(doc)
  const { agenda, beyond } = reader.snapshot()
  const { days, people, glossary } = sample()
  expect([agenda.people.length, agenda.days.length, agenda.glossary.length]).toEqual([
    most.people,
    most.days,
    most.terms,
  ])
  expect(beyond!.entries).toBe(days.length + people.length + glossary.length + 15)
  expect(fromJson(toJson(agenda))).toMatchObject({ ok: true })
})

test('a full agenda refuses one more of a kind, by each command that adds, and takes it once there is room', () => {
  const doc = open()
  const reader = openReader(doc)
  const items = allItems(reader.snapshot().agenda)
  const add = {
    type: 'add-item',
    id: 'one-more',
    place: { day: null, after: null },
    settings: {},
  } as unknown as Command
  flood(doc, most.items - items.length, null)
  expect(reader.snapshot().beyond).toBeUndefined()
  expect(refuse(reader.snapshot(), add)).toEqual({ code: 'too-many', field: 'items' })
  expect(
    refuse(reader.snapshot(), { type: 'move-items', ids: [items[0]!.id], place: { day: null, after: null } }),
  ).toBeNull()
  const gone = { type: 'delete-items', ids: [items[0]!.id] } as const
  expect(refuseMany(reader.snapshot(), [add])).toEqual({ code: 'too-many', field: 'items' })
  expect(refuseMany(reader.snapshot(), [gone, add])).toBeNull()
  ;(doc.getMap('items').get('flood0') as Y.Map<unknown>).set('deleted', true)
  expect(refuse(reader.snapshot(), add)).toBeNull()
})

test('a file with more than an agenda holds is refused, and says how much that is', async () => {
  const agenda = large(most.items + 1)
  expect(fromJson(toJson(large(most.items)))).toMatchObject({ ok: true })
  expect(fromJson(toJson(agenda))).toMatchObject({ ok: false })
  const line = (at: number) => `${String(8 + (at % 10)).padStart(2, '0')}:00 Item ${at}`
  const text = Array.from(
    { length: most.items + 1 },
    (_, at) => `${at % 10 === 0 ? `## 2026-03-${String(1 + ((at / 10) % 28)).padStart(2, '0')}\n` : ''}${line(at)}`,
  )
  const file = { name: 'agenda.md', bytes: new TextEncoder().encode(text.join('\n')) }
  const options = { zones: agenda.zones, today: '2026-03-01', newId: counter() }
  expect(await readAgendaFile(file, { ...options, language: 'en' })).toMatchObject({
    status: 'refused',
    reason: 'too-many',
    message: expect.stringContaining('2000 items'),
  })
  expect(await readAgendaFile(file, { ...options, language: 'zh' })).toMatchObject({
    message: expect.stringContaining('议程未作任何改动'),
  })
})
