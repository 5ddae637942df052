import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5'
import type { Mark, TextRun } from '../domain/agenda.ts'
import { isLink } from '../domain/refuse.ts'
import { type Cell, type Passage, paragraphOf, type Row, textOfPassages, trimmed, type Written } from './passage.ts'
import type { Whereabouts } from './whereabouts.ts'

type Node = DefaultTreeAdapterTypes.ChildNode
type Element = DefaultTreeAdapterTypes.Element

/** Counters, and the position of everything being read: a row of a table, or one place in a larger file. */
interface Walk {
  paragraphs: number
  tables: number
  where: Whereabouts | null
}

/** The deepest level of elements that is examined; deeper content is taken as text. */
const deepest = 60
const mostColumns = 40
const mostMarks = 4

/** Reads the HTML that the Markdown and Word readers write. `data-line` on a block is its line in the source. */
export function passagesOf(html: string, where: Whereabouts | null = null): Passage[] {
  return blocksIn({ paragraphs: 0, tables: 0, where }, parseFragment(html).childNodes, 0)
}

function blocksIn(walk: Walk, nodes: readonly Node[], depth: number): Passage[] {
  const found: Passage[] = []
  let loose: Node[] = []
  const settle = () => {
    const lines = linesIn(walk, loose, null)
    if (lines.length > 0) found.push(paragraphOf(lines))
    loose = []
  }
  for (const node of nodes) {
    if (isBlock(node)) {
      settle()
      for (const one of blockOf(walk, node, depth)) found.push(one)
    } else loose.push(node)
  }
  settle()
  return found
}

function blockOf(walk: Walk, element: Element, depth: number): Passage[] {
  if (depth > deepest) return [paragraphOf(linesIn(walk, [element], element))]
  const { tagName, childNodes } = element
  if (/^h[1-6]$/.test(tagName)) {
    const level = attribute(element, 'class') === 'title' ? 0 : Number(tagName[1])
    const lines = linesIn(walk, childNodes, element)
    return lines.length > 0 ? [{ type: 'heading', level, lines }] : []
  }
  if (tagName === 'p' || tagName === 'pre') return [paragraphOf(linesIn(walk, childNodes, element))]
  if (tagName === 'ul' || tagName === 'ol') return listOf(walk, element, depth)
  return tagName === 'table' ? [tableOf(walk, element, depth)] : blocksIn(walk, childNodes, depth + 1)
}

function listOf(walk: Walk, element: Element, depth: number): Passage[] {
  const items = element.childNodes.filter((node) => isElement(node)).filter(({ tagName }) => tagName === 'li')
  const isNote = (item: Element) => /^(?:footnote|endnote)/.test(attribute(item, 'id') ?? '')
  const entries = items.filter((item) => !isNote(item)).map((item) => blocksIn(walk, entryNodes(item), depth + 1))
  const notes = items.filter(isNote).map((note): Passage => {
    const blocks = blocksIn(walk, note.childNodes, depth + 1)
    return { type: 'aside', lines: blocks.flatMap((one) => ('lines' in one ? one.lines : [])) }
  })
  return entries.length > 0 ? [{ type: 'list', ordered: element.tagName === 'ol', entries }, ...notes] : notes
}

/** In a tight list, the first words are directly in the list item, and use its line. */
function entryNodes(item: Element): Node[] {
  const { childNodes } = item
  if (attribute(item, 'data-line') === null || childNodes.every(isBlock)) return childNodes
  const at = childNodes.findIndex(isBlock)
  const end = at < 0 ? childNodes.length : at
  const words = { ...item, tagName: 'p', nodeName: 'p', childNodes: childNodes.slice(0, end) } as Element
  return [words, ...childNodes.slice(end)]
}

function tableOf(walk: Walk, element: Element, depth: number): Passage {
  const outer = walk.where
  const table = ++walk.tables
  const rows: Row[] = []
  // Cells with a row span: how many more rows they cover, and their content.
  const reaching: { left: number; cell: Cell }[] = []
  for (const tr of rowsIn(element)) {
    const where = outer ?? lineOf(tr) ?? ({ type: 'row', table, row: rows.length + 1 } as const)
    walk.where = where
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
      const passages = blocksIn(walk, td.childNodes, depth + 1)
      const columns = span(td, 'colspan', mostColumns)
      const cell: Cell = { passages, text: textOfPassages(passages), reaches: false, columns }
      reaching[cells.length] = { left: span(td, 'rowspan', 1000) - 1, cell }
      cells.push(cell)
      if (cells.length >= mostColumns) break
    }
    fill()
    rows.push({ where, cells })
  }
  walk.where = outer
  return { type: 'table', rows }
}

function span(cell: Element, name: string, most: number): number {
  return Math.min(most, Math.max(1, Number(attribute(cell, name) ?? 1) || 1))
}

/** Empty for white space alone, except a non-breaking space. */
function linesIn(walk: Walk, nodes: readonly Node[], element: Element | null): Written[] {
  const lines: Omit<Written, 'where'>[] = []
  let runs: TextRun[] = []
  let unsafe: string[] = []
  let blank = true
  const settle = (flows: boolean) => {
    const kept = trimmed(runs)
    lines.push({ runs: kept, text: kept.map((run) => run.text).join(''), flows, unsafe })
    runs = []
    unsafe = []
  }
  // An explicit stack, since the file decides how deeply marks are nested.
  const stack: { node: Node; marks: readonly Mark[] }[] = [...nodes].reverse().map((node) => ({ node, marks: [] }))
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { node, marks } = next
    if (node.nodeName === '#text') {
      const text = (node as DefaultTreeAdapterTypes.TextNode).value.replace(/[\t\n\f\r ]+/g, ' ')
      if (text !== '') runs.push(marks.length > 0 ? { type: 'text', text, marks } : { type: 'text', text })
      blank &&= text.trim() === '' && !text.includes('\u00a0')
    } else if (isElement(node)) {
      const mark = markOf(node)
      const target = attribute(node, node.tagName === 'img' ? 'alt' : 'href')
      if (node.tagName === 'br') settle(attribute(node, 'class') === 'soft')
      else if (node.tagName === 'img' || (node.tagName === 'a' && !mark)) {
        // The number of a footnote reference is not text.
        if (node.tagName === 'a' && /^#(?:foot|end)note/.test(target ?? '')) continue
        if (target && (node.tagName === 'img' || !target.startsWith('#'))) unsafe.push(target)
      }
      blank &&= node.tagName !== 'br' && unsafe.length === 0
      const held =
        !mark || marks.length >= mostMarks || marks.some((one) => JSON.stringify(one) === JSON.stringify(mark))
      const inner = held ? marks : [...marks, mark]
      for (const child of [...node.childNodes].reverse()) stack.push({ node: child, marks: inner })
    }
  }
  settle(false)
  if (blank) return []
  const first = walk.where ?? (element && lineOf(element)) ?? { type: 'paragraph', number: ++walk.paragraphs }
  return lines.map((line, index) => ({
    where: first.type === 'line' ? { ...first, number: first.number + index } : first,
    ...line,
  }))
}

const marks: ReadonlyMap<string, Mark> = new Map([
  ['strong', 'bold'],
  ['b', 'bold'],
  ['em', 'italic'],
  ['i', 'italic'],
  ['s', 'strike'],
  ['del', 'strike'],
  ['strike', 'strike'],
])

function markOf(element: Element): Mark | null {
  const target = element.tagName === 'a' ? attribute(element, 'href') : null
  return isLink(target) ? { link: target } : (marks.get(element.tagName) ?? null)
}

const blockNames = new Set(
  'h1 h2 h3 h4 h5 h6 p pre ul ol li table thead tbody tr td th blockquote div section hr dl dt dd figure'.split(' '),
)

function isBlock(node: Node): node is Element {
  return isElement(node) && blockNames.has(node.tagName)
}

function isElement(node: Node): node is Element {
  return 'tagName' in node
}

function attribute(element: Element, name: string): string | null {
  return element.attrs.find((one) => one.name === name)?.value ?? null
}

function lineOf(element: Element): Whereabouts | null {
  const line = attribute(element, 'data-line')
  return line ? { type: 'line', number: Number(line) } : null
}

function rowsIn(table: Element): Element[] {
  return table.childNodes.filter(isElement).flatMap((node) => {
    if (node.tagName === 'tr') return [node]
    return /^t(?:head|body|foot)$/.test(node.tagName) ? rowsIn(node) : []
  })
}
