import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Quotas } from '../access/quota.ts'
import { listen, type Report } from '../process/guard.ts'
import type { Member } from '../storage/members.ts'
import { Refused } from './refused.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, once that is known. */
    member?: Member
  }
}

/** Smaller answers are not worth counting, bytes. */
const little = 16 * 2 ** 10
/** How long an answer may stand still, ms. */
const patience = 30_000

/**
 * Counts the answers that wait for somebody to read them, as `Backlog` does what waits on lines. Whoever lets too many
 * wait is refused more, and a socket that stands still is dropped.
 */
export function countAnswers(app: FastifyInstance, { quotas, report }: { quotas: Quotas; report: Report }): void {
  /** What gives back the answers of a socket that closes before they have gone. */
  const waiting = new WeakMap<Socket, Set<() => void>>()
  const waitingOn = (socket: Socket) => {
    const known = waiting.get(socket)
    if (known !== undefined) return known
    const made = new Set<() => void>()
    waiting.set(socket, made)
    const closed = () => {
      for (const release of made) release()
    }
    listen(socket, 'close', closed, report)
    const still = () => {
      if (made.size > 0) socket.destroy()
    }
    listen(socket, 'timeout', still, report)
    return made
  }

  app.addHook('onSend', async ({ member, raw: { socket } }, reply, payload) => {
    if (member === undefined || !(typeof payload === 'string' || payload instanceof Uint8Array)) return payload
    const size = Buffer.byteLength(payload)
    if (size < little) return payload
    if (quotas.take('waiting', member, size) !== null) {
      // The refusal itself is little.
      reply.removeHeader('content-length')
      throw new Refused(503, 'busy')
    }
    const releases = waitingOn(socket)
    const release = () => {
      if (releases.delete(release)) quotas.give('waiting', member, size)
    }
    releases.add(release)
    if (socket.destroyed) release()
    // Node takes it back with the end of the answer.
    socket.setTimeout(patience)
    listen(reply.raw, 'finish', release, report)
    return payload
  })
}
