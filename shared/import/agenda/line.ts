import type { Assignment, Bilingual, Kind, Language } from '../../domain/agenda.ts'
import { dateIn, dayNumberIn } from '../date.ts'
import { type Hours, leadingHours, trailingHours } from '../hour.ts'
import { minutesIn, trailingMinutes } from '../length.ts'
import { isOpen } from '../name.ts'
import { isBold, isItalic, type Written } from '../passage.ts'
import { bilingual, completes } from '../script.ts'
import type { WhyUnused } from '../understanding.ts'
import {
  type Fact,
  factOf,
  type Labelled,
  labelLanguage,
  labelled,
  type Meaning,
  meaningOf,
  type TextName,
  textNames,
} from '../vocabulary.ts'
import { near, type State } from './state.ts'

/** What a line says, where it stands. */
export type Line =
  | { readonly type: 'words' }
  | { readonly type: 'facts'; readonly facts: readonly Fact[] }
  | Value
  | { readonly type: 'label'; readonly meaning: Opening }
  | ItemLine
  | { readonly type: 'day' }
  /** The title of the item once more, in the language that it lacks. */
  | { readonly type: 'other-title'; readonly title: Bilingual }

/** What stands behind a label. */
export type Value =
  | { readonly type: 'role'; readonly role: Assignment; readonly words: string }
  | { readonly type: 'text'; readonly text: TextName; readonly language: Language | null; readonly at: number }
  | { readonly type: 'reading'; readonly at: number }
  | { readonly type: 'hours'; readonly hours: Hours }
  | { readonly type: 'minutes'; readonly minutes: number }
  | { readonly type: 'kind'; readonly kind: Kind }
  | { readonly type: 'title' | 'place' | 'hosts' | 'zone'; readonly words: string }
  /** The first day of the meeting, and the place if it stands behind it. */
  | { readonly type: 'first-day'; readonly date: string; readonly place: string }
  | { readonly type: 'unused'; readonly why: WhyUnused }

export interface Times {
  readonly hours: Hours | null
  readonly minutes: number | null
}

export interface ItemLine extends Times {
  readonly type: 'item'
  readonly title: string
}

/** What a label alone opens: a section, or a field of the item. */
export type Opening = Extract<
  Meaning,
  { type: 'people' | 'side' | 'glossary' | 'proposals' | 'agenda' | 'text' | 'readings' | 'role' }
>

/** A line longer than this says nothing of what it is. */
const longestLine = 2000
/** No title is longer, whatever it begins with. */
export const longestTitle = 300

export interface Classified {
  readonly line: Line
  /** It ends the prose before it, whatever it is. */
  readonly apart: boolean
}

/** What a line is. `listed`: it stands in an entry of a list. */
export function classify(written: Written, state: Readonly<State>, listed = false): Classified {
  const { text } = written
  const { item, field, section } = state
  const exported = state.source === 'parley'
  const words: Line = { type: 'words' }
  if (text.length > longestLine) return { line: words, apart: false }
  const alone = exported && field && !isBold(written) ? null : labelAlone(written)
  const label: Line | null = alone && opens(alone, state) ? { type: 'label', meaning: alone } : null
  if (exported && field) return { line: label ?? words, apart: alone !== null }

  const facts = factsIn(written, state)
  if (facts) return { line: { type: 'facts', facts }, apart: false }
  const known = labelledValue(text)
  const value = known && valueBehind(text, known, state)
  const apart = known !== null || alone !== null
  if (value ?? label) return { line: value ?? label ?? words, apart }
  const prose = { line: words, apart }
  if (state.scope === 'item' || text.length > longestTitle) return prose
  if (section.type === 'people' || section.type === 'glossary') return prose

  const timed = leadingHours(text)
  if (timed && (timed.rest !== '' || !item)) return { line: itemLine(timed.rest, timed.hours), apart: true }
  if (timed && item?.start === null) return { line: { type: 'hours', hours: timed.hours }, apart }
  const day = listed ? null : dayLine(written, state)
  if (day) return { line: day, apart }
  const late = state.day || listed ? lateItem(text, state) : null
  if (late && late.title !== '') return { line: late, apart: true }
  // Words that wait are the item's objective once this line ends them.
  const fresh = !(apart && state.waiting.length > 0) && !exported && item && field === null && text.length < 200
  const title = fresh ? otherTitle(text, state) : null
  return title ? { line: { type: 'other-title', title }, apart } : prose
}

/** A label with a value on the same line. */
export function labelledValue(text: string): Labelled | null {
  const known = labelled(text)
  return known && known.at < text.length ? known : null
}

/** What the value of `text` behind its label is; null when it can be none here. */
export function valueBehind(text: string, { meaning, label, at }: Labelled, state: Readonly<State>): Value | null {
  const { item, section } = state
  const words = text.slice(at).trim()
  switch (meaning.type) {
    case 'role':
      if (item && isOpen(words)) return { type: 'unused', why: 'empty' }
      return item && { type: 'role', role: meaning.role, words }
    case 'text':
      return item && { type: 'text', text: meaning.text, language: labelLanguage(label), at }
    case 'readings':
      return item && { type: 'reading', at }
    case 'zone':
      return { type: 'zone', words: zoneIn(words) }
    case 'place':
    case 'hosts':
      return item ? null : { type: meaning.type, words }
    case 'title':
      return item || section.type !== 'front' ? null : { type: 'title', words }
    case 'time':
    case 'date': {
      const hours = item && meaning.type === 'time' ? leadingHours(words, true) : null
      if (item) return hours && { type: 'hours', hours: hours.hours }
      const dated = dateIn(words, near(state))
      if (dated) return { type: 'first-day', date: dated.date, place: '' }
      return { type: 'unused', why: meaning.type === 'time' ? 'bad-time' : 'bad-date' }
    }
    case 'minutes': {
      const length = item && minutesIn(words, true)
      return length && { type: 'minutes', minutes: length.minutes }
    }
    case 'kind': {
      const kind = item && kindIn(words)
      return kind && { type: 'kind', kind }
    }
    default:
      return null
  }
}

export function kindIn(text: string): Kind | null {
  const fact = factOf(text)
  return (fact?.of === 'item' && fact.set.kind) || null
}

/** `Session · 75 min · Safety benchmarks`, `Track 2 · Chatham House Rule`; null for anything else, or without an item. */
export function factsIn(line: Written, { item }: Readonly<State>): Fact[] | null {
  const parts = line.text.split(/\s?[·•|]\s?/)
  if (parts.length > 12 || line.text.length > 400) return null
  const facts = parts.map((part) => factOf(part) ?? lengthOf(part)).filter((fact) => fact !== null)
  if (facts.length < parts.length) return null
  if (facts.length === 1 && !isItalic(line) && !facts.every(isLength)) return null
  return item || facts.every((fact) => fact.of === 'meeting') ? facts : null
}

export function isLength(fact: Fact): boolean {
  return fact.of === 'item' && fact.set.minutes !== undefined
}

function lengthOf(part: string): Fact | null {
  const found = minutesIn(part.split('/')[0]!)
  return found?.rest.trim() === '' ? { of: 'item', set: { minutes: found.minutes } } : null
}

/** A label that is all of its line: bold, or with a colon. */
export function labelAlone(line: Written): Meaning | null {
  return line.text.length <= 60 && (/[:：]$/.test(line.text) || isBold(line)) ? meaningOf(line.text) : null
}

/** Whether a label alone opens something here. */
export function opens(meaning: Meaning, { item }: Pick<State, 'item'>, isHeading = false): meaning is Opening {
  switch (meaning.type) {
    case 'people':
    case 'glossary':
    case 'proposals':
      return true
    case 'side':
      return isHeading || !item
    case 'agenda':
      return !item
    case 'text':
    case 'readings':
    case 'role':
      return item !== null
    default:
      return false
  }
}

/** `Thursday, 12 March 2026` alone on its line: the day of what follows, or of the meeting. */
function dayLine(line: Written, state: Readonly<State>): Line | null {
  const { text } = line
  if (text.length > 120) return null
  const numbered = dayNumberIn(text)
  const dated = dateIn(text, near(state))
  const rest = numbered ? (dateIn(numbered.rest, near(state))?.rest ?? numbered.rest) : dated?.rest
  if (rest === undefined) return null
  if (state.section.type === 'front' && dated && !numbered)
    return rest.length > 40 ? null : { type: 'first-day', date: dated.date, place: rest }
  const marked = numbered !== null || isBold(line)
  return rest.length > (marked ? 40 : 4) || (state.item && state.field && !marked) ? null : { type: 'day' }
}

/** `Opening (09:00–09:30)`, `Opening (30 min)`. */
export function lateItem(text: string, { field, itemLevel }: Readonly<State>): ItemLine | null {
  if (field !== null || itemLevel > 0 || text.length >= 150) return null
  const ranged = trailingHours(text)
  if (ranged) return itemLine(ranged.rest, ranged.hours)
  const length = trailingMinutes(text)
  return length && itemLine(length.rest, null, length.minutes)
}

export function itemLine(title: string, hours: Hours | null, minutes: number | null = null): ItemLine {
  return { type: 'item', title, hours, minutes }
}

/** The title in the language that an item lacks, as long as nothing else of it has been read. */
function otherTitle(text: string, { draft, item }: Readonly<State>): Bilingual | null {
  if (!item || draft.alone !== null || /[.。！？!?;；]$/.test(text)) return null
  const { title, texts } = item
  if ((title.en === '') === (title.zh === '')) return null
  if (textNames.some((name) => texts[name].en.length + texts[name].zh.length > 0)) return null
  const other = bilingual(text, null)
  return completes(title, other) ? other : null
}

/** What `text` says of the zone of all times: its IANA name, or that of UTC in Chinese, as it is and as copies once had it. */
function zoneIn(text: string): string {
  const name = /[A-Z]\w{1,30}(?:\/[\w+-]{1,30}){1,2}|\bUTC\b/.exec(text)?.[0]
  return name ?? (/协调世界时|世界协调时/.test(text) ? 'UTC' : text.trim())
}
