import type { Bilingual, Language } from '../../domain/agenda.ts'
import { fromOn, paragraphOf, type Written } from '../passage.ts'
import { bilingual, completed, isBlank } from '../script.ts'
import { type Fact, labelLanguage } from '../vocabulary.ts'
import { note, unsafe } from './account.ts'
import { openDay } from './day.ts'
import { addHost, entitle, setZone } from './draft.ts'
import { readReading } from './entry.ts'
import { openItem, setTitle } from './item.ts'
import { classify, isLength, type Line, type Opening } from './line.ts'
import { readProse } from './prose.ts'
import { leaveItem, type State } from './state.ts'

export function readParagraph(state: State, lines: readonly Written[], listed = false): void {
  unsafe(state, lines)
  for (const written of lines) {
    if (written.text === '') continue
    const { line, apart } = classify(written, state, listed)
    if (apart) endProse(state)
    if (line.type === 'words') state.waiting.push(written)
    else applyLine(state, written, line)
  }
  endProse(state)
}

/** Reads the lines that wait as one paragraph. */
export function endProse(state: State): void {
  if (state.waiting.length > 0) readProse(state, [paragraphOf(state.waiting.splice(0))])
}

/** Takes a line for what it was found to be. `level`: that of a heading, or 0. */
export function applyLine(state: State, written: Written, line: Exclude<Line, { type: 'words' }>, level = 0): void {
  const { draft, item } = state
  const { meeting } = draft
  switch (line.type) {
    case 'facts':
      applyFacts(state, written, line.facts)
      return
    case 'label':
      openLabel(state, written, line.meaning)
      if (level > 0 && !state.item) state.sectionLevel = level
      return
    case 'item':
      openItem(state, written, line, level)
      return
    case 'day':
      openDay(state, written)
      return
    case 'text':
      state.field = { type: 'text', text: line.text, language: line.language }
      readProse(state, [paragraphOf([fromOn(written, line.at)])])
      // In a copy the words on the line of a label are all of them.
      if (state.source === 'parley') state.field = null
      return
    case 'reading':
      state.field = { type: 'readings' }
      readReading(state, fromOn(written, line.at))
      return
    case 'title':
      setTitle(state, { where: written.where, text: line.words })
      return
    case 'zone':
      note(state, written, setZone(draft, line.words) ? 'time' : 'bad-time')
      return
    case 'unused':
      note(state, written, line.why)
      return
    case 'other-title':
      if (item) entitle(item, line.title)
      break
    case 'role':
      item?.claims.push({ role: line.role, text: line.words, person: null })
      break
    case 'hours':
      if (item) {
        item.start ??= line.hours.start
        item.end ??= line.hours.end
      }
      break
    case 'minutes':
      if (item) item.set.minutes ??= line.minutes
      break
    case 'kind':
      if (item) item.set.kind = line.kind
      break
    case 'place':
      meeting.place = completed(meeting.place, bilingual(line.words, draft.alone))
      break
    case 'hosts':
      addHosts(state, line.words.split(/[;；]|、/))
      break
    case 'first-day':
      draft.first ??= line.date
      if (line.place !== '' && isBlank(meeting.place)) meeting.place = bilingual(line.place, draft.alone)
  }
  note(state, written, uses[line.type], item)
}

const uses = {
  'other-title': 'item',
  role: 'role',
  hours: 'time',
  minutes: 'minutes',
  kind: 'fact',
  place: 'place',
  hosts: 'fact',
  'first-day': 'day',
} as const

function applyFacts(state: State, line: Written, facts: readonly Fact[]): void {
  const { draft, item } = state
  for (const fact of facts) {
    if (fact.of === 'meeting') Object.assign(draft.meeting, fact.set)
    else if (item) {
      // The first kind and length that a file states count.
      const { kind, minutes } = item.set
      Object.assign(item.set, fact.set, kind && { kind }, minutes && { minutes })
    }
  }
  if (facts.every((fact) => fact.of === 'meeting')) {
    if (state.section.type === 'front' && facts.length === 2 && state.scope === 'file') {
      state.source = 'parley'
      // A copy says so in each of its languages.
      draft.alone = labelLanguage(line.text)
    }
    note(state, line, 'fact')
    return
  }
  if (state.source === 'parley' && item) {
    // A copy names every topic but these two.
    const { kind = 'session' } = item.set
    item.set.topic ??= kind === 'session' || kind === 'breakout' || kind === 'drafting' ? 'other' : 'logistics'
  }
  note(state, line, facts.every(isLength) ? 'minutes' : 'fact', item)
}

/** A second list of as many hosts, in the other language, completes the first. */
function addHosts({ draft }: State, words: readonly string[]): void {
  const { hosts, alone } = draft
  const names = words.map((one) => bilingual(one, alone)).filter((name) => !isBlank(name))
  const lack = (list: readonly Bilingual[], language: Language) => list.every((name) => name[language] === '')
  const language = lack(names, 'zh') ? 'en' : lack(names, 'en') ? 'zh' : null
  const known = hosts.map((host) => host.name)
  if (language && known.length === names.length && lack(known, language)) {
    for (const [index, host] of hosts.entries()) host.name = { ...host.name, [language]: names[index]![language] }
  } else for (const name of names) addHost(draft, name, null)
}

/** Opens what a label alone says: a section, or a field of the item. */
function openLabel(state: State, line: Pick<Written, 'where' | 'text'>, meaning: Opening): void {
  switch (meaning.type) {
    case 'people':
      leaveItem(state, { type: 'people', side: null })
      break
    case 'side':
      leaveItem(state, { type: 'people', side: meaning.side })
      break
    case 'glossary':
      leaveItem(state, { type: 'glossary' })
      break
    case 'proposals':
      leaveItem(state, { type: 'proposals' })
      state.day = null
      break
    case 'text':
      state.field = { ...meaning, language: labelLanguage(line.text) }
      break
    case 'readings':
      state.field = { type: 'readings' }
      break
    case 'role':
      state.field = meaning
      break
    case 'agenda':
  }
  note(state, line, meaning.type === 'text' ? meaning.text : openings[meaning.type], state.item)
}

const openings = {
  people: 'person',
  side: 'person',
  glossary: 'term',
  proposals: 'fact',
  agenda: 'fact',
  readings: 'reading',
  role: 'role',
} as const
