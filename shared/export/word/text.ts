import { ExternalHyperlink, type IParagraphOptions, type IRunOptions, Paragraph, Tab, TextRun } from 'docx'
import type { Block, Inline, Language, Mark, Prose, TextRun as Run } from '../../domain/agenda.ts'
import { isLink } from '../../domain/refuse.ts'
import { deepestLevel, indent, tags } from './style.ts'

export type Child = TextRun | ExternalHyperlink

/**
 * Text as runs in its language. The font hint decides whose quotation marks and dashes these are: both languages share
 * the code points.
 */
export function words(text: string, language: Language, look: IRunOptions = {}): TextRun[] {
  const run: IRunOptions = {
    ...look,
    language: tags[language],
    ...(language === 'zh' && { font: { hint: 'eastAsia' } }),
  }
  return legal(text)
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line, index) => {
      // docx inserts a number wherever the file has `{bullet-0}`, so a typed brace is separated from what follows.
      const children = line.split(/(?<=[\t{])|(?=\t)/).map((part) => (part === '\t' ? new Tab() : part))
      return new TextRun({ ...run, children, ...(index > 0 && { break: 1 }) })
    })
}

/** Makes the text a link if the target opens in a browser or a mail program. */
export function linked(children: TextRun[], url: string): Child[] {
  return isLink(url) ? [new ExternalHyperlink({ children, link: target(url) })] : children
}

export function paragraph(style: string, children: readonly Child[], options: IParagraphOptions = {}): Paragraph {
  return new Paragraph({ style, children, ...options })
}

/** A list marker for a paragraph that keeps its own style. */
export function bullet(level: number): { reference: string; level: number; instance: number; custom: boolean } {
  return { reference: 'bullet', level, instance: 0, custom: true }
}

export interface Writer {
  prose(prose: Prose, language: Language): Paragraph[]
}

/** A writer of prose. It counts the numbered lists of a document, since each must start at 1. */
export function openWriter(): Writer {
  let count = 0

  function prose(blocks: Prose, language: Language, level = -1): Paragraph[] {
    return blocks.flatMap((block) => written(block, language, level))
  }

  function written(block: Block, language: Language, level: number): Paragraph[] {
    switch (block.type) {
      case 'paragraph':
        return level < 0
          ? [paragraph('Normal', inline(block.content, language))]
          : [paragraph('ListContinue', inline(block.content, language), { indent: { left: indent(level) } })]
      case 'bullet-list':
      case 'ordered-list': {
        const deeper = Math.min(level + 1, deepestLevel)
        const [style, numbering] =
          block.type === 'bullet-list'
            ? (['ListBullet', bullet(deeper)] as const)
            : (['ListNumber', { ...bullet(deeper), reference: 'number', instance: ++count }] as const)
        return block.items.flatMap((item) => {
          const [first, ...rest] = item
          if (first?.type !== 'paragraph') return prose(item, language, deeper)
          return [paragraph(style, inline(first.content, language), { numbering }), ...prose(rest, language, deeper)]
        })
      }
    }
  }

  return { prose: (blocks, language) => prose(blocks, language) }
}

function inline(content: readonly Inline[], language: Language): Child[] {
  return content.flatMap((node): Child[] => {
    switch (node.type) {
      case 'text':
        return marked(node, language)
      case 'bracket':
        return node.alternatives.flatMap((one, index) => [
          ...words(index > 0 ? ' [' : '[', language),
          ...inline(one.content, language),
          ...words(']', language),
        ])
    }
  })
}

function marked({ text, marks = [] }: Run, language: Language): Child[] {
  const link = marks.find((mark) => typeof mark === 'object')
  const look = Object.assign({}, ...marks.map((mark) => looks(mark, language)))
  return link ? linked(words(text, language, { ...look, style: 'Hyperlink' }), link.link) : words(text, language, look)
}

function looks(mark: Mark, language: Language): IRunOptions {
  switch (mark) {
    case 'bold':
      return { bold: true }
    case 'strike':
      return { strike: true }
    case 'italic':
      // Chinese has no italics; emphasis is a dot below each character.
      return language === 'zh' ? { emphasisMark: { type: 'dot' } } : { italics: true }
    default:
      return {}
  }
}

/** Word calls the whole file damaged if an address has a single invalid character. */
function target(url: string): string {
  return legal(url).replace(/[\s"<>\\^`{|}]|%(?![0-9a-f]{2})/gi, (unit) => encodeURIComponent(unit))
}

/** For single lines of a document: a title, a name, a cell. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n\u2028\u2029]+/g, ' ')
}

/** Text that an XML file can hold: control characters are removed, lone surrogates become the replacement character. */
export function legal(text: string): string {
  return text.replace(/[^\P{Cc}\t\n\r\u007f-\u009f]|[\ufffe\uffff]/gu, '').replace(/\p{Surrogate}/gu, '\ufffd')
}
