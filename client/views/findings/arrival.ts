/** Milliseconds for which a page may take to show what was asked for. */
const patience = 5000

/** Brings what `selector` finds into view and gives it the focus, as soon as the page shows it. */
export function arriveAt(selector: string): void {
  function arrive(): boolean {
    const found = document.querySelector<HTMLElement>(selector)
    if (found === null) return false
    // Headings take no focus by themselves.
    if (found.tabIndex < 0) found.tabIndex = -1
    // A page scrolls to its top when it opens; this comes after that.
    requestAnimationFrame(() => {
      found.focus()
      found.scrollIntoView({ block: 'center' })
    })
    return true
  }
  if (arrive()) return
  const observer = new MutationObserver(() => arrive() && observer.disconnect())
  observer.observe(document.body, { childList: true, subtree: true, attributes: true })
  setTimeout(() => observer.disconnect(), patience)
}
