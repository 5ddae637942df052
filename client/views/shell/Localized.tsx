import { type ReactElement, useContext } from 'react'
import type { Bilingual } from '../../../shared/domain/agenda.ts'
import { pairInOrder } from '../../../shared/domain/alternat.ts'
import { otherThan, speak } from '../../i18n/format.ts'
import { tag } from '../../i18n/i18n.ts'
import { useLanguage, WorkspaceContext } from './shell.ts'

/** `value` with the pair token in the order of the reader's own copy. */
function useInOrder(value: Bilingual): Bilingual {
  const language = useLanguage()
  const side = useContext(WorkspaceContext)?.store.getState().membership.person.side ?? null
  const lead = side ?? (language === 'zh' ? 'cn' : 'us')
  return { en: pairInOrder(value.en, 'en', lead), zh: pairInOrder(value.zh, 'zh', lead) }
}

/** A text in the reader's language, or in the other if that is empty, with its actual `lang`. */
export function Localized({ value, empty }: { value: Bilingual; empty?: string }): ReactElement | null {
  const language = useLanguage()
  const spoken = speak(useInOrder(value), language)
  if (spoken) return <span lang={tag[spoken.language]}>{spoken.text}</span>
  return empty === undefined ? null : <span lang={tag[language]}>{empty}</span>
}

/** The text in the other language, where both exist and differ. */
export function OtherLanguage({
  value,
  className,
}: {
  value: Bilingual
  className?: string | undefined
}): ReactElement | null {
  const language = useLanguage()
  const other = otherThan(language)
  const shown = useInOrder(value)
  const text = shown[other].trim()
  if (text === '' || shown[language].trim() === '' || text === shown[language].trim()) return null
  return (
    <span lang={tag[other]} className={className}>
      {text}
    </span>
  )
}
