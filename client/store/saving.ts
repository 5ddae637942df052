import { type Connection, isOver, rebuilt } from '../sync/connection.ts'
import { type Device, isUnread } from '../sync/device/status.ts'

/** Where changes are that no echo from the server's disk has covered. `unsure`: they are being written, and nothing is claimed. */
export type Kept = 'device' | 'tab' | 'unsure'

/**
 * What lies on this device from before, of this meeting: from before the agenda was rebuilt, or of an earlier invitation.
 * `unread`: there is some that cannot be read.
 */
export type Earlier =
  | { readonly status: 'counting' }
  | { readonly status: 'counted'; readonly changes: number; readonly unread: boolean }

/** There is nothing from before that the server lacks. */
export const nothingEarlier: Earlier = { status: 'counted', changes: 0, unread: false }

/** The one honest word on saving. `changes` counts what the server may not have; with `unread`, there may be more of it. */
export type Saving =
  /** `copy`: this device has the agenda. Whether it opens it without a network is for the app to say. */
  | { readonly status: 'saved'; readonly at: number | null; readonly copy: boolean }
  /** What is open here is saved, and beside it lies what the server lacks from before. */
  | { readonly status: 'earlier'; readonly at: number | null; readonly changes: number }
  /** Everything that was written in this tab is saved, but the copy from before may hold more, and cannot be read. */
  | { readonly status: 'unread' }
  | { readonly status: 'saving'; readonly changes: number; readonly kept: Kept }
  | {
      readonly status: 'offline'
      readonly since: number
      readonly changes: number
      readonly kept: Kept
      readonly unread: boolean
    }
  | { readonly status: 'catching-up'; readonly changes: number; readonly kept: Kept }
  | { readonly status: 'older'; readonly changes: number; readonly kept: Kept; readonly unread: boolean }
  | {
      readonly status: 'refused'
      readonly reason: RefusedReason
      readonly changes: number
      readonly kept: Kept
      readonly unread: boolean
    }

export type RefusedReason = 'forbidden' | 'signed-out' | 'gone' | 'too-large' | 'too-much' | 'rebuilt' | 'trouble'

/** What one document has to say of saving. */
export interface Part {
  readonly connection: Connection
  readonly device: Device
}

/**
 * What is true of all documents that a page holds open, the agenda first: the word on saving is one for all of them. It is that
 * of whichever is furthest from being saved. A document that this person may not read any more, and that had everything saved,
 * says nothing.
 */
export function together(parts: readonly [Part, ...Part[]]): Part {
  const [{ connection: first, device: own }, ...beside] = parts
  const open = beside.filter(({ connection }) => connection.unsaved > 0 || !isOver(connection))
  const connection = open.reduce((worst, part) => worse(worst, part.connection), first)
  const unsaved = parts.reduce((sum, part) => sum + part.connection.unsaved, 0)
  const devices = open.map((part) => part.device)
  const device = devices.reduce((worst, one) => (ranks[one.status] > ranks[worst.status] ? one : worst), own)
  const unread = device.status !== 'opening' && [own, ...devices].some(isUnread)
  return { connection: { ...connection, unsaved }, device: unread ? { ...device, unread } : device }
}

function worse(one: Connection, other: Connection): Connection {
  if (ranks[one.status] !== ranks[other.status]) return ranks[one.status] > ranks[other.status] ? one : other
  // Since when nothing has come, and when all of it was last saved.
  if (one.status === 'offline' && other.status === 'offline') return one.since <= other.since ? one : other
  return one.status === 'live' && other.status === 'live' && (other.committedAt ?? 0) > (one.committedAt ?? 0)
    ? other
    : one
}

/** How far from saved. */
const ranks: Readonly<Record<Connection['status'] | Device['status'], number>> = {
  ...{ live: 0, 'catching-up': 1, offline: 2, older: 3, refused: 4 },
  ...{ stored: 0, storing: 1, opening: 2, failing: 3 },
}

/** What the server has is its echo's word; what this device has is the device's. Neither is guessed from the other. */
export function savingOf(connection: Connection, device: Device, earlier: Earlier = nothingEarlier): Saving {
  const changes = connection.unsaved
  const kept = keptBy(device)
  const unread = isUnread(device)
  switch (connection.status) {
    case 'live':
      if (changes > 0) return { status: 'saving', changes, kept }
      // What the device holds is not known yet.
      if (device.status === 'opening' || earlier.status === 'counting') return { status: 'catching-up', changes, kept }
      if (earlier.changes > 0) return { status: 'earlier', at: connection.committedAt, changes: earlier.changes }
      if (unread || earlier.unread) return { status: 'unread' }
      return { status: 'saved', at: connection.committedAt, copy: kept !== 'tab' }
    case 'offline':
      return { status: 'offline', since: connection.since, changes, kept, unread }
    case 'catching-up':
      return { status: 'catching-up', changes, kept }
    case 'older':
      return { status: 'older', changes, kept, unread }
    case 'refused':
      return { status: 'refused', reason: reasonOf(connection.code), changes, kept, unread }
  }
}

function keptBy(device: Device): Kept {
  switch (device.status) {
    case 'stored':
      return 'device'
    case 'opening':
    case 'storing':
      return 'unsure'
    case 'failing':
      return 'tab'
  }
}

export function reasonOf(code: number): RefusedReason {
  switch (code) {
    case 4401:
      return 'signed-out'
    case 4403:
      return 'forbidden'
    case 4404:
      return 'gone'
    case rebuilt:
      return 'rebuilt'
    case 4413:
      return 'too-large'
    case 4429:
      return 'too-much'
    default:
      return 'trouble'
  }
}
