import { createStore, type StoreApi } from 'zustand/vanilla'
import type { DayId, Item, ItemId, Person, PersonId, Side } from '../../shared/domain/agenda.ts'
import type { Snapshot } from '../../shared/domain/command.ts'
import { type Connection, isOver } from '../sync/connection.ts'
import type { Device } from '../sync/device/status.ts'
import type { Membership } from './api.ts'
import type { Notice } from './notice.ts'
import { nextOutline, type Outline, type OutlineDay } from './outline.ts'
import { nobody, type Presence } from './presence.ts'
import { type Earlier, nothingEarlier, type Part, reasonOf } from './saving.ts'

/** All that the views of one meeting read. Copied from the document, the link and the session; never edited here. */
export interface MeetingState {
  readonly membership: Membership
  /** Null until the device or the server has given the agenda. */
  readonly snapshot: Snapshot | null
  readonly outline: Outline | null
  readonly items: ReadonlyMap<ItemId, Item>
  readonly people: ReadonlyMap<PersonId, Person>
  /** The connection and the device copy of the agenda. */
  readonly connection: Connection
  readonly device: Device
  /** The same for all documents that the page has open. */
  readonly whole: Part
  readonly earlier: Earlier
  /** The server has been reached, or found unreachable, before: what follows is a return. */
  readonly back: boolean
  readonly presence: Presence
  readonly canUndo: boolean
  readonly canRedo: boolean
  readonly selection: ReadonlySet<ItemId>
  readonly notice: Notice | null
  /** An item that was added here a moment ago: the caret goes into its title. */
  readonly fresh: ItemId | null
  /** Items in which something is new since this person last saw them. */
  readonly unread: ReadonlySet<ItemId>
  /** Items that somebody else has just moved, added or changed here, and whose side that was. */
  readonly marked: ReadonlyMap<ItemId, Side | 'other'>
  /** Changes that are new, wherever they are. */
  readonly news: number
}

export type MeetingStore = StoreApi<MeetingState>

export function createMeeting(
  membership: Membership,
  connection: Connection,
  device: Device,
  earlier: Earlier = nothingEarlier,
): MeetingStore {
  return createStore<MeetingState>(() => ({
    membership,
    snapshot: null,
    outline: null,
    items: new Map(),
    people: new Map(),
    connection,
    device,
    whole: { connection, device, changes: connection.unsaved },
    earlier,
    back: false,
    presence: nobody,
    canUndo: false,
    canRedo: false,
    selection: new Set(),
    notice: null,
    fresh: null,
    unread: new Set(),
    marked: new Map(),
    news: 0,
  }))
}

/** The changes of the store when the document has a new `snapshot`. */
export function withSnapshot(state: MeetingState, snapshot: Snapshot): Partial<MeetingState> {
  if (snapshot === state.snapshot) return {}
  const items = new Map<ItemId, Item>()
  for (const day of snapshot.agenda.days) for (const item of day.items) items.set(item.id, item)
  for (const item of snapshot.agenda.proposals) items.set(item.id, item)
  const people =
    snapshot.agenda.people === state.snapshot?.agenda.people
      ? state.people
      : new Map(snapshot.agenda.people.map((person) => [person.id, person]))
  const chosen = [...state.selection].filter((id) => items.has(id))
  return {
    snapshot,
    outline: nextOutline(state.outline, snapshot.agenda),
    items,
    people,
    ...(chosen.length === state.selection.size ? {} : { selection: new Set(chosen) }),
  }
}

/** A final agenda is read-only for everybody until an organizer opens a new version. */
export function mayEdit(state: MeetingState): boolean {
  return mayWrite(state) && !isFinal(state)
}

/** Observers only read. So does everybody after the server has ended the connection for good. */
export function mayWrite(state: MeetingState): boolean {
  return state.membership.person.role !== 'observer' && !isOver(state.connection)
}

/**
 * While the agenda is final, only the action in the current notice can be undone. Edits that were too large to send can
 * be undone, too, since they keep the rest from the server.
 */
export function mayTakeBack(state: MeetingState): boolean {
  const { membership, connection, notice } = state
  if (mayEdit(state) || (mayWrite(state) && notice?.undoable === true)) return true
  const tooLarge = connection.status === 'refused' && reasonOf(connection.code) === 'too-large'
  return tooLarge && membership.person.role !== 'observer' && !isFinal(state)
}

export function isFinal(state: MeetingState): boolean {
  return typeof state.snapshot?.final === 'string'
}

/** Who may make the agenda final, and open a new version of it. */
export function mayFreeze(state: MeetingState): boolean {
  return mayWrite(state) && state.membership.person.role === 'organizer'
}

/** Whether this person may open a new version of a final agenda. */
export function mayOpen(state: MeetingState): boolean {
  return mayFreeze(state) && isFinal(state)
}

export function dayOf(state: MeetingState, id: DayId | null): OutlineDay | null {
  return state.outline?.days.find((day) => day.id === id) ?? null
}
