import type { KeyboardEvent } from 'react'

/** Escape leaves the innermost thing that it can leave, and no dialog around it. */
export function onEscape(leave: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.key !== 'Escape' || event.nativeEvent.isComposing) return
    event.stopPropagation()
    leave()
  }
}
