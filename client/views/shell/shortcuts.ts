import { useEffect } from 'react'
import { useWorkspace } from './shell.ts'

/** Keys that work anywhere on the page outside a text: undo, redo, and the list of keys. */
export function useShortcuts(help: () => void): void {
  const workspace = useWorkspace()
  useEffect(() => {
    function press(event: KeyboardEvent) {
      if (event.defaultPrevented || event.isComposing || writesText(event.target)) return
      const mod = event.ctrlKey || event.metaKey
      const key = event.key.toLowerCase()
      if (mod && !event.altKey && key === 'z') {
        event.preventDefault()
        if (event.shiftKey) workspace.redo()
        else workspace.undo()
      } else if (mod && !event.altKey && !event.shiftKey && key === 'y') {
        event.preventDefault()
        workspace.redo()
      } else if (!mod && !event.altKey && (event.key === '?' || event.key === '？')) {
        event.preventDefault()
        help()
      }
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [workspace, help])
}

/** Where typing enters text, the keys belong to the text. */
export function writesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit'].includes(target.type)
}
