import { type ReactElement, useEffect, useRef, useState } from 'react'
import controls from '../../styles/controls.module.css'
import { useDialogWords } from '../outline/dialogs.ts'
import styles from './Revoke.module.css'

interface RevokeProps {
  ask: string
  revoke: () => Promise<void>
  /** The id of the element that names what is revoked. */
  of?: string
  /** Called when the question appears. */
  asked?: () => void
}

/** Revoking cannot be undone, so this asks first. The focus moves to the question. */
export function Revoke({ ask, revoke, of, asked }: RevokeProps): ReactElement {
  const words = useDialogWords()
  const [asking, setAsking] = useState<boolean | null>(null)
  const at = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (asking !== null) at.current?.focus()
  }, [asking])
  return asking ? (
    <span className={styles.asking} role="alert">
      <span>{ask}</span>
      <button type="button" className={controls.button} onClick={revoke}>
        {words('invite.revokeYes')}
      </button>
      <button ref={at} type="button" className={controls.button} onClick={() => setAsking(false)}>
        {words('invite.revokeNo')}
      </button>
    </span>
  ) : (
    <button
      ref={at}
      type="button"
      className={`${controls.link} ${styles.revoke}`}
      aria-describedby={of}
      onClick={() => {
        setAsking(true)
        asked?.()
      }}
    >
      {words('invite.revoke')}
    </button>
  )
}
