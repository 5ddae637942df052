/** Whether this device keeps a copy. `failing` is shown to the person: what is typed may be only in this tab. */
export type Device =
  | { readonly status: 'opening' }
  /** Every edit made here is written. `unread`: part of the copy cannot be read, and may hold unsaved edits. */
  | { readonly status: 'stored'; readonly unread?: true }
  /** Some edits are still being written. */
  | { readonly status: 'storing'; readonly unread?: true }
  | Failing

export interface Failing {
  readonly status: 'failing'
  readonly cause: DeviceFailure
  /** In the browser's words. */
  readonly reason: string
  /** There is an earlier copy that was not read, and may hold unsaved edits. */
  readonly unread: boolean
}

/** Why a device keeps no copy: no room left, not allowed by the browser, no answer from it, or anything else. */
export type DeviceFailure = 'full' | 'forbidden' | 'slow' | 'failed'

/** Whether there may be edits on this device that are not counted. */
export function isUnread(device: Device): boolean {
  return device.status !== 'opening' && device.unread === true
}

export function isSameDevice(a: Device, b: Device): boolean {
  if (a.status !== b.status || isUnread(a) !== isUnread(b)) return false
  return a.status !== 'failing' || b.status !== 'failing' || (a.cause === b.cause && a.reason === b.reason)
}

/** Classifies an `error` of the database; `opening`: it came while the database was being opened. */
export function failing(error: unknown, opening: boolean, unread: boolean): Failing {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const cause = causeOf(error, opening)
  return { status: 'failing', cause, reason, unread: unread && cause !== 'forbidden' }
}

function causeOf(error: unknown, opening: boolean): DeviceFailure {
  switch (error instanceof Error ? error.name : '') {
    case 'QuotaExceededError':
      return 'full'
    case 'SecurityError':
      return 'forbidden'
    // The browser has no database at all.
    case 'ReferenceError':
    // On opening, the browser forbids storage; later, the connection was lost.
    case 'InvalidStateError':
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
