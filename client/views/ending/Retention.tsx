import type { ReactElement } from 'react'
import { useDate, useEnding, useEndingWords } from './ending.ts'

/** On the cover of the meeting: until when it is kept. */
export function Retention(): ReactElement | null {
  const t = useEndingWords()
  const date = useDate()
  const until = useEnding()?.retainUntil
  if (until == null) return null
  return (
    <div>
      <dt>{t('kept')}</dt>
      <dd>{t('keptThen', { date: date(until) })}</dd>
    </div>
  )
}

/** The same for whoever has a link, before they come in. */
export function KeptUntil({ date: until }: { date: string }): ReactElement {
  const t = useEndingWords()
  const date = useDate()
  return <p>{t('join', { date: date(until) })}</p>
}
