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

export function openLooking(window: Window, now = Date.now, steady = () => performance.now()): Looking {
  const { document } = window
  const listeners = new Set<(visible: boolean) => void>()
  /** By both clocks: one may be set back, and the other stand still while the machine sleeps. */
  let last = [now(), steady()] as const
  const visible = () => document.visibilityState === 'visible'
  const sign = () => {
    last = [now(), steady()]
  }
  const change = () => {
    if (visible()) sign()
    for (const listener of [...listeners]) listener(visible())
  }
  for (const name of signs) window.addEventListener(name, sign, { passive: true, capture: true })
  document.addEventListener('visibilitychange', change)
  return {
    now: () => visible() && Math.max(now() - last[0], steady() - last[1]) < patience,
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
