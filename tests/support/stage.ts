import { onTestFinished, vi } from 'vitest'
import * as Y from 'yjs'
import { createQuotas, type Quotas } from '../../server/access/quota.ts'
import { type Committer, createCommitter } from '../../server/room/committer.ts'
import type { Guest, Room, Seat } from '../../server/room/room.ts'
import { createRooms, type Rooms, type RoomsOptions } from '../../server/room/rooms.ts'
import type { Edit } from '../../server/storage/documents.ts'
import type { Member, SecretHash } from '../../server/storage/members.ts'
import { openDatabase } from '../../server/storage/sqlite/database.ts'
import { storageIn } from '../../server/storage/sqlite/storage.ts'
import type { Storage } from '../../server/storage/storage.ts'
import { documentNames } from '../../shared/document/documents.ts'
import type { MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import { decode, lackingType } from '../../shared/wire/frame.ts'
import { emptyUpdate } from '../../shared/wire/merge.ts'
import { compact } from '../../shared/wire/sync.ts'

/* The parts of a server, put together without sockets: storage in memory, and time that passes only when a test says so. */

export interface Stage {
  readonly storage: Storage
  readonly committer: Committer
  readonly rooms: Rooms
  readonly meeting: MeetingId
  readonly disk: Disk
  /** What was reported. */
  readonly faults: unknown[]
  /** What happened, in order: commits, and the frames that people were sent. */
  readonly story: string[]
  open(): Promise<Room>
  sit(room: Room, person: string, guest?: Partial<Guest>): Person
}

/** What a test can do to the disk. */
export interface Disk {
  /** `shut` holds commits back until it is `well`; `failing` refuses each. */
  become(status: 'well' | 'shut' | 'failing'): void
  /** What was committed, by commit. */
  readonly commits: (readonly Edit[])[]
}

export interface Person {
  readonly seat: Seat
  readonly sent: readonly Uint8Array[]
  /** Close codes. */
  readonly ended: readonly number[]
  /** A replica of what it was sent. */
  read(): string
}

export async function setStage(options: Partial<RoomsOptions> & { storage?: Storage } = {}): Promise<Stage> {
  vi.useFakeTimers()
  const storage = options.storage ?? storageIn(openDatabase(':memory:'))
  const faults: unknown[] = []
  const story: string[] = []
  const { disk, append } = openDisk(storage, story)
  const clocks = { now: Date.now, steady: () => performance.now() }
  const committer = createCommitter({ storage: { append }, window: 32, ...clocks })
  const rooms = createRooms({
    ...{ storage, committer, ...clocks },
    compact: async (updates) => compact(updates),
    linger: 30_000,
    presenceWindow: 50,
    report: (error) => faults.push(error),
    upgrades: [],
    ...options,
  })
  const meeting = 'm1' as MeetingId
  const documents = documentNames.map((name) => ({ name, epoch: rooms.epochOf(name), base: emptyUpdate }))
  await storage.createMeeting({ id: meeting, createdAt: Date.now(), documents, invitations: [] })
  onTestFinished(async () => {
    disk.become('well')
    await committer.drain()
    await rooms.close()
    committer.close()
    await storage.close()
    vi.useRealTimers()
  })
  return {
    ...{ storage, committer, rooms, meeting, disk, faults, story },
    async open() {
      const room = await rooms.open(meeting, 'agenda')
      if (room === null) throw new Error('there is no agenda')
      return room
    },
    sit: (room, person, guest) => sit(room, person, story, guest),
  }
}

function openDisk(storage: Pick<Storage, 'append'>, story: string[]): { disk: Disk } & Pick<Storage, 'append'> {
  let status: 'well' | 'shut' | 'failing' = 'well'
  const waiting: (() => void)[] = []
  const commits: (readonly Edit[])[] = []
  const disk: Disk = {
    commits,
    become(now) {
      status = now
      if (now !== 'shut') for (const go of waiting.splice(0)) go()
    },
  }
  return {
    disk,
    async append(edits) {
      if (status === 'shut') await new Promise<void>((resolve) => waiting.push(resolve))
      if (status === 'failing') throw new Error('the disk is full')
      const rows = await storage.append(edits)
      commits.push(edits)
      story.push(`disk: ${edits.length}`)
      return rows
    },
  }
}

/** The budgets of a server, where nobody is told of them. */
export function usualQuotas(steady = () => performance.now()): Quotas {
  return createQuotas({ steady, warn: () => {} })
}

export function memberCalled(person: string, of: Partial<Member> = {}): Member {
  return { person: person as PersonId, name: person, role: 'delegate', side: null, ...of } as Member
}

function sit(room: Room, person: string, story: string[], guest: Partial<Guest> = {}): Person {
  const [sent, ended]: [Uint8Array[], number[]] = [[], []]
  const send = (frame: Uint8Array) => {
    sent.push(frame)
    story.push(`${person}: ${kindOf(frame)}`)
  }
  const seat = room.join({
    member: memberCalled(person),
    session: `session of ${person}` as SecretHash,
    mayWrite: true,
    whole: true,
    afford: () => true,
    log: () => null,
    send,
    show: send,
    end(code) {
      ended.push(code)
      seat.leave()
    },
    ...guest,
  })
  return { seat, sent, ended, read: () => textOf(replicaOf(sent)).toString() }
}

/** Somebody's document after these frames. */
export function replicaOf(frames: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc()
  for (const frame of frames) {
    const message = decode(frame)
    if (message?.type === 'step-2' || message?.type === 'update') Y.applyUpdate(doc, message.update)
  }
  return doc
}

/** What somebody types under this client id, an update a word. */
export function typed(client: number, ...words: readonly string[]): Uint8Array[] {
  const doc = new Y.Doc()
  doc.clientID = client
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  for (const word of words) textOf(doc).insert(textOf(doc).length, word)
  return updates
}

/** What the server sends and no client does, has no name of its own in the wire. */
export function kindOf(frame: Uint8Array): string {
  return frame[0] === lackingType ? 'lacking' : (decode(frame)?.type ?? 'malformed')
}

/** A text in a root that an agenda has. */
export function textOf(doc: Y.Doc): Y.Text {
  return doc.getText('glossary')
}
