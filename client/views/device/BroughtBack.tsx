import { type ReactElement, Suspense, useMemo } from 'react'
import type { Agenda } from '../../../shared/domain/agenda.ts'
import { collisions, type Stand } from '../../../shared/domain/collision.ts'
import { compare, isSame } from '../../../shared/domain/compare.ts'
import { betweenSentences } from '../../i18n/format.ts'
import { type Brought, type Foreign, proposed } from '../../store/keeping.ts'
import { mayEdit } from '../../store/meeting.ts'
import controls from '../../styles/controls.module.css'
import { Differences } from '../shell/lazy.ts'
import { useDesk, useLanguage, useMeeting, useWords } from '../shell/shell.ts'
import styles from './BroughtBack.module.css'
import { useKeepingWords } from './keeping.ts'

interface BroughtBackProps {
  brought: Brought
  file: string
  take: (foreign: Foreign) => void
  leave: () => void
}

/** What a restored backup has changed, or would change. */
export function BroughtBack({ brought, file, take, leave }: BroughtBackProps): ReactElement | null {
  const t = useKeepingWords()
  const language = useLanguage()
  const edits = useMeeting(mayEdit)
  const desk = useDesk()
  const now = useMeeting((state) => state.snapshot?.agenda ?? null)
  const words = useWords()
  // Others keep editing while the question is open.
  const after = useMemo(
    () => (now && brought.status === 'foreign' ? proposed(desk, brought) : null),
    [desk, now, brought],
  )
  const changes = useMemo(() => now && after && compare(now, after), [now, after])
  switch (brought.status) {
    case 'brought':
      return <p>{brought.edits ? t('backup.brought') : t('backup.nothingNew')}</p>
    case 'unreadable':
      return <p className={controls.bad}>{t('backup.unreadable', { file })}</p>
    case 'refused':
      return <p className={controls.bad}>{t(`backup.${brought.code}`, { file })}</p>
    case 'foreign': {
      const { name, own, again, former } = brought
      if (!changes || !now || !after) return null
      const baseless = former?.base === null
      if (isSame(changes)) return <p>{t(baseless ? 'backup.baselessNothing' : 'backup.foreignNothing', { name })}</p>
      if (!edits) return <p className={controls.bad}>{t('backup.readOnly', { name })}</p>
      const items = changes.items.filter(
        (one) => one.status !== 'changed' || one.changes.length > 0 || one.moved !== null,
      ).length
      const besides = changes.meeting.length + changes.days.length + changes.people.length + changes.glossary.length
      const both = former?.base ? collisions(standing(former.base), standing(former.mine), standing(now)).length : 0
      const would = [
        items > 0 && t('backup.items', { count: items }),
        besides > 0 && t('backup.besides'),
        both > 0 && t('backup.both', { count: both }),
      ]
      return (
        <div className={styles.foreign}>
          <p>{t(own ? 'backup.formerOwn' : former ? 'backup.former' : 'backup.foreign', { name })}</p>
          {baseless && <p>{t('backup.baseless')}</p>}
          {again && <p className={controls.bad}>{t('backup.again')}</p>}
          <p>{would.filter(Boolean).join(betweenSentences(language))}</p>
          <details className={styles.words} aria-live="off">
            <summary>{t('backup.words')}</summary>
            <Suspense fallback={words('common.loading')}>
              <Differences comparison={changes} ends={{ before: now, after, shown: 'all', over: true }} />
            </Suspense>
          </details>
          <div className={controls.row}>
            <button type="button" className={again ? controls.button : controls.primary} onClick={() => take(brought)}>
              {t('backup.take')}
            </button>
            <button type="button" className={controls.button} onClick={leave}>
              {t('backup.leave')}
            </button>
          </div>
        </div>
      )
    }
  }
}

/** Without `place` registers: two lineages do not share them. */
function standing(agenda: Agenda): Stand {
  return { agenda, places: new Map() }
}
