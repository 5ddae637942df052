import { once } from 'node:events'
import { createDecoder, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeUint8Array, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import { WebSocket } from 'ws'
import * as Y from 'yjs'

/** Where a client connects, and how the server there differs from the y-websocket protocol. */
export interface Place {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Stands before every message, both ways. */
  readonly prefix: Uint8Array
  /** Messages before the first of the protocol. */
  readonly hello: readonly Uint8Array[]
  /** Whether somebody there answers a step 1. */
  readonly syncs: boolean
  /** Whether a 102 comes back when everything before it is committed. */
  readonly acknowledges: boolean
}

/** A client at a raw socket: the protocol and nothing else, so that fifty of them cost the generator little. */
export interface Seat {
  send(update: Uint8Array): void
  /** Asks to be told when everything sent so far is committed; `news.acknowledged` gets the number. */
  askFor(number: number): void
  close(): void
}

export interface News {
  /** What this replica has, for a server that asks. Without it, it has nothing. */
  readonly doc?: Y.Doc | undefined
  /** A state vector: what it says that it knows, where that is not nothing. */
  readonly knows?: Uint8Array | undefined
  /** `message` is a view into the frame, and holds nothing but this update: type, length, bytes. */
  update(message: Uint8Array): void
  /** Everything that the server had at first. */
  whole?(update: Uint8Array): void
  acknowledged?(number: number): void
  /** The connection is lost. */
  ended(reason: string): void
}

const sync = 0
/** Hocuspocus answers a step 1 with this instead. */
const syncReply = 4
const acknowledgement = 102

/** Settles when the server has sent what it had. */
export async function takeSeat(place: Place, news: News): Promise<Seat> {
  const socket = new WebSocket(place.url, { headers: place.headers, perMessageDeflate: false })
  const skip = place.prefix.length
  let closed = false
  let whole = () => {}
  let lost = (_error: Error) => {}
  const synced = new Promise<void>((resolve, reject) => {
    whole = resolve
    lost = reject
  })
  synced.catch(() => {})
  if (!place.syncs) whole()

  const send = (write: (encoder: ReturnType<typeof createEncoder>) => void) => {
    const encoder = createEncoder()
    writeUint8Array(encoder, place.prefix)
    write(encoder)
    socket.send(toUint8Array(encoder))
  }
  const sendSync = (step: 0 | 1 | 2, bytes: Uint8Array) =>
    send((encoder) => {
      writeVarUint(encoder, sync)
      writeVarUint(encoder, step)
      writeVarUint8Array(encoder, bytes)
    })

  socket.on('message', (data: Buffer) => {
    const type = data[skip]
    if (type === sync || type === syncReply) {
      const step = data[skip + 1]
      if (step === 2) return news.update(data.subarray(skip + 2))
      const bytes = readVarUint8Array(createDecoder(data.subarray(skip + 2)))
      if (step === 0) return sendSync(1, news.doc ? Y.encodeStateAsUpdate(news.doc, bytes) : nothing)
      news.whole?.(bytes)
      whole()
    } else if (type === acknowledgement) {
      const payload = readVarUint8Array(createDecoder(data.subarray(skip + 1)))
      news.acknowledged?.(readVarUint(createDecoder(payload)))
    }
  })
  socket.on('error', (error) => news.ended(String(error)))
  socket.on('close', (code, reason) => {
    lost(new Error(`the connection was closed with ${code} ${reason}`))
    if (!closed) news.ended(`closed with ${code} ${reason}`)
  })

  await once(socket, 'open')
  for (const message of place.hello) send((encoder) => writeUint8Array(encoder, message))
  if (place.syncs) sendSync(0, news.knows ?? nowhere)
  await synced
  return {
    send: (update) => sendSync(2, update),
    askFor(number) {
      const payload = createEncoder()
      writeVarUint(payload, number)
      send((encoder) => {
        writeVarUint(encoder, acknowledgement)
        writeVarUint8Array(encoder, toUint8Array(payload))
      })
    },
    close() {
      closed = true
      socket.terminate()
    },
  }
}

/** The update that holds nothing, and the state vector of a replica that has nothing. */
const nothing = new Uint8Array([0, 0])
const nowhere = new Uint8Array([0])

/** Sends the document, and settles when the server has it. */
export async function bring(place: Place, update: Uint8Array): Promise<void> {
  let settle = () => {}
  let fail = (_error: Error) => {}
  const there = new Promise<void>((resolve, reject) => {
    settle = resolve
    fail = reject
  })
  const seat = await takeSeat(place, {
    // Both servers send an edit back to its author, too.
    update: () => settle(),
    ended: (reason) => fail(new Error(`the document could not be brought: ${reason}`)),
  })
  seat.send(update)
  await there
  seat.close()
}
