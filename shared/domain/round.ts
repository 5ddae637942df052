import type { Agenda, Bilingual, Day, DayId, Item, ItemId, PersonId, ReadingId, TermId } from './agenda.ts'
import { addDays, daysBetween, isDate } from './clock.ts'

export interface RoundOptions {
  readonly title: Bilingual
  /** ISO date of the first day. */
  readonly date: string
  readonly place: Bilingual
  /** The zone of the venue. Null: as in the last round. */
  readonly venue: string | null
  /** Whether the people and their roles go along. */
  readonly people: boolean
  /** Whether the readings go along. */
  readonly readings: boolean
  /** Returns a fresh id at every call. */
  readonly newId: () => string
}

/** The agenda of the next round, from that of the last one: the same days, items and glossary under ids of their own. */
export function nextRound(last: Agenda, options: RoundOptions): Agenda {
  const { title, date, place, venue, people, readings, newId } = options
  const renamed = new Map(people ? last.people.map(({ id }) => [id, newId() as PersonId]) : [])
  const itemOf = (item: Item): Item => ({
    ...item,
    id: newId() as ItemId,
    roles: item.roles.flatMap(({ person, role }) => {
      const now = renamed.get(person)
      return now === undefined ? [] : [{ person: now, role }]
    }),
    readings: readings ? item.readings.map((one) => ({ ...one, id: newId() as ReadingId })) : [],
  })
  const dayOf = (day: Day): Day => ({ ...day, id: newId() as DayId, items: day.items.map(itemOf) })
  return beginningOn(
    {
      ...last,
      ...{ title, place, zones: { ...last.zones, venue: venue ?? last.zones.venue } },
      days: last.days.map(dayOf),
      proposals: last.proposals.map(itemOf),
      people: last.people.flatMap((one) => {
        const id = renamed.get(one.id)
        return id === undefined ? [] : [{ ...one, id }]
      }),
      glossary: last.glossary.map((term) => ({ ...term, id: newId() as TermId })),
    },
    date,
  )
}

/** `agenda` with its first day on `first`, and the other days shifted by as much. */
export function beginningOn(agenda: Agenda, first: string): Agenda {
  const [day] = agenda.days
  if (day === undefined || !isDate(first) || day.date === first) return agenda
  const later = daysBetween(day.date, first)
  return { ...agenda, days: agenda.days.map((one) => ({ ...one, date: addDays(one.date, later) })) }
}
