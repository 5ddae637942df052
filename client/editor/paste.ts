import { Fragment, type Node, type Schema, Slice } from '@tiptap/pm/model'
import { uuidv4 } from 'lib0/random'
import { nodes } from '../../shared/document/schema.ts'

/** The schema filters what may be pasted; this does the rest. */
export function cleanPaste(slice: Slice, singleLine: boolean): Slice {
  return singleLine ? oneLine(slice) : new Slice(renewed(slice.content), slice.openStart, slice.openEnd)
}

/** Plain text, one paragraph per line. */
export function parsePlain(text: string, schema: Schema, singleLine: boolean): Slice {
  const lines = singleLine ? [text.replace(/\s+/g, ' ')] : text.split(/(?:\r\n?|\n)+/)
  const paragraph = schema.nodes[nodes.paragraph]
  const content = lines.flatMap((line) =>
    line === '' || !paragraph ? [] : [paragraph.create(null, schema.text(line))],
  )
  return Slice.maxOpen(Fragment.from(content))
}

/** All words in one line of plain text. */
function oneLine(slice: Slice): Slice {
  const words = slice.content.textBetween(0, slice.content.size, ' ', '').replace(/\s+/g, ' ')
  const schema = slice.content.firstChild?.type.schema
  return words === '' || schema === undefined ? Slice.empty : new Slice(Fragment.from(schema.text(words)), 0, 0)
}

/** A pasted bracket gets new ids, so that its alternatives are accepted independently of the original's. */
function renewed(content: Fragment): Fragment {
  const children: Node[] = []
  content.forEach((node) => {
    if (node.isText) {
      children.push(node)
      return
    }
    const inner = renewed(node.content)
    const fresh = node.type.name === nodes.bracket || node.type.name === nodes.alternative
    children.push(fresh ? node.type.create({ ...node.attrs, id: uuidv4() }, inner, node.marks) : node.copy(inner))
  })
  return Fragment.from(children)
}
