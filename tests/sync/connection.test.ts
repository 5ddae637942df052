import { expect, test } from 'vitest'
import { type Connection, type Happening, isFinal, next, starting, startingFrom } from '../../client/sync/connection.ts'

function after(...happenings: Happening[]): Connection {
  return happenings.reduce((from, happening, index) => next(from, happening, 1_000 + index), starting)
}

const opened: Happening = { type: 'opened' }
const caughtUp: Happening = { type: 'caught-up', committedAt: null }
const counted = (unsaved: number): Happening => ({ type: 'counted', unsaved })
const committed = (unsaved: number): Happening => ({ type: 'committed', unsaved })
const lost: Happening = { type: 'lost', code: null }

test('nobody is told "offline" before the first attempt has failed', () => {
  expect(starting.status).toBe('catching-up')
  expect(after(lost)).toEqual({ status: 'offline', since: 1_000, unsaved: 0 })
})

test('an open socket is not yet live, and a live one has saved nothing by itself', () => {
  expect(after(counted(2), opened)).toEqual({ status: 'catching-up', unsaved: 2 })
  expect(after(counted(2), opened, caughtUp)).toEqual({ status: 'live', unsaved: 2, committedAt: null })
})

test('only an echo takes edits off the count, and says when they were committed', () => {
  expect(after(opened, caughtUp, counted(3), committed(1))).toEqual({
    status: 'live',
    unsaved: 1,
    committedAt: 1_003,
  })
})

test('offline since means since the connection was lost, however many attempts fail after it', () => {
  expect(after(opened, caughtUp, lost, counted(1), lost, lost)).toEqual({ status: 'offline', since: 1_002, unsaved: 1 })
})

test('offline since means since both last had the same: a connection that opens and breaks has not changed that', () => {
  expect(after(opened, caughtUp, lost, opened, lost, opened, lost)).toEqual({
    status: 'offline',
    since: 1_002,
    unsaved: 0,
  })
  expect(after(opened, caughtUp, lost, opened, caughtUp, lost)).toEqual({ status: 'offline', since: 1_005, unsaved: 0 })
})

test('a server that asks to come again later is told apart from none, until another attempt ends otherwise', () => {
  const tooMuch: Happening = { type: 'lost', code: 1013 }
  const sent = after(opened, caughtUp, tooMuch)
  expect(sent).toEqual({ status: 'offline', since: 1_002, unsaved: 0, busy: true })
  expect(next(sent, tooMuch, 2_000)).toBe(sent)
  expect(next(sent, lost, 2_000)).toEqual({ status: 'offline', since: 1_002, unsaved: 0 })
  expect(next(next(sent, opened, 2_000), tooMuch, 2_001)).toEqual(sent)
})

test('who comes back to a meeting that was closed to them asks once more, with what they had not sent', () => {
  const refused = after(opened, caughtUp, counted(2), { type: 'refused', code: 4403 })
  expect(next(refused, { type: 'reopened' }, 2_000)).toEqual({ status: 'catching-up', unsaved: 2 })
  const offline = after(opened, caughtUp, lost)
  expect(next(offline, { type: 'reopened' }, 2_000)).toBe(offline)
})

test('a copy that is opened without a connection is offline since it last agreed with the server, not since it was opened', () => {
  const offline = next(startingFrom(40), lost, 1_000)
  expect(offline).toEqual({ status: 'offline', since: 40, unsaved: 0 })
  const back = [opened, lost, opened].reduce((from, happening) => next(from, happening, 1_001), offline)
  expect(next(back, lost, 1_002)).toEqual(offline)
  expect(next(next(back, caughtUp, 1_003), lost, 1_004)).toEqual({ status: 'offline', since: 1_004, unsaved: 0 })
  expect(startingFrom(null)).toBe(starting)
})

test('what is typed while offline is still counted when the connection is back, until its echo', () => {
  const back = after(opened, caughtUp, lost, counted(2), opened)
  expect(back).toEqual({ status: 'catching-up', since: 1_002, unsaved: 2 })
  expect(next(next(back, caughtUp, 9), committed(0), 10)).toEqual({
    status: 'live',
    unsaved: 0,
    committedAt: 10,
  })
})

test('a refusal is final, and keeps the count of what is only here', () => {
  const refused = after(opened, caughtUp, counted(1), { type: 'refused', code: 4403 })
  expect(refused).toEqual({ status: 'refused', code: 4403, unsaved: 1 })
  for (const happening of [lost, opened, caughtUp]) expect(next(refused, happening, 5)).toEqual(refused)
})

test('a newer version is told by its own name, also after another refusal, and is the last word', () => {
  const older = after(counted(2), { type: 'refused', code: 4409 })
  expect(older).toEqual({ status: 'older', unsaved: 2 })
  for (const happening of [lost, opened, caughtUp, { type: 'refused', code: 4403 } as const]) {
    expect(next(older, happening, 5)).toEqual(older)
  }
  expect(after({ type: 'refused', code: 4401 }, { type: 'refused', code: 4409 }).status).toBe('older')
})

test('the codes from 4400 to 4499 are final and no others', () => {
  expect([4400, 4403, 4409, 4499].every(isFinal)).toBe(true)
  expect([1000, 1006, 1013, 4399, 4500].some(isFinal)).toBe(false)
})
