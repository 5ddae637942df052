import type { ReactElement } from 'react'
import type { Side } from '../../../shared/domain/agenda.ts'
import { cityOf } from '../../../shared/domain/city.ts'
import { localTime } from '../../../shared/domain/clock.ts'
import { weekdayOf } from '../../i18n/format.ts'
import styles from './Clocks.module.css'
import { useMinute } from './now.ts'
import { useLanguage, useLead, useMeeting, useWords } from './shell.ts'

/** The clocks of both capitals, one's own first. */
export function Clocks(): ReactElement | null {
  const t = useWords()
  const language = useLanguage()
  const zones = useMeeting((state) => state.snapshot?.agenda.zones ?? null)
  const lead = useLead()
  const now = useMinute()
  if (!zones) return null
  const order: readonly Side[] = lead === 'us' ? ['us', 'cn'] : ['cn', 'us']
  return (
    <p className={styles.clocks}>
      <span className="visually-hidden">
        {t('header.clocks')}
        {t('common.colon')}
      </span>
      {order.map((side) => {
        const { date, time } = localTime(now, zones[side])
        return (
          <span key={side} className={styles.clock}>
            {t('header.clock', { place: cityOf(zones[side], language), time, weekday: weekdayOf(date, language) })}
          </span>
        )
      })}
    </p>
  )
}
