import { type ReactElement, useEffect } from 'react'
import { isNear } from '../../../shared/domain/retention.ts'
import controls from '../../styles/controls.module.css'
import { useMoment } from '../shell/moment.ts'
import { useMinute } from '../shell/now.ts'
import { useMeeting } from '../shell/shell.ts'
import { useAttempt, useDate, useEnding, useEndingKeeper, useEndingWords } from './ending.ts'

/** Milliseconds between two looks of a page that stays open. */
const again = 2 * 60_000

/** What everybody must know of the end of the meeting: that somebody has asked for it, or that it is near. */
export function EndingLine(): ReactElement | null {
  const t = useEndingWords()
  const date = useDate()
  const moment = useMoment()
  const now = useMinute()
  const keeper = useEndingKeeper()
  const ending = useEnding()
  const live = useMeeting((state) => state.connection.status === 'live')
  const organizes = useMeeting((state) => state.membership.person.role === 'organizer')
  const { problem, attempt } = useAttempt()
  // Somebody else may ask at any time. An open page asks seldom: while nothing changes, nothing is sent.
  useEffect(() => {
    if (!live) return
    const look = () => void (document.visibilityState === 'visible' && keeper.refresh())
    look()
    const timer = setInterval(look, again)
    document.addEventListener('visibilitychange', look)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [keeper, live])
  const near = ending?.retainUntil != null && isNear(ending.retainUntil, now) ? ending.retainUntil : null
  if (near === null && !ending?.asked) return null
  return (
    <section className={`${controls.banner} screen-only`} aria-label={t('label')}>
      {near !== null && <p role="status">{t('near', { date: date(near) })}</p>}
      {ending?.asked && (
        <p role="status">{t('asked', { name: ending.asked.by.name, when: moment(ending.asked.at) })}</p>
      )}
      {ending?.asked && organizes && (
        <button type="button" className={controls.link} onClick={() => attempt(keeper.withdraw())}>
          {t('withdraw')}
        </button>
      )}
      {problem && (
        <p className={controls.problem} role="alert">
          {problem}
        </p>
      )}
    </section>
  )
}
