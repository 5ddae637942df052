import { useEffect, useRef, useState } from 'react'

/** `value`, but changing at most once in `every` ms: the first change immediately, then the latest. */
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

/** Milliseconds after which people want to know that something is going on; an earlier indicator would only flicker. */
const patience = 500

/** True once `busy` has lasted that long. */
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
