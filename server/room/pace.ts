/** How much may come: a steady rate each second, and how much at once after a quiet time. */
export interface Allowance {
  readonly perSecond: number
  readonly burst: number
}

export interface Pace {
  /** Whether this much may still come at this time, ms of a clock that nobody sets. */
  take(amount: number, time: number): boolean
}

export function createPace({ perSecond, burst }: Allowance, time: number): Pace {
  let left = burst
  let at = time
  return {
    take(amount, now) {
      left = Math.min(burst, left + ((now - at) * perSecond) / 1000)
      at = now
      if (left < amount) return false
      left -= amount
      return true
    },
  }
}
