import { useTranslation } from 'react-i18next'
import { addWords } from '../../i18n/i18n.ts'
import { joiningEn, joiningZh } from '../../i18n/joining.ts'

// Every view that uses these words imports this, so it runs before any of them renders.
addWords('joining', { en: joiningEn, zh: joiningZh })

export function useJoiningWords() {
  return useTranslation('joining').t
}
