import type { Mark, TextRun } from '../domain/agenda.ts'
import type { Whereabouts } from './whereabouts.ts'

/** A document in a common form, whatever program wrote it. */
export type Passage =
  | Heading
  | { readonly type: 'paragraph'; readonly lines: readonly Written[] }
  | List
  | { readonly type: 'table'; readonly rows: readonly Row[] }
  /** In the file but not part of an agenda: a footnote, the description of a picture. */
  | { readonly type: 'aside'; readonly lines: readonly Written[] }

export interface Heading {
  readonly type: 'heading'
  /** 0 for the title of the document. */
  readonly level: number
  readonly lines: readonly Written[]
}

export interface List {
  readonly type: 'list'
  readonly ordered: boolean
  readonly entries: readonly (readonly Passage[])[]
}

export interface Written {
  readonly where: Whereabouts
  readonly runs: readonly TextRun[]
  readonly text: string
  /** Whether it continues in the next line, as in text wrapped to fit a page. */
  readonly flows: boolean
  /** Link targets that an agenda may not hold. */
  readonly unsafe: readonly string[]
}

export interface Row {
  readonly where: Whereabouts
  readonly cells: readonly Cell[]
}

export interface Cell {
  readonly passages: readonly Passage[]
  readonly text: string
  /** Whether it belongs to a row above and spans this one. */
  readonly reaches: boolean
  /** The number of columns that it spans. */
  readonly columns: number
}

/** Removes white space at both ends, and joins neighbours with the same marks. */
export function trimmed(runs: readonly TextRun[]): TextRun[] {
  const kept: TextRun[] = []
  for (const run of runs) {
    const last = kept.at(-1)
    if (last && JSON.stringify(last.marks) === JSON.stringify(run.marks))
      kept[kept.length - 1] = { ...last, text: last.text + run.text }
    else kept.push(run)
  }
  return sliced(kept, 0)
}

/** The runs from character `from` on, without white space at both ends. */
function sliced(runs: readonly TextRun[], from: number): TextRun[] {
  const found: TextRun[] = []
  let at = 0
  for (const run of runs) {
    const text = run.text.slice(Math.max(0, from - at))
    at += run.text.length
    if (text !== '') found.push({ ...run, text })
  }
  while (found.length > 0 && found[0]!.text.trim() === '') found.shift()
  while (found.length > 0 && found.at(-1)!.text.trim() === '') found.pop()
  if (found.length > 0) {
    found[0] = { ...found[0]!, text: found[0]!.text.trimStart() }
    found[found.length - 1] = { ...found.at(-1)!, text: found.at(-1)!.text.trimEnd() }
  }
  return found
}

/** A line of a file without marks. */
export function plainLine(where: Whereabouts, text: string): Written {
  return { where, runs: text === '' ? [] : [{ type: 'text', text }], text, flows: false, unsafe: [] }
}

export function paragraphOf(lines: readonly Written[]): Passage {
  return { type: 'paragraph', lines }
}

export function isBold(line: Written): boolean {
  return isMarked(line, 'bold')
}

export function isItalic(line: Written): boolean {
  return isMarked(line, 'italic')
}

function isMarked({ runs }: Written, mark: Mark): boolean {
  return runs.length > 0 && runs.every((run) => run.text.trim() === '' || run.marks?.includes(mark))
}

export function bolded(line: Written): Written {
  const runs = line.runs.map((run) =>
    run.marks?.includes('bold') ? run : { ...run, marks: ['bold' as const, ...(run.marks ?? [])].slice(0, 4) },
  )
  return { ...line, runs }
}

/** The part of the line from character `at` on. */
export function fromOn(line: Written, at: number): Written {
  return { ...line, runs: sliced(line.runs, at), text: line.text.slice(at).trim() }
}

/** The plain text of passages, one line each. */
export function textOfPassages(passages: readonly Passage[]): string {
  return linesOf(passages)
    .map((line) => line.text)
    .filter((text) => text !== '')
    .join('\n')
}

/** All lines of passages, including those in lists and tables. */
export function linesOf(passages: readonly Passage[]): Written[] {
  return passages.flatMap((passage): readonly Written[] => {
    switch (passage.type) {
      case 'heading':
      case 'paragraph':
      case 'aside':
        return passage.lines
      case 'list':
        return passage.entries.flatMap(linesOf)
      case 'table':
        return passage.rows.flatMap((row) => row.cells.flatMap((cell) => (cell.reaches ? [] : linesOf(cell.passages))))
    }
  })
}
