import {
  type Agenda,
  type Assignment,
  type Bilingual,
  type Block,
  type DayId,
  type ItemId,
  type Language,
  languages,
  type Person,
  type PersonId,
  type Reading,
  type ReadingId,
  type Side,
  type Term,
  type TermId,
} from '../../domain/agenda.ts'
import { isZone } from '../../domain/clock.ts'
import {
  blankOf,
  type Fields,
  fields,
  longestName,
  mostHosts,
  type Registers,
  type Values,
} from '../../domain/fields.ts'
import { isLink } from '../../domain/refuse.ts'
import { sectorOfAffiliation } from '../guess.ts'
import type { Named } from '../name.ts'
import { completed, isBlank, shortened } from '../script.ts'
import type { ReadOptions } from '../understanding.ts'
import { forTexts, type ItemFacts, sideOf, type TextName } from '../vocabulary.ts'

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** An agenda as far as a file has been read. */
export interface Draft {
  readonly options: ReadOptions
  readonly meeting: Writable<Values<Registers<Fields['meeting']>>>
  readonly hosts: Writable<Agenda['hosts'][number]>[]
  /** The first day, where the file names it before the days. */
  first: string | null
  /** The only language of the file, or null. */
  alone: Language | null
  readonly days: DraftDay[]
  readonly proposals: DraftItem[]
  readonly people: Writable<Person>[]
  readonly glossary: Term[]
}

export interface DraftDay {
  readonly id: DayId
  date: string | null
  number: number | null
  start: string | null
  end: string | null
  readonly items: DraftItem[]
}

export interface DraftItem {
  readonly id: ItemId
  readonly title: Writable<Bilingual>
  /** Minutes after midnight. */
  start: number | null
  end: number | null
  /** Registers of which the file says something. */
  readonly set: Writable<ItemFacts>
  readonly texts: Readonly<Record<TextName, Bilingual<Block[]>>>
  readonly claims: Claim[]
  readonly readings: Reading[]
  /** It stands in a timetable, and a heading further down may go on about it. */
  outlined: boolean
}

/** Who a file says does something; who that is is known when all people are. */
export interface Claim {
  readonly role: Assignment
  readonly text: string
  readonly person: PersonId | null
}

/** Registers of a person of which a file says something, besides the names. */
type PersonFacts = Partial<Omit<Values<Registers<Fields['person']>>, keyof Named>>

// What the format `parley.agenda/1` holds at most.
const mostDays = 60
const mostItems = 1000
const mostPeople = 1000
const mostTerms = 2000
const mostReadings = 200

export function newDraft(options: ReadOptions): Draft {
  const meeting = { ...blankOf(fields.meeting), zones: { ...options.zones } }
  return { options, meeting, hosts: [], first: null, alone: null, days: [], proposals: [], people: [], glossary: [] }
}

/** Whether there is an agenda in it. */
export function hasItems({ days, proposals }: Draft): boolean {
  return proposals.length > 0 || days.some((day) => day.items.length > 0)
}

/** The day of that date or number, or a new one; null when there are too many. */
export function dayOf({ days, options }: Draft, date: string | null, number: number | null = null): DraftDay | null {
  const found = days.find((day) => (date === null ? number !== null && day.number === number : day.date === date))
  if (found) return found
  if (days.length >= mostDays) return null
  const made: DraftDay = { id: options.newId() as DayId, date, number, start: null, end: null, items: [] }
  days.push(made)
  return made
}

/** A new item of a day, or among the proposals; null when there are too many. */
export function addItem(draft: Draft, day: DraftDay | null, title: Bilingual): DraftItem | null {
  const list = day?.items ?? draft.proposals
  if (list.length >= mostItems) return null
  const made: DraftItem = {
    id: draft.options.newId() as ItemId,
    title: { en: '', zh: '' },
    start: null,
    end: null,
    set: {},
    texts: forTexts(() => ({ en: [], zh: [] })),
    claims: [],
    readings: [],
    outlined: false,
  }
  list.push(made)
  entitle(made, title)
  return made
}

/** Gives an item the languages of `title` that it lacks. A title too long for one line goes on in the objective. */
export function entitle(item: DraftItem, title: Bilingual): void {
  for (const language of languages) {
    const text = title[language]
    if (item.title[language] !== '' || text === '') continue
    item.title[language] = name(text)
    if (text.length > longestName)
      item.texts.objective[language].push({ type: 'paragraph', content: [{ type: 'text', text }] })
  }
}

/** An address is one reading, however often it is named. */
export function addReading(draft: Draft, { readings }: DraftItem, title: Bilingual, url: string): void {
  if (readings.length >= mostReadings) return
  const at = url === '' ? -1 : readings.findIndex((other) => other.url === url)
  const same = readings[at]
  if (same) readings[at] = { ...same, title: completed(same.title, names(title)) }
  else readings.push({ id: draft.options.newId() as ReadingId, title: names(title), url: isLink(url) ? url : '' })
}

/** Joins readings from `middle` on with those from `first` on that say the same in the other language. */
export function pairReadings({ readings }: DraftItem, first: number, middle: number): void {
  for (const late of readings.splice(middle)) {
    const language = late.title.en === '' ? 'zh' : 'en'
    const fits = ({ title, url }: Reading) => url === late.url && title[language] === '' && late.title[language] !== ''
    const at = readings.findIndex((early, index) => index >= first && fits(early))
    const early = readings[at]
    if (early) readings[at] = { ...early, title: { ...early.title, [language]: late.title[language] } }
    else readings.push(late)
  }
}

/** The person of that name, or a new one: the same name is the same person. Null without a name, or with too many people. */
export function addPerson(draft: Draft, named: Named, set: PersonFacts = {}): PersonId | null {
  if (isBlank(named.name)) return null
  const name = names(named.name)
  const affiliation = names(named.affiliation)
  const known = personOf(draft, name)
  if (known) {
    known.name = completed(known.name, name)
    known.affiliation = completed(known.affiliation, affiliation)
    if (set.side && known.side === 'other') known.side = set.side
    return known.id
  }
  if (draft.people.length >= mostPeople) return null
  const id = draft.options.newId() as PersonId
  const made: Person = {
    id,
    ...blankOf(fields.person),
    sector: sectorOfAffiliation(affiliation),
    expertise: 'both',
    ...set,
    name,
    affiliation,
  }
  draft.people.push(made)
  return id
}

/** Who has that name in one language, and no different one in the other. */
export function personOf({ people }: Draft, name: Bilingual): Writable<Person> | undefined {
  const same = (a: string, b: string) => a !== '' && a.toLowerCase() === b.toLowerCase()
  const differ = (a: string, b: string) => a !== '' && b !== '' && !same(a, b)
  return people.find(
    (one) =>
      languages.some((language) => same(one.name[language], name[language])) &&
      !languages.some((language) => differ(one.name[language], name[language])),
  )
}

/** False without words, or with too many terms. */
export function addTerm(
  { glossary, options }: Draft,
  term: Omit<Term, 'id' | 'status' | 'note'> & { readonly status?: Term['status'] },
): boolean {
  if (isBlank(term) || glossary.length >= mostTerms) return false
  const made: Term = { id: options.newId() as TermId, ...blankOf(fields.term), ...term, ...names(term) }
  glossary.push(made)
  return true
}

/** A host of which nobody says whose it is has the side that no other host has. */
export function addHost({ hosts }: Draft, host: Bilingual, side: Side | null): void {
  if (hosts.length >= mostHosts) return
  const known = side ?? sideOf(`${host.en} ${host.zh}`)
  const other = hosts.some((one) => one.side === 'us') ? 'cn' : 'us'
  hosts.push({ side: known === 'us' || known === 'cn' ? known : other, name: names(host) })
}

/** Sets the zone of the venue; false when there is none of that name. */
export function setZone({ meeting }: Draft, venue: string): boolean {
  if (!isZone(venue)) return false
  meeting.zones = { ...meeting.zones, venue }
  return true
}

function name(text: string): string {
  return shortened(text, longestName)
}

export function names({ en, zh }: Bilingual): Bilingual {
  return { en: name(en), zh: name(zh) }
}
