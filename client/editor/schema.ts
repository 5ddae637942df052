import { type Extensions, Mark, Node, wrappingInputRule } from '@tiptap/core'
import { marks, nodes } from '../../shared/document/schema.ts'
import type { Side } from '../../shared/domain/agenda.ts'

/* The one schema of all texts, with the names from shared/document/schema.ts. Content is always `*`, never `+`: two
 * concurrent valid edits may leave a list without items, and the binding deletes from everybody's document what the
 * schema refuses. For the same reason every attribute has a default, and no node has one that the document does not
 * know. */

/** The visible names of the sides, with which a bracket labels each wording. */
export type SideWords = Readonly<Record<Side, string>>

const safeProtocols: readonly string[] = ['http:', 'https:', 'mailto:']

/** The address if a link may lead there, else null. This is the first filter for what comes through Yjs. */
export function safeAddress(href: unknown): string | null {
  if (typeof href !== 'string' || !URL.canParse(href)) return null
  const url = new URL(href)
  return safeProtocols.includes(url.protocol) ? url.href : null
}

/** Completes a typed address: `example.org` and `name@example.org` are meant as links, too. */
export function completeAddress(typed: string): string | null {
  const text = typed.trim()
  if (text === '' || /\s/.test(text)) return null
  if (/^[a-z][a-z0-9+.-]*:(?!\d)/i.test(text)) return safeAddress(text)
  return safeAddress(text.includes('@') && !text.includes('/') ? `mailto:${text}` : `https://${text}`)
}

/** The extensions that make up the schema. `singleLine` offers only plain text, but understands all content. */
export function proseSchema(words: SideWords, singleLine: boolean): Extensions {
  const Document = Node.create({ name: 'doc', topNode: true, content: 'block*' })
  const Text = Node.create({ name: 'text', group: 'inline' })
  const Paragraph = Node.create({
    name: nodes.paragraph,
    group: 'block',
    content: 'inline*',
    priority: 1000,
    parseHTML: () => [{ tag: 'p' }],
    renderHTML: () => ['p', 0],
  })
  const BulletList = Node.create({
    name: nodes.bulletList,
    group: 'block list',
    content: `${nodes.listItem}*`,
    parseHTML: () => [{ tag: 'ul' }],
    renderHTML: () => ['ul', 0],
    addInputRules() {
      return singleLine ? [] : [wrappingInputRule({ find: /^\s*([-*])\s$/, type: this.type })]
    },
  })
  const OrderedList = Node.create({
    name: nodes.orderedList,
    group: 'block list',
    content: `${nodes.listItem}*`,
    parseHTML: () => [{ tag: 'ol' }],
    renderHTML: () => ['ol', 0],
    addInputRules() {
      return singleLine ? [] : [wrappingInputRule({ find: /^\s*(\d+)[.、．]\s$/, type: this.type })]
    },
  })
  const ListItem = Node.create({
    name: nodes.listItem,
    content: 'block*',
    defining: true,
    parseHTML: () => [{ tag: 'li' }],
    renderHTML: () => ['li', 0],
  })
  const Bracket = Node.create({
    name: nodes.bracket,
    group: 'inline',
    inline: true,
    content: `${nodes.alternative}*`,
    addAttributes: () => ({ id: textAttribute('data-bracket', '') }),
    parseHTML: () => [{ tag: 'span[data-bracket]' }],
    renderHTML: ({ HTMLAttributes }) => ['span', { ...HTMLAttributes, class: 'bracket' }, 0],
  })
  const Alternative = Node.create({
    name: nodes.alternative,
    inline: true,
    content: 'text*',
    addAttributes: () => ({
      id: textAttribute('data-alternative', ''),
      side: textAttribute('data-side', 'us'),
    }),
    parseHTML: () => [{ tag: 'span[data-alternative]' }],
    renderHTML: ({ HTMLAttributes, node }) => [
      'span',
      { ...HTMLAttributes, class: 'alternative', 'data-label': words[node.attrs.side === 'cn' ? 'cn' : 'us'] },
      0,
    ],
  })
  const Link = Mark.create({
    name: marks.link,
    inclusive: false,
    priority: 1000,
    addAttributes: () => ({ href: { default: '' } }),
    parseHTML: () => [{ tag: 'a[href]', getAttrs: (element) => addressOf(element.getAttribute('href')) }],
    renderHTML({ mark }) {
      const href = safeAddress(mark.attrs.href)
      return ['a', { ...(href ? { href } : {}), rel: 'noopener noreferrer nofollow', target: '_blank' }, 0]
    },
  })
  const Bold = Mark.create({
    name: marks.bold,
    parseHTML: () => [
      { tag: 'strong' },
      // Google Docs wraps everything it copies in a <b> that is not bold.
      { tag: 'b', getAttrs: (element) => element.style.fontWeight !== 'normal' && null },
      { style: 'font-weight', getAttrs: (weight) => /^(bold(er)?|[5-9]\d{2,})$/.test(weight) && null },
    ],
    renderHTML: () => ['strong', 0],
  })
  const Italic = Mark.create({
    name: marks.italic,
    parseHTML: () => [{ tag: 'em' }, { tag: 'i' }, { style: 'font-style=italic' }],
    renderHTML: () => ['em', 0],
  })
  const Strike = Mark.create({
    name: marks.strike,
    parseHTML: () => [{ tag: 's' }, { tag: 'del' }, { tag: 'strike' }],
    renderHTML: () => ['s', 0],
  })
  return [
    Document,
    Text,
    Paragraph,
    BulletList,
    OrderedList,
    ListItem,
    Bracket,
    Alternative,
    Link,
    Bold,
    Italic,
    Strike,
  ]
}

function addressOf(href: string | null): { href: string } | false {
  const safe = safeAddress(href)
  return safe === null ? false : { href: safe }
}

function textAttribute(name: string, fallback: string) {
  return {
    default: fallback,
    parseHTML: (element: HTMLElement) => element.getAttribute(name) ?? fallback,
    renderHTML: (attributes: Record<string, unknown>) => ({ [name]: attributes[nameIn(name)] }),
  }
}

/** `data-bracket` and `data-alternative` both hold the attribute `id`. */
function nameIn(attribute: string): string {
  return attribute === 'data-side' ? 'side' : 'id'
}
