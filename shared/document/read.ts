import * as Y from 'yjs'
import {
  type Agenda,
  type Assignment,
  assignments,
  type Bilingual,
  type Day,
  type DayId,
  type Item,
  type ItemId,
  type Language,
  type Person,
  type PersonId,
  type Prose,
  proseText,
  type Reading,
  type ReadingId,
  type Role,
  type Term,
  type TermId,
} from '../domain/agenda.ts'
import { isDate, isTime, isZone } from '../domain/clock.ts'
import type { Snapshot } from '../domain/command.ts'
import {
  type Field,
  fields,
  isSetting,
  longestId,
  longestName,
  longestText,
  most,
  mostHosts,
  type Registers,
  type Table,
  type Values,
} from '../domain/fields.ts'
import { isLink } from '../domain/refuse.ts'
import { compareOrder, type Ordered } from './order.ts'
import { readLine, readProse } from './prose.ts'
import { fragmentKey, type Placed, type Root, roots } from './schema.ts'

export interface Reader {
  /** The current agenda. Whatever has not changed since the last call is the same object. */
  snapshot(): Snapshot
  /** Calls `listener` once after every transaction that may have changed the snapshot. */
  subscribe(listener: () => void): () => void
  close(): void
}

/** Blocks of one text: what a page can show, and what a file may hold. */
const mostBlocks = 10_000

/** Reads the agenda of a document once. */
export function readAgenda(doc: Y.Doc): Agenda {
  const reader = openReader(doc)
  const { agenda } = reader.snapshot()
  reader.close()
  return agenda
}

/** The agenda of the document that this update makes. */
export function agendaOfUpdate(update: Uint8Array): Agenda {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, update)
  const agenda = readAgenda(doc)
  doc.destroy()
  return agenda
}

/**
 * Reads a document incrementally: an edit causes only the item that it touched to be read again. Writers are not
 * trusted: a register of the wrong type reads as its default, so every snapshot is a valid agenda.
 */
export function openReader(doc: Y.Doc): Reader {
  const maps = Object.fromEntries(roots.map((root) => [root, doc.getMap(root)])) as Record<Root, Y.Map<unknown>>
  const items = openEntries(maps.items, readItemEntry)
  const days = openEntries(maps.days, readDayEntry)
  const people = openEntries(maps.people, readPersonEntry)
  const glossary = openEntries(maps.glossary, readTermEntry)
  const listeners = new Set<() => void>()

  let meta: { readonly is: Meta; readonly cut: number } | null = null
  let livePeople: ReadonlySet<string> = new Set()
  let containers: Containers | null = null
  let current: Snapshot | null = null

  function onTransaction(transaction: Y.Transaction): void {
    let touched = false
    for (const [type, keys] of transaction.changed) {
      const path = pathOf(type as unknown as Y.AbstractType<unknown>)
      if (path === null) continue
      const names = [...keys].filter((key): key is string => key !== null)
      if (path.root === maps.meta) meta = null
      else if (path.root === maps.items) items.touch(path.keys, names)
      else if (path.root === maps.days) days.touch(path.keys, names)
      else if (path.root === maps.people) people.touch(path.keys, names)
      else if (path.root === maps.glossary) glossary.touch(path.keys, names)
      else continue
      touched = true
    }
    if (!touched) return
    current = null
    for (const listener of listeners) listener()
  }

  function snapshot(): Snapshot {
    if (current) return current
    const peopleChanged = people.refresh()
    const itemsChanged = items.refresh()
    if (peopleChanged.size > 0) {
      livePeople = new Set(
        [...people.all.values()]
          .filter((one) => !one.deleted)
          .sort(compareOrder)
          .slice(0, most.people)
          .map((one) => one.id),
      )
      for (const [id, one] of items.all) {
        if (one.raw.roles.length > 0 && !itemsChanged.has(id)) itemsChanged.set(id, false)
      }
    }
    const daysChanged = days.refresh()
    const termsChanged = glossary.refresh()
    meta ??= readMeta(maps.meta)
    containers = assemble(containers, { itemsChanged, daysChanged, peopleChanged, termsChanged })
    const agenda: Agenda = {
      format: 'parley.agenda/1',
      ...meta.is,
      days: containers.days,
      proposals: containers.proposals,
      people: containers.people,
      glossary: containers.glossary,
    }
    current = {
      agenda,
      removed: {
        items: containers.removedItems,
        days: containers.removedDays,
        people: containers.removedPeople,
        terms: containers.removedTerms,
      },
      final: readFinal(maps.meta),
      ...beyond(meta.cut),
    }
    return current
  }

  /** What the agenda lacks of the document. */
  function beyond(cut: number): Pick<Snapshot, 'beyond'> {
    let texts = cut
    let entries = 0
    for (const kind of [items, days, people, glossary]) {
      for (const one of kind.all.values()) {
        if (one.deleted) continue
        entries++
        texts += one.cut
      }
    }
    const { days: shown, people: known, glossary: terms, proposals } = containers!
    entries -= shown.length + known.length + terms.length + proposals.length
    for (const day of shown) entries -= day.items.length
    return texts + entries === 0 ? {} : { beyond: { texts, entries } }
  }

  function assemble(before: Containers | null, changed: Changed): Containers {
    const next: Containers = before ? { ...before } : emptyContainers()
    if (!before || changed.peopleChanged.size > 0) {
      const sorted = [...people.all.values()].sort(compareOrder)
      next.people = within(
        most.people,
        sorted.filter((one) => !one.deleted),
      ).map((one) => one.person)
      next.removedPeople = within(
        most.people,
        sorted.filter((one) => one.deleted),
      ).map((one) => one.person)
    }
    if (!before || changed.termsChanged.size > 0) {
      const sorted = [...glossary.all.values()].sort(compareOrder)
      next.glossary = within(
        most.terms,
        sorted.filter((one) => !one.deleted),
      ).map((one) => one.term)
      next.removedTerms = within(
        most.terms,
        sorted.filter((one) => one.deleted),
      ).map((one) => one.term)
    }
    const rearranged = !before || changed.daysChanged.size > 0 || [...changed.itemsChanged.values()].some(Boolean)
    if (rearranged) arrange(next)
    else for (const id of changed.itemsChanged.keys()) replace(next, id)
    return next
  }

  /** Puts every item where its place register says; unchanged rows stay the same array. */
  function arrange(next: Containers): void {
    const rows = new Map<string | null, ItemEntry[]>([[null, []]])
    const live = within(most.days, [...days.all.values()].filter((one) => !one.deleted).sort(compareDays))
    for (const { id } of live) rows.set(id, [])
    const removed: ItemEntry[] = []
    for (const one of items.all.values()) {
      if (one.deleted) removed.push(one)
      else (rows.get(one.day) ?? rows.get(null)!).push(one)
    }
    const longest = longestRow([...rows.values()].map((row) => row.length))
    const row = (key: string | null, old: readonly Item[]): readonly Item[] =>
      keep(
        old,
        rows
          .get(key)!
          .sort(compareOrder)
          .slice(0, longest)
          .map((one) => one.item(livePeople)),
      )
    const oldDays = new Map(next.days.map((day) => [day.id, day]))
    next.days = keep(
      next.days,
      live.map((one) => {
        const old = oldDays.get(one.day.id)
        const inside = row(one.day.id, old?.items ?? [])
        return old && old.items === inside && sameDay(old, one.day) ? old : { ...one.day, items: inside }
      }),
    )
    next.proposals = row(null, next.proposals)
    next.removedItems = keep(
      next.removedItems,
      within(most.items, removed.sort(compareOrder)).map((one) => one.item(livePeople)),
    )
    next.removedDays = within(most.days, [...days.all.values()].filter((one) => one.deleted).sort(compareDays)).map(
      (one) => one.day,
    )
    next.whereabouts = new Map()
    for (const [index, day] of next.days.entries()) for (const item of day.items) next.whereabouts.set(item.id, index)
    for (const item of next.proposals) next.whereabouts.set(item.id, 'proposals')
    for (const item of next.removedItems) next.whereabouts.set(item.id, 'removed')
  }

  /** Replaces an item that has new content and its old place. */
  function replace(next: Containers, id: string): void {
    const item = items.all.get(id)!.item(livePeople)
    const where = next.whereabouts.get(id)
    // Beyond the limits.
    if (where === undefined) return
    const into = (row: readonly Item[]): readonly Item[] => {
      const index = row.findIndex((one) => one.id === id)
      return row[index] === item ? row : row.with(index, item)
    }
    if (where === 'proposals') next.proposals = into(next.proposals)
    else if (where === 'removed') next.removedItems = into(next.removedItems)
    else {
      const day = next.days[where]!
      const inside = into(day.items)
      if (inside !== day.items) next.days = next.days.with(where, { ...day, items: inside })
    }
  }

  doc.on('afterTransaction', onTransaction)
  return {
    snapshot,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      doc.off('afterTransaction', onTransaction)
      listeners.clear()
    },
  }
}

interface Entry extends Ordered {
  readonly deleted: boolean
  /** How many of its texts are cut at their limit. */
  readonly cut: number
}

interface Changed {
  /** Changed items by id: whether the item is new or may have moved. */
  readonly itemsChanged: ReadonlyMap<string, boolean>
  readonly daysChanged: ReadonlyMap<string, boolean>
  readonly peopleChanged: ReadonlyMap<string, boolean>
  readonly termsChanged: ReadonlyMap<string, boolean>
}

interface Containers {
  days: readonly Day[]
  proposals: readonly Item[]
  people: readonly Person[]
  glossary: readonly Term[]
  removedItems: readonly Item[]
  removedDays: readonly Day[]
  removedPeople: readonly Person[]
  removedTerms: readonly Term[]
  whereabouts: Map<string, number | 'proposals' | 'removed'>
}

function emptyContainers(): Containers {
  return {
    days: [],
    proposals: [],
    people: [],
    glossary: [],
    removedItems: [],
    removedDays: [],
    removedPeople: [],
    removedTerms: [],
    whereabouts: new Map(),
  }
}

/** The entries of a root map, read when touched. `read` gets the previous entry and the names of what changed in it. */
function openEntries<T extends Entry>(
  root: Y.Map<unknown>,
  read: (id: string, map: Y.Map<unknown>, before: T | undefined, changed: ReadonlySet<string> | null) => T,
) {
  const all = new Map<string, T>()
  /** id -> names of changed registers; null when the whole entry must be read. */
  const touched = new Map<string, Set<string> | null>()
  for (const id of root.keys()) touched.set(id, null)
  return {
    all: all as ReadonlyMap<string, T>,
    touch(path: readonly string[], names: readonly string[]): void {
      const [id, field] = path
      if (id === undefined) {
        for (const name of names) touched.set(name, null)
        return
      }
      const known = touched.get(id)
      if (known === null) return
      const set = known ?? new Set<string>()
      if (field !== undefined) set.add(field)
      else for (const name of names) set.add(name)
      touched.set(id, set)
    },
    /** Reads what was touched. The value tells whether the entry may have moved within its row. */
    refresh(): Map<string, boolean> {
      const changed = new Map<string, boolean>()
      for (const [id, names] of touched) {
        const map = root.get(id)
        const before = all.get(id)
        if (!(map instanceof Y.Map) || id === '' || id.length > longestId) {
          if (before && all.delete(id)) changed.set(id, true)
          continue
        }
        const next = read(id, map, names === null ? undefined : before, names)
        all.set(id, next)
        changed.set(id, !before || names === null || names.has('place') || names.has('order') || names.has('deleted'))
      }
      touched.clear()
      return changed
    },
  }
}

interface ItemEntry extends Entry {
  readonly day: string | null
  /** With everybody's roles, including those of deleted people. */
  readonly raw: Item
  /** The keys of its texts that are cut. */
  readonly cuts: ReadonlySet<string>
  /** With the roles of people who are in the meeting; the same object as long as both are the same. */
  item(live: ReadonlySet<string>): Item
}

function readItemEntry(
  id: string,
  map: Y.Map<unknown>,
  before: ItemEntry | undefined,
  changed: ReadonlySet<string> | null,
): ItemEntry {
  const old = before?.raw
  const fresh = (name: string) => !old || changed === null || changed.has(name)
  const cut = createCut([...(before?.cuts ?? [])].filter((key) => !fresh(key)))
  const line = (language: Language): string => {
    const key = fragmentKey('title', language)
    return fresh(key) ? cut.text(key, readLine(map.get(key)), longestName) : old!.title[language]
  }
  const prose = (text: 'objective' | 'questions' | 'output'): Bilingual<Prose> => {
    const one = (language: Language) => {
      const key = fragmentKey(text, language)
      return fresh(key) ? cut.prose(key, readProse(map.get(key))) : old![text][language]
    }
    const next = { en: one('en'), zh: one('zh') }
    return old && next.en === old[text].en && next.zh === old[text].zh ? old[text] : next
  }
  const title = { en: line('en'), zh: line('zh') }
  const raw: Item = {
    id: id as ItemId,
    title: old && title.en === old.title.en && title.zh === old.title.zh ? old.title : title,
    ...registersIn(fields.item, map, cut),
    objective: prose('objective'),
    questions: prose('questions'),
    output: prose('output'),
    roles: fresh('roles') ? readRoles(map.get('roles')) : old!.roles,
    readings: fresh('readings') ? readReadings(map.get('readings'), cut) : old!.readings,
  }
  const place = readPlace(map.get('place'))
  let lean: Item | null = null
  let leanFor: ReadonlySet<string> | null = null
  return {
    id,
    raw,
    order: place.order,
    day: place.day,
    deleted: map.get('deleted') === true,
    cuts: cut.keys,
    cut: cut.keys.size,
    item(live: ReadonlySet<string>): Item {
      if (lean && leanFor === live) return lean
      leanFor = live
      const roles = raw.roles.filter((role) => live.has(role.person))
      lean = roles.length === raw.roles.length ? raw : { ...raw, roles }
      return lean
    },
  }
}

interface DayEntry extends Entry {
  readonly day: Day
}

function readDayEntry(id: string, map: Y.Map<unknown>): DayEntry {
  const day: Day = { id: id as DayId, ...registersIn(fields.day, map, createCut()), items: [] }
  return { id, order: '', deleted: map.get('deleted') === true, cut: 0, day }
}

interface PersonEntry extends Entry {
  readonly person: Person
}

function readPersonEntry(id: string, map: Y.Map<unknown>): PersonEntry {
  const cut = createCut()
  const person: Person = { id: id as PersonId, ...registersIn(fields.person, map, cut) }
  return { id, order: word(map.get('order')), deleted: map.get('deleted') === true, person, cut: cut.keys.size }
}

interface TermEntry extends Entry {
  readonly term: Term
}

function readTermEntry(id: string, map: Y.Map<unknown>): TermEntry {
  const cut = createCut()
  const term: Term = { id: id as TermId, ...registersIn(fields.term, map, cut) }
  return { id, order: word(map.get('order')), deleted: map.get('deleted') === true, term, cut: cut.keys.size }
}

type Meta = Pick<Agenda, 'title' | 'track' | 'rule' | 'hosts' | 'place' | 'zones'>

function readFinal(map: Y.Map<unknown>): string | null {
  const version = map.get('final')
  return typeof version === 'string' && version !== '' && version.length <= longestId ? version : null
}

function readMeta(map: Y.Map<unknown>): { is: Meta; cut: number } {
  const cut = createCut()
  const is = { ...registersIn(fields.meeting, map, cut), hosts: readHosts(map.get('hosts'), cut) }
  return { is, cut: cut.keys.size }
}

function readRoles(map: unknown): Role[] {
  if (!(map instanceof Y.Map)) return []
  const found: (Ordered & { role: Role })[] = []
  for (const [key, order] of map.entries()) {
    const [role, person] = splitRole(key)
    if (person !== '' && assignments.includes(role as Assignment)) {
      found.push({ id: key, order: word(order), role: { person: person as PersonId, role: role as Assignment } })
    }
  }
  return within(most.roles, found.sort(compareOrder)).map((one) => one.role)
}

function splitRole(key: string): [string, string] {
  const at = key.indexOf(' ')
  return [key.slice(0, at), key.slice(at + 1)]
}

function readReadings(map: unknown, cut: Cut): Reading[] {
  if (!(map instanceof Y.Map)) return []
  const found: (Ordered & { reading: Reading })[] = []
  for (const [id, one] of map.entries()) {
    if (!(one instanceof Y.Map) || one.get('deleted') === true) continue
    found.push({
      id,
      order: word(one.get('order')),
      reading: { id: id as ReadingId, ...registersIn(fields.reading, one, cut) },
    })
  }
  return within(most.readings, found.sort(compareOrder)).map((entry) => entry.reading)
}

function readHosts(value: unknown, cut: Cut): Agenda['hosts'] {
  if (!Array.isArray(value)) return []
  return value.slice(0, mostHosts).flatMap((host: unknown) => {
    if (typeof host !== 'object' || host === null) return []
    const { side, name } = host as { side?: unknown; name?: { en?: unknown; zh?: unknown } }
    if (side !== 'us' && side !== 'cn') return []
    return [
      {
        side,
        name: {
          en: cut.text('hosts', word(name?.en), longestName),
          zh: cut.text('hosts', word(name?.zh), longestName),
        },
      },
    ]
  })
}

function readPlace(value: unknown): Placed {
  if (typeof value !== 'object' || value === null) return { day: null, order: '' }
  const { day, order } = value as { day?: unknown; order?: unknown }
  return { day: typeof day === 'string' ? day : null, order: word(order) }
}

/** The registers of an entry; invalid values read as their default. */
function registersIn<T extends Table>(table: T, map: Y.Map<unknown>, cut: Cut, prefix = ''): Values<Registers<T>> {
  const found: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(table)) {
    if (!isSetting(field)) continue
    const value = registerIn(field, map, cut, prefix + name)
    if (value !== undefined) found[name] = value
  }
  return found as Values<Registers<T>>
}

function registerIn(field: Field, map: Y.Map<unknown>, cut: Cut, name: string): unknown {
  const value = map.get(name)
  switch (field.is) {
    case 'choice':
      return field.of.includes(value as string) ? value : field.otherwise
    case 'flag':
      return value === true
    case 'number': {
      const within = typeof value === 'number' && Number.isInteger(value) && value >= field.least && value <= field.most
      return within ? value : field.otherwise
    }
    case 'date':
      return isDate(value) ? value : field.otherwise
    case 'time':
      return isTime(value) ? value : field.otherwise
    case 'zone':
      return isZone(value) ? value : field.otherwise
    case 'optional-time':
      return isTime(value) ? value : undefined
    case 'link':
      return isLink(value) ? value : ''
    case 'word':
      return cut.text(name, word(value), field.most)
    case 'words': {
      const one = (language: Language) =>
        cut.text(`${name}.${language}`, word(map.get(`${name}.${language}`)), field.most)
      return { en: one('en'), zh: one('zh') } satisfies Bilingual
    }
    case 'group':
      return registersIn(field.fields, map, cut, `${name}.`)
    default:
      return undefined
  }
}

/** Cuts texts that are longer than their limit, which merged edits may make them, and remembers which. */
interface Cut {
  readonly keys: ReadonlySet<string>
  text(key: string, text: string, limit: number): string
  prose(key: string, prose: Prose): Prose
}

function createCut(before: Iterable<string> = []): Cut {
  const keys = new Set(before)
  return {
    keys,
    text(key, text, limit) {
      if (text.length <= limit) return text
      keys.add(key)
      return shortened(text, limit)
    },
    prose(key, prose) {
      let left = longestText
      const whole = prose.findIndex((block) => {
        left -= proseText([block]).length + 1
        return left < 0
      })
      if (whole < 0 && prose.length <= mostBlocks) return prose
      keys.add(key)
      const kept = Math.min(whole < 0 ? prose.length : whole, mostBlocks - 1)
      const rest = kept === 0 ? shortened(proseText(prose.slice(0, 1)), longestText) : '…'
      return [...prose.slice(0, kept), { type: 'paragraph', content: [{ type: 'text', text: rest }] }]
    },
  }
}

/** The first characters, at most `limit` with the dots. */
function shortened(text: string, limit: number): string {
  return `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

function within<T>(limit: number, entries: readonly T[]): readonly T[] {
  return entries.length > limit ? entries.slice(0, limit) : entries
}

/** How many items of each row are in the agenda, so that a flooded day leaves room to the others. */
function longestRow(lengths: readonly number[]): number {
  let left: number = most.items
  const shorter = [...lengths].sort((a, b) => a - b)
  for (const [at, length] of shorter.entries()) {
    const share = Math.floor(left / (shorter.length - at))
    if (length > share) return share
    left -= length
  }
  return most.items
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function compareDays(a: DayEntry, b: DayEntry): number {
  return compareOrder(
    { id: a.id, order: `${a.day.date} ${a.day.start}` },
    { id: b.id, order: `${b.day.date} ${b.day.start}` },
  )
}

function sameDay(a: Day, b: Day): boolean {
  return a.date === b.date && a.start === b.start && a.end === b.end
}

function keep<T>(old: readonly T[], next: readonly T[]): readonly T[] {
  return old.length === next.length && next.every((one, index) => one === old[index]) ? old : next
}

/** The root that contains a shared type, and the map keys on the path to it. */
function pathOf(type: Y.AbstractType<unknown>): { root: Y.AbstractType<unknown>; keys: string[] } | null {
  const keys: string[] = []
  let at = type
  while (at._item) {
    if (at._item.parentSub !== null) keys.unshift(at._item.parentSub)
    const parent = at._item.parent
    if (!(parent instanceof Y.AbstractType)) return null
    at = parent
  }
  return { root: at, keys }
}
