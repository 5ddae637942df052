import { type ReactElement, type ReactNode, useEffect } from 'react'
import { Choosers } from './Choosers.tsx'
import { Link } from './Link.tsx'
import styles from './Page.module.css'
import { useWords } from './shell.ts'
import { UpdateSpot } from './UpdateSpot.tsx'

/** A page outside a meeting: the name of the product, one heading, and its content. */
export function Page({ title, children }: { title: string; children: ReactNode }): ReactElement {
  const t = useWords()
  const product = t('name.both')
  useEffect(() => {
    document.title = `${title} · ${product}`
  }, [title, product])
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
        <h1 className={styles.title}>{title}</h1>
        {children}
      </main>
    </div>
  )
}
