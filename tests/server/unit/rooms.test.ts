import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { Room } from '../../../server/room/room.ts'
import { openSqlite } from '../../../server/storage/sqlite/storage.ts'
import { type Person, setStage, typed } from '../../support/stage.ts'

/* Rooms and what comes between them, on a disk that a test holds back. An empty room stays for `linger` ms. */

const [window, linger] = [32, 30_000]
const well = { status: 'well' }
const nothingKnown = new Map<number, number>()

function write({ seat }: Person, client: number): void {
  for (const update of typed(client, 'written')) expect(seat.edit('update', update)).toEqual(well)
}

/** Whether it has settled by the time that everything else has. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const note = () => {
    settled = true
  }
  promise.then(note, note)
  await vi.advanceTimersByTimeAsync(0)
  return settled
}

test('P3: however many ask for a room at once, it is loaded once, and whole for each', async () => {
  const stage = await setStage()
  const load = vi.spyOn(stage.storage, 'load')
  const first = stage.sit(await stage.open(), 'one')
  write(first, 7)
  await vi.advanceTimersByTimeAsync(window)
  first.seat.leave()
  stage.rooms.left(stage.meeting, 'agenda')
  await vi.advanceTimersByTimeAsync(linger)
  expect([stage.rooms.status().rooms, load.mock.calls.length]).toEqual([0, 1])
  const opened = await Promise.all(Array.from({ length: 20 }, () => stage.open()))
  expect([new Set(opened).size, load.mock.calls.length]).toEqual([1, 2])
  const read = opened.map((room, i) => {
    const late = stage.sit(room, `late ${i}`)
    late.seat.answer(nothingKnown)
    return late.read()
  })
  expect(new Set(read)).toEqual(new Set(['written']))
})

test('P3: a room that cannot be loaded is not an empty one: whoever asks is told so, and the next has it loaded anew', async () => {
  const stage = await setStage()
  vi.spyOn(stage.storage, 'load').mockRejectedValueOnce(new Error('the disk cannot be read'))
  await expect(Promise.all([stage.open(), stage.open()])).rejects.toThrow('the disk cannot be read')
  expect(stage.rooms.status().rooms).toBe(0)
  expect((await stage.open()).status().weight.bytes).toBeGreaterThan(0)
})

test('P3: a room is not let go while anything of it is uncommitted', async () => {
  const stage = await setStage()
  const room = await stage.open()
  const one = stage.sit(room, 'one')
  stage.disk.become('shut')
  write(one, 7)
  one.seat.leave()
  stage.rooms.left(stage.meeting, 'agenda')
  await vi.advanceTimersByTimeAsync(linger * 5)
  expect([stage.rooms.status().rooms, await stage.open()]).toEqual([1, room])
  stage.disk.become('well')
  stage.rooms.left(stage.meeting, 'agenda')
  await vi.advanceTimersByTimeAsync(linger)
  expect(stage.rooms.status().rooms).toBe(0)
  const { tail } = (await stage.storage.load(stage.meeting, 'agenda'))!
  expect(tail).toEqual([])
})

test('P9: a room is let go some time after its last guest, and of it no timer is left', async () => {
  const stage = await setStage()
  const one = stage.sit(await stage.open(), 'one')
  const two = stage.sit(await stage.open(), 'two')
  write(one, 7)
  await vi.advanceTimersByTimeAsync(window)
  one.seat.leave()
  stage.rooms.left(stage.meeting, 'agenda')
  await vi.advanceTimersByTimeAsync(linger * 2)
  expect(stage.rooms.status().rooms).toBe(1)
  two.seat.leave()
  stage.rooms.left(stage.meeting, 'agenda')
  await vi.advanceTimersByTimeAsync(linger - 1)
  expect(stage.rooms.status().rooms).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(stage.rooms.status()).toEqual({ rooms: 0, bytes: 0 })
  expect(vi.getTimerCount()).toBe(0)
})

test('P9: nor does a room stay that was opened for somebody who went before it was there', async () => {
  const stage = await setStage()
  await stage.open()
  await vi.advanceTimersByTimeAsync(linger)
  expect([stage.rooms.status().rooms, vi.getTimerCount()]).toEqual([0, 0])
})

test('who comes back in time finds the same room, and it is not let go under them', async () => {
  const stage = await setStage()
  const room = await stage.open()
  stage.sit(room, 'one').seat.leave()
  stage.rooms.left(stage.meeting, 'agenda')
  await vi.advanceTimersByTimeAsync(linger - 1)
  const again = await stage.open()
  stage.sit(again, 'one')
  await vi.advanceTimersByTimeAsync(linger * 2)
  expect([again, stage.rooms.status().rooms]).toEqual([room, 1])
})

test('P1: who is told that an edit is saved can read it in another process, which has only the disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-'))
  const stage = await setStage({ storage: openSqlite(folder) })
  const one = stage.sit(await stage.open(), 'one')
  const other = openSqlite(folder)
  const rows = async () => (await other.load(stage.meeting, 'agenda'))?.tail.length
  write(one, 7)
  one.seat.acknowledge(Uint8Array.of(1))
  expect([stage.story, await rows()]).toEqual([[], 0])
  await vi.advanceTimersByTimeAsync(window)
  expect([stage.story.at(-1), await rows()]).toEqual(['one: acknowledge', 1])
  await other.close()
  await rm(folder, { recursive: true })
})

test('P7: a room that failed is not loaded anew before what it had admitted is on the disk, so that its ids stay whose they are', async () => {
  const stage = await setStage()
  const room = await stage.open()
  const one = stage.sit(room, 'one')
  stage.disk.become('shut')
  write(one, 77)
  room.fail(new Error('a fault that a test makes'))
  expect(one.ended).toEqual([1011])

  const opening = stage.open()
  await vi.advanceTimersByTimeAsync(window)
  expect(await isSettled(opening)).toBe(false)
  stage.disk.become('well')
  const again = await opening
  expect(again).not.toBe(room)
  const two = stage.sit(again, 'two')
  const [update] = typed(77, 'written')
  two.seat.edit(
    'step-2',
    update!.map((byte, at) => (at === 11 ? byte + 1 : byte)),
  )
  two.seat.acknowledge(Uint8Array.of(1))
  // What stands under it is the first one's.
  expect(stage.story.at(-1)).toBe('two: lacking')
})

test('what replaces a document waits for what was admitted, and whoever comes meanwhile for what replaces it', async () => {
  const stage = await setStage()
  const room = await stage.open()
  const one = stage.sit(room, 'one')
  stage.disk.become('shut')
  write(one, 77)
  const happened: string[] = []
  const replaced = stage.rooms.replace(stage.meeting, 'agenda', async () => {
    happened.push('replaced')
    await new Promise((resolve) => setTimeout(resolve, 10))
    happened.push('done')
    return 'worth'
  })
  one.seat.acknowledge(Uint8Array.of(9))
  await vi.advanceTimersByTimeAsync(window)
  expect([happened, one.ended]).toEqual([[], []])
  // What comes now is for what replaces it.
  const [late] = typed(78, 'late')
  expect(stage.sit(room, 'two').seat.edit('update', late!)).toMatchObject({ status: 'refused', code: 1013 })
  const opening = stage.open().then((opened) => {
    happened.push('opened')
    return opened
  })
  stage.disk.become('well')
  await vi.advanceTimersByTimeAsync(10)
  expect(await replaced).toBe('worth')
  expect(await opening).not.toBe(room)
  expect(happened).toEqual(['replaced', 'done', 'opened'])
  // Who had brought something was told that it is committed, and only then asked to come again.
  expect([stage.story.includes('one: acknowledge'), one.ended]).toEqual([true, [1013]])
})

test('where replacing fails, the document is served as it was', async () => {
  const stage = await setStage()
  const room = await stage.open()
  let meanwhile: Promise<Room> | null = null
  const replacing = stage.rooms.replace(stage.meeting, 'agenda', async () => {
    meanwhile = stage.open()
    throw new Error('a fault that a test makes')
  })
  await expect(replacing).rejects.toThrow('a fault that a test makes')
  const again = await stage.open()
  expect([again === room, again === (await meanwhile)]).toEqual([false, true])
})
