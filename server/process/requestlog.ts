import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { newId } from '../access/ids.ts'
import { listen, type Report } from './guard.ts'

/**
 * The log of requests, for the operator: that something was asked and how it went. It never has an address, an id, a
 * secret, a name or content: of a path it has the pattern, which is the same for every meeting and document.
 */
export interface RequestLog {
  /** Call when a request comes. The id also stands with what went wrong in it. */
  begun(request: IncomingMessage, response: ServerResponse): void
  /** The pattern of the route, once it is known. */
  routed(request: IncomingMessage, pattern: string): void
  idOf(request: IncomingMessage): string | undefined
  /** Call when a socket has opened, and what it returns with the close code. */
  opened(request: IncomingMessage): (code: number) => void
}

interface Entry {
  readonly id: string
  route: string
}

export function createRequestLog(logger: Logger | null, steady: () => number, report: Report): RequestLog {
  const entries = new WeakMap<IncomingMessage, Entry>()
  /** Milliseconds since, and bytes sent since, for as long as the connection carries nothing else. */
  const measure = ({ socket }: IncomingMessage) => {
    const [began, sent] = [steady(), socket.bytesWritten]
    return () => ({ ms: Math.round(steady() - began), bytes: socket.bytesWritten - sent })
  }
  return {
    begun(request, response) {
      const entry = { id: newId(), route: '-' }
      entries.set(request, entry)
      if (logger === null) return
      const measured = measure(request)
      const closed = () => {
        const { method } = request
        // Whoever has gone before the answer has no status.
        const status = response.writableFinished ? response.statusCode : null
        logger.info({ ...entry, method, status, ...measured() }, 'request')
      }
      listen(response, 'close', closed, report)
    },
    routed(request, pattern) {
      const entry = entries.get(request)
      if (entry !== undefined) entry.route = pattern
    },
    idOf: (request) => entries.get(request)?.id,
    opened(request) {
      if (logger === null) return () => {}
      const [id, measured] = [newId(), measure(request)]
      logger.info({ id, route: socketRoute }, 'socket opened')
      return (code) => logger.info({ id, route: socketRoute, code, ...measured() }, 'socket closed')
    },
  }
}

const socketRoute = '/sync/:meeting/:document'
