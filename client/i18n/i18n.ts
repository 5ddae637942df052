import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import type { Language } from '../../shared/domain/agenda.ts'
import { en } from './en.ts'
import { zh } from './zh.ts'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'words'
    resources: { words: typeof en }
    enableSelector: false
  }
}

/** Both languages are in the first load, so a switch needs neither a reload nor the network. */
export function startWords(language: Language): void {
  void i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    ns: ['words'],
    defaultNS: 'words',
    resources: { en: { words: en }, zh: { words: zh } },
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
    initAsync: false,
  })
}

export function changeWords(language: Language): void {
  void i18next.changeLanguage(language)
}

/** The tag that `lang` attributes and the browser's own formatting take. */
export const tag: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-CN' }
