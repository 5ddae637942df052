import type { WebSocket } from 'ws'
import { after, listen, type Report } from '../process/guard.ts'
import { type CloseCode, closeCodeOf } from '../room/closecode.ts'
import type { Transport } from './transport.ts'

/** How long to wait for the client's close frame after sending ours, ms. */
const farewell = 1000

/** A line over a WebSocket. */
export function socketTransport(socket: WebSocket, report: Report): Transport {
  let heard = true
  return {
    send: (frame) => socket.send(frame),
    buffered: () => socket.bufferedAmount,
    end: (code, reason) => endSocket(socket, code, reason, report),
    drop: () => socket.terminate(),
    hush: () => socket.pause(),
    beat() {
      const alive = heard
      heard = false
      if (alive) socket.ping()
      return alive
    },
    listen({ frame, closed }) {
      const message = (data: Buffer, isBinary: boolean) => {
        heard = true
        frame(data, isBinary)
      }
      const pong = () => {
        heard = true
      }
      listen(socket, 'message', message, report)
      listen(socket, 'pong', pong, report)
      listen(socket, 'close', closed, report)
    },
  }
}

/** Sends the close code, and does not wait long for the answer. */
export function endSocket(socket: WebSocket, code: CloseCode, reason: string, report: Report): void {
  socket.resume()
  socket.close(code, reason)
  after(farewell, () => socket.terminate(), report).unref()
}

/** Replaces the close codes of ws itself with ours, which our clients and stock ones take as final. */
export function nameTheCodes(socket: WebSocket): void {
  const close = socket.close.bind(socket)
  socket.close = (code, reason) => close(code === undefined ? code : closeCodeOf(code), reason)
}
