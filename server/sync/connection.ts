import { decode, type StateVector } from '../../shared/wire/frame.ts'
import type { Quotas } from '../access/quota.ts'
import { after, alone, guarded, type Report } from '../process/guard.ts'
import type { CloseCode } from '../room/closecode.ts'
import { signOfLife } from '../room/presence.ts'
import { type Allowance, createRateLimit, type RateLimit } from '../room/ratelimit.ts'
import type { Room, Seat, Verdict } from '../room/room.ts'
import type { Member, SecretHash } from '../storage/members.ts'
import type { Transport } from './transport.ts'

/** One connection of one person to one room. */
export interface Connection {
  readonly member: Member
  readonly session: SecretHash
  close(code: CloseCode, reason: string): void
  /** Stops reading frames. */
  hush(): void
  /** Call regularly: keeps the connection open, and ends it when nobody answers. */
  beat(): void
}

export interface ConnectionOptions {
  readonly line: Transport
  readonly room: Room
  readonly member: Member
  readonly session: SecretHash
  readonly mayWrite: boolean
  readonly whole: boolean
  /** The state vector in the client's address. It is answered with the greeting, which saves a round trip. */
  readonly vector: StateVector | null
  /** Rate limits shared by all connections of this person. */
  readonly shared: RateLimits
  readonly quotas: Quotas
  /** Whether too much waits for this person to send them a whole document. */
  readonly isBehind: () => boolean
  /** Monotonic, ms. The system clock may be set at any time. */
  readonly steady: () => number
  /** Whether the rights of connections may have changed, and what closes those of which they have. */
  readonly rights: { doubtful(): boolean; review(): Promise<void> }
  readonly ended: (code: number) => void
  readonly report: Report
}

/** The largest frame, bytes. */
export const largestFrame = 4 * 2 ** 20
export const framesAllowed: Allowance = { perSecond: 1000, burst: 4000 }
const bytesAllowed: Allowance = { perSecond: 4 * 2 ** 20, burst: 32 * 2 ** 20 }
/** Unsent bytes on a line: awareness is dropped above the first, the line is closed above the second. */
const lagging = 256 * 2 ** 10
const hopeless = 64 * 2 ** 20

/** Reads of a whole document or of its awareness. Each connection counts as one, and so does each later query. */
const readingsAllowed: Allowance = { perSecond: 20, burst: 300 }

/** Enough for a whole document and soon another, as when a laptop and a phone come back. */
const partsAllowed: Allowance = { perSecond: 5000, burst: 250_000 }

/**
 * What somebody takes who types, draws on no budget that others share, so that nobody is kept from it by them: frames,
 * their bytes, and bytes of the log.
 */
const modestFrames: Allowance = { perSecond: 30, burst: 300 }
const modestBytes: Allowance = { perSecond: 32 * 2 ** 10, burst: 512 * 2 ** 10 }
const modestLog: Allowance = { perSecond: 1024, burst: 64 * 2 ** 10 }
/** How long to wait before looking again whether a reader has caught up, ms. */
const patience = 250

export interface RateLimits {
  readonly frames: RateLimit
  readonly bytes: RateLimit
  readonly readings: RateLimit
  /** Parts of updates. */
  readonly parts: RateLimit
  readonly modest: { readonly frames: RateLimit; readonly bytes: RateLimit; readonly log: RateLimit }
}

export function createRateLimits(time: number): RateLimits {
  return {
    frames: createRateLimit(framesAllowed, time),
    bytes: createRateLimit(bytesAllowed, time),
    readings: createRateLimit(readingsAllowed, time),
    parts: createRateLimit(partsAllowed, time),
    modest: {
      frames: createRateLimit(modestFrames, time),
      bytes: createRateLimit(modestBytes, time),
      log: createRateLimit(modestLog, time),
    },
  }
}

/** Whether a frame of a person is within what they need, or else within what their link, meeting and server share. */
export function shares(quotas: Quotas, of: Member, { modest }: RateLimits, size: number, time: number): boolean {
  const isModest = modest.frames.take(1, time) && modest.bytes.take(size, time)
  return isModest || (quotas.take('frames', of) ?? quotas.take('frame-bytes', of, size)) === null
}

function allows({ frames, bytes }: RateLimits, size: number, time: number): boolean {
  return frames.take(1, time) && bytes.take(size, time)
}

/** Takes over an open line and connects it to the room in both directions. */
export function openConnection(options: ConnectionOptions): Connection {
  const {
    line,
    room,
    member,
    session,
    mayWrite,
    whole,
    vector,
    shared,
    quotas,
    isBehind,
    steady,
    rights,
    ended,
    report,
  } = options
  const own = createRateLimits(steady())
  let open = true
  let spoken = true
  /** The state vector already answered before the client sends it. */
  let answered = vector
  /** The last state vector asked with while too much was waiting. */
  let deferred: StateVector | null = null

  const send = (frame: Uint8Array) => {
    if (!open) return
    if (line.buffered() > hopeless) {
      close(1013, 'the line is too slow')
      return
    }
    spoken = true
    give(frame)
  }
  const show = (frame: Uint8Array) => {
    if (line.buffered() < lagging) send(frame)
  }
  const leave = (code: number) => {
    if (!open) return
    open = false
    seat.leave()
    ended(code)
  }
  const close = (code: CloseCode, reason: string) => {
    if (!open) return
    leave(code)
    line.end(code, reason)
  }

  /** A failing line must not disturb the room, which may be in the middle of a broadcast. */
  const give = guarded(line.send, (error) => {
    report(error)
    leave(1011)
    line.drop()
  })

  /** A document that is asked for again while it waits to be read is not encoded again. */
  const answer = (vector: StateVector) => {
    if (line.buffered() < lagging && !isBehind()) return seat.answer(vector)
    if (deferred === null) after(patience, later, room.fail).unref()
    deferred = vector
  }
  const later = () => {
    const vector = deferred
    deferred = null
    if (open && vector !== null) answer(vector)
  }
  /** Why the log takes no more bytes of this person, or null. */
  const log = (bytes: number): Verdict | null => {
    if (!shared.modest.log.take(bytes, steady()) && quotas.take('log-growth', member, bytes) !== null) return logGrows
    return quotas.take('log', member, bytes) === null ? null : logFull
  }

  const seat: Seat = room.join({
    ...{ member, session, mayWrite, whole, send, show, end: close },
    afford: (parts) => shared.parts.take(parts, steady()),
    log,
  })

  const hear = (frame: Uint8Array): Verdict => {
    const message = decode(frame)
    if (message === null) return malformed
    switch (message.type) {
      case 'step-1':
        if (room.isFormer(message.vector)) return former
        if (answered === null || !sameVector(answered, message.vector)) {
          if (!shared.readings.take(1, steady())) return tooMuch
          answer(message.vector)
        }
        answered = null
        return well
      case 'step-2':
      case 'update':
        return seat.edit(message.type, message.update)
      case 'awareness':
        return seat.awareness(message.entries)
      case 'query-awareness':
        if (!shared.readings.take(1, steady())) return tooMuch
        seat.queryAwareness()
        return well
      case 'acknowledge':
        seat.acknowledge(message.payload)
        return well
    }
  }

  const heard = (bytes: Uint8Array, complete: boolean) => {
    if (!open) return
    const size = bytes.length
    const time = steady()
    if (!allows(own, size, time) || !allows(shared, size, time)) {
      close(4429, 'too much')
      return
    }
    if (!shares(quotas, member, shared, size, time)) {
      close(1013, 'too much by many')
      return
    }
    if (size > largestFrame) {
      close(4413, 'too large')
      return
    }
    const touches = bytes[0] === syncs
    inTurn(touches, () => {
      const verdict = complete ? hear(bytes) : malformed
      if (verdict.status === 'refused') close(verdict.code, verdict.reason)
    })
  }
  /** What has come while rights are in doubt: nobody reads or writes a document with the rights of a moment ago. */
  let waiting: (() => void)[] | null = null
  const inTurn = (touches: boolean, step: () => void) => {
    if (waiting !== null) waiting.push(step)
    else if (touches && rights.doubtful()) wait([step])
    else step()
  }
  const wait = (steps: (() => void)[]) => {
    waiting = steps
    const goOn = guarded(() => {
      waiting = null
      for (const step of steps) if (open) step()
    }, room.fail)
    const undecided = (error: unknown) => {
      report(error)
      close(1011, 'cannot serve now')
    }
    alone(rights.review().then(goOn, undecided), report)
  }
  const greet = () => {
    seat.greet()
    if (vector !== null) answer(vector)
  }
  const beat = () => {
    if (!line.beat()) {
      leave(1006)
      line.drop()
      return
    }
    if (!spoken) send(signOfLife)
    spoken = false
  }

  // An error in here may have left the room half changed.
  const closed = (code: number) => inTurn(false, () => leave(code))
  line.listen({ frame: guarded(heard, room.fail), closed: guarded(closed, room.fail) })
  guarded(greet, room.fail)()
  return { member, session, close, hush: line.hush, beat: guarded(beat, room.fail) }
}

/** The type of the frames that read or write the document. Of others a review in time is enough. */
const syncs = 0

const malformed: Verdict = { status: 'refused', code: 4400, reason: 'malformed' }
const former: Verdict = { status: 'refused', code: 4410, reason: 'of an earlier lineage' }
const tooMuch: Verdict = { status: 'refused', code: 4429, reason: 'too much' }
const logGrows: Verdict = { status: 'refused', code: 1013, reason: 'the log grows too fast' }
const logFull: Verdict = { status: 'refused', code: 4413, reason: 'the log is full' }
const well: Verdict = { status: 'well' }

function sameVector(a: StateVector, b: StateVector): boolean {
  return a.size === b.size && [...a].every(([client, clock]) => b.get(client) === clock)
}
