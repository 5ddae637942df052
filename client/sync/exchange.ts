import { type Connection, isFinal, next as nextConnection, rebuilt, startingFrom } from './connection.ts'
import type { Held } from './device/unsaved.ts'
import { toReissue } from './lacked.ts'
import { slowestWay } from './timing.ts'
import { giveWay } from './transport.ts'

/**
 * The exchange between one document here and the server: what is unacknowledged, what this connection has carried,
 * which acknowledgements are owed. Only `next` changes it; the driver carries out the effects.
 */
export interface Exchange {
  readonly connection: Connection
  /** When an acknowledgement last came; wall clock, ms. */
  readonly committedAt: number | null
  /** Consecutive attempts that have not caught up. */
  readonly failed: number
  readonly wire: Wire
  /** Acknowledgements that the server owes here, oldest first. Each confirms that all sent before it is on its disk. */
  readonly owed: readonly Owed[]
  /** The number of the last acknowledgement requested. Numbers only rise, across all connections. */
  readonly numbered: number
  /** When the oldest owed acknowledgement was requested, or the one before it came; monotonic, ms. */
  readonly owedSince: number
  /** Bytes sent, over all connections, and how many of them have arrived or are lost. */
  readonly sent: number
  readonly arrived: number
  /** Client ids whose content here is not this person's to send. */
  readonly skipped: ReadonlySet<number>
}

/** What one connection has carried so far. */
export interface Wire {
  /** The state vector of the server's request. Null before: nothing is sent then, since the answer has everything. */
  readonly asked: Uint8Array | null
  /** The whole answer has been sent. */
  readonly answered: boolean
  /** Large updates being split. No acknowledgement is requested until they are sent. */
  readonly splitting: number
  /** No owed acknowledgement covers all unsaved edits. */
  readonly uncovered: boolean
  /** The first answer of the server, with all that it had, has come. */
  readonly greeted: boolean
  /**
   * Something here was written under client ids of which the server may have nothing. What the server does have under
   * the same ids would replace it, so nothing comes in before the server has said what it accepts.
   */
  readonly wary: boolean
  /** The first answer, and what came after it, has been let in. */
  readonly admitted: boolean
}

export interface Owed {
  readonly number: number
  readonly held: Held
  /** Bytes sent by the time it was requested. */
  readonly sent: number
}

/** Edits that no acknowledgement covers. `doubtful`: some are under client ids of which the server may have nothing. */
export interface Unsaved {
  readonly unsaved: number
  readonly doubtful: boolean
}

export type Happening =
  | ({ readonly type: 'counted' } & Unsaved)
  | { readonly type: 'opened' }
  /** The server asks for what it lacks. */
  | ({ readonly type: 'asked'; readonly vector: Uint8Array } & Unsaved)
  | { readonly type: 'answered'; readonly held: Held }
  /** `bytes` have been sent. */
  | { readonly type: 'sent'; readonly bytes: number }
  | { readonly type: 'splitting' }
  | { readonly type: 'split'; readonly held: Held }
  /** The pause after edits is over. */
  | { readonly type: 'paused'; readonly held: Held }
  /** The connection may be dead. */
  | { readonly type: 'probed'; readonly held: Held }
  /** The server's first answer has come; it may have to wait. */
  | ({ readonly type: 'greeted' } & Unsaved)
  /** That answer has been applied. */
  | { readonly type: 'caught-up' }
  | { readonly type: 'acknowledged'; readonly number: number }
  /** What an acknowledgement covers has been recorded. */
  | ({ readonly type: 'committed' } & Unsaved)
  /**
   * The server did not accept all that was sent. `doubt`: by client id, the first clock it may lack; null if unknown.
   */
  | {
      readonly type: 'lacking'
      readonly clients: readonly number[]
      readonly doubt: ReadonlyMap<number, number> | null
    }
  /** `code`: the close code from the server or the transport; null if closed here. */
  | { readonly type: 'closed'; readonly code: number | null }
  | { readonly type: 'refused'; readonly code: number }
  | { readonly type: 'reopened' }
  /** The browser says that the network is back: the backoff starts over. */
  | { readonly type: 'online' }

export type Effect =
  /** Send what the server lacks. */
  | { readonly type: 'answer'; readonly vector: Uint8Array }
  /** Ask for an acknowledgement. */
  | { readonly type: 'request'; readonly number: number }
  /** Begin the pause after edits, unless it has begun. */
  | { readonly type: 'pause' }
  /** Let in what has arrived. */
  | { readonly type: 'admit' }
  /** The server has these edits on its disk. */
  | { readonly type: 'cover'; readonly held: Held }
  /** Move what is here under these client ids, from these clocks on, to new ids. */
  | { readonly type: 'reissue'; readonly from: ReadonlyMap<number, number> }
  | { readonly type: 'drop' }
  /** Reconnect with the backoff for this many failures; null: at once. */
  | { readonly type: 'reconnect'; readonly failed: number | null }
  /** The server has another lineage of the document. */
  | { readonly type: 'renounce' }

export interface Step {
  readonly exchange: Exchange
  readonly effects: readonly Effect[]
}

/** Readings of the wall clock, which may be set, and of the monotonic clock; ms. */
export interface Moment {
  readonly now: number
  readonly steady: number
}

const closedWire: Wire = {
  asked: null,
  answered: false,
  splitting: 0,
  uncovered: false,
  greeted: false,
  wary: false,
  admitted: false,
}

/** `agreed`: when this copy and the server last had the same; null if unknown. */
export function startExchange(agreed: number | null): Exchange {
  return {
    connection: startingFrom(agreed),
    committedAt: null,
    failed: 0,
    wire: closedWire,
    owed: [],
    numbered: 0,
    owedSince: 0,
    sent: 0,
    arrived: 0,
    skipped: new Set(),
  }
}

/** Whether edits are sent as they are made. */
export function isAsked({ wire }: Exchange): boolean {
  return wire.asked !== null
}

/** Whether an acknowledgement is late even with `silence` ms and a slow uplink. `heard`: when anything last came. */
export function isOverdue(exchange: Exchange, heard: number, silence: number, steady: number): boolean {
  const { owed, owedSince, sent, arrived } = exchange
  return owed.length > 0 && steady - Math.max(owedSince, heard) > silence + (sent - arrived) / slowestWay
}

/** The only place that decides what is sent, what is let in and what counts as saved. */
export function next(from: Exchange, happening: Happening, at: Moment): Step {
  const { wire } = from
  switch (happening.type) {
    case 'counted': {
      const more = happening.unsaved > from.connection.unsaved
      const to = connected(from, { type: 'counted', unsaved: happening.unsaved }, at)
      const { exchange, effects } = trust(more ? withWire(to, { uncovered: true }) : to, happening)
      return step(exchange, ...effects, ...(more && wire.answered ? [{ type: 'pause' } as const] : []))
    }
    case 'opened':
      return step(connected({ ...from, wire: closedWire }, { type: 'opened' }, at))
    case 'asked': {
      const { vector, doubtful } = happening
      return step(withWire(from, { asked: vector, wary: doubtful }), { type: 'answer', vector })
    }
    case 'answered':
      return request(withWire(from, { answered: true, uncovered: true }), happening.held, at)
    case 'sent':
      return step({ ...from, sent: from.sent + happening.bytes })
    case 'splitting':
      return step(withWire(from, { splitting: wire.splitting + 1 }))
    case 'split':
      return request(withWire(from, { splitting: Math.max(0, wire.splitting - 1) }), happening.held, at)
    case 'paused':
      return request(from, happening.held, at)
    case 'probed':
      return wire.answered && wire.splitting === 0 ? ask(from, happening.held, at) : step(from)
    case 'greeted':
      return admit(withWire(from, { greeted: true, wary: wire.wary || happening.doubtful }))
    case 'caught-up': {
      const { committedAt } = from
      return step(connected({ ...from, failed: 0 }, { type: 'caught-up', committedAt }, at))
    }
    case 'acknowledged':
      return acknowledged(from, happening.number, at)
    case 'committed': {
      const to = connected(from, { type: 'committed', unsaved: happening.unsaved }, at)
      return trust(to, happening)
    }
    case 'lacking':
      return lacking(from, happening.clients, happening.doubt)
    case 'closed':
      return closed(from, happening.code, at)
    case 'refused':
    case 'reopened':
      return step(connected(from, happening, at))
    case 'online':
      return step({ ...from, failed: 0 }, { type: 'reconnect', failed: null })
  }
}

/** Requests an acknowledgement if no owed one covers all unsaved edits. Only what this connection has sent counts. */
function request(from: Exchange, held: Held, at: Moment): Step {
  const { answered, uncovered, splitting } = from.wire
  if (!answered || !uncovered || splitting > 0 || from.connection.unsaved === 0) return step(from)
  return ask(from, held, at)
}

function ask(from: Exchange, held: Held, at: Moment): Step {
  const number = from.numbered + 1
  const asked = {
    ...withWire(from, { uncovered: false }),
    numbered: number,
    owed: [...from.owed, { number, held, sent: from.sent }],
    owedSince: from.owed.length === 0 ? at.steady : from.owedSince,
  }
  return step(asked, { type: 'request', number })
}

/** An acknowledgement confirms those before it, too. One that is not owed (of an earlier connection) covers nothing. */
function acknowledged(from: Exchange, number: number, at: Moment): Step {
  const come = from.owed.find((one) => one.number === number)
  if (come === undefined) return step(from)
  const to: Exchange = {
    ...from,
    committedAt: at.now,
    owed: from.owed.filter((one) => one.number > number),
    owedSince: at.steady,
    arrived: come.sent,
  }
  return step(to, { type: 'cover', held: come.held })
}

/** Lets in what the server has once nothing doubtful waits. */
function trust(from: Exchange, { doubtful }: Unsaved): Step {
  return admit(from.wire.wary && !doubtful ? withWire(from, { wary: false }) : from)
}

function admit(from: Exchange): Step {
  const { greeted, wary, admitted } = from.wire
  if (!greeted || wary || admitted) return step(from)
  return step(withWire(from, { admitted: true }), { type: 'admit' })
}

function lacking(from: Exchange, clients: readonly number[], doubt: ReadonlyMap<number, number> | null): Step {
  const ids = toReissue(doubt, clients, from.wire.asked ?? new Uint8Array([0]))
  if (clients.some((client) => ids.has(client))) return step(from, { type: 'reissue', from: ids })
  if (clients.every((client) => from.skipped.has(client))) return step(from)
  return step({ ...from, skipped: new Set([...from.skipped, ...clients]) }, { type: 'drop' })
}

function closed(from: Exchange, code: number | null, at: Moment): Step {
  const gone: Exchange = { ...from, wire: closedWire, owed: [], arrived: from.sent }
  if (code === rebuilt) return step(gone, { type: 'renounce' })
  if (code !== null && isFinal(code)) return step(connected(gone, { type: 'refused', code }, at))
  // The connection moves to a better transport. No loss is reported unless that one does not open.
  if (code === giveWay) return step(gone, { type: 'reconnect', failed: null })
  const lost = connected({ ...gone, failed: from.failed + 1 }, { type: 'lost', code }, at)
  return step(lost, { type: 'reconnect', failed: from.failed })
}

function connected(from: Exchange, happening: Parameters<typeof nextConnection>[1], at: Moment): Exchange {
  const connection = nextConnection(from.connection, happening, at.now)
  return connection === from.connection ? from : { ...from, connection }
}

function withWire(from: Exchange, wire: Partial<Wire>): Exchange {
  return { ...from, wire: { ...from.wire, ...wire } }
}

function step(exchange: Exchange, ...effects: readonly Effect[]): Step {
  return { exchange, effects }
}
