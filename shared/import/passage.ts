import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5'
import type { Mark, TextRun } from '../domain/agenda.ts'
import { isLink } from '../domain/refuse.ts'
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

type Node = DefaultTreeAdapterTypes.ChildNode
type Element = DefaultTreeAdapterTypes.Element

/** Levels of elements that are looked into; what lies deeper is taken as text. */
const deepest = 60
const mostColumns = 40

/** Reads what the readers of Markdown and Word write. `data-line` on a block is where it stands in its source. */
export function passagesOf(html: string, where: Whereabouts | null = null): Passage[] {
  const reader = openReader(where)
  return reader.blocks(parseFragment(html).childNodes, 0)
}

function openReader(everywhere: Whereabouts | null) {
  let paragraphs = 0
  let tables = 0
  let row = everywhere

  function place(element: Element | null): Whereabouts {
    if (row) return row
    const line = element && attribute(element, 'data-line')
    return line ? { type: 'line', number: Number(line) } : { type: 'paragraph', number: ++paragraphs }
  }

  function blocks(nodes: readonly Node[], depth: number): Passage[] {
    const found: Passage[] = []
    let loose: Node[] = []
    const settle = () => {
      const lines = written(loose, null)
      if (lines.length > 0) found.push({ type: 'paragraph', lines })
      loose = []
    }
    for (const node of nodes) {
      if (!isElement(node) || !isBlock(node)) {
        loose.push(node)
        continue
      }
      settle()
      for (const one of block(node, depth)) found.push(one)
    }
    settle()
    return found
  }

  function block(element: Element, depth: number): Passage[] {
    if (depth > deepest) return [{ type: 'paragraph', lines: written([element], element) }]
    const name = element.tagName
    switch (name) {
      case 'h1':
      case 'h2':
      case 'h3':
      case 'h4':
      case 'h5':
      case 'h6': {
        const level = attribute(element, 'class') === 'title' ? 0 : Number(name[1])
        const lines = written(element.childNodes, element)
        return lines.length > 0 ? [{ type: 'heading', level, lines }] : []
      }
      case 'p':
      case 'pre': {
        const lines = written(element.childNodes, element)
        return [{ type: 'paragraph', lines }]
      }
      case 'ul':
      case 'ol':
        return list(element, depth)
      case 'table':
        return [table(element, depth)]
      default:
        return blocks(element.childNodes, depth + 1)
    }
  }

  function list(element: Element, depth: number): Passage[] {
    const items = element.childNodes.filter((node): node is Element => isElement(node) && node.tagName === 'li')
    const notes = items.filter((item) => /^(?:footnote|endnote)/.test(attribute(item, 'id') ?? ''))
    const passages: Passage[] = []
    const entries = items.filter((item) => !notes.includes(item)).map((item) => blocks(marked(item), depth + 1))
    if (entries.length > 0) passages.push({ type: 'list', ordered: element.tagName === 'ol', entries })
    for (const note of notes) {
      const lines = blocks(note.childNodes, depth + 1).flatMap((one) => ('lines' in one ? one.lines : []))
      passages.push({ type: 'aside', lines })
    }
    return passages
  }

  /** The lines of a tight list stand in the item itself. */
  function marked(item: Element): Node[] {
    const line = attribute(item, 'data-line')
    if (line === null) return item.childNodes
    for (const node of item.childNodes) {
      if (isElement(node) && isBlock(node)) continue
      // The first words of a tight item take its line.
      return [{ ...item, tagName: 'p', nodeName: 'p', childNodes: leading(item) } as Element, ...following(item)]
    }
    return item.childNodes
  }

  function table(element: Element, depth: number): Passage {
    const outer = row
    tables++
    const number = tables
    const rows: Row[] = []
    // A cell that reaches down: how many more rows, and what it says.
    const reaching: { left: number; cell: Cell }[] = []
    for (const tr of rowsIn(element)) {
      const line = attribute(tr, 'data-line')
      row =
        outer ?? (line ? { type: 'line', number: Number(line) } : { type: 'row', table: number, row: rows.length + 1 })
      const cells: Cell[] = []
      const fill = () => {
        for (let above = reaching[cells.length]; above && above.left > 0; above = reaching[cells.length]) {
          above.left--
          cells.push({ ...above.cell, reaches: true })
        }
      }
      for (const td of tr.childNodes) {
        if (!isElement(td) || (td.tagName !== 'td' && td.tagName !== 'th')) continue
        fill()
        const columns = Math.min(mostColumns, Math.max(1, Number(attribute(td, 'colspan') ?? 1) || 1))
        const rowspan = Math.min(1000, Math.max(1, Number(attribute(td, 'rowspan') ?? 1) || 1))
        const passages = blocks(td.childNodes, depth + 1)
        const cell: Cell = { passages, text: textOfPassages(passages), reaches: false, columns }
        reaching[cells.length] = { left: rowspan - 1, cell }
        cells.push(cell)
        if (cells.length >= mostColumns) break
      }
      fill()
      rows.push({ where: row, cells })
    }
    row = outer
    return { type: 'table', rows }
  }

  function written(nodes: readonly Node[], element: Element | null): Written[] {
    const pieces = piecesOf(nodes)
    if (pieces.length === 0) return []
    const first = place(element)
    const lines: Written[] = []
    let runs: TextRun[] = []
    let unsafe: string[] = []
    const settle = (flows: boolean) => {
      const where = first.type === 'line' ? { ...first, number: first.number + lines.length } : first
      const kept = trimmed(runs)
      lines.push({ where, runs: kept, text: kept.map((run) => run.text).join(''), flows, unsafe })
      runs = []
      unsafe = []
    }
    for (const piece of pieces) {
      if (piece.type === 'break') settle(piece.soft)
      else if (piece.type === 'unsafe') unsafe.push(piece.target)
      else runs.push(piece.run)
    }
    settle(false)
    return lines
  }

  return { blocks }
}

type Piece = { type: 'run'; run: TextRun } | { type: 'break'; soft: boolean } | { type: 'unsafe'; target: string }

function piecesOf(nodes: readonly Node[]): Piece[] {
  const pieces: Piece[] = []
  // A stack of our own: how deep marks are nested is the file's choice.
  const stack: { node: Node; marks: readonly Mark[] }[] = [...nodes].reverse().map((node) => ({ node, marks: [] }))
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { node, marks } = next
    if (node.nodeName === '#text') {
      const text = (node as DefaultTreeAdapterTypes.TextNode).value.replace(/[\t\n\f\r ]+/g, ' ')
      if (text !== '')
        pieces.push({ type: 'run', run: marks.length > 0 ? { type: 'text', text, marks } : { type: 'text', text } })
      continue
    }
    if (!isElement(node)) continue
    if (node.tagName === 'br') {
      pieces.push({ type: 'break', soft: attribute(node, 'class') === 'soft' })
      continue
    }
    if (node.tagName === 'img') {
      const said = attribute(node, 'alt')
      if (said) pieces.push({ type: 'unsafe', target: said })
      continue
    }
    let inner = marks
    const mark = markOf(node)
    if (mark)
      inner =
        marks.some((one) => JSON.stringify(one) === JSON.stringify(mark)) || marks.length >= 4
          ? marks
          : [...marks, mark]
    else if (node.tagName === 'a') {
      const target = attribute(node, 'href')
      // A number that points to a footnote is no text.
      if (target?.startsWith('#')) {
        if (/^#(?:foot|end)note/.test(target)) continue
      } else if (target) pieces.push({ type: 'unsafe', target })
    }
    for (const child of [...node.childNodes].reverse()) stack.push({ node: child, marks: inner })
  }
  return pieces.some(
    (piece) => piece.type !== 'run' || piece.run.text.trim() !== '' || piece.run.text.includes('\u00a0'),
  )
    ? pieces
    : []
}

function markOf(element: Element): Mark | null {
  switch (element.tagName) {
    case 'strong':
    case 'b':
      return 'bold'
    case 'em':
    case 'i':
      return 'italic'
    case 's':
    case 'del':
    case 'strike':
      return 'strike'
    case 'a': {
      const target = attribute(element, 'href')
      return isLink(target) ? { link: target } : null
    }
    default:
      return null
  }
}

/** Without white space at both ends; neighbours with the same marks are one run. */
function trimmed(runs: readonly TextRun[]): TextRun[] {
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

const blockNames = new Set(
  'h1 h2 h3 h4 h5 h6 p pre ul ol li table thead tbody tr td th blockquote div section hr dl dt dd figure'.split(' '),
)

function isBlock(element: Element): boolean {
  return blockNames.has(element.tagName)
}

function isElement(node: Node): node is Element {
  return 'tagName' in node
}

function attribute(element: Element, name: string): string | null {
  return element.attrs.find((one) => one.name === name)?.value ?? null
}

function leading(item: Element): Node[] {
  const end = item.childNodes.findIndex((node) => isElement(node) && isBlock(node))
  return end < 0 ? item.childNodes : item.childNodes.slice(0, end)
}

function following(item: Element): Node[] {
  return item.childNodes.slice(leading(item).length)
}

function rowsIn(table: Element): Element[] {
  return table.childNodes.flatMap((node): Element[] => {
    if (!isElement(node)) return []
    if (node.tagName === 'tr') return [node]
    return node.tagName === 'thead' || node.tagName === 'tbody' || node.tagName === 'tfoot' ? rowsIn(node) : []
  })
}
