import { useTranslation } from 'react-i18next'
import { addWords } from '../../i18n/i18n.ts'
import { keepingEn, keepingZh } from '../../i18n/keeping.ts'

// Part of every view that uses these words; none of them is drawn before this has run.
addWords('keeping', { en: keepingEn, zh: keepingZh })

export function useKeepingWords() {
  return useTranslation('keeping').t
}
