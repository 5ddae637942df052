import type { ReactElement } from 'react'
import type { Side } from '../../../shared/domain/agenda.ts'
import styles from './Side.module.css'
import { useWords } from './shell.ts'

/** The side of somebody: a shape, a label and a hue, so that no single one has to tell them apart. */
export function SideMark({ side, bare = false }: { side: Side | 'other' | null; bare?: boolean }): ReactElement | null {
  const t = useWords()
  if (side === null) return bare ? <Shape side="other" /> : null
  return (
    <span className={styles.mark} data-side={side}>
      <Shape side={side} />
      {bare ? <span className="visually-hidden">{t(`side.${side}`)}</span> : t(`side.${side}`)}
    </span>
  )
}

function Shape({ side }: { side: Side | 'other' }) {
  return <span className={styles.shape} data-side={side} aria-hidden="true" />
}
