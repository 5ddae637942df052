import { type ReactElement, Suspense, useMemo } from 'react'
import type { Agenda } from '../../../shared/domain/agenda.ts'
import { type AgendaState, collisions } from '../../../shared/domain/collision.ts'
import { compare, isSame } from '../../../shared/domain/compare.ts'
import { betweenSentences } from '../../i18n/format.ts'
import { type BackupImport, type Foreign, proposed } from '../../store/devicedata.ts'
import { mayEdit } from '../../store/meeting.ts'
import controls from '../../styles/controls.module.css'
import { Differences } from '../shell/lazy.ts'
import { useLanguage, useMeeting, useWords, useWorkspace } from '../shell/shell.ts'
import styles from './ForeignBackup.module.css'
import { useDeviceWords } from './words.ts'

interface ForeignBackupProps {
  imported: BackupImport
  file: string
  take: (foreign: Foreign) => void
  leave: () => void
}

/** What a restored backup has changed, or would change. */
export function ForeignBackup({ imported, file, take, leave }: ForeignBackupProps): ReactElement | null {
  const t = useDeviceWords()
  const language = useLanguage()
  const edits = useMeeting(mayEdit)
  const workspace = useWorkspace()
  const now = useMeeting((state) => state.snapshot?.agenda ?? null)
  const words = useWords()
  // Others keep editing while the question is open.
  const after = useMemo(
    () => (now && imported.status === 'foreign' ? proposed(workspace, imported) : null),
    [workspace, now, imported],
  )
  const changes = useMemo(() => now && after && compare(now, after), [now, after])
  switch (imported.status) {
    case 'brought':
      return <p>{imported.edits ? t('backup.brought') : t('backup.nothingNew')}</p>
    case 'unreadable':
      return <p className={controls.bad}>{t('backup.unreadable', { file })}</p>
    case 'refused':
      return <p className={controls.bad}>{t(`backup.${imported.code}`, { file })}</p>
    case 'foreign': {
      const { name, own, again, former } = imported
      if (!changes || !now || !after) return null
      const baseless = former?.base === null
      if (isSame(changes)) return <p>{t(baseless ? 'backup.baselessNothing' : 'backup.foreignNothing', { name })}</p>
      if (!edits) return <p className={controls.bad}>{t('backup.readOnly', { name })}</p>
      const items = changes.items.filter(
        (one) => one.status !== 'changed' || one.changes.length > 0 || one.moved !== null,
      ).length
      const besides = changes.meeting.length + changes.days.length + changes.people.length + changes.glossary.length
      const both = former?.base ? collisions(stateOf(former.base), stateOf(former.mine), stateOf(now)).length : 0
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
            <button type="button" className={again ? controls.button : controls.primary} onClick={() => take(imported)}>
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
function stateOf(agenda: Agenda): AgendaState {
  return { agenda, places: new Map() }
}
