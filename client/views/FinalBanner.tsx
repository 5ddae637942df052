import { type ReactElement, useEffect } from 'react'
import { momentOf } from '../i18n/moment.ts'
import { openNewVersion } from '../store/actions.ts'
import { mayWrite } from '../store/meeting.ts'
import controls from '../styles/controls.module.css'
import styles from './FinalBanner.module.css'
import { useFinalKeys } from './finalKeys.ts'
import { Link } from './Link.tsx'
import { useKeeper, useLateWords, useVersions } from './late.ts'
import { useMinute } from './now.ts'
import { SideMark } from './Side.tsx'
import { useDesk, useLanguage, useMeeting, useWords } from './shell.ts'

/** One calm line while the agenda is final: since when, by whom, and the way on for those who may take it. */
export function FinalBanner(): ReactElement | null {
  const t = useLateWords()
  const open = useWords()('final.open')
  const desk = useDesk()
  const keeper = useKeeper()
  const language = useLanguage()
  const now = useMinute()
  const meeting = useMeeting((state) => state.membership.meeting)
  const final = useMeeting((state) => state.snapshot?.final ?? null)
  const live = useMeeting((state) => state.connection.status === 'live')
  const writes = useMeeting(mayWrite)
  const version = useVersions().list.find((one) => one.id === final)
  const known = version !== undefined
  useEffect(() => {
    if (!known && live) void keeper.refresh()
  }, [keeper, known, live])
  useFinalKeys()
  if (final === null) return null
  return (
    <section className={styles.banner} aria-label={t('final.plain')}>
      <p className={styles.text}>
        {version ? (
          <>
            {t('final.sinceBy', { when: momentOf(version.at, now, language).whole, name: version.by.name })}{' '}
            <SideMark side={version.by.side} />
          </>
        ) : (
          t('final.plain')
        )}
      </p>
      <p className={`${styles.ways} screen-only`}>
        {writes && (
          <button type="button" className={controls.link} onClick={() => openNewVersion(desk)}>
            {open}
          </button>
        )}
        <Link to={{ type: 'versions', meeting }}>{t('final.see')}</Link>
      </p>
    </section>
  )
}
