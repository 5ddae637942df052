import { type ReactElement, useEffect, useRef, useState } from 'react'
import controls from '../../styles/controls.module.css'
import { useMoment } from '../shell/moment.ts'
import sheet from '../shell/Sheet.module.css'
import { useMeeting } from '../shell/shell.ts'
import { useAttempt, useDate, useEnding, useEndingKeeper, useEndingWords } from './ending.ts'

/** Until when the meeting is kept, and the request to delete it, which organizers make and withdraw. */
export function EndingSettings(): ReactElement | null {
  const t = useEndingWords()
  const date = useDate()
  const moment = useMoment()
  const keeper = useEndingKeeper()
  const ending = useEnding()
  const organizes = useMeeting((state) => state.membership.person.role === 'organizer')
  const { problem, attempt } = useAttempt()
  const [asking, setAsking] = useState<boolean | null>(null)
  const next = useRef<HTMLButtonElement>(null)
  useEffect(() => void keeper.refresh(), [keeper])
  // Each step removes the button that was pressed; the focus would jump to the top of the sheet.
  useEffect(() => {
    if (asking !== null) next.current?.focus()
  }, [asking])
  if (ending === null) return null
  const { retainUntil, asked } = ending
  const change = (to: Parameters<typeof attempt>[0]) => {
    void attempt(to).then(() => setAsking(false))
  }
  return (
    <section className={sheet.part}>
      <h3>{t('label')}</h3>
      <p>{retainUntil === null ? t('never') : t('until', { date: date(retainUntil) })}</p>
      {asked && <p>{t('asked', { name: asked.by.name, when: moment(asked.at) })}</p>}
      {asking && <p role="alert">{t('sure')}</p>}
      {organizes && (
        <p className={controls.row}>
          {asked ? (
            <button ref={next} type="button" className={controls.button} onClick={() => change(keeper.withdraw())}>
              {t('withdraw')}
            </button>
          ) : asking ? (
            <>
              <button type="button" className={controls.button} onClick={() => change(keeper.ask())}>
                {t('yes')}
              </button>
              <button ref={next} type="button" className={controls.button} onClick={() => setAsking(false)}>
                {t('no')}
              </button>
            </>
          ) : (
            <button ref={next} type="button" className={controls.button} onClick={() => setAsking(true)}>
              {t('ask')}
            </button>
          )}
        </p>
      )}
      {problem && (
        <p className={controls.problem} role="alert">
          {problem}
        </p>
      )}
    </section>
  )
}
