import { type ReactElement, type ReactNode, Suspense, useRef, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { MenuSheet } from './lazy.ts'

/** One entry of a menu. Entries that would not work are disabled, so that all keep their place. */
export interface MenuEntry {
  readonly id: string
  readonly label: string
  readonly keys?: string
  readonly disabled?: boolean
  readonly run?: () => void
  /** With a separator before it. */
  readonly apart?: boolean
}

interface MenuButtonProps {
  children: ReactNode
  label?: string
  className?: string | undefined
  /** Called when the menu opens, so that a closed menu costs nothing. */
  entries: () => readonly MenuEntry[]
  placement?: 'bottom start' | 'bottom end'
}

/** A button that opens a menu. The menu's code loads when first opened. */
export function MenuButton({
  children,
  label,
  className,
  entries,
  placement = 'bottom end',
}: MenuButtonProps): ReactElement {
  const button = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button
        ref={button}
        className={className ?? ''}
        {...(label === undefined ? {} : { 'aria-label': label })}
        aria-haspopup="menu"
        aria-expanded={open}
        onPress={() => setOpen(true)}
      >
        {children}
      </Button>
      {open && (
        <Suspense fallback={null}>
          <MenuSheet
            trigger={button}
            label={label}
            entries={entries()}
            placement={placement}
            close={() => setOpen(false)}
          />
        </Suspense>
      )}
    </>
  )
}
