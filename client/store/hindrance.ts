import type { Connection } from '../sync/connection.ts'
import type { Device } from '../sync/device/status.ts'
import type { Desk } from './desk.ts'

/** What stands against a reload, as a reason to be told. */
export type Hindrance = 'offline' | 'offlineUnstored' | 'unsaved'

/** Outside of a meeting nothing is typed that could be lost. */
export function hindranceOf(desk: Desk | null): Hindrance | null {
  if (!desk) return navigator.onLine ? null : 'offline'
  const { connection, device } = desk.store.getState()
  return hindranceTo(connection, device)
}

/** Never offline, where the page might not come back, and never with changes that only this tab may hold. */
export function hindranceTo(connection: Connection, device: Device): Hindrance | null {
  const stored = device.status === 'stored'
  switch (connection.status) {
    case 'offline':
      return stored ? 'offline' : 'offlineUnstored'
    case 'catching-up':
    case 'live':
      return connection.unsaved === 0 ? null : 'unsaved'
    // The server takes nothing from this version any more; what is stored here enters with the next.
    case 'refused':
    case 'older':
      return connection.unsaved === 0 || stored ? null : 'unsaved'
  }
}
