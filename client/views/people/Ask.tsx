import { type ReactElement, useEffect, useRef, useState } from 'react'
import controls from '../../styles/controls.module.css'
import styles from './Ask.module.css'

interface AskProps {
  word: string
  ask: string
  yes: string
  no: string
  act: () => void
  /** The id of the element that names what it is about. */
  of?: string | undefined
  /** Called when the question appears. */
  asked?: (() => void) | undefined
}

/** A word that acts only after a question. The focus moves to what is safe. */
export function Ask({ word, ask, yes, no, act, of, asked }: AskProps): ReactElement {
  const [asking, setAsking] = useState<boolean | null>(null)
  const at = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (asking !== null) at.current?.focus()
  }, [asking])
  return asking ? (
    <span className={styles.asking} role="alert">
      <span>{ask}</span>
      <button type="button" className={controls.button} onClick={act}>
        {yes}
      </button>
      <button ref={at} type="button" className={controls.button} onClick={() => setAsking(false)}>
        {no}
      </button>
    </span>
  ) : (
    <button
      ref={at}
      type="button"
      className={`${controls.link} ${styles.word}`}
      aria-describedby={of}
      onClick={() => {
        setAsking(true)
        asked?.()
      }}
    >
      {word}
    </button>
  )
}
