import type { Agenda, Bilingual, Block, Inline, Mark, Prose } from '../domain/agenda.ts'
import { type Copy, type CopyDay, type CopyOptions, copyOf, type Entry, titleIn, wholeCopy, wordsIn } from './copy.ts'
import { fieldWords } from './words.ts'

export type MarkdownOptions = Pick<CopyOptions, 'language' | 'lead'> & Partial<CopyOptions>

/** The agenda as CommonMark. What people wrote is data: none of it can become markup. */
export function toMarkdown(agenda: Agenda, options: MarkdownOptions): string {
  const page = openPage(copyOf(agenda, { ...wholeCopy, ...options }))
  return `${[page.head(), ...page.days(), page.proposals(), page.people(), page.glossary()]
    .filter((part) => part !== '')
    .join('\n\n')}\n`
}

function openPage(copy: Copy) {
  const reading = copy.languages
  const main = reading[0]!
  const fixed = (pair: Bilingual): string => reading.map((language) => pair[language]).join(' / ')
  const both = (pair: Bilingual): string =>
    wordsIn(copy, pair)
      .map(({ text }) => literal(text))
      .join(' / ')
  const titleOf = (pair: Bilingual): string =>
    titleIn(copy, pair)
      .map(({ text }) => literal(text))
      .join(' / ')
  // Only a copy in Chinese alone has Chinese punctuation.
  const [colon, semicolon] = main === 'zh' && reading.length === 1 ? ['：', '；'] : [': ', '; ']

  function head(): string {
    const lines = [
      `**${copy.standing.map(fixed).join(' · ')}**`,
      ...copy.facts.map(({ label, value }) => `${fixed(label)}${colon}${value.map(titleOf).join(semicolon)}`),
    ]
    return `# ${titleOf(copy.title)}\n\n${lines.join('  \n')}`
  }

  function day({ heading, entries }: CopyDay): string {
    return [`## ${fixed(heading)}`, ...entries.map(entry)].join('\n\n')
  }

  function entry({ time, title, facts, roles, texts, readings }: Entry): string {
    const parts = [
      `### ${time ? `${time.start}–${time.end} ` : ''}${titleOf(title)}`,
      `*${facts.map(fixed).join(' · ')}*`,
    ]
    if (roles.length > 0) {
      const lines = roles.map(({ label, value }) => `${fixed(label)}${colon}${value.map(titleOf).join(semicolon)}`)
      parts.push(lines.join('  \n'))
    }
    for (const { label, value } of texts) {
      for (const language of reading) {
        if (value[language].length > 0) parts.push(`**${label[language]}**`, prose(value[language]))
      }
    }
    if (readings.length > 0) {
      parts.push(
        `**${fixed(fieldWords.readings)}**`,
        readings
          .map(({ title, url }) => (url === '' ? `- ${titleOf(title)}` : `- [${titleOf(title)}](<${target(url)}>)`))
          .join('\n'),
      )
    }
    return parts.join('\n\n')
  }

  function proposals(): string {
    if (copy.proposals.length === 0) return ''
    return [`## ${fixed(fieldWords.proposals)}`, ...copy.proposals.map(entry)].join('\n\n')
  }

  function people(): string {
    if (copy.people.length === 0) return ''
    const rows = copy.people.map(
      (person) =>
        `| ${titleOf(person.name)} | ${both(person.affiliation)} | ${fixed(person.side)} | ${fixed(person.sector)} |`,
    )
    const columns = (['name', 'affiliation', 'side', 'sector'] as const).map((column) => fieldWords[column][main])
    return [
      `## ${fixed(fieldWords.people)}`,
      [`| ${columns.join(' | ')} |`, '| --- | --- | --- | --- |', ...rows].join('\n'),
    ].join('\n\n')
  }

  function glossary(): string {
    if (copy.glossary.length === 0) return ''
    const rows = copy.glossary.map((term) => {
      const defined = both(term.definition)
      return `- **${literal(term.en)} / ${literal(term.zh)}**${defined === '' ? '' : `: ${defined}`}`
    })
    return [`## ${fixed(fieldWords.glossary)}`, rows.join('\n')].join('\n\n')
  }

  return { head, days: () => copy.days.map(day), proposals, people, glossary }
}

function prose(blocks: Prose, indent = ''): string {
  return blocks.map((block) => blockText(block, indent)).join('\n\n')
}

function blockText(block: Block, indent: string): string {
  switch (block.type) {
    case 'paragraph':
      return indent + (inline(block.content) || '&nbsp;')
    case 'bullet-list':
    case 'ordered-list':
      return block.items
        .map((item, index) => {
          const bullet = block.type === 'bullet-list' ? '- ' : `${index + 1}. `
          const inner = prose(item, indent + ' '.repeat(bullet.length))
          return `${indent}${bullet}${inner.slice(indent.length + bullet.length)}`
        })
        .join('\n')
  }
}

function inline(content: readonly Inline[]): string {
  return content
    .map((node) =>
      node.type === 'text'
        ? (node.marks ?? []).reduce((text, mark) => marked(text, mark), literal(node.text))
        : node.alternatives.map((one) => `\\[${inline(one.content)}\\]`).join(' '),
    )
    .join('')
}

/** Emphasis must not begin or end with a space, so spaces stay outside. */
function marked(text: string, mark: Mark): string {
  const [, before, inside, after] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text)!
  if (inside === '') return text
  const sign = typeof mark === 'string' ? { bold: '**', italic: '*', strike: '~~' }[mark] : null
  return sign
    ? `${before}${sign}${inside}${sign}${after}`
    : `${before}[${inside}](<${target((mark as { link: string }).link)}>)${after}`
}

/** Escapes every character that CommonMark or HTML could read as markup; the text stays on one line. */
function literal(text: string): string {
  return text
    .replace(/[\r\n\u2028\u2029]+/g, ' ')
    .replace(/[\\`*_[\]<>#|~&$]/g, '\\$&')
    .replace(/^(\s*)([-+=])/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])/, '$1\\$2')
}

function target(url: string): string {
  return url.replace(/[<>\s\\]/g, (unit) => encodeURIComponent(unit))
}
