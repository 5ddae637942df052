import type { Bilingual } from '../../domain/agenda.ts'
import type { Hours } from '../hour.ts'
import { trailingMinutes } from '../length.ts'
import type { Written } from '../passage.ts'
import { bilingual, blank, completed, completes, isBlank } from '../script.ts'
import { isUntitled } from '../vocabulary.ts'
import { note } from './account.ts'
import { someDay } from './day.ts'
import { addItem, type DraftItem, entitle } from './draft.ts'
import type { ItemLine, Times } from './line.ts'
import type { State } from './state.ts'

type WrittenLine = Pick<Written, 'where' | 'text'>

/** Takes a line as the title of the meeting, if it has none, or none in this language. */
export function setTitle(state: State, line: WrittenLine): void {
  const { meeting, alone } = state.draft
  const first = isBlank(meeting.title)
  const title = first && !isUntitled(line.text) ? bilingual(line.text, alone) : otherTitle(state, line.text)
  if (title) meeting.title = title
  note(state, line, title || first ? 'title' : 'second-title')
}

/** The title of the meeting with the language that it lacked, where `text` is the title once more; else null. */
export function otherTitle({ draft, section }: Readonly<State>, text: string): Bilingual | null {
  const { title } = draft.meeting
  if (isBlank(title) || section.type !== 'front') return null
  const pair = bilingual(text, null)
  const fits = (present: 'en' | 'zh', missing: 'en' | 'zh') =>
    title[missing] === '' && pair[missing] !== '' && (pair[present] === '' || pair[present] === title[present])
  return fits('en', 'zh') || fits('zh', 'en') ? completed(title, pair) : null
}

/** What follows is about `item`, which a heading of `level` opened. */
export function enterItem(state: State, item: DraftItem, level: number): void {
  state.item = item
  state.itemLevel = level
  state.field = null
  if (state.section.type !== 'proposals') state.section = { type: 'days' }
}

/** Goes on with an item of the timetable above. */
export function resumeItem(state: State, line: WrittenLine, item: DraftItem, level: number): DraftItem {
  item.outlined = false
  enterItem(state, item, level)
  note(state, line, 'item', item)
  return item
}

/** Opens the item that a line names: a new one, or one of the timetable above, or the open one in its other language. */
export function openItem(state: State, line: WrittenLine, named: ItemLine, level = 0): DraftItem | null {
  const { draft } = state
  const length = state.source === 'parley' ? null : trailingMinutes(named.title)
  const words = isUntitled(named.title) ? '' : (length?.rest ?? named.title)
  const outlined = named.hours && outlinedItem(state, words, named.hours)
  if (outlined) return resumeItem(state, line, outlined, level)
  const title = bilingual(words, draft.alone)
  const { item, source } = state
  if (source === 'other' && named.hours && item && isAt(item, named.hours) && completes(item.title, title)) {
    entitle(item, title)
    note(state, line, 'item', item)
    return item
  }
  return newItem(state, line, title, { ...named, minutes: named.minutes ?? length?.minutes ?? null }, level)
}

export function newItem(state: State, line: WrittenLine, title: Bilingual, times: Times, level = 0): DraftItem | null {
  const { hours, minutes } = times
  const day = state.section.type === 'proposals' ? null : someDay(state)
  const before = day?.items.findLast((one) => one.start !== null)?.start ?? null
  const made = addItem(state.draft, day, title)
  if (!made) {
    note(state, line, 'not-an-agenda-field')
    return null
  }
  if (hours) {
    const late = state.source === 'other' && isAfternoon(hours.start, before) ? 720 : 0
    made.start = hours.start + late
    made.end = hours.end !== null && hours.end < 720 ? hours.end + late : hours.end
  }
  if (minutes !== null) made.set.minutes = minutes
  enterItem(state, made, level)
  note(state, line, 'item', made)
  return made
}

/** An item that so far stands in a timetable alone, by its title and, where there is one, its start. */
export function outlinedItem({ draft, day }: Readonly<State>, text: string, hours: Hours | null): DraftItem | null {
  const { en, zh } = isUntitled(text) ? blank : bilingual(text, draft.alone)
  const bare = (title: string) =>
    title
      .toLowerCase()
      .replace(/^session\s?\d{1,2}\s?[:.–-]\s?/, '')
      .trim()
  const same = (a: string, b: string) => a !== '' && bare(a) === bare(b)
  const fits = ({ outlined, title, ...item }: DraftItem) =>
    outlined &&
    (hours === null || isAt(item, hours)) &&
    (same(title.en, en) || same(title.zh, zh) || (hours !== null && en + zh === '' && isBlank(title)))
  const items = [...(day?.items ?? []), ...(hours ? [] : draft.days.flatMap((one) => one.items))]
  return items.find(fits) ?? null
}

function isAt({ start, end }: Pick<DraftItem, 'start' | 'end'>, hours: Hours): boolean {
  return start === hours.start && (end === null || hours.end === null || end === hours.end)
}

/** `1:30` after `12:00` is in the afternoon, where nobody says so. */
function isAfternoon(start: number, before: number | null): boolean {
  return before !== null && before >= 480 && start >= 60 && start < 480 && start + 720 >= before
}
