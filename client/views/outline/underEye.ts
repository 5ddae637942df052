import type { ItemId } from '../../../shared/domain/agenda.ts'

/** The row of an item in the outline, if rendered. */
export function rowOf(id: ItemId): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-item="${CSS.escape(id)}"]`)
}

/**
 * Runs `act`, which moves the row of `id`, and keeps the row in view: if it would leave the window, the outline scrolls
 * so that it stays at the same height. It also keeps the focus.
 */
export function keepUnderEye(id: ItemId, act: () => void, focus = true): void {
  const before = rowOf(id)?.getBoundingClientRect().top
  act()
  // The list renders in two passes; by the next frame the row is in its final position.
  requestAnimationFrame(() => {
    const row = rowOf(id)
    if (!row) return
    if (focus && document.activeElement !== row) row.focus({ preventScroll: true })
    const { top, bottom } = row.getBoundingClientRect()
    const scroller = row.closest<HTMLElement>('[data-scroll]')
    const scrolls = scroller !== null && scroller.scrollHeight > scroller.clientHeight
    const frame = scrolls ? scroller.getBoundingClientRect() : { top: 0, bottom: window.innerHeight }
    if (top >= frame.top && bottom <= frame.bottom) return
    const by = before === undefined || before < frame.top || before > frame.bottom ? top - frame.top - 80 : top - before
    if (scrolls) scroller.scrollTop += by
    else window.scrollBy(0, by)
  })
}
