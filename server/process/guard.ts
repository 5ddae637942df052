import type { EventEmitter } from 'node:events'

/**
 * What the event loop calls by itself: timers, listeners, promises that nobody awaits. What is thrown there ends the whole
 * process, so they are made here and nowhere else in a server, each with somebody who is told instead.
 */

/** Told of what was thrown where nobody waits for an answer. */
export type Report = (error: unknown) => void

/** `work`, but it never throws, now or later: `failed` is told. */
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

/** Once everything that has come in together has been heard. */
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

/** For what tells of its end in another way: an 'error' that nobody listens for is thrown. */
export function ignoreErrors(emitter: EventEmitter): void {
  emitter.on('error', ignore)
}
const ignore = () => {}

/** Lets a promise go on that nobody awaits. */
export function alone(promise: Promise<unknown>, failed: Report): void {
  promise.catch(failed)
}
