import { type ReactElement, type ReactNode, useEffect, useRef } from 'react'
import { Choosers } from './Choosers.tsx'
import { Link } from './Link.tsx'
import styles from './Page.module.css'
import { useWords } from './shell.ts'
import { UpdateSpot } from './UpdateSpot.tsx'

interface PageProps {
  title: string
  children: ReactNode
  /** It takes the place of what somebody was at: its heading is what they hear next. */
  interrupts?: boolean
}

/** A page outside a meeting: the name of the product, one heading, and its content. */
export function Page({ title, children, interrupts = false }: PageProps): ReactElement {
  const t = useWords()
  const product = t('name.both')
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · ${product}`
  }, [title, product])
  useEffect(() => {
    if (interrupts) heading.current?.focus()
  }, [interrupts])
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <Link to={{ type: 'home' }} className={styles.name}>
          {product}
        </Link>
        <Choosers />
      </header>
      <UpdateSpot />
      <main className={styles.main}>
        <h1 ref={heading} tabIndex={-1} className={styles.title}>
          {title}
        </h1>
        {children}
      </main>
    </div>
  )
}
