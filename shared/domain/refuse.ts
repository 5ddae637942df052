import {
  type Agenda,
  assignments,
  type Bilingual,
  type Item,
  type ItemId,
  languages,
  locate,
  type Prose,
  proseText,
  sides,
} from './agenda.ts'
import { isDate, isTime, isZone } from './clock.ts'
import type {
  Command,
  DaySettings,
  ItemSettings,
  MeetingSettings,
  PersonSettings,
  Place,
  ReadingSettings,
  Refusal,
  Snapshot,
  TermSettings,
} from './command.ts'
import {
  type Field,
  fields,
  longestId,
  longestLink,
  longestName,
  longestText,
  most,
  mostHosts,
  type Table,
} from './fields.ts'

/** Why `command` cannot run on the agenda, or null when it can. */
export function refuse({ agenda, removed, final }: Snapshot, command: Command): Refusal | null {
  switch (command.type) {
    case 'add-item':
      return (
        full(agenda, { items: 1 }) ??
        badId(command.id, 'id') ??
        when(known(agenda, command.id) || removed.items.some((one) => one.id === command.id), 'already-there', 'id') ??
        badPlace(agenda, command.place) ??
        badItem(command.settings) ??
        (command.title ? badName(command.title, 'title') : null)
      )
    case 'set-item':
      return when(!known(agenda, command.id), 'not-found', 'id') ?? badItem(command.settings)
    case 'set-title':
      return when(!known(agenda, command.id), 'not-found', 'id') ?? badName(command.title, 'title')
    case 'set-text':
      return when(!known(agenda, command.id), 'not-found', 'id') ?? when(tooLong(command.prose), 'too-long', 'prose')
    case 'move-items':
      return badMove(agenda, command.ids, command.place)
    case 'delete-items':
      return each(command.ids, (id) => known(agenda, id))
    case 'restore-items':
      return (
        full(agenda, { items: command.ids.length }) ??
        each(command.ids, (id) => removed.items.some((one) => one.id === id))
      )
    case 'add-day':
      return (
        full(agenda, { days: 1 }) ??
        badId(command.id, 'id') ??
        when(
          [...agenda.days, ...removed.days].some((one) => one.id === command.id),
          'already-there',
          'id',
        ) ??
        badDay(command.settings)
      )
    case 'set-day':
      return when(!agenda.days.some((one) => one.id === command.id), 'not-found', 'id') ?? badDay(command.settings)
    case 'delete-day':
      return when(!agenda.days.some((one) => one.id === command.id), 'not-found', 'id')
    case 'restore-day':
      return full(agenda, { days: 1 }) ?? when(!removed.days.some((one) => one.id === command.id), 'not-found', 'id')
    case 'add-person':
      return (
        full(agenda, { people: 1 }) ??
        badId(command.id, 'id') ??
        when(
          [...agenda.people, ...removed.people].some((one) => one.id === command.id),
          'already-there',
          'id',
        ) ??
        badPerson(command.settings)
      )
    case 'set-person':
      return when(!agenda.people.some((one) => one.id === command.id), 'not-found', 'id') ?? badPerson(command.settings)
    case 'delete-person':
      return when(!agenda.people.some((one) => one.id === command.id), 'not-found', 'id')
    case 'restore-person':
      return (
        full(agenda, { people: 1 }) ?? when(!removed.people.some((one) => one.id === command.id), 'not-found', 'id')
      )
    case 'assign': {
      const item = find(agenda, command.item)
      if (!item) return { code: 'not-found', field: 'item' }
      return (
        when(!agenda.people.some((one) => one.id === command.person), 'not-found', 'person') ??
        choice(command.role, assignments, 'role') ??
        when(item.roles.length >= most.roles, 'too-many', 'role') ??
        when(holds(item, command), 'nothing-to-do', 'role')
      )
    }
    case 'unassign': {
      const item = find(agenda, command.item)
      if (!item) return { code: 'not-found', field: 'item' }
      return when(!holds(item, command), 'not-found', 'role')
    }
    case 'add-reading': {
      const item = find(agenda, command.item)
      if (!item) return { code: 'not-found', field: 'item' }
      return (
        when(item.readings.length >= most.readings, 'too-many', 'item') ??
        badId(command.id, 'id') ??
        when(
          item.readings.some((one) => one.id === command.id),
          'already-there',
          'id',
        ) ??
        badReading(command.settings)
      )
    }
    case 'set-reading':
      return missingReading(agenda, command) ?? badReading(command.settings)
    case 'delete-reading':
      return missingReading(agenda, command)
    case 'add-term':
      return (
        full(agenda, { terms: 1 }) ??
        badId(command.id, 'id') ??
        when(
          [...agenda.glossary, ...removed.terms].some((one) => one.id === command.id),
          'already-there',
          'id',
        ) ??
        badTerm(command.settings)
      )
    case 'set-term':
      return when(!agenda.glossary.some((one) => one.id === command.id), 'not-found', 'id') ?? badTerm(command.settings)
    case 'delete-term':
      return when(!agenda.glossary.some((one) => one.id === command.id), 'not-found', 'id')
    case 'restore-term':
      return full(agenda, { terms: 1 }) ?? when(!removed.terms.some((one) => one.id === command.id), 'not-found', 'id')
    case 'set-meeting':
      return badMeeting(command.settings)
    case 'set-final':
      return (
        when(command.version === final, 'nothing-to-do', 'version') ??
        (command.version === null ? null : badId(command.version, 'version'))
      )
  }
}

/**
 * Why commands that come as a list cannot run: together they would add more than an agenda holds. Nothing else about
 * them is checked.
 */
export function refuseMany({ agenda }: Snapshot, commands: readonly Command[]): Refusal | null {
  const added: Counts = { items: 0, days: 0, people: 0, terms: 0 }
  for (const command of commands) {
    if (command.type === 'add-item') added.items++
    else if (command.type === 'restore-items') added.items += command.ids.length
    else if (command.type === 'delete-items') added.items -= command.ids.length
    else if (command.type === 'add-day' || command.type === 'restore-day') added.days++
    else if (command.type === 'delete-day') added.days--
    else if (command.type === 'add-person' || command.type === 'restore-person') added.people++
    else if (command.type === 'delete-person') added.people--
    else if (command.type === 'add-term' || command.type === 'restore-term') added.terms++
    else if (command.type === 'delete-term') added.terms--
  }
  return full(agenda, added)
}

/** Whether so many more would be more than an agenda holds. */
function full(agenda: Agenda, added: Partial<Counts>): Refusal | null {
  const counts = countsOf(agenda)
  return first(Object.keys(added) as (keyof Counts)[], (name) => {
    const more = added[name] ?? 0
    return when(more > 0 && counts[name] + more > most[name], 'too-many', name)
  })
}

/** Whether it has more entries than an agenda holds. */
export function isTooMuch(agenda: Agenda): boolean {
  const counts = countsOf(agenda)
  return (Object.keys(counts) as (keyof Counts)[]).some((name) => counts[name] > most[name])
}

type Counts = Record<'items' | 'days' | 'people' | 'terms', number>

function countsOf({ days, proposals, people, glossary }: Agenda): Counts {
  const items = days.reduce((sum, day) => sum + day.items.length, proposals.length)
  return { items, days: days.length, people: people.length, terms: glossary.length }
}

/** Whether the link opens in a browser or a mail program. All others (`javascript:`, `data:`) are refused. */
export function isLink(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= longestLink &&
    /^(https?:\/\/[^\s]+|mailto:[^\s]+@[^\s]+)$/i.test(value)
  )
}

function badMove(agenda: Agenda, ids: readonly ItemId[], place: Place): Refusal | null {
  const missing = each(ids, (id) => known(agenda, id)) ?? badPlace(agenda, place)
  if (missing) return missing
  const target = place.day === null ? agenda.proposals : agenda.days.find((one) => one.id === place.day)!.items
  const moving = new Set(ids)
  const stay = target.filter((item) => !moving.has(item.id)).map((item) => item.id)
  const behind = target.slice(0, target.findIndex((item) => item.id === place.after) + 1)
  const at = behind.filter((item) => !moving.has(item.id)).length
  const after = [...stay.slice(0, at), ...ids, ...stay.slice(at)]
  const same = after.length === target.length && after.every((id, index) => target[index]!.id === id)
  return when(same, 'nothing-to-do', 'place')
}

function badPlace(agenda: Agenda, place: Place): Refusal | null {
  const items = place.day === null ? agenda.proposals : agenda.days.find((one) => one.id === place.day)?.items
  if (!items) return { code: 'not-found', field: 'place.day' }
  return when(place.after !== null && !items.some((one) => one.id === place.after), 'not-found', 'place.after')
}

function badItem(settings: Partial<ItemSettings>): Refusal | null {
  return badSettings(fields.item, settings)
}

function badDay(settings: Partial<DaySettings>): Refusal | null {
  const { start, end } = settings
  return (
    badSettings(fields.day, settings) ??
    when(typeof start === 'string' && typeof end === 'string' && end <= start, 'out-of-range', 'settings.end')
  )
}

function badPerson(settings: Partial<PersonSettings>): Refusal | null {
  return badSettings(fields.person, settings)
}

function badReading(settings: Partial<ReadingSettings>): Refusal | null {
  return badSettings(fields.reading, settings)
}

function badTerm(settings: Partial<TermSettings>): Refusal | null {
  return badSettings(fields.term, settings)
}

function badMeeting(settings: Partial<MeetingSettings>): Refusal | null {
  const { hosts = [] } = settings
  return (
    badSettings(fields.meeting, settings) ??
    when(hosts.length > mostHosts, 'out-of-range', 'settings.hosts') ??
    first(hosts, (host, index) => {
      const field = `settings.hosts[${index}]`
      return choice(host.side, sides, `${field}.side`) ?? badName(host.name, `${field}.name`)
    })
  )
}

/** The refusal of the first invalid setting; null when all are valid. */
function badSettings(table: Table, settings: object, path = 'settings'): Refusal | null {
  const values = settings as Readonly<Record<string, unknown>>
  return first(Object.keys(table), (name) => {
    const value = values[name]
    return value === undefined ? null : badValue(table[name] as Field, value, `${path}.${name}`)
  })
}

function badValue(field: Field, value: unknown, path: string): Refusal | null {
  switch (field.is) {
    case 'choice':
      return choice(value, field.of, path)
    case 'flag':
      return when(typeof value !== 'boolean', 'not-a-choice', path)
    case 'number':
      return (
        when(!Number.isInteger(value), 'not-a-number', path) ??
        when((value as number) < field.least || (value as number) > field.most, 'out-of-range', path)
      )
    case 'date':
      return when(!isDate(value), 'not-a-date', path)
    case 'time':
      return when(!isTime(value), 'not-a-time', path)
    case 'optional-time':
      return when(value !== null && !isTime(value), 'not-a-time', path)
    case 'zone':
      return when(!isZone(value), 'not-a-zone', path)
    case 'link':
      return when(value !== '' && !isLink(value), 'not-a-link', path)
    case 'word':
      return when(String(value).length > field.most, 'too-long', path)
    case 'words': {
      const words = value as Partial<Bilingual>
      return first(languages, (one) => when((words[one]?.length ?? 0) > field.most, 'too-long', `${path}.${one}`))
    }
    case 'group':
      return badSettings(field.fields, value as object, path)
    case 'line':
    case 'prose':
    case 'list':
      return null
  }
}

function tooLong(prose: Prose): boolean {
  return proseText(prose).length > longestText
}

function missingReading(agenda: Agenda, command: { item: ItemId; id: string }): Refusal | null {
  const item = find(agenda, command.item)
  if (!item) return { code: 'not-found', field: 'item' }
  return when(!item.readings.some((one) => one.id === command.id), 'not-found', 'id')
}

function badName(name: Partial<Bilingual>, field: string): Refusal | null {
  return (
    when((name.en?.length ?? 0) > longestName, 'too-long', `${field}.en`) ??
    when((name.zh?.length ?? 0) > longestName, 'too-long', `${field}.zh`)
  )
}

function badId(id: string, field: string): Refusal | null {
  return when(id.length === 0, 'not-found', field) ?? when(id.length > longestId, 'too-long', field)
}

function each(ids: readonly ItemId[], found: (id: ItemId) => boolean): Refusal | null {
  if (ids.length === 0) return { code: 'nothing-to-do', field: 'ids' }
  return (
    first(ids, (id, index) => when(!found(id), 'not-found', `ids[${index}]`)) ??
    when(new Set(ids).size !== ids.length, 'already-there', 'ids')
  )
}

function first<T>(values: readonly T[], check: (value: T, index: number) => Refusal | null): Refusal | null {
  for (const [index, value] of values.entries()) {
    const refusal = check(value, index)
    if (refusal) return refusal
  }
  return null
}

function choice(value: unknown, choices: readonly unknown[], field: string): Refusal | null {
  return when(!choices.includes(value), 'not-a-choice', field)
}

function when(wrong: boolean, code: Refusal['code'], field: string): Refusal | null {
  return wrong ? { code, field } : null
}

function holds(item: Item, command: { person: string; role: string }): boolean {
  return item.roles.some((one) => one.person === command.person && one.role === command.role)
}

function known(agenda: Agenda, id: ItemId): boolean {
  return locate(agenda, id) !== null
}

function find(agenda: Agenda, id: ItemId): Item | null {
  return locate(agenda, id)?.item ?? null
}
