import type { StateVector } from '../../shared/wire/frame.ts'
import { after, type Report } from '../process/guard.ts'

/**
 * Caches sync answers until the document changes. After a restart a whole meeting reconnects with the same state
 * vector, and in the morning everybody comes with none.
 */
export interface Answers {
  /** The answer to `vector`. `make` is called if it is not cached. */
  to(vector: StateVector, make: () => Uint8Array): Uint8Array
  has(vector: StateVector): boolean
  forget(): void
}

/** How long answers are kept, ms, how many, and their bytes together. A single answer may be larger. */
const lifetime = 2000
const most = 64
const mostBytes = 4 * 2 ** 20

export function createAnswers(failed: Report): Answers {
  const answers = new Map<string, Uint8Array>()
  let bytes = 0
  let timer: NodeJS.Timeout | null = null

  const forget = () => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    bytes = 0
    answers.clear()
  }
  return {
    to(vector, make) {
      const key = keyOf(vector)
      const known = answers.get(key)
      if (known !== undefined) return known
      const answer = make()
      if (answers.size === most || (answers.size > 0 && bytes + answer.length > mostBytes)) forget()
      answers.set(key, answer)
      bytes += answer.length
      timer ??= after(lifetime, forget, failed).unref()
      return answer
    },
    has: (vector) => answers.has(keyOf(vector)),
    forget,
  }
}

function keyOf(vector: StateVector): string {
  return [...vector]
    .sort(([a], [b]) => a - b)
    .flat()
    .join()
}
