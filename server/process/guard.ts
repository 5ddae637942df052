import type { EventEmitter } from 'node:events'

/**
 * Callbacks that the event loop calls: timers, listeners, and promises that nobody awaits. An error thrown there ends
 * the process, so the server creates them only here, each with a handler for its errors.
 */

/** Receives an error that no caller can catch. */
export type Report = (error: unknown) => void

/** Wraps `work` so that it neither throws nor rejects; `failed` gets the error. */
export function guarded<A extends readonly unknown[]>(
  work: (...args: A) => unknown,
  failed: Report,
): (...args: A) => void {
  return (...args) => {
    try {
      const result = work(...args)
      if (result instanceof Promise) result.catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}

export function after(wait: number, work: () => unknown, failed: Report): NodeJS.Timeout {
  return setTimeout(guarded(work, failed), wait)
}

export function every(pause: number, work: () => unknown, failed: Report): NodeJS.Timeout {
  return setInterval(guarded(work, failed), pause)
}

/** Runs `work` after all events that arrived together. */
export function soon(work: () => unknown, failed: Report): void {
  setImmediate(guarded(work, failed))
}

export function listen<A extends readonly unknown[]>(
  emitter: EventEmitter,
  event: string,
  listener: (...args: A) => unknown,
  failed: Report,
): void {
  emitter.on(event, guarded(listener, failed))
}

/** For emitters that report their end in another way. An 'error' without a listener would be thrown. */
export function ignoreErrors(emitter: EventEmitter): void {
  emitter.on('error', ignore)
}
const ignore = () => {}

/** Lets a promise run without awaiting it. */
export function alone(promise: Promise<unknown>, failed: Report): void {
  promise.catch(failed)
}
