import { type ReactElement, useEffect, useState } from 'react'
import { useShell } from '../shell/shell.ts'
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
export function RetentionByLink({ token }: { token: string }): ReactElement | null {
  const t = useEndingWords()
  const date = useDate()
  const { api } = useShell()
  const [until, setUntil] = useState<string | null>(null)
  useEffect(() => {
    let gone = false
    void api.call('endingByLink', {}, { token }).then((answer) => {
      if (!gone && answer.status === 'ok') setUntil(answer.value.retainUntil)
    })
    return () => {
      gone = true
    }
  }, [api, token])
  return until === null ? null : <p>{t('join', { date: date(until) })}</p>
}
