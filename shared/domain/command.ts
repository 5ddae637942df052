import type {
  Agenda,
  Assignment,
  Bilingual,
  Day,
  DayId,
  Item,
  ItemId,
  ItemText,
  Language,
  Person,
  PersonId,
  Prose,
  Reading,
  ReadingId,
  Term,
  TermId,
} from './agenda.ts'
import type { Fields, Settings } from './fields.ts'

/**
 * A target position: a day, or the proposals when `day` is null, right behind `after`. `after: null` is the first
 * position there.
 */
export interface Place {
  readonly day: DayId | null
  readonly after: ItemId | null
}

/** The settings of an item, each a single value. Its texts are edited in place, not by command. */
export type ItemSettings = Settings<Fields['item']>

export type DaySettings = Settings<Fields['day']>
export type PersonSettings = Omit<Person, 'id'>
export type ReadingSettings = Omit<Reading, 'id'>
export type TermSettings = Omit<Term, 'id'>
export type MeetingSettings = Pick<Agenda, 'title' | 'track' | 'rule' | 'hosts' | 'place' | 'zones'>

/** Everything a person can do except typing prose; `set-text` replaces whole prose. The caller creates the ids. */
export type Command =
  | {
      readonly type: 'add-item'
      readonly id: ItemId
      readonly place: Place
      readonly settings: Partial<ItemSettings>
      readonly title?: Bilingual
    }
  | { readonly type: 'set-item'; readonly id: ItemId; readonly settings: Partial<ItemSettings> }
  | { readonly type: 'set-title'; readonly id: ItemId; readonly title: Partial<Bilingual> }
  | {
      readonly type: 'set-text'
      readonly id: ItemId
      readonly text: Exclude<ItemText, 'title'>
      readonly language: Language
      readonly prose: Prose
    }
  | { readonly type: 'move-items'; readonly ids: readonly ItemId[]; readonly place: Place }
  | { readonly type: 'delete-items'; readonly ids: readonly ItemId[] }
  | { readonly type: 'restore-items'; readonly ids: readonly ItemId[] }
  | { readonly type: 'add-day'; readonly id: DayId; readonly settings: DaySettings }
  | { readonly type: 'set-day'; readonly id: DayId; readonly settings: Partial<DaySettings> }
  | { readonly type: 'delete-day'; readonly id: DayId }
  | { readonly type: 'restore-day'; readonly id: DayId }
  | { readonly type: 'add-person'; readonly id: PersonId; readonly settings: PersonSettings }
  | { readonly type: 'set-person'; readonly id: PersonId; readonly settings: Partial<PersonSettings> }
  | { readonly type: 'delete-person'; readonly id: PersonId }
  | { readonly type: 'restore-person'; readonly id: PersonId }
  | { readonly type: 'assign'; readonly item: ItemId; readonly person: PersonId; readonly role: Assignment }
  | { readonly type: 'unassign'; readonly item: ItemId; readonly person: PersonId; readonly role: Assignment }
  | {
      readonly type: 'add-reading'
      readonly item: ItemId
      readonly id: ReadingId
      readonly settings: ReadingSettings
    }
  | {
      readonly type: 'set-reading'
      readonly item: ItemId
      readonly id: ReadingId
      readonly settings: Partial<ReadingSettings>
    }
  | { readonly type: 'delete-reading'; readonly item: ItemId; readonly id: ReadingId }
  | { readonly type: 'add-term'; readonly id: TermId; readonly settings: TermSettings }
  | { readonly type: 'set-term'; readonly id: TermId; readonly settings: Partial<TermSettings> }
  | { readonly type: 'delete-term'; readonly id: TermId }
  | { readonly type: 'restore-term'; readonly id: TermId }
  | { readonly type: 'set-meeting'; readonly settings: Partial<MeetingSettings> }
  | { readonly type: 'set-final'; readonly version: string | null }

/** What is deleted and can be restored. */
export interface Removed {
  readonly items: readonly Item[]
  readonly days: readonly Day[]
  readonly people: readonly Person[]
  readonly terms: readonly Term[]
}

/** The current agenda, and what can be restored into it. */
export interface Snapshot {
  readonly agenda: Agenda
  readonly removed: Removed
  /** The version that the agenda was frozen as; null while it is open. A promise; it does not lock the document. */
  readonly final: string | null
  /** What the document holds beyond the limits, and the agenda therefore lacks. Absent when it has everything. */
  readonly beyond?: Beyond
}

export interface Beyond {
  /** Texts that end before their words do. */
  readonly texts: number
  /** Items, days, people and terms that are left out. */
  readonly entries: number
}

/** Why a command cannot run. `field` is a path into the command, for example `settings.minutes`. */
export interface Refusal {
  readonly code:
    | 'not-found'
    | 'already-there'
    | 'nothing-to-do'
    | 'not-a-number'
    | 'out-of-range'
    | 'not-a-time'
    | 'not-a-date'
    | 'not-a-zone'
    | 'not-a-link'
    | 'not-a-choice'
    | 'too-long'
    | 'too-many'
  readonly field: string
}
