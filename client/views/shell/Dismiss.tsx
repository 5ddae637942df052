import type { ReactElement } from 'react'
import styles from './Dismiss.module.css'
import { useWords } from './shell.ts'

/** The button that takes a passing line away. */
export function Dismiss({ dismiss }: { dismiss: () => void }): ReactElement {
  const t = useWords()
  return (
    <button type="button" className={styles.dismiss} aria-label={t('notice.dismiss')} onClick={dismiss}>
      <span aria-hidden="true">×</span>
    </button>
  )
}
