import type { NodeType, Schema } from '@tiptap/pm/model'
import * as Y from 'yjs'

/**
 * Whether the editor can show all of `fragment` as it is. The binding deletes what it cannot show from the shared
 * document, so no text is bound for which this is false: a newer version, or another program, wrote in it. Unknown
 * attributes are allowed: they are lost only when somebody changes that node, and no words are lost with them.
 */
export function faithful(fragment: Y.XmlFragment, schema: Schema): boolean {
  const top = schema.topNodeType
  return fragment.toArray().every((child) => child instanceof Y.XmlElement && fits(child, top, schema))
}

/** All content is `*` of one kind, so a child that may come first may come anywhere. */
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

/** Whether a text has only known marks and nothing embedded. */
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

/** The words of a text that cannot be shown as it is, one line per block. */
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
