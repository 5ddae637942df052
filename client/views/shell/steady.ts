import { useEffect, useRef, useState } from 'react'

/** `value`, but changing at most once in `every` ms: the first change at once, then the latest. */
export function useSteady<T>(value: T, every: number): T {
  const [steady, setSteady] = useState(value)
  const changed = useRef(Number.NEGATIVE_INFINITY)
  useEffect(() => {
    const timer = setTimeout(
      () => {
        changed.current = performance.now()
        setSteady(() => value)
      },
      Math.max(0, changed.current + every - performance.now()),
    )
    return () => clearTimeout(timer)
  }, [value, every])
  return steady
}

/** Whoever waits longer than this, in ms, wants to know that something is going on; before, a sign would only flicker. */
const patience = 500

/** True once `busy` has lasted. */
export function useTaking(busy: boolean): boolean {
  const [long, setLong] = useState(false)
  useEffect(() => {
    if (!busy) return
    const timer = setTimeout(() => setLong(true), patience)
    return () => {
      clearTimeout(timer)
      setLong(false)
    }
  }, [busy])
  return busy && long
}
