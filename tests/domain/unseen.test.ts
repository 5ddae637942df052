import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { openHistory } from '../../shared/document/history.ts'
import { openReader } from '../../shared/document/read.ts'
import { seed } from '../../shared/document/seed.ts'
import { write } from '../../shared/document/write.ts'
import { type Agenda, allItems, type ItemId, type PersonId } from '../../shared/domain/agenda.ts'
import type { Command } from '../../shared/domain/command.ts'
import { type Comparison, compare } from '../../shared/domain/compare.ts'
import {
  countNews,
  type News,
  ofParty,
  type Seen,
  type Unseen,
  unclaimed,
  unreadItems,
  unseen,
} from '../../shared/domain/unseen.ts'
import { counter, sample, seeded } from '../support/agenda.ts'
import { someCommand } from '../support/command.ts'
import { markedBy } from '../support/marks.ts'

const us = 'us-delegate' as PersonId
const cn = 'cn-delegate' as PersonId
const nobody = 'nobody' as PersonId
const people = { [us]: { name: 'U.S. delegate', side: 'us' as const }, [cn]: { name: '中方代表', side: 'cn' as const } }

/** A meeting that two people work on, one command at a time, and what is new to each since the beginning. */
function meet(agenda: Agenda = sample()) {
  const doc = new Y.Doc()
  doc.clientID = 10
  Y.applyUpdate(doc, seed(agenda))
  const reader = openReader(doc)
  const before = reader.snapshot().agenda
  let [by, at] = [us, 0]
  const marks = markedBy(doc, () => ({ by, at }))
  return {
    before,
    doc,
    snapshot: reader.snapshot,
    after: () => reader.snapshot().agenda,
    marks,
    as(who: PersonId, ...commands: Command[]) {
      by = who
      for (const command of commands) {
        at += 1
        write(doc, command, () => 0.5)
      }
    },
    turn(who: PersonId) {
      by = who
      at += 1
    },
    newTo: (me: PersonId, more: Partial<Seen> = {}) =>
      unseen({ before, after: reader.snapshot().agenda, marks: marks(), people, me, complete: true, ...more }),
  }
}

const first = (agenda: Agenda) => agenda.days[0]!.items
const told = ({ news }: Unseen) =>
  news.map(({ id, difference }) =>
    [id, difference.type, 'field' in difference ? difference.field : ''].join(' ').trim(),
  )
const names = (news: News | undefined) => news?.authors.map((one) => one.name)

test('what others changed is new, by field and language, with who and when; what I changed is not', () => {
  const { before, as, newTo } = meet()
  const [a, b] = [first(before)[1]!, first(before)[2]!]
  as(cn, { type: 'set-title', id: a.id, title: { zh: '新题目' } })
  as(
    us,
    { type: 'set-title', id: a.id, title: { en: 'New title' } },
    { type: 'set-item', id: b.id, settings: { topic: 'bias' } },
  )
  const mine = newTo(us)
  expect(mine.news).toEqual([
    {
      kind: 'item',
      id: a.id,
      difference: { type: 'words', field: 'title', language: 'zh', before: a.title.zh, after: '新题目' },
      authors: [{ id: cn, name: '中方代表', side: 'cn' }],
      own: false,
      at: 1,
    },
  ])
  expect(mine.comparison.items.map((one) => one.changes.length)).toEqual([1])
  expect(told(newTo(cn))).toEqual([`${a.id} words title`, `${b.id} value topic`])
  expect(newTo(nobody).news).toHaveLength(3)
})

test('a field that both of us changed is new to both', () => {
  const { before, as, newTo } = meet()
  const { id } = first(before)[1]!
  as(cn, { type: 'set-title', id, title: { en: 'One' } })
  as(us, { type: 'set-title', id, title: { en: 'Two' } })
  expect(newTo(us).news.map(({ authors, own, at }) => [authors[0]!.id, own, at])).toEqual([[cn, true, 1]])
  expect(newTo(cn).news.map(({ authors, own, at }) => [authors[0]!.id, own, at])).toEqual([[us, true, 2]])
})

test('later items that only start at another time are named once each, and not when only I am the cause', () => {
  const { before, as, newTo } = meet()
  const items = first(before)
  as(us, { type: 'set-item', id: items[1]!.id, settings: { minutes: items[1]!.minutes + 5 } })
  expect(newTo(us).news).toEqual([])
  const theirs = newTo(cn)
  const shifted = theirs.news.filter((one) => one.difference.type === 'retimed')
  expect(shifted.length).toBeGreaterThan(2)
  expect(new Set(shifted.map((one) => one.id)).size).toBe(shifted.length)
  expect(shifted.every((one) => names(one)?.join() === 'U.S. delegate')).toBe(true)
  expect(countNews(theirs)).toBe(1)
  expect([...unreadItems(theirs)]).toEqual([items[1]!.id])
})

test('what stands behind a fixed time does not start later for what happens before it', () => {
  const agenda = sample()
  const fixed = first(agenda).map((one, at) => (at === 3 ? { ...one, pinned: '13:00' } : one))
  const { as, newTo } = meet({
    ...agenda,
    days: agenda.days.map((day, at) => (at === 0 ? { ...day, items: fixed } : day)),
  })
  as(cn, { type: 'set-item', id: fixed[0]!.id, settings: { minutes: fixed[0]!.minutes + 1 } })
  as(us, { type: 'set-item', id: fixed[3]!.id, settings: { minutes: fixed[3]!.minutes + 10 } })
  expect(newTo(us).news.map((one) => one.id)).toContain(fixed[1]!.id)
  expect(newTo(us).news.map((one) => one.id)).not.toContain(fixed[3]!.id)
  expect(newTo(us).news.map((one) => one.id)).not.toContain(fixed[4]!.id)
  expect(newTo(cn).news.map((one) => one.id)).toContain(fixed[4]!.id)
})

test('whoever moved an item is told to have moved it, and not the one that it went past', () => {
  const { before, as, newTo } = meet()
  const [, a, b] = first(before)
  const day = before.days[0]!.id
  as(us, { type: 'move-items', ids: [a!.id], place: { day, after: b!.id } })
  expect(newTo(us).news).toEqual([])
  expect(told(newTo(cn)).filter((one) => one.includes('moved'))).toEqual([`${a!.id} moved`])
  const other = meet()
  other.as(us, { type: 'move-items', ids: [b!.id], place: { day, after: first(before)[0]!.id } })
  expect(told(other.newTo(cn)).filter((one) => one.includes('moved'))).toEqual([`${b!.id} moved`])
})

test('what was deleted before is restored, not added, and what went with a day is the work of whoever deleted it', () => {
  const start = meet()
  const { id } = first(start.before)[2]!
  start.as(cn, { type: 'delete-items', ids: [id] })
  expect(told(start.newTo(us))).toContain(`${id} deleted`)
  const hidden = start.after()
  const marks = markedBy(start.doc, () => ({ by: cn, at: 9 }))
  start.as(cn, { type: 'restore-items', ids: [id] })
  const back = unseen({ before: hidden, after: start.after(), marks: marks(), people, me: us, complete: true })
  expect(told(back)).toContain(`${id} restored`)

  const { before, as, newTo } = meet()
  as(cn, { type: 'delete-day', id: before.days[0]!.id })
  const { news } = newTo(us)
  const moved = news.filter((one) => one.difference.type === 'moved')
  expect(moved).toHaveLength(first(before).length)
  expect(moved.every((one) => one.authors[0]?.id === cn)).toBe(true)
  expect(newTo(cn).news).toEqual([])
})

test('a person who is deleted takes their roles along, in the name of whoever deleted them', () => {
  const { before, as, newTo } = meet()
  const item = allItems(before).find((one) => one.roles.length > 0)!
  as(cn, { type: 'delete-person', id: item.roles[0]!.person })
  const roles = newTo(us).news.filter((one) => one.difference.type === 'role')
  expect(roles.length).toBeGreaterThan(0)
  expect(roles.every((one) => one.authors[0]?.id === cn)).toBe(true)
  expect(newTo(cn).news).toEqual([])
})

test('what nobody is marked for is somebody’s once the marks are complete, and waits until then', () => {
  const { before, as, newTo } = meet()
  as(cn, { type: 'set-title', id: first(before)[1]!.id, title: { en: 'New' } })
  expect(newTo(us, { marks: [], complete: false }).news).toEqual([])
  const [one] = newTo(us, { marks: [], complete: true }).news
  expect(one).toMatchObject({ authors: [], own: false, at: null })
  expect(ofParty(newTo(us, { marks: [] }), 'other').news).toHaveLength(1)
  expect(ofParty(newTo(us, { marks: [] }), 'cn').news).toEqual([])
})

test('an item that was read is new again only for what came later', () => {
  const { before, as, newTo } = meet()
  const { id } = first(before)[1]!
  as(cn, { type: 'set-title', id, title: { en: 'New' } })
  const read = new Map([[id as string, 1]])
  expect(newTo(us, { read }).news).toEqual([])
  as(cn, { type: 'set-title', id, title: { zh: '新' } })
  expect(told(newTo(us, { read }))).toEqual([`${id} words title`])
})

test('what nobody is known for counts as seen in an item for as long as that is the same', () => {
  const { before, as, newTo } = meet()
  const [, a, b] = first(before)
  as(cn, { type: 'set-title', id: a!.id, title: { en: 'New' } }, { type: 'set-title', id: b!.id, title: { en: 'New' } })
  const seen = new Map([...unclaimed(newTo(us, { marks: [] }))].map(([id, what]) => [id, JSON.stringify(what)]))
  expect([...seen.keys()]).toEqual([a!.id, b!.id])
  seen.delete(b!.id)
  const readAs: Seen['readAs'] = (id, what) => seen.get(id) === JSON.stringify(what)
  expect(told(newTo(us, { marks: [], readAs }))).toEqual([`${b!.id} words title`])
  as(cn, { type: 'set-title', id: a!.id, title: { en: 'Newer' } })
  expect(told(newTo(us, { marks: [], readAs }))).toEqual([`${a!.id} words title`, `${b!.id} words title`])
})

test('one side’s work can be looked at alone', () => {
  const { before, as, newTo } = meet()
  const [a, b] = first(before)
  as(us, { type: 'set-title', id: a!.id, title: { en: 'New' } })
  as(cn, { type: 'set-title', id: b!.id, title: { en: 'New' } })
  const all = newTo(nobody)
  expect(told(ofParty(all, 'us'))).toEqual([`${a!.id} words title`])
  expect(ofParty(all, 'us').comparison.items.map((one) => one.id)).toEqual([a!.id])
  expect(told(ofParty(all, 'cn'))).toEqual([`${b!.id} words title`])
})

/** Every single difference of a comparison, as a line. */
function differences(comparison: Comparison): string[] {
  const inside = (id: string, changes: readonly unknown[]) => changes.map((one) => `${id} ${JSON.stringify(one)}`)
  const entry = (one: { id: string; status: string; changes: readonly unknown[] }) =>
    one.status === 'changed' ? inside(one.id, one.changes) : [`${one.id} ${one.status}`]
  return [
    ...inside('', comparison.meeting),
    ...[...comparison.days, ...comparison.people, ...comparison.glossary].flatMap(entry),
    ...comparison.items.flatMap((one) => [
      ...entry(one),
      ...(one.moved ? [`${one.id} moved`] : []),
      ...(one.retimed ? [`${one.id} retimed`] : []),
    ]),
  ].sort()
}

function lines({ news }: Unseen): string[] {
  return news
    .map(({ id, difference }) => {
      const { type } = difference
      if (type === 'added' || type === 'restored') return `${id} added`
      if (type === 'deleted' || type === 'moved' || type === 'retimed') return `${id} ${type}`
      return `${id} ${JSON.stringify(difference)}`
    })
    .sort()
}

test('random work of two people: every difference is named exactly once, to whom it is new, and nothing else', () => {
  let named = 0
  for (let number = 1; number <= 150; number++) {
    const random = seeded(number)
    const newId = counter(`s${number}-`)
    const table = meet(sample())
    const history = openHistory(table.doc)
    for (let step = 0; step < 25; step++) {
      const who = random() < 0.5 ? us : cn
      if (random() < 0.08) {
        table.turn(who)
        history.undo()
        continue
      }
      const command = someCommand(table.snapshot(), random, newId)
      if (command) table.as(who, command)
      history.boundary()
    }
    history.close()
    const likely = new Set(table.marks().flatMap((one) => (one.field === 'place' ? [one.id as string] : [])))
    const all = differences(compare(table.before, table.after(), likely))
    const everything = table.newTo(nobody)
    expect(lines(everything), `seed ${number}`).toEqual(all)
    expect(differences(everything.comparison), `seed ${number}`).toEqual(all)
    expect(everything.news.filter((one) => one.authors.length === 0)).toEqual([])
    const [toUs, toCn] = [table.newTo(us), table.newTo(cn)]
    expect([...new Set([...lines(toUs), ...lines(toCn)])].sort(), `seed ${number}`).toEqual([...new Set(all)])
    for (const [mine, me, other] of [
      [toUs, us, cn],
      [toCn, cn, us],
    ] as const) {
      expect(differences(mine.comparison), `seed ${number}`).toEqual(lines(mine))
      const left = lines(mine)
      const missing = everything.news.filter((one) => !left.includes(lines({ ...mine, news: [one] })[0]!))
      expect(missing.every((one) => one.authors.every((author) => author.id === me))).toBe(true)
      expect(mine.news.every((one) => one.authors.some((author) => author.id === other))).toBe(true)
    }
    named += all.length
  }
  expect(named).toBeGreaterThan(2000)
})

test('the fewest moves still explain the order when some items are known to have been moved', () => {
  for (let number = 1; number <= 60; number++) {
    const random = seeded(number)
    const before = sample()
    const items = [...first(before)]
    const likely = new Set<string>()
    for (let step = 0; step < 3; step++) {
      const [one] = items.splice(Math.floor(random() * items.length), 1)
      items.splice(Math.floor(random() * items.length), 0, one!)
      likely.add(one!.id)
    }
    const after = { ...before, days: before.days.map((day, index) => (index === 0 ? { ...day, items } : day)) }
    const moved = new Set(compare(before, after, likely).items.flatMap((one) => (one.moved ? [one.id as ItemId] : [])))
    expect([...moved].every((id) => likely.has(id))).toBe(true)
    const staying = (row: readonly { id: ItemId }[]) => row.map((one) => one.id).filter((id) => !moved.has(id))
    expect(staying(items)).toEqual(staying(first(before)))
  }
})
