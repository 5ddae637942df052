import type { MouseEvent, ReactElement, ReactNode } from 'react'
import { pathOf, type Route } from '../../store/route.ts'
import { useShell } from './shell.ts'

interface LinkProps {
  to: Route
  children: ReactNode
  className?: string | undefined
  current?: boolean
  /** An accessible name, where its text does not say enough. */
  label?: string
  onGo?: () => void
}

/** A link with a real address that the page follows itself; new tabs and windows are left to the browser. */
export function Link({ to, children, className, current = false, label, onGo }: LinkProps): ReactElement {
  const { router } = useShell()
  function go(event: MouseEvent) {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    router.go(to)
    onGo?.()
  }
  return (
    <a
      href={pathOf(to)}
      className={className}
      aria-label={label}
      aria-current={current ? 'page' : undefined}
      onClick={go}
    >
      {children}
    </a>
  )
}
