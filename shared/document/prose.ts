import * as Y from 'yjs'
import type { Alternative, Block, Inline, Mark, Prose, Side } from '../domain/agenda.ts'
import { inlineText, proseText } from '../domain/agenda.ts'
import { isLink } from '../domain/refuse.ts'
import { marks, nodes } from './schema.ts'

/** Lists nested deeper than this are read as plain words, so that a hostile document cannot exhaust the stack. */
const deepest = 16

/** Reads the prose of a fragment. Unknown content is read as its words; nothing throws. */
export function readProse(fragment: unknown): Prose {
  if (!(fragment instanceof Y.XmlFragment)) return []
  return trim(readBlocks(fragment, 0))
}

/** Reads a one-line text: all words of the fragment, with paragraphs joined by a space. */
export function readLine(fragment: unknown): string {
  return proseText(readProse(fragment)).replaceAll('\n', ' ')
}

/** Fills an empty fragment. An empty text gets one empty paragraph, so that two who begin it at once share it. */
export function writeProse(fragment: Y.XmlFragment, prose: Prose): void {
  fragment.insert(0, writeBlocks(prose.length === 0 ? [{ type: 'paragraph', content: [] }] : prose))
}

/** A line as prose. */
export function line(text: string): Prose {
  return text === '' ? [] : [{ type: 'paragraph', content: [{ type: 'text', text }] }]
}

/** Replaces the words of a line. Unchanged words keep their identity, so carets and others' edits there survive. */
export function replaceLine(fragment: Y.XmlFragment, text: string): void {
  const children = fragment.toArray()
  const only = children.length === 1 ? children[0] : null
  const inner = only instanceof Y.XmlElement && only.nodeName === nodes.paragraph ? only.toArray() : null
  if (inner?.length === 1 && inner[0] instanceof Y.XmlText) {
    const before = inner[0].toString()
    if (inner[0].length === before.length) {
      replaceText(inner[0], before, text)
      return
    }
  }
  fragment.delete(0, fragment.length)
  writeProse(fragment, line(text))
}

/** Replaces the prose of a text. Unchanged paragraphs at its beginning and its end keep their identity. */
export function replaceProse(fragment: Y.XmlFragment, prose: Prose): void {
  const wanted = prose.length === 0 ? [{ type: 'paragraph', content: [] } as const] : prose
  const existing = fragment.toArray().map((child) => JSON.stringify(blocksOf(child, 0)))
  const fresh = wanted.map((block) => JSON.stringify([block]))
  let start = 0
  while (start < existing.length && start < fresh.length && existing[start] === fresh[start]) start++
  let end = 0
  const room = Math.min(existing.length, fresh.length) - start
  while (end < room && existing.at(-1 - end) === fresh.at(-1 - end)) end++
  if (existing.length - end > start) fragment.delete(start, existing.length - end - start)
  if (fresh.length - end > start) fragment.insert(start, writeBlocks(wanted.slice(start, fresh.length - end)))
}

function replaceText(target: Y.XmlText, before: string, after: string): void {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++
  start -= Number(splitsPair(before, start) || splitsPair(after, start))
  end -= Number(end > 0 && (splitsPair(before, before.length - end) || splitsPair(after, after.length - end)))
  if (before.length - end > start) target.delete(start, before.length - end - start)
  if (after.length - end > start) target.insert(start, after.slice(start, after.length - end))
}

/** Whether cutting `text` at `index` would split a surrogate pair. */
function splitsPair(text: string, index: number): boolean {
  return (
    index > 0 && index < text.length && /[\uD800-\uDBFF]/.test(text[index - 1]!) && /[\uDC00-\uDFFF]/.test(text[index]!)
  )
}

function readBlocks(parent: Y.XmlFragment, depth: number): Block[] {
  const blocks: Block[] = []
  for (const child of parent.toArray()) blocks.push(...blocksOf(child, depth))
  return blocks
}

function blocksOf(child: Y.XmlElement | Y.XmlText | Y.XmlHook, depth: number): Block[] {
  return child instanceof Y.XmlElement ? readBlock(child, depth) : [{ type: 'paragraph', content: readInline([child]) }]
}

function readBlock(element: Y.XmlElement, depth: number): Block[] {
  const list =
    element.nodeName === nodes.bulletList
      ? ('bullet-list' as const)
      : element.nodeName === nodes.orderedList
        ? ('ordered-list' as const)
        : null
  if (list && depth < deepest) {
    const items = element
      .toArray()
      .map((item) => (item instanceof Y.XmlElement ? trim(readBlocks(item, depth + 1)) : []))
    return items.length === 0 ? [] : [{ type: list, items }]
  }
  return [{ type: 'paragraph', content: readInline(element.toArray()) }]
}

function readInline(children: readonly unknown[], depth = 0): Inline[] {
  const content: Inline[] = []
  for (const child of children) {
    if (child instanceof Y.XmlText) content.push(...readText(child))
    else if (child instanceof Y.XmlElement && child.nodeName === nodes.bracket) content.push(readBracket(child))
    else if (child instanceof Y.XmlElement && depth < deepest) content.push(...readInline(child.toArray(), depth + 1))
  }
  return join(content)
}

function readBracket(element: Y.XmlElement): Inline {
  const alternatives: Alternative[] = []
  for (const child of element.toArray()) {
    if (!(child instanceof Y.XmlElement) || child.nodeName !== nodes.alternative) continue
    const runs = child.toArray().flatMap((inner) => (inner instanceof Y.XmlText ? readText(inner) : []))
    alternatives.push({ id: word(child, 'id'), side: sideOf(child), content: join(runs) })
  }
  return { type: 'bracket', id: word(element, 'id'), alternatives }
}

function word(element: Y.XmlElement, name: string): string {
  const value: unknown = element.getAttribute(name)
  return typeof value === 'string' ? value : ''
}

function sideOf(element: Y.XmlElement): Side {
  return word(element, 'side') === 'cn' ? 'cn' : 'us'
}

function readText(text: Y.XmlText): Inline[] {
  const runs: Inline[] = []
  for (const op of text.toDelta() as { insert?: unknown; attributes?: Record<string, unknown> }[]) {
    if (typeof op.insert !== 'string' || op.insert === '') continue
    const found = op.attributes ? readMarks(op.attributes) : []
    runs.push(found.length > 0 ? { type: 'text', text: op.insert, marks: found } : { type: 'text', text: op.insert })
  }
  return runs
}

/** In canonical order. The binding appends `--hash` to the name of a mark that may overlap itself. */
function readMarks(attributes: Record<string, unknown>): Mark[] {
  const found: Mark[] = []
  const named = new Map(
    Object.entries(attributes)
      .filter(([, value]) => value !== null && value !== undefined && value !== false)
      .map(([name, value]) => [name.replace(/--[a-zA-Z0-9+/=]{8}$/, ''), value]),
  )
  if (named.has(marks.bold)) found.push('bold')
  if (named.has(marks.italic)) found.push('italic')
  if (named.has(marks.strike)) found.push('strike')
  const link = named.get(marks.link)
  const href = typeof link === 'object' && link !== null && 'href' in link ? link.href : undefined
  if (isLink(href)) found.push({ link: href })
  return found
}

/** Joins neighbouring runs with the same marks. */
function join(content: readonly Inline[]): Inline[] {
  const joined: Inline[] = []
  for (const node of content) {
    const last = joined.at(-1)
    if (node.type === 'text' && last?.type === 'text' && sameMarks(last.marks, node.marks)) {
      joined[joined.length - 1] = { ...last, text: last.text + node.text }
    } else {
      joined.push(node)
    }
  }
  return joined
}

function sameMarks(a: readonly Mark[] = [], b: readonly Mark[] = []): boolean {
  return a.length === b.length && a.every((mark, index) => markKey(mark) === markKey(b[index]!))
}

function markKey(mark: Mark): string {
  return typeof mark === 'string' ? mark : `link ${mark.link}`
}

/** Removes the empty paragraphs at either end, which only give the caret a place. */
function trim(blocks: readonly Block[]): Block[] {
  let from = 0
  let to = blocks.length
  while (from < to && isEmpty(blocks[from]!)) from++
  while (to > from && isEmpty(blocks[to - 1]!)) to--
  return blocks.slice(from, to)
}

function isEmpty(block: Block): boolean {
  return block.type === 'paragraph' && block.content.every((node) => node.type === 'text' && inlineText([node]) === '')
}

function writeBlocks(prose: Prose): Y.XmlElement[] {
  return prose.map((block) => {
    switch (block.type) {
      case 'paragraph': {
        const element = new Y.XmlElement(nodes.paragraph)
        element.insert(0, writeInline(block.content))
        return element
      }
      case 'bullet-list':
      case 'ordered-list': {
        const element = new Y.XmlElement(block.type === 'bullet-list' ? nodes.bulletList : nodes.orderedList)
        element.insert(
          0,
          block.items.map((item) => {
            const entry = new Y.XmlElement(nodes.listItem)
            entry.insert(0, writeBlocks(item.length === 0 ? [{ type: 'paragraph', content: [] }] : item))
            return entry
          }),
        )
        return element
      }
    }
  })
}

/** Neighbouring text runs share one Y.XmlText, as the editor's binding writes them. */
function writeInline(content: readonly Inline[]): (Y.XmlText | Y.XmlElement)[] {
  const written: (Y.XmlText | Y.XmlElement)[] = []
  let delta: { insert: string; attributes: Record<string, unknown> }[] = []
  const flush = () => {
    if (delta.length === 0) return
    const text = new Y.XmlText()
    text.applyDelta(delta, { sanitize: false })
    written.push(text)
    delta = []
  }
  for (const node of content) {
    if (node.type === 'text') {
      if (node.text !== '') delta.push({ insert: node.text, attributes: writeMarks(node.marks ?? []) })
      continue
    }
    flush()
    const bracket = new Y.XmlElement(nodes.bracket)
    bracket.setAttribute('id', node.id)
    bracket.insert(
      0,
      node.alternatives.map((one) => {
        const alternative = new Y.XmlElement(nodes.alternative)
        alternative.setAttribute('id', one.id)
        alternative.setAttribute('side', one.side)
        alternative.insert(0, writeInline(one.content))
        return alternative
      }),
    )
    written.push(bracket)
  }
  flush()
  return written
}

function writeMarks(list: readonly Mark[]): Record<string, unknown> {
  const attributes: Record<string, unknown> = {}
  for (const mark of list) {
    if (typeof mark === 'string') attributes[marks[mark]] = {}
    else attributes[marks.link] = { href: mark.link }
  }
  return attributes
}
