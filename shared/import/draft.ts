import type {
  Agenda,
  Assignment,
  Bilingual,
  Block,
  Day,
  DayId,
  Interpretation,
  Item,
  ItemId,
  Kind,
  Language,
  Person,
  PersonId,
  Prose,
  Reading,
  ReadingId,
  Role,
  Sector,
  Side,
  Term,
  TermId,
  TextRun,
  Topic,
} from '../domain/agenda.ts'
import { addDays, minutesOf as clockMinutes, isDate, isZone, timeOf } from '../domain/clock.ts'
import { blankOf, fields, longestItem, longestName } from '../domain/fields.ts'
import { isLink } from '../domain/refuse.ts'
import { type Named, namesIn } from './name.ts'
import { bilingual } from './script.ts'
import type { Line, Outcome, ReadOptions } from './understanding.ts'
import { kindOfTitle, sectorOfAffiliation, sideOf, topicOfTitle } from './vocabulary.ts'
import { type Whereabouts, whereabouts } from './whereabouts.ts'

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }
export type TextName = 'objective' | 'questions' | 'output'

/** An item as far as the file has told of it. */
export interface DraftItem {
  readonly id: ItemId
  title: Writable<Bilingual>
  /** Minutes after midnight. */
  start: number | null
  end: number | null
  minutes: number | null
  kind: Kind | null
  topic: Topic | null
  interpretation: Interpretation
  unattributed: boolean
  proposedBy: Side | null
  readonly texts: Record<TextName, { en: Block[]; zh: Block[] }>
  readonly claims: Claim[]
  readonly readings: Reading[]
  /** It stands in a timetable, and a heading further down may go on about it. */
  outlined: boolean
}

/** Who a file says does something; who that is is known when all people are. */
interface Claim {
  readonly role: Assignment
  readonly text: string
  readonly person: PersonId | null
}

export interface DraftDay {
  readonly id: DayId
  date: string | null
  number: number | null
  start: string | null
  end: string | null
  readonly items: DraftItem[]
}

export interface DraftPerson extends Named {
  readonly side: Person['side'] | null
  readonly sector: Sector | null
  readonly expertise?: Person['expertise']
}

// What the format `parley.agenda/1` holds at most.
const mostDays = 60
const mostItems = 1000
const mostPeople = 1000
const mostTerms = 2000
const mostReadings = 200
const mostRoles = 500
const mostHosts = 20
const mostBlocks = 2000
const mostEntries = 1000
const longestRun = 100_000
const longestText = 150_000
const longestLine = 300
const mostLines = 60_000

const usualMinutes = 30
const usualStart = '09:00'

export type Draft = ReturnType<typeof openDraft>

/** Gathers what a file says, keeps account of it, and makes an agenda that the format allows. */
export function openDraft(options: ReadOptions) {
  const meeting = {
    title: { en: '', zh: '' } as Writable<Bilingual>,
    place: { en: '', zh: '' } as Writable<Bilingual>,
    hosts: [] as { side: Side; name: Bilingual }[],
    track: '2' as Agenda['track'],
    rule: 'chatham-house' as Agenda['rule'],
    zones: { ...options.zones } as Writable<Agenda['zones']>,
    /** The first day, where the file names it before the days. */
    first: null as string | null,
    alone: null as Language | null,
  }
  const days: DraftDay[] = []
  const proposals: DraftItem[] = []
  const people: Writable<Person>[] = []
  const glossary: Term[] = []
  const lines: Line[] = []

  function note(where: Whereabouts, text: string, outcome: Outcome): void {
    const words = text.replace(/\s+/g, ' ').trim()
    if (words === '' || lines.length >= mostLines) return
    const shown = words.length > longestLine ? `${whole(words.slice(0, longestLine - 1))}…` : words
    lines.push({ where: whereabouts(where, options.language), text: shown, outcome })
  }

  /** The day of that date or number, or a new one; null when there are too many. */
  function day(date: string | null, number: number | null): DraftDay | null {
    const found = days.find(
      (one) => (date !== null && one.date === date) || (date === null && number !== null && one.number === number),
    )
    if (found) return found
    if (days.length >= mostDays) return null
    const made: DraftDay = { id: options.mint() as DayId, date, number, start: null, end: null, items: [] }
    days.push(made)
    return made
  }

  /** A new item of a day, or among the proposals; null when there are too many. */
  function item(of: DraftDay | null, title: Bilingual, outlined = false): DraftItem | null {
    const list = of?.items ?? proposals
    if (list.length >= mostItems) return null
    const made: DraftItem = {
      id: options.mint() as ItemId,
      title: { en: '', zh: '' },
      start: null,
      end: null,
      minutes: null,
      kind: null,
      topic: null,
      interpretation: 'none',
      unattributed: false,
      proposedBy: null,
      texts: { objective: { en: [], zh: [] }, questions: { en: [], zh: [] }, output: { en: [], zh: [] } },
      claims: [],
      readings: [],
      outlined,
    }
    list.push(made)
    entitle(made, title)
    return made
  }

  /** Gives an item the languages of `title` that it has not. A title too long for one line goes on in the objective. */
  function entitle(one: DraftItem, title: Bilingual): void {
    for (const language of ['en', 'zh'] as const) {
      if (one.title[language] !== '' || title[language] === '') continue
      one.title[language] = short(title[language])
      if (title[language].length > longestName) {
        one.texts.objective[language].push({ type: 'paragraph', content: [{ type: 'text', text: title[language] }] })
      }
    }
  }

  function reading(one: DraftItem, title: Bilingual, url: string): void {
    if (one.readings.length >= mostReadings) return
    const same = url !== '' ? one.readings.findIndex((other) => other.url === url) : -1
    const words = { en: short(title.en), zh: short(title.zh) }
    if (same >= 0) {
      const held = one.readings[same]!
      const joined = { en: held.title.en || words.en, zh: held.title.zh || words.zh }
      one.readings[same] = { ...held, title: joined }
      return
    }
    one.readings.push({ id: options.mint() as ReadingId, title: words, url: isLink(url) ? url : '' })
  }

  /** Readings from `middle` on that say in one language what those from `first` on say in the other become one with them. */
  function pairReadings(one: DraftItem, first: number, middle: number): void {
    const later = one.readings.splice(middle)
    for (const { title, url, id } of later) {
      const language = title.en === '' ? 'zh' : 'en'
      const at = one.readings.findIndex(
        (held, index) => index >= first && held.url === url && held.title[language] === '' && title[language] !== '',
      )
      if (at < 0) one.readings.push({ id, title, url })
      else
        one.readings[at] = { ...one.readings[at]!, title: { ...one.readings[at]!.title, [language]: title[language] } }
    }
  }

  /** The person of that name, or a new one: the same name is the same person. */
  function person({ name, affiliation, side, sector, expertise }: DraftPerson): PersonId | null {
    if (name.en === '' && name.zh === '') return null
    const words = { en: short(name.en), zh: short(name.zh) }
    const from = { en: short(affiliation.en), zh: short(affiliation.zh) }
    const held = known(words)
    if (held) {
      held.name = { en: held.name.en || words.en, zh: held.name.zh || words.zh }
      held.affiliation = { en: held.affiliation.en || from.en, zh: held.affiliation.zh || from.zh }
      if (side !== null && held.side === 'other') held.side = side
      return held.id
    }
    if (people.length >= mostPeople) return null
    const made: Person = {
      id: options.mint() as PersonId,
      name: words,
      affiliation: from,
      side: side ?? 'other',
      sector: sector ?? sectorOfAffiliation(from),
      expertise: expertise ?? 'both',
    }
    people.push(made)
    return made.id
  }

  function known(name: Bilingual): Writable<Person> | undefined {
    const same = (a: string, b: string) => a !== '' && a.toLowerCase() === b.toLowerCase()
    const differ = (a: string, b: string) => a !== '' && b !== '' && !same(a, b)
    return people.find((one) => {
      const agrees = same(one.name.en, name.en) || same(one.name.zh, name.zh)
      return agrees && !differ(one.name.en, name.en) && !differ(one.name.zh, name.zh)
    })
  }

  function term(en: string, zh: string, definition: Bilingual, status: Term['status'] = 'parallel'): boolean {
    if (glossary.length >= mostTerms) return false
    glossary.push({ id: options.mint() as TermId, en: short(en), zh: short(zh), status, definition, note: '' })
    return true
  }

  function host(name: Bilingual, side: Side | null): boolean {
    if (meeting.hosts.length >= mostHosts) return false
    const known = side ?? sideOf(`${name.en} ${name.zh}`)
    const other = meeting.hosts.some((one) => one.side === 'us') ? 'cn' : 'us'
    meeting.hosts.push({
      side: known === 'us' || known === 'cn' ? known : other,
      name: { en: short(name.en), zh: short(name.zh) },
    })
    return true
  }

  function zone(name: string): boolean {
    if (!isZone(name)) return false
    meeting.zones.venue = name
    return true
  }

  function rolesOf(draft: DraftItem): Role[] {
    const roles: Role[] = []
    const give = (id: PersonId | null, role: Assignment) => {
      if (id === null || roles.length >= mostRoles) return
      if (!roles.some((one) => one.person === id && one.role === role)) roles.push({ person: id, role })
    }
    const isKnown = (text: string) => known(bilingual(text, meeting.alone)) !== undefined
    for (const role of ['chair', 'presenter', 'discussant', 'rapporteur'] as const) {
      const claims = draft.claims.filter((claim) => claim.role === role)
      for (const { person: id } of claims) give(id, role)
      const names = claims.map((claim) => (claim.person === null ? namesIn(claim.text, meeting.alone, isKnown) : []))
      for (const one of paired(names, (name) => known(name) !== undefined)) {
        give(person({ ...one, side: null, sector: null }), role)
      }
    }
    return roles
  }

  function itemOf(draft: DraftItem, minutes: number): Item {
    const kind = draft.kind ?? kindOfTitle(draft.title)
    const text = (name: TextName): Bilingual<Prose> => ({
      en: bounded(draft.texts[name].en),
      zh: bounded(draft.texts[name].zh),
    })
    return {
      id: draft.id,
      ...blankOf(fields.item),
      kind,
      topic: draft.topic ?? topicOfTitle(draft.title, kind),
      title: { ...draft.title },
      minutes,
      objective: text('objective'),
      questions: text('questions'),
      output: text('output'),
      roles: rolesOf(draft),
      readings: draft.readings,
      proposedBy: draft.proposedBy,
      interpretation: draft.interpretation,
      unattributed: draft.unattributed,
    }
  }

  function dayOf(draft: DraftDay, date: string): Day {
    markBreakouts(draft.items)
    const items: Item[] = []
    const first = draft.items[0]?.start
    const start = draft.start ?? (first === null || first === undefined ? usualStart : timeOf(first))
    const shell = { id: draft.id, date, start, ...(draft.end !== null && draft.end > start ? { end: draft.end } : {}) }
    const clock = openRunning(start)
    for (const [index, one] of draft.items.entries()) {
      const plain = itemOf(one, minutesOf(draft.items, index))
      items.push(one.start === null ? clock.add(plain) : clock.addAt(plain, one.start))
    }
    return { ...shell, items }
  }

  function finish(): Agenda {
    dateDays(days, meeting.first ?? options.today)
    const made = days.map((one) => dayOf(one, one.date!))
    const order = (a: Day, b: Day) => compare(a.date, b.date) || compare(a.start, b.start) || compare(a.id, b.id)
    return {
      format: 'parley.agenda/1',
      title: { en: short(meeting.title.en), zh: short(meeting.title.zh) },
      track: meeting.track,
      rule: meeting.rule,
      hosts: meeting.hosts,
      place: { en: short(meeting.place.en), zh: short(meeting.place.zh) },
      zones: meeting.zones,
      days: made.sort(order),
      proposals: proposals.map((one) => itemOf(one, one.minutes ?? usualMinutes)),
      people,
      glossary,
    }
  }

  return {
    meeting,
    days,
    proposals,
    lines,
    note,
    day,
    item,
    entitle,
    reading,
    pairReadings,
    person,
    term,
    host,
    zone,
    finish,
  }
}

/** Computes start times as the timetable does, item by item, so that only what differs is pinned. */
function openRunning(dayStart: string) {
  let free = clockMinutes(dayStart)
  // Where the last round began, if more breakouts may still join it.
  let round: number | null = null

  function place(item: Item, start: number): Item {
    round = item.kind === 'breakout' ? start : null
    free = Math.max(free, start + item.minutes)
    return item
  }

  /** After what comes before it, or together with the breakouts before it. */
  function add(item: Item): Item {
    return place(item, startOf(item))
  }

  /** With a pin where the running time is another. */
  function addAt(item: Item, at: number): Item {
    const start = startOf(item)
    return (start - at) % 1440 === 0 ? place(item, start) : place({ ...item, pinned: timeOf(at) }, at)
  }

  function startOf(item: Item): number {
    return item.kind === 'breakout' && round !== null ? round : free
  }

  return { add, addAt }
}

/** What starts together with something else is a breakout, if the file does not say what it is. */
function markBreakouts(items: readonly DraftItem[]): void {
  for (const [index, one] of items.entries()) {
    const before = items[index - 1]
    if (!before || one.start === null || one.start !== before.start) continue
    if (one.kind === null && (before.kind === null || before.kind === 'breakout')) {
      before.kind = 'breakout'
      one.kind = 'breakout'
    }
  }
}

function minutesOf(items: readonly DraftItem[], index: number): number {
  const { start, end, minutes } = items[index]!
  const within = (value: number) => Math.min(longestItem, Math.max(1, value))
  if (start !== null && end !== null) {
    const between = (((end - start) % 1440) + 1440) % 1440
    if (minutes !== null && minutes % 1440 === between) return within(minutes)
    if (between > 0) return between
  }
  if (minutes !== null) return within(minutes)
  const next = items.slice(index + 1, index + 20).find((one) => one.start !== null && one.start !== start)
  const untimed = items[index + 1]?.start === null
  return start !== null && next && !untimed && next.start! > start ? next.start! - start : usualMinutes
}

/** Days without a date count from the first; one without a number follows the one before it. */
function dateDays(days: readonly DraftDay[], first: string): void {
  const anchor = days.find((one) => one.date !== null && one.number !== null)
  const origin = anchor ? addDays(anchor.date!, 1 - anchor.number!) : first
  const taken = new Set(days.map((one) => one.date))
  let last: string | null = null
  for (const one of days) {
    if (one.date === null) {
      let date: string =
        one.number !== null ? addDays(origin, one.number - 1) : last === null ? origin : addDays(last, 1)
      while (taken.has(date)) date = addDays(date, 1)
      one.date = isDate(date) ? date : first
      taken.add(one.date)
    }
    last = one.date
  }
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

/** Within what the format holds. */
function bounded(blocks: readonly Block[]): Prose {
  let room = longestText
  const runsOf = (runs: readonly TextRun[]): TextRun[] =>
    runs.slice(0, 1000).flatMap((run) => {
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

function short(text: string): string {
  return text.length <= longestName ? text : `${whole(text.slice(0, longestName - 1))}…`
}

/** Not cut in the middle of a character. */
function whole(text: string): string {
  const last = text.charCodeAt(text.length - 1)
  return last >= 0xd800 && last < 0xdc00 ? text.slice(0, -1) : text
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
