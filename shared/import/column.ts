import { leadingHours } from './hour.ts'
import { minutesIn } from './length.ts'
import type { Cell, Row, Written } from './passage.ts'
import { hanIn, languageOf } from './script.ts'
import { type Meaning, meaningOf } from './vocabulary.ts'

export interface Column {
  /** The number of columns before it. */
  readonly at: number
  readonly meaning: Meaning
}

/** A cell with the meaning of its column. */
export interface Placed {
  readonly cell: Cell
  readonly meaning: Meaning | null
}

/** The most rows that may precede the column headings. */
const mostAbove = 4

/**
 * The meaning of each column of a table, from its headings or else its content, and the index of the heading row (-1
 * for none). Null for a table that is no list of items, people or terms.
 */
export function columnsOf(rows: readonly Row[], section: string): { columns: Column[]; head: number } | null {
  for (let head = 0; head < Math.min(mostAbove, rows.length); head++) {
    const columns = headsOf(rows[head]!)
    if (isList(columns, section)) return { columns: settled(columns), head }
  }
  if (section === 'people' || section === 'glossary')
    return section === 'people' ? { columns: unnamed(rows), head: -1 } : { columns: [], head: -1 }
  const columns = contents(rows)
  if (columns.length < 2 || !columns.some((one) => one.meaning.type === 'time')) return null
  // Headings that are too vague to identify a column are still headings.
  const [first] = rows
  const headed =
    first !== undefined && headsOf(first).length > 0 && !first.cells.some((cell) => leadingHours(cell.text, true))
  return { columns, head: headed ? 0 : -1 }
}

function headsOf(row: Row): Column[] {
  return placesOf(row).flatMap(({ cell, at }) => {
    const meaning = cell.text.length <= 60 ? meaningOf(cell.text.replace(/\n/g, '/')) : null
    return meaning ? [{ at, meaning }] : []
  })
}

export function placed(row: Row, columns: readonly Column[]): Placed[] {
  return placesOf(row).map(({ cell, at }) => ({ cell, meaning: columns.find((one) => one.at === at)?.meaning ?? null }))
}

function placesOf(row: Row): { cell: Cell; at: number }[] {
  let next = 0
  return row.cells.map((cell) => {
    const at = next
    next += cell.columns
    return { cell, at }
  })
}

/** A row as one line. */
export function rowLine({ where, cells }: Row): Pick<Written, 'where' | 'text'> {
  const said = cells.filter((cell) => cell.text !== '' && !cell.reaches)
  return { where, text: said.map((cell) => cell.text).join(' | ') }
}

function isList(columns: readonly Column[], section: string): boolean {
  const has = (...types: Meaning['type'][]) => columns.some((one) => types.includes(one.meaning.type))
  if (columns.length < 2) return section === 'people' && has('name')
  if (has('name')) return has('affiliation', 'party', 'sector', 'role', 'number', 'name') && !has('time')
  if (has('time', 'minutes')) return has('title', 'language', 'role', 'text', 'minutes', 'agenda', 'place', 'time')
  if (has('definition')) return true
  return section === 'glossary' && has('language', 'title')
}

/** Without a title column, the language columns are the titles, or else the agenda column. */
function settled(columns: readonly Column[]): Column[] {
  const named = (type: Meaning['type']) => columns.find((one) => one.meaning.type === type)
  if (named('name') || named('title') || named('language') || !named('time')) return [...columns]
  // The column of contents in a programme holds the titles.
  const title = named('agenda') ?? named('text')
  return columns.map((one) => (one === title ? { ...one, meaning: { type: 'title', language: null } } : one))
}

/** People without column headings: first the name, then the affiliation. */
function unnamed(rows: readonly Row[]): Column[] {
  const widest = Math.max(0, ...rows.slice(0, 200).map((row) => row.cells.length))
  const meanings: Meaning[] = [
    { type: 'name', language: null },
    { type: 'affiliation' },
    { type: 'party' },
    { type: 'sector' },
  ]
  return meanings.slice(0, widest).map((meaning, at) => ({ at, meaning }))
}

/** Infers meanings from the content: in a column of times, most cells are times. */
function contents(rows: readonly Row[]): Column[] {
  const widest = Math.min(40, Math.max(0, ...rows.slice(0, 2000).map((row) => row.cells.length)))
  const columns: Column[] = []
  const taken = new Set<string>()
  for (let at = 0; at < widest; at++) {
    const texts = rows
      .slice(0, 200)
      .filter((row) => row.cells.length === widest)
      .map((row) => row.cells[at]?.text ?? '')
      .filter((text) => text !== '')
    const share = (test: (text: string) => boolean) =>
      texts.length === 0 ? 0 : texts.filter(test).length / texts.length
    const isTime = () => share((text) => leadingHours(text, true) !== null && text.length < 60) >= 0.6
    const isLength = () => share((text) => text.length < 20 && minutesIn(text, true) !== null) >= 0.6
    const type = !taken.has('time') && isTime() ? 'time' : !taken.has('minutes') && isLength() ? 'minutes' : 'title'
    const language = languageOf(texts.join(' '))
    const mixed = texts.some((text) => hanIn(text) > 0) && language === 'en'
    const key = type !== 'title' ? type : mixed ? 'both' : language
    if (type === 'title' && (taken.has(key) || taken.has('both') || texts.length === 0)) continue
    taken.add(key)
    columns.push({ at, meaning: type === 'title' ? { type, language: null } : { type } })
  }
  return columns
}

/** Whether there are two columns, the first with labels. */
export function isKeyed(rows: readonly Row[]): boolean {
  const pairs = rows.filter((row) => row.cells.length >= 2)
  if (pairs.length === 0 || pairs.length < rows.length) return false
  const labels = pairs.filter((row) => isLabel(row.cells[0]!.text))
  return labels.length * 2 >= pairs.length
}

/** Whether two columns say the same in the two languages. */
export function isSideBySide(rows: readonly Row[]): boolean {
  const pairs = rows.filter((row) => row.cells.length === 2 && row.cells.every((cell) => cell.text !== ''))
  if (pairs.length === 0) return false
  const apart = pairs.filter((row) => languageOf(row.cells[0]!.text) !== languageOf(row.cells[1]!.text))
  return apart.length * 2 >= pairs.length
}

/** A label and nothing else, in one language or one line per language. */
function isLabel(text: string): boolean {
  return text !== '' && text.split('\n').every((line) => meaningOf(line) !== null)
}
