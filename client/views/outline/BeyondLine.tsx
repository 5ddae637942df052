import type { ReactElement } from 'react'
import { betweenSentences } from '../../i18n/format.ts'
import controls from '../../styles/controls.module.css'
import { useLanguage, useMeeting } from '../shell/shell.ts'
import { useLateWords } from '../versions/late.ts'

/** One calm line while the document holds more than an agenda may: what is not shown, what is safe, what helps. */
export function BeyondLine(): ReactElement | null {
  const t = useLateWords()
  const between = betweenSentences(useLanguage())
  const beyond = useMeeting((state) => state.snapshot?.beyond)
  if (beyond === undefined) return null
  const { texts, entries } = beyond
  return (
    <section className={controls.banner} aria-label={t('beyond.title')}>
      <p role="status">
        {[
          texts > 0 && t('beyond.texts', { count: texts }),
          entries > 0 && t('beyond.entries', { count: entries }),
          t('beyond.safe'),
        ]
          .filter(Boolean)
          .join(between)}
      </p>
    </section>
  )
}
