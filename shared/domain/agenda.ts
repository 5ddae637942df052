/**
 * The canonical agenda, format `parley.agenda/1`: what views read, exports render and hashes cover.
 * Plain, immutable data. `shared/document` is the only writer.
 */

declare const brand: unique symbol
export type Branded<T, Name extends string> = T & { readonly [brand]: Name }

export type MeetingId = Branded<string, 'MeetingId'>
export type DayId = Branded<string, 'DayId'>
export type ItemId = Branded<string, 'ItemId'>
export type PersonId = Branded<string, 'PersonId'>
export type ReadingId = Branded<string, 'ReadingId'>
export type TermId = Branded<string, 'TermId'>

export const sides = ['us', 'cn'] as const
export const languages = ['en', 'zh'] as const
export const tracks = ['1.5', '2'] as const
export const rules = ['chatham-house', 'none'] as const
export const kinds = ['session', 'opening', 'breakout', 'drafting', 'break', 'meal', 'closing'] as const
export const topics = [
  'benchmarks',
  'testing-protocols',
  'incident-reporting',
  'bias',
  'deepfakes',
  'governance',
  'geopolitics',
  'logistics',
  'other',
] as const
export const assignments = ['chair', 'presenter', 'discussant', 'rapporteur'] as const
export const interpretations = ['none', 'simultaneous', 'consecutive'] as const
export const sectors = [
  'academia',
  'industry',
  'think-tank',
  'civil-society',
  'policy',
  'military',
  'official',
] as const
export const expertises = ['technical', 'policy', 'both'] as const
export const termStatuses = ['joint', 'parallel', 'disputed'] as const
/** The four texts of an item. The title is one line; the others are prose. */
export const itemTexts = ['title', 'objective', 'questions', 'output'] as const

export type Side = (typeof sides)[number]
export type Language = (typeof languages)[number]
export type Track = (typeof tracks)[number]
export type Rule = (typeof rules)[number]
export type Kind = (typeof kinds)[number]
export type Topic = (typeof topics)[number]
export type Assignment = (typeof assignments)[number]
export type Interpretation = (typeof interpretations)[number]
export type Sector = (typeof sectors)[number]
export type Expertise = (typeof expertises)[number]
export type TermStatus = (typeof termStatuses)[number]
export type ItemText = (typeof itemTexts)[number]

export type Bilingual<T = string> = { readonly en: T; readonly zh: T }

export type Mark = 'bold' | 'italic' | 'strike' | { readonly link: string }
export type TextRun = { readonly type: 'text'; readonly text: string; readonly marks?: readonly Mark[] }
export type Alternative = { readonly id: string; readonly side: Side; readonly content: readonly Inline[] }
export type Bracket = { readonly type: 'bracket'; readonly id: string; readonly alternatives: readonly Alternative[] }
export type Inline = TextRun | Bracket
export type Block =
  | { readonly type: 'paragraph'; readonly content: readonly Inline[] }
  | { readonly type: 'bullet-list' | 'ordered-list'; readonly items: readonly Prose[] }
export type Prose = readonly Block[]

export interface Agenda {
  readonly format: 'parley.agenda/1'
  readonly title: Bilingual
  readonly track: Track
  readonly rule: Rule
  readonly hosts: readonly { readonly side: Side; readonly name: Bilingual }[]
  readonly place: Bilingual
  /** IANA time-zone names. All clock times of the agenda are in `venue`. */
  readonly zones: { readonly venue: string; readonly us: string; readonly cn: string }
  /** Sorted by date, then start, then id. */
  readonly days: readonly Day[]
  /** Items that are not yet on a day. */
  readonly proposals: readonly Item[]
  readonly people: readonly Person[]
  readonly glossary: readonly Term[]
}

export interface Day {
  readonly id: DayId
  /** ISO date, `2026-03-12`. */
  readonly date: string
  /** `HH:mm`, venue time. */
  readonly start: string
  /** Planned end of the day, `HH:mm`, venue time; past it the timetable reports an overrun. */
  readonly end?: string
  readonly items: readonly Item[]
}

export interface Item {
  readonly id: ItemId
  readonly kind: Kind
  readonly topic: Topic
  readonly title: Bilingual
  readonly minutes: number
  /** `HH:mm`, venue time: the fixed start of this item, whatever comes before it. */
  readonly pinned?: string
  readonly objective: Bilingual<Prose>
  readonly questions: Bilingual<Prose>
  readonly output: Bilingual<Prose>
  readonly roles: readonly Role[]
  readonly readings: readonly Reading[]
  readonly proposedBy: Side | null
  readonly interpretation: Interpretation
  readonly unattributed: boolean
}

export interface Role {
  readonly person: PersonId
  readonly role: Assignment
}

export interface Reading {
  readonly id: ReadingId
  readonly title: Bilingual
  readonly url: string
}

export interface Person {
  readonly id: PersonId
  readonly name: Bilingual
  readonly affiliation: Bilingual
  readonly side: Side | 'other'
  readonly sector: Sector
  readonly expertise: Expertise
}

export interface Term {
  readonly id: TermId
  readonly en: string
  readonly zh: string
  readonly status: TermStatus
  readonly definition: Bilingual
  readonly note: string
}

/** Every day with its items, and last, under null, the proposals. */
export function rowsOf({ days, proposals }: Agenda): readonly (readonly [DayId | null, readonly Item[]])[] {
  return [...days.map(({ id, items }) => [id, items] as const), [null, proposals]]
}

/** Every item of the agenda in reading order: the days, then the proposals. */
export function allItems(agenda: Agenda): Item[] {
  return [...agenda.days.flatMap((day) => day.items), ...agenda.proposals]
}

/** Finds an item; null when the agenda does not hold it. `day` is null among the proposals. */
export function locate(agenda: Agenda, id: ItemId): { day: Day | null; index: number; item: Item } | null {
  for (const day of agenda.days) {
    const index = day.items.findIndex((item) => item.id === id)
    if (index >= 0) return { day, index, item: day.items[index]! }
  }
  const index = agenda.proposals.findIndex((item) => item.id === id)
  return index < 0 ? null : { day: null, index, item: agenda.proposals[index]! }
}

/** The plain words of prose, one paragraph per line; every alternative of a bracket is in square brackets. */
export function proseText(prose: Prose): string {
  return prose.map(blockText).join('\n')
}

function blockText(block: Block): string {
  switch (block.type) {
    case 'paragraph':
      return inlineText(block.content)
    case 'bullet-list':
    case 'ordered-list':
      return block.items.map(proseText).join('\n')
  }
}

/** The plain words of a run of inline content. */
export function inlineText(content: readonly Inline[]): string {
  return content
    .map((node) =>
      node.type === 'text' ? node.text : node.alternatives.map((one) => `[${inlineText(one.content)}]`).join(' '),
    )
    .join('')
}
