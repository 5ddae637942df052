import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit'

/** Beyond this many keys, the least recently used starts again from zero. */
const mostKeys = 5000

/**
 * Counts requests for @fastify/rate-limit by a monotonic clock. Its own store uses the system clock: if that is set
 * back an hour, everybody's minute lasts an hour, and whoever has used it up is locked out until then.
 */
export function requestCounts(steady: () => number): FastifyRateLimitStoreCtor {
  // `new` on a constructor that returns an object gives that object.
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
    // A route with its own limit counts separately.
    child: () => createCounts(steady),
  }
}
