import type { ReactElement } from 'react'
import styles from './Outline.module.css'

/** The icon of a menu: three dots, with a name for screen readers. */
export function Dots(): ReactElement {
  return (
    <span className={styles.dotsMark} aria-hidden="true">
      ⋯
    </span>
  )
}
