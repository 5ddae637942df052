import { Fragment, type ReactElement, type ReactNode } from 'react'
import type { Block, Inline, Language, Mark, Prose } from '../../shared/domain/agenda.ts'
import { isLink } from '../../shared/domain/refuse.ts'
import { tag } from '../i18n/i18n.ts'
import styles from './ProseView.module.css'

/** Prose as it stands, without an editor: for readers, for print, and until the editor has come. */
export function ProseView({ prose, language }: { prose: Prose; language: Language }): ReactElement {
  return (
    <div lang={tag[language]} className={styles.prose}>
      {blocks(prose)}
    </div>
  )
}

export function isEmptyProse(prose: Prose): boolean {
  return prose.every((block) => block.type === 'paragraph' && block.content.length === 0)
}

function blocks(prose: Prose): ReactNode {
  return prose.map((block, index) => <Fragment key={index}>{blockView(block)}</Fragment>)
}

function blockView(block: Block): ReactNode {
  switch (block.type) {
    case 'paragraph':
      return <p>{inlines(block.content)}</p>
    case 'bullet-list':
      return <ul>{items(block.items)}</ul>
    case 'ordered-list':
      return <ol>{items(block.items)}</ol>
  }
}

function items(list: readonly Prose[]): ReactNode {
  return list.map((item, index) => <li key={index}>{blocks(item)}</li>)
}

function inlines(content: readonly Inline[]): ReactNode {
  return content.map((node, index) => <Fragment key={index}>{inlineView(node)}</Fragment>)
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
  return marks.reduce<ReactNode>((inner, mark) => {
    if (mark === 'bold') return <strong>{inner}</strong>
    if (mark === 'italic') return <em>{inner}</em>
    if (mark === 'strike') return <s>{inner}</s>
    // A link may have come from anywhere; what is no web or mail address stays plain text.
    if (!isLink(mark.link)) return inner
    return (
      <a href={mark.link} target="_blank" rel="noopener noreferrer nofollow">
        {inner}
      </a>
    )
  }, text)
}
