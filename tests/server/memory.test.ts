import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import { createMeeting } from '../../server/meeting/meetings.ts'
import { openSqlite } from '../../server/storage/sqlite/storage.ts'
import { encodeAcknowledge, encodeUpdate } from '../../shared/wire/frame.ts'
import {
  blankAgenda,
  collecting,
  enter,
  kindOf,
  memoryOf,
  rawClient,
  startProcess,
  startServer,
  stockClient,
  textOf,
} from '../support/server.ts'

/** About 30 kB of typing, letter by letter in places, as one update. */
function paper(): Uint8Array {
  const doc = new Y.Doc()
  const words = textOf(doc)
  doc.transact(() => {
    for (let i = 0; i < 3000; i += 1) words.insert(i % 5 === 0 ? 0 : words.length, 'a word or ')
  })
  return Y.encodeStateAsUpdate(doc)
}

test('P9: two hundred rooms, opened, written and left, give their memory back', async () => {
  const data = await mkdtemp(join(tmpdir(), 'parley-'))
  const storage = openSqlite(data)
  const meetings: Awaited<ReturnType<typeof createMeeting>>[] = []
  for (let i = 0; i < 200; i += 1) meetings.push(await createMeeting(storage, blankAgenda(), i))
  await storage.close()
  const server = await startProcess(data, { NODE_OPTIONS: collecting }, 'tests/support/hasty.ts')
  onTestFinished(async () => {
    server.child.kill('SIGKILL')
    await server.exited
    await rm(data, { recursive: true, force: true })
  })
  const update = paper()
  const tokenOf = (meeting: (typeof meetings)[number]) =>
    meeting.invitations.find((one) => one.role === 'delegate')!.token
  const cookies = new Map<string, { cookie: string }>()
  const open = async (meeting: (typeof meetings)[number]) => {
    const { cookie } = cookies.get(meeting.meeting) ?? (await enter(server.origin, tokenOf(meeting), 'Dana'))
    cookies.set(meeting.meeting, { cookie })
    const raw = rawClient({ origin: server.origin, meeting: meeting.meeting, cookie })
    await raw.frame((frame) => kindOf(frame) === '0.0')
    raw.send(encodeUpdate(update))
    raw.send(encodeAcknowledge(Uint8Array.of(1)))
    await raw.frame((frame) => kindOf(frame) === '102')
    return raw
  }
  // Some first, so that what is loaded on first use, and what the engine makes of code that runs often, is there.
  for (const meeting of meetings.slice(0, 40)) {
    const guest = await open(meeting)
    guest.socket.close()
    await guest.closed
  }
  const empty = await memoryOf(server, 0)

  const guests = []
  for (const meeting of meetings) guests.push(await open(meeting))
  const full = await memoryOf(server, 200)
  for (const guest of guests) guest.socket.close()
  await Promise.all(guests.map((guest) => guest.closed))
  const rooms = async () => {
    const text = await (await fetch(`${server.origin}/metrics`)).text()
    return Number(/^parley_rooms (\d+)$/m.exec(text)?.[1])
  }
  while ((await rooms()) > 0) await fetch(`${server.origin}/healthz`)
  const after = await memoryOf(server, 0)
  const mb = (n: number) => (n / 2 ** 20).toFixed(1)
  console.log(
    `200 rooms of ${Math.round(update.length / 1024)} kB: heap ${mb(empty.heap)} -> ${mb(full.heap)} -> ${mb(after.heap)} MB, ` +
      `RSS ${mb(empty.rss)} -> ${mb(full.rss)} -> ${mb(after.rss)} MB; ` +
      `${Math.round((full.rss - empty.rss) / 200 / 1024)} kB a room while open, connection included`,
  )
  expect(after.heap).toBeLessThan(empty.heap + 4 * 2 ** 20)
  expect(after.rss).toBeLessThan(empty.rss + 48 * 2 ** 20)
})

test('P9: a room is let go after its last guest, and is all there for the next', async () => {
  const server = await startServer({ linger: 0 })
  onTestFinished(() => server.stop())
  const { cookie } = await server.visit('delegate', 'us')
  const place = { origin: server.origin, meeting: server.meeting, cookie }
  for (const word of ['one ', 'two ', 'three ']) {
    const client = stockClient(place)
    await client.synced
    textOf(client.doc).insert(textOf(client.doc).length, word)
    await client.acknowledged()
    expect(server.server.rooms().rooms).toBe(1)
    client.leave()
    while (server.server.rooms().rooms > 0) await fetch(`${server.origin}/healthz`)
  }
  // Leaving has folded the log; nothing of it is lost.
  expect((await server.storage.load(server.meeting, 'agenda'))!.tail).toEqual([])
  const late = stockClient(place)
  await late.synced
  expect(textOf(late.doc).toString()).toBe('one two three ')
  late.leave()
})
