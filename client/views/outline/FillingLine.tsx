import { type ReactElement, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { allItems } from '../../../shared/domain/agenda.ts'
import { most } from '../../../shared/domain/fields.ts'
import { fillingEn, fillingZh } from '../../i18n/filling.ts'
import { betweenSentences } from '../../i18n/format.ts'
import { addWords } from '../../i18n/i18n.ts'
import type { Filling } from '../../store/api.ts'
import { mayWrite } from '../../store/meeting.ts'
import controls from '../../styles/controls.module.css'
import { useLanguage, useMeeting, useShell } from '../shell/shell.ts'

addWords('filling', { en: fillingEn, zh: fillingZh })

/** Milliseconds between two looks of a page that stays open. */
const again = 15 * 60_000
const whats = ['people', 'devices', 'changes', 'versions'] as const

/** One calm line for those who write, before something of the meeting is full: how much is used, and what helps. */
export function FillingLine(): ReactElement | null {
  const { t } = useTranslation('filling')
  const { api } = useShell()
  const between = betweenSentences(useLanguage())
  const meeting = useMeeting((state) => state.membership.meeting)
  const live = useMeeting((state) => state.connection.status === 'live')
  const writes = useMeeting(mayWrite)
  const items = useMeeting((state) => (state.snapshot ? allItems(state.snapshot.agenda).length : 0))
  const [filling, setFilling] = useState<Filling>({})
  useEffect(() => {
    if (!live || !writes) return
    const look = async () => {
      if (document.visibilityState !== 'visible') return
      const answer = await api.call('filling', { meeting })
      if (answer.status === 'ok') setFilling(answer.value.filling)
    }
    void look()
    const timer = setInterval(() => void look(), again)
    return () => clearInterval(timer)
  }, [api, meeting, live, writes])
  const isLarge = items >= most.items * 0.9
  const full = whats.flatMap((what) => (filling[what] === undefined ? [] : [{ what, percent: filling[what] }]))
  if (!writes || !(isLarge || full.length > 0)) return null
  return (
    <section className={`${controls.banner} screen-only`} aria-label={t('title')}>
      <p role="status">
        {[
          isLarge && t('items', { count: items, most: most.items }),
          ...full.map(({ what, percent }) => t(`${what}`, { percent })),
          full.length > 0 && t('help'),
        ]
          .filter(Boolean)
          .join(between)}
      </p>
    </section>
  )
}
