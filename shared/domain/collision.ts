import {
  type Agenda,
  allItems,
  type Bilingual,
  type DayId,
  type Item,
  type ItemId,
  type Language,
  languages,
  type PersonId,
  type Prose,
  type Reading,
  type ReadingId,
  rowsOf,
  type TermId,
} from './agenda.ts'
import type { Command, Snapshot } from './command.ts'
import { type Change, compare, type EntryDifference, type Position, type Value } from './compare.ts'
import { isEqual } from './equal.ts'
import { restoring } from './restore.ts'
import type { EntryKind } from './unseen.ts'

/** A conflict: both changed a field without seeing each other. Plain data, so that it can be stored until resolved. */
export interface Collision {
  /** Stable: the same conflict has the same id whenever it recurs. */
  readonly id: string
  readonly kind: EntryKind
  /** Empty for the meeting. */
  readonly entry: string
  /** The name of the entry at the merge base; for a day, its date. */
  readonly name: Bilingual
  readonly about: About
}

/** What conflicts: the value at the merge base, mine and theirs. */
export type About =
  | ({ readonly type: 'text'; readonly field: ProseField; readonly language: Language } & Ways<Prose>)
  | ({ readonly type: 'words'; readonly field: string; readonly language: Language } & Ways<string>)
  | ({ readonly type: 'value'; readonly field: string } & Ways<Value>)
  | ({ readonly type: 'hosts' } & Ways<Agenda['hosts']>)
  /** Null where it was deleted. */
  | ({ readonly type: 'reading'; readonly reading: ReadingId } & Ways<Reading | null>)
  | ({ readonly type: 'place' } & Ways<Position>)
  /** One deleted what the other went on changing. */
  | { readonly type: 'deletion'; readonly by: Way }

export interface Ways<T> {
  readonly base: T
  readonly mine: T
  readonly theirs: T
}

export type Way = 'mine' | 'theirs'
type ProseField = 'objective' | 'questions' | 'output'

/** An agenda with the `place` registers of its items. They alone tell which of two swapped items was moved. */
export interface AgendaState {
  readonly agenda: Agenda
  readonly places: ReadonlyMap<string, string>
}

/**
 * The conflicts between `mine` and `theirs`, both made from `base`. Identical changes do not conflict. Additions by
 * both are separate entries.
 */
export function collisions(base: AgendaState, mine: AgendaState, theirs: AgendaState): Collision[] {
  const agendas = { base: base.agenda, mine: mine.agenda, theirs: theirs.agenda }
  const [a, b] = [mine, theirs].map((one) => compare(base.agenda, one.agenda, movedIn(base, one))) as [
    ReturnType<typeof compare>,
    ReturnType<typeof compare>,
  ]
  const inside = (kind: EntryKind, entry: string, name: Bilingual, one: readonly Change[], other: readonly Change[]) =>
    fieldsOf(one)
      .filter((field) => fieldsOf(other).includes(field))
      .flatMap((field): Collision[] => {
        const about = aboutField(agendas, kind, entry, field)
        return about ? [{ id: [kind, entry, field].join(' '), kind, entry, name, about }] : []
      })
  function entries<T>(
    kind: EntryKind,
    lists: readonly [readonly EntryDifference<T>[], readonly EntryDifference<T>[]],
    nameOf: (one: T) => Bilingual,
    goesOn: (id: string, way: Way) => boolean = () => false,
  ): Collision[] {
    const changed = (one: EntryDifference<T> | undefined, id: string, way: Way) =>
      (one?.status === 'changed' && one.changes.length > 0) || goesOn(id, way)
    const [one, other] = lists
    const ids = new Set([...one, ...other].map((entry) => entry.id))
    return [...ids].flatMap((id): Collision[] => {
      const [here, there] = [one.find((entry) => entry.id === id), other.find((entry) => entry.id === id)]
      const was = here?.before ?? there?.before
      if (!was) return []
      const name = nameOf(was)
      const deleted = (by: Way): Collision[] => [
        { id: `${kind} ${id} deleted`, kind, entry: id, name, about: { type: 'deletion', by } },
      ]
      if (here?.status === 'deleted') return changed(there, id, 'theirs') ? deleted('mine') : []
      if (there?.status === 'deleted') return changed(here, id, 'mine') ? deleted('theirs') : []
      return here && there ? inside(kind, id, name, here.changes, there.changes) : []
    })
  }
  const comparisons = { mine: a, theirs: b }
  const wentElsewhere = (id: string, way: Way) => movesOf(agendas, comparisons[way], way).has(id)
  const tookOn = (person: string, way: Way) =>
    comparisons[way].items.some((item) =>
      item.changes.some((one) => one.type === 'role' && one.status === 'added' && one.person === person),
    )
  return [
    ...inside('meeting', '', agendas.base.title, a.meeting, b.meeting),
    ...entries('day', [a.days, b.days], ({ date }) => ({ en: date, zh: date })),
    ...entries('item', [a.items, b.items], ({ title }) => title, wentElsewhere),
    ...places(agendas, movesOf(agendas, a, 'mine'), movesOf(agendas, b, 'theirs')),
    ...entries('person', [a.people, b.people], ({ name }) => name, tookOn),
    ...entries('term', [a.glossary, b.glossary], ({ en, zh }) => ({ en, zh })),
  ]
}

/** The commands that make the agenda match `way`. Empty when it already does, or has no place for the value. */
export function choose(snapshot: Snapshot, collision: Collision, way: Way): Command[] {
  const { kind, entry, about } = collision
  if (about.type === 'deletion') return deleting(snapshot, kind, entry, about.by === way)
  if (about.type === 'place') {
    return isEqual(currentValue(snapshot.agenda, collision), about[way])
      ? []
      : moving(snapshot.agenda, entry, about[way])
  }
  const target = withValue(snapshot.agenda, kind, entry, about, way)
  return target === null ? [] : restoring(snapshot, target)
}

/** Which of the two the agenda holds now: one of them, something else, or neither, because the entry is deleted. */
export function currentWay(snapshot: Snapshot, collision: Collision): Way | 'other' | 'gone' {
  const { about, kind, entry } = collision
  if (about.type === 'deletion') {
    const is = entriesOf(snapshot.agenda, kind).some((one) => one.id === entry)
    return is ? (about.by === 'mine' ? 'theirs' : 'mine') : about.by
  }
  const now = currentValue(snapshot.agenda, collision)
  if (now === undefined) return 'gone'
  return isEqual(now, about.mine) ? 'mine' : isEqual(now, about.theirs) ? 'theirs' : 'other'
}

/** The current value of what conflicts; undefined when the agenda has no place for it, or for a deletion. */
export function currentValue(agenda: Agenda, { kind, entry, about }: Collision): unknown {
  if (about.type === 'deletion') return undefined
  if (about.type === 'place') return positionOf(agenda, entry) ?? undefined
  return valueIn(agenda, kind, entry, fieldOf(about))
}

type Agendas = Ways<Agenda>

/** A field of one entry, as a key: `title en`, `minutes`, `reading ID`. */
type Field = string

function fieldsOf(changes: readonly Change[]): Field[] {
  const found = changes.flatMap((one): Field[] => {
    switch (one.type) {
      case 'words':
      case 'formatting':
        return [one.field === 'hosts' ? 'hosts' : `${one.field} ${one.language}`]
      case 'value':
        return [one.field]
      case 'reading':
        return [`reading ${one.id}`]
      // Roles are a set: two additions do not conflict.
      case 'role':
        return []
    }
  })
  return [...new Set(found)]
}

function fieldOf(about: Exclude<About, { type: 'deletion' | 'place' }>): Field {
  switch (about.type) {
    case 'text':
    case 'words':
      return `${about.field} ${about.language}`
    case 'value':
      return about.field
    case 'hosts':
      return 'hosts'
    case 'reading':
      return `reading ${about.reading}`
  }
}

function aboutField(agendas: Agendas, kind: EntryKind, entry: string, name: Field): About | null {
  const ways = {
    base: valueIn(agendas.base, kind, entry, name),
    mine: valueIn(agendas.mine, kind, entry, name),
    theirs: valueIn(agendas.theirs, kind, entry, name),
  }
  if (isEqual(ways.mine, ways.theirs)) return null
  const [field = '', part] = name.split(' ')
  const language = languages.find((one) => one === part)
  if (field === 'hosts') return { type: 'hosts', ...(ways as Ways<Agenda['hosts']>) }
  if (field === 'reading') {
    const readings = ways as Ways<Reading | null>
    // Two additions cannot share a reading id. Changes to different parts of one reading do not conflict.
    if (readings.base && readings.mine && readings.theirs && !readingsCollide(readings)) return null
    return { type: 'reading', reading: part as ReadingId, ...readings }
  }
  if (language === undefined) return { type: 'value', field, ...(ways as Ways<Value>) }
  if (isProse(field)) return { type: 'text', field, language, ...(ways as Ways<Prose>) }
  return { type: 'words', field, language, ...(ways as Ways<string>) }
}

function readingsCollide({ base, mine, theirs }: Ways<Reading | null>): boolean {
  return parts.some((part) => {
    const [was, one, other] = [base, mine, theirs].map((reading) => reading && part(reading))
    return was !== one && was !== other && one !== other
  })
}

const parts: readonly ((reading: Reading) => string)[] = [
  (one) => one.title.en,
  (one) => one.title.zh,
  (one) => one.url,
]

function isProse(field: string): field is ProseField {
  return field === 'objective' || field === 'questions' || field === 'output'
}

function entriesOf(agenda: Agenda, kind: EntryKind): readonly { readonly id: string }[] {
  switch (kind) {
    case 'item':
      return allItems(agenda)
    case 'day':
      return agenda.days
    case 'person':
      return agenda.people
    case 'term':
      return agenda.glossary
    case 'meeting':
      return []
  }
}

/** Undefined when the agenda does not have the entry. */
function valueIn(agenda: Agenda, kind: EntryKind, entry: string, name: Field): unknown {
  const of = kind === 'meeting' ? agenda : entriesOf(agenda, kind).find((one) => one.id === entry)
  if (of === undefined) return undefined
  const [field = '', part] = name.split(' ')
  if (field === 'reading') return (of as Item).readings.find((one) => one.id === part) ?? null
  const path = pathOf(field, part)
  return path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], of) ?? null
}

function pathOf(field: string, part: string | undefined): string[] {
  // The two wordings of a term are separate fields.
  if (field === 'term') return [part ?? '']
  return [...field.split('.'), ...(part === undefined ? [] : [part])]
}

/** `agenda` with one field as `way` has it; null when the agenda has no place for it. */
function withValue(
  agenda: Agenda,
  kind: EntryKind,
  entry: string,
  about: Exclude<About, { type: 'deletion' | 'place' }>,
  way: Way,
): Agenda | null {
  if (kind !== 'meeting' && !entriesOf(agenda, kind).some((one) => one.id === entry)) return null
  const put = <T extends { readonly id?: string }>(of: T): T => {
    if (kind !== 'meeting' && of.id !== entry) return of
    if (about.type === 'reading') return { ...of, readings: withReading(of as unknown as Item, about, way) }
    const name = fieldOf(about)
    const [field = '', part] = name.split(' ')
    return assigned(of, pathOf(field, part), about[way]) as T
  }
  switch (kind) {
    case 'meeting':
      return put(agenda as Agenda & { id?: string })
    case 'day':
      return { ...agenda, days: agenda.days.map(put) }
    case 'item':
      return {
        ...agenda,
        days: agenda.days.map((day) => ({ ...day, items: day.items.map(put) })),
        proposals: agenda.proposals.map(put),
      }
    case 'person':
      return { ...agenda, people: agenda.people.map(put) }
    case 'term':
      return { ...agenda, glossary: agenda.glossary.map(put) }
  }
}

function assigned(of: object, path: readonly string[], value: unknown): object {
  const [key = '', ...rest] = path
  const inside = (of as Record<string, unknown>)[key]
  if (rest.length > 0) return { ...of, [key]: assigned((inside ?? {}) as object, rest, value) }
  // `pinned` and `end` are absent when empty, never null.
  const { [key]: _before, ...others } = of as Record<string, unknown>
  return value === null && (key === 'pinned' || key === 'end') ? others : { ...of, [key]: value }
}

/** Parts of a reading that only one of the two changed keep their current value. */
function withReading({ readings }: Item, about: Extract<About, { type: 'reading' }>, way: Way): readonly Reading[] {
  const wanted = about[way]
  if (wanted === null) return readings.filter((one) => one.id !== about.reading)
  const existing = readings.find((one) => one.id === about.reading)
  if (existing === undefined) return [...readings, wanted]
  const { base, mine, theirs } = about
  const pick = (part: (reading: Reading) => string) => {
    const both = base === null || mine === null || theirs === null
    return both || (part(base) !== part(mine) && part(base) !== part(theirs)) ? part(wanted) : part(existing)
  }
  const [en, zh, url] = parts.map(pick) as [string, string, string]
  return readings.map((one) => (one === existing ? { ...one, title: { en, zh }, url } : one))
}

function deleting({ agenda, removed }: Snapshot, kind: EntryKind, id: string, deleted: boolean): Command[] {
  const existing = entriesOf(agenda, kind).some((one) => one.id === id)
  if (existing !== deleted) return []
  const hidden: Readonly<Record<Exclude<EntryKind, 'meeting'>, readonly { readonly id: string }[]>> = {
    item: removed.items,
    day: removed.days,
    person: removed.people,
    term: removed.terms,
  }
  if (kind === 'meeting' || (!deleted && !hidden[kind].some((one) => one.id === id))) return []
  switch (kind) {
    case 'item':
      return [{ type: deleted ? 'delete-items' : 'restore-items', ids: [id as ItemId] }]
    case 'day':
      return [{ type: deleted ? 'delete-day' : 'restore-day', id: id as DayId }]
    case 'person':
      return [{ type: deleted ? 'delete-person' : 'restore-person', id: id as PersonId }]
    case 'term':
      return [{ type: deleted ? 'delete-term' : 'restore-term', id: id as TermId }]
  }
}

function movedIn(base: AgendaState, other: AgendaState): ReadonlySet<string> {
  return new Set([...other.places].filter(([id, place]) => base.places.get(id) !== place).map(([id]) => id))
}

/** The moves that `way` made. Items that became proposals because their day was deleted were not moved. */
function movesOf(agendas: Agendas, { items }: ReturnType<typeof compare>, way: Way): ReadonlyMap<string, Position> {
  const currentWay = new Set(agendas[way].days.map((day) => day.id))
  return new Map(
    items.flatMap(({ id, moved }): [string, Position][] => {
      if (moved === null || (moved.before.day !== null && !currentWay.has(moved.before.day))) return []
      return [[id, moved.after]]
    }),
  )
}

function places(
  agendas: Agendas,
  mine: ReadonlyMap<string, Position>,
  theirs: ReadonlyMap<string, Position>,
): Collision[] {
  return allItems(agendas.base).flatMap(({ id, title }): Collision[] => {
    const [one, other] = [mine.get(id), theirs.get(id)]
    const base = positionOf(agendas.base, id)
    if (!one || !other || !base || isEqual(one, other)) return []
    const about: About = { type: 'place', base, mine: one, theirs: other }
    return [{ id: `item ${id} place`, kind: 'item', entry: id, name: title, about }]
  })
}

function positionOf(agenda: Agenda, id: string): Position | null {
  for (const [day, row] of rowsOf(agenda)) {
    const index = row.findIndex((one) => one.id === id)
    if (index >= 0) return { day, after: row[index - 1]?.id ?? null }
  }
  return null
}

/** Moves to the same day: behind the same item if it is still there, else to the end. */
function moving(agenda: Agenda, entry: string, { day, after }: Position): Command[] {
  const id = entry as ItemId
  const target = rowsOf(agenda).find(([one]) => one === day)
  if (!target || positionOf(agenda, id) === null) return []
  const row = target[1].filter((one) => one.id !== id)
  const there = after === null || row.some((one) => one.id === after)
  return [{ type: 'move-items', ids: [id], place: { day, after: there ? after : (row.at(-1)?.id ?? null) } }]
}
