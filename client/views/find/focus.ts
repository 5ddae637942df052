/** Milliseconds until a page that was asked for has come. */
const patience = 5000

/** Focuses what was opened as soon as it is there, unless somebody has gone elsewhere meanwhile. */
export function focusFound(id: string): void {
  const from = document.activeElement
  const until = performance.now() + patience
  function look() {
    const { activeElement } = document
    if (activeElement !== from && activeElement !== null && activeElement !== document.body) return
    const found = document.querySelector<HTMLElement>(`[data-found="${CSS.escape(id)}"]`)
    if (found) {
      found.scrollIntoView({ block: 'nearest' })
      found.focus({ preventScroll: true })
    } else if (performance.now() < until) requestAnimationFrame(look)
  }
  look()
}
