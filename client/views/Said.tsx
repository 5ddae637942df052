import type { ReactElement } from 'react'
import type { Bilingual } from '../../shared/domain/agenda.ts'
import { otherThan, speak } from '../i18n/format.ts'
import { tag } from '../i18n/i18n.ts'
import { useLanguage } from './shell.ts'

/** A text in the reader's language, or in the other where theirs is empty, with the `lang` that it is really in. */
export function Said({ value, empty }: { value: Bilingual; empty?: string }): ReactElement | null {
  const language = useLanguage()
  const spoken = speak(value, language)
  if (spoken) return <span lang={tag[spoken.language]}>{spoken.text}</span>
  return empty === undefined ? null : <span lang={tag[language]}>{empty}</span>
}

/** The other language's wording, where both exist and differ. */
export function SaidToo({
  value,
  className,
}: {
  value: Bilingual
  className?: string | undefined
}): ReactElement | null {
  const language = useLanguage()
  const other = otherThan(language)
  const text = value[other].trim()
  if (text === '' || value[language].trim() === '' || text === value[language].trim()) return null
  return (
    <span lang={tag[other]} className={className}>
      {text}
    </span>
  )
}
