import { type ReactElement, Suspense, useEffect, useState } from 'react'
import { cityOf } from '../../../shared/domain/city.ts'
import { dateSpan } from '../../i18n/format.ts'
import { mayEdit } from '../../store/meeting.ts'
import controls from '../../styles/controls.module.css'
import { useDialogs } from '../shell/Dialogs.tsx'
import { Localized, OtherLanguage } from '../shell/Localized.tsx'
import { atRest, Retention } from '../shell/lazy.ts'
import { SideMark } from '../shell/Side.tsx'
import { useLanguage, useLead, useMeeting, useWords } from '../shell/shell.ts'
import styles from './Overview.module.css'

/** The cover sheet of the meeting. Shown while no item is open. */
export function Overview(): ReactElement | null {
  const t = useWords()
  const language = useLanguage()
  const lead = useLead()
  const { open } = useDialogs()
  const edits = useMeeting(mayEdit)
  const title = useMeeting((state) => state.snapshot?.agenda.title)
  const place = useMeeting((state) => state.snapshot?.agenda.place)
  const hosts = useMeeting((state) => state.snapshot?.agenda.hosts)
  const zones = useMeeting((state) => state.snapshot?.agenda.zones)
  const track = useMeeting((state) => state.snapshot?.agenda.track)
  const rule = useMeeting((state) => state.snapshot?.agenda.rule)
  const days = useMeeting((state) => state.outline?.days)
  const empty = useMeeting((state) => state.outline?.rows.size === 0)
  const [rested, setRested] = useState(false)
  // The agenda is readable before.
  useEffect(() => atRest(() => setRested(true)), [])
  if (!title || !place || !hosts || !zones || !track || !rule || !days) return null
  const ordered = [...hosts].sort((a, b) => Number(b.side === lead) - Number(a.side === lead))
  return (
    <div className={styles.cover}>
      <h2 className={styles.title}>
        <Localized value={title} empty={t('meeting.untitled')} />
      </h2>
      <p className={styles.too}>
        <OtherLanguage value={title} />
      </p>
      <dl className={styles.facts}>
        {days.length > 0 && (
          <div>
            <dt>{t('meeting.dates')}</dt>
            <dd>
              {dateSpan(
                days.map((day) => day.date),
                language,
              )}
            </dd>
          </div>
        )}
        <div>
          <dt>{t('meeting.place')}</dt>
          <dd>
            <Localized value={place} empty={t('meeting.placeUnset')} />
          </dd>
        </div>
        <div>
          <dt>{t('meeting.venueTime')}</dt>
          <dd>{cityOf(zones.venue, language)}</dd>
        </div>
        {ordered.length > 0 && (
          <div>
            <dt>{t('meeting.hosts')}</dt>
            <dd className={styles.hosts}>
              {ordered.map((host, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: hosts have no identity but their position in the list
                <span key={index}>
                  <SideMark side={host.side} /> <Localized value={host.name} />
                </span>
              ))}
            </dd>
          </div>
        )}
        <div>
          <dt>{t('meeting.format')}</dt>
          <dd>
            {t(`track.${track}`)} · {t(`rule.${rule}`)}
          </dd>
        </div>
        {rested && (
          <Suspense>
            <Retention />
          </Suspense>
        )}
      </dl>
      {!(empty && edits) && <p className={styles.hint}>{t('meeting.choose')}</p>}
      {edits && <p className={empty ? styles.hint : styles.soft}>{t('meeting.chooseAdd')}</p>}
      {empty && edits && <p className={styles.soft}>{t('meeting.emptyImport')}</p>}
      {edits && (
        <p className={`${controls.row} ${styles.ways} screen-only`}>
          {empty && (
            <button type="button" className={controls.button} onClick={() => open({ type: 'import' })}>
              {t('header.import')}
            </button>
          )}
          <button type="button" className={controls.button} onClick={() => open({ type: 'settings' })}>
            {t('header.settings')}
          </button>
        </p>
      )}
    </div>
  )
}
