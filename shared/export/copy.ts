import {
  type Agenda,
  assignments,
  type Bilingual,
  type Block,
  type Day,
  type DayId,
  type Inline,
  type Item,
  type ItemId,
  type Language,
  languages,
  type PersonId,
  type Prose,
  type Side,
  type Term,
} from '../domain/agenda.ts'
import { pairInOrder, titleInOrder } from '../domain/alternat.ts'
import { timeOf } from '../domain/clock.ts'
import { itemFlags } from '../domain/fields.ts'
import { type Slot, timetable } from '../domain/timetable.ts'
import {
  assignmentsWords,
  assignmentWords,
  dayHeading,
  fieldWords,
  flagWords,
  interpretationWords,
  kindWords,
  minutesText,
  peopleFrom,
  ruleWords,
  sectorWords,
  sidesFrom,
  sideWords,
  topicWords,
  trackWords,
  zoneText,
} from './words.ts'

/** The options that every document format takes. */
export interface CopyOptions {
  readonly language: Language | 'both'
  /** The party whose copy this is. It comes first, and so does its language in a bilingual copy. */
  readonly lead: Side
  /** Includes the list of people, and who does what in an item. */
  readonly people: boolean
  readonly readings: boolean
  readonly questions: boolean
  /** Only these days; null for all. Proposals are on no day, so they are only included with all days. */
  readonly days: readonly DayId[] | null
  /** The edition for headers and footers: `Rolling text 3 · 12 March 2026`; null for the current agenda. */
  readonly edition: Bilingual | null
}

export const wholeCopy: Omit<CopyOptions, 'language' | 'lead'> = {
  people: true,
  readings: true,
  questions: true,
  days: null,
  edition: null,
}

/**
 * One party's copy of an agenda, for a format to lay out: selected, ordered and worded, times computed. It always holds
 * both languages; `languages` says which are shown, in which order. A language without words has the empty string.
 */
export interface Copy {
  readonly languages: readonly Language[]
  readonly lead: Side
  readonly title: Bilingual
  readonly edition: Bilingual | null
  /** Track and rule, for below the title. */
  readonly standing: readonly Bilingual[]
  /** Place, hosts (the lead's first), the zone of all times. */
  readonly facts: readonly Labelled<readonly Bilingual[]>[]
  readonly days: readonly CopyDay[]
  readonly proposals: readonly Entry[]
  readonly people: readonly PersonRow[]
  readonly glossary: readonly Term[]
}

export interface Labelled<T> {
  readonly label: Bilingual
  readonly value: T
}

export interface CopyDay {
  readonly id: DayId
  readonly date: string
  /** `Day 1 · Thursday, 12 March 2026`. */
  readonly heading: Bilingual
  readonly entries: readonly Entry[]
}

export interface Entry {
  readonly id: ItemId
  readonly item: Item
  /** When it takes place: minutes after midnight of the day, and `HH:mm`; null for a proposal. */
  readonly time: { readonly slot: Slot; readonly start: string; readonly end: string } | null
  readonly title: Bilingual
  /** Kind, length, topic, interpretation, flags, who proposed it. */
  readonly facts: readonly Bilingual[]
  /** Who does what; the lead's people first. */
  readonly roles: readonly Labelled<readonly Bilingual[]>[]
  /** Objective, guiding questions, expected output, where at least one language has text. */
  readonly texts: readonly Labelled<Bilingual<Prose>>[]
  readonly readings: readonly { readonly title: Bilingual; readonly url: string }[]
}

export interface PersonRow {
  readonly id: PersonId
  readonly name: Bilingual
  readonly affiliation: Bilingual
  readonly side: Bilingual
  readonly sector: Bilingual
}

export function copyOf(agenda: Agenda, options: CopyOptions): Copy {
  const { language, lead } = options
  const order: readonly Language[] = lead === 'us' ? languages : ['zh', 'en']
  const titled = (pair: Bilingual): Bilingual => each((one) => titleInOrder(pair[one], one, lead))
  const paired = (pair: Bilingual): Bilingual => each((one) => pairInOrder(pair[one], one, lead))
  const people = options.people ? peopleFrom(agenda, lead) : []

  function rolesOf(item: Item): Entry['roles'] {
    return assignments.flatMap((assignment) => {
      const held = new Set(item.roles.filter((role) => role.role === assignment).map((role) => role.person))
      const names = people.filter((person) => held.has(person.id)).map((person) => person.name)
      const label = (names.length > 1 ? assignmentsWords : assignmentWords)[assignment]
      return names.length === 0 ? [] : [{ label, value: names }]
    })
  }

  function entryOf(item: Item, slot: Slot | null): Entry {
    const texts = (['objective', 'questions', 'output'] as const).filter(
      (text) => (text !== 'questions' || options.questions) && languages.some((one) => item[text][one].length > 0),
    )
    return {
      id: item.id,
      item,
      time: slot && { slot, start: timeOf(slot.start), end: timeOf(slot.end) },
      title: titled(item.title),
      facts: factsOf(item),
      roles: rolesOf(item),
      texts: texts.map((text) => ({
        label: fieldWords[text],
        value: each((one) => inOrder(item[text][one], one, lead)),
      })),
      readings: options.readings ? item.readings.map(({ title, url }) => ({ title: paired(title), url })) : [],
    }
  }

  const chosen = (day: Day) => options.days === null || options.days.includes(day.id)
  return {
    languages: language === 'both' ? order : [language],
    lead,
    title: titled(agenda.title),
    edition: options.edition,
    standing: [trackWords[agenda.track], ruleWords[agenda.rule]],
    facts: [
      ...(agenda.place.en || agenda.place.zh ? [{ label: fieldWords.place, value: [agenda.place] }] : []),
      ...hostsOf(agenda, lead),
      { label: fieldWords.zones, value: [zoneOf(agenda.zones.venue)] },
    ],
    days: agenda.days.flatMap((day, index) => {
      if (!chosen(day)) return []
      const entries = timetable(day).slots.map((slot) => entryOf(slot.item, slot))
      return [{ id: day.id, date: day.date, heading: each((one) => dayHeading(index, day.date, one)), entries }]
    }),
    proposals: options.days === null ? agenda.proposals.map((item) => entryOf(item, null)) : [],
    people: people.map(({ id, name, affiliation, side, sector }) => {
      return { id, name, affiliation, side: sideWords[side], sector: sectorWords[sector] }
    }),
    glossary: agenda.glossary,
  }
}

/** The texts of `pair` in the languages and order of a copy, without empty ones and duplicates. */
export function wordsIn(copy: Pick<Copy, 'languages'>, pair: Bilingual): { language: Language; text: string }[] {
  const found: { language: Language; text: string }[] = []
  for (const language of copy.languages) {
    const text = pair[language]
    if (text.trim() !== '' && !found.some((one) => one.text === text)) found.push({ language, text })
  }
  return found
}

/** A title is never empty: in a copy of one language the other one's title replaces it, or else `Untitled`. */
export function titleIn(copy: Pick<Copy, 'languages'>, pair: Bilingual): { language: Language; text: string }[] {
  const words = wordsIn(copy, pair)
  if (words.length > 0) return words
  const other = wordsIn({ languages }, pair)
  return other.length > 0 ? other : wordsIn(copy, fieldWords.untitled)
}

function each<T>(make: (language: Language) => T): Bilingual<T> {
  return { en: make('en'), zh: make('zh') }
}

/** `Beijing time (Asia/Shanghai)`: the everyday name and the IANA name. */
function zoneOf(zone: string): Bilingual {
  return {
    en: zone === 'UTC' ? zone : `${zoneText(zone, 'en')} (${zone})`,
    zh: `${zoneText(zone, 'zh')}（${zone}）`,
  }
}

function hostsOf(agenda: Agenda, lead: Side): Labelled<readonly Bilingual[]>[] {
  const hosts = sidesFrom(lead).flatMap((side) => agenda.hosts.filter((host) => host.side === side))
  return hosts.length === 0 ? [] : [{ label: fieldWords.hosts, value: hosts.map((host) => host.name) }]
}

function factsOf(item: Item): Bilingual[] {
  const proposedBy = item.proposedBy
  return [
    kindWords[item.kind],
    each((language) => minutesText(item.minutes, language)),
    ...(item.topic === 'logistics' || item.topic === 'other' ? [] : [topicWords[item.topic]]),
    ...(item.interpretation === 'none' ? [] : [interpretationWords[item.interpretation]]),
    ...itemFlags.filter((flag) => item[flag]).map((flag) => flagWords[flag]),
    ...(proposedBy === null
      ? []
      : [
          {
            en: `${fieldWords.proposedBy.en}: ${sideWords[proposedBy].en}`,
            zh: `${fieldWords.proposedBy.zh}：${sideWords[proposedBy].zh}`,
          },
        ]),
  ]
}

/** Prose with the pair token in the order of the copy. */
function inOrder(prose: Prose, language: Language, lead: Side): Prose {
  const inline = (content: readonly Inline[]): Inline[] =>
    content.map((node) =>
      node.type === 'text'
        ? { ...node, text: pairInOrder(node.text, language, lead) }
        : { ...node, alternatives: node.alternatives.map((one) => ({ ...one, content: inline(one.content) })) },
    )
  return prose.map(
    (block): Block =>
      block.type === 'paragraph'
        ? { ...block, content: inline(block.content) }
        : { ...block, items: block.items.map((item) => inOrder(item, language, lead)) },
  )
}
