import type { Connection } from '../sync/connection.ts'
import type { Device } from '../sync/device/status.ts'
import type { Workspace } from './workspace.ts'

/** Why the page must not reload now, as a reason to show. */
export type ReloadBlocker = 'offline' | 'offlineUnstored' | 'unsaved'

/** Outside of a meeting there are no edits to lose. */
export function reloadBlockerOf(workspace: Workspace | null): ReloadBlocker | null {
  if (!workspace) return navigator.onLine ? null : 'offline'
  const { connection, device } = workspace.store.getState()
  return reloadBlockerIn(connection, device)
}

/** Blocks a reload when offline, since the page might not come back, and with changes that only this tab may hold. */
function reloadBlockerIn(connection: Connection, device: Device): ReloadBlocker | null {
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
