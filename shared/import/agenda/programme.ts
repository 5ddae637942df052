import { linesOf, type Passage } from '../passage.ts'
import { loneLanguage } from '../script.ts'
import type { ReadOptions, Understanding } from '../understanding.ts'
import { note } from './account.ts'
import { agendaOf } from './assembly.ts'
import { type DraftItem, hasItems } from './draft.ts'
import { readHeading } from './heading.ts'
import { enterItem } from './item.ts'
import { readList } from './list.ts'
import { readParagraph } from './paragraph.ts'
import { openState, type State } from './state.ts'
import { readTable } from './table.ts'

/** Enough of a document to know its languages by, in characters. */
const longestSample = 200_000

/** Reads a document from top to bottom as an agenda; null when there is no item in it. */
export function readProgramme(passages: readonly Passage[], options: ReadOptions): Understanding | null {
  const state = openState(options)
  state.draft.alone = loneLanguage(sampleOf(passages))
  state.headings = passages.filter((one) => one.type === 'heading')
  for (const one of passages) readPassage(state, one)
  return understood(state)
}

/** What a file has become; null when there is no item in it. */
export function understood({ draft, lines }: State): Understanding | null {
  return hasItems(draft) ? { status: 'understood', agenda: agendaOf(draft), lines } : null
}

function sampleOf(passages: readonly Passage[]): string {
  let text = ''
  for (const line of linesOf(passages)) {
    text += `${line.text}\n`
    if (text.length > longestSample) break
  }
  return text
}

function readPassage(state: State, one: Passage): void {
  switch (one.type) {
    case 'heading':
      readHeading(state, one)
      break
    case 'paragraph':
      readParagraph(state, one.lines)
      break
    case 'list':
      readList(state, one, readPassage)
      break
    case 'table':
      readTable(state, one.rows, readPassage)
      break
    case 'aside':
      for (const line of one.lines) note(state, line, 'not-an-agenda-field')
  }
}

/** Reads what a file has about an item elsewhere than below it. */
export function readAbout(state: State, item: DraftItem, passages: readonly Passage[], source: State['source']): void {
  const inside: State = { ...state, section: { type: 'days' }, source, scope: 'item' }
  enterItem(inside, item, 1)
  for (const one of passages) readPassage(inside, one)
}
