/** Why a device keeps no copy: no room left, not allowed by the browser, no answer from it, or anything else. */
export type DeviceTrouble = 'full' | 'forbidden' | 'slow' | 'failed'

export interface Failing {
  readonly status: 'failing'
  readonly cause: DeviceTrouble
  /** As the browser says it. */
  readonly reason: string
  /** There is a copy from before, and nobody knows what waits in it. */
  readonly unread: boolean
}

/** What `error` of the database means; `opening`: it was being opened. */
export function failing(error: unknown, opening: boolean, unread: boolean): Failing {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const cause = causeOf(error, opening)
  return { status: 'failing', cause, reason, unread: unread && cause !== 'forbidden' }
}

function causeOf(error: unknown, opening: boolean): DeviceTrouble {
  if (typeof indexedDB === 'undefined') return 'forbidden'
  switch (error instanceof Error ? error.name : '') {
    case 'QuotaExceededError':
      return 'full'
    case 'SecurityError':
      return 'forbidden'
    case 'InvalidStateError':
      // While it is open this is a connection that was lost; a browser that forbids storage says it at once.
      return opening ? 'forbidden' : 'failed'
    case 'TimeoutError':
      return 'slow'
    default:
      return 'failed'
  }
}

export function noAnswer(): DOMException {
  return new DOMException('The device does not answer', 'TimeoutError')
}
