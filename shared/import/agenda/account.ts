import type { Language } from '../../domain/agenda.ts'
import type { Written } from '../passage.ts'
import { shortened } from '../script.ts'
import type { Line, Outcome, Use, WhyUnused } from '../understanding.ts'
import { whereabouts } from '../whereabouts.ts'
import type { DraftItem } from './draft.ts'

/** What became of every line of a file. */
export interface Account {
  /** Of the sentences that say where a line stands. */
  readonly language: Language
  readonly lines: Line[]
}

type Place = Pick<Written, 'where' | 'text'>

const longestLine = 300
const mostLines = 60_000

export function used(account: Account, line: Place, as: Use, item: DraftItem | null = null): void {
  note(account, line, item ? { type: 'used', as, item: item.id } : { type: 'used', as })
}

export function unused(account: Account, line: Place, why: WhyUnused): void {
  note(account, line, { type: 'unused', why })
}

/** Links that no agenda may hold. */
export function unsafe(account: Account, lines: readonly Written[]): void {
  for (const { where, unsafe } of lines)
    for (const text of unsafe) unused(account, { where, text }, 'not-an-agenda-field')
}

function note({ lines, language }: Account, { where, text }: Place, outcome: Outcome): void {
  const words = text.replace(/\s+/g, ' ').trim()
  if (words === '' || lines.length >= mostLines) return
  lines.push({ where: whereabouts(where, language), text: shortened(words, longestLine), outcome })
}
