/** Milliseconds until a page that was asked for has come. */
const patience = 5000

/** Focuses what was opened as soon as it is there, unless somebody does something else meanwhile. */
export function focusFound(id: string): void {
  const until = performance.now() + patience
  const gone = new AbortController()
  for (const does of ['keydown', 'pointerdown']) {
    window.addEventListener(does, () => gone.abort(), { signal: gone.signal, capture: true })
  }
  function look() {
    if (gone.signal.aborted) return
    const found = document.querySelector<HTMLElement>(`[data-found="${CSS.escape(id)}"]`)
    if (found) {
      found.scrollIntoView({ block: 'nearest' })
      found.focus({ preventScroll: true })
    }
    if (found || performance.now() > until) gone.abort()
    else requestAnimationFrame(look)
  }
  look()
}
