import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Language } from '../../shared/domain/agenda.ts'

export type Theme = 'auto' | 'light' | 'dark'
/** Which language columns of an item a narrow screen shows; `own` is the reader's. */
export type Columns = 'own' | 'other' | 'both'

/** What this person likes, on this device. */
export interface Preferences {
  readonly language: Language
  readonly theme: Theme
  readonly columns: Columns
  /** What they were called when they last joined a meeting. */
  readonly name: string
}

/** The part of `localStorage` that is needed; a browser may refuse all of it. */
export interface Shelf {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

const key = 'parley.preferences'

export function openPreferences(shelf: Shelf | null, languages: readonly string[]): StoreApi<Preferences> {
  const store = createStore<Preferences>(() => ({
    language: languageOf(languages),
    theme: 'auto',
    columns: 'own',
    name: '',
    ...kept(shelf),
  }))
  store.subscribe((preferences) => {
    try {
      shelf?.setItem(key, JSON.stringify(preferences))
    } catch {
      // A full or forbidden shelf only means that the choice is asked again next time.
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

function kept(shelf: Shelf | null): Partial<Preferences> {
  try {
    const value: unknown = JSON.parse(shelf?.getItem(key) ?? '{}')
    if (typeof value !== 'object' || value === null) return {}
    const { language, theme, columns, name } = value as Record<string, unknown>
    return {
      ...(language === 'en' || language === 'zh' ? { language } : {}),
      ...(theme === 'auto' || theme === 'light' || theme === 'dark' ? { theme } : {}),
      ...(columns === 'own' || columns === 'other' || columns === 'both' ? { columns } : {}),
      ...(typeof name === 'string' ? { name } : {}),
    }
  } catch {
    return {}
  }
}
