import { type ReactElement, Suspense, useRef, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import controls from '../../styles/controls.module.css'
import styles from './Here.module.css'
import { HereSheet } from './lazy.ts'
import { useMeeting, useWords } from './shell.ts'

/** How many people are here; a press shows who they are. */
export function Here(): ReactElement {
  const t = useWords()
  const count = useMeeting((state) => state.presence.visitors.length)
  const live = useMeeting((state) => state.connection.status === 'live')
  const button = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button
        ref={button}
        className={`${controls.quiet} ${styles.here}`}
        aria-haspopup="dialog"
        aria-expanded={open}
        onPress={() => setOpen(true)}
      >
        <span className={styles.dot} data-live={live || undefined} aria-hidden="true" />
        {live ? t('header.here', { count: Math.max(count, 1) }) : t('header.hereTitle')}
      </Button>
      {open && (
        <Suspense fallback={null}>
          <HereSheet trigger={button} close={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
