import { type Column, columnsOf, isKeyed, isSideBySide, rowLine } from '../column.ts'
import { type Passage, plainLine, type Row } from '../passage.ts'
import { meaningOf } from '../vocabulary.ts'
import { note } from './account.ts'
import { pairReadings } from './draft.ts'
import { readPersonRow, readTermRow } from './entry.ts'
import { valueBehind } from './line.ts'
import { applyLine } from './paragraph.ts'
import { readProse } from './prose.ts'
import { readFullRow, readItemRow } from './row.ts'
import type { State } from './state.ts'

type Read = (state: State, passage: Passage) => void

const deepest = 6

/** `read` reads what is in a cell. */
export function readTable(state: State, rows: readonly Row[], read: Read): void {
  if (state.depth >= deepest) {
    for (const { cells } of rows) for (const cell of cells) readProse(state, cell.passages)
    return
  }
  state.depth++
  const list = columnsOf(rows, state.section.type)
  const laidOut = () => rows.every(({ cells }) => cells.length <= 1) || isSideBySide(rows)
  if (list) readRows(state, rows, list.columns, list.head)
  else if (isKeyed(rows)) readKeyed(state, rows, read)
  else if (laidOut() || (state.item && rows.length <= 2)) readLayout(state, rows, read)
  else readLoose(state, rows)
  state.depth--
}

/** Columns that say what they hold. */
function readRows(state: State, rows: readonly Row[], columns: readonly Column[], head: number): void {
  const { type } = state.section
  const has = (meaning: 'name' | 'time' | 'definition') => columns.some((one) => one.meaning.type === meaning)
  const ofPeople = has('name') || (type === 'people' && !has('time'))
  const readRow = ofPeople ? readPersonRow : has('definition') || type === 'glossary' ? readTermRow : readItemRow
  for (const [index, row] of rows.entries()) {
    if (index < head) readFullRow(state, row)
    else if (index === head) note(state, rowLine(row), 'fact')
    else readRow(state, row, columns)
  }
}

/** Rows of a label and its value. */
function readKeyed(state: State, rows: readonly Row[], read: Read): void {
  for (const { where, cells } of rows) {
    const [label, ...values] = cells
    if (!label) continue
    const meaning = meaningOf(label.text)
    const start = `${label.text.replace(/\n/g, ' / ')}: `
    for (const { text, passages } of values) {
      if (text === '') continue
      const { item } = state
      const line = plainLine(where, start + text.replace(/\n/g, ' / '))
      if (meaning?.type === 'text' && item) {
        state.field = { ...meaning, language: null }
        for (const part of passages) readProse(state, [part])
        state.field = null
        continue
      }
      const value = meaning && valueBehind(line.text, { meaning, label: label.text, at: start.length }, state)
      if (value) applyLine(state, line, value)
      else if (item) for (const part of passages) read(state, part)
      else note(state, line, 'before-first-item')
    }
  }
}

/** Cells that are nothing but a place on the page; each goes on with what was open before the table. */
function readLayout(state: State, rows: readonly Row[], read: Read): void {
  const { field } = state
  const readings = () => state.item?.readings.length ?? 0
  for (const { cells } of rows) {
    const before = readings()
    let first = before
    for (const [index, cell] of cells.entries()) {
      if (cell.reaches) continue
      if (state.section.type === 'days' || state.section.type === 'proposals') state.field = field
      for (const part of cell.passages) read(state, part)
      if (index === 0) first = readings()
    }
    if (state.item && readings() > first) pairReadings(state.item, before, first)
  }
}

function readLoose(state: State, rows: readonly Row[]): void {
  for (const row of rows) {
    if (readFullRow(state, row)) continue
    for (const cell of row.cells)
      if (!cell.reaches) note(state, { where: row.where, text: cell.text }, 'unknown-column')
  }
}
