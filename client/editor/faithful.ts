import type { NodeType, Schema } from '@tiptap/pm/model'
import * as Y from 'yjs'

/**
 * Whether the editor can show all of `fragment` as it is. The binding deletes from the shared document what it cannot
 * show, so nothing is bound to a text for which this is false: a newer version, or another program, wrote in it.
 * Attributes that we do not know are no reason: they go only when somebody changes that very node, and cost no words.
 */
export function faithful(fragment: Y.XmlFragment, schema: Schema): boolean {
  const top = schema.topNodeType
  return fragment.toArray().every((child) => child instanceof Y.XmlElement && fits(child, top, schema))
}

/** Content is `*` of one kind everywhere, so a child that may come first may come anywhere. */
function fits(element: Y.XmlElement, parent: NodeType, schema: Schema): boolean {
  const type = schema.nodes[element.nodeName]
  if (type === undefined || type.isText || parent.contentMatch.matchType(type) === null) return false
  return element.toArray().every((child) => {
    if (child instanceof Y.XmlElement) return fits(child, type, schema)
    return child instanceof Y.XmlText && type.inlineContent && allowsText(type, schema) && plain(child, schema)
  })
}

function allowsText(type: NodeType, schema: Schema): boolean {
  const text = schema.nodes.text
  return text !== undefined && type.contentMatch.matchType(text) !== null
}

/** Text with marks we know, and nothing embedded. */
function plain(text: Y.XmlText, schema: Schema): boolean {
  const delta: { insert?: unknown; attributes?: Record<string, unknown> }[] = text.toDelta()
  return delta.every(
    ({ insert, attributes = {} }) =>
      typeof insert === 'string' && Object.keys(attributes).every((name) => schema.marks[markName(name)] !== undefined),
  )
}

/** The binding appends `--hash` to the name of a mark that may overlap itself. */
function markName(attribute: string): string {
  return attribute.replace(/--[a-zA-Z0-9+/=]{8}$/, '')
}

/** The words of a text that cannot be shown as it is, a block a line. */
export function plainWords(fragment: Y.XmlFragment): string[] {
  return fragment.toArray().map((child) => wordsOf(child))
}

function wordsOf(node: unknown): string {
  if (node instanceof Y.XmlText) {
    const delta: { insert?: unknown }[] = node.toDelta()
    return delta.map(({ insert }) => (typeof insert === 'string' ? insert : '')).join('')
  }
  return node instanceof Y.XmlElement ? node.toArray().map(wordsOf).join('') : ''
}
