import { createDecoder, readVarString, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { messageYjsSyncStep1, messageYjsSyncStep2 } from 'y-protocols/sync'
import { messageAwareness, messageSync } from 'y-websocket'
import { encodeStep2, encodeUpdate } from '../../shared/wire/frame.ts'

/**
 * Between the provider and what carries its frames, itself in the shape of a WebSocket. What comes in waits here while
 * somebody composes Chinese: a change of the text around the caret makes the browser drop the composition. It also waits for
 * the server's first answer. What goes out is what the server may have now: edits once it has asked, large ones split, and of
 * presence one's own alone, ten times a second.
 */
export interface Gate {
  /** For the provider. */
  readonly Socket: typeof WebSocket
  status(): 'closed' | 'opening' | 'open'
  /** Settles once it is sent, with whether all of it went over the connection that was open then. */
  send(frame: Uint8Array): Promise<boolean>
  /** Lets in what has come over this connection, and what comes from now on. */
  admit(): void
  /** Keeps what comes in until the returned function is called; holds may overlap. What goes out goes on. */
  hold(): () => void
  /** Delivers `apply` in turn with what comes in. */
  inTurn(apply: () => void): void
  /** How many frames have come in, and how many of them a hold keeps back. */
  frames(): { readonly received: number; readonly held: number }
  close(): void
}

/** Something that has come in, or another tab has written. */
export type Arrival =
  | {
      readonly type: 'content'
      readonly update: Uint8Array
      /** It is all that the server had when this connection opened, and the connection is still open. */
      readonly catchesUp: () => boolean
    }
  /** `pass` hands it to the provider, unless its connection is gone. */
  | { readonly type: 'presence'; readonly pass: () => void }
  | { readonly type: 'other-tab'; readonly apply: () => void }

export interface GateOptions {
  /** What carries the frames. */
  readonly Socket: typeof WebSocket
  /** Between two frames about oneself, ms. */
  readonly pause: number
  readonly isOwn: (client: number) => boolean
  /** Oneself, as a frame. */
  readonly presence: () => Uint8Array
  /** Whether edits go out as they are made. */
  readonly isAsked: () => boolean
  /** What to ask the server in place of the provider's question; null: the address has asked already. */
  readonly question: () => Uint8Array | null
  /** The server's first answer has come. */
  readonly greeted: () => void
  /** What waited together comes together. */
  readonly deliver: (arrivals: readonly Arrival[]) => void
  /** A frame has been handed to the provider. */
  readonly passed: () => void
  readonly sent: (bytes: number) => void
  readonly splitting: (status: 'begun' | 'ended') => void
  /** Sees every frame. For the inspector. */
  readonly seen?: ((direction: 'in' | 'out', frame: Uint8Array) => void) | undefined
}

/** Bytes of an update. Larger ones go in several frames: the server hears from a slow line now and then, and ends one at 4 MB. */
const largestUpdate = 2 ** 17

interface Open {
  readonly socket: WebSocket
  readonly pass: (data: ArrayBuffer) => void
  /** What waits for the server's first answer, or with it; null once that is let in. */
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

  /** One's own presence as it is by then. */
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

  /** What the provider sends. */
  function goOut(frame: Uint8Array) {
    const message = read(frame)
    switch (message.type) {
      case 'step-1': {
        const question = options.question()
        if (question !== null) transmit(question)
        return
      }
      case 'update':
        // Before the server has asked, its answer has them.
        if (options.isAsked()) void send(frame)
        return
      case 'awareness': {
        // It also sends on what others have said of themselves.
        const own = entriesOf(frame).find(({ client }) => options.isOwn(client))
        if (own === undefined) return
        // Somebody who leaves.
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
        // Answered even during a hold: sync goes on in the other direction.
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

/** What the server or the provider says: neither is checked here. */
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
    // Whole, it may be too much for the line; unsent, it would pass as saved with the next acknowledgement.
    console.error('A large update could not be split', error)
    return [update]
  }
}

/** The queue of what has come in but must wait, in order. */
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
