import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { openHistory } from '../../shared/document/history.ts'
import { openReader, readAgenda } from '../../shared/document/read.ts'
import { itemFragment } from '../../shared/document/schema.ts'
import { seed } from '../../shared/document/seed.ts'
import { write } from '../../shared/document/write.ts'
import type { DayId, ItemId, PersonId, ReadingId } from '../../shared/domain/agenda.ts'
import { allItems, locate, proseText } from '../../shared/domain/agenda.ts'
import type { Command } from '../../shared/domain/command.ts'
import { refuse } from '../../shared/domain/refuse.ts'
import { toJson } from '../../shared/export/json.ts'
import { fromJson } from '../../shared/export/parse.ts'
import { large, sample, seeded } from '../support/agenda.ts'

function open(agenda = sample(), clientID = 10): Y.Doc {
  const doc = new Y.Doc()
  doc.clientID = clientID
  Y.applyUpdate(doc, seed(agenda))
  return doc
}

/** Two people with the same document, who hear of each other when `meet` is called. */
function pair(agenda = sample()) {
  const us = open(agenda, 100)
  const cn = open(agenda, 200)
  const meet = () => {
    Y.applyUpdate(us, Y.encodeStateAsUpdate(cn, Y.encodeStateVector(us)))
    Y.applyUpdate(cn, Y.encodeStateAsUpdate(us, Y.encodeStateVector(cn)))
    expect(readAgenda(us)).toEqual(readAgenda(cn))
    return readAgenda(us)
  }
  return { us, cn, meet }
}

function run(doc: Y.Doc, command: Command, random = seeded(1)): void {
  const reader = openReader(doc)
  expect(refuse(reader.snapshot(), command)).toBeNull()
  reader.close()
  write(doc, command, random)
}

function type(doc: Y.Doc, id: ItemId, words: string, language: 'en' | 'zh' = 'en', origin: unknown = 'typing'): void {
  doc.transact(() => {
    const fragment = itemFragment(doc, id, 'objective', language)!
    const paragraph = fragment.get(0) as Y.XmlElement
    let text = paragraph.get(paragraph.length - 1)
    if (!(text instanceof Y.XmlText)) {
      text = new Y.XmlText()
      paragraph.push([text])
    }
    text.insert(text.length, words)
  }, origin)
}

const objective = (agenda: ReturnType<typeof sample>, id: ItemId, language: 'en' | 'zh' = 'en') =>
  proseText(locate(agenda, id)!.item.objective[language])

test('an agenda comes out of a document as it was put in', () => {
  expect(readAgenda(open())).toEqual(sample())
  expect(readAgenda(open(large(50)))).toEqual(large(50))
})

test('seeding twice makes one document, not two copies', () => {
  const doc = open()
  Y.applyUpdate(doc, seed(sample()))
  expect(readAgenda(doc)).toEqual(sample())
  expect(seed(sample())).toEqual(seed(sample()))
})

test('JSON out and in again is equal', () => {
  const parsed = fromJson(toJson(readAgenda(open())))
  expect(parsed).toEqual({ ok: true, agenda: sample() })
  if (parsed.ok) expect(toJson(readAgenda(open(parsed.agenda)))).toBe(toJson(readAgenda(open())))
})

test('two people who move the same item leave it in one place', () => {
  const agenda = sample()
  const [first, second] = agenda.days
  const item = first!.items[3]!.id
  const { us, cn, meet } = pair(agenda)
  run(us, { type: 'move-items', ids: [item], place: { day: second!.id, after: null } }, seeded(1))
  run(cn, { type: 'move-items', ids: [item], place: { day: null, after: null } }, seeded(2))
  const after = meet()
  expect(allItems(after).filter((one) => one.id === item)).toHaveLength(1)
  expect(allItems(after)).toHaveLength(allItems(agenda).length)
})

test('runs of items that two people put in one place do not interleave', () => {
  const agenda = sample()
  const [first, second] = agenda.days
  const { us, cn, meet } = pair(agenda)
  const mine = first!.items.slice(0, 3).map((one) => one.id)
  const theirs = first!.items.slice(4, 7).map((one) => one.id)
  const place = { day: second!.id, after: second!.items[1]!.id }
  run(us, { type: 'move-items', ids: mine, place }, seeded(3))
  run(cn, { type: 'move-items', ids: theirs, place }, seeded(4))
  const order = meet().days[1]!.items.map((one) => one.id)
  const run1 = mine.map((id) => order.indexOf(id))
  const run2 = theirs.map((id) => order.indexOf(id))
  expect([run1[1]! - run1[0]!, run1[2]! - run1[1]!, run2[1]! - run2[0]!, run2[2]! - run2[1]!]).toEqual([1, 1, 1, 1])
})

test('what a colleague typed into an item while it was deleted is there when it is restored', () => {
  const { us, cn, meet } = pair()
  const item = sample().days[0]!.items[2]!.id
  run(us, { type: 'delete-items', ids: [item] })
  type(cn, item, ' And one thing more.')
  expect(locate(meet(), item)).toBeNull()
  run(us, { type: 'restore-items', ids: [item] })
  expect(objective(meet(), item)).toMatch(/ And one thing more\.$/)
})

test('the items of a deleted day wait among the proposals and return with the day', () => {
  const doc = open()
  const before = readAgenda(doc)
  const day = before.days[0]!
  run(doc, { type: 'delete-day', id: day.id })
  const without = readAgenda(doc)
  expect(without.days).toHaveLength(1)
  expect(allItems(without)).toHaveLength(allItems(before).length)
  run(doc, { type: 'restore-day', id: day.id })
  expect(readAgenda(doc)).toEqual(before)
})

test('a person who is deleted holds no role, and holds it again when restored', () => {
  const doc = open()
  const before = readAgenda(doc)
  const person = before.people[0]!.id
  run(doc, { type: 'delete-person', id: person })
  expect(allItems(readAgenda(doc)).some((item) => item.roles.some((role) => role.person === person))).toBe(false)
  expect(fromJson(toJson(readAgenda(doc))).ok).toBe(true)
  run(doc, { type: 'restore-person', id: person })
  expect(readAgenda(doc)).toEqual(before)
})

test('every command does what it says', () => {
  const doc = open()
  const item = 'new-item' as ItemId
  const day = 'new-day' as DayId
  const person = 'new-person' as PersonId
  const reading = 'new-reading' as ReadingId
  run(doc, { type: 'add-day', id: day, settings: { date: '2026-03-14', start: '10:00', end: null } })
  run(doc, {
    type: 'add-item',
    id: item,
    place: { day, after: null },
    settings: { kind: 'breakout', minutes: 50, pinned: '11:00' },
    title: { en: 'New', zh: '新增' },
  })
  run(doc, { type: 'set-item', id: item, settings: { minutes: 55, pinned: null, proposedBy: 'cn' } })
  run(doc, { type: 'set-title', id: item, title: { en: 'Newer' } })
  run(doc, {
    type: 'add-person',
    id: person,
    settings: {
      name: { en: 'Rapporteur', zh: '总结人' },
      affiliation: { en: 'University', zh: '大学' },
      side: 'other',
      sector: 'academia',
      expertise: 'technical',
    },
  })
  run(doc, { type: 'set-person', id: person, settings: { sector: 'industry' } })
  run(doc, { type: 'assign', item, person, role: 'rapporteur' })
  run(doc, {
    type: 'add-reading',
    item,
    id: reading,
    settings: { title: { en: 'Paper', zh: '论文' }, url: 'https://example.org' },
  })
  run(doc, { type: 'set-reading', item, id: reading, settings: { url: 'https://example.org/2' } })
  run(doc, { type: 'set-meeting', settings: { place: { en: 'Geneva', zh: '日内瓦' }, track: '1.5' } })
  const agenda = readAgenda(doc)
  expect(agenda).toMatchObject({ place: { en: 'Geneva', zh: '日内瓦' }, track: '1.5' })
  expect(agenda.days[2]).toMatchObject({ id: day, date: '2026-03-14', start: '10:00' })
  const found = agenda.days[2]!.items[0]!
  expect(found).toMatchObject({
    id: item,
    kind: 'breakout',
    minutes: 55,
    proposedBy: 'cn',
    title: { en: 'Newer', zh: '新增' },
    roles: [{ person, role: 'rapporteur' }],
    readings: [{ id: reading, url: 'https://example.org/2', title: { en: 'Paper', zh: '论文' } }],
  })
  expect('pinned' in found).toBe(false)
  expect(agenda.people.at(-1)).toMatchObject({ id: person, sector: 'industry' })
  run(doc, { type: 'unassign', item, person, role: 'rapporteur' })
  run(doc, { type: 'delete-reading', item, id: reading })
  expect(readAgenda(doc).days[2]!.items[0]).toMatchObject({ roles: [], readings: [] })
})

test('undo takes back one’s own edits only, structure and prose in one history', () => {
  const { us, cn, meet } = pair()
  const item = sample().days[0]!.items[2]!.id
  const other = sample().days[0]!.items[4]!.id
  const before = readAgenda(us)
  const history = openHistory(us)
  history.track('typing')
  type(us, item, ' Mine.')
  history.boundary()
  run(us, { type: 'move-items', ids: [item], place: { day: null, after: null } })
  history.boundary()
  type(cn, item, ' Theirs.')
  run(cn, { type: 'set-item', id: other, settings: { minutes: 42 } })
  meet()
  expect(history.undo()).toBe(true)
  expect(locate(readAgenda(us), item)!.day?.id).toBe(before.days[0]!.id)
  expect(history.undo()).toBe(true)
  const undone = meet()
  expect(objective(undone, item)).toMatch(/ Theirs\.$/)
  expect(objective(undone, item)).not.toContain('Mine')
  expect(locate(undone, other)!.item.minutes).toBe(42)
  expect(history.canUndo).toBe(false)
  expect([history.redo(), history.redo()]).toEqual([true, true])
  const redone = meet()
  expect(objective(redone, item)).toContain('Mine')
  expect(locate(redone, item)!.day).toBeNull()
  history.close()
})

test('undoing an addition hides it and keeps what somebody else wrote into it', () => {
  const { us, cn, meet } = pair()
  const id = 'added' as ItemId
  const history = openHistory(us)
  run(us, { type: 'add-item', id, place: { day: null, after: null }, settings: {} })
  meet()
  type(cn, id, '对方写入的内容', 'zh')
  meet()
  expect(history.undo()).toBe(true)
  expect(locate(meet(), id)).toBeNull()
  run(cn, { type: 'restore-items', ids: [id] })
  expect(objective(meet(), id, 'zh')).toBe('对方写入的内容')
  history.close()
})

test('undoing a paragraph that a colleague wrote in leaves the colleague’s words', () => {
  const { us, cn, meet } = pair()
  const item = sample().days[0]!.items[2]!.id
  const history = openHistory(us)
  history.track('typing')
  us.transact(() => {
    const paragraph = new Y.XmlElement('paragraph')
    const text = new Y.XmlText()
    text.insert(0, 'Mine. ')
    paragraph.insert(0, [text])
    itemFragment(us, item, 'output', 'en')!.push([paragraph])
  }, 'typing')
  meet()
  cn.transact(() => {
    const fragment = itemFragment(cn, item, 'output', 'en')!
    const text = (fragment.get(fragment.length - 1) as Y.XmlElement).get(0) as Y.XmlText
    text.insert(text.length, 'Theirs.')
  })
  meet()
  history.undo()
  expect(proseText(locate(meet(), item)!.item.output.en)).toMatch(/\nTheirs\.$/)
  history.close()
})

test('undo does not override what another person has set since', () => {
  const { us, cn, meet } = pair()
  const item = sample().days[0]!.items[2]!.id
  const history = openHistory(us)
  run(us, { type: 'set-item', id: item, settings: { minutes: 50 } })
  meet()
  run(cn, { type: 'set-item', id: item, settings: { minutes: 60 } })
  meet()
  history.undo()
  expect(locate(meet(), item)!.item.minutes).toBe(60)
  history.close()
})

test('after one keystroke every other item is the same object', () => {
  const doc = open(large(500))
  const reader = openReader(doc)
  const before = reader.snapshot().agenda
  const item = before.days[0]!.items[7]!.id
  type(doc, item, 'x')
  const after = reader.snapshot().agenda
  expect(after).not.toBe(before)
  expect(after.days[1]).toBe(before.days[1])
  expect(after.people).toBe(before.people)
  const changed = allItems(after).filter((one, index) => one !== allItems(before)[index])
  expect(changed.map((one) => one.id)).toEqual([item])
  expect(changed[0]!.questions).toBe(before.days[0]!.items[7]!.questions)
  expect(reader.snapshot()).toBe(reader.snapshot())
})

test('the incremental reading is what a fresh reading is, after any command', () => {
  const doc = open()
  const reader = openReader(doc)
  const random = seeded(7)
  for (let step = 0; step < 200; step++) {
    const { agenda, removed } = reader.snapshot()
    const items = allItems(agenda)
    const item = items[Math.floor(random() * items.length)]!
    const day = agenda.days[Math.floor(random() * agenda.days.length)]
    const commands: Command[] = [
      { type: 'move-items', ids: [item.id], place: { day: day?.id ?? null, after: null } },
      { type: 'set-item', id: item.id, settings: { minutes: 1 + Math.floor(random() * 90) } },
      { type: 'delete-items', ids: [item.id] },
      { type: 'delete-person', id: agenda.people[0]?.id ?? ('x' as PersonId) },
      { type: 'restore-person', id: removed.people[0]?.id ?? ('x' as PersonId) },
      { type: 'delete-day', id: day?.id ?? ('x' as DayId) },
      { type: 'restore-day', id: removed.days[0]?.id ?? ('x' as DayId) },
      { type: 'restore-items', ids: [removed.items[0]?.id ?? ('x' as ItemId)] },
      { type: 'add-item', id: `s${step}` as ItemId, place: { day: day?.id ?? null, after: null }, settings: {} },
    ]
    const command = commands[Math.floor(random() * commands.length)]!
    if (refuse(reader.snapshot(), command) === null) write(doc, command, random)
    const fresh = openReader(doc)
    expect(reader.snapshot()).toEqual(fresh.snapshot())
    fresh.close()
  }
})

test('equal and broken order keys are repaired by the next local insertion, and only then', () => {
  const doc = open()
  const items = doc.getMap('items') as Y.Map<Y.Map<unknown>>
  const day = readAgenda(doc).days[0]!
  for (const [index, item] of day.items.entries()) {
    items.get(item.id)!.set('place', { day: day.id, order: index === 5 ? '!broken!' : 'a0' })
  }
  const before = readAgenda(doc).days[0]!.items.map((one) => one.id)
  run(doc, {
    type: 'add-item',
    id: 'between' as ItemId,
    place: { day: day.id, after: before[6]! },
    settings: {},
  })
  const after = readAgenda(doc).days[0]!.items.map((one) => one.id)
  expect(after).toEqual([...before.slice(0, 7), 'between', ...before.slice(7)])
})

test('an item that a repair gives a new key among the proposals still returns with its deleted day', () => {
  const doc = open()
  const items = doc.getMap('items') as Y.Map<Y.Map<unknown>>
  const day = readAgenda(doc).days[0]!
  for (const item of day.items) items.get(item.id)!.set('place', { day: day.id, order: 'a0' })
  run(doc, { type: 'delete-day', id: day.id })
  const shown = readAgenda(doc).proposals.map((one) => one.id)
  const after = shown.find((id) => day.items.some((one) => one.id === id))!
  run(doc, { type: 'add-item', id: 'between' as ItemId, place: { day: null, after }, settings: {} })
  expect(readAgenda(doc).proposals[shown.indexOf(after) + 1]!.id).toBe('between')
  run(doc, { type: 'restore-day', id: day.id })
  const ids = (row: readonly { id: ItemId }[]) => row.map((one) => one.id)
  expect(ids(readAgenda(doc).days[0]!.items).sort()).toEqual(ids(day.items).sort())
  expect(ids(readAgenda(doc).proposals)).toContain('between')
})

test('whatever somebody wrote into the document, it reads as a valid agenda', () => {
  const doc = open()
  const items = doc.getMap('items') as Y.Map<unknown>
  const id = readAgenda(doc).days[0]!.items[2]!.id
  const item = items.get(id) as Y.Map<unknown>
  const hostile: (() => unknown)[] = [
    () => 'x',
    () => -1,
    () => 1e9,
    () => null,
    () => ({ a: 1 }),
    () => [1],
    () => new Uint8Array(3),
    () => true,
    () => new Y.Array(),
    () => new Y.Text('t'),
  ]
  const names = [
    'kind',
    'topic',
    'minutes',
    'pinned',
    'place',
    'deleted',
    'title.en',
    'objective.zh',
    'roles',
    'readings',
  ]
  for (const name of names) {
    for (const make of hostile) {
      item.set(name, make())
      doc.getMap('meta').set('zones.us', make())
      doc.getMap('days').set('odd', make())
      const parsed = fromJson(toJson(readAgenda(doc)))
      expect(parsed.ok ? '' : parsed.problems).toBe('')
    }
  }
  const fragment = new Y.XmlFragment()
  item.set('title.en', fragment)
  fragment.insert(0, [new Y.XmlText('bare'), new Y.XmlElement('script'), new Y.XmlElement('bulletList')])
  let deep: Y.XmlFragment = fragment
  for (let depth = 0; depth < 200; depth++) {
    const list = new Y.XmlElement('bulletList')
    const entry = new Y.XmlElement('listItem')
    list.insert(0, [entry])
    deep.insert(0, [list])
    deep = entry
  }
  expect(fromJson(toJson(readAgenda(doc))).ok).toBe(true)
})

test('a link that could run is read as its words', () => {
  const doc = open()
  const id = readAgenda(doc).days[0]!.items[2]!.id
  doc.transact(() => {
    const paragraph = itemFragment(doc, id, 'objective', 'en')!.get(0) as Y.XmlElement
    const text = paragraph.get(0) as Y.XmlText
    text.insert(0, 'click', { link: { href: 'javascript:alert(1)' }, bold: {} })
  })
  expect(locate(readAgenda(doc), id)!.item.objective.en[0]).toMatchObject({
    content: [{ text: 'click', marks: ['bold'] }, {}],
  })
})
