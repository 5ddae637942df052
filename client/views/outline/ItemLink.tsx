import type { ReactElement, ReactNode } from 'react'
import type { ItemId } from '../../../shared/domain/agenda.ts'
import { Link } from '../shell/Link.tsx'
import { useMeeting } from '../shell/shell.ts'
import styles from './ItemLink.module.css'

/** A reference to an item: a link if the agenda still has it. */
export function ItemLink({ id, children }: { id: ItemId; children: ReactNode }): ReactElement {
  const meeting = useMeeting((state) => state.membership.meeting)
  const exists = useMeeting((state) => state.items.has(id))
  if (!exists) return <span>{children}</span>
  return (
    <Link to={{ type: 'item', meeting, item: id }} className={styles.link}>
      {children}
    </Link>
  )
}
