import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { addWords } from '../i18n/i18n.ts'
import { keepingEn, keepingZh } from '../i18n/keeping.ts'
import { momentOf } from '../i18n/moment.ts'
import { useMinute } from './now.ts'
import { useLanguage } from './shell.ts'

// Part of every view that uses these words; none of them is drawn before this has run.
addWords('keeping', { en: keepingEn, zh: keepingZh })

export function useKeepingWords() {
  return useTranslation('keeping').t
}

/** When something was, within a sentence: 'today, 09:30', '12 March, 09:30'. */
export function useMoment(): (at: number) => string {
  const t = useKeepingWords()
  const language = useLanguage()
  const now = useMinute()
  return useCallback(
    (at) => {
      const { day, time, whole } = momentOf(at, now, language)
      return day === 'earlier' ? whole : t(`moment.${day}`, { time })
    },
    [t, language, now],
  )
}
