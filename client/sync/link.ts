import { toBase64UrlEncoded } from 'lib0/buffer'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import { messageYjsSyncStep1, messageYjsSyncStep2, messageYjsUpdate, writeSyncStep2 } from 'y-protocols/sync'
import { messageAwareness, messageQueryAwareness, messageSync, WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { EPOCH } from '../../shared/document/schema.ts'
import type { MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import type { Backup, BroughtBack } from './backup.ts'
import type { Met } from './base.ts'
import { type Connection, type Happening, isFinal, isOver, next, starting } from './connection.ts'
import { type Device, deleteCopy, openDevice } from './device.ts'
import { createHold } from './hold.ts'
import { type Carrier, entered, type Passage, type Passing } from './log.ts'
import { giveWay, openTransport } from './transport.ts'

/** One document, live: its copy on this device, its connection, and who else is in it. */
export interface Link {
  readonly doc: Y.Doc
  readonly awareness: Awareness
  connection(): Connection
  device(): Device
  /** Hears of every change of `connection()` and `device()`. */
  subscribe(listener: () => void): () => void
  /** Keeps what comes in from the document until the returned function is called; what goes out goes on. */
  hold(): () => void
  /** How many frames have come in, and how many of them a hold keeps back. For tests and the inspector. */
  frames(): { readonly received: number; readonly held: number }
  /** What carries the frames now; null while nothing does. */
  carrier(): Carrier | null
  /** What has passed between this device and the server, oldest first. */
  log(): readonly Passage[]
  /** All that is here, as a file. Needs neither the server nor a device that keeps anything. */
  backup(): Promise<Backup>
  /** What a file of this person's has is there as if it had been edited here; other files change nothing. */
  bringBack(file: Uint8Array | string): Promise<BroughtBack>
  /** Hears when edits made here meet those that others made meanwhile. */
  onMet(listener: (met: Met) => void): () => void
  /** Edits made in this tab, numbered as they are made, and how many of the first of them echoes have covered. */
  edits(): { readonly made: number; readonly committed: number }
  /** Settles when the device has written what it was given. The document is destroyed. */
  close(): Promise<void>
  /** Closes, and deletes the copy on this device. */
  clear(): Promise<void>
}

/** `socket` numbers the connection a frame came over: what has waited may come from one that is gone. */
type Frame =
  | { readonly type: 'update'; readonly update: Uint8Array; readonly caughtUp: boolean; readonly socket: number }
  | { readonly type: 'awareness'; readonly update: Uint8Array; readonly socket: number }

/** Our addition to the protocol: the server echoes it once everything sent before it is committed. */
const messageAcknowledgement = 102
/** Milliseconds between two acknowledgement requests. Each covers all edits before it. */
const acknowledgePause = 150
/** Milliseconds between two frames about oneself: ten carets a second look live. */
const awarenessPause = 100
/** Reconnects wait a random time up to a bound that doubles from the first to the last, so that nobody storms. */
const firstWait = 500
const lastWait = 15_000
/** Letters of an address; the vector of a meeting that hundreds have written in is asked for in a frame. */
const longestVector = 2000
/** Milliseconds after which a device copy that does not open is no longer waited for. */
const deviceWait = 4_000
/** A socket over which nothing has come for so long, while an echo is due, is dead: milliseconds. */
const silence = 10_000

/**
 * Opens `document` of `meeting` for `person`: first what this device holds, then the server at `origin`
 * (`https://host`). The link itself never writes to the document.
 */
export function openLink(options: {
  origin: string
  meeting: MeetingId
  document: string
  person: PersonId
  /** The person's name, for files and for the list of copies on this device. */
  name?: string
  now?: () => number
  random?: () => number
}): Link {
  const { meeting, document, person, name = '', now = Date.now, random = Math.random } = options
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  const listeners = new Set<() => void>()
  let connection = starting
  let committedAt: number | null = null
  /** Edits are numbered as they are made; `found` ones of earlier visits come first of all. */
  let made = 0
  let found = 0
  let requested = 0
  let echoed = 0
  let echoedOwn = 0
  /** The server has asked on this connection for what it lacks, and has been answered. */
  let answered = false
  let requestedAt = 0
  let socket = 0
  let received = 0
  let attempts = 0
  let closed = false
  let acknowledgeTimer: ReturnType<typeof setTimeout> | undefined
  let awarenessTimer: ReturnType<typeof setTimeout> | undefined
  let awarenessDue = false
  let reconnectTimer: ReturnType<typeof setTimeout> | undefined

  let passages: readonly Passage[] = []
  const meetings = new Set<(met: Met) => void>()

  function happen(happening: Happening) {
    const to = next(connection, happening, now())
    if (to === connection) return
    if (to.status !== connection.status) {
      if (to.status === 'offline') pass({ type: 'lost' })
      else if (to.status === 'refused') pass({ type: 'refused', code: to.code })
      else if (to.status === 'older') pass({ type: 'older' })
    }
    connection = to
    announce()
  }

  function pass(passing: Passing) {
    passages = entered(passages, { at: now(), ...passing })
  }

  function announce() {
    for (const listener of [...listeners]) listener()
  }

  const transport = openTransport({ shelf: shelf(), now })
  const provider = new WebsocketProvider(
    `${options.origin.replace(/^http/, 'ws')}/sync/${encodeURIComponent(meeting)}`,
    encodeURIComponent(document),
    doc,
    {
      connect: false,
      awareness,
      // Tabs meet at the server and through the device's copy: a broadcast channel knows no persons.
      disableBc: true,
      WebSocketPolyfill: transport.Socket,
      // Its backoff has no jitter; ours is below.
      shouldReconnect: () => false,
    },
  )
  const deviceOrigin = { device: person }
  const copy = { meeting, document, person, name }
  const device = openDevice({
    copy,
    doc,
    origin: deviceOrigin,
    visit: crypto.randomUUID(),
    found(edits) {
      found += edits
      count()
      scheduleRequest()
    },
  })
  const hold = createHold<Frame>(deliver)

  function count() {
    happen({ type: 'counted', unsaved: found + made - echoed })
  }

  const onUpdate = (update: Uint8Array, origin: unknown) => {
    if (origin === deviceOrigin) return
    const own = origin !== provider
    device.append(update, own)
    if (!own) return
    made += 1
    count()
    scheduleRequest()
  }
  doc.on('update', onUpdate)

  function send(write: (encoder: encoding.Encoder) => void) {
    if (provider.ws?.readyState !== WebSocket.OPEN) return
    provider.ws.send(encoding.encode(write))
  }

  function scheduleRequest() {
    if (acknowledgeTimer !== undefined || !answered) return
    acknowledgeTimer = setTimeout(() => {
      acknowledgeTimer = undefined
      request()
    }, acknowledgePause)
  }

  /** Asks for an echo. Only what this connection has carried counts, so never before the server's question is answered. */
  function request() {
    const number = found + made
    if (!answered || number <= requested) return
    if (requested === echoed) requestedAt = now()
    requested = number
    send((encoder) => {
      encoding.writeVarUint(encoder, messageAcknowledgement)
      encoding.writeVarUint8Array(
        encoder,
        encoding.encode((payload) => {
          encoding.writeVarUint(payload, number)
          encoding.writeVarUint(payload, made)
        }),
      )
    })
  }

  provider.messageHandlers[messageAcknowledgement] = (_encoder, decoder) => {
    const payload = decoding.createDecoder(decoding.readVarUint8Array(decoder))
    const number = decoding.readVarUint(payload)
    const own = decoding.readVarUint(payload)
    if (number <= echoed || number > requested) return
    committedAt = now()
    requestedAt = committedAt
    const edits = number - echoed
    echoed = number
    echoedOwn = Math.max(echoedOwn, own)
    device.commit(echoedOwn, number - own >= found)
    pass({ type: 'committed', edits })
    happen({ type: 'committed', unsaved: found + made - echoed })
  }

  provider.messageHandlers[messageSync] = (encoder, decoder) => {
    received += 1
    const type = decoding.readVarUint(decoder)
    const bytes = decoding.readVarUint8Array(decoder)
    if (type === messageYjsSyncStep1) {
      // Answered even during a hold: sync goes on in this direction.
      encoding.writeVarUint(encoder, messageSync)
      writeSyncStep2(encoder, doc, bytes)
      queueMicrotask(() => {
        if (provider.ws === null) return
        answered = true
        request()
      })
    } else if (type === messageYjsSyncStep2 || type === messageYjsUpdate) {
      hold.receive({ type: 'update', update: bytes, caughtUp: type === messageYjsSyncStep2, socket })
    }
  }

  provider.messageHandlers[messageAwareness] = (_encoder, decoder) => {
    received += 1
    hold.receive({ type: 'awareness', update: decoding.readVarUint8Array(decoder), socket })
  }

  provider.messageHandlers[messageQueryAwareness] = () => sendAwareness()

  /** Everything that waited becomes one change of the document. */
  function deliver(frames: readonly Frame[]) {
    if (closed) return
    try {
      Y.transact(
        doc,
        () => {
          for (const frame of frames) if (frame.type === 'update') Y.applyUpdate(doc, frame.update, provider)
        },
        provider,
        false,
      )
      for (const frame of frames) {
        if (frame.type === 'awareness' && frame.socket === socket) {
          applyAwarenessUpdate(awareness, frame.update, provider)
        }
      }
    } catch (error) {
      // What the server sends is never malformed unless something on the way is broken. A fresh exchange mends it.
      console.error('An update could not be applied', error)
      drop()
      return
    }
    if (frames.some((frame) => frame.type === 'update' && frame.caughtUp && frame.socket === socket)) {
      attempts = 0
      provider.synced = true
      pass({ type: 'caught-up', sent: connection.unsaved, received: true })
      happen({ type: 'caught-up', committedAt })
    }
  }

  // The stock handler sends on what others have said of themselves; we speak for ourselves only.
  awareness.off('update', provider._awarenessUpdateHandler)
  const onAwareness = (changes: { added: number[]; updated: number[]; removed: number[] }) => {
    const own = [changes.added, changes.updated, changes.removed].some((ids) => ids.includes(doc.clientID))
    if (own) scheduleAwareness()
  }
  awareness.on('update', onAwareness)

  function scheduleAwareness() {
    awarenessDue = true
    if (awarenessTimer !== undefined) return
    const tick = () => {
      awarenessTimer = undefined
      if (!awarenessDue) return
      awarenessDue = false
      sendAwareness()
      awarenessTimer = setTimeout(tick, awarenessPause)
    }
    awarenessTimer = setTimeout(tick, 0)
  }

  function sendAwareness() {
    send((encoder) => {
      encoding.writeVarUint(encoder, messageAwareness)
      encoding.writeVarUint8Array(encoder, encodeAwarenessUpdate(awareness, [doc.clientID]))
    })
  }

  provider.on('status', ({ status }) => {
    if (status !== 'connected') return
    pass({ type: 'connected', carrier: transport.carrier() ?? 'socket' })
    happen({ type: 'opened' })
  })
  provider.on('connection-close', (event) => {
    answered = false
    requested = echoed
    socket += 1
    clearTimeout(acknowledgeTimer)
    acknowledgeTimer = undefined
    // Also stops the provider's own timer, which is set after this.
    provider.shouldConnect = false
    if (closed) return
    if (event !== null && isFinal(event.code)) {
      happen({ type: 'refused', code: event.code })
      return
    }
    happen({ type: 'lost' })
    if (event?.code === giveWay) reconnect(0)
    else reconnect(random() * Math.min(lastWait, firstWait * 2 ** attempts++))
  })

  function reconnect(wait: number) {
    clearTimeout(reconnectTimer)
    if (closed || isOver(connection)) return
    reconnectTimer = setTimeout(() => {
      if (!closed && !isOver(connection)) connect()
    }, wait)
  }

  /** What we know stands in the address, so that what we lack comes with the greeting, a round trip early. */
  function connect() {
    const vector = toBase64UrlEncoded(Y.encodeStateVector(doc))
    provider.params = { epoch: String(EPOCH), ...(vector.length <= longestVector ? { vector } : {}) }
    provider.connect()
  }

  function drop() {
    if (provider.ws === null) return
    provider.disconnect()
  }

  const atOnce = () => {
    if (provider.ws === null) reconnect(0)
  }
  const onVisible = () => {
    if (globalThis.document.visibilityState === 'visible') atOnce()
  }
  globalThis.addEventListener('online', atOnce)
  globalThis.addEventListener('offline', drop)
  globalThis.document.addEventListener('visibilitychange', onVisible)
  const watch = setInterval(() => {
    const due = requested > echoed
    const heard = Math.max(requestedAt, provider.wsLastMessageReceived)
    if (due && now() - heard > silence) drop()
  }, silence / 4)

  const stopDevice = device.subscribe(announce)
  transport.subscribe(announce)
  let begun = false
  const begin = () => {
    if (begun || closed) return
    begun = true
    connect()
  }
  void device.tried.then(begin)
  const impatience = setTimeout(begin, deviceWait)

  return {
    doc,
    awareness,
    connection: () => connection,
    device: device.state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    hold: hold.take,
    frames: () => ({ received, held: hold.waiting() }),
    carrier: transport.carrier,
    log: () => passages,
    async backup() {
      const { writeBackup } = await import('./backup.ts')
      const edits = connection.unsaved
      const state = Y.encodeStateAsUpdate(doc)
      pass({ type: 'backup-saved', edits })
      announce()
      return writeBackup({ meeting, document, person: { id: person, name }, epoch: EPOCH, at: now(), edits, state })
    },
    async bringBack(file) {
      const { readBackup, bearable } = await import('./backup.ts')
      const read = readBackup(file, { meeting, document })
      if ('status' in read) return read
      if (read.person.id !== person) return { status: 'other-person', name: read.person.name, state: read.state }
      const inUse = (client: number) => {
        const state = awareness.getStates().get(client)
        return client !== doc.clientID && state !== undefined && state.user?.id !== person
      }
      const state = bearable(doc, read.state, inUse)
      if (state === null) return { status: 'refused', code: 'damaged', field: 'state' }
      const before = made
      Y.applyUpdate(doc, state, person)
      pass({ type: 'backup-brought', edits: read.edits })
      announce()
      return { status: 'brought', edits: made > before }
    },
    onMet(listener) {
      meetings.add(listener)
      return () => meetings.delete(listener)
    },
    edits: () => ({ made, committed: echoedOwn }),
    close,
    async clear() {
      await close()
      await deleteCopy(copy)
    },
  }

  async function close() {
    if (closed) return
    closed = true
    for (const timer of [acknowledgeTimer, awarenessTimer, reconnectTimer, impatience]) clearTimeout(timer)
    clearInterval(watch)
    globalThis.removeEventListener('online', atOnce)
    globalThis.removeEventListener('offline', drop)
    globalThis.document.removeEventListener('visibilitychange', onVisible)
    provider.destroy()
    stopDevice()
    listeners.clear()
    doc.off('update', onUpdate)
    awareness.off('update', onAwareness)
    awareness.destroy()
    await device.close()
    doc.destroy()
  }
}

/** Where what passed in this network is remembered; some browsers forbid to look. */
function shelf(): Storage | null {
  try {
    return globalThis.localStorage
  } catch {
    return null
  }
}
