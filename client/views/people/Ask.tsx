import { type MouseEvent, type ReactElement, useEffect, useRef, useState } from 'react'
import controls from '../../styles/controls.module.css'
import { onEscape } from '../shell/escape.ts'
import styles from './Ask.module.css'

interface AskProps {
  word: string
  ask: string
  yes: string
  no: string
  act: () => void | Promise<void>
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
  /** The question goes with what it was about; the focus stays in that row, or in its list. */
  async function answer({ currentTarget }: MouseEvent) {
    const [row, list] = [currentTarget.closest('li'), currentTarget.closest('ul')]
    await act()
    requestAnimationFrame(() => {
      const rest = [row, list].find((one) => one?.isConnected)
      rest?.setAttribute('tabindex', '-1')
      rest?.focus()
    })
  }
  return asking ? (
    <span className={styles.asking} role="alert" onKeyDown={onEscape(() => setAsking(false))}>
      <span>{ask}</span>
      <button type="button" className={controls.button} onClick={answer}>
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
