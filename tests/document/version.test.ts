import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { openHistory } from '../../shared/document/history.ts'
import { openReader, readAgenda } from '../../shared/document/read.ts'
import { seed } from '../../shared/document/seed.ts'
import { write, writeAll } from '../../shared/document/write.ts'
import { additions } from '../../shared/domain/addition.ts'
import { type Agenda, allItems, type DayId, type Item, type PersonId } from '../../shared/domain/agenda.ts'
import type { Snapshot } from '../../shared/domain/command.ts'
import { compare, isSame } from '../../shared/domain/compare.ts'
import { refuse } from '../../shared/domain/refuse.ts'
import { restoring } from '../../shared/domain/restore.ts'
import { timetable } from '../../shared/domain/timetable.ts'
import { counter, large, sample, seeded, unordered } from '../support/agenda.ts'
import { someCommand } from '../support/command.ts'

function open(agenda: Agenda): Y.Doc {
  const doc = new Y.Doc()
  doc.clientID = 10
  Y.applyUpdate(doc, seed(agenda))
  return doc
}

function snapshotOf(doc: Y.Doc): Snapshot {
  const reader = openReader(doc)
  const snapshot = reader.snapshot()
  reader.close()
  return snapshot
}

test('whatever has been done since, restoring a version makes the agenda say what it said, and one undo takes that back', () => {
  let changed = 0
  // 19: a role that came back with a person; 79: an item that strayed among the proposals.
  for (let number = 1; number <= 80; number++) {
    const random = seeded(number)
    const newId = counter(`s${number}-`)
    const doc = open(sample())
    const spoil = (times: number) => {
      for (let time = 0; time < times; time++) {
        const command = someCommand(snapshotOf(doc), random, newId)
        if (command !== null) write(doc, command, random)
      }
    }
    spoil(8)
    const version = readAgenda(doc)
    spoil(25)
    const before = readAgenda(doc)
    if (!isSame(compare(version, before))) changed++

    const commands = restoring(snapshotOf(doc), version)
    const asked = new Y.Doc()
    Y.applyUpdate(asked, Y.encodeStateAsUpdate(doc))
    for (const command of commands) {
      const refusal = refuse(snapshotOf(asked), command)
      // Roles that nobody can see are taken away whether they were there or not.
      const needless = refusal?.code === 'nothing-to-do' || (command.type === 'unassign' && refusal?.field === 'role')
      if (!needless) expect([number, command, refusal]).toEqual([number, command, null])
      write(asked, command, random)
    }

    const history = openHistory(doc)
    history.boundary()
    writeAll(doc, commands, random)
    history.boundary()
    const after = readAgenda(doc)
    expect(unordered(after), `seed ${number}`).toEqual(unordered(version))
    expect(compare(version, after), `seed ${number}`).toEqual({
      meeting: [],
      days: [],
      items: [],
      people: [],
      glossary: [],
    })
    if (commands.length > 0) history.undo()
    expect(unordered(readAgenda(doc)), `seed ${number}`).toEqual(unordered(before))
    history.close()
  }
  expect(changed).toBeGreaterThan(70)
})

test('two states that differ are told apart, and every difference named is one', () => {
  for (let number = 1; number <= 100; number++) {
    const random = seeded(1000 + number)
    const newId = counter(`c${number}-`)
    const doc = open(sample())
    const before = readAgenda(doc)
    for (let time = 0; time < 6; time++) {
      const command = someCommand(snapshotOf(doc), random, newId)
      if (command !== null) write(doc, command, random)
    }
    const after = readAgenda(doc)
    const found = compare(before, after)
    expect(isSame(found), `seed ${number}`).toBe(JSON.stringify(unordered(before)) === JSON.stringify(unordered(after)))
    const known = new Set(allItems(before).map((item) => item.id as string))
    const kept = new Set(allItems(after).map((item) => item.id as string))
    const named = (status: string) =>
      found.items
        .filter((one) => one.status === status)
        .map((one) => one.id)
        .sort()
    expect(named('added')).toEqual([...kept].filter((id) => !known.has(id)).sort())
    expect(named('deleted')).toEqual([...known].filter((id) => !kept.has(id)).sort())
    expect(new Set(found.items.map((one) => one.id)).size).toBe(found.items.length)
  }
})

test('moving one item names that one as moved, and those behind it as retimed alone', () => {
  const before = sample()
  const [day] = before.days
  const [first, ...others] = day!.items
  const after = { ...before, days: [{ ...day!, items: [...others, first!] }, ...before.days.slice(1)] }
  const moved = compare(before, after).items.filter((one) => one.moved !== null)
  expect(moved.map((one) => one.id)).toEqual([first!.id])
  expect(moved[0]!.moved!.after).toEqual({ day: day!.id, after: others.at(-1)!.id })
})

test('adding a file changes nothing that is there, and twice the same file makes two of everything but people and days', () => {
  const doc = open(sample())
  const before = snapshotOf(doc)
  const newId = counter('new-')
  const incoming = large(40)
  for (const round of [1, 2]) {
    const snapshot = snapshotOf(doc)
    const commands = additions(snapshot, incoming, newId)
    const asked = new Y.Doc()
    Y.applyUpdate(asked, Y.encodeStateAsUpdate(doc))
    for (const command of commands) {
      expect(refuse(snapshotOf(asked), command)).toBeNull()
      write(asked, command, seeded(1))
    }
    const updates: Uint8Array[] = []
    const hear = (update: Uint8Array) => updates.push(update)
    doc.on('update', hear)
    writeAll(doc, commands, seeded(1))
    doc.off('update', hear)
    expect(updates.length, 'frames of the whole').toBeLessThanOrEqual(2)
    const { agenda } = snapshotOf(doc)
    expect(agenda.people.length).toBe(before.agenda.people.length)
    expect(agenda.days.length).toBe(before.agenda.days.length)
    expect(allItems(agenda).length).toBe(allItems(before.agenda).length + 40 * round)
  }
  const { agenda } = snapshotOf(doc)
  for (const [index, day] of before.agenda.days.entries()) {
    expect(agenda.days[index]!.items.slice(0, day.items.length)).toEqual(day.items)
    const added = agenda.days[index]!.items.slice(day.items.length, day.items.length + 20)
    const told = (items: readonly Item[]) =>
      items.map(({ title, minutes, objective }) => ({ title, minutes, objective }))
    expect(told(added)).toEqual(told(incoming.days[index]!.items))
    expect(added.map((item) => item.roles)).toEqual(incoming.days[index]!.items.map((item) => item.roles))
    const links = (items: readonly Item[]) =>
      items.map((item) => item.readings.map(({ title, url }) => ({ title, url })))
    expect(links(added)).toEqual(links(incoming.days[index]!.items))
  }
})

test('onto an empty day that begins at another time, what comes in keeps its own', () => {
  const incoming = sample()
  const [day] = incoming.days
  const doc = open({ ...incoming, days: [{ ...day!, id: 'mine' as DayId, start: '07:15', items: [] }], proposals: [] })
  writeAll(doc, additions(snapshotOf(doc), { ...incoming, days: [day!], proposals: [] }, counter('in-')))
  const { agenda } = snapshotOf(doc)
  expect(agenda.days).toHaveLength(1)
  expect(agenda.days[0]!.start).toBe('07:15')
  const times = (slots: ReturnType<typeof timetable>['slots']) => slots.map(({ start, end }) => [start, end])
  expect(times(timetable(agenda.days[0]!).slots)).toEqual(times(timetable(day!).slots))
})

test('a person who is named in one language alone is known by it', () => {
  const doc = open(sample())
  const incoming = sample()
  const named = incoming.people.map((person, index) => ({
    ...person,
    id: `x${index}` as PersonId,
    name: { en: '', zh: person.name.zh },
  }))
  const commands = additions(
    snapshotOf(doc),
    { ...incoming, days: [], proposals: [], people: named, glossary: [] },
    counter(),
  )
  expect(commands).toEqual([])
})

test('a final agenda says as what version it was frozen, and opening it again is undone like everything', () => {
  const doc = open(sample())
  expect(snapshotOf(doc).final).toBeNull()
  const history = openHistory(doc)
  write(doc, { type: 'set-final', version: 'v1' })
  expect(snapshotOf(doc).final).toBe('v1')
  expect(refuse(snapshotOf(doc), { type: 'set-final', version: 'v1' })?.code).toBe('nothing-to-do')
  history.boundary()
  write(doc, { type: 'set-final', version: null })
  expect(snapshotOf(doc).final).toBeNull()
  history.undo()
  expect(snapshotOf(doc).final).toBe('v1')
  expect(readAgenda(doc)).toEqual(sample())
  history.close()
})
