/** Whether somebody is looking at the page: it is visible, and there was input lately. */
export interface Attention {
  now(): boolean
  /** Notifies when the page becomes visible or hidden. */
  subscribe(listener: (visible: boolean) => void): () => void
  close(): void
}

/** Milliseconds without input after which nobody is assumed to be there. */
const patience = 5 * 60_000
const signs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'focus'] as const

export function openAttention(window: Window, now = Date.now, steady = () => performance.now()): Attention {
  const { document } = window
  const listeners = new Set<(visible: boolean) => void>()
  /** By both clocks: the wall clock may be set back, and the monotonic one may stop while the machine sleeps. */
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
