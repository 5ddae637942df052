import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { type Language, languages } from '../../shared/domain/agenda.ts'
import type { changesEn } from './changes.ts'
import type { creatingEn } from './creating.ts'
import type { deviceEn } from './device.ts'
import type { dialogsEn } from './dialogs.ts'
import type { doingsEn } from './doings.ts'
import { en } from './en.ts'
import type { endingEn } from './ending.ts'
import type { fillingEn } from './filling.ts'
import type { findEn } from './find.ts'
import type { findingsEn } from './findings.ts'
import type { homeEn } from './home.ts'
import type { identityEn } from './identity.ts'
import type { itemEn } from './item.ts'
import type { joiningEn } from './joining.ts'
import type { keyboardEn } from './keyboard.ts'
import type { lateEn } from './late.ts'
import type { noticeEn } from './notice.ts'
import type { peopleEn } from './people.ts'
import type { updatesEn } from './updates.ts'
import { zh } from './zh.ts'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'words'
    resources: {
      words: typeof en & typeof homeEn & typeof itemEn & typeof keyboardEn & typeof noticeEn & typeof peopleEn
      late: typeof lateEn
      device: typeof deviceEn
      changes: typeof changesEn
      dialogs: typeof dialogsEn
      identity: typeof identityEn
      joining: typeof joiningEn
      updates: typeof updatesEn
      ending: typeof endingEn
      creating: typeof creatingEn
      filling: typeof fillingEn
      findings: typeof findingsEn
      find: typeof findEn
      doings: typeof doingsEn
    }
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

/** Adds the words of a part that is loaded later. Called once, before that part is first rendered. */
export function addWords(name: string, words: Readonly<Record<Language, object>>): void {
  for (const language of languages) i18next.addResourceBundle(language, name, words[language], true)
}

/** The tag for `lang` attributes and for the browser's own formatting. */
export const tag: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-CN' }
