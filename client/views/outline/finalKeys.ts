import { useEffect } from 'react'
import { mayOpen } from '../../store/meeting.ts'
import { useDesk } from '../shell/shell.ts'
import { writesText } from '../shell/shortcuts.ts'

/**
 * While the agenda is final, whoever tries to write in it is offered a new version: typing where a text is, pressing into
 * it, and the keys that edit the outline. Keys of the browser and of readers stay theirs.
 */
export function useFinalKeys(): void {
  const desk = useDesk()
  useEffect(() => {
    const offer = () => {
      if (mayOpen(desk.store.getState())) desk.tell({ type: 'final' })
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
      // One character is what typing is; Delete and Backspace take away, in a row or in a text.
      const types = [...event.key].length === 1
      if (types || event.key === 'Delete' || event.key === 'Backspace') offer()
    }
    function click(event: MouseEvent) {
      if (!(event.target instanceof Element) || event.target.closest('a, button, summary')) return
      // Marking words to copy them is reading.
      if (window.getSelection()?.isCollapsed === false) return
      if (event.target.closest('[data-text]')) offer()
    }
    window.addEventListener('keydown', press)
    window.addEventListener('click', click)
    return () => {
      window.removeEventListener('keydown', press)
      window.removeEventListener('click', click)
    }
  }, [desk])
}
