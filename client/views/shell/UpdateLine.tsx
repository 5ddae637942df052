import { type ReactElement, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { addWords } from '../../i18n/i18n.ts'
import { updatesEn, updatesZh } from '../../i18n/updates.ts'
import type { Desk } from '../../store/desk.ts'
import { type Hindrance, hindranceOf } from '../../store/hindrance.ts'
import controls from '../../styles/controls.module.css'
import { DeskContext, useShell, useUpdate } from './shell.ts'
import styles from './UpdateLine.module.css'

addWords('updates', { en: updatesEn, zh: updatesZh })

/** Milliseconds before a reload blocker is shown: while somebody types, some edit is always in transit. */
const patience = 1000

/** One calm line when a newer version exists, or a part of this one is missing. Nothing happens before the click. */
export function UpdateLine(): ReactElement | null {
  const { t } = useTranslation('updates')
  const { updates } = useShell()
  const { status } = useUpdate()
  const desk = useContext(DeskContext)
  const hindrance = useHindrance(desk)
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
    // While the newer version takes over, the page keeps working, and people may keep typing.
    void updates
      .apply(() => hindranceOf(desk) !== null)
      .then((done) => {
        if (done) return
        setTaking(false)
        setTold(hindranceOf(desk))
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
function useHindrance(desk: Desk | null): Hindrance | null {
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
