import { createHash } from 'node:crypto'
import type { Print } from './job.ts'
import type { Press } from './press.ts'

/** Copies that are kept, and bytes of them: a page asks for a copy to see that it can be had, and then to keep it. */
const most = 16
const mostBytes = 32 * 2 ** 20

/** A press that has the copies made last at hand. What is asked for twice at once is made once. */
export function openRecent(press: Pick<Press, 'print'>): {
  take(job: Omit<Print, 'type'>, whose?: string): Promise<Uint8Array>
} {
  const kept = new Map<string, Promise<Uint8Array>>()
  const sizes = new Map<string, number>()

  function drop(key: string) {
    kept.delete(key)
    sizes.delete(key)
  }
  function makeRoom() {
    let bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0)
    for (const key of kept.keys()) {
      if (kept.size <= most && bytes <= mostBytes) return
      bytes -= sizes.get(key) ?? 0
      drop(key)
    }
  }

  return {
    take(job, whose) {
      const key = createHash('sha256').update(JSON.stringify(job)).digest('base64')
      const known = kept.get(key)
      if (known !== undefined) return known
      const made = press.print(job, whose).then(({ bytes }) => bytes)
      kept.set(key, made)
      made.then(
        (bytes) => {
          if (kept.get(key) !== made) return
          sizes.set(key, bytes.byteLength)
          makeRoom()
        },
        () => drop(key),
      )
      return made
    },
  }
}
