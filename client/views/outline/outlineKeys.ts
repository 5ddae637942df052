import { type RefObject, useEffect } from 'react'
import type { ItemId } from '../../../shared/domain/agenda.ts'
import { addItemAfter, concerned, deleteItems, duplicateItems, stepDown, stepUp } from '../../store/actions.ts'
import { mayEdit } from '../../store/meeting.ts'
import { enterText } from '../item/leaving.ts'
import { useDialogs } from '../shell/Dialogs.tsx'
import { useShell, useWorkspace } from '../shell/shell.ts'
import { keepUnderEye } from './underEye.ts'

/**
 * What the keyboard and modified clicks do in the outline beyond what each list does by itself: moving with Alt and the
 * arrows, going from one day's list to the next, deleting, adding, selecting across days.
 */
export function useOutlineKeys(frame: RefObject<HTMLElement | null>): void {
  const workspace = useWorkspace()
  const { router } = useShell()
  const { open } = useDialogs()
  useEffect(() => {
    if (!frame.current) return
    const element: HTMLElement = frame.current

    function press(event: KeyboardEvent) {
      const row = rowAt(event.target)
      if (!row || event.isComposing) return
      const id = row.dataset.item as ItemId
      const vertical = event.key === 'ArrowUp' || event.key === 'ArrowDown'
      const edits = mayEdit(workspace.store.getState())
      if (vertical && event.altKey && edits) {
        const ids = concerned(workspace, id)
        claim(event)
        return keepUnderEye(id, () => (event.key === 'ArrowUp' ? stepUp(workspace, ids) : stepDown(workspace, ids)))
      }
      if (event.target !== row || event.altKey || event.ctrlKey || event.metaKey) return
      if (vertical && !event.shiftKey) {
        const next = neighbour(element, row, event.key === 'ArrowUp' ? -1 : 1)
        if (next) {
          claim(event)
          next.focus()
        }
        return
      }
      if (!edits) return
      switch (event.key) {
        case 'Enter': {
          // Opens an item by itself; once it is open, leads into its text.
          const route = router.store.getState()
          if (route.type !== 'item' || route.item !== id) return
          claim(event)
          return enterText(id)
        }
        case 'F2':
          claim(event)
          router.go({ type: 'item', meeting: workspace.store.getState().membership.meeting, item: id })
          return enterText(id)
        case 'Delete':
        case 'Backspace': {
          claim(event)
          const heir = neighbour(element, row, 1, true) ?? neighbour(element, row, -1, true)
          if (deleteItems(workspace, concerned(workspace, id))) heir?.focus()
          return
        }
        case 'm':
        case 'M':
          claim(event)
          return open({ type: 'move', ids: concerned(workspace, id) })
        case 'd':
        case 'D':
          claim(event)
          return void duplicateItems(workspace, concerned(workspace, id))
        case 'n':
        case 'N': {
          claim(event)
          const added = addItemAfter(workspace, id)
          if (added) router.go({ type: 'item', meeting: workspace.store.getState().membership.meeting, item: added })
        }
      }
    }

    /** Control, Command or Shift with a click selects; a plain click still opens an item. */
    let anchor: ItemId | null = null
    function click(event: MouseEvent) {
      const row = rowAt(event.target)
      if (!row || !(event.ctrlKey || event.metaKey || event.shiftKey)) {
        if (row) anchor = row.dataset.item as ItemId
        return
      }
      if ((event.target as Element).closest('input, button, a[href]:not([data-item])')) return
      claim(event)
      if (event.type !== 'click' || !mayEdit(workspace.store.getState())) return
      const id = row.dataset.item as ItemId
      const chosen = new Set(workspace.store.getState().selection)
      if (event.shiftKey) {
        for (const one of between(element, anchor ?? id, id)) chosen.add(one)
      } else {
        if (!chosen.delete(id)) chosen.add(id)
        anchor = id
      }
      workspace.select(chosen)
    }

    const stages = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'] as const
    element.addEventListener('keydown', press, true)
    for (const stage of stages) element.addEventListener(stage, click, true)
    return () => {
      element.removeEventListener('keydown', press, true)
      for (const stage of stages) element.removeEventListener(stage, click, true)
    }
  }, [workspace, frame, open, router])
}

function claim(event: Event) {
  event.preventDefault()
  event.stopPropagation()
}

function rowAt(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[data-item]') : null
}

/** The row or the adding line next to `row`, where that is in another list; within a list, the list does it itself. */
function neighbour(frame: HTMLElement, row: HTMLElement, step: 1 | -1, within = false): HTMLElement | null {
  const stops = [...frame.querySelectorAll<HTMLElement>('[data-item], [data-add]')]
  const next = stops[stops.indexOf(row) + step]
  if (!next) return null
  const sameList = next.dataset.item !== undefined && next.closest('[role="grid"]') === row.closest('[role="grid"]')
  return sameList && !within ? null : next
}

function between(frame: HTMLElement, from: ItemId, to: ItemId): ItemId[] {
  const rows = [...frame.querySelectorAll<HTMLElement>('[data-item]')].map((row) => row.dataset.item as ItemId)
  const [start = 0, end = 0] = [rows.indexOf(from), rows.indexOf(to)].sort((a, b) => a - b)
  return rows.slice(Math.max(0, start), end + 1)
}
