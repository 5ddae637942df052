import type { Bilingual, Language } from '../../domain/agenda.ts'
import { type Column, type Placed, placed, rowLine } from '../column.ts'
import { dateIn, dayNumberIn } from '../date.ts'
import { type Hours, leadingHours } from '../hour.ts'
import { minutesIn, trailingMinutes } from '../length.ts'
import { isOpen } from '../name.ts'
import { type Cell, linesOf, type Passage, paragraphOf, type Row, type Written } from '../passage.ts'
import { bilingual, blank, completed, completes, hanIn } from '../script.ts'
import { factOf, isUntitled, labelled, type Meaning } from '../vocabulary.ts'
import { note, unsafe } from './account.ts'
import { isDay, openDay } from './day.ts'
import { type DraftItem, entitle } from './draft.ts'
import { readHeading } from './heading.ts'
import { newItem, openItem } from './item.ts'
import { factsIn, itemLine, kindIn, labelAlone, labelledValue, type Times, valueBehind } from './line.ts'
import { applyLine, endProse } from './paragraph.ts'
import { readProse } from './prose.ts'
import { near, type State } from './state.ts'

/** A row of a timetable: an item, or more of the item above it. */
export function readItemRow(state: State, row: Row, columns: readonly Column[]): void {
  const cells = placed(row, columns)
  const filled = cells.filter(({ cell }) => cell.text !== '' && !cell.reaches)
  const [only] = filled
  if (!only) return
  const across = filled.length === 1 && (only.cell.columns > 1 || only.meaning?.type === 'time')
  if (across && readFullRow(state, row)) return
  const of = (type: Meaning['type']) =>
    cells.filter(({ cell, meaning }) => meaning?.type === type && cell.text !== '').map(({ cell }) => cell)
  for (const cell of of('date')) readDateCell(state, row, cell)
  const { hours, minutes, texts } = timesOfRow(state, row, of)
  const own = (type: Meaning['type']) => of(type).filter((cell) => !cell.reaches)
  const named = own('title').length > 0 ? own('title') : own('language')
  if (named.length === 0 && !hours) {
    readOtherCells(state, row, cells)
    return
  }
  const titles = splitTitles(state, named)
  const line = { where: row.where, text: [...texts, ...titles.map(({ text }) => text)].join(' | ') }
  const length = minutes ?? titles.find((one) => one.minutes !== null)?.minutes ?? null
  const made = newItem(state, line, blank, { hours, minutes: length })
  if (!made) return
  made.outlined = true
  for (const { title } of titles) entitle(made, title)
  for (const { rest } of titles) {
    state.field = null
    for (const part of rest) readCellPassage(state, part, made, true)
  }
  state.field = null
  const others = cells.filter(({ meaning }) => meaning?.type !== 'title' && meaning?.type !== 'language')
  readOtherCells(state, row, others)
}

/** A row that is one cell across: a day, or an item, or a name for what follows. False for any other. */
export function readFullRow(state: State, row: Row): boolean {
  const line = rowLine(row)
  const text = line.text.replace(/\n/g, ' / ')
  if (text === '') return true
  if (isDay(text, state)) {
    openDay(state, { ...line, text })
    return true
  }
  const timed = leadingHours(text)
  if (timed && timed.rest !== '') {
    openItem(state, { ...line, text }, itemLine(timed.rest, timed.hours))
    return true
  }
  const front = state.section.type === 'front'
  const lone = row.cells.filter((cell) => cell.text !== '').length <= 1
  if (!lone || (!front && row.cells.every((cell) => cell.columns === 1))) return false
  note(state, { ...line, text }, front ? 'before-first-item' : 'no-time-or-title')
  return true
}

/** When the item of a row is, and the texts of the cells that have it; a date may stand before a time. */
function timesOfRow(
  state: State,
  row: Row,
  of: (type: Meaning['type']) => readonly Cell[],
): Times & { readonly texts: readonly string[] } {
  const { where } = row
  let hours: Hours | null = null
  let minutes: number | null = null
  const texts: string[] = []
  for (const cell of of('time')) {
    const found = timesOfCell(cell.text, state)
    if (found.dated) readDateCell(state, row, { ...cell, text: found.dated })
    if (found.hours) {
      hours ??= found.hours
      minutes ??= found.minutes
      texts.push(cell.text)
    } else if (!cell.reaches && !found.dated) note(state, { where, text: cell.text }, 'bad-time')
  }
  for (const { text } of of('end')) {
    const found = leadingHours(text, true)
    if (found && hours?.end === null) hours = { ...hours, end: found.hours.start }
    texts.push(text)
  }
  for (const { text } of of('minutes')) {
    const found = minutesIn(text, true)
    if (found) {
      minutes = found.minutes
      texts.push(text)
    } else note(state, { where, text }, 'bad-time')
  }
  return { hours, minutes, texts }
}

/** The first time of a cell, with the end or the length in the line below it, and the date before it. */
function timesOfCell(text: string, state: State): Times & { readonly dated: string | null } {
  const lines = text.split('\n')
  for (const [index, line] of lines.entries()) {
    const found = leadingHours(line, true)
    if (!found) continue
    const before = lines.slice(0, index).join(' ')
    const below = lines[index + 1] ?? ''
    const end = found.hours.end === null ? leadingHours(below.replace(/^[-–—~至到\s]{1,4}/, ''), true) : null
    return {
      hours: end ? { ...found.hours, end: end.hours.start } : found.hours,
      minutes: minutesIn(found.rest || below)?.minutes ?? null,
      dated: isDay(before, state) ? before : null,
    }
  }
  const dated = dateIn(text, near(state))
  const hours = dated && leadingHours(dated.rest, true)
  return { hours: hours?.hours ?? null, minutes: null, dated: dated && text }
}

function readDateCell(state: State, { where }: Row, cell: Cell): void {
  const text = cell.text.replace(/\n/g, ' ')
  const line = { where, text: cell.reaches ? '' : text }
  if (dateIn(text, near(state)) || dayNumberIn(text)) openDay(state, line, text)
  else note(state, line, 'bad-date')
}

interface CellTitle {
  readonly title: Bilingual
  /** As it stands in the cell. */
  readonly text: string
  readonly minutes: number | null
  /** What the cell says besides. */
  readonly rest: readonly Passage[]
}

function splitTitles(state: State, cells: readonly Cell[]): CellTitle[] {
  // A copy has a column for each language: the one with more characters is the Chinese one.
  const shares = cells.map(({ text }) => hanIn(text) / (text.length || 1))
  const most = Math.max(...shares)
  const apart = state.source === 'parley' && shares.length === 2 && shares[0] !== shares[1]
  return cells.map((cell, index) => splitTitle(state, cell, !apart ? null : shares[index] === most ? 'zh' : 'en'))
}

/** The first line of a cell is the title; so is the second, when it is the title in the other language. */
function splitTitle({ source, draft }: State, cell: Cell, language: Language | null): CellTitle {
  const [first, ...others] = cell.passages
  if (!first || first.type === 'table' || first.type === 'aside')
    return { title: blank, text: '', minutes: null, rest: cell.passages }
  const isList = first.type === 'list'
  const [head, ...lines] = isList ? linesOf(first.entries[0] ?? []) : first.lines
  const entries = isList ? first.entries.slice(1) : []
  const rest = [
    ...lines.map((line) => paragraphOf([line])),
    ...(isList && entries.length > 0 ? [{ ...first, entries }] : []),
    ...others,
  ]
  const text = head?.text ?? ''
  const length = source === 'parley' ? null : trailingMinutes(text)
  const words = language ? { ...blank, [language]: text } : bilingual(length?.rest ?? text, draft.alone)
  const title = isUntitled(text) ? blank : words
  const minutes = length?.minutes ?? null
  const next = rest[0]?.type === 'paragraph' && rest[0].lines.length === 1 ? rest[0].lines[0] : undefined
  if (!next || text === '' || source === 'parley' || draft.alone !== null) return { title, text, minutes, rest }
  const other = bilingual(next.text, null)
  const plain = next.text.length < 200 && !labelled(next.text) && factOf(next.text.split('·')[0]!) === null
  if (!plain || !completes(title, other)) return { title, text, minutes, rest }
  return { title: completed(title, other), text: `${text} / ${next.text}`, minutes, rest: rest.slice(1) }
}

/** What other columns say of the item. */
function readOtherCells(state: State, { where }: Row, cells: readonly Placed[]): void {
  const { item } = state
  for (const { cell, meaning } of cells) {
    if (cell.text === '' || cell.reaches) continue
    const line = { where, text: cell.text }
    switch (meaning?.type) {
      case 'role':
      case 'text':
      case 'readings':
        if (!item) note(state, line, 'no-time-or-title')
        else if (meaning.type === 'role') {
          const claims = cell.text.split('\n').map((text) => {
            const known = labelled(text)
            return known?.meaning.type === 'role'
              ? { role: known.meaning.role, text: text.slice(known.at).trim(), person: null }
              : { role: meaning.role, text, person: null }
          })
          if (claims.every(({ text }) => isOpen(text))) note(state, line, 'empty')
          else {
            item.claims.push(...claims)
            note(state, line, 'role', item)
          }
        } else {
          state.field = meaning.type === 'text' ? { ...meaning, language: null } : { type: 'readings' }
          for (const part of cell.passages) readCellPassage(state, part, item, false)
          state.field = null
        }
        break
      case 'kind': {
        const kind = item && kindIn(cell.text)
        if (kind) {
          item.set.kind = kind
          note(state, line, 'fact', item)
        } else note(state, line, 'not-an-agenda-field')
        break
      }
      case 'time':
      case 'end':
      case 'minutes':
      case 'date':
        break
      default:
        note(state, line, meaning?.type === 'number' ? 'not-an-agenda-field' : 'unknown-column')
    }
  }
}

/** `labels`: lines may say what they are; in a column of objectives, say, they do not. */
function readCellPassage(state: State, part: Passage, item: DraftItem, labels: boolean): void {
  if (part.type === 'paragraph') readCellLines(state, part.lines, labels)
  else if (part.type === 'heading') readHeading(state, part)
  else if (part.type === 'aside') for (const line of part.lines) note(state, line, 'not-an-agenda-field')
  else readProse(state, [part])
  state.item = item
}

function readCellLines(state: State, lines: readonly Written[], labels: boolean): void {
  unsafe(state, lines)
  for (const line of lines) {
    const facts = factsIn(line, state)
    const known = labels && !facts ? labelledValue(line.text) : null
    const value = facts ? ({ type: 'facts', facts } as const) : known && valueBehind(line.text, known, state)
    const alone = labels && !value ? labelAlone(line) : null
    if (known || alone?.type === 'text') endProse(state)
    if (value) applyLine(state, line, value)
    else if (alone?.type === 'text') applyLine(state, line, { type: 'label', meaning: alone })
    else state.waiting.push(line)
  }
  endProse(state)
}
