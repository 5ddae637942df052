import { type ReactElement, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { addWords } from '../i18n/i18n.ts'
import { updatesEn, updatesZh } from '../i18n/updates.ts'
import type { Desk } from '../store/desk.ts'
import { type Hindrance, hindranceTo } from '../store/hindrance.ts'
import controls from '../styles/controls.module.css'
import { DeskContext, useShell, useUpdate } from './shell.ts'
import styles from './UpdateLine.module.css'

addWords('updates', { en: updatesEn, zh: updatesZh })

/** Milliseconds after which what hinders is told: while somebody types, there is always something on its way. */
const patience = 1000

/** One calm line when there is a newer version, or a part of this one is missing. Nothing happens before the click. */
export function UpdateLine(): ReactElement | null {
  const { t } = useTranslation('updates')
  const { updates } = useShell()
  const { status } = useUpdate()
  const hindrance = useHindrance()
  const [told, setTold] = useState<Hindrance | null>(null)
  const [taking, setTaking] = useState(false)
  useEffect(() => {
    if (hindrance === null) return setTold(null)
    const timer = setTimeout(() => setTold(hindrance), patience)
    return () => clearTimeout(timer)
  }, [hindrance])
  if (status === 'none') return null

  function take() {
    if (hindrance !== null) return setTold(hindrance)
    setTaking(true)
    void updates.apply()
  }
  return (
    <section className={`${styles.line} screen-only`} aria-label={t('label')}>
      <p role="status">{t(status)}</p>
      <button type="button" className={controls.link} disabled={taking || told !== null} onClick={take}>
        {taking ? t('updating') : status === 'ready' ? t('update') : t('reload')}
      </button>
      {told !== null && <p className={styles.reason}>{t(told)}</p>}
    </section>
  )
}

/** What stands against a reload of this page now. */
function useHindrance(): Hindrance | null {
  const desk = useContext(DeskContext)
  const look = () => hindranceOf(desk)
  return useSyncExternalStore((changed) => {
    const stop = desk?.store.subscribe(changed)
    window.addEventListener('online', changed)
    window.addEventListener('offline', changed)
    return () => {
      stop?.()
      window.removeEventListener('online', changed)
      window.removeEventListener('offline', changed)
    }
  }, look)
}

/** Outside of a meeting nothing is typed that could be lost. */
function hindranceOf(desk: Desk | null): Hindrance | null {
  if (!desk) return navigator.onLine ? null : 'offline'
  const { connection, device } = desk.store.getState()
  return hindranceTo(connection, device)
}
