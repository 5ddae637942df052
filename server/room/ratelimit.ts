/** A rate limit: a steady rate each second, and the burst allowed after a quiet time. */
export interface Allowance {
  readonly perSecond: number
  readonly burst: number
}

export interface RateLimit {
  /** Takes `amount` at this time, ms of a monotonic clock. False, and nothing is taken, when too little is left. */
  take(amount: number, time: number): boolean
}

export function createRateLimit({ perSecond, burst }: Allowance, time: number): RateLimit {
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
