import { useTranslation } from 'react-i18next'
import { addWords } from '../../i18n/i18n.ts'
import { keepingEn, keepingZh } from '../../i18n/keeping.ts'

// Every view that uses these words imports this, so it runs before any of them renders.
addWords('keeping', { en: keepingEn, zh: keepingZh })

export function useKeepingWords() {
  return useTranslation('keeping').t
}
