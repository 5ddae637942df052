import type { Assignment, Language, Side } from '../../domain/agenda.ts'
import type { Near } from '../date.ts'
import type { Heading, Written } from '../passage.ts'
import type { ReadOptions } from '../understanding.ts'
import type { TextName } from '../vocabulary.ts'
import type { Account } from './account.ts'
import { type Draft, type DraftDay, type DraftItem, newDraft } from './draft.ts'

/** What the next words belong to. */
export type Field =
  | { readonly type: 'text'; readonly text: TextName; readonly language: Language | null }
  | { readonly type: 'readings' }
  | { readonly type: 'role'; readonly role: Assignment }

export type Section =
  | { readonly type: 'front' | 'days' | 'proposals' | 'glossary' }
  | { readonly type: 'people'; readonly side: Side | null }

/** How far a file has been read: the draft so far, and what the next line belongs to. */
export interface State extends Account {
  readonly draft: Draft
  /** Labels of a copy that Parley exported are exact, and everything between them is prose. */
  source: 'parley' | 'other'
  /** Lines about one item open no other. */
  scope: 'file' | 'item'
  section: Section
  /** The level of the heading that opened the section. */
  sectionLevel: number
  day: DraftDay | null
  item: DraftItem | null
  /** The level of the heading that opened the item; 0 when it was no heading. */
  itemLevel: number
  field: Field | null
  /** Lines of prose that wait for the end of their paragraph. */
  readonly waiting: Written[]
  /** The headings of the file, for those that have to look ahead. */
  headings: readonly Heading[]
  /** Tables around the present line. */
  depth: number
}

export function openState(options: ReadOptions): State {
  return {
    draft: newDraft(options),
    language: options.language,
    lines: [],
    source: 'other',
    scope: 'file',
    section: { type: 'front' },
    sectionLevel: 0,
    day: null,
    item: null,
    itemLevel: 0,
    field: null,
    waiting: [],
    headings: [],
    depth: 0,
  }
}

/** Goes on outside of every item. */
export function leaveItem(state: State, section: Section = state.section): void {
  state.section = section
  state.item = null
  state.field = null
}

/** What dates without a year are near. */
export function near({ draft }: Readonly<State>): Near {
  const known = draft.first ?? draft.days.find((day) => day.date !== null)?.date ?? null
  return { year: known === null ? null : Number(known.slice(0, 4)), today: draft.options.today }
}
