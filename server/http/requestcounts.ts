import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit'

/** Whoever asked longest ago begins anew when there are more. */
const mostKeys = 5000

/**
 * Counts requests for @fastify/rate-limit by a clock that nobody sets. Its own store goes by the machine's: where that is set
 * back by an hour, everybody's minute lasts an hour, and whoever has used it up is locked out until then.
 */
export function requestCounts(steady: () => number): FastifyRateLimitStoreCtor {
  // A constructor that returns an object gives that object.
  function Counts() {
    return createCounts(steady)
  }
  return Counts as unknown as FastifyRateLimitStoreCtor
}

function createCounts(steady: () => number): FastifyRateLimitStore {
  const windows = new Map<string, { readonly began: number; current: number }>()
  return {
    incr(key, told, length) {
      const now = steady()
      const known = windows.get(key)
      const window = known !== undefined && now - known.began < length ? known : { began: now, current: 0 }
      window.current += 1
      windows.delete(key)
      windows.set(key, window)
      for (const oldest of windows.keys()) {
        if (windows.size <= mostKeys) break
        windows.delete(oldest)
      }
      told(null, { current: window.current, ttl: window.began + length - now })
    },
    // A route with a limit of its own counts by itself.
    child: () => createCounts(steady),
  }
}
