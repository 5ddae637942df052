import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import { createCommitter } from '../../server/committer.ts'
import { createMeeting } from '../../server/meetings.ts'
import type { Room, Seat } from '../../server/room.ts'
import { createRooms, type Rooms } from '../../server/rooms.ts'
import type { Member, SecretHash } from '../../server/storage/members.ts'
import { openSqlite } from '../../server/storage/sqlite/storage.ts'
import type { MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import { compact } from '../../shared/wire/sync.ts'
import { blankAgenda, textOf } from '../support/server.ts'

/* Rooms and what comes between them, on a real storage whose disk can be held back. */

interface Held {
  readonly rooms: Rooms
  readonly meeting: MeetingId
  /** Holds commits back while it is shut. */
  readonly disk: { shut: boolean; open(): void }
}

async function held(): Promise<Held> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-'))
  const storage = openSqlite(folder)
  const waiting: (() => void)[] = []
  const disk = {
    shut: false,
    open() {
      disk.shut = false
      for (const go of waiting.splice(0)) go()
    },
  }
  const committer = createCommitter({
    storage: {
      async append(edits) {
        if (disk.shut) await new Promise<void>((resolve) => waiting.push(resolve))
        return storage.append(edits)
      },
    },
    window: 0,
    now: Date.now,
    steady: () => performance.now(),
  })
  const rooms = createRooms({
    storage,
    committer,
    compact: async (updates) => compact(updates),
    now: Date.now,
    steady: () => performance.now(),
    linger: 60_000,
    presenceWindow: 0,
    report: () => {},
    upgrades: [],
  })
  const { meeting } = await createMeeting(storage, blankAgenda(), Date.now())
  onTestFinished(async () => {
    await committer.drain()
    await rooms.close()
    committer.close()
    await storage.close()
    await rm(folder, { recursive: true })
  })
  return { rooms, meeting, disk }
}

/** Somebody at a seat of it, and what they are sent. */
function sit(room: Room, person: string): { seat: Seat; sent: Uint8Array[]; ended: number[] } {
  const [sent, ended]: [Uint8Array[], number[]] = [[], []]
  const seat = room.join({
    member: { person: person as PersonId, name: person, role: 'delegate', side: null } as Member,
    session: person as SecretHash,
    mayWrite: true,
    whole: true,
    afford: () => true,
    send: (frame) => sent.push(frame),
    show() {},
    end: (code) => ended.push(code),
  })
  return { seat, sent, ended }
}

function written(client: number): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = client
  textOf(doc).insert(0, 'written')
  return Y.encodeStateAsUpdate(doc)
}

/** Whether it has settled by the time that everything else has. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  void promise.then(() => {
    settled = true
  })
  await new Promise((resolve) => setTimeout(resolve, 20))
  return settled
}

test('P7: a room that failed is not loaded anew before what it had admitted is on the disk, so that its ids stay whose they are', async () => {
  const { rooms, meeting, disk } = await held()
  const room = (await rooms.open(meeting, 'agenda'))!
  const mine = sit(room, 'one')
  disk.shut = true
  expect(mine.seat.edit('update', written(77))).toEqual({ status: 'well' })
  room.fail(new Error('a fault that a test makes'))
  expect(mine.ended).toEqual([1011])

  const opening = rooms.open(meeting, 'agenda')
  expect(await isSettled(opening)).toBe(false)
  disk.open()
  const again = (await opening)!
  expect(again).not.toBe(room)
  const theirs = sit(again, 'two')
  theirs.seat.edit(
    'step-2',
    written(77).map((byte, at) => (at === 11 ? byte + 1 : byte)),
  )
  theirs.seat.acknowledge(Uint8Array.of(1))
  // What stands under it is the first one's.
  expect(theirs.sent.at(-1)![0]).toBe(103)
})

test('what replaces a document waits for what was admitted, and whoever comes meanwhile for what replaces it', async () => {
  const { rooms, meeting, disk } = await held()
  const room = (await rooms.open(meeting, 'agenda'))!
  const mine = sit(room, 'one')
  disk.shut = true
  mine.seat.edit('update', written(77))
  const happened: string[] = []
  const replaced = rooms.replace(meeting, 'agenda', async () => {
    happened.push('replaced')
    await new Promise((resolve) => setTimeout(resolve, 10))
    happened.push('done')
    return 'worth'
  })
  mine.seat.acknowledge(Uint8Array.of(9))
  await isSettled(replaced)
  expect([happened, mine.ended]).toEqual([[], []])
  // What comes now is for what replaces it.
  expect(sit(room, 'two').seat.edit('update', written(78))).toMatchObject({ status: 'refused', code: 1013 })
  const opening = rooms.open(meeting, 'agenda').then((opened) => {
    happened.push('opened')
    return opened
  })
  disk.open()
  expect(await replaced).toBe('worth')
  expect(await opening).not.toBe(room)
  expect(happened).toEqual(['replaced', 'done', 'opened'])
  // Who had brought something was told that it is committed, and only then asked to come again.
  expect([mine.sent.at(-1)![0], mine.ended]).toEqual([102, [1013]])
})

test('where replacing fails, the document is served as it was', async () => {
  const { rooms, meeting } = await held()
  const room = await rooms.open(meeting, 'agenda')
  const replaced = rooms.replace(meeting, 'agenda', () => Promise.reject(new Error('a fault that a test makes')))
  await expect(replaced).rejects.toThrow('a fault that a test makes')
  const again = await rooms.open(meeting, 'agenda')
  expect([again === null, again === room]).toEqual([false, false])
})
