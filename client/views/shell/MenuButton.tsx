import { type ReactElement, type ReactNode, Suspense, useRef, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { MenuSheet } from './lazy.ts'

/** One thing that a menu offers. What would not work is there but dim, so that things keep their place. */
export interface MenuEntry {
  readonly id: string
  readonly label: string
  readonly keys?: string
  readonly disabled?: boolean
  readonly run?: () => void
  /** A line before it. */
  readonly apart?: boolean
}

interface MenuButtonProps {
  children: ReactNode
  label?: string
  className?: string | undefined
  /** Asked when the menu opens, so that a closed menu costs nothing. */
  entries: () => readonly MenuEntry[]
  placement?: 'bottom start' | 'bottom end'
}

/** A button that opens a menu. The menu itself comes in with the first opening. */
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
