import type { Agenda, Assignment, Bilingual, Block, Language, Prose, Side, TextRun } from '../domain/agenda.ts'
import { isLink } from '../domain/refuse.ts'
import { type Dated, dateIn, dayNumberIn } from './date.ts'
import { type Draft, type DraftDay, type DraftItem, openDraft, type TextName } from './draft.ts'
import { type Hours, leadingHours, trailingHours } from './hour.ts'
import { minutesIn, trailingMinutes } from './length.ts'
import { isOpen, named } from './name.ts'
import { type Cell, linesOf, type Passage, type Row, sliced, type Written } from './passage.ts'
import { bilingual, hanIn, languageOf, latinIn, loneLanguage } from './script.ts'
import { type Column, columnsOf, isKeyed, isSideBySide } from './table.ts'
import type { Line, Outcome, ReadOptions, Use } from './understanding.ts'
import { factOf, isUntitled, labelLanguage, labelled, type Meaning, meaningOf, sectorOf, sideOf } from './vocabulary.ts'
import type { Whereabouts } from './whereabouts.ts'

/** What the following words belong to. */
type Field =
  | { readonly type: 'text'; readonly text: TextName; readonly language: Language | null }
  | { readonly type: 'readings' }
  | { readonly type: 'role'; readonly role: Assignment }

type Section =
  | { readonly type: 'front' | 'days' | 'proposals' | 'glossary' }
  | { readonly type: 'people'; readonly side: Side | null }

/** A line longer than this is no title, whatever it begins with. */
const longestHeading = 300
const deepestTable = 6

/** Reads a document from top to bottom as an agenda; null when there is no item in it. */
export function readProgramme(
  passages: readonly Passage[],
  options: ReadOptions,
): { agenda: Agenda; lines: readonly Line[] } | null {
  const draft = openDraft(options)
  draft.meeting.alone = loneLanguage(sampleOf(passages))
  const reader = openReader(draft, options)
  reader.read(passages)
  if (!reader.found()) return null
  return { agenda: draft.finish(), lines: draft.lines }
}

/** Enough of a document to know its languages by. */
function sampleOf(passages: readonly Passage[]): string {
  let text = ''
  for (const line of linesOf(passages)) {
    text += `${line.text}\n`
    if (text.length > 200_000) break
  }
  return text
}

/** Reads passages into `draft`; a calendar's descriptions go through it as well. */
export function openReader(draft: Draft, options: ReadOptions) {
  const { meeting, note } = draft
  let day: DraftDay | null = null
  let item: DraftItem | null = null
  /** The level of the heading that opened the item; 0 when it was no heading. */
  let itemLevel = 0
  let section: Section = { type: 'front' }
  /** The level of the heading that opened the section. */
  let sectionLevel = 0
  let field: Field | null = null
  /** It is a copy that this program wrote: its labels are exact, and what stands between them is prose. */
  let ours = false
  /** What is read is about one item, and opens no other. */
  let closed = false
  let heads: readonly Extract<Passage, { type: 'heading' }>[] = []
  let tables = 0

  function read(passages: readonly Passage[]): void {
    heads = passages.filter((one) => one.type === 'heading')
    for (const one of passages) passage(one)
  }

  function passage(one: Passage): void {
    switch (one.type) {
      case 'heading':
        heading(one)
        break
      case 'paragraph':
        paragraph(one.lines, false)
        break
      case 'list':
        list(one)
        break
      case 'table':
        table(one.rows)
        break
      case 'aside':
        for (const line of one.lines) unused(line, 'not-an-agenda-field')
    }
  }

  function used(line: Pick<Written, 'where' | 'text'>, as: Use, of: DraftItem | null = null): true {
    note(line.where, line.text, of ? { type: 'used', as, item: of.id } : { type: 'used', as })
    return true
  }

  function unused(line: Pick<Written, 'where' | 'text'>, why: Extract<Outcome, { type: 'unused' }>['why']): true {
    note(line.where, line.text, { type: 'unused', why })
    return true
  }

  // --------------------------------------------------------------------------------------------------- headings

  function heading(one: Extract<Passage, { type: 'heading' }>): void {
    const { level, lines } = one
    if (closed) {
      paragraph(
        lines.map((line) => ({ ...line, runs: bolded(line.runs) })),
        false,
      )
      return
    }
    const text = joined(lines)
    const line = { where: lines[0]!.where, text }
    asides(lines)
    if (text === '') return
    if (
      level === 0 ||
      (section.type === 'front' && !titled() && !dayish(text) && !leadingHours(text) && !opensSection(text))
    ) {
      title(line)
      return
    }
    // The title of a proposal of ours may be any words, those of a label or a day among them.
    if (ours && section.type === 'proposals' && level === sectionLevel + 1) {
      newItem(line, text, null, level)
      return
    }
    const meaning = leadingHours(text) ? null : meaningOf(text)
    if (meaning && opened(meaning, line, text, true)) {
      if (item === null) sectionLevel = level
      return
    }
    const hours = leadingHours(text) ?? trailingHours(text)
    if (hours) {
      newItem(line, hours.rest, hours.hours, level)
      return
    }
    if (dayish(text)) {
      openDay(line, text)
      return
    }
    if (detail(line, text, level)) return
    const length = trailingMinutes(text)
    if (length) {
      newItem(line, length.rest, null, level, length.minutes)
      return
    }
    if (section.type === 'proposals') {
      newItem(line, text, null, level)
      return
    }
    if (section.type === 'people' || section.type === 'glossary') {
      const side = section.type === 'people' && text.length < 60 ? sideOf(text) : null
      if (side === 'us' || side === 'cn') {
        section = { type: 'people', side }
        used(line, 'person')
      } else unused(line, 'not-an-agenda-field')
      return
    }
    if (item && itemLevel > 0 && level > itemLevel) {
      prose([{ type: 'paragraph', lines: lines.map((part) => ({ ...part, runs: bolded(part.runs) })) }])
      return
    }
    if (!day || groups(one) || partOfDay.test(text)) {
      if (!day && otherTitle(line)) return
      item = null
      field = null
      unused(line, day ? 'no-time-or-title' : titled() ? 'before-first-item' : 'second-title')
      return
    }
    newItem(line, text, null, level)
  }

  function titled(): boolean {
    return meeting.title.en !== '' || meeting.title.zh !== ''
  }

  function title(line: Pick<Written, 'where' | 'text'>): void {
    if (otherTitle(line)) return
    if (!titled()) {
      meeting.title = isUntitled(line.text) ? meeting.title : bilingual(line.text, meeting.alone)
      used(line, 'title')
    } else unused(line, 'second-title')
  }

  /** The title once more, in the language that it was not in. */
  function otherTitle(line: Pick<Written, 'where' | 'text'>): boolean {
    if (!titled() || section.type !== 'front') return false
    const { en, zh } = bilingual(line.text, null)
    const { title } = meeting
    const fits = (mine: string, other: string, held: string, missing: string) =>
      missing === '' && other !== '' && (mine === '' || mine === held)
    if (fits(en, zh, title.en, title.zh) || fits(zh, en, title.zh, title.en)) {
      meeting.title = { en: title.en || en, zh: title.zh || zh }
      return used(line, 'title')
    }
    return false
  }

  function opensSection(text: string): boolean {
    const meaning = meaningOf(text)
    return (
      meaning !== null && (meaning.type === 'people' || meaning.type === 'glossary' || meaning.type === 'proposals')
    )
  }

  /** What a label alone opens: a section, or a field of the item. False when it opens nothing here. */
  function opened(meaning: Meaning, line: Pick<Written, 'where' | 'text'>, label: string, isHeading: boolean): boolean {
    switch (meaning.type) {
      case 'people':
      case 'side':
        if (!isHeading && item && meaning.type === 'side') return false
        section = { type: 'people', side: meaning.type === 'side' ? meaning.side : null }
        item = null
        field = null
        return used(line, 'person')
      case 'glossary':
        section = { type: 'glossary' }
        item = null
        field = null
        return used(line, 'term')
      case 'proposals':
        section = { type: 'proposals' }
        day = null
        item = null
        field = null
        return used(line, 'fact')
      case 'agenda':
        if (item) return false
        return used(line, 'fact')
      case 'text':
        if (!item) return false
        field = { type: 'text', text: meaning.text, language: labelLanguage(label) }
        return used(line, meaning.text, item)
      case 'readings':
        if (!item) return false
        field = { type: 'readings' }
        return used(line, 'reading', item)
      case 'role':
        if (!item) return false
        field = { type: 'role', role: meaning.role }
        return used(line, 'role', item)
      default:
        return false
    }
  }

  /** A heading whose own headings, one level down, are what has times. */
  function groups(one: Extract<Passage, { type: 'heading' }>): boolean {
    const next = heads[heads.indexOf(one) + 1]
    return next !== undefined && next.level > one.level && leadingHours(joined(next.lines)) !== null
  }

  /** A heading that goes on about an item of the timetable above it. */
  function detail(line: Pick<Written, 'where' | 'text'>, text: string, level: number): boolean {
    const found = outlined(text, null)
    if (!found) return false
    found.outlined = false
    enter(found, level)
    return used(line, 'item', found)
  }

  /** An item that so far stands in a timetable alone, by its title and, where there is one, its start. */
  function outlined(text: string, hours: Hours | null): DraftItem | null {
    const { en, zh } = isUntitled(text) ? { en: '', zh: '' } : bilingual(text, meeting.alone)
    const bare = (title: string) =>
      title
        .toLowerCase()
        .replace(/^session\s?\d{1,2}\s?[:.–-]\s?/, '')
        .trim()
    const same = (a: string, b: string) => a !== '' && bare(a) === bare(b)
    const fits = (one: DraftItem) =>
      one.outlined &&
      (hours === null ||
        (one.start === hours.start && (hours.end === null || one.end === null || one.end === hours.end))) &&
      (same(one.title.en, en) ||
        same(one.title.zh, zh) ||
        (hours !== null && en + zh === '' && one.title.en + one.title.zh === ''))
    const here = day?.items.find(fits)
    if (here) return here
    return hours === null ? (draft.days.flatMap((one) => one.items).find(fits) ?? null) : null
  }

  // ------------------------------------------------------------------------------------------------ days and items

  /** Whether a line is about a day: `Day 1`, or a date and little else. */
  function dayish(text: string): boolean {
    if (text.length > longestHeading) return false
    const numbered = dayNumberIn(text)
    if (numbered) return numbered.rest.length <= 120
    const dated = dateIn(text, near())
    return dated !== null && dated.until === null && dated.rest.length <= 40
  }

  function near() {
    const known = meeting.first ?? draft.days.find((one) => one.date !== null)?.date ?? null
    return { year: known === null ? null : Number(known.slice(0, 4)), today: options.today }
  }

  function openDay(line: Pick<Written, 'where' | 'text'>, text: string): void {
    const numbered = dayNumberIn(text)
    const dated: Dated | null = dateIn(text, near())
    const made = draft.day(dated?.date ?? null, numbered?.number ?? null)
    if (!made) {
      unused(line, 'not-an-agenda-field')
      return
    }
    if (numbered) made.number ??= numbered.number
    if (dated) made.date ??= dated.date
    day = made
    section = { type: 'days' }
    item = null
    field = null
    used(line, 'day')
  }

  /** The day that an item without one belongs to: the one that the file named at its beginning, or today. */
  function someDay(): DraftDay | null {
    if (day) return day
    day = draft.days.at(-1) ?? draft.day(meeting.first ?? options.today, null)
    return day
  }

  function enter(one: DraftItem, level: number): void {
    item = one
    itemLevel = level
    field = null
    if (section.type !== 'proposals') section = { type: 'days' }
  }

  function newItem(
    line: Pick<Written, 'where' | 'text'>,
    text: string,
    hours: Hours | null,
    level: number,
    minutes: number | null = null,
    outline = false,
  ): DraftItem | null {
    const length = ours ? null : trailingMinutes(text)
    const words = isUntitled(text) ? '' : (length?.rest ?? text)
    const held = hours && !outline ? outlined(words, hours) : null
    if (held) {
      held.outlined = false
      enter(held, level)
      used(line, 'item', held)
      return held
    }
    const titles = bilingual(words, meeting.alone)
    const twin = !ours && !outline && hours !== null && item ? again(item, hours, titles) : null
    if (twin) {
      draft.entitle(twin, titles)
      used(line, 'item', twin)
      return twin
    }
    const made = draft.item(section.type === 'proposals' ? null : someDay(), titles, outline)
    if (!made) {
      unused(line, 'not-an-agenda-field')
      return null
    }
    const before =
      section.type === 'proposals' ? null : (day?.items.findLast((one) => one.start !== null)?.start ?? null)
    const later = hours !== null && !ours && inAfternoon(hours.start, before) ? 720 : 0
    made.start = hours === null ? null : hours.start + later
    made.end = hours === null || hours.end === null ? null : hours.end < 720 ? hours.end + later : hours.end
    made.minutes = minutes ?? length?.minutes ?? null
    enter(made, level)
    used(line, 'item', made)
    return made
  }

  /** The same item said once more in the other language. */
  function again(one: DraftItem, hours: Hours, { en, zh }: Bilingual): DraftItem | null {
    if (one.start !== hours.start || (one.end !== null && hours.end !== null && one.end !== hours.end)) return null
    const fills = (one.title.en === '' && en !== '' && zh === '') || (one.title.zh === '' && zh !== '' && en === '')
    return fills ? one : null
  }

  // -------------------------------------------------------------------------------------------------------- lines

  function paragraph(lines: readonly Written[], listed: boolean): void {
    asides(lines)
    let words: Written[] = []
    const settle = () => {
      if (words.length > 0) prose([{ type: 'paragraph', lines: words }])
      words = []
    }
    for (const line of lines) {
      if (line.text === '') continue
      if (structural(line, listed, settle)) continue
      words.push(line)
    }
    settle()
  }

  /** Reads a line that says what it is; false when it is prose. What was prose before it is told first. */
  function structural(line: Written, listed: boolean, settle: () => void): boolean {
    const { text } = line
    const did = (done: boolean): boolean => done
    if (text.length > 2000) return false
    if (ours && field) {
      const label = isBold(line) && labelledAlone(line)
      if (!label) return false
      settle()
      return opened(label, line, text, false)
    }
    if (factual(line)) return true
    const known = labelled(text)
    if (known && known.at < text.length) {
      settle()
      if (did(value(line, known))) return true
    }
    const alone = labelledAlone(line)
    if (alone) {
      settle()
      if (opened(alone, line, text, false)) return true
    }
    if (closed || text.length > longestHeading) return false
    if (section.type === 'people' || section.type === 'glossary') return false
    const hours = leadingHours(text)
    if (hours && (hours.rest !== '' || item === null)) {
      settle()
      newItem(line, hours.rest, hours.hours, 0)
      return true
    }
    if (hours && item && item.start === null) {
      item.start = hours.hours.start
      item.end = hours.hours.end
      return used(line, 'time', item)
    }
    if (!listed && onlyDate(line)) return true
    if (field === null && itemLevel === 0 && text.length < 150 && (day || listed)) {
      const ranged = trailingHours(text)
      const length = ranged ? null : trailingMinutes(text)
      if (ranged && ranged.rest !== '') {
        settle()
        newItem(line, ranged.rest, ranged.hours, 0)
        return true
      }
      if (length) {
        settle()
        newItem(line, length.rest, null, 0, length.minutes)
        return true
      }
    }
    // The other language of a title on the line below it.
    if (!ours && item && field === null && text.length < 200 && nameless(item) && entitles(line)) return true
    return false
  }

  function nameless(one: DraftItem): boolean {
    const empty = (name: TextName) => one.texts[name].en.length + one.texts[name].zh.length === 0
    return (
      empty('objective') && empty('questions') && empty('output') && (one.title.en === '') !== (one.title.zh === '')
    )
  }

  function entitles(line: Written): boolean {
    if (meeting.alone !== null || !item) return false
    const { en, zh } = bilingual(line.text, null)
    const ends = /[.。！？!?;；]$/.test(line.text)
    if (ends || (item.title.en === '' ? zh !== '' || en === '' : en !== '' || zh === '')) return false
    draft.entitle(item, { en, zh })
    return used(line, 'item', item)
  }

  /** A label that is all of its line: bold, or with a colon. */
  function labelledAlone(line: Written): Meaning | null {
    if (line.text.length > 60 || !(isBold(line) || /[:：]$/.test(line.text))) return null
    return meaningOf(line.text)
  }

  /** `Thursday, 12 March 2026` alone on its line: the day of what follows, or of the meeting. */
  function onlyDate(line: Written): boolean {
    const { text } = line
    if (text.length > 120) return false
    const numbered = dayNumberIn(text)
    const dated = dateIn(text, near())
    const rest = numbered ? (dateIn(numbered.rest, near())?.rest ?? numbered.rest) : dated?.rest
    if (rest === undefined) return false
    if (section.type === 'front' && dated && !numbered) {
      if (rest.length > 40) return false
      meeting.first ??= dated.date
      if (rest !== '' && meeting.place.en + meeting.place.zh === '') meeting.place = bilingual(rest, meeting.alone)
      return used(line, 'day')
    }
    if (rest.length > (isBold(line) || numbered ? 40 : 4) || (item && field !== null && !isBold(line) && !numbered))
      return false
    openDay(line, text)
    return true
  }

  /** `Session · 75 min · Safety benchmarks`, `Track 2 · Chatham House Rule`. */
  function factual(line: Written): boolean {
    const parts = line.text.split(/\s?[·•|]\s?/)
    if (parts.length > 12 || line.text.length > 400) return false
    const facts = parts.map((part) => factOf(part) ?? minutesAlone(part))
    if (facts.some((one) => one === null)) return false
    if (parts.length === 1 && !(isItalic(line) || (facts[0] as { minutes?: number }).minutes !== undefined))
      return false
    const general = facts.every((one) => one !== null && 'type' in one && (one.type === 'track' || one.type === 'rule'))
    if (!general && !item) return false
    for (const fact of facts) {
      if (fact === null) continue
      if ('minutes' in fact) item!.minutes ??= fact.minutes
      else if (fact.type === 'track') meeting.track = fact.track
      else if (fact.type === 'rule') meeting.rule = fact.rule
      else if (!item) continue
      else if (fact.type === 'kind') item.kind ??= fact.kind
      else if (fact.type === 'topic') item.topic = fact.topic
      else if (fact.type === 'interpretation') item.interpretation = fact.interpretation
      else if (fact.type === 'unattributed') item.unattributed = true
      else item.proposedBy = fact.side
    }
    if (general) {
      if (section.type === 'front' && facts.length === 2 && !closed) {
        ours = true
        // A copy says so in each of its languages.
        meeting.alone = labelLanguage(line.text)
      }
      return used(line, 'fact')
    }
    // A copy names every topic but these two.
    if (ours && item && item.topic === null)
      item.topic =
        item.kind === null || item.kind === 'session' || item.kind === 'breakout' || item.kind === 'drafting'
          ? 'other'
          : 'logistics'
    return used(line, facts.every((one) => one !== null && 'minutes' in one) ? 'minutes' : 'fact', item)
  }

  /** `Co-chair: A; B`, `地点：新加坡`. */
  function value(line: Written, known: { meaning: Meaning; label: string; at: number }): boolean {
    const { meaning, label, at } = known
    const words = line.text.slice(at).trim()
    switch (meaning.type) {
      case 'role':
        if (!item) return false
        if (isOpen(words)) return unused(line, 'empty')
        item.claims.push({ role: meaning.role, text: words, person: null })
        return used(line, 'role', item)
      case 'text':
        if (!item) return false
        field = { type: 'text', text: meaning.text, language: labelLanguage(label) }
        prose([{ type: 'paragraph', lines: [{ ...line, runs: sliced(line.runs, at), text: words }] }])
        if (ours) field = null
        return true
      case 'readings':
        if (!item) return false
        field = { type: 'readings' }
        reading({ ...line, runs: sliced(line.runs, at), text: words })
        return true
      case 'place':
        if (item || meeting.place.en + meeting.place.zh !== '') return completes(line, words)
        meeting.place = bilingual(words, meeting.alone)
        return used(line, 'place')
      case 'hosts': {
        if (item) return false
        const hosts = words.split(/[;；]|、/).map((one) => bilingual(one, meeting.alone))
        hostsOf(hosts.filter((one) => one.en + one.zh !== ''))
        return used(line, 'fact')
      }
      case 'zone':
        return draft.zone(zoneNamed(words)) ? used(line, 'time') : unused(line, 'bad-time')
      case 'date': {
        const dated = dateIn(words, near())
        if (!dated) return item ? false : unused(line, 'bad-date')
        if (section.type === 'front' || !item) {
          meeting.first ??= dated.date
          return used(line, 'day')
        }
        return false
      }
      case 'time': {
        const hours = leadingHours(words, true)
        if (hours && item) {
          item.start ??= hours.hours.start
          item.end ??= hours.hours.end
          return used(line, 'time', item)
        }
        const dated = item ? null : dateIn(words, near())
        if (dated) {
          meeting.first ??= dated.date
          return used(line, 'day')
        }
        return item ? false : unused(line, 'bad-time')
      }
      case 'minutes': {
        const length = minutesIn(words, true)
        if (!length || !item) return false
        item.minutes ??= length.minutes
        return used(line, 'minutes', item)
      }
      case 'kind': {
        const fact = factOf(words)
        if (!item || fact?.type !== 'kind') return false
        item.kind = fact.kind
        return used(line, 'fact', item)
      }
      case 'title':
        if (item || section.type !== 'front') return false
        title({ where: line.where, text: words })
        return true
      default:
        return false
    }
  }

  /** The place, and after it the same in the other language. */
  function completes(line: Written, words: string): boolean {
    if (item) return false
    const { en, zh } = bilingual(words, meeting.alone)
    meeting.place = { en: meeting.place.en || en, zh: meeting.place.zh || zh }
    return used(line, 'place')
  }

  /** Hosts side by side in two languages are told one language after the other. */
  function hostsOf(hosts: readonly Bilingual[]): void {
    const held = meeting.hosts
    const language = hosts.every((one) => one.zh === '') ? 'en' : hosts.every((one) => one.en === '') ? 'zh' : null
    if (language && held.length === hosts.length && held.every((one) => one.name[language] === '')) {
      for (const [index, one] of hosts.entries()) {
        const host = held[index]!
        held[index] = { ...host, name: { ...host.name, [language]: one[language] } }
      }
      return
    }
    for (const one of hosts) draft.host(one, null)
  }

  // -------------------------------------------------------------------------------------------------------- prose

  function list(one: Extract<Passage, { type: 'list' }>): void {
    if (
      section.type === 'people' ||
      section.type === 'glossary' ||
      field?.type === 'readings' ||
      field?.type === 'role'
    ) {
      for (const entry of one.entries) for (const line of linesOf(entry)) entryLine(line)
      return
    }
    if (ours && field) {
      prose([one])
      return
    }
    const parts = untied(one)
    if (parts) {
      for (const part of parts) passage(part)
      return
    }
    // A list of items, or one of words.
    const structured = one.entries.map((entry) => {
      const first = linesOf(entry)[0]
      return (
        first !== undefined &&
        (isItemLine(first) || (item !== null && labelled(first.text) !== null && first.text.length < 400))
      )
    })
    if (!structured.some((yes) => yes)) {
      prose([one])
      return
    }
    for (const [index, entry] of one.entries.entries()) {
      if (!structured[index]) {
        prose([{ ...one, entries: [entry] }])
        continue
      }
      for (const part of entry) {
        if (part.type === 'paragraph') paragraph(part.lines, true)
        else passage(part)
      }
    }
  }

  /**
   * In plain text a list ends where the next item of the programme begins on a line of its own; Markdown takes that line
   * into the last entry. The list and what ended it, part by part; null when it is a list and nothing else.
   */
  function untied(one: Extract<Passage, { type: 'list' }>): Passage[] | null {
    const parts: Passage[] = []
    let entries: (readonly Passage[])[] = []
    for (const entry of one.entries) {
      const last = entry.at(-1)
      const lines = last?.type === 'paragraph' ? last.lines : []
      const at = closed ? -1 : lines.findIndex((line, number) => number > 0 && leadingHours(line.text) !== null)
      if (at < 0) {
        entries.push(entry)
        continue
      }
      entries.push([...entry.slice(0, -1), { type: 'paragraph', lines: lines.slice(0, at) }])
      parts.push({ ...one, entries }, { type: 'paragraph', lines: lines.slice(at) })
      entries = []
    }
    if (parts.length === 0) return null
    if (entries.length > 0) parts.push({ ...one, entries })
    return parts
  }

  function isItemLine(line: Written): boolean {
    const { text } = line
    if (closed || text.length > longestHeading) return false
    if (leadingHours(text)) return true
    return (
      field === null &&
      itemLevel === 0 &&
      text.length < 150 &&
      (trailingMinutes(text) !== null || trailingHours(text) !== null)
    )
  }

  /** A line of a list of people, terms, readings or names. */
  function entryLine(line: Written): void {
    asides([line])
    if (line.text === '') return
    if (section.type === 'people') {
      const meaning = meaningOf(line.text)
      if (meaning?.type === 'side') {
        section = { type: 'people', side: meaning.side }
        used(line, 'person')
        return
      }
      const one = named(line.text, meeting.alone)
      const id = line.text.length <= longestHeading ? draft.person({ ...one, side: section.side, sector: null }) : null
      if (id === null) unused(line, 'not-an-agenda-field')
      else used(line, 'person')
    } else if (section.type === 'glossary') term(line)
    else if (field?.type === 'readings') reading(line)
    else if (field?.type === 'role' && item) {
      item.claims.push({ role: field.role, text: line.text, person: null })
      used(line, 'role', item)
    }
  }

  /** `safety / 安全: definition`. */
  function term(line: Written): void {
    const bold = line.runs[0]?.marks?.includes('bold') ? line.runs[0].text : null
    const colon = bold === null ? line.text.search(/[:：]/) : bold.length
    const head = colon < 0 ? line.text : line.text.slice(0, colon)
    const { en, zh } = bilingual(head.replace(/[:：]$/, ''), null)
    if (en === '' && zh === '') {
      unused(line, 'not-an-agenda-field')
      return
    }
    const tail = colon < 0 ? '' : line.text.slice(colon).replace(/^[\s:：]{1,10}/, '')
    if (draft.term(en, zh, bilingual(tail, meeting.alone))) used(line, 'term')
    else unused(line, 'not-an-agenda-field')
  }

  function reading(line: Written): void {
    if (!item) {
      unused(line, 'before-first-item')
      return
    }
    const mark = line.runs.flatMap((run) => run.marks ?? []).find((one) => typeof one === 'object')
    const bare = /https?:\/\/[^\s<>"，。；）]{1,2000}/i.exec(line.text)?.[0]
    const url = typeof mark === 'object' ? mark.link : bare !== undefined && isLink(bare) ? bare : ''
    const words =
      bare === undefined ? line.text : line.text.replace(bare, '').replace(/[\s:：,，(（<]{1,10}[>)）]?$/, '')
    draft.reading(item, bilingual(words || url, meeting.alone), url)
    used(line, 'reading', item)
  }

  /** Words that say nothing of what they are: they belong to the field that is open, or to the item's objective. */
  function prose(passages: readonly Passage[]): void {
    const lines = linesOf(passages)
    if (
      section.type === 'people' ||
      section.type === 'glossary' ||
      (item && (field?.type === 'readings' || field?.type === 'role'))
    ) {
      for (const line of lines) entryLine(line)
      return
    }
    if (!item) {
      const [first] = lines
      if (
        section.type === 'front' &&
        first &&
        lines.length <= 3 &&
        joined(lines).length <= 200 &&
        (!titled() || otherLine(lines))
      ) {
        title({ where: first.where, text: joined(lines) })
        return
      }
      for (const line of lines) unused(line, 'before-first-item')
      return
    }
    const name: TextName = field?.type === 'text' ? field.text : 'objective'
    const hint = field?.type === 'text' ? field.language : null
    const { en, zh } = blocksOf(passages, hint)
    item.texts[name].en.push(...en)
    item.texts[name].zh.push(...zh)
    for (const line of lines) used(line, name, item)
    // What a list inside a text links to is asked about here: paragraphs told of theirs when they came.
    for (const one of passages) if (one.type !== 'paragraph') asides(linesOf([one]))
  }

  function otherLine(lines: readonly Written[]): boolean {
    const { en, zh } = bilingual(joined(lines), null)
    return (meeting.title.zh === '' && en === '') || (meeting.title.en === '' && zh === '')
  }

  function asides(lines: readonly Written[]): void {
    for (const line of lines)
      for (const target of line.unsafe) unused({ where: line.where, text: target }, 'not-an-agenda-field')
  }

  function languageFor(text: string, hint: Language | null): Language {
    if (ours && hint) return hint
    if (languageOf(text) === 'zh') return 'zh'
    const known = hint ?? meeting.alone
    return known === 'zh' && hanIn(text) === 0 && latinIn(text) < 12 ? 'zh' : 'en'
  }

  function blocksOf(passages: readonly Passage[], hint: Language | null): Bilingual<Block[]> {
    const made: Bilingual<Block[]> = { en: [], zh: [] }
    for (const one of passages) {
      if (one.type === 'list') {
        const entries: Bilingual<Prose[]> = { en: [], zh: [] }
        for (const entry of one.entries) {
          const { en, zh } = blocksOf(entry, hint)
          if (en.length > 0) entries.en.push(en)
          if (zh.length > 0) entries.zh.push(zh)
          if (en.length + zh.length === 0) entries[hint ?? meeting.alone ?? 'en'].push([])
        }
        const type = one.ordered ? 'ordered-list' : 'bullet-list'
        for (const language of ['en', 'zh'] as const) {
          if (entries[language].some((entry) => entry.length > 0))
            made[language].push({ type, items: entries[language] })
        }
      } else if (one.type === 'table') {
        for (const line of linesOf([one])) spread(made, [line], hint)
      } else spread(made, one.lines, hint)
    }
    return made
  }

  /** A paragraph in its language; lines that flow on in the same language are one. */
  function spread(made: Bilingual<Block[]>, lines: readonly Written[], hint: Language | null): void {
    let last: { language: Language; runs: TextRun[]; flows: boolean } | null = null
    const settle = () => {
      if (last) made[last.language].push({ type: 'paragraph', content: last.runs })
      last = null
    }
    for (const line of lines) {
      if (line.text === '') continue
      const both = ours || !/\s[/／|｜]\s/.test(line.text) ? null : bilingual(line.text, meeting.alone)
      if (both && both.en !== '' && both.zh !== '' && hanIn(both.en) === 0) {
        settle()
        for (const language of ['en', 'zh'] as const) {
          made[language].push({ type: 'paragraph', content: [{ type: 'text', text: both[language] }] })
        }
        continue
      }
      const language = languageFor(line.text, hint)
      if (last?.flows && last.language === language) {
        const space = language === 'zh' ? '' : ' '
        last.runs.push(...(space === '' ? [] : [{ type: 'text' as const, text: space }]), ...line.runs)
        last.flows = line.flows
      } else {
        settle()
        last = { language, runs: [...line.runs], flows: line.flows }
      }
    }
    settle()
  }

  // ------------------------------------------------------------------------------------------------------- tables

  function table(rows: readonly Row[]): void {
    if (tables >= deepestTable) {
      for (const row of rows) for (const cell of row.cells) prose(cell.passages)
      return
    }
    tables++
    const shape = columnsOf(rows, section.type)
    if (shape) ruled(rows, shape.columns, shape.head)
    else if (isKeyed(rows)) keyed(rows)
    else if (rows.every((row) => row.cells.length <= 1) || isSideBySide(rows) || (item && rows.length <= 2))
      layout(rows)
    else loose(rows)
    tables--
  }

  /** Columns that say what they hold. */
  function ruled(rows: readonly Row[], columns: readonly Column[], head: number): void {
    const list =
      columns.some((one) => one.meaning.type === 'name') ||
      (section.type === 'people' && !columns.some((one) => one.meaning.type === 'time'))
        ? 'people'
        : columns.some((one) => one.meaning.type === 'definition') || section.type === 'glossary'
          ? 'glossary'
          : 'agenda'
    for (const [index, row] of rows.entries()) {
      if (index < head) fullRow(row)
      else if (index === head && head >= 0) used({ where: row.where, text: rowText(row) }, 'fact')
      else if (list === 'people') personRow(row, columns)
      else if (list === 'glossary') termRow(row, columns)
      else agendaRow(row, columns)
    }
  }

  function personRow(row: Row, columns: readonly Column[]): void {
    const cells = cellsBy(row, columns)
    const of = (type: Meaning['type']) => cells.filter((one) => one.meaning?.type === type).map((one) => one.cell.text)
    const pairOf = (texts: readonly string[]): Bilingual =>
      texts.map((text) => lined(text)).reduce((a, b) => ({ en: a.en || b.en, zh: a.zh || b.zh }), { en: '', zh: '' })
    const name = pairOf(of('name'))
    if (name.en + name.zh === '') {
      const side = sideOf(rowText(row))
      if (section.type === 'people' && side && side !== 'other') section = { type: 'people', side }
      const line = { where: row.where, text: rowText(row) }
      if (side) used(line, 'person')
      else unused(line, 'no-time-or-title')
      return
    }
    const given = section.type === 'people' ? section.side : null
    const party =
      of('party')
        .map(sideOf)
        .find((one) => one !== null) ?? given
    const sector =
      of('sector')
        .map(sectorOf)
        .find((one) => one !== null) ?? null
    const id = draft.person({ name, affiliation: pairOf(of('affiliation')), side: party, sector })
    const known = cells.filter((one) => one.meaning && personal.has(one.meaning.type))
    const line = { where: row.where, text: known.map((one) => one.cell.text).join(' | ') }
    if (id === null) unused(line, 'not-an-agenda-field')
    else used(line, 'person')
    for (const one of cells)
      if (!known.includes(one) && one.cell.text !== '')
        unused({ where: row.where, text: one.cell.text }, 'unknown-column')
  }

  function termRow(row: Row, columns: readonly Column[]): void {
    const cells = cellsBy(row, columns)
    const term: { en: string; zh: string } = { en: '', zh: '' }
    let definition: Bilingual = { en: '', zh: '' }
    let status: 'joint' | 'parallel' | 'disputed' = 'parallel'
    const line = { where: row.where, text: rowText(row) }
    for (const { cell, meaning } of cells) {
      const text = cell.text.replace(/\n/g, ' / ')
      if (meaning?.type === 'definition') definition = lined(cell.text)
      else if (meaning?.type === 'status')
        status = /disput|争议/i.test(text) ? 'disputed' : /joint|共同/i.test(text) ? 'joint' : 'parallel'
      else if (meaning?.type === 'language') term[meaning.language] ||= text
      else {
        const both = bilingual(text, null)
        term.en ||= both.en
        term.zh ||= both.zh
      }
    }
    if (term.en + term.zh !== '' && draft.term(term.en, term.zh, definition, status)) used(line, 'term')
    else unused(line, 'not-an-agenda-field')
  }

  function agendaRow(row: Row, columns: readonly Column[]): void {
    const cells = cellsBy(row, columns)
    const filled = cells.filter((one) => one.cell.text !== '' && !one.cell.reaches)
    if (filled.length === 0) return
    if (filled.length === 1 && (filled[0]!.cell.columns > 1 || filled[0]!.meaning?.type === 'time') && fullRow(row))
      return
    const of = (type: Meaning['type']) => cells.filter((one) => one.meaning?.type === type && one.cell.text !== '')
    for (const { cell } of of('date')) datedCell(row, cell)
    let hours: Hours | null = null
    let minutes: number | null = null
    const said: string[] = []
    for (const { cell } of of('time')) {
      const found = timeOfCell(cell.text)
      if (found.dated) datedCell(row, { ...cell, text: found.dated })
      if (found.hours) {
        hours ??= found.hours
        minutes ??= found.minutes
        said.push(cell.text)
      } else if (!cell.reaches && !found.dated) unused({ where: row.where, text: cell.text }, 'bad-time')
    }
    for (const { cell } of of('end')) {
      const found = leadingHours(cell.text, true)
      if (found && hours && hours.end === null) hours = { ...hours, end: found.hours.start }
      said.push(cell.text)
    }
    for (const { cell } of of('minutes')) {
      const found = minutesIn(cell.text, true)
      if (found) {
        minutes = found.minutes
        said.push(cell.text)
      } else unused({ where: row.where, text: cell.text }, 'bad-time')
    }
    const titles = of('title').filter((one) => !one.cell.reaches)
    const language = of('language').filter((one) => !one.cell.reaches)
    const named = titles.length > 0 ? titles : language
    if (named.length === 0 && hours === null) {
      continued(row, cells)
      return
    }
    const fresh = hours !== null || minutes !== null || named.length > 0
    if (!fresh) return
    // A copy has a column for each language: the one with more characters is the Chinese one.
    const share = named.map(({ cell }) => hanIn(cell.text) / (cell.text.length || 1))
    const each = ours && share.length === 2 && share[0] !== share[1]
    const title = named.map((one, index) =>
      splitTitle(one.cell, each ? (share[index] === Math.max(...share) ? 'zh' : 'en') : null),
    )
    const words = title.map((one) => one.title).filter((one) => one.en + one.zh !== '')
    const titleText = title.map((one) => one.text)
    const line = { where: row.where, text: [...said, ...titleText].join(' | ') }
    minutes ??= title.find((one) => one.minutes !== null)?.minutes ?? null
    const made = newItem(line, '', hours, 0, minutes, true)
    if (!made) return
    if (!ours) made.outlined = true
    for (const one of words) draft.entitle(made, one)
    for (const one of title) {
      field = null
      for (const part of one.rest) cellPassage(part, made, true)
    }
    field = null
    continued(
      row,
      cells.filter((one) => one.meaning?.type !== 'title' && one.meaning?.type !== 'language'),
    )
  }

  /** What other columns say of the item. */
  function continued(row: Row, cells: readonly Placed[]): void {
    const of = item
    for (const { cell, meaning } of cells) {
      if (cell.text === '' || cell.reaches) continue
      const line = { where: row.where, text: cell.text }
      switch (meaning?.type) {
        case 'role':
          if (of) {
            const claims = cell.text.split('\n').map((text) => {
              const known = labelled(text)
              return known?.meaning.type === 'role'
                ? { role: known.meaning.role, text: text.slice(known.at).trim(), person: null }
                : { role: meaning.role, text, person: null }
            })
            if (claims.every((one) => isOpen(one.text))) {
              unused(line, 'empty')
              break
            }
            of.claims.push(...claims)
            used(line, 'role', of)
          } else unused(line, 'no-time-or-title')
          break
        case 'text':
        case 'readings':
          if (of) {
            field =
              meaning.type === 'text' ? { type: 'text', text: meaning.text, language: null } : { type: 'readings' }
            for (const part of cell.passages) cellPassage(part, of, false)
            field = null
          } else unused(line, 'no-time-or-title')
          break
        case 'kind': {
          const fact = factOf(cell.text)
          if (of && fact?.type === 'kind') {
            of.kind = fact.kind
            used(line, 'fact', of)
          } else unused(line, 'not-an-agenda-field')
          break
        }
        case 'time':
        case 'end':
        case 'minutes':
        case 'date':
          break
        case 'number':
          unused(line, 'not-an-agenda-field')
          break
        default:
          unused(line, 'unknown-column')
      }
    }
  }

  /** `labels`: lines may say what they are; in a column of objectives, say, they do not. */
  function cellPassage(part: Passage, of: DraftItem, labels: boolean): void {
    if (part.type === 'paragraph') {
      let words: Written[] = []
      const settle = () => {
        if (words.length > 0) prose([{ type: 'paragraph', lines: words }])
        words = []
      }
      asides(part.lines)
      for (const line of part.lines) {
        const known = labelled(line.text)
        if (factual(line)) continue
        if (labels && known && known.at < line.text.length) {
          settle()
          if (value(line, known)) continue
        }
        const alone = labels ? labelledAlone(line) : null
        if (alone?.type === 'text') {
          settle()
          opened(alone, line, line.text, false)
          item = of
          continue
        }
        words.push(line)
      }
      settle()
    } else if (part.type === 'list' || part.type === 'table') prose([part])
    else passage(part)
    item = of
  }

  /** The first line of a cell is the title; so is the second, when it is the title in the other language. */
  function splitTitle(
    cell: Cell,
    language: Language | null,
  ): {
    title: Bilingual
    text: string
    minutes: number | null
    rest: readonly Passage[]
  } {
    const [first, ...others] = cell.passages
    if (!first || first.type === 'table' || first.type === 'aside')
      return { title: { en: '', zh: '' }, text: '', minutes: null, rest: cell.passages }
    const lines = first.type === 'list' ? linesOf(first.entries[0] ?? []) : first.lines
    const rest: Passage[] = []
    const left = first.type === 'list' ? { ...first, entries: first.entries.slice(1) } : null
    if (left && left.entries.length > 0) rest.push(left)
    const following = [
      ...lines.slice(1).map((line): Passage => ({ type: 'paragraph', lines: [line] })),
      ...rest,
      ...others,
    ]
    const said = lines[0]?.text ?? ''
    const length = ours ? null : trailingMinutes(said)
    const none = { en: '', zh: '' }
    const whole = language === null ? bilingual(length?.rest ?? said, meeting.alone) : { ...none, [language]: said }
    let title = isUntitled(said) ? none : whole
    let text = said
    const next = following[0]
    if (next?.type === 'paragraph' && next.lines.length === 1 && !ours && meeting.alone === null) {
      const other = next.lines[0]!
      const pair = bilingual(other.text, null)
      const fills =
        (title.en === '' && pair.zh === '' && pair.en !== '') || (title.zh === '' && pair.en === '' && pair.zh !== '')
      if (
        fills &&
        said !== '' &&
        other.text.length < 200 &&
        !labelled(other.text) &&
        factOf(other.text.split('·')[0]!) === null
      ) {
        title = { en: title.en || pair.en, zh: title.zh || pair.zh }
        text = `${said} / ${other.text}`
        following.shift()
      }
    }
    return { title, text, minutes: length?.minutes ?? null, rest: following }
  }

  function timeOfCell(text: string): { hours: Hours | null; minutes: number | null; dated: string | null } {
    const lines = text.split('\n')
    for (const [index, line] of lines.entries()) {
      const found = leadingHours(line, true)
      if (!found) continue
      const before = lines.slice(0, index).join(' ')
      const next =
        found.hours.end === null ? leadingHours((lines[index + 1] ?? '').replace(/^[-–—~至到\s]{1,4}/, ''), true) : null
      const hours = next ? { ...found.hours, end: next.hours.start } : found.hours
      return {
        hours,
        minutes: minutesIn(found.rest || (lines[index + 1] ?? ''))?.minutes ?? null,
        dated: dayish(before) ? before : null,
      }
    }
    const dated = dateIn(text, near())
    if (dated) {
      const found = leadingHours(dated.rest, true)
      return { hours: found?.hours ?? null, minutes: null, dated: text }
    }
    return { hours: null, minutes: null, dated: null }
  }

  function datedCell(row: Row, cell: Cell): void {
    const text = cell.text.replace(/\n/g, ' ')
    if (!dateIn(text, near()) && !dayNumberIn(text)) {
      if (!cell.reaches) unused({ where: row.where, text }, 'bad-date')
      return
    }
    const before = day
    openDay({ where: row.where, text: cell.reaches ? '' : text }, text)
    if (before !== day) item = null
  }

  /** A row that is one cell across: a day, or an item, or a name for what follows. */
  function fullRow(row: Row): boolean {
    const text = rowText(row).replace(/\n/g, ' / ')
    const line = { where: row.where, text }
    if (text === '') return true
    if (dayish(text)) {
      openDay(line, text)
      return true
    }
    const hours = leadingHours(text)
    if (hours && hours.rest !== '') {
      newItem(line, hours.rest, hours.hours, 0)
      return true
    }
    if (row.cells.filter((cell) => cell.text !== '').length > 1) return false
    if (row.cells.some((cell) => cell.columns > 1) || section.type === 'front') {
      unused(line, section.type === 'front' ? 'before-first-item' : 'no-time-or-title')
      return true
    }
    return false
  }

  /** Rows of a label and its value. */
  function keyed(rows: readonly Row[]): void {
    for (const row of rows) {
      const [label, ...values] = row.cells
      const meaning = label ? meaningOf(label.text) : null
      for (const cell of values) {
        const lines = linesOf(cell.passages)
        if (cell.text === '' || !label) continue
        const line: Written = {
          where: row.where,
          runs: [],
          text: `${label.text.replace(/\n/g, ' / ')}: ${cell.text.replace(/\n/g, ' / ')}`,
          flows: false,
          unsafe: lines.flatMap((one) => one.unsafe),
        }
        const at = label.text.replace(/\n/g, ' / ').length + 2
        if (meaning?.type === 'text' && item) {
          field = { type: 'text', text: meaning.text, language: null }
          for (const part of cell.passages) prose([part])
          field = null
        } else if (
          meaning &&
          value({ ...line, runs: [{ type: 'text', text: line.text }] }, { meaning, label: label.text, at })
        )
          continue
        else if (item) for (const part of cell.passages) passage(part)
        else unused(line, 'before-first-item')
      }
    }
  }

  /** Cells that are nothing but a place on the page; each goes on with what was open before the table. */
  function layout(rows: readonly Row[]): void {
    const open = field
    for (const row of rows) {
      const before = item?.readings.length ?? 0
      let first = before
      for (const [index, cell] of row.cells.entries()) {
        if (cell.reaches) continue
        if (section.type === 'days' || section.type === 'proposals') field = open
        for (const part of cell.passages) passage(part)
        if (index === 0) first = item?.readings.length ?? 0
      }
      if (item && item.readings.length > first) draft.pairReadings(item, before, first)
    }
  }

  function loose(rows: readonly Row[]): void {
    for (const row of rows) {
      if (fullRow(row)) continue
      for (const cell of row.cells) if (!cell.reaches) unused({ where: row.where, text: cell.text }, 'unknown-column')
    }
  }

  function lined(text: string): Bilingual {
    const lines = text.split('\n')
    if (lines.length === 1) return bilingual(text, meeting.alone)
    const pairs = lines.map((line) => bilingual(line, meeting.alone))
    const all = (language: Language) =>
      pairs
        .map((one) => one[language])
        .filter((one) => one !== '')
        .join(' ')
    return { en: all('en'), zh: all('zh') }
  }

  function found(): boolean {
    return draft.days.some((one) => one.items.length > 0) || draft.proposals.length > 0
  }

  return {
    read,
    found,
    /** Reads what was written about `one`, wherever that was. */
    about(one: DraftItem, passages: readonly Passage[], written: 'ours' | 'theirs'): void {
      const held = { day, section, ours }
      section = { type: 'days' }
      ours = written === 'ours'
      closed = true
      enter(one, 1)
      for (const part of passages) passage(part)
      day = held.day
      section = held.section
      ours = held.ours
      closed = false
      item = null
    },
  }
}

/** A heading that parts a day. */
const partOfDay =
  /^(?:(?:上午|下午|晚上|中午|晚间)|(?:morning|afternoon|evening)(?: sessions?)?)(?:\s?[/|]?\s?(?:上午|下午|晚上|晚间|morning|afternoon|evening)(?: sessions?)?)?$/i

interface Placed {
  readonly cell: Cell
  readonly meaning: Meaning | null
}

/** The cells of a row with what their columns hold. */
function cellsBy(row: Row, columns: readonly Column[]): Placed[] {
  let at = 0
  return row.cells.map((cell) => {
    const found = columns.find((one) => one.at === at)
    at += cell.columns
    return { cell, meaning: found?.meaning ?? null }
  })
}

const personal: ReadonlySet<Meaning['type']> = new Set(['name', 'affiliation', 'party', 'sector'])

/** `1:30` after `12:00` is in the afternoon, where nobody says so. */
function inAfternoon(start: number, before: number | null): boolean {
  return before !== null && before >= 480 && start >= 60 && start < 480 && start + 720 >= before
}

function rowText(row: Row): string {
  return row.cells
    .filter((cell) => cell.text !== '' && !cell.reaches)
    .map((cell) => cell.text)
    .join(' | ')
}

/** The lines of a heading as one: a slash between two languages, a space within one. */
function joined(lines: readonly Written[]): string {
  return lines
    .map((line) => line.text)
    .filter((text) => text !== '')
    .reduce(
      (text, line) => (text === '' ? line : `${text}${languageOf(text) === languageOf(line) ? ' ' : ' / '}${line}`),
      '',
    )
}

function minutesAlone(part: string): { minutes: number } | null {
  const found = minutesIn(part.split('/')[0]!)
  return found && found.rest.trim() === '' ? { minutes: found.minutes } : null
}

function isBold(line: Written): boolean {
  return line.runs.length > 0 && line.runs.every((run) => run.text.trim() === '' || run.marks?.includes('bold'))
}

function isItalic(line: Written): boolean {
  return line.runs.length > 0 && line.runs.every((run) => run.text.trim() === '' || run.marks?.includes('italic'))
}

function bolded(runs: readonly TextRun[]): TextRun[] {
  return runs.map((run) =>
    run.marks?.includes('bold') ? run : { ...run, marks: ['bold' as const, ...(run.marks ?? [])].slice(0, 4) },
  )
}

/** What `text` says of the zone of all times: its IANA name, or that of UTC in Chinese, as it is and as copies once had it. */
function zoneNamed(text: string): string {
  const name = /[A-Z]\w{1,30}(?:\/[\w+-]{1,30}){1,2}|\bUTC\b/.exec(text)?.[0]
  return name ?? (/协调世界时|世界协调时/.test(text) ? 'UTC' : text.trim())
}

/** Where something stands, for a reader of another kind of file. */
export function writtenAt(where: Whereabouts, text: string, flows = false): Written {
  return { where, runs: text === '' ? [] : [{ type: 'text', text }], text, flows, unsafe: [] }
}
