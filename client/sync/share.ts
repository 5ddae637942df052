import { fromBase64UrlEncoded } from 'lib0/buffer'
import { type DocumentName, documents } from '../../shared/document/documents.ts'
import {
  channelOf,
  controlChannel,
  decodeControl,
  encodeControl,
  everyDocument,
  onChannel,
} from '../../shared/wire/channel.ts'
import type { Transport } from './transport.ts'

/** In characters. Documents that do not fit are opened by frames. The first is always in the address. */
const longestAddress = 4000

interface Shared {
  readonly transport: Transport
  users: number
  sockets: readonly SharedSocket[]
}

/** One connection. Its address opens the documents that are requested in the same task. */
interface SharedSocket {
  /** Whether it has, or has had, this channel. */
  has(channel: number): boolean
  open(asked: Asked): WebSocket
}

interface Asked {
  readonly channel: number
  readonly epoch: string
  /** Base64url; null if the vector is too long for an address. */
  readonly vector: string | null
}

const shared = new Map<string, Shared>()

/**
 * A transport for the provider of one document. Those with the same `key` share a connection: without WebSockets,
 * browsers allow six per host. The key names a person in a meeting; another person's session is another connection.
 */
export function shareTransport(key: string, open: () => Transport): Transport {
  const entry = shared.get(key) ?? { transport: open(), users: 0, sockets: [] }
  const { transport } = entry
  shared.set(key, entry)
  entry.users += 1

  function Socket(url: string | URL) {
    const { root, asked } = read(String(url))
    const socket = entry.sockets.find((one) => !one.has(asked.channel)) ?? begin(root)
    return socket.open(asked)
  }
  function begin(root: string): SharedSocket {
    const socket = openSharedSocket(transport.Socket, root, () => {
      entry.sockets = entry.sockets.filter((one) => one !== socket)
    })
    entry.sockets = [...entry.sockets, socket]
    return socket
  }

  return {
    ...transport,
    // A constructor that returns an object gives that object.
    Socket: Socket as unknown as typeof WebSocket,
    close() {
      entry.users -= 1
      if (entry.users > 0) return
      shared.delete(key)
      transport.close()
    },
  }
}

function openSharedSocket(Socket: typeof WebSocket, root: string, ended: () => void): SharedSocket {
  const channels = new Map<number, Channel>()
  /** A channel is opened once: what is under way for one that has ended is never taken for the next. */
  const used = new Set<number>()
  /** Documents that the address does not open. */
  let late: Asked[] = []
  let waiting: Asked[] | null = []
  let socket: WebSocket | null = null

  function dial() {
    const all = (waiting ?? []).filter(({ channel }) => channels.has(channel))
    waiting = null
    if (all.length === 0) return
    let address = `${root}/${everyDocument}`
    for (const asked of all) {
      const { channel, epoch, vector } = asked
      const more = `${address.includes('?') ? '&' : '?'}open=${channel}.${epoch}${vector === null ? '' : `.${vector}`}`
      if (address.includes('?') && address.length + more.length > longestAddress) late.push(asked)
      else address += more
    }
    socket = new Socket(address)
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => {
      for (const asked of late) ask(asked)
      late = []
    }
    socket.onmessage = ({ data }: { data: ArrayBuffer }) => come(data)
    socket.onclose = ({ code, reason }) => end(code, reason)
  }
  function ask({ channel, epoch, vector }: Asked) {
    if (!channels.has(channel)) return
    const bytes = vector === null ? new Uint8Array() : fromBase64UrlEncoded(vector)
    socket?.send(encodeControl({ type: 'open', channel, epoch: Number(epoch), vector: bytes }))
  }
  function come(data: ArrayBuffer) {
    const bytes = new Uint8Array(data)
    const channel = channelOf(bytes)
    if (channel !== controlChannel) {
      channels.get(channel ?? controlChannel)?.come(data.slice(0, -1))
      return
    }
    const answer = decodeControl(bytes.subarray(0, -1))
    if (answer?.type !== 'ended') return
    const over = channels.get(answer.channel)
    channels.delete(answer.channel)
    over?.finish(answer.code, answer.reason)
    leave()
  }
  function end(code: number, reason: string) {
    ended()
    const open = [...channels.values()]
    channels.clear()
    for (const channel of open) channel.finish(code, reason)
  }
  /** Closes the connection with its last document. */
  function leave() {
    if (channels.size > 0) return
    ended()
    if (socket === null) return
    socket.onclose = null
    socket.close()
  }

  return {
    has: (channel) => used.has(channel),
    open(asked) {
      const { channel } = asked
      const opened = openChannel({
        send: (frame) => socket?.send(onChannel(frame, channel)),
        close() {
          if (channels.get(channel) !== opened) return
          channels.delete(channel)
          if (socket?.readyState === socket?.OPEN) socket?.send(encodeControl({ type: 'close', channel }))
          leave()
        },
      })
      used.add(channel)
      channels.set(channel, opened)
      if (waiting !== null) {
        if (waiting.length === 0) queueMicrotask(dial)
        waiting.push(asked)
      } else if (socket?.readyState === socket?.OPEN) ask(asked)
      else late.push(asked)
      return opened.socket as unknown as WebSocket
    },
  }
}

interface Channel {
  readonly socket: object
  come(data: ArrayBuffer): void
  finish(code: number, reason: string): void
}

/** WebSocket-shaped; it opens when the first frame has come. */
function openChannel({ send, close }: { send(frame: Uint8Array): void; close(): void }): Channel {
  const socket = {
    binaryType: 'arraybuffer',
    readyState: 0,
    CONNECTING: 0,
    OPEN: 1,
    CLOSING: 2,
    CLOSED: 3,
    onopen: null as ((event: unknown) => void) | null,
    onmessage: null as ((event: { data: ArrayBuffer }) => void) | null,
    onclose: null as ((event: { code: number; reason: string }) => void) | null,
    onerror: null,
    send(frame: Uint8Array) {
      if (socket.readyState === socket.OPEN) send(frame)
    },
    close() {
      if (socket.readyState >= socket.CLOSING) return
      socket.readyState = socket.CLOSING
      close()
      queueMicrotask(() => finish(1000, ''))
    },
  }
  function finish(code: number, reason: string) {
    if (socket.readyState === socket.CLOSED) return
    socket.readyState = socket.CLOSED
    socket.onclose?.({ code, reason })
  }
  return {
    socket,
    finish,
    come(data) {
      if (socket.readyState === socket.CONNECTING) {
        socket.readyState = socket.OPEN
        socket.onopen?.({})
      }
      socket.onmessage?.({ data })
    },
  }
}

/** Reads the address that the provider has built from a meeting and a document. */
function read(address: string): { readonly root: string; readonly asked: Asked } {
  const [, root = '', document = '', query = ''] = /^(.*)\/([^/?]*)(?:\?(.*))?$/.exec(address) ?? []
  const asked = new URLSearchParams(query)
  const { channel } = documents[decodeURIComponent(document) as DocumentName]
  return { root, asked: { channel, epoch: asked.get('epoch') ?? '', vector: asked.get('vector') } }
}
