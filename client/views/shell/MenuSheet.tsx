import type { ReactElement, RefObject } from 'react'
import { Menu, MenuItem } from 'react-aria-components/Menu'
import { Popover } from 'react-aria-components/Popover'
import { tag } from '../../i18n/i18n.ts'
import type { MenuEntry } from './MenuButton.tsx'
import styles from './MenuSheet.module.css'
import { useLanguage, useWords } from './shell.ts'

interface MenuSheetProps {
  trigger: RefObject<HTMLButtonElement | null>
  label?: string | undefined
  entries: readonly MenuEntry[]
  placement: 'bottom start' | 'bottom end'
  close: () => void
}

export function MenuSheet({ trigger, label, entries, placement, close }: MenuSheetProps): ReactElement {
  const t = useWords()
  const language = useLanguage()
  const name = label ?? trigger.current?.textContent ?? t('header.menu')
  return (
    <Popover
      triggerRef={trigger}
      isOpen
      onOpenChange={(open) => !open && close()}
      placement={placement}
      offset={4}
      className={styles.sheet ?? ''}
      aria-label={name}
    >
      <Menu
        aria-label={name}
        autoFocus="first"
        className={styles.menu ?? ''}
        lang={tag[language]}
        onClose={close}
        disabledKeys={entries.filter((one) => one.disabled).map((one) => one.id)}
        onAction={(key) => {
          close()
          // Waits until the menu has restored the focus, so that a dialog opened here can restore it again.
          requestAnimationFrame(() => entries.find((one) => one.id === key)?.run?.())
        }}
      >
        {entries.map(({ id, label: text, keys, apart }) => (
          <MenuItem key={id} id={id} textValue={text} className={`${styles.item} ${apart ? styles.apart : ''}`}>
            <span>{text}</span>
            {keys && <kbd className={styles.keys}>{keys}</kbd>}
          </MenuItem>
        ))}
      </Menu>
    </Popover>
  )
}
