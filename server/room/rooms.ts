import type { Append } from '../../shared/document/append.ts'
import { type DocumentName, termsOf } from '../../shared/document/documents.ts'
import { type Upgrade, upgradeOf } from '../../shared/document/upgrade.ts'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import { after, alone, type Report } from '../process/guard.ts'
import type { Documents, StoredDocument } from '../storage/documents.ts'
import { openOrRecover } from '../storage/storage.ts'
import type { Committer } from './committer.ts'
import { openRoom, type Room } from './room.ts'
import { createTurns } from './turns.ts'

/** The open rooms. A room is loaded once, however many ask for it, and closes some time after its last guest leaves. */
export interface Rooms {
  /** The newest epoch of a document that this server knows. */
  epochOf(document: DocumentName): number
  /** Null when there is no such document. Rejects when it cannot be loaded. */
  open(meeting: MeetingId, document: DocumentName): Promise<Room | null>
  /** Call when a guest has left. Schedules the room to close if it is empty. */
  left(meeting: MeetingId, document: DocumentName): void
  /**
   * Runs `work` on the stored document while nobody has it open. Commits pending edits first and asks connected clients
   * to reconnect; clients that arrive meanwhile wait.
   */
  replace<T>(meeting: MeetingId, document: DocumentName, work: () => Promise<T>): Promise<T>
  /** Appends as the server, to a document that only the server writes. Settles when the append is committed. */
  append(meeting: MeetingId, document: DocumentName, append: Append): Promise<void>
  status(): { readonly rooms: number; readonly bytes: number }
  /** Folds and closes the open rooms. Call when everything is committed. */
  close(): Promise<void>
}

export interface RoomsOptions {
  readonly storage: Documents
  readonly committer: Committer
  /** Compacts a heavy document in another process, in turn with others. */
  readonly compact: (updates: readonly Uint8Array[], meeting: MeetingId) => Promise<Uint8Array>
  readonly now: () => number
  /** Monotonic, ms. `now` jumps when somebody sets the system clock. */
  readonly steady: () => number
  /** How long an empty room stays open, ms, so that a client finds it again after a reload or in a tunnel. */
  readonly linger: number
  readonly presenceWindow: number
  readonly report: Report
  readonly upgrades: readonly Upgrade[]
  /** Called when a room has been closed because it was empty. */
  readonly closed?: (meeting: MeetingId, document: DocumentName) => void
}

interface Entry {
  readonly opening: Promise<Room | null>
  room: Room | null
  leaving: NodeJS.Timeout | null
}

const ignore = () => {}

export function createRooms(options: RoomsOptions): Rooms {
  const { storage, committer, compact, now, steady, linger, presenceWindow, report, upgrades, closed } = options
  const epochOf = (document: DocumentName) => (document === 'agenda' ? upgrades.length + 1 : termsOf(document).epoch)
  const turns = createTurns(report)
  const rooms = new Map<string, Entry>()
  /** Per failed room: settles when its admitted edits are on the disk. Until then the stored document is incomplete. */
  const failures = new Map<string, Promise<void>>()

  const load = async (meeting: MeetingId, document: DocumentName): Promise<Room | null> => {
    const name = `${meeting}/${document}`
    await failures.get(name)
    return openOrRecover(storage, meeting, document, () => loadSound(meeting, document, name))
  }

  const loadSound = async (meeting: MeetingId, document: DocumentName, name: string): Promise<Room | null> => {
    const found = await find(meeting, document)
    const raised = found !== null && found.epoch < epochOf(document)
    if (raised) await raise(found, document)
    const stored = raised ? await storage.load(meeting, document) : found
    if (stored === null) return null
    const owners = await storage.owners(stored.key)
    const failed = () => forget(name, room)
    const room = openRoom({
      roots: termsOf(document).roots,
      ...{ stored, owners, storage, committer, turns, now, steady, presenceWindow, report, failed },
      compact: (updates) => compact(updates, meeting),
    })
    return room
  }

  /** Creates a document that a later release added to meetings when somebody first asks for it. */
  const find = async (meeting: MeetingId, document: DocumentName) => {
    const found = await storage.load(meeting, document)
    if (found !== null || document === 'agenda') return found
    await storage.begin(meeting, document, epochOf(document))
    return storage.load(meeting, document)
  }

  /**
   * Runs before anybody is served, so that clients of the older epoch are told, and cannot change the newer document.
   */
  const raise = async (found: StoredDocument, document: DocumentName) => {
    const updates = [found.base, ...found.tail.map(({ bytes }) => bytes)]
    const bytes = document === 'agenda' ? upgradeOf(updates, upgrades.slice(found.epoch - 1)) : null
    // If another process was faster, its result is loaded.
    await storage.raise(found.key, found.epoch, epochOf(document), bytes && { bytes, at: now() })
  }

  const forget = (name: string, room: Room) => {
    const settled = room.settled().finally(() => failures.delete(name))
    failures.set(name, settled)
    const entry = rooms.get(name)
    if (entry?.room !== room) return
    if (entry.leaving !== null) clearTimeout(entry.leaving)
    rooms.delete(name)
  }

  const letGo = async (name: string, tell: () => void) => {
    const entry = rooms.get(name)
    if (entry?.room == null) return
    entry.leaving = null
    if (!vacant(entry.room)) return
    await entry.room.fold()
    // Somebody may have come in the meantime.
    if (!vacant(entry.room) || rooms.get(name) !== entry) return
    rooms.delete(name)
    entry.room.close()
    tell()
  }
  const vacant = (room: Room) => {
    const { seats, uncommitted } = room.status()
    return seats === 0 && uncommitted === 0
  }

  const left = (meeting: MeetingId, document: DocumentName) => {
    const name = `${meeting}/${document}`
    const entry = rooms.get(name)
    if (entry?.room == null || entry.room.status().seats > 0) return
    if (entry.leaving !== null) clearTimeout(entry.leaving)
    const look = async () => {
      await letGo(name, () => closed?.(meeting, document))
      // It stays open while anything is uncommitted; check again later.
      if (rooms.get(name) === entry && entry.leaving === null) left(meeting, document)
    }
    entry.leaving = after(linger, look, entry.room.fail)
    entry.leaving.unref()
  }

  /** Registers a room that is being loaded. */
  const enter = (meeting: MeetingId, document: DocumentName, opening: Promise<Room | null>) => {
    const name = `${meeting}/${document}`
    const entry: Entry = { opening, room: null, leaving: null }
    rooms.set(name, entry)
    const settled = opening.then(
      (room) => {
        entry.room = room
        if (room === null) rooms.delete(name)
        // Whoever asked may have left before it was loaded.
        else left(meeting, document)
      },
      () => rooms.delete(name),
    )
    alone(settled, report)
    return opening
  }

  const open = (meeting: MeetingId, document: DocumentName) =>
    rooms.get(`${meeting}/${document}`)?.opening ?? enter(meeting, document, load(meeting, document))
  const replace = async <T>(meeting: MeetingId, document: DocumentName, work: () => Promise<T>): Promise<T> => {
    const name = `${meeting}/${document}`
    const entry = rooms.get(name)
    const room = await entry?.opening
    // Another call has replaced the room meanwhile, or it was closed.
    if (rooms.get(name) !== entry) return replace(meeting, document, work)
    if (entry?.leaving) clearTimeout(entry.leaving)
    const done = Promise.all([room?.retire(), failures.get(name)]).then(work)
    alone(
      enter(
        meeting,
        document,
        done.then(ignore, ignore).then(() => load(meeting, document)),
      ),
      report,
    )
    return done
  }

  return {
    epochOf,
    open,
    left,
    replace,
    async append(meeting, document, append) {
      if (termsOf(document).writers !== 'server') throw new Error(`${document} is not the server's to write`)
      const room = await open(meeting, document)
      if (room === null) throw new Error(`there is no ${meeting}/${document}`)
      await room.append(append)
      left(meeting, document)
    },
    status() {
      let bytes = 0
      for (const { room } of rooms.values()) bytes += room?.status().weight.bytes ?? 0
      return { rooms: rooms.size, bytes }
    },
    async close() {
      for (const { room, leaving } of rooms.values()) {
        if (leaving !== null) clearTimeout(leaving)
        await room?.fold('haste')
        room?.close()
      }
      rooms.clear()
      turns.close()
    },
  }
}
