/** How much may come: a steady rate each second, and how much at once after a quiet time. */
export interface Allowance {
  readonly perSecond: number
  readonly burst: number
}

export interface Pace {
  /** Whether this much may still come now. */
  take(amount: number): boolean
}

export function createPace({ perSecond, burst }: Allowance, now: () => number): Pace {
  let left = burst
  let at = now()
  return {
    take(amount) {
      const time = now()
      left = Math.min(burst, left + ((time - at) * perSecond) / 1000)
      at = time
      if (left < amount) return false
      left -= amount
      return true
    },
  }
}
