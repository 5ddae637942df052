import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { after, listen, type Report } from '../process/guard.ts'
import { type CloseCode, closeCodeOf } from '../room/closecode.ts'
import type { Arriving } from './backlog.ts'
import { largestPacket, packetOf } from './packet.ts'
import type { Transport } from './transport.ts'

/** How long to wait for the client's close frame after sending ours, ms. */
const farewell = 1000

/** A line over a WebSocket. What is not large goes directly to `carrier`, its stream, between what ws writes. */
export function socketTransport(socket: WebSocket, carrier: Duplex, report: Report): Transport {
  let heard = true
  return {
    send(frame) {
      if (socket.readyState !== socket.OPEN) return
      if (frame.length > largestPacket) socket.send(frame)
      else carrier.write(packetOf(frame))
    },
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

/** What has come on a socket, and how much of it since the last frame that came whole. */
export function arrivals(socket: WebSocket, stream: Duplex & { bytesRead?: number }, report: Report): () => Arriving {
  const read = () => stream.bytesRead ?? 0
  let whole = read()
  const came = () => {
    whole = read()
  }
  for (const event of ['message', 'ping', 'pong']) listen(socket, event, came, report)
  return () => ({ unfinished: read() - whole, all: read() })
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
