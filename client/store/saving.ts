import { type Connection, isOver, rebuilt } from '../sync/connection.ts'
import { type Device, isUnread } from '../sync/device/status.ts'

/** Where unacknowledged changes are kept. `unsure`: they are being written, and nothing is claimed. */
export type StoredIn = 'device' | 'tab' | 'unsure'

/**
 * What this device has of this meeting from before the agenda was rebuilt, or from an earlier invitation. `unread`:
 * some of it cannot be read.
 */
export type Earlier =
  | { readonly status: 'counting' }
  | { readonly status: 'counted'; readonly changes: number; readonly unread: boolean }

/** There is nothing from before that the server lacks. */
export const nothingEarlier: Earlier = { status: 'counted', changes: 0, unread: false }

/** The saving status. `changes` counts what the server may lack; with `unread`, there may be more of it. */
export type Saving =
  /** `copy`: this device has the agenda. Whether the app itself opens without a network is another question. */
  | { readonly status: 'saved'; readonly at: number | null; readonly copy: boolean }
  /** What is open here is saved, but this device has changes from before that the server lacks. */
  | { readonly status: 'earlier'; readonly at: number | null; readonly changes: number }
  /** Everything written in this tab is saved, but an earlier copy cannot be read, and may hold more. */
  | { readonly status: 'unread' }
  | { readonly status: 'saving'; readonly changes: number; readonly storedIn: StoredIn }
  | {
      readonly status: 'offline'
      readonly since: number
      readonly changes: number
      readonly storedIn: StoredIn
      readonly unread: boolean
    }
  | { readonly status: 'catching-up'; readonly changes: number; readonly storedIn: StoredIn }
  | { readonly status: 'older'; readonly changes: number; readonly storedIn: StoredIn; readonly unread: boolean }
  | {
      readonly status: 'refused'
      readonly reason: RefusedReason
      readonly changes: number
      readonly storedIn: StoredIn
      readonly unread: boolean
    }

export type RefusedReason = 'forbidden' | 'signed-out' | 'gone' | 'too-large' | 'too-much' | 'rebuilt' | 'trouble'

/** What the saving status needs to know of one document. */
export interface Part {
  readonly connection: Connection
  readonly device: Device
  /** Changes that the server may lack, as a person counts them. `connection` counts edits: each key pressed is one. */
  readonly changes: number
}

/**
 * The combined state of all documents that a page has open, the agenda first, for one saving status. It is that of the
 * document that is furthest from being saved. A document that this person may no longer read, and that had everything
 * saved, does not count.
 */
export function together(parts: readonly [Part, ...Part[]]): Part {
  const [{ connection: first, device: own }, ...beside] = parts
  const open = beside.filter(({ connection }) => connection.unsaved > 0 || !isOver(connection))
  const connection = open.reduce((worst, part) => worse(worst, part.connection), first)
  const unsaved = parts.reduce((sum, part) => sum + part.connection.unsaved, 0)
  const changes = parts.reduce((sum, part) => sum + part.changes, 0)
  const devices = open.map((part) => part.device)
  const device = devices.reduce((worst, one) => (ranks[one.status] > ranks[worst.status] ? one : worst), own)
  const unread = device.status !== 'opening' && [own, ...devices].some(isUnread)
  return { connection: { ...connection, unsaved }, device: unread ? { ...device, unread } : device, changes }
}

function worse(one: Connection, other: Connection): Connection {
  if (ranks[one.status] !== ranks[other.status]) return ranks[one.status] > ranks[other.status] ? one : other
  // The earlier loss of connection counts, and the later commit.
  if (one.status === 'offline' && other.status === 'offline') return one.since <= other.since ? one : other
  return one.status === 'live' && other.status === 'live' && (other.committedAt ?? 0) > (one.committedAt ?? 0)
    ? other
    : one
}

/** Higher is further from being saved. */
const ranks: Readonly<Record<Connection['status'] | Device['status'], number>> = {
  ...{ live: 0, 'catching-up': 1, offline: 2, older: 3, refused: 4 },
  ...{ stored: 0, storing: 1, opening: 2, failing: 3 },
}

/** Only acknowledgements say what the server has, and only the device says what it has. Neither is guessed. */
export function savingOf({ connection, device, changes }: Part, earlier: Earlier = nothingEarlier): Saving {
  const storedIn = placeOfEdits(device)
  const unread = isUnread(device)
  switch (connection.status) {
    case 'live':
      if (changes > 0) return { status: 'saving', changes, storedIn }
      // It is not known yet what the device holds.
      if (device.status === 'opening' || earlier.status === 'counting')
        return { status: 'catching-up', changes, storedIn }
      if (earlier.changes > 0) return { status: 'earlier', at: connection.committedAt, changes: earlier.changes }
      if (unread || earlier.unread) return { status: 'unread' }
      return { status: 'saved', at: connection.committedAt, copy: storedIn !== 'tab' }
    case 'offline':
      return { status: 'offline', since: connection.since, changes, storedIn, unread }
    case 'catching-up':
      return { status: 'catching-up', changes, storedIn }
    case 'older':
      return { status: 'older', changes, storedIn, unread }
    case 'refused':
      return { status: 'refused', reason: reasonOf(connection.code), changes, storedIn, unread }
  }
}

function placeOfEdits(device: Device): StoredIn {
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
