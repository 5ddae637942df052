/** What a browser reports of the network and of the page's visibility. */
export interface Signals {
  /** The browser says that the network is back. */
  readonly online: () => void
  readonly offline: () => void
  readonly shown: () => void
  /** The page is hidden, and may be closed without another event. */
  readonly hidden: () => void
  /** Comes at intervals. `slept`: the clock was set, or the machine has slept, which `steady` may not have noticed. */
  readonly tick: (slept: boolean) => void
}

export interface SignalsOptions {
  readonly now: () => number
  /** Monotonic, ms. */
  readonly steady: () => number
  /** Between two ticks, and how far the clocks may drift apart in between; ms. */
  readonly pause: number
  readonly drift: number
}

/** Listens until the returned function is called. */
export function openSignals(signals: Signals, { now, steady, pause, drift }: SignalsOptions): () => void {
  const { online, offline, hidden } = signals
  const look = () => (globalThis.document.visibilityState === 'visible' ? signals.shown() : hidden())
  let difference = now() - steady()
  const ticking = setInterval(() => {
    const set = now() - steady() - difference
    difference += set
    signals.tick(Math.abs(set) > drift)
  }, pause)
  globalThis.addEventListener('pagehide', hidden)
  globalThis.addEventListener('online', online)
  globalThis.addEventListener('offline', offline)
  globalThis.document.addEventListener('visibilitychange', look)
  return () => {
    clearInterval(ticking)
    globalThis.removeEventListener('pagehide', hidden)
    globalThis.removeEventListener('online', online)
    globalThis.removeEventListener('offline', offline)
    globalThis.document.removeEventListener('visibilitychange', look)
  }
}
