import { createDecoder, readVarString, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { messageYjsSyncStep1, messageYjsSyncStep2 } from 'y-protocols/sync'
import { messageAwareness, messageSync } from 'y-websocket'
import { encodeStep2, encodeUpdate } from '../../shared/wire/frame.ts'

/**
 * A WebSocket-shaped layer between the provider and the transport. Incoming frames wait here while somebody composes
 * Chinese, since a change of the text around the caret makes the browser drop the composition. They also wait for the
 * server's first answer. Of the outgoing frames it sends what the server may have now: edits only once the server has
 * asked, large ones split; and this client's own awareness alone, ten times a second.
 */
export interface Gate {
  /** For the provider. */
  readonly Socket: typeof WebSocket
  status(): 'closed' | 'opening' | 'open'
  /** Resolves once sent, with whether all of it went over the connection that was open at the call. */
  send(frame: Uint8Array): Promise<boolean>
  /** Lets in what has come over this connection, and what comes from now on. */
  admit(): void
  /** Queues what comes in until the returned function is called. Holds may overlap. Sending continues. */
  hold(): () => void
  /** Delivers `apply` in order with what comes in. */
  inTurn(apply: () => void): void
  /** How many frames have come in, and how many of them a hold queues. */
  frames(): { readonly received: number; readonly held: number }
  close(): void
}

/** Something that came in, or that another tab has written. */
export type Arrival =
  | {
      readonly type: 'content'
      readonly update: Uint8Array
      /** Whether it is all that the server had when this connection opened, and the connection is still open. */
      readonly catchesUp: () => boolean
    }
  /** `pass` hands it to the provider, unless its connection is gone. */
  | { readonly type: 'presence'; readonly pass: () => void }
  | { readonly type: 'other-tab'; readonly apply: () => void }

export interface GateOptions {
  /** What carries the frames. */
  readonly Socket: typeof WebSocket
  /** Between two awareness frames of this client, ms. */
  readonly pause: number
  readonly isOwn: (client: number) => boolean
  /** This client's awareness, as a frame. */
  readonly presence: () => Uint8Array
  /** Whether edits are sent as they are made. */
  readonly isAsked: () => boolean
  /** Replaces the provider's sync step 1; null if the address already contains the state vector. */
  readonly question: () => Uint8Array | null
  /** The server's first answer has come. */
  readonly greeted: () => void
  /** Frames that waited together are delivered together. */
  readonly deliver: (arrivals: readonly Arrival[]) => void
  /** A frame has been handed to the provider. */
  readonly passed: () => void
  readonly sent: (bytes: number) => void
  readonly splitting: (status: 'begun' | 'ended') => void
  /** Receives every frame, for the inspector. */
  readonly seen?: ((direction: 'in' | 'out', frame: Uint8Array) => void) | undefined
}

/**
 * In bytes. Larger updates go in several frames: the server must hear from a slow connection now and then, and ends one
 * that sends a frame of more than 4 MB.
 */
const largestUpdate = 2 ** 17

interface Open {
  readonly socket: WebSocket
  readonly pass: (data: ArrayBuffer) => void
  /** Queues what comes in until it may be let in with the server's first answer; null afterwards. */
  early: Arrival[] | null
  greeted: boolean
}

export function openGate(options: GateOptions): Gate {
  const inbox = createInbox<Arrival>(options.deliver)
  let open: Open | null = null
  let received = 0
  let presenceDue = false
  let presenceTimer: ReturnType<typeof setTimeout> | undefined

  function transmit(frame: Uint8Array) {
    if (open?.socket.readyState !== WebSocket.OPEN) return
    options.sent(frame.length)
    options.seen?.('out', frame)
    open.socket.send(frame as Uint8Array<ArrayBuffer>)
  }

  async function send(frame: Uint8Array): Promise<boolean> {
    const through = open
    const message = frame.length > largestUpdate ? read(frame) : null
    if (message?.type !== 'update' && message?.type !== 'step-2') {
      transmit(frame)
      return true
    }
    const encode = message.type === 'update' ? encodeUpdate : encodeStep2
    options.splitting('begun')
    const parts = await partsOf(message.update)
    if (through !== open) return false
    for (const part of parts) transmit(encode(part))
    options.splitting('ended')
    return true
  }

  /** Sends this client's awareness as it is when the timer fires. */
  function present() {
    presenceDue = true
    presenceTimer ??= setTimeout(tick, 0)
  }
  function tick() {
    presenceTimer = undefined
    if (!presenceDue) return
    presenceDue = false
    transmit(options.presence())
    presenceTimer = setTimeout(tick, options.pause)
  }

  /** Handles a frame from the provider. */
  function goOut(frame: Uint8Array) {
    const message = read(frame)
    switch (message.type) {
      case 'step-1': {
        const question = options.question()
        if (question !== null) transmit(question)
        return
      }
      case 'update':
        // Until the server has asked, they are dropped: the answer to it will contain them.
        if (options.isAsked()) void send(frame)
        return
      case 'awareness': {
        // The provider also forwards other clients' awareness, which is dropped here.
        const own = entriesOf(frame).find(({ client }) => options.isOwn(client))
        if (own === undefined) return
        // This client is leaving.
        if (own.state === 'null') transmit(frame)
        else present()
        return
      }
      default:
        transmit(frame)
    }
  }

  function comeIn(through: Open, data: ArrayBuffer) {
    const frame = new Uint8Array(data)
    options.seen?.('in', frame)
    const message = read(frame)
    switch (message.type) {
      case 'step-2':
      case 'update': {
        received += 1
        const first = message.type === 'step-2' && !through.greeted
        const catchesUp = () => first && open === through
        const arrival: Arrival = { type: 'content', update: message.update, catchesUp }
        if (through.early === null) inbox.receive(arrival)
        else if (first) through.early.unshift(arrival)
        else through.early.push(arrival)
        if (!first) return
        through.greeted = true
        options.greeted()
        return
      }
      case 'awareness':
        received += 1
        inbox.receive({ type: 'presence', pass: () => open === through && through.pass(data) })
        return
      default:
        // Handed on even during a hold, since sending continues.
        through.pass(data)
    }
  }

  function Socket(url: string | URL) {
    const socket = new options.Socket(url)
    socket.binaryType = 'arraybuffer'
    const outer = {
      url: String(url),
      binaryType: 'arraybuffer',
      get readyState() {
        return socket.readyState
      },
      ...states,
      onopen: null as ((event: unknown) => void) | null,
      onmessage: null as ((event: { data: ArrayBuffer }) => void) | null,
      onclose: null as ((event: unknown) => void) | null,
      onerror: null as ((event: unknown) => void) | null,
      send: (data: Uint8Array) => goOut(data),
      close() {
        leave()
        socket.close()
      },
    }
    const pass = (data: ArrayBuffer) => {
      outer.onmessage?.({ data })
      options.passed()
    }
    const self: Open = { socket, pass, early: [], greeted: false }
    const leave = () => {
      if (open === self) open = null
    }
    socket.onopen = (event) => outer.onopen?.(event)
    socket.onmessage = ({ data }) => open === self && comeIn(self, data)
    socket.onclose = (event) => {
      leave()
      outer.onclose?.(event)
    }
    open = self
    return outer
  }
  Object.assign(Socket, states)

  return {
    // A constructor that returns an object gives that object.
    Socket: Socket as unknown as typeof WebSocket,
    status: () => (open === null ? 'closed' : open.socket.readyState === WebSocket.OPEN ? 'open' : 'opening'),
    send,
    admit() {
      const waited = open?.early ?? []
      if (open !== null) open.early = null
      for (const arrival of waited) inbox.receive(arrival)
    },
    hold: inbox.hold,
    inTurn: (apply) => inbox.receive({ type: 'other-tab', apply }),
    frames: () => ({ received, held: inbox.waiting() }),
    close: () => clearTimeout(presenceTimer),
  }
}

const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 }

type Message =
  | { readonly type: 'step-1' | 'awareness' | 'other' }
  | { readonly type: 'step-2' | 'update'; readonly update: Uint8Array }

/** Reads a frame from the server or the provider; neither is checked here. */
function read(frame: Uint8Array): Message {
  const decoder = createDecoder(frame)
  const type = readVarUint(decoder)
  if (type === messageAwareness) return { type: 'awareness' }
  if (type !== messageSync) return { type: 'other' }
  const step = readVarUint(decoder)
  if (step === messageYjsSyncStep1) return { type: 'step-1' }
  return { type: step === messageYjsSyncStep2 ? 'step-2' : 'update', update: readVarUint8Array(decoder) }
}

function entriesOf(frame: Uint8Array): readonly { readonly client: number; readonly state: string }[] {
  const outer = createDecoder(frame)
  readVarUint(outer)
  const decoder = createDecoder(readVarUint8Array(outer))
  return Array.from({ length: readVarUint(decoder) }, () => {
    const client = readVarUint(decoder)
    readVarUint(decoder)
    return { client, state: readVarString(decoder) }
  })
}

async function partsOf(update: Uint8Array): Promise<readonly Uint8Array[]> {
  try {
    const { split } = await import('./split.ts')
    return split(update, largestUpdate)
  } catch (error) {
    // Sent whole, it may be too large; not sent, it would count as saved with the next acknowledgement.
    console.error('A large update could not be split', error)
    return [update]
  }
}

/** An ordered queue of what has come in but must wait. */
export interface Inbox<Arrival> {
  /** Begins a hold; the function ends it. Holds may overlap, and each may be ended more than once. */
  hold(): () => void
  /** Delivers `arrival` now, or once the last hold has ended. */
  receive(arrival: Arrival): void
  /** How many are waiting. */
  waiting(): number
}

export function createInbox<Arrival>(deliver: (arrivals: readonly Arrival[]) => void): Inbox<Arrival> {
  let holds = 0
  let queue: Arrival[] = []

  function release() {
    holds -= 1
    if (holds > 0 || queue.length === 0) return
    const arrivals = queue
    queue = []
    deliver(arrivals)
  }

  return {
    hold() {
      holds += 1
      let held = true
      return () => {
        if (!held) return
        held = false
        release()
      }
    },
    receive(arrival) {
      if (holds > 0) queue.push(arrival)
      else deliver([arrival])
    },
    waiting: () => queue.length,
  }
}
