import { useTranslation } from 'react-i18next'
import { findingsEn, findingsZh } from '../../i18n/findings.ts'
import { addWords } from '../../i18n/i18n.ts'

// Every view that uses these words imports this, so it runs before any of them renders.
addWords('findings', { en: findingsEn, zh: findingsZh })

export function useFindingsWords() {
  return useTranslation('findings').t
}
