import * as Y from 'yjs'
import { type Bilingual, type ItemId, itemTexts, languages } from '../domain/agenda.ts'
import type { Command, Place } from '../domain/command.ts'
import { blankOf, fields } from '../domain/fields.ts'
import { compareOrder, keysAt, keysBetween, type Ordered } from './order.ts'
import { line, replaceLine, replaceProse, writeProse } from './prose.ts'
import { fragmentKey, itemFragment, type Placed, type Root } from './schema.ts'

/** The origin of a person's commands; their undo history follows it. */
export const commandOrigin: { readonly name: string } = { name: 'command' }

/**
 * The origin of the hidden creation of an item, a day, a person or a reading. A new entry is created deleted, outside
 * the undo history, and shown by the command. Undoing an addition hides it and keeps what others have written into it.
 */
export const birthOrigin: { readonly name: string } = { name: 'birth' }

/** Runs a command that `refuse` has allowed. `random` spreads the order keys of concurrent moves. */
export function write(doc: Y.Doc, command: Command, random: () => number = Math.random): void {
  writeAll(doc, [command], random)
}

/**
 * Runs commands in order, as at most two updates. The first, outside the undo history, creates new entries hidden, with
 * all that these commands put into them. The second shows them and does the rest.
 */
export function writeAll(doc: Y.Doc, commands: readonly Command[], random: () => number = Math.random): void {
  const born = new Set<string>(commands.flatMap((command) => (isBirth(command) ? [command.id] : [])))
  const insideBorn = (command: Command) => born.has(itemOf(command) ?? '')
  if (born.size > 0 || commands.some((command) => command.type === 'add-reading')) {
    doc.transact(() => {
      for (const command of commands) {
        if (isBirth(command)) bear(doc, command, born, random)
        else {
          if (command.type === 'add-reading') bearReading(doc, command)
          if (insideBorn(command)) carryOut(doc, command, random)
        }
      }
    }, birthOrigin)
  }
  doc.transact(() => {
    for (const command of commands) {
      if (isBirth(command)) entry(doc, birthRoot[command.type], command.id).set('deleted', false)
      else if (!insideBorn(command)) carryOut(doc, command, random)
    }
  }, commandOrigin)
}

/** Deletes an item outside of the undo history: undoing its addition then has nothing left to do. */
export function hide(doc: Y.Doc, item: ItemId): void {
  doc.transact(() => carryOut(doc, { type: 'delete-items', ids: [item] }, Math.random), birthOrigin)
}

type Birth = Extract<Command, { type: 'add-item' | 'add-day' | 'add-person' | 'add-term' }>

const birthRoot = { 'add-item': 'items', 'add-day': 'days', 'add-person': 'people', 'add-term': 'glossary' } as const

function isBirth(command: Command): command is Birth {
  return command.type in birthRoot
}

/** The item whose content a command changes. Moving and showing do not change content. */
function itemOf(command: Command): ItemId | null {
  switch (command.type) {
    case 'set-item':
    case 'set-title':
    case 'set-text':
      return command.id
    case 'assign':
    case 'unassign':
    case 'add-reading':
    case 'set-reading':
    case 'delete-reading':
      return command.item
    default:
      return null
  }
}

function bear(doc: Y.Doc, command: Birth, born: ReadonlySet<string>, random: () => number): void {
  switch (command.type) {
    case 'add-item': {
      const item = bearItem(doc, command.id, command.title ?? { en: '', zh: '' })
      assignRegisters(item, blankOf(fields.item))
      assignRegisters(item, command.settings)
      put(doc, [command.id], command.place, random, born)
      return
    }
    case 'add-day':
      assignRegisters(bearEntry(doc, 'days', command.id), command.settings)
      return
    case 'add-person':
    case 'add-term': {
      const root = birthRoot[command.type]
      const last = row(doc.getMap(root), () => true).at(-1)?.order ?? null
      const one = bearEntry(doc, root, command.id)
      assignRegisters(one, command.settings)
      one.set('order', appended(last, random))
      return
    }
  }
}

function bearReading(doc: Y.Doc, command: Extract<Command, { type: 'add-reading' }>): void {
  const readings = inner(doc, command.item, 'readings')
  const reading = new Y.Map<unknown>()
  reading.set('deleted', true)
  assignRegisters(reading, command.settings)
  reading.set('order', appended(row(readings, () => true).at(-1)?.order ?? null, Math.random))
  readings.set(command.id, reading)
}

function carryOut(doc: Y.Doc, command: Exclude<Command, Birth>, random: () => number): void {
  switch (command.type) {
    case 'set-item':
      assignRegisters(entry(doc, 'items', command.id), command.settings)
      return
    case 'set-title':
      for (const language of languages) {
        const words = command.title[language]
        const fragment = itemFragment(doc, command.id, 'title', language)
        if (words !== undefined && fragment) replaceLine(fragment, words)
      }
      return
    case 'set-text': {
      const fragment = itemFragment(doc, command.id, command.text, command.language)
      if (fragment) replaceProse(fragment, command.prose)
      return
    }
    case 'move-items':
      put(doc, command.ids, command.place, random)
      return
    case 'delete-items':
    case 'restore-items':
      for (const id of command.ids) entry(doc, 'items', id).set('deleted', command.type === 'delete-items')
      return
    case 'set-day':
      assignRegisters(entry(doc, 'days', command.id), command.settings)
      return
    case 'delete-day':
    case 'restore-day':
      entry(doc, 'days', command.id).set('deleted', command.type === 'delete-day')
      return
    case 'set-person':
      assignRegisters(entry(doc, 'people', command.id), command.settings)
      return
    case 'delete-person':
    case 'restore-person':
      entry(doc, 'people', command.id).set('deleted', command.type === 'delete-person')
      return
    case 'assign': {
      const roles = inner(doc, command.item, 'roles') as Y.Map<unknown>
      const last =
        [...roles.values()]
          .filter((order) => typeof order === 'string')
          .sort()
          .at(-1) ?? null
      roles.set(`${command.role} ${command.person}`, appended(last, random))
      return
    }
    case 'unassign':
      inner(doc, command.item, 'roles').delete(`${command.role} ${command.person}`)
      return
    case 'add-reading':
      reading(doc, command).set('deleted', false)
      return
    case 'set-reading':
      assignRegisters(reading(doc, command), command.settings)
      return
    case 'delete-reading':
      reading(doc, command).set('deleted', true)
      return
    case 'set-term':
      assignRegisters(entry(doc, 'glossary', command.id), command.settings)
      return
    case 'delete-term':
    case 'restore-term':
      entry(doc, 'glossary', command.id).set('deleted', command.type === 'delete-term')
      return
    case 'set-meeting':
      assignRegisters(doc.getMap('meta'), command.settings)
      return
    case 'set-final':
      doc.getMap('meta').set('final', command.version)
      return
  }
}

/** A hidden item with all its texts, so that people who start typing in one at once share it. */
function bearItem(doc: Y.Doc, id: ItemId, title: Bilingual): Y.Map<unknown> {
  const item = bearEntry(doc, 'items', id)
  for (const text of itemTexts) {
    for (const language of languages) {
      const fragment = new Y.XmlFragment()
      writeProse(fragment, text === 'title' ? line(title[language]) : [])
      item.set(fragmentKey(text, language), fragment)
    }
  }
  item.set('roles', new Y.Map())
  item.set('readings', new Y.Map())
  return item
}

function bearEntry(doc: Y.Doc, root: Root, id: string): Y.Map<unknown> {
  const map = new Y.Map<unknown>()
  doc.getMap(root).set(id, map)
  map.set('deleted', true)
  return map
}

/**
 * Writes each setting that differs, one register per value. The two languages of a pair, and the three zones, are
 * separate registers. An equal value is not written again, so that it does not override somebody's newer one.
 */
export function assignRegisters(map: Y.Map<unknown>, settings: object): void {
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) continue
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      for (const [part, inside] of Object.entries(value)) setRegister(map, `${name}.${part}`, inside)
    } else {
      setRegister(map, name, value)
    }
  }
}

function setRegister(map: Y.Map<unknown>, name: string, value: unknown): void {
  // A map that is not yet in a document cannot be read.
  if (map.doc && same(map.get(name), value)) return
  map.set(name, value)
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (typeof b === 'object' && b !== null && JSON.stringify(a) === JSON.stringify(b))
}

/**
 * Gives `ids` consecutive places, in their order, right behind `place.after`. Entries in `born`, which are still
 * hidden, count as present.
 */
function put(
  doc: Y.Doc,
  ids: readonly ItemId[],
  place: Place,
  random: () => number,
  born: ReadonlySet<string> = new Set(),
): void {
  const items = doc.getMap('items')
  const moving = new Set<string>(ids)
  const there = (map: Y.Map<unknown>) => dayOf(doc, map, born) === place.day
  const existing = row(items, (map, id) => there(map) && (map.get('deleted') !== true || born.has(id)))
  let anchor = existing.findIndex((one) => one.id === place.after)
  while (anchor >= 0 && moving.has(existing[anchor]!.id)) anchor--
  const after = anchor < 0 ? null : existing[anchor]!.id
  // Deleted items count for the keys, so that they keep their position when restored.
  const all = row(items, there).filter((one) => !moving.has(one.id))
  const index = after === null ? 0 : all.findIndex((one) => one.id === after) + 1
  const { keys, repairs } = keysAt(all, index, ids.length, random)
  for (const [id, order] of repairs) {
    const item = entry(doc, 'items', id)
    // Keeps its own day, not the one it is shown on: when that day is restored, the item returns with it.
    item.set('place', { day: placed(item).day, order } satisfies Placed)
  }
  for (const [at, id] of ids.entries()) {
    entry(doc, 'items', id).set('place', { day: place.day, order: keys[at]! } satisfies Placed)
  }
}

/** The day that the agenda shows an item on; null when that day does not exist (any more). */
function dayOf(doc: Y.Doc, item: Y.Map<unknown>, born: ReadonlySet<string>): string | null {
  const day = placed(item).day
  const map = day === null ? undefined : doc.getMap('days').get(day)
  return day !== null && map instanceof Y.Map && (map.get('deleted') !== true || born.has(day)) ? day : null
}

function placed(item: Y.Map<unknown>): Placed {
  const place = item.get('place') as Partial<Placed> | undefined
  return {
    day: typeof place?.day === 'string' ? place.day : null,
    order: typeof place?.order === 'string' ? place.order : '',
  }
}

function row(entries: Y.Map<unknown>, wanted: (map: Y.Map<unknown>, id: string) => boolean): Ordered[] {
  const found: Ordered[] = []
  for (const [id, map] of entries.entries()) {
    if (!(map instanceof Y.Map) || !wanted(map, id)) continue
    const order: unknown = map.get('order')
    found.push({ id, order: typeof order === 'string' ? order : placed(map).order })
  }
  return found.sort(compareOrder)
}

function appended(last: unknown, random: () => number): string {
  try {
    return keysBetween(typeof last === 'string' && last !== '' ? last : null, null, 1, random)[0]!
  } catch {
    return keysBetween(null, null, 1, random)[0]!
  }
}

function entry(doc: Y.Doc, root: Root, id: string): Y.Map<unknown> {
  const map = doc.getMap(root).get(id)
  if (!(map instanceof Y.Map)) throw new Error(`The document has no ${root} entry ${id}`)
  return map
}

function inner(doc: Y.Doc, item: ItemId, name: 'roles' | 'readings'): Y.Map<unknown> {
  const map = entry(doc, 'items', item).get(name)
  if (!(map instanceof Y.Map)) throw new Error(`Item ${item} has no ${name}`)
  return map
}

function reading(doc: Y.Doc, command: { item: ItemId; id: string }): Y.Map<unknown> {
  const map = inner(doc, command.item, 'readings').get(command.id)
  if (!(map instanceof Y.Map)) throw new Error(`Item ${command.item} has no reading ${command.id}`)
  return map
}
