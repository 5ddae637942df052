import { type ReactElement, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { addWords } from '../../i18n/i18n.ts'
import { updatesEn, updatesZh } from '../../i18n/updates.ts'
import { type ReloadBlocker, reloadBlockerOf } from '../../store/reloadblocker.ts'
import type { Workspace } from '../../store/workspace.ts'
import controls from '../../styles/controls.module.css'
import { useShell, useUpdate, WorkspaceContext } from './shell.ts'
import styles from './UpdateLine.module.css'

addWords('updates', { en: updatesEn, zh: updatesZh })

/** Milliseconds before a reload blocker is shown: while somebody types, some edit is always in transit. */
const patience = 1000

/** One calm line when a newer version exists, or a part of this one is missing. Nothing happens before the click. */
export function UpdateLine(): ReactElement | null {
  const { t } = useTranslation('updates')
  const { updates } = useShell()
  const { status } = useUpdate()
  const workspace = useContext(WorkspaceContext)
  const blocker = useReloadBlocker(workspace)
  const [told, setTold] = useState<ReloadBlocker | null>(null)
  const [taking, setTaking] = useState(false)
  useEffect(() => {
    if (blocker === null) return setTold(null)
    const timer = setTimeout(() => setTold(blocker), patience)
    return () => clearTimeout(timer)
  }, [blocker])
  if (status === 'none') return null

  function take() {
    if (blocker !== null) return setTold(blocker)
    setTaking(true)
    // While the newer version takes over, the page keeps working, and people may keep typing.
    void updates
      .apply(() => reloadBlockerOf(workspace) !== null)
      .then((done) => {
        if (done) return
        setTaking(false)
        setTold(reloadBlockerOf(workspace))
      })
  }
  return (
    <section className={`${controls.banner} screen-only`} aria-label={t('label')}>
      <p role="status">{t(status)}</p>
      <button type="button" className={controls.link} disabled={taking || told !== null} onClick={take}>
        {taking ? t('updating') : status === 'ready' ? t('update') : t('reload')}
      </button>
      {told !== null && <p className={styles.reason}>{t(told)}</p>}
    </section>
  )
}

/** What blocks a reload of this page now. */
function useReloadBlocker(workspace: Workspace | null): ReloadBlocker | null {
  const look = () => reloadBlockerOf(workspace)
  return useSyncExternalStore((changed) => {
    const stop = workspace?.store.subscribe(changed)
    window.addEventListener('online', changed)
    window.addEventListener('offline', changed)
    return () => {
      stop?.()
      window.removeEventListener('online', changed)
      window.removeEventListener('offline', changed)
    }
  }, look)
}
