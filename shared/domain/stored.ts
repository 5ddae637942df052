import type { Agenda, Item } from './agenda.ts'
import { blankOf, fields, type Table } from './fields.ts'

/**
 * An agenda that an earlier release has stored, with the fields that came later as nobody has set them. Without them each
 * entry would differ from what it says today, and restoring would change it.
 */
export function completed(stored: Agenda): Agenda {
  const item = (one: Item): Item => ({
    ...filled(fields.item, one),
    readings: one.readings.map((reading) => filled(fields.reading, reading)),
  })
  return {
    ...filled(fields.meeting, stored),
    days: stored.days.map((day) => ({ ...filled(fields.day, day), items: day.items.map(item) })),
    proposals: stored.proposals.map(item),
    people: stored.people.map((person) => filled(fields.person, person)),
    glossary: stored.glossary.map((term) => filled(fields.term, term)),
  }
}

function filled<Entry extends object>(table: Table, entry: Entry): Entry {
  return { ...blankOf(table), ...entry }
}
