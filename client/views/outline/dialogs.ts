import { useTranslation } from 'react-i18next'
import { dialogsEn, dialogsZh } from '../../i18n/dialogs.ts'
import { addWords } from '../../i18n/i18n.ts'

// Every view that uses these words imports this, so it runs before any of them renders.
addWords('dialogs', { en: dialogsEn, zh: dialogsZh })

export function useDialogWords() {
  return useTranslation('dialogs').t
}
