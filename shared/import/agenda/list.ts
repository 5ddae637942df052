import { leadingHours } from '../hour.ts'
import { type List, linesOf, type Passage, paragraphOf, type Written } from '../passage.ts'
import { labelled } from '../vocabulary.ts'
import { readEntry } from './entry.ts'
import { lateItem, longestTitle } from './line.ts'
import { readParagraph } from './paragraph.ts'
import { listsEntries, readProse } from './prose.ts'
import type { State } from './state.ts'

/** A list of items, of entries, or of words. `read` reads what is in an entry. */
export function readList(state: State, list: List, read: (state: State, passage: Passage) => void): void {
  if (listsEntries(state)) {
    for (const line of linesOf(list.entries.flat())) readEntry(state, line)
    return
  }
  const prose = state.source === 'parley' && state.field !== null
  const parts = prose ? null : untied(state, list)
  if (parts) {
    for (const part of parts) read(state, part)
    return
  }
  const structured = list.entries.map((entry) => !prose && isStructured(state, linesOf(entry)[0]))
  if (!structured.includes(true)) {
    readProse(state, [list])
    return
  }
  for (const [index, entry] of list.entries.entries()) {
    if (!structured[index]) readProse(state, [{ ...list, entries: [entry] }])
    else
      for (const part of entry) {
        if (part.type === 'paragraph') readParagraph(state, part.lines, true)
        else read(state, part)
      }
  }
}

/** Whether an entry that begins with `line` is an item, or says something of the open one. */
function isStructured(state: State, line: Written | undefined): boolean {
  if (!line) return false
  const { text } = line
  if (state.item && text.length < 400 && labelled(text)) return true
  if (state.scope === 'item' || text.length > longestTitle) return false
  return leadingHours(text) !== null || lateItem(text, state) !== null
}

/**
 * In plain text a list ends where the next item of the programme begins on a line of its own; Markdown takes that line
 * into the last entry. The list and what ended it, part by part; null when it is a list and nothing else.
 */
function untied(state: State, list: List): Passage[] | null {
  if (state.scope === 'item') return null
  const parts: Passage[] = []
  let entries: (readonly Passage[])[] = []
  for (const entry of list.entries) {
    const last = entry.at(-1)
    const lines = last?.type === 'paragraph' ? last.lines : []
    const at = lines.findIndex((line, index) => index > 0 && leadingHours(line.text) !== null)
    entries.push(at < 0 ? entry : [...entry.slice(0, -1), paragraphOf(lines.slice(0, at))])
    if (at < 0) continue
    parts.push({ ...list, entries }, paragraphOf(lines.slice(at)))
    entries = []
  }
  if (parts.length === 0) return null
  return entries.length > 0 ? [...parts, { ...list, entries }] : parts
}
