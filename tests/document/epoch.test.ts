import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { openReader } from '../../shared/document/read.ts'
import { EPOCH, roots } from '../../shared/document/schema.ts'
import { upgradeOf, upgrades } from '../../shared/document/upgrade.ts'
import { write } from '../../shared/document/write.ts'
import { allItems, type PersonId, type TermId } from '../../shared/domain/agenda.ts'
import type { Command, Snapshot } from '../../shared/domain/command.ts'
import { refuse } from '../../shared/domain/refuse.ts'
import { completed } from '../../shared/domain/stored.ts'
import { inspect, updateLimits } from '../../shared/wire/inspect.ts'
import { seeded } from '../support/agenda.ts'
import { someCommand } from '../support/command.ts'

/** Documents as every released epoch wrote them. They stand for what people have: today's code never loses any of it. */

const folder = new URL('../fixtures/', import.meta.url)
const epochs = readdirSync(folder)
  .flatMap((name) => /^epoch-(\d+)$/.exec(name)?.[1] ?? [])
  .map(Number)
  .sort((a, b) => a - b)

const bytesOf = (epoch: number) => new Uint8Array(readFileSync(new URL(`epoch-${epoch}/document.bin`, folder)))
const snapshotOf = (epoch: number): Snapshot =>
  JSON.parse(readFileSync(new URL(`epoch-${epoch}/snapshot.json`, folder), 'utf8'))

function open(epoch: number): Y.Doc {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, bytesOf(epoch))
  return doc
}

function read(doc: Y.Doc): Snapshot {
  const reader = openReader(doc)
  const snapshot = reader.snapshot()
  reader.close()
  return snapshot
}

/** With the fields that came later, as nobody has set them. */
function completedSnapshot({ agenda, removed, final }: Snapshot): Snapshot {
  const { days, items: proposals, people, terms: glossary } = removed
  const hidden = completed({ ...agenda, days, proposals, people, glossary })
  return {
    agenda: completed(agenda),
    removed: { days: hidden.days, items: hidden.proposals, people: hidden.people, terms: hidden.glossary },
    final,
  }
}

test('there is a document of every epoch, and an upgrade from each to the next', () => {
  expect(epochs).toEqual(Array.from({ length: EPOCH }, (_, index) => index + 1))
  expect(upgrades).toHaveLength(EPOCH - 1)
})

test.each(epochs)('a document of epoch %i reads as it did when it was written', (epoch) => {
  const doc = open(epoch)
  const expected = completedSnapshot(snapshotOf(epoch))
  expect(JSON.parse(JSON.stringify(read(doc)))).toEqual(expected)
  const update = upgradeOf([bytesOf(epoch)], upgrades.slice(epoch - 1))
  if (update !== null) Y.applyUpdate(doc, update)
  expect(JSON.parse(JSON.stringify(read(doc)))).toEqual(expected)
})

test.each(epochs)('a document of epoch %i passes the wire, whole', (epoch) => {
  const bytes = bytesOf(epoch)
  const seen = inspect(bytes, { ...updateLimits, entries: 4_000_000, clients: 100_000 })
  expect(seen).not.toBeNull()
  expect(seen!.structs.size).toBeGreaterThan(3)
  expect(Y.encodeStateAsUpdate(open(epoch))).toEqual(bytes)
})

/** What each entry holds; every register of the meeting is one. */
function entries(doc: Y.Doc): Map<string, string> {
  const all = new Map<string, string>()
  for (const root of roots) {
    for (const [id, value] of doc.getMap(root)) {
      all.set(`${root} ${id}`, JSON.stringify(value instanceof Y.Map ? value.toJSON() : value))
    }
  }
  return all
}

/** The only entries that a command may change the content of. */
function aimsOf(command: Command): string[] {
  if ('item' in command) return [`items ${command.item}`]
  if ('ids' in command) return command.ids.map((id) => `items ${id}`)
  if (command.type === 'set-meeting') return ['meta place.en', 'meta place.zh']
  if (command.type === 'set-final') return ['meta final']
  const root = /day$/.test(command.type)
    ? 'days'
    : /person$/.test(command.type)
      ? 'people'
      : /term$/.test(command.type)
        ? 'glossary'
        : 'items'
  return [`${root} ${command.id}`]
}

/** Of the kinds that `someCommand` leaves out, one each. */
function others({ agenda, removed }: Snapshot): Command[] {
  const { affiliation, name, side, sector, expertise } = agenda.people[0]!
  const { id: _id, ...term } = agenda.glossary[0]!
  const holder = allItems(agenda).find((item) => item.readings.length > 0)!
  return [
    { type: 'restore-day', id: removed.days[0]!.id },
    { type: 'restore-person', id: removed.people[0]!.id },
    { type: 'restore-term', id: removed.terms[0]!.id },
    { type: 'restore-items', ids: [removed.items[0]!.id] },
    { type: 'set-reading', item: holder.id, id: holder.readings[0]!.id, settings: { url: 'https://example.org/new' } },
    { type: 'add-person', id: 'new-person' as PersonId, settings: { affiliation, name, side, sector, expertise } },
    { type: 'add-term', id: 'new-term' as TermId, settings: term },
    { type: 'set-term', id: agenda.glossary[0]!.id, settings: { note: 'new' } },
    { type: 'set-final', version: 'v9' },
  ]
}

test.each(epochs)('after any command on a document of epoch %i everything else in it is as it was', (epoch) => {
  const snapshot = read(open(epoch))
  const random = seeded(epoch)
  let made = 0
  const commands = [...others(snapshot)]
  for (const command of commands) expect([command, refuse(snapshot, command)]).toEqual([command, null])
  for (let tries = 0; tries < 120; tries++) {
    const command = someCommand(snapshot, random, () => `new-${++made}`)
    if (command !== null) commands.push(command)
  }
  expect(new Set(commands.map(({ type }) => type)).size).toBe(26)
  const before = entries(open(epoch))
  for (const command of commands) {
    const doc = open(epoch)
    write(doc, command, random)
    const after = entries(doc)
    const changed = [...after.keys()].filter((key) => after.get(key) !== before.get(key))
    const aims = aimsOf(command)
    // A newcomer may move its neighbours' keys apart, and nothing else of them.
    const strayed = changed.filter((key) => !aims.includes(key) && placeless(after, key) !== placeless(before, key))
    expect([command, strayed]).toEqual([command, []])
    expect([...before.keys()].filter((key) => !after.has(key))).toEqual([])
    doc.destroy()
  }
})

function placeless(all: ReadonlyMap<string, string>, key: string): string {
  return all.get(key)?.replace(/"place":\{[^}]*\}/, '') ?? ''
}
