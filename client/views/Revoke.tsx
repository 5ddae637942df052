import { type ReactElement, useState } from 'react'
import controls from '../styles/controls.module.css'
import styles from './Revoke.module.css'
import { useWords } from './shell.ts'

/** Takes back what cannot be brought back, so it asks first. */
export function Revoke({ ask, revoke }: { ask: string; revoke: () => Promise<void> }): ReactElement {
  const t = useWords()
  const [asking, setAsking] = useState(false)
  return asking ? (
    <span className={styles.asking} role="alert">
      <span>{ask}</span>
      <button type="button" className={controls.button} onClick={revoke}>
        {t('invite.revokeYes')}
      </button>
      <button type="button" className={controls.button} onClick={() => setAsking(false)}>
        {t('invite.revokeNo')}
      </button>
    </span>
  ) : (
    <button type="button" className={`${controls.link} ${styles.revoke}`} onClick={() => setAsking(true)}>
      {t('invite.revoke')}
    </button>
  )
}
