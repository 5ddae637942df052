import type { MouseEvent, ReactElement, ReactNode } from 'react'
import { pathOf, type Route } from '../../store/route.ts'
import { useShell } from './shell.ts'

interface LinkProps {
  to: Route
  children: ReactNode
  className?: string | undefined
  current?: boolean
  /** What it is called where the words in it do not say enough. */
  label?: string
  onGo?: () => void
}

/** A real address that the page goes to by itself; new tabs and windows stay the browser's business. */
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
