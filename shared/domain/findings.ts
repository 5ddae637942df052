import {
  type Agenda,
  type Bilingual,
  type Day,
  type DayId,
  type Item,
  type ItemId,
  itemTexts,
  type Kind,
  type Language,
  languages,
  proseText,
} from './agenda.ts'
import { timetable } from './timetable.ts'

/**
 * Something between an agenda and a good meeting. It stops nobody. Later rules join `findings`, the only place that
 * decides what one is.
 */
export type Finding = { readonly severity: Severity; readonly where: Where } & (
  | { readonly kind: 'untitled' | 'empty' | 'no-chair' }
  /** These fields have words, but none in the language `lacking`. */
  | { readonly kind: 'one-language'; readonly lacking: Language; readonly fields: readonly BilingualField[] }
  /** The day runs so many minutes past its planned end, or past midnight when it has none. */
  | { readonly kind: 'over-time'; readonly minutes: number }
)

/** `serious`: a reader of the final agenda would take it for a mistake. */
export type Severity = 'serious' | 'minor'

export type Where =
  | { readonly type: 'meeting' }
  | { readonly type: 'day'; readonly day: DayId }
  | { readonly type: 'item'; readonly item: ItemId }

export type BilingualField = (typeof itemTexts)[number] | 'place'

/** What people talk in: these have texts and a chair, while an opening, a break or a meal needs neither. */
const talks: readonly Kind[] = ['session', 'breakout', 'drafting']

/** The findings of an agenda, serious ones first, each group in reading order. Proposals have no place in a meeting yet. */
export function findings(agenda: Agenda): readonly Finding[] {
  const all = [...ofMeeting(agenda), ...agenda.days.flatMap((day) => [...ofDay(day), ...day.items.flatMap(ofItem)])]
  return [...all.filter((one) => one.severity === 'serious'), ...all.filter((one) => one.severity === 'minor')]
}

function ofMeeting({ title, place }: Agenda): Finding[] {
  const where = { type: 'meeting' } as const
  return [...ifUntitled(title, where), ...inOneLanguage({ title, place }, where)]
}

function ofDay(day: Day): Finding[] {
  const where = { type: 'day', day: day.id } as const
  if (day.items.length === 0) return [{ kind: 'empty', severity: 'minor', where }]
  const minutes = timetable(day).overrun
  return minutes > 0 ? [{ kind: 'over-time', severity: 'serious', where, minutes }] : []
}

function ofItem(item: Item): Finding[] {
  const where = { type: 'item', item: item.id } as const
  const { title, objective, questions, output } = item
  const words = { title, objective: plain(objective), questions: plain(questions), output: plain(output) }
  const found = [...ifUntitled(title, where), ...inOneLanguage(words, where)]
  if (!talks.includes(item.kind)) return found
  if (itemTexts.every((text) => text === 'title' || languages.every((language) => isBlank(words[text][language])))) {
    found.push({ kind: 'empty', severity: 'minor', where })
  }
  if (!item.roles.some(({ role }) => role === 'chair')) found.push({ kind: 'no-chair', severity: 'minor', where })
  return found
}

function ifUntitled(title: Bilingual, where: Where): Finding[] {
  return languages.every((language) => isBlank(title[language]))
    ? [{ kind: 'untitled', severity: 'serious', where }]
    : []
}

function inOneLanguage(words: Partial<Record<BilingualField, Bilingual>>, where: Where): Finding[] {
  return languages.flatMap((lacking): Finding[] => {
    const other = lacking === 'en' ? 'zh' : 'en'
    const fields = (Object.keys(words) as BilingualField[]).filter((field) => {
      const value = words[field]
      return value !== undefined && isBlank(value[lacking]) && !isBlank(value[other])
    })
    return fields.length === 0 ? [] : [{ kind: 'one-language', severity: 'serious', where, lacking, fields }]
  })
}

function plain({ en, zh }: Item['objective']): Bilingual {
  return { en: proseText(en), zh: proseText(zh) }
}

function isBlank(text: string): boolean {
  return text.trim() === ''
}
