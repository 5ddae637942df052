import { createElement, Fragment, type ReactElement, type ReactNode } from 'react'
import {
  type Block,
  type Inline,
  type Language,
  type Mark,
  type Prose,
  proseText,
} from '../../../shared/domain/agenda.ts'
import { isLink } from '../../../shared/domain/refuse.ts'
import { isUnbroken } from '../../editor/unbroken.ts'
import { tag } from '../../i18n/i18n.ts'
import styles from './ProseView.module.css'

/** Prose without an editor: for readers, for print, and until the editor has loaded. */
export function ProseView({ prose, language }: { prose: Prose; language: Language }): ReactElement {
  return (
    <div lang={tag[language]} className={`${styles.prose} ${isUnbroken(proseText(prose)) ? 'unbroken' : ''}`}>
      {blocks(prose)}
    </div>
  )
}

export function isEmptyProse(prose: Prose): boolean {
  return prose.every((block) => block.type === 'paragraph' && block.content.length === 0)
}

/** Prose has no ids, so nodes are passed as positional children, which need no keys. */
function together(nodes: readonly ReactNode[]): ReactNode {
  return createElement(Fragment, null, ...nodes)
}

function blocks(prose: Prose): ReactNode {
  return together(prose.map(blockView))
}

function blockView(block: Block): ReactNode {
  switch (block.type) {
    case 'paragraph':
      return <p>{inlines(block.content)}</p>
    case 'bullet-list':
      return <ul>{together(block.items.map(itemView))}</ul>
    case 'ordered-list':
      return <ol>{together(block.items.map(itemView))}</ol>
  }
}

function itemView(item: Prose): ReactNode {
  return <li>{blocks(item)}</li>
}

function inlines(content: readonly Inline[]): ReactNode {
  return together(content.map(inlineView))
}

function inlineView(node: Inline): ReactNode {
  if (node.type === 'text') return marked(node.text, node.marks ?? [])
  return node.alternatives.map((one) => (
    <span key={one.id} className={styles.alternative} data-side={one.side}>
      [{inlines(one.content)}]
    </span>
  ))
}

function marked(text: string, marks: readonly Mark[]): ReactNode {
  let node: ReactNode = text
  for (const mark of marks) node = markView(mark, node)
  return node
}

function markView(mark: Mark, inner: ReactNode): ReactNode {
  if (mark === 'bold') return <strong>{inner}</strong>
  if (mark === 'italic') return <em>{inner}</em>
  if (mark === 'strike') return <s>{inner}</s>
  // A link may come from anywhere; one that is no web or mail address stays plain text.
  if (!isLink(mark.link)) return inner
  return (
    <a href={mark.link} target="_blank" rel="noopener noreferrer nofollow">
      {inner}
    </a>
  )
}
