import type { ReactElement } from 'react'
import styles from './Outline.module.css'

/** The mark of a menu: three dots, named for those who do not see them. */
export function Dots(): ReactElement {
  return (
    <span className={styles.dotsMark} aria-hidden="true">
      ⋯
    </span>
  )
}
