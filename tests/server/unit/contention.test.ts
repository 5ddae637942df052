import { expect, test, vi } from 'vitest'
import type { Room } from '../../../server/room/room.ts'
import { type Claim, claimed, type Id } from '../../support/rivals.ts'
import { memberCalled, type Person, setStage } from '../../support/stage.ts'

/* Somebody alone makes a text as dear as one name can; others write on. */

const window = 32
const well = { status: 'well' }
const first = 50_000
const letter = (client: number, clock: number, origin: Id | null, next: Id | null = null): Claim => ({
  ...{ client, clock, origin, next, list: 'glossary', text: 'x' },
})
/** Letters that one client writes one behind the other; the first of them between the first letter and `next`. */
const line = (client: number, from: number, many: number, next: Id | null = null): Uint8Array =>
  claimed(
    Array.from({ length: many }, (_, at) => {
      const clock = from + at
      return letter(client, clock, clock === 0 ? [first, 0] : [client, clock - 1], next)
    }),
  )

/** Letters that rival each other, and plain growth behind them for as long as it is taken: how it ends. */
async function poison(vandal: Person): Promise<{ code: number; grown: number }> {
  for (let at = 0; at < 1700; at += 100) {
    const rivals = Array.from({ length: 100 }, (_, one) => letter(first + at + one, 0, null))
    expect(vandal.seat.edit('update', claimed(rivals))).toEqual(well)
  }
  // Deleted here and there, so that compaction cannot merge them.
  for (let grown = 0; ; grown += 100) {
    const every = Array.from({ length: 50 }, (_, at) => [9, grown + at * 2, 1] as const)
    for (const update of [line(9, grown, 100), claimed([], every)]) {
      const verdict = vandal.seat.edit('update', update)
      if (verdict.status === 'refused') return { code: verdict.code, grown }
    }
    await vi.advanceTimersByTimeAsync(window)
  }
}

/** How many single letters somebody types before the vandal's until one is refused, at most `most`. */
async function type({ seat }: Person, client: number, most: number, next: Id): Promise<number> {
  for (let clock = 0; clock < most; clock += 1) {
    if (seat.edit('update', line(client, clock, 1, next)).status === 'refused') return clock
    if (clock % 100 === 99) await vi.advanceTimersByTimeAsync(window)
  }
  return most
}

const rival = (seat: Person['seat'], client: number) =>
  seat.edit('update', claimed([{ ...letter(client, 0, null), list: ['meta', 'title'] }]))
const organizer = (stage: Awaited<ReturnType<typeof setStage>>, room: Room) =>
  stage.sit(room, 'organizer', { member: memberCalled('organizer', { role: 'organizer' }) })

test('P5: one name that fills a text with rivals and lets it grow keeps nobody from typing there', async () => {
  const stage = await setStage()
  const room = await stage.open()
  const vandal = stage.sit(room, 'vandal')
  const { code, grown } = await poison(vandal)
  expect(code).toBe(4413)
  expect(grown).toBeGreaterThan(500)
  const [honest, other] = [stage.sit(room, 'honest'), organizer(stage, room)]
  // By far more than the vandal has left, and merged by compaction now and then.
  expect(await type(honest, 11, 3000, [9, 0])).toBe(3000)
  expect(await type(other, 12, 3000, [11, 0])).toBe(3000)
  // Nor from writing where two have written at once, elsewhere.
  for (const [at, { seat }] of [honest, other, honest].entries()) expect(rival(seat, 20 + at)).toEqual(well)
  expect(vandal.seat.edit('update', line(9, grown, 100))).toMatchObject({ status: 'refused', code: 4413 })
  // The same when the room has been closed meanwhile.
  for (const { seat } of [vandal, honest, other]) seat.leave()
  await vi.advanceTimersByTimeAsync(60_000)
  const again = await stage.open()
  expect(again).not.toBe(room)
  expect(stage.sit(again, 'vandal').seat.edit('update', line(9, grown, 100))).toMatchObject({ code: 4413 })
  const back = stage.sit(again, 'honest')
  expect(await type(back, 13, 1500, [12, 0])).toBe(1500)
  expect(rival(back.seat, 30)).toEqual(well)
}, 60_000)

test('P1: work elsewhere is not refused along with a paragraph in such a text', async () => {
  const stage = await setStage()
  const room = await stage.open()
  await poison(stage.sit(room, 'vandal'))
  const title = (client: number, clock: number): Claim => ({ ...letter(client, clock, null), list: ['meta', 'title'] })
  expect(rival(stage.sit(room, 'other').seat, 20)).toEqual(well)
  // All of it at once, with a rival of its own in another place.
  const all = claimed([letter(31, 0, [first, 0], [9, 0]), letter(31, 1, [31, 0], [9, 0]), title(31, 2)])
  expect(stage.sit(room, 'honest').seat.edit('step-2', all)).toEqual(well)
})
