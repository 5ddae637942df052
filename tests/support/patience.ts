import { availableParallelism, loadavg } from 'node:os'

/** Whether there is more to do here than cores to do it. */
export const busy: boolean = process.env.PARLEY_BUSY === '1' || (loadavg()[0] ?? 0) > availableParallelism()

/**
 * How long a test waits for what it expects, ms: 20 s, or 60 s where there is more to do than cores to do it. What has not
 * come by then does not come. `npm test` keeps every core busy itself, and says so.
 */
export const patience: number = busy ? 60_000 : 20_000

/**
 * `promise`, or an error that names what was waited for, `patience` after somebody begins to wait. The clock starts at
 * `await`, not here: what nobody waits for does not fail.
 */
export function soon<T>(what: string | (() => string), promise: Promise<T>): Promise<T> {
  const wait = () =>
    new Promise<T>((resolve, reject) => {
      const fail = () => {
        try {
          reject(new Error(`waited ${patience / 1000} s for ${typeof what === 'string' ? what : what()}`))
        } catch (error) {
          // Saying it reads a document, which may be what is wrong.
          reject(error)
        }
      }
      const timer = setTimeout(fail, patience)
      promise.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  return {
    [Symbol.toStringTag]: 'Promise',
    // biome-ignore lint/suspicious/noThenProperty: the clock starts when somebody waits.
    then: (fulfilled, rejected) => wait().then(fulfilled, rejected),
    catch: (rejected) => wait().catch(rejected),
    finally: (done) => wait().finally(done),
  }
}
