import type { Language } from '../../domain/agenda.ts'
import type { Written } from '../passage.ts'
import { shortened } from '../script.ts'
import { type FileLine, type Outcome, type Use, uses, type WhyUnused } from '../understanding.ts'
import { whereabouts } from '../whereabouts.ts'
import type { DraftItem } from './draft.ts'

/** What became of every line of a file. */
export interface Account {
  /** Of the sentences that say where a line stands. */
  readonly language: Language
  readonly lines: FileLine[]
}

const longestLine = 300
const mostLines = 60_000

/** Notes what a line was used as, and for which item, or why it was not used. */
export function note(
  { lines, language }: Account,
  { where, text }: Pick<Written, 'where' | 'text'>,
  result: Use | WhyUnused,
  item: DraftItem | null = null,
): void {
  const words = text.replace(/\s+/g, ' ').trim()
  if (words === '' || lines.length >= mostLines) return
  const as = uses.find((use) => use === result)
  const of = item ? { item: item.id } : {}
  const outcome: Outcome = as ? { type: 'used', as, ...of } : { type: 'unused', why: result as WhyUnused }
  lines.push({ where: whereabouts(where, language), text: shortened(words, longestLine), outcome })
}

/** Links that no agenda may hold. */
export function unsafe(account: Account, lines: readonly Written[]): void {
  for (const { where, unsafe } of lines)
    for (const text of unsafe) note(account, { where, text }, 'not-an-agenda-field')
}
