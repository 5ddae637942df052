import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { encodeStateVector } from 'yjs'
import type { Held } from '../../client/sync/device/unsaved.ts'
import {
  type Effect,
  type Exchange,
  type Happening,
  isOverdue,
  next,
  startExchange,
  type Unsaved,
} from '../../client/sync/exchange.ts'

const held = (own: number): Held => ({ own, others: new Map() })
const edits = (unsaved: number, doubtful = false): Unsaved => ({ unsaved, doubtful })
const nothing = encodeStateVector(new Y.Doc())

/** Plays happenings a second apart. */
function play(happenings: readonly Happening[], from: Exchange = startExchange(null)) {
  const effects: Effect[] = []
  let exchange = from
  for (const [index, happening] of happenings.entries()) {
    const step = next(exchange, happening, { now: 1_000 * (index + 1), steady: 1_000 * (index + 1) })
    exchange = step.exchange
    effects.push(...step.effects)
  }
  return { exchange, effects, types: effects.map(({ type }) => type) }
}

const opened: Happening = { type: 'opened' }
const asked = (unsaved = edits(0)): Happening => ({ type: 'asked', vector: nothing, ...unsaved })
const answered = (own = 0): Happening => ({ type: 'answered', held: held(own) })
const counted = (unsaved: number, doubtful = false): Happening => ({ type: 'counted', ...edits(unsaved, doubtful) })
const greeted = (unsaved = edits(0)): Happening => ({ type: 'greeted', ...unsaved })
const caughtUp: Happening = { type: 'caught-up' }
const acknowledged = (number: number): Happening => ({ type: 'acknowledged', number })
const committed = (unsaved: number): Happening => ({ type: 'committed', ...edits(unsaved) })
const lost: Happening = { type: 'closed', code: null }

/** Connected, and nothing waits. */
const live = play([opened, asked(), answered(), greeted(), caughtUp]).exchange

test('P1: what is typed is unsaved until the acknowledgement that was asked for after it', () => {
  const typed = play([counted(1), { type: 'paused', held: held(1) }], live)
  expect(typed.effects).toEqual([{ type: 'pause' }, { type: 'request', number: 1 }])
  expect(typed.exchange.connection).toMatchObject({ status: 'live', unsaved: 1 })
  const come = play([acknowledged(1)], typed.exchange)
  expect(come.effects).toEqual([{ type: 'cover', held: held(1) }])
  expect(come.exchange.connection.unsaved).toBe(1)
  expect(play([committed(0)], come.exchange).exchange.connection.unsaved).toBe(0)
})

test('P1: an acknowledgement covers what had been made when it was asked for, and stands for those before it', () => {
  const three = play(
    [1, 2, 3].flatMap((own): Happening[] => [counted(own), { type: 'paused', held: held(own) }]),
    live,
  ).exchange
  const second = play([acknowledged(2)], three)
  expect(second.effects).toEqual([{ type: 'cover', held: held(2) }])
  expect(play([acknowledged(1), acknowledged(2)], second.exchange).effects).toEqual([])
  expect(play([acknowledged(3)], second.exchange).effects).toEqual([{ type: 'cover', held: held(3) }])
})

test('P1: what a connection owed is nobody’s word once it is gone, and the numbers go on', () => {
  const asking = play([counted(1), { type: 'paused', held: held(1) }], live)
  const again = play([lost, opened, acknowledged(1), asked(edits(1)), answered(1)], asking.exchange)
  expect(again.types).not.toContain('cover')
  expect(again.effects.at(-1)).toEqual({ type: 'request', number: 2 })
})

test('P1: no acknowledgement is asked for before the server has been answered, nor while a large update is being split', () => {
  expect(play([opened, counted(1), { type: 'paused', held: held(1) }]).types).toEqual([])
  const answering = play([opened, counted(1), asked(edits(1)), { type: 'splitting' }, answered(1)])
  expect(answering.types).toEqual(['answer'])
  expect(play([{ type: 'split', held: held(1) }], answering.exchange).types).toEqual(['request'])
})

test('nothing is asked for where nothing is unsaved, nor twice for the same edits', () => {
  expect(play([{ type: 'paused', held: held(0) }], live).types).toEqual([])
  const asking = play([counted(1), { type: 'paused', held: held(1) }, { type: 'paused', held: held(1) }], live)
  expect(asking.types).toEqual(['pause', 'request'])
})

test('a connection of which nobody knows whether it still carries is asked, whatever waits', () => {
  expect(play([{ type: 'probed', held: held(0) }], live).types).toEqual(['request'])
  expect(play([{ type: 'probed', held: held(0) }]).types).toEqual([])
})

test('what the server has is let in when its first answer has come, and once', () => {
  expect(play([opened, asked(), answered()]).types).toEqual(['answer'])
  expect(play([opened, greeted(), asked(), answered(), committed(0), counted(0)]).types).toEqual(['admit', 'answer'])
  expect(play([greeted(), lost, opened, greeted()]).types).toEqual(['admit', 'reconnect', 'admit'])
})

test('P7: what the server has waits while something here is under ids that somebody else may have claimed', () => {
  const wary = play([opened, counted(2, true), greeted(edits(2, true)), asked(edits(2, true)), answered(2)])
  expect(wary.types).toEqual(['answer', 'request'])
  const covered = play([acknowledged(1), committed(0)], wary.exchange)
  expect(covered.types).toEqual(['cover', 'admit'])
})

test('P7: what the server does not take goes under other ids from where it may lack it', () => {
  const vector = Y.encodeStateVector(new Map([[7, 4]]))
  const asking = play([opened, counted(1), { type: 'asked', vector, ...edits(1) }, answered(1)])
  const doubt = new Map([[7, 2]])
  expect(play([{ type: 'lacking', clients: [7], doubt }], asking.exchange).effects).toEqual([
    { type: 'reissue', from: new Map([[7, 2]]) },
  ])
})

test('P7: what is not this person’s to send is left out from then on, and the rest is sent over a new connection', () => {
  const lacking: Happening = { type: 'lacking', clients: [9], doubt: new Map() }
  const dropped = play([lacking], live)
  expect(dropped.types).toEqual(['drop'])
  expect(dropped.exchange.skipped).toEqual(new Set([9]))
  expect(play([lacking], dropped.exchange).types).toEqual([])
})

test('a server that cannot be reached is tried again after longer and longer waits, until it has answered', () => {
  const { effects, exchange } = play([lost, lost, opened, greeted(), caughtUp, lost])
  const waits = effects.flatMap((effect) => (effect.type === 'reconnect' ? [effect.failed] : []))
  expect(waits).toEqual([0, 1, 0])
  expect(exchange.connection.status).toBe('offline')
})

test('a better way is taken at once, and is no loss to tell of', () => {
  const { effects, exchange } = play([{ type: 'closed', code: 4000 }], live)
  expect(effects).toEqual([{ type: 'reconnect', failed: null }])
  expect(exchange.connection.status).toBe('live')
})

test('P6: the server’s last word is not asked again, and a rebuilt document is given up for the new one', () => {
  const refused = play([{ type: 'closed', code: 4403 }], live)
  expect(refused.types).toEqual([])
  expect(refused.exchange.connection).toMatchObject({ status: 'refused', code: 4403 })
  expect(play([{ type: 'closed', code: 4410 }], live).types).toEqual(['renounce'])
})

test('nothing is overdue while nothing is owed, and something is when nothing has come for too long', () => {
  expect(isOverdue(live, 0, 10_000, 1e9)).toBe(false)
  const asking = next(live, { type: 'probed', held: held(1) }, { now: 0, steady: 50_000 }).exchange
  expect(isOverdue(asking, 0, 10_000, 60_000)).toBe(false)
  expect(isOverdue(asking, 0, 10_000, 60_001)).toBe(true)
  expect(isOverdue(asking, 55_000, 10_000, 65_000)).toBe(false)
})

test('a large change is given the time that a slow way up takes for it, and the next one is not', () => {
  const at = (steady: number) => ({ now: 0, steady })
  const sent = next(live, { type: 'sent', bytes: 80_000 }, at(0)).exchange
  const asking = next(sent, { type: 'probed', held: held(1) }, at(0)).exchange
  expect(isOverdue(asking, 0, 10_000, 20_000)).toBe(false)
  expect(isOverdue(asking, 0, 10_000, 20_001)).toBe(true)
  const come = next(asking, acknowledged(1), at(20_000)).exchange
  const again = next(come, { type: 'probed', held: held(2) }, at(20_000)).exchange
  expect(isOverdue(again, 0, 10_000, 30_001)).toBe(true)
})
