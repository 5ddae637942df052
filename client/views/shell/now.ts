import { useSyncExternalStore } from 'react'

/** The current minute, for clocks. All subscribers share one timer, which sleeps until the minute turns. */
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setTimeout> | undefined
let minute = wholeMinute()

export function useMinute(): number {
  return useSyncExternalStore(subscribe, () => minute)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  if (listeners.size === 1) {
    minute = wholeMinute()
    wait()
  }
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) clearTimeout(timer)
  }
}

function wait() {
  timer = setTimeout(
    () => {
      minute = wholeMinute()
      for (const listener of listeners) listener()
      wait()
    },
    60_000 - (Date.now() % 60_000) + 20,
  )
}

function wholeMinute(): number {
  return Date.now() - (Date.now() % 60_000)
}
