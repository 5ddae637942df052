/** Whether somebody is looking at the page: it is in sight, and they have been at it lately. */
export interface Looking {
  now(): boolean
  /** Hears that the page came into sight, or goes out of it. */
  subscribe(listener: (visible: boolean) => void): () => void
  close(): void
}

/** Milliseconds without a key, a pointer or a wheel after which nobody is taken to sit there. */
const patience = 5 * 60_000
const signs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'focus'] as const

export function openLooking(window: Window, now: () => number = Date.now): Looking {
  const { document } = window
  const listeners = new Set<(visible: boolean) => void>()
  let last = now()
  const visible = () => document.visibilityState === 'visible'
  const sign = () => {
    last = now()
  }
  const change = () => {
    if (visible()) sign()
    for (const listener of [...listeners]) listener(visible())
  }
  for (const name of signs) window.addEventListener(name, sign, { passive: true, capture: true })
  document.addEventListener('visibilitychange', change)
  return {
    now: () => visible() && now() - last < patience,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      for (const name of signs) window.removeEventListener(name, sign, { capture: true })
      document.removeEventListener('visibilitychange', change)
      listeners.clear()
    },
  }
}
