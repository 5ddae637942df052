import { dateIn, dayNumberIn } from '../date.ts'
import type { Written } from '../passage.ts'
import { note } from './account.ts'
import { type DraftDay, dayOf } from './draft.ts'
import { longestTitle } from './line.ts'
import { leaveItem, near, type State } from './state.ts'

/** Whether a line is about a day: `Day 1`, or a date and little else. */
export function isDay(text: string, state: Readonly<State>): boolean {
  if (text.length > longestTitle) return false
  const numbered = dayNumberIn(text)
  if (numbered) return numbered.rest.length <= 120
  const dated = dateIn(text, near(state))
  return dated !== null && dated.until === null && dated.rest.length <= 40
}

/** `text`: what is read of the line. */
export function openDay(state: State, line: Pick<Written, 'where' | 'text'>, text: string = line.text): void {
  const number = dayNumberIn(text)?.number ?? null
  const date = dateIn(text, near(state))?.date ?? null
  const day = dayOf(state.draft, date, number)
  if (!day) {
    note(state, line, 'not-an-agenda-field')
    return
  }
  day.number ??= number
  day.date ??= date
  state.day = day
  leaveItem(state, { type: 'days' })
  note(state, line, 'day')
}

/** The day of an item that stands under none: the last, else the first of the meeting, else today. */
export function someDay(state: State): DraftDay | null {
  const { days, first, options } = state.draft
  state.day ??= days.at(-1) ?? dayOf(state.draft, first ?? options.today)
  return state.day
}
