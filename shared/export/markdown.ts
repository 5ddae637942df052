import {
  type Agenda,
  type Bilingual,
  type Block,
  type Inline,
  type Item,
  type Language,
  languages,
  type Mark,
  type Prose,
  type Side,
} from '../domain/agenda.ts'
import { timeOf } from '../domain/clock.ts'
import { type Slot, timetable } from '../domain/timetable.ts'
import {
  assignmentWords,
  fieldWords,
  interpretationWords,
  kindWords,
  peopleFrom,
  ruleWords,
  sectorWords,
  sidesFrom,
  sideWords,
  topicWords,
  trackWords,
} from './words.ts'

export interface MarkdownOptions {
  readonly language: Language | 'both'
  /** The party whose copy this is; it comes first, and so does its language in a bilingual copy. */
  readonly lead: Side
}

/** The agenda as CommonMark. What people wrote is data: nothing in it can become markup. */
export function toMarkdown(agenda: Agenda, { language, lead }: MarkdownOptions): string {
  const reading = language === 'both' ? (lead === 'us' ? languages : (['zh', 'en'] as const)) : [language]
  const page = openPage(agenda, reading, lead)
  return `${[
    page.head(),
    ...agenda.days.map((day, index) => page.day(index, day)),
    page.proposals(),
    page.people(),
    page.glossary(),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`
}

function openPage(agenda: Agenda, reading: readonly Language[], lead: Side) {
  const main = reading[0]!
  const fixed = (pair: Bilingual): string => reading.map((language) => pair[language]).join(' / ')
  const both = (pair: Bilingual): string =>
    [...new Set(reading.map((language) => literal(pair[language])))].filter((text) => text !== '').join(' / ')
  const titleOf = (pair: Bilingual): string => both(pair) || fixed(fieldWords.untitled)
  // Chinese alone is punctuated as Chinese.
  const [colon, semicolon] = main === 'zh' && reading.length === 1 ? ['：', '；'] : [': ', '; ']
  const names = new Map(agenda.people.map((person) => [person.id, person]))

  function head(): string {
    const lines = [`**${fixed(trackWords[agenda.track])} · ${fixed(ruleWords[agenda.rule])}**`]
    if (both(agenda.place) !== '') lines.push(`${fixed(fieldWords.place)}${colon}${both(agenda.place)}`)
    const hosts = sidesFrom(lead).flatMap((side) => agenda.hosts.filter((host) => host.side === side))
    if (hosts.length > 0)
      lines.push(`${fixed(fieldWords.hosts)}${colon}${hosts.map((host) => both(host.name)).join(semicolon)}`)
    lines.push(`${fixed(fieldWords.zones)}${colon}${literal(agenda.zones.venue)}`)
    return `# ${titleOf(agenda.title)}\n\n${lines.join('  \n')}`
  }

  function day(index: number, one: Agenda['days'][number]): string {
    const heading = reading.map((language) => dayHeading(index, one.date, language)).join(' / ')
    return [`## ${heading}`, ...timetable(one).slots.map((slot) => entry(slot.item, slot))].join('\n\n')
  }

  function entry(item: Item, slot: Slot | null): string {
    const time = slot ? `${timeOf(slot.start)}–${timeOf(slot.end)} ` : ''
    const facts = [
      fixed(kindWords[item.kind]),
      minutesText(item.minutes, reading),
      ...(item.topic === 'logistics' || item.topic === 'other' ? [] : [fixed(topicWords[item.topic])]),
      ...(item.interpretation === 'none' ? [] : [fixed(interpretationWords[item.interpretation])]),
      ...(item.unattributed ? [fixed(fieldWords.unattributed)] : []),
      ...(item.proposedBy ? [`${fixed(fieldWords.proposedBy)}${colon}${fixed(sideWords[item.proposedBy])}`] : []),
    ]
    const parts = [`### ${time}${titleOf(item.title)}`, `*${facts.join(' · ')}*`]
    const roles = rolesOf(item)
    if (roles.length > 0) parts.push(roles.join('  \n'))
    for (const text of ['objective', 'questions', 'output'] as const) {
      for (const language of reading) {
        if (item[text][language].length === 0) continue
        parts.push(`**${fieldWords[text][language]}**`, prose(item[text][language]))
      }
    }
    if (item.readings.length > 0) {
      parts.push(
        `**${fixed(fieldWords.readings)}**`,
        item.readings
          .map(({ title, url }) => (url === '' ? `- ${titleOf(title)}` : `- [${titleOf(title)}](<${target(url)}>)`))
          .join('\n'),
      )
    }
    return parts.join('\n\n')
  }

  function rolesOf(item: Item): string[] {
    const order = new Map(peopleFrom(agenda, lead).map((person, index) => [person.id, index]))
    return (['chair', 'presenter', 'discussant', 'rapporteur'] as const).flatMap((assignment) => {
      const people = item.roles
        .filter((role) => role.role === assignment && names.has(role.person))
        .sort((a, b) => order.get(a.person)! - order.get(b.person)!)
        .map((role) => both(names.get(role.person)!.name))
      return people.length === 0 ? [] : [`${fixed(assignmentWords[assignment])}${colon}${people.join(semicolon)}`]
    })
  }

  function proposals(): string {
    if (agenda.proposals.length === 0) return ''
    return [`## ${fixed(fieldWords.proposals)}`, ...agenda.proposals.map((item) => entry(item, null))].join('\n\n')
  }

  function people(): string {
    if (agenda.people.length === 0) return ''
    const rows = peopleFrom(agenda, lead).map(
      (person) =>
        `| ${both(person.name)} | ${both(person.affiliation)} | ${fixed(sideWords[person.side])} | ${fixed(sectorWords[person.sector])} |`,
    )
    const columns = main === 'en' ? ['Name', 'Affiliation', 'Side', 'Sector'] : ['姓名', '单位', '方', '界别']
    return [
      `## ${fixed(fieldWords.people)}`,
      [`| ${columns.join(' | ')} |`, '| --- | --- | --- | --- |', ...rows].join('\n'),
    ].join('\n\n')
  }

  function glossary(): string {
    if (agenda.glossary.length === 0) return ''
    const rows = agenda.glossary.map((term) => {
      const defined = both(term.definition)
      return `- **${literal(term.en)} / ${literal(term.zh)}**${defined === '' ? '' : `: ${defined}`}`
    })
    return [`## ${fixed(fieldWords.glossary)}`, rows.join('\n')].join('\n\n')
  }

  return { head, day, proposals, people, glossary }
}

/** `Day 1 · Thursday, 12 March 2026`, `第1天 · 2026年3月12日星期四`. */
export function dayHeading(index: number, date: string, language: Language): string {
  const at = new Date(`${date}T00:00:00Z`)
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'zh-CN', { ...options, timeZone: 'UTC' }).format(at)
  const [year, month, day] = date.split('-').map(Number)
  return language === 'en'
    ? `Day ${index + 1} · ${part({ weekday: 'long' })}, ${day} ${part({ month: 'long' })} ${year}`
    : `第${index + 1}天 · ${year}年${month}月${day}日 ${part({ weekday: 'long' })}`
}

function minutesText(minutes: number, reading: readonly Language[]): string {
  return reading.map((language) => (language === 'en' ? `${minutes} min` : `${minutes}分钟`)).join(' / ')
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

/** Text as data: every character that CommonMark or HTML could read as markup is escaped; a text stays on its line. */
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
