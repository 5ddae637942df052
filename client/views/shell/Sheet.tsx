import { type ReactElement, type ReactNode, useEffect, useRef } from 'react'
import { Dialog } from 'react-aria-components/Dialog'
import { Modal, ModalOverlay } from 'react-aria-components/Modal'
import { tag } from '../../i18n/i18n.ts'
import controls from '../../styles/controls.module.css'
import styles from './Sheet.module.css'
import { useLanguage, useWords } from './shell.ts'

interface SheetProps {
  title: string
  close: () => void
  children: ReactNode
  wide?: boolean
  /** Wide enough for two columns. */
  broad?: boolean
}

/** A dialog over the page. Escape, a press beside it and Close all dismiss it, and typed text is kept. */
export function Sheet({ title, close, children, wide = false, broad = false }: SheetProps): ReactElement {
  const t = useWords()
  const language = useLanguage()
  const closing = useRef(close)
  closing.current = close
  useEffect(() => {
    // The focused element may be gone; then no key reaches the sheet by itself.
    function onKey({ key, target }: KeyboardEvent) {
      if (key === 'Escape' && target === document.body) closing.current()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(open) => !open && close()} className={styles.shade ?? ''}>
      <Modal className={`${styles.sheet} ${broad ? styles.broad : wide ? styles.wide : ''}`}>
        <Dialog className={styles.inside ?? ''} aria-label={title} lang={tag[language]}>
          <header className={styles.head}>
            <h2>{title}</h2>
            <button type="button" className={controls.quiet} onClick={close}>
              {t('common.close')}
            </button>
          </header>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
