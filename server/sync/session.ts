import { decode, type StateVector } from '../../shared/wire/frame.ts'
import { guarded, type Report } from '../process/guard.ts'
import type { CloseCode } from '../room/closing.ts'
import { type Allowance, createPace, type Pace } from '../room/pace.ts'
import { signOfLife } from '../room/presence.ts'
import type { Room, Seat, Verdict } from '../room/room.ts'
import type { Member, SecretHash } from '../storage/members.ts'
import type { Line } from './line.ts'

/** One connection of one person to one room. */
export interface Session {
  readonly member: Member
  readonly session: SecretHash
  close(code: CloseCode, reason: string): void
  /** From now on nothing is heard. */
  hush(): void
  /** To be called every so often: keeps the line open, and ends it when nobody answers. */
  beat(): void
}

export interface SessionOptions {
  readonly line: Line
  readonly room: Room
  readonly member: Member
  readonly session: SecretHash
  readonly mayWrite: boolean
  readonly whole: boolean
  /** What the client has said in the address that it knows: it is answered with the greeting, a round trip early. */
  readonly vector: StateVector | null
  /** What all connections of this person may send together. */
  readonly shared: Paces
  /** Monotonic, ms: somebody may set the other clock. */
  readonly steady: () => number
  readonly ended: (code: number) => void
  readonly report: Report
}

/** The largest frame, bytes. */
export const largestFrame = 4 * 2 ** 20
export const framesAllowed: Allowance = { perSecond: 1000, burst: 4000 }
export const bytesAllowed: Allowance = { perSecond: 4 * 2 ** 20, burst: 32 * 2 ** 20 }
/** What may lie unsent on a line, bytes: presence stops at the first, the line ends at the second. */
const lagging = 256 * 2 ** 10
const hopeless = 64 * 2 ** 20

/** Readings of a whole document, and of who is there: each connection is one, and each further question. */
export const readingsAllowed: Allowance = { perSecond: 20, burst: 300 }

/** A whole document, and soon another: a laptop and a phone that come back. */
export const partsAllowed: Allowance = { perSecond: 5000, burst: 250_000 }

export interface Paces {
  readonly frames: Pace
  readonly bytes: Pace
  readonly readings: Pace
  /** What updates are made of. */
  readonly parts: Pace
}

export function createPaces(time: number): Paces {
  return {
    frames: createPace(framesAllowed, time),
    bytes: createPace(bytesAllowed, time),
    readings: createPace(readingsAllowed, time),
    parts: createPace(partsAllowed, time),
  }
}

function allows({ frames, bytes }: Paces, size: number, time: number): boolean {
  return frames.take(1, time) && bytes.take(size, time)
}

/** Takes over an open line: from now on what it says goes to the room, and what the room says goes to it. */
export function openSession(options: SessionOptions): Session {
  const { line, room, member, session, mayWrite, whole, vector, shared, steady, ended, report } = options
  const own = createPaces(steady())
  let open = true
  let spoken = true
  /** What has been answered before it was asked. */
  let answered = vector

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

  /** One line that fails is no fault of the room's, which is in the midst of telling everybody. */
  const give = guarded(line.send, (error) => {
    report(error)
    leave(1011)
    line.drop()
  })

  const seat: Seat = room.join({
    ...{ member, session, mayWrite, whole, send, show, end: close },
    afford: (parts) => shared.parts.take(parts, steady()),
  })

  const hear = (frame: Uint8Array): Verdict => {
    const message = decode(frame)
    if (message === null) return malformed
    switch (message.type) {
      case 'step-1':
        if (room.isFormer(message.vector)) return former
        if (answered === null || !sameVector(answered, message.vector)) {
          if (!shared.readings.take(1, steady())) return tooMuch
          seat.answer(message.vector)
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
    if (size > largestFrame) {
      close(4413, 'too large')
      return
    }
    const verdict = complete ? hear(bytes) : malformed
    if (verdict.status === 'refused') close(verdict.code, verdict.reason)
  }
  const greet = () => {
    seat.greet()
    if (vector !== null) seat.answer(vector)
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

  // What throws in here has stopped in the midst of changing the room.
  line.listen({ frame: guarded(heard, room.fail), closed: guarded(leave, room.fail) })
  guarded(greet, room.fail)()
  return { member, session, close, hush: line.hush, beat: guarded(beat, room.fail) }
}

const malformed: Verdict = { status: 'refused', code: 4400, reason: 'malformed' }
const former: Verdict = { status: 'refused', code: 4410, reason: 'of an earlier lineage' }
const tooMuch: Verdict = { status: 'refused', code: 4429, reason: 'too much' }
const well: Verdict = { status: 'well' }

function sameVector(a: StateVector, b: StateVector): boolean {
  return a.size === b.size && [...a].every(([client, clock]) => b.get(client) === clock)
}
