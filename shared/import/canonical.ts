import { type Agenda, type Item, type Language, proseText } from '../domain/agenda.ts'
import { fromJson } from '../export/parse.ts'
import { refusal } from './refusal.ts'
import { joined } from './script.ts'
import type { FileLine, Outcome, ReadOptions, Understanding } from './understanding.ts'
import { textNames } from './vocabulary.ts'
import { whereabouts } from './whereabouts.ts'

/** The most problems reported at once; the rest follow when these are fixed. */
const mostTold = 3
const longestLine = 300

/** Reads an agenda in our own format: accepted as it is, or refused with the problem. */
export function readCanonical(text: string, { language }: ReadOptions): Understanding {
  const parsed = fromJson(text, language)
  if (!parsed.ok)
    return refusal.notCanonical(
      parsed.problems.slice(0, mostTold).map((one) => one.message),
      language,
    )
  return { status: 'understood', agenda: parsed.agenda, lines: linesOf(parsed.agenda, language) }
}

function linesOf(agenda: Agenda, language: Language): FileLine[] {
  const lines: FileLine[] = []
  const tell = (path: string, text: string, outcome: Outcome) => {
    const words = text.replace(/\s+/g, ' ').trim().slice(0, longestLine)
    if (words !== '') lines.push({ where: whereabouts({ type: 'field', path }, language), text: words, outcome })
  }
  const item = (one: Item, path: string) => {
    const used = (as: Extract<Outcome, { type: 'used' }>['as']): Outcome => ({ type: 'used', as, item: one.id })
    tell(path, joined(one.title) || one.kind, used('item'))
    for (const name of textNames) {
      tell(`${path}.${name}`, joined({ en: proseText(one[name].en), zh: proseText(one[name].zh) }), used(name))
    }
    for (const [at, reading] of one.readings.entries()) {
      tell(`${path}.readings[${at}]`, joined(reading.title) || reading.url, used('reading'))
    }
  }
  tell('title', joined(agenda.title), { type: 'used', as: 'title' })
  tell('place', joined(agenda.place), { type: 'used', as: 'place' })
  for (const [at, host] of agenda.hosts.entries()) tell(`hosts[${at}]`, joined(host.name), { type: 'used', as: 'fact' })
  for (const [at, day] of agenda.days.entries()) {
    tell(`days[${at}]`, day.date, { type: 'used', as: 'day' })
    for (const [index, one] of day.items.entries()) item(one, `days[${at}].items[${index}]`)
  }
  for (const [at, one] of agenda.proposals.entries()) item(one, `proposals[${at}]`)
  for (const [at, one] of agenda.people.entries())
    tell(`people[${at}]`, joined(one.name), { type: 'used', as: 'person' })
  for (const [at, one] of agenda.glossary.entries()) tell(`glossary[${at}]`, joined(one), { type: 'used', as: 'term' })
  return lines
}
