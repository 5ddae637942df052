import { noAnswer } from './status.ts'

/** Calls `work` once after so many milliseconds, unless the returned function is called before. */
export type Timer = (milliseconds: number, work: () => void) => () => void

export const browserTimer: Timer = (milliseconds, work) => {
  const timer = setTimeout(work, milliseconds)
  return () => clearTimeout(timer)
}

/** Rejects when `work` has not settled after so many milliseconds. */
export function inTime<T>(work: Promise<T>, milliseconds: number, timer: Timer): Promise<T> {
  let stop = () => {}
  const late = new Promise<never>((_resolve, reject) => {
    stop = timer(milliseconds, () => reject(noAnswer()))
  })
  return Promise.race([work, late]).finally(() => stop())
}
