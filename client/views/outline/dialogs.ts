import { useTranslation } from 'react-i18next'
import { dialogsEn, dialogsZh } from '../../i18n/dialogs.ts'
import { addWords } from '../../i18n/i18n.ts'

// Part of every view that uses these words; none of them is drawn before this has run.
addWords('dialogs', { en: dialogsEn, zh: dialogsZh })

export function useDialogWords() {
  return useTranslation('dialogs').t
}
