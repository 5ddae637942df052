import { every, type Report } from '../process/guard.ts'

/** A body brings at least so many bytes in each window, ms, until it is whole: 6 kB a second. */
const window = 10_000
const leastBytes = 64 * 2 ** 10

/** Calls `stalled` once when `read`, a number of bytes that only grows, does not keep that pace. Returns how to stop. */
export function keepPace(read: () => number, stalled: () => void, report: Report): () => void {
  let before = read()
  const look = () => {
    const now = read()
    const isSlow = now - before < leastBytes
    before = now
    if (!isSlow) return
    clearInterval(timer)
    stalled()
  }
  const timer = every(window, look, report).unref()
  return () => clearInterval(timer)
}
