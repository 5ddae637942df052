import { useEffect } from 'react'
import { useWorkspace } from './shell.ts'

export const apple: boolean = /Mac|iPhone|iPad/.test(navigator.userAgent)

/** Keys that work anywhere on the page: Find in a text too; undo, redo and the list of keys outside of texts. */
export function useShortcuts(show: (dialog: 'find' | 'keyboard') => void): void {
  const workspace = useWorkspace()
  useEffect(() => {
    function press(event: KeyboardEvent) {
      if (event.defaultPrevented || event.isComposing) return
      const key = event.key.toLowerCase()
      // Ctrl+K cuts to the end of the line in the texts of a Mac.
      if ((apple ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey && key === 'k') {
        event.preventDefault()
        show('find')
        return
      }
      if (writesText(event.target)) return
      const mod = event.ctrlKey || event.metaKey
      if (mod && !event.altKey && key === 'z') {
        event.preventDefault()
        if (event.shiftKey) workspace.redo()
        else workspace.undo()
      } else if (mod && !event.altKey && !event.shiftKey && key === 'y') {
        event.preventDefault()
        workspace.redo()
      } else if (!mod && !event.altKey && (event.key === '?' || event.key === '？')) {
        event.preventDefault()
        show('keyboard')
      }
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [workspace, show])
}

/** Where typing enters text, the keys belong to the text. */
export function writesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit'].includes(target.type)
}
