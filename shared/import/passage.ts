import type { Mark, TextRun } from '../domain/agenda.ts'
import type { Whereabouts } from './whereabouts.ts'

/** A document as people write one, whatever program they wrote it with. */
export type Passage =
  | Heading
  | { readonly type: 'paragraph'; readonly lines: readonly Written[] }
  | List
  | { readonly type: 'table'; readonly rows: readonly Row[] }
  /** Stands in the file and belongs to no agenda: a footnote, the description of a picture. */
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
  /** It goes on in the next line, as a text that was broken to fit a page does. */
  readonly flows: boolean
  /** Targets of links that no agenda may hold. */
  readonly unsafe: readonly string[]
}

export interface Row {
  readonly where: Whereabouts
  readonly cells: readonly Cell[]
}

export interface Cell {
  readonly passages: readonly Passage[]
  readonly text: string
  /** It belongs to a row above and reaches down into this one. */
  readonly reaches: boolean
  /** How many columns it takes. */
  readonly columns: number
}

/** Without white space at both ends; neighbours with the same marks are one run. */
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

/** A line of a file that knows no marks. */
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

/** The line from character `at` on. */
export function fromOn(line: Written, at: number): Written {
  return { ...line, runs: sliced(line.runs, at), text: line.text.slice(at).trim() }
}

/** The words of passages, a line each. */
export function textOfPassages(passages: readonly Passage[]): string {
  return linesOf(passages)
    .map((line) => line.text)
    .filter((text) => text !== '')
    .join('\n')
}

/** Every line of passages, those in lists and tables too. */
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
