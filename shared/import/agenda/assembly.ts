import {
  type Agenda,
  assignments,
  type Bilingual,
  type Block,
  type Day,
  type Item,
  type PersonId,
  type Prose,
  type Role,
  type TextRun,
} from '../../domain/agenda.ts'
import { addDays, minutesOf as clockMinutes, isDate, timeOf } from '../../domain/clock.ts'
import { blankOf, fields } from '../../domain/fields.ts'
import { kindOfTitle, topicOfTitle } from '../guess.ts'
import { type Named, namesIn } from '../name.ts'
import { bilingual, whole } from '../script.ts'
import { forTexts } from '../vocabulary.ts'
import { addPerson, type Claim, type Draft, type DraftDay, type DraftItem, names, personOf } from './draft.ts'

// What the format `parley.agenda/1` holds at most.
const mostRoles = 500
const mostRuns = 1000
const mostBlocks = 2000
const mostEntries = 1000
const longestRun = 100_000
const longestText = 150_000

/** The agenda of a draft, within what the format holds. */
export function agendaOf(draft: Draft): Agenda {
  const { meeting, hosts, days, proposals, people, glossary } = draft
  dateDays(days, draft.first ?? draft.options.today)
  const made = days.map((day) => dayOf(draft, day, day.date!))
  const key = ({ date, start, id }: Day) => `${date} ${start} ${id}`
  return {
    format: 'parley.agenda/1',
    ...meeting,
    title: names(meeting.title),
    place: names(meeting.place),
    hosts,
    days: made.sort((a, b) => (key(a) < key(b) ? -1 : 1)),
    proposals: proposals.map((one) => itemOf(draft, one, one.set.minutes ?? fields.item.minutes.otherwise)),
    people,
    glossary,
  }
}

function dayOf(draft: Draft, { id, items, ...day }: DraftDay, date: string): Day {
  markBreakouts(items)
  const first = items[0]?.start ?? null
  const start = day.start ?? (first === null ? fields.day.start.otherwise : timeOf(first))
  const end = day.end !== null && day.end > start ? { end: day.end } : {}
  const pin = openClock(start)
  return {
    id,
    date,
    start,
    ...end,
    items: items.map((one, index) => pin(itemOf(draft, one, minutesOf(items, index)), one.start)),
  }
}

function itemOf(draft: Draft, { id, title, set, texts, claims, readings }: DraftItem, minutes: number): Item {
  const kind = set.kind ?? kindOfTitle(title)
  return {
    id,
    ...blankOf(fields.item),
    topic: topicOfTitle(title, kind),
    ...set,
    kind,
    title,
    minutes,
    ...forTexts((name) => ({ en: bounded(texts[name].en), zh: bounded(texts[name].zh) })),
    roles: rolesOf(draft, claims),
    readings,
  }
}

function rolesOf(draft: Draft, claims: readonly Claim[]): Role[] {
  const roles: Role[] = []
  const isKnown = (name: Bilingual) => personOf(draft, name) !== undefined
  const isName = (text: string) => isKnown(bilingual(text, draft.alone))
  for (const role of assignments) {
    const give = (person: PersonId | null) => {
      if (person === null || roles.length >= mostRoles) return
      if (!roles.some((one) => one.person === person && one.role === role)) roles.push({ person, role })
    }
    const ofRole = claims.filter((claim) => claim.role === role)
    for (const { person } of ofRole) give(person)
    const lists = ofRole.map(({ person, text }) => (person === null ? namesIn(text, draft.alone, isName) : []))
    for (const one of paired(lists, isKnown)) give(addPerson(draft, one))
  }
  return roles
}

/** Where a file has the names of a role in two places, one a language, they are the same people. */
function paired(lists: readonly (readonly Named[])[], isKnown: (name: Bilingual) => boolean): readonly Named[] {
  const all = lists.flat()
  const english = lists.filter((names) => names.every((one) => one.name.zh === '')).flat()
  const chinese = lists.filter((names) => names.every((one) => one.name.en === '')).flat()
  const apart = english.length > 0 && english.length === chinese.length && english.length * 2 === all.length
  // Two who are both on the list of people are two.
  if (!apart || english.some((one, index) => isKnown(one.name) && isKnown(chinese[index]!.name))) return all
  return english.map((one, index) => ({
    name: { en: one.name.en, zh: chinese[index]!.name.zh },
    affiliation: { en: one.affiliation.en, zh: chinese[index]!.affiliation.zh },
  }))
}

/** Computes start times as the timetable does, item by item, and pins those that the file has otherwise. */
function openClock(dayStart: string): (item: Item, at: number | null) => Item {
  let free = clockMinutes(dayStart)
  // Where the last round of breakouts began, if more may still join it.
  let round: number | null = null
  return (item, at) => {
    const running = item.kind === 'breakout' && round !== null ? round : free
    const pinned = at !== null && (running - at) % 1440 !== 0
    const start = pinned ? at : running
    round = item.kind === 'breakout' ? start : null
    free = Math.max(free, start + item.minutes)
    return pinned ? { ...item, pinned: timeOf(at) } : item
  }
}

/** What starts together with something else is a breakout, if the file does not say what it is. */
function markBreakouts(items: readonly DraftItem[]): void {
  for (const [index, { start, set }] of items.entries()) {
    const before = items[index - 1]
    if (!before || start === null || start !== before.start || set.kind !== undefined) continue
    if (before.set.kind === undefined || before.set.kind === 'breakout') before.set.kind = set.kind = 'breakout'
  }
}

function minutesOf(items: readonly DraftItem[], index: number): number {
  const { start, end, set } = items[index]!
  const minutes = set.minutes ?? null
  if (start !== null && end !== null) {
    const between = (((end - start) % 1440) + 1440) % 1440
    if (minutes !== null && minutes % 1440 === between) return minutes
    if (between > 0) return between
  }
  if (minutes !== null) return minutes
  const next = items.slice(index + 1, index + 20).find((one) => one.start !== null && one.start !== start)
  const untimed = items[index + 1]?.start === null
  return start !== null && next && !untimed && next.start! > start ? next.start! - start : fields.item.minutes.otherwise
}

/** Days without a date count from the first; one without a number follows the one before it. */
function dateDays(days: readonly DraftDay[], first: string): void {
  const anchor = days.find((day) => day.date !== null && day.number !== null)
  const origin = anchor ? addDays(anchor.date!, 1 - anchor.number!) : first
  const taken = new Set(days.map((day) => day.date))
  let last: string | null = null
  for (const day of days) {
    if (day.date === null) {
      let date: string =
        day.number !== null ? addDays(origin, day.number - 1) : last === null ? origin : addDays(last, 1)
      while (taken.has(date)) date = addDays(date, 1)
      day.date = isDate(date) ? date : first
      taken.add(day.date)
    }
    last = day.date
  }
}

/** Within what the format holds. */
function bounded(blocks: readonly Block[]): Prose {
  let room = longestText
  const runsOf = (runs: readonly TextRun[]): TextRun[] =>
    runs.slice(0, mostRuns).flatMap((run) => {
      const text = whole(run.text.slice(0, Math.max(0, room)))
      room -= text.length
      const pieces: TextRun[] = []
      for (let at = 0; at < text.length; at += longestRun)
        pieces.push({ ...run, text: text.slice(at, at + longestRun) })
      return pieces
    })
  const blockOf = (block: Block): Block =>
    block.type === 'paragraph'
      ? { type: 'paragraph', content: runsOf(block.content as readonly TextRun[]) }
      : { type: block.type, items: block.items.slice(0, mostEntries).map((entry) => entry.slice(0, 100).map(blockOf)) }
  return blocks.slice(0, mostBlocks).map(blockOf)
}
