import { after, guarded, type Report } from '../process/guard.ts'

/**
 * Runs work on heavy documents, of all rooms, one piece at a time. After each piece the thread is left to others for
 * several times as long as it took.
 */
export interface Turns {
  take(work: () => void): void
  close(): void
}

const leave = 5
/** ms */
const longestRest = 2000

export function createTurns(report: Report): Turns {
  let queue: (() => void)[] = []
  let timer: NodeJS.Timeout | null = null

  const next = () => {
    timer = null
    const work = queue.shift()
    if (work === undefined) return
    const began = performance.now()
    guarded(work, report)()
    timer = after(Math.min((performance.now() - began) * leave, longestRest), next, report).unref()
  }

  return {
    take(work) {
      queue.push(work)
      if (timer === null) next()
    },
    close() {
      if (timer !== null) clearTimeout(timer)
      queue = []
    },
  }
}
