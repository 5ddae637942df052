import { useTranslation } from 'react-i18next'
import { addWords } from '../../i18n/i18n.ts'
import { identityEn, identityZh } from '../../i18n/identity.ts'

// Every view that uses these words imports this, so it runs before any of them renders.
addWords('identity', { en: identityEn, zh: identityZh })

export function useIdentityWords() {
  return useTranslation('identity').t
}
