import { useCallback } from 'react'
import { momentText } from '../../i18n/moment.ts'
import { useMinute } from './now.ts'
import { useLanguage } from './shell.ts'

/** A time in the reader's zone and words, for use in a sentence: 'today, 09:30', '12 March, 09:30'. */
export function useMoment(): (at: number) => string {
  const language = useLanguage()
  const now = useMinute()
  return useCallback((at) => momentText(at, now, language), [language, now])
}
