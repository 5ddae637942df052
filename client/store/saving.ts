import type { Connection } from '../sync/connection.ts'
import type { Device } from '../sync/device.ts'

/** The one honest word on saving. `changes` are those that no echo from the server's disk has covered. */
export type Saving =
  | { readonly status: 'saved'; readonly at: number | null }
  | { readonly status: 'saving'; readonly changes: number }
  | { readonly status: 'offline'; readonly since: number; readonly changes: number }
  | { readonly status: 'catching-up' }
  | { readonly status: 'not-stored' }
  | { readonly status: 'older'; readonly changes: number }
  | { readonly status: 'refused'; readonly reason: RefusedReason; readonly changes: number }

export type RefusedReason = 'forbidden' | 'signed-out' | 'gone' | 'too-large' | 'too-much' | 'trouble'

/** The last word of the server comes first, then what can be lost in this tab, then where the changes are. */
export function savingOf(connection: Connection, device: Device): Saving {
  if (connection.status === 'refused') {
    const changes = connection.unsaved
    return { status: 'refused', reason: reasonOf(connection.code), changes }
  }
  if (connection.status === 'older') return { status: 'older', changes: connection.unsaved }
  if (device.status === 'failing') return { status: 'not-stored' }
  switch (connection.status) {
    case 'offline':
      return { status: 'offline', since: connection.since, changes: connection.unsaved }
    case 'catching-up':
      return { status: 'catching-up' }
    case 'live':
      return connection.unsaved === 0
        ? { status: 'saved', at: connection.committedAt }
        : { status: 'saving', changes: connection.unsaved }
  }
}

function reasonOf(code: number): RefusedReason {
  switch (code) {
    case 4401:
      return 'signed-out'
    case 4403:
      return 'forbidden'
    case 4404:
      return 'gone'
    case 4413:
      return 'too-large'
    case 4429:
      return 'too-much'
    default:
      return 'trouble'
  }
}
