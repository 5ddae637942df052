import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { decode } from '../shared/wire/frame.ts'
import type { CloseCode } from './closing.ts'
import { type Allowance, createPace, type Pace } from './pace.ts'
import { packetOf } from './packet.ts'
import { signOfLife } from './presence.ts'
import type { Room, Seat, Verdict } from './room.ts'
import type { Member, SecretHash } from './storage/storage.ts'

/** One connection of one person to one room. */
export interface Session {
  readonly member: Member
  readonly session: SecretHash
  close(code: CloseCode, reason: string): void
  /** From now on frames wait in the kernel. */
  hush(): void
  /** To be called every so often: keeps the line open, and ends it when nobody answers. */
  beat(): void
}

export interface SessionOptions {
  readonly socket: WebSocket
  /** What carries the socket. Whole messages are written to it directly, between those that ws writes. */
  readonly line: Duplex
  readonly room: Room
  readonly member: Member
  readonly session: SecretHash
  readonly mayWrite: boolean
  /** What all connections of this person may send together. */
  readonly shared: Paces
  readonly now: () => number
  readonly ended: (code: number) => void
}

/** The largest frame, bytes. */
export const largestFrame = 4 * 2 ** 20
export const framesAllowed: Allowance = { perSecond: 1000, burst: 4000 }
export const bytesAllowed: Allowance = { perSecond: 4 * 2 ** 20, burst: 32 * 2 ** 20 }
/** What may lie unsent on a line, bytes: presence stops at the first, the line ends at the second. */
const lagging = 256 * 2 ** 10
const hopeless = 64 * 2 ** 20
/** After saying goodbye, how long we wait for theirs, ms. */
const farewell = 1000

export interface Paces {
  readonly frames: Pace
  readonly bytes: Pace
}

export function createPaces(time: number): Paces {
  return { frames: createPace(framesAllowed, time), bytes: createPace(bytesAllowed, time) }
}

function allows({ frames, bytes }: Paces, size: number, time: number): boolean {
  return frames.take(1, time) && bytes.take(size, time)
}

/** Takes over an open socket: from now on what it says goes to the room, and what the room says goes to it. */
export function openSession(options: SessionOptions): Session {
  const { socket, line, room, member, session, mayWrite, shared, now, ended } = options
  const own = createPaces(now())
  let open = true
  let heard = true
  let spoken = true

  const send = (frame: Uint8Array) => {
    if (!open) return
    if (socket.bufferedAmount > hopeless) {
      close(1013, 'the line is too slow')
      return
    }
    spoken = true
    if (socket.readyState === socket.OPEN) line.write(packetOf(frame))
  }
  const show = (frame: Uint8Array) => {
    if (socket.bufferedAmount < lagging) send(frame)
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
    endSocket(socket, code, reason)
  }

  const seat: Seat = room.join({ member, session, mayWrite, send, show })

  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (!open) return
    heard = true
    const size = data.length
    const time = now()
    if (!allows(own, size, time) || !allows(shared, size, time)) {
      close(4429, 'too much')
      return
    }
    if (size > largestFrame) {
      close(4413, 'too large')
      return
    }
    const verdict = isBinary ? hear(seat, data) : malformed
    if (verdict.status === 'refused') close(verdict.code, verdict.reason)
  })
  socket.on('pong', () => {
    heard = true
  })
  socket.on('error', () => {})
  socket.on('close', (code) => leave(code))

  seat.greet()
  return {
    member,
    session,
    close,
    hush: () => socket.pause(),
    beat() {
      if (!heard) {
        leave(1006)
        socket.terminate()
        return
      }
      heard = false
      socket.ping()
      if (!spoken) send(signOfLife)
      spoken = false
    },
  }
}

const malformed: Verdict = { status: 'refused', code: 4400, reason: 'malformed' }
const well: Verdict = { status: 'well' }

function hear(seat: Seat, frame: Uint8Array): Verdict {
  const message = decode(frame)
  if (message === null) return malformed
  switch (message.type) {
    case 'step-1':
      seat.answer(message.vector)
      return well
    case 'step-2':
    case 'update':
      return seat.edit(message.type, message.update)
    case 'awareness':
      return seat.awareness(message.entries)
    case 'query-awareness':
      seat.queryAwareness()
      return well
    case 'acknowledge':
      seat.acknowledge(message.payload)
      return well
  }
}

/** Says why, and does not wait long for the answer. */
export function endSocket(socket: WebSocket, code: CloseCode, reason: string): void {
  socket.on('error', () => {})
  socket.resume()
  socket.close(code, reason)
  setTimeout(() => socket.terminate(), farewell).unref()
}
