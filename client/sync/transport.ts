import { isFinal } from './connection.ts'
import type { Carrier } from './device/log.ts'
import type { Requests } from './requests.ts'

export interface Transport {
  /** WebSocket-shaped: each instance tries a WebSocket, then the other transports. It opens with the first frame. */
  readonly Socket: typeof WebSocket
  /** The transport in use; null while there is none. */
  carrier(): Carrier | null
  /** When a frame last came; monotonic, ms. */
  heard(): number
  subscribe(listener: () => void): () => void
  close(): void
}

export interface TransportOptions {
  /** Remembers what works in this network; null: nothing is remembered. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null
  readonly now?: () => number
  /** Monotonic, ms. */
  readonly steady?: () => number
  /** How long a transport may take to bring its first frame before the next is tried beside it, ms. */
  readonly patience?: number
  readonly WebSocket?: typeof WebSocket
  /** Loads the code for plain requests when it is needed. */
  readonly load?: () => Promise<Pick<typeof import('./requests.ts'), 'openRequests'>>
}

/** The close code of a connection that gives way to a better transport: reconnect at once. */
export const giveWay = 4000

/** The close codes, besides the final ones, that only our server sends. */
const ours: readonly number[] = [1001, 1011, 1013]
const key = 'parley:carrier'
/** Networks change unnoticed: after this long the WebSocket is tried again, ms. */
export const rememberedFor = 10 * 60_000
/** Between two tries of the WebSocket while another transport is in use, and for how long nothing was sent; ms. */
const probeEvery = 5 * 60_000
const quiet = 5_000
/** When no transport has brought anything for this many times `patience`, the attempt fails. */
const hopeless = 6

/** One transport that is tried. */
interface Attempt {
  readonly carrier: () => Carrier
  send(data: Uint8Array<ArrayBuffer>): void
  close(): void
}

export function openTransport(options: TransportOptions): Transport {
  const { storage, now = Date.now, patience = 2500, load = () => import('./requests.ts') } = options
  const { steady = () => performance.now() } = options
  const WebSocket = options.WebSocket ?? globalThis.WebSocket
  const listeners = new Set<() => void>()
  let carrying: Carrier | null = null
  let heard = steady()

  function carry(carrier: Carrier | null) {
    if (carrying === carrier) return
    carrying = carrier
    for (const listener of [...listeners]) listener()
  }

  function remembered(): Carrier {
    const [carrier, at, network] = recall().split(' ')
    const fresh = Math.abs(now() - Number(at)) < rememberedFor && network === networkName()
    return fresh && (carrier === 'stream' || carrier === 'polling') ? carrier : 'socket'
  }
  function recall(): string {
    try {
      return storage?.getItem(key) ?? ''
    } catch {
      return ''
    }
  }
  function remember(carrier: Carrier) {
    try {
      if (carrier === 'socket') storage?.removeItem(key)
      // Only the first success sets the time: however often it is used, the WebSocket is tried again.
      else if (remembered() !== carrier) storage?.setItem(key, `${carrier} ${now()} ${networkName()}`)
    } catch {
      // Full or forbidden storage costs the next visit its first seconds.
    }
  }
  const forget = () => remember('socket')

  /** Reports every frame, and the end. A socket that has brought no frame is no connection. */
  function trySocket(
    url: string,
    came: (data: ArrayBuffer) => void,
    ended: (code: number, reason: string) => void,
  ): Attempt {
    const socket = socketTo(url)
    if (socket === null) {
      queueMicrotask(() => ended(1006, 'no sockets here'))
      return { carrier: () => 'socket', send() {}, close() {} }
    }
    socket.binaryType = 'arraybuffer'
    socket.onmessage = ({ data }) => came(data)
    socket.onclose = ({ code, reason }) => ended(code, reason)
    return {
      carrier: () => 'socket',
      send(data) {
        if (socket.readyState === WebSocket.OPEN) socket.send(data)
      },
      close() {
        socket.onmessage = null
        socket.onclose = null
        socket.close()
      },
    }
  }

  /** Null if the browser, or an extension, allows no WebSocket. */
  function socketTo(url: string): WebSocket | null {
    try {
      return new WebSocket(url)
    } catch {
      return null
    }
  }

  function dial(url: string) {
    let attempts: Attempt[] = []
    let winner: Attempt | null = null
    let spoke = Number.NEGATIVE_INFINITY
    /** Whether plain requests are tried: their code is loaded only then. */
    let asked: 'no' | 'loading' | 'yes' = 'no'
    const timers = new Set<ReturnType<typeof setTimeout>>()
    const later = (act: () => void, wait: number) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        act()
      }, wait)
      timers.add(timer)
    }
    const socket = {
      url,
      binaryType: 'arraybuffer',
      readyState: WebSocket.CONNECTING as number,
      CONNECTING: 0,
      OPEN: 1,
      CLOSING: 2,
      CLOSED: 3,
      onopen: null as ((event: unknown) => void) | null,
      onmessage: null as ((event: { data: ArrayBuffer }) => void) | null,
      onclose: null as ((event: { code: number; reason: string }) => void) | null,
      onerror: null as ((event: unknown) => void) | null,
      send(data: Uint8Array<ArrayBuffer>) {
        spoke = steady()
        winner?.send(data)
      },
      close() {
        queueMicrotask(() => finish(1000, ''))
        release()
      },
    }

    function release() {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      for (const attempt of attempts) attempt.close()
      attempts = []
      if (winner !== null) carry(null)
      winner = null
      if (socket.readyState !== WebSocket.CLOSED) socket.readyState = WebSocket.CLOSING
    }
    function finish(code: number, reason: string) {
      if (socket.readyState === WebSocket.CLOSED) return
      release()
      socket.readyState = WebSocket.CLOSED
      socket.onclose?.({ code, reason })
    }

    function came(attempt: Attempt, data: ArrayBuffer) {
      heard = steady()
      if (winner === null) win(attempt)
      socket.onmessage?.({ data })
    }
    function win(attempt: Attempt) {
      winner = attempt
      for (const other of attempts) if (other !== attempt) other.close()
      attempts = [attempt]
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      remember(attempt.carrier())
      carry(attempt.carrier())
      if (attempt.carrier() !== 'socket') later(probe, probeEvery)
      socket.readyState = WebSocket.OPEN
      socket.onopen?.({})
    }
    function ended(attempt: Attempt, code: number, reason: string) {
      attempts = attempts.filter((one) => one !== attempt)
      // A close code from our server says nothing about the transport.
      if (winner !== null || isFinal(code) || ours.includes(code)) finish(code, reason)
      else if (asked === 'no') void ask('stream')
      else if (asked === 'yes' && attempts.length === 0) {
        forget()
        finish(code, reason)
      }
    }

    function begin(
      open: (came: (data: ArrayBuffer) => void, ended: (code: number, reason: string) => void) => Attempt,
    ) {
      const attempt = open(
        (data) => attempts.includes(attempt) && came(attempt, data),
        (code, reason) => attempts.includes(attempt) && ended(attempt, code, reason),
      )
      attempts.push(attempt)
    }
    /** Starts plain requests: at once if they are known to work here, else beside a WebSocket that takes long. */
    async function ask(as: 'stream' | 'polling') {
      if (asked !== 'no' || socket.readyState !== WebSocket.CONNECTING) return
      asked = 'loading'
      let requests: Awaited<ReturnType<typeof load>>
      try {
        requests = await load()
      } catch {
        // The code cannot be loaded now: only the WebSocket is tried, now and the next time.
        forget()
        if (attempts.length === 0) finish(1006, '')
        return
      } finally {
        asked = 'yes'
      }
      if (socket.readyState !== WebSocket.CONNECTING) return
      begin((came, ended): Requests => {
        const changed = () => {
          if (winner === null) return
          remember(winner.carrier())
          carry(winner.carrier())
        }
        return requests.openRequests({ url, as, patience, came, ended, changed })
      })
    }
    /** Tries a WebSocket; if one works now, this connection gives way to it. */
    function probe() {
      if (steady() - spoke < quiet) {
        later(probe, quiet)
        return
      }
      const done = (passes: boolean) => {
        trial.close()
        clearTimeout(patient)
        if (!attempts.length) return
        if (!passes) later(probe, probeEvery)
        else if (steady() - spoke < quiet) later(probe, quiet)
        else {
          forget()
          finish(giveWay, 'a socket passes')
        }
      }
      const trial = trySocket(
        url,
        () => done(true),
        () => done(false),
      )
      const patient = setTimeout(() => done(false), patience)
    }

    const first = remembered()
    if (first === 'socket') {
      begin((came, ended) => trySocket(url, came, ended))
      later(() => void ask('stream'), patience)
    } else void ask(first)
    later(() => finish(1006, 'nothing came'), hopeless * patience)
    return socket
  }

  function Socket(url: string | URL) {
    return dial(String(url))
  }
  Object.assign(Socket, { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 })

  globalThis.addEventListener?.('online', forget)
  return {
    // A constructor that returns an object gives that object.
    Socket: Socket as unknown as typeof globalThis.WebSocket,
    carrier: () => carrying,
    heard: () => heard,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      globalThis.removeEventListener?.('online', forget)
      listeners.clear()
    },
  }
}

/** The kind of network, if the browser tells; most do not. */
function networkName(): string {
  const { connection } = globalThis.navigator as { connection?: { type?: string } }
  return connection?.type ?? ''
}
