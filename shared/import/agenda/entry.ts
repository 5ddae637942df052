import type { Bilingual, TermStatus } from '../../domain/agenda.ts'
import { isLink } from '../../domain/refuse.ts'
import { type Column, placed, rowLine } from '../column.ts'
import { named } from '../name.ts'
import type { Row, Written } from '../passage.ts'
import { bilingual, blank, completed, isBlank } from '../script.ts'
import { type Meaning, meaningOf, sectorOf, sideOf } from '../vocabulary.ts'
import { note, unsafe } from './account.ts'
import { addPerson, addReading, addTerm } from './draft.ts'
import { longestTitle } from './line.ts'
import type { State } from './state.ts'

/** A line of a list of people, terms, readings or names. */
export function readEntry(state: State, line: Written): void {
  const { section, field, item } = state
  unsafe(state, [line])
  if (line.text === '') return
  if (section.type === 'people') readPerson(state, line)
  else if (section.type === 'glossary') readTerm(state, line)
  else if (field?.type === 'readings') readReading(state, line)
  else if (field?.type === 'role' && item) {
    item.claims.push({ role: field.role, text: line.text, person: null })
    note(state, line, 'role', item)
  }
}

/** `Name (Institute)`, or the name of a delegation for those below it. */
function readPerson(state: State, line: Written): void {
  const { draft, section } = state
  const meaning = meaningOf(line.text)
  if (meaning?.type === 'side') {
    state.section = { type: 'people', side: meaning.side }
    note(state, line, 'person')
    return
  }
  const set = section.type === 'people' && section.side ? { side: section.side } : {}
  const added = line.text.length <= longestTitle && addPerson(draft, named(line.text, draft.alone), set)
  note(state, line, added ? 'person' : 'not-an-agenda-field')
}

/** `safety / 安全: definition`. */
function readTerm(state: State, line: Written): void {
  const [first] = line.runs
  const end = first?.marks?.includes('bold') ? first.text.length : line.text.search(/[:：]/)
  const [head, tail] = end < 0 ? [line.text, ''] : [line.text.slice(0, end), line.text.slice(end)]
  const term = bilingual(head.replace(/[:：]$/, ''), null)
  const definition = bilingual(tail.replace(/^[\s:：]{1,10}/, ''), state.draft.alone)
  note(state, line, addTerm(state.draft, { ...term, definition }) ? 'term' : 'not-an-agenda-field')
}

const personal: ReadonlySet<Meaning['type']> = new Set(['name', 'affiliation', 'party', 'sector'])

export function readPersonRow(state: State, row: Row, columns: readonly Column[]): void {
  const { section, draft } = state
  const cells = placed(row, columns)
  const bothIn = (text: string) => lined(text, state)
  const isKnown = <T>(one: T | null): one is T => one !== null
  const textsOf = (type: Meaning['type']) =>
    cells.filter(({ meaning }) => meaning?.type === type).map(({ cell }) => cell.text)
  const pairOf = (type: Meaning['type']) => textsOf(type).map(bothIn).reduce(completed, blank)
  const name = pairOf('name')
  if (isBlank(name)) {
    const line = rowLine(row)
    const side = sideOf(line.text)
    if (section.type === 'people' && side && side !== 'other') state.section = { type: 'people', side }
    note(state, line, side ? 'person' : 'no-time-or-title')
    return
  }
  const sectionSide = section.type === 'people' ? section.side : null
  const side = textsOf('party').map(sideOf).find(isKnown) ?? sectionSide
  const sector = textsOf('sector').map(sectorOf).find(isKnown)
  const set = { ...(side && { side }), ...(sector && { sector }) }
  const added = addPerson(draft, { name, affiliation: pairOf('affiliation') }, set)
  const known = cells.filter(({ meaning }) => meaning && personal.has(meaning.type))
  const line = { where: row.where, text: known.map(({ cell }) => cell.text).join(' | ') }
  note(state, line, added ? 'person' : 'not-an-agenda-field')
  for (const one of cells)
    if (!known.includes(one)) note(state, { where: row.where, text: one.cell.text }, 'unknown-column')
}

export function readTermRow(state: State, row: Row, columns: readonly Column[]): void {
  let term = blank
  let definition = blank
  let status: TermStatus = 'parallel'
  for (const { cell, meaning } of placed(row, columns)) {
    const text = cell.text.replace(/\n/g, ' / ')
    if (meaning?.type === 'definition') definition = lined(cell.text, state)
    else if (meaning?.type === 'status')
      status = /disput|争议/i.test(text) ? 'disputed' : /joint|共同/i.test(text) ? 'joint' : 'parallel'
    else
      term = completed(
        term,
        meaning?.type === 'language' ? { ...blank, [meaning.language]: text } : bilingual(text, null),
      )
  }
  note(state, rowLine(row), addTerm(state.draft, { ...term, definition, status }) ? 'term' : 'not-an-agenda-field')
}

/** Each line in its language. */
function lined(text: string, { draft }: State): Bilingual {
  const lines = text.split('\n').map((line) => bilingual(line, draft.alone))
  const all = (language: 'en' | 'zh') =>
    lines
      .map((line) => line[language])
      .filter((line) => line !== '')
      .join(' ')
  return { en: all('en'), zh: all('zh') }
}

/** The title of a reading with its address, in whatever order. */
export function readReading(state: State, line: Written): void {
  const { draft, item } = state
  if (!item) {
    note(state, line, 'before-first-item')
    return
  }
  const mark = line.runs.flatMap((run) => run.marks ?? []).find((one) => typeof one === 'object')
  const bare = /https?:\/\/[^\s<>"，。；）]{1,2000}/i.exec(line.text)?.[0] ?? ''
  const url = mark?.link ?? (isLink(bare) ? bare : '')
  const words = bare === '' ? line.text : line.text.replace(bare, '').replace(/[\s:：,，(（<]{1,10}[>)）]?$/, '')
  addReading(draft, item, bilingual(words || url, draft.alone), url)
  note(state, line, 'reading', item)
}
