import type { Connection } from '../sync/connection.ts'
import type { Device } from '../sync/device/status.ts'
import type { Desk } from './desk.ts'

/** Why the page must not reload now, as a reason to show. */
export type Hindrance = 'offline' | 'offlineUnstored' | 'unsaved'

/** Outside of a meeting there are no edits to lose. */
export function hindranceOf(desk: Desk | null): Hindrance | null {
  if (!desk) return navigator.onLine ? null : 'offline'
  const { connection, device } = desk.store.getState()
  return hindranceTo(connection, device)
}

/** Blocks a reload when offline, since the page might not come back, and with changes that only this tab may hold. */
function hindranceTo(connection: Connection, device: Device): Hindrance | null {
  const stored = device.status === 'stored'
  switch (connection.status) {
    case 'offline':
      return stored ? 'offline' : 'offlineUnstored'
    case 'catching-up':
    case 'live':
      return connection.unsaved === 0 ? null : 'unsaved'
    // The server accepts nothing more from this version; what is stored here is sent by the next.
    case 'refused':
    case 'older':
      return connection.unsaved === 0 || stored ? null : 'unsaved'
  }
}
