import { type ReactElement, useDeferredValue, useEffect, useMemo, useState } from 'react'
import type { Agenda } from '../../../shared/domain/agenda.ts'
import { cityOf } from '../../../shared/domain/city.ts'
import { compare, isSame } from '../../../shared/domain/compare.ts'
import { betweenSentences } from '../../i18n/format.ts'
import { momentIn, momentOf } from '../../i18n/moment.ts'
import { openNewVersion } from '../../store/actions.ts'
import type { VersionId } from '../../store/api.ts'
import { mayFreeze } from '../../store/meeting.ts'
import controls from '../../styles/controls.module.css'
import { Link } from '../shell/Link.tsx'
import { useMinute } from '../shell/now.ts'
import { SideMark } from '../shell/Side.tsx'
import { useLanguage, useMeeting, useWords, useWorkspace } from '../shell/shell.ts'
import { useKeeper, useLateWords, useVersions } from '../versions/late.ts'
import styles from './FinalBanner.module.css'
import { useFinalKeys } from './finalKeys.ts'

/**
 * One calm line while the agenda is final: since when, at the venue and here, by whom, and what those with the right can
 * do next.
 */
export function FinalBanner(): ReactElement | null {
  const t = useLateWords()
  const open = useWords()('final.open')
  const workspace = useWorkspace()
  const keeper = useKeeper()
  const language = useLanguage()
  const now = useMinute()
  const meeting = useMeeting((state) => state.membership.meeting)
  const final = useMeeting((state) => state.snapshot?.final ?? null)
  const live = useMeeting((state) => state.connection.status === 'live')
  const freezes = useMeeting(mayFreeze)
  const venue = useMeeting((state) => state.snapshot?.agenda.zones.venue ?? 'UTC')
  const version = useVersions().list.find((one) => one.id === final)
  const known = version !== undefined
  useEffect(() => {
    if (!known && live) void keeper.refresh()
  }, [keeper, known, live])
  const since = useWrittenSince(version?.id ?? null)
  useFinalKeys()
  if (final === null) return null
  const there = version ? momentIn(venue, version.at, now, language) : ''
  const here = version ? momentOf(version.at, now, language).whole : ''
  return (
    <section className={controls.banner} aria-label={t('final.plain')}>
      <p className={styles.text}>
        {version ? (
          <>
            {t('final.sinceBy', { when: there, place: cityOf(venue, language), name: version.by.name })}{' '}
            <SideMark side={version.by.side} />
          </>
        ) : (
          t('final.plain')
        )}
      </p>
      {here !== there && <p className={styles.yours}>{t('final.yours', { when: here })}</p>}
      {since && version && (
        <p className={styles.since} role="status">
          {t('final.writtenSince')}
          {betweenSentences(language)}
          <Link to={{ type: 'comparison', meeting, before: version.id, after: 'now' }} className="screen-only">
            {t('versions.compare')}
          </Link>
        </p>
      )}
      <p className={`${styles.ways} screen-only`}>
        {freezes ? (
          <button type="button" className={controls.link} onClick={() => openNewVersion(workspace)}>
            {open}
          </button>
        ) : (
          <span>{t('final.ask')}</span>
        )}
        <Link to={{ type: 'versions', meeting }}>{t('final.see')}</Link>
      </p>
    </section>
  )
}

/**
 * Whether the agenda differs from the version that it was frozen as. Edits that a colleague made offline, or in the
 * moment of freezing, still arrive. Unknown counts as no.
 */
function useWrittenSince(final: VersionId | null): boolean {
  const keeper = useKeeper()
  const live = useMeeting((state) => state.connection.status === 'live')
  const now = useDeferredValue(useMeeting((state) => state.snapshot?.agenda))
  const [frozen, setFrozen] = useState<Agenda | null>(null)
  useEffect(() => {
    if (final === null || !live) return
    let gone = false
    void keeper.agenda(final).then((answer) => {
      if (!gone && answer.status === 'ok') setFrozen(answer.value)
    })
    return () => {
      gone = true
    }
  }, [keeper, final, live])
  return useMemo(() => now !== undefined && frozen !== null && !isSame(compare(frozen, now)), [now, frozen])
}
