import {
  type Agenda,
  type Day,
  type DayId,
  type Inline,
  type Item,
  type ItemId,
  languages,
  type Person,
  type PersonId,
  type Prose,
  type ReadingId,
} from './agenda.ts'
import type { Command, Place, Snapshot } from './command.ts'
import { settingsOf } from './restore.ts'

/**
 * The commands that add `incoming` to an agenda without changing what it holds. A day is appended to the day of the
 * same date, if there is one. A person with the same name is the same person. Everything gets new ids, so the same file
 * can be added twice.
 */
export function additions({ agenda }: Snapshot, incoming: Agenda, newId: () => string): Command[] {
  const people = new Map<PersonId, PersonId>()
  const newPeople: Command[] = []
  for (const person of incoming.people) {
    const known = agenda.people.find((one) => isSamePerson(one, person))
    const id = known?.id ?? (newId() as PersonId)
    people.set(person.id, id)
    const { id: _id, ...settings } = person
    if (known === undefined) newPeople.push({ type: 'add-person', id, settings })
  }

  const rows = incoming.days.flatMap((day): Command[] => {
    const there = agenda.days.find((one) => one.date === day.date)
    const id = there?.id ?? (newId() as DayId)
    const settings = { date: day.date, start: day.start, end: day.end ?? null }
    return [
      ...(there === undefined ? [{ type: 'add-day', id, settings } as const] : []),
      ...itemsInto({ day: id, after: last(there?.items) }, onTime(day, there), people, newId),
    ]
  })

  const terms = incoming.glossary
    .filter((term) => !agenda.glossary.some((one) => one.en === term.en && one.zh === term.zh))
    .map(({ id: _id, ...settings }): Command => ({ type: 'add-term', id: newId() as typeof _id, settings }))
  return [
    ...newPeople,
    ...rows,
    ...itemsInto({ day: null, after: last(agenda.proposals) }, incoming.proposals, people, newId),
    ...terms,
  ]
}

/** Pins the first item of an empty day that starts at another time: an import must not change a day's start. */
function onTime({ start, items }: Day, there: Day | undefined): readonly Item[] {
  const [first, ...others] = items
  if (first === undefined || there === undefined || there.items.length > 0 || there.start === start) return items
  return [{ ...first, pinned: first.pinned ?? start }, ...others]
}

/** Compares names in either language: a file in one language names people in one. */
function isSamePerson(a: Person, b: Person): boolean {
  const key = (name: string) => name.normalize('NFKC').trim().toLowerCase().replace(/\s+/gu, ' ')
  return languages.some((language) => a.name[language] !== '' && key(a.name[language]) === key(b.name[language]))
}

/** The same words with new bracket ids: those of the file may already exist here. */
function fresh(prose: Prose, newId: () => string): Prose {
  const inline = (node: Inline): Inline => {
    if (node.type === 'text') return node
    return { ...node, id: newId(), alternatives: node.alternatives.map((one) => ({ ...one, id: newId() })) }
  }
  return prose.map((block) =>
    block.type === 'paragraph'
      ? { ...block, content: block.content.map(inline) }
      : { ...block, items: block.items.map((item) => fresh(item, newId)) },
  )
}

const last = (items: readonly Item[] | undefined): ItemId | null => items?.at(-1)?.id ?? null

/** The commands that add `items` at a place, under ids of their own. `people`: who of theirs is who in the agenda. */
export function itemsInto(
  { day, after: first }: Place,
  items: readonly Item[],
  people: ReadonlyMap<PersonId, PersonId>,
  newId: () => string,
): Command[] {
  let after = first
  return items.flatMap((item): Command[] => {
    const id = newId() as ItemId
    const place = { day, after }
    after = id
    return [
      { type: 'add-item', id, place, settings: settingsOf(item), title: item.title },
      ...(['objective', 'questions', 'output'] as const).flatMap((text) =>
        languages
          .filter((language) => item[text][language].length > 0)
          .map(
            (language): Command => ({
              type: 'set-text',
              id,
              text,
              language,
              prose: fresh(item[text][language], newId),
            }),
          ),
      ),
      ...item.roles.flatMap(({ person, role }): Command[] => {
        const known = people.get(person)
        return known === undefined ? [] : [{ type: 'assign', item: id, person: known, role }]
      }),
      ...item.readings.map(
        ({ id: _id, ...settings }): Command => ({ type: 'add-reading', item: id, id: newId() as ReadingId, settings }),
      ),
    ]
  })
}
