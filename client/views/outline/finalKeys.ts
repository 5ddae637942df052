import { useEffect } from 'react'
import { isFinal, mayWrite } from '../../store/meeting.ts'
import { useWorkspace } from '../shell/shell.ts'
import { writesText } from '../shell/shortcuts.ts'

/**
 * While the agenda is final, an attempt to edit says so, and offers organizers a new version: typing in a text, pressing into it, or
 * the keys that edit the outline. Keys of the browser and of screen readers keep working.
 */
export function useFinalKeys(): void {
  const workspace = useWorkspace()
  useEffect(() => {
    const offer = () => {
      const state = workspace.store.getState()
      if (mayWrite(state) && isFinal(state)) workspace.notify({ type: 'final' })
    }
    function press(event: KeyboardEvent) {
      if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey) return
      if (!(event.target instanceof Element) || writesText(event.target)) return
      if (event.target.closest('[role="dialog"], [role="menu"], select')) return
      const row = event.target.closest('[data-item]')
      if (event.altKey) {
        if (row && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) offer()
        return
      }
      if (event.key === '?' || event.key === '？' || event.key === ' ') return
      // Typing sends one character; Delete and Backspace remove, in a row or in a text.
      const types = [...event.key].length === 1
      if (types || event.key === 'Delete' || event.key === 'Backspace') offer()
    }
    function click(event: MouseEvent) {
      if (!(event.target instanceof Element) || event.target.closest('a, button, summary')) return
      // Selecting words to copy them is reading.
      if (window.getSelection()?.isCollapsed === false) return
      if (event.target.closest('[data-text]')) offer()
    }
    window.addEventListener('keydown', press)
    window.addEventListener('click', click)
    return () => {
      window.removeEventListener('keydown', press)
      window.removeEventListener('click', click)
    }
  }, [workspace])
}
