import type { ReactElement, ReactNode } from 'react'
import styles from './Part.module.css'
import sheet from './Sheet.module.css'

/** A section of the saving sheet, with a heading. */
export function Part({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <section className={`${sheet.part} ${styles.part}`}>
      <h3>{title}</h3>
      {children}
    </section>
  )
}
