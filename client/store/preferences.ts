import { createStore, type StoreApi } from 'zustand/vanilla'
import type { DayId, Language, MeetingId, Side } from '../../shared/domain/agenda.ts'
import { type Format, formatNames } from '../../shared/export/formats.ts'

export type Theme = 'auto' | 'light' | 'dark'
/** Which language columns of an item a narrow screen shows; `own` is the reader's. */
export type Columns = 'own' | 'other' | 'both'

/** The options of this person's last copy. */
export interface CopyPreferences {
  readonly format: Format
  readonly language: Language | 'both'
  /** Null for one's own side. */
  readonly lead: Side | null
  readonly people: boolean
  readonly readings: boolean
  readonly questions: boolean
  /** Items that are on no day yet. */
  readonly proposals: boolean
  /** Days that were left out. Their ids belong to one meeting, and mean nothing in another. */
  readonly without: readonly DayId[]
}

/** This person's preferences on this device. */
export interface Preferences {
  readonly language: Language
  readonly theme: Theme
  readonly columns: Columns
  /** The name with which they last joined a meeting. */
  readonly name: string
  readonly copy: CopyPreferences
  /** For organizers: when the latest of those joined whom they have seen, by meeting, ms by the server's clock. */
  readonly joined: Readonly<Record<MeetingId, number>>
}

/** The part of `localStorage` that is needed; a browser may refuse all of it. */
export interface KeyValueStore {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

const key = 'parley.preferences'

const firstCopy: CopyPreferences = {
  format: 'docx',
  language: 'both',
  lead: null,
  people: true,
  readings: true,
  questions: true,
  proposals: true,
  without: [],
}

export function openPreferences(storage: KeyValueStore | null, languages: readonly string[]): StoreApi<Preferences> {
  const store = createStore<Preferences>(() => ({
    language: languageOf(languages),
    theme: 'auto',
    columns: 'own',
    name: '',
    copy: firstCopy,
    joined: {},
    ...stored(storage),
  }))
  store.subscribe((preferences) => {
    try {
      storage?.setItem(key, JSON.stringify(preferences))
    } catch {
      // If storage is full or forbidden, the choice must only be made again next time.
    }
  })
  return store
}

function languageOf(languages: readonly string[]): Language {
  for (const one of languages) {
    const language = one.toLowerCase()
    if (language.startsWith('zh')) return 'zh'
    if (language.startsWith('en')) return 'en'
  }
  return 'en'
}

function stored(storage: KeyValueStore | null): Partial<Preferences> {
  try {
    const value: unknown = JSON.parse(storage?.getItem(key) ?? '{}')
    if (typeof value !== 'object' || value === null) return {}
    const { language, theme, columns, name, copy, joined } = value as Record<string, unknown>
    return {
      ...(language === 'en' || language === 'zh' ? { language } : {}),
      ...(theme === 'auto' || theme === 'light' || theme === 'dark' ? { theme } : {}),
      ...(columns === 'own' || columns === 'other' || columns === 'both' ? { columns } : {}),
      ...(typeof name === 'string' ? { name } : {}),
      copy: storedCopy(copy),
      joined: storedJoined(joined),
    }
  } catch {
    return {}
  }
}

function storedJoined(value: unknown): Preferences['joined'] {
  const entries = Object.entries(typeof value === 'object' && value !== null ? value : {})
  return Object.fromEntries(entries.filter(([, at]) => typeof at === 'number'))
}

function storedCopy(value: unknown): CopyPreferences {
  if (typeof value !== 'object' || value === null) return firstCopy
  const { format, language, lead, people, readings, questions, proposals, without } = value as Record<string, unknown>
  return {
    format: formatNames.find((one) => one === format) ?? firstCopy.format,
    language: language === 'en' || language === 'zh' ? language : 'both',
    lead: lead === 'us' || lead === 'cn' ? lead : null,
    people: people !== false,
    readings: readings !== false,
    questions: questions !== false,
    proposals: proposals !== false,
    without: Array.isArray(without) ? without.filter((one): one is DayId => typeof one === 'string') : [],
  }
}
