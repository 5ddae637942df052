import { createHash } from 'node:crypto'
import type { Print } from './job.ts'
import type { RenderPool } from './pool.ts'

/** Cached copies, and their bytes. A page requests a copy to see whether it can be made, and again to save it. */
const most = 16
const mostBytes = 32 * 2 ** 20

/** A pool with a cache of recent copies. Concurrent requests for the same copy share one job. */
export function openRecent(pool: Pick<RenderPool, 'print'>): {
  take(job: Omit<Print, 'type'>, whose?: string): Promise<Uint8Array>
} {
  const results = new Map<string, Promise<Uint8Array>>()
  const sizes = new Map<string, number>()

  function drop(key: string) {
    results.delete(key)
    sizes.delete(key)
  }
  function makeRoom() {
    let bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0)
    for (const key of results.keys()) {
      if (results.size <= most && bytes <= mostBytes) return
      bytes -= sizes.get(key) ?? 0
      drop(key)
    }
  }

  return {
    take(job, whose) {
      const key = createHash('sha256').update(JSON.stringify(job)).digest('base64')
      const known = results.get(key)
      if (known !== undefined) return known
      const made = pool.print(job, whose).then(({ bytes }) => bytes)
      results.set(key, made)
      made.then(
        (bytes) => {
          if (results.get(key) !== made) return
          sizes.set(key, bytes.byteLength)
          makeRoom()
        },
        () => drop(key),
      )
      return made
    },
  }
}
