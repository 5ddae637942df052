import type { Side } from '../../domain/agenda.ts'
import { leadingHours, trailingHours } from '../hour.ts'
import { trailingMinutes } from '../length.ts'
import { bolded, type Heading, paragraphOf } from '../passage.ts'
import { isBlank } from '../script.ts'
import type { WhyUnused } from '../understanding.ts'
import { meaningOf, sideOf } from '../vocabulary.ts'
import { note, unsafe } from './account.ts'
import { isDay } from './day.ts'
import type { DraftItem } from './draft.ts'
import { otherTitle, outlinedItem, resumeItem } from './item.ts'
import { itemLine, type Line, opens } from './line.ts'
import { applyLine, readParagraph } from './paragraph.ts'
import { joinedLines, readProse } from './prose.ts'
import { leaveItem, type State } from './state.ts'

/** What a heading is, where it stands: what a line may be, or one of these. */
export type HeadingKind =
  | Exclude<Line, { type: 'words' }>
  /** Words that the item goes on with. */
  | { readonly type: 'heading' }
  /** Goes on about an item of the timetable above. */
  | { readonly type: 'detail'; readonly item: DraftItem }
  /** Names the delegation of the people below it. */
  | { readonly type: 'side'; readonly side: Side }
  /** Stands over several items and is none. */
  | { readonly type: 'group'; readonly why: WhyUnused }

/** A part of a day, in one language or both. */
const partOfDay =
  /^(?:(?:上午|下午|晚上|中午|晚间)|(?:morning|afternoon|evening)(?: sessions?)?)(?:\s?[/|]?\s?(?:上午|下午|晚上|晚间|morning|afternoon|evening)(?: sessions?)?)?$/i

export function readHeading(state: State, heading: Heading): void {
  const { level, lines } = heading
  if (state.scope === 'item') {
    readParagraph(state, lines.map(bolded))
    return
  }
  const line = { ...lines[0]!, text: joinedLines(lines) }
  unsafe(state, lines)
  if (line.text === '') return
  const kind = classifyHeading(heading, line.text, state)
  switch (kind.type) {
    case 'heading':
      readProse(state, [paragraphOf(lines.map(bolded))])
      break
    case 'detail':
      resumeItem(state, line, kind.item, level)
      break
    case 'side':
      state.section = { type: 'people', side: kind.side }
      note(state, line, 'person')
      break
    case 'group':
      leaveItem(state)
      note(state, line, kind.why)
      break
    default:
      applyLine(state, line, kind, level)
  }
}

/** `text`: the lines of the heading as one. */
export function classifyHeading(heading: Heading, text: string, state: Readonly<State>): HeadingKind {
  const { level } = heading
  const { section, item, day } = state
  const untitled = isBlank(state.draft.meeting.title)
  const timed = leadingHours(text)
  const meaning = timed ? null : meaningOf(text)
  const inProposals = section.type === 'proposals'
  if (level === 0 || (section.type === 'front' && untitled && !timed && !isDay(text, state) && !opensSection(text)))
    return { type: 'title', words: text }
  // The title of a proposal in a copy may be any words, those of a label or a day among them.
  if (state.source === 'parley' && inProposals && level === state.sectionLevel + 1) return itemLine(text, null)
  if (meaning && opens(meaning, state, true)) return { type: 'label', meaning }
  const hours = timed ?? trailingHours(text)
  if (hours) return itemLine(hours.rest, hours.hours)
  if (isDay(text, state)) return { type: 'day' }
  const outlined = outlinedItem(state, text, null)
  if (outlined) return { type: 'detail', item: outlined }
  const length = trailingMinutes(text)
  if (length) return itemLine(length.rest, null, length.minutes)
  if (inProposals) return itemLine(text, null)
  if (section.type === 'people' || section.type === 'glossary') {
    const side = section.type === 'people' && text.length < 60 ? sideOf(text) : null
    return side === 'us' || side === 'cn' ? { type: 'side', side } : { type: 'unused', why: 'not-an-agenda-field' }
  }
  if (item && state.itemLevel > 0 && level > state.itemLevel) return { type: 'heading' }
  if (day && !isGroup(heading, state) && !partOfDay.test(text)) return itemLine(text, null)
  if (!day && otherTitle(state, text)) return { type: 'title', words: text }
  return { type: 'group', why: day ? 'no-time-or-title' : untitled ? 'second-title' : 'before-first-item' }
}

function opensSection(text: string): boolean {
  const type = meaningOf(text)?.type
  return type === 'people' || type === 'glossary' || type === 'proposals'
}

/** Whether the next heading is one level down and has a time. */
function isGroup(heading: Heading, { headings }: Readonly<State>): boolean {
  const next = headings[headings.indexOf(heading) + 1]
  return next !== undefined && next.level > heading.level && leadingHours(joinedLines(next.lines)) !== null
}
