import { toBase64UrlEncoded } from 'lib0/buffer'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { uint32, uuidv4 } from 'lib0/random'
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import { messageYjsSyncStep1, messageYjsSyncStep2, messageYjsUpdate } from 'y-protocols/sync'
import { messageAwareness, messageQueryAwareness, messageSync, WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { EPOCH, hasArrived } from '../../shared/document/schema.ts'
import type { MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import '../../shared/wire/yjs.ts'
import type { Backup, BroughtBack } from './backup.ts'
import { createBase, type KeptBase, type Met, mergeAll } from './base.ts'
import {
  type Connection,
  type Happening,
  isFinal,
  isOver,
  next,
  rebuilt,
  signedOut,
  startingFrom,
  tooOld,
} from './connection.ts'
import { type Device, deleteCopy, openDevice, type Told } from './device.ts'
import { createEchoes } from './echoes.ts'
import { createHold } from './hold.ts'
import { lackedBy, toReissue } from './lacked.ts'
import { isOtherLineage } from './lineage.ts'
import type { Carrier, Passage, Passing } from './log.ts'
import { openPersistence, type Persisted } from './persistence.ts'
import { agree, agreedAt, copyName, type DeviceCopyInfo, latest, supersede } from './register.ts'
import { backoff, steadyTempo, type Tempo } from './tempo.ts'
import { giveWay, openTransport } from './transport.ts'

/** One document, live: its copy on this device, its connection, and who else is in it. */
export interface Link {
  readonly copy: DeviceCopyInfo
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
  /**
   * What a file of this person's has is there as if it had been edited here; other files change nothing, nor does one of an
   * earlier lineage.
   */
  bringBack(file: Uint8Array | string): Promise<BroughtBack>
  /** Hears when edits made here meet those that others made meanwhile. */
  onMet(listener: (met: Met) => void): () => void
  /** Tells them of what meets now, by somebody's hand. */
  tellMet(met: Omit<Met, 'at'>): void
  /** Edits made in this tab, numbered as they are made, and how many of the first of them echoes have covered. */
  edits(): { readonly made: number; readonly committed: number }
  /** Whether the browser has promised to keep what is on this device. */
  persisted(): Persisted
  /**
   * Settles when the device has written what it was given, and the document is destroyed; or when the same copy is opened
   * again before that, which goes on with this link.
   */
  close(): Promise<void>
  /** Closes, and deletes the copy on this device. */
  clear(): Promise<void>
}

/** `socket` numbers the connection a frame came over: what has waited may come from one that is gone. */
type Frame =
  | { readonly type: 'update'; readonly update: Uint8Array }
  /** All that the server had when it was asked. `meets`: what both had before edits that wait here for their echo. */
  | {
      readonly type: 'caught-up'
      readonly update: Uint8Array
      readonly socket: number
      readonly meets: KeptBase | null
      /** Edits that waited when it was asked. */
      readonly sent: number
    }
  | { readonly type: 'awareness'; readonly update: Uint8Array; readonly socket: number }
  /** What another tab has written to the device. */
  | { readonly type: 'rows'; readonly apply: () => void }

/** Our addition to the protocol: the server echoes it once everything sent before it is committed. */
const messageAcknowledgement = 102
/** And what it answers instead when it has not taken all of that: client ids. */
const messageLacking = 103
/** Bytes of an update. Larger ones go in several frames: the server hears from a slow line now and then, and ends one at 4 MB. */
const largestUpdate = 2 ** 17
/** Letters of an address; the vector of a meeting that hundreds have written in is asked for in a frame. */
const longestVector = 2000

/** Links whose page has been left and that may have what is nowhere else, by the names of their copies. */
const lingering = new Map<string, { readonly link: Link; resume(exchanged: Exchanged): boolean }>()

type Exchanged = ((rebuilt: boolean) => void) | undefined

export function lingeringLinks(): readonly Link[] {
  return [...lingering.values()].map(({ link }) => link)
}

/**
 * Opens `document` of `meeting` for `person`: first what this device holds, then the server at `origin`
 * (`https://host`). The link itself never writes to the document. What lingers of an earlier link to it is gone on with.
 */
export function openLink(options: {
  origin: string
  meeting: MeetingId
  document: string
  person: PersonId
  /** The person's name, for files and for the list of copies on this device. */
  name?: string
  /** Whether all that was open on this device has been given up: then nothing is sent or written any more. */
  over?: () => boolean
  /**
   * Told when what this device has is another document from now on: the link is to be closed, and opened anew. `rebuilt`: it
   * is another lineage, and what was here stays on the device beside it.
   */
  exchanged?: (rebuilt: boolean) => void
  now?: () => number
  /** Monotonic, ms: what waits go by, since `now` may be set back or forward at any time. */
  steady?: () => number
  random?: () => number
  tempo?: Partial<Tempo>
}): Link {
  const { meeting, document, person, name = '', over = () => false, now = Date.now, random = Math.random } = options
  const { steady = () => performance.now() } = options
  const tempo = { ...steadyTempo, ...options.tempo }
  const copy = latest({ meeting, document, person, name })
  const before = lingering.get(copyName(copy))
  if (before?.resume(options.exchanged)) return before.link
  let { exchanged } = options
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  const listeners = new Set<() => void>()
  const agreed = agreedAt(copy)
  let connection = startingFrom(agreed)
  let committedAt: number | null = null
  const echoes = createEchoes()
  /** Something waits for an echo that none of those covers that are owed. */
  let uncovered = false
  /** Large updates that are being cut into frames: no echo is asked for before they are sent. */
  let cutting = 0
  /** The server has asked on this connection for what it lacks. Before that, nothing goes out by itself: the answer has it. */
  let asked = false
  /** As the server said then. */
  let has: Uint8Array = new Uint8Array([0])
  /** It has been answered. */
  let answered = false
  /**
   * What is here was written under ids that are not known to be this person's: the server's word on it comes first. What it
   * has may stand under the same ids, and would take its place.
   */
  let wary = false
  /** Ids of which this device has something that is not this person's to bring. */
  const skipped = new Set<number>()
  /** What is written here until the document is exchanged goes with it. */
  let reissue: ((update: Uint8Array) => Uint8Array) | null = null
  let socket = 0
  /** What has come over this socket before all that the server had: it waits for that. Null afterwards. */
  let early: Frame[] | null = []
  /** That has come. */
  let come = false
  /** What the server was told, at the opening of this socket, that both had before edits that wait. */
  let offered: KeptBase | null = null
  let received = 0
  let attempts = 0
  let leaving: Promise<void> | null = null
  let closed = false
  let acknowledgeTimer: ReturnType<typeof setTimeout> | undefined
  let awarenessTimer: ReturnType<typeof setTimeout> | undefined
  let awarenessDue = false
  let reconnectTimer: ReturnType<typeof setTimeout> | undefined

  const base = createBase()
  /** The base of this spell is on the device. */
  let kept = false
  let spellTimer: ReturnType<typeof setTimeout> | undefined
  const unheard: Met[] = []
  const meetings = new Set<(met: Met) => void>()
  const persistence = openPersistence()

  function happen(happening: Happening) {
    const to = next(connection, happening, now())
    if (to === connection) return
    if (to.status !== connection.status) {
      if (connection.status === 'live' || to.status === 'live') agree(copy, now())
      if (to.status === 'offline') lose(to.since)
      else if (to.status === 'refused') pass({ type: 'refused', code: to.code })
      else if (to.status === 'older') pass({ type: 'older' })
    }
    connection = to
    announce()
  }

  /** A copy that is opened without a connection had lost it earlier. */
  function lose(since: number) {
    const last = device.log().at(-1)?.at ?? 0
    device.pass({ at: since >= last ? since : now(), type: 'lost' })
  }

  function pass(passing: Passing) {
    device.pass({ at: now(), ...passing })
  }

  function announce() {
    for (const listener of [...listeners]) listener()
  }

  const transport = openTransport({ shelf: shelf(), now, steady, patience: tempo.patience })
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
  const hold = createHold<Frame>(deliver)
  const device = openDevice({
    copy,
    doc,
    origin: deviceOrigin,
    // Not the browser's own, which it has for secure pages alone.
    visit: uuidv4(),
    over,
    tempo,
    // While there is a server, what another tab has written mostly comes from there, and is then nothing new.
    patience: () => (connection.status === 'live' ? tempo.otherTab : 0),
    let: (apply) => hold.receive({ type: 'rows', apply }),
    tell: hear,
  })

  function hear(told: Told) {
    switch (told.type) {
      case 'loaded':
        base.load(told.updates, told.waiting > 0, told.base, agreed ?? device.log().at(-1)?.at ?? now())
        break
      case 'newer':
        happen({ type: 'refused', code: tooOld })
        provider.disconnect()
        break
      case 'former':
        renounce()
        break
      case 'counted':
        base.covered(device.edits().committed)
        count()
    }
  }

  /** To be called whenever edits have been made or covered. */
  function count() {
    const unsaved = device.unsaved()
    const more = unsaved > connection.unsaved
    happen({ type: 'counted', unsaved })
    if (unsaved === 0) {
      settle()
      trust()
    } else if (!kept && connection.status === 'offline') keep()
    else if (!kept) spellTimer ??= setTimeout(keep, tempo.spell)
    if (!more) return
    uncovered = true
    scheduleRequest()
  }

  function settle() {
    clearTimeout(spellTimer)
    spellTimer = undefined
    kept = false
    if (connection.status === 'live') base.settle(doc, now())
  }

  /** Edits wait, and it may be long until they meet what others do: from now on the device knows what both had. */
  function keep() {
    clearTimeout(spellTimer)
    spellTimer = undefined
    const state = kept || device.unsaved() === 0 ? null : base.state()
    if (state === null) return
    kept = true
    device.keepBase(state)
  }

  let changed = false
  const onUpdate = (update: Uint8Array, origin: unknown) => {
    if (origin === provider) {
      changed = true
      device.append(update, false)
      return
    }
    if (reissue !== null) {
      if (origin !== deviceOrigin) device.append(reissue(update), true)
      return
    }
    // What other tabs wrote may be under ids that are somebody else's, which an update must not be.
    if (asked) sendSync(origin === deviceOrigin ? messageYjsSyncStep2 : messageYjsUpdate, update)
    if (origin === deviceOrigin) return
    device.append(update, true)
    base.edited(update)
    if (connection.status === 'offline') persistence.wish()
    count()
  }
  doc.off('update', provider._updateHandler)
  doc.on('update', onUpdate)

  function send(write: (encoder: encoding.Encoder) => void) {
    if (provider.ws?.readyState !== WebSocket.OPEN) return
    const frame = encoding.encode(write)
    echoes.sent(frame.length)
    provider.ws.send(frame)
  }

  /** Settles once it is sent, which is at once but for what no frame has room for. */
  function sendSync(step: number, update: Uint8Array): void | Promise<void> {
    const write = (bytes: Uint8Array) =>
      send((encoder) => {
        encoding.writeVarUint(encoder, messageSync)
        encoding.writeVarUint(encoder, step)
        encoding.writeVarUint8Array(encoder, bytes)
      })
    if (update.length <= largestUpdate) return write(update)
    const through = socket
    cutting += 1
    return import('./cut.ts')
      .then(({ cut }) => cut(update, largestUpdate))
      .catch((error) => {
        // Whole, it may be too much for the line; unsent, it would pass as saved with the next echo.
        console.error('A large update could not be cut', error)
        return [update]
      })
      .then((parts) => {
        if (through === socket) for (const part of parts) write(part)
      })
      .finally(() => {
        cutting -= 1
        request()
      })
  }

  function scheduleRequest() {
    if (acknowledgeTimer !== undefined || !answered) return
    acknowledgeTimer = setTimeout(() => {
      acknowledgeTimer = undefined
      request()
    }, tempo.acknowledge)
  }

  /** Asks for an echo. Only what this connection has carried counts, so never before the server's question is answered. */
  function request() {
    if (!answered || !uncovered || cutting > 0 || device.unsaved() === 0) return
    ask()
  }

  function ask() {
    uncovered = false
    const number = echoes.ask(device.held(), steady())
    send((encoder) => {
      encoding.writeVarUint(encoder, messageAcknowledgement)
      encoding.writeVarUint8Array(
        encoder,
        encoding.encode((payload) => encoding.writeVarUint(payload, number)),
      )
    })
  }

  provider.messageHandlers[messageAcknowledgement] = (_encoder, decoder) => {
    const number = decoding.readVarUint(decoding.createDecoder(decoding.readVarUint8Array(decoder)))
    const held = echoes.take(number, steady())
    if (held === null) return
    committedAt = now()
    const before = device.unsaved()
    device.commit(held)
    base.covered(device.edits().committed)
    trust()
    const unsaved = device.unsaved()
    if (unsaved < before) pass({ type: 'committed', edits: before - unsaved })
    happen({ type: 'committed', unsaved })
    if (unsaved === 0) settle()
  }

  provider.messageHandlers[messageSync] = (_encoder, decoder) => {
    received += 1
    const type = decoding.readVarUint(decoder)
    const bytes = decoding.readVarUint8Array(decoder)
    if (type === messageYjsSyncStep1) {
      if (over()) return finish()
      // Answered even during a hold: sync goes on in this direction.
      const through = socket
      asked = true
      has = bytes
      wary = isDoubtful()
      void Promise.resolve(sendSync(messageYjsSyncStep2, lackedBy(bytes, doc, device.doubt(), skipped))).then(() => {
        if (through !== socket || provider.ws === null) return
        answered = true
        uncovered = true
        request()
      })
    } else if (type === messageYjsSyncStep2 && early !== null && !come) {
      come = true
      wary ||= isDoubtful()
      early.unshift({ type: 'caught-up', update: bytes, socket, meets: offered, sent: device.unsaved() })
      admit()
    } else if (type === messageYjsSyncStep2 || type === messageYjsUpdate) {
      const frame: Frame = { type: 'update', update: bytes }
      if (early !== null) early.push(frame)
      else hold.receive(frame)
    }
  }

  /** Whether something waits under ids of which nothing is known to be on the server. */
  function isDoubtful(): boolean {
    return device.unsaved() > 0 && [...(device.doubt()?.values() ?? [0])].includes(0)
  }

  function trust() {
    wary &&= isDoubtful()
    admit()
  }

  function admit() {
    if (early === null || !come || wary) return
    const waited = early
    early = null
    for (const frame of waited) hold.receive(frame)
  }

  provider.messageHandlers[messageLacking] = (_encoder, decoder) => {
    const inner = decoding.createDecoder(decoding.readVarUint8Array(decoder))
    const clients = Array.from({ length: decoding.readVarUint(inner) }, () => decoding.readVarUint(inner))
    const from = toReissue(device.doubt(), clients, has)
    if (clients.some((client) => from.has(client))) void exchange(from)
    else if (clients.some((client) => !skipped.has(client))) {
      for (const client of clients) skipped.add(client)
      drop()
    }
  }

  /** What waits here is of ids that somebody else holds. It goes on under others, and the document begins anew with it. */
  async function exchange(from: ReadonlyMap<number, number>) {
    if (reissue !== null || closed) return
    const { reissued, successor } = await import('./reissue.ts')
    // Where the device keeps nothing, what is here stays, unsaved.
    if (reissue !== null || closed || device.state().status === 'failing') return
    const mint = (client: number) => successor(client, device.secret())
    reissue = (update) => reissued(update, from, mint)
    device.exchange(reissue(Y.encodeStateAsUpdate(doc)), [...from.keys()].map(mint))
    drop()
    const stop = device.subscribe(() => {
      if (device.state().status !== 'stored') return
      stop()
      exchanged?.(false)
    })
  }

  /**
   * The server has another lineage of the document. As soon as this tab has nothing that is nowhere else, the copy is left as
   * it is, under its name, and another begins beside it. Tabs that share it go on writing to it until they are told the same.
   * Whoever is writing goes on until then; that it is refused is said only where this takes long.
   */
  function renounce() {
    if (listeners.has(beginAnew)) return
    keep()
    setTimeout(refuseRebuilt, tempo.device)
    void device.tried.then(() => {
      listeners.add(beginAnew)
      beginAnew()
    })
  }
  function refuseRebuilt() {
    if (!closed && listeners.has(beginAnew)) happen({ type: 'refused', code: rebuilt })
  }
  function beginAnew() {
    const { status } = device.state()
    if (closed) return
    if (status !== 'stored' && device.unsaved() > 0) return status === 'failing' ? refuseRebuilt() : undefined
    listeners.delete(beginAnew)
    if (supersede(copy) || status === 'failing') exchanged?.(true)
  }

  provider.messageHandlers[messageAwareness] = (_encoder, decoder) => {
    received += 1
    hold.receive({ type: 'awareness', update: decoding.readVarUint8Array(decoder), socket })
  }

  provider.messageHandlers[messageQueryAwareness] = () => sendAwareness()

  /** Everything that waited becomes one change of the document. */
  function deliver(frames: readonly Frame[]) {
    if (closed) return
    const caughtUp = frames.find((frame) => frame.type === 'caught-up' && frame.socket === socket)
    const meets = caughtUp?.type === 'caught-up' ? caughtUp.meets : null
    const mine = meets && Y.encodeStateAsUpdate(doc)
    const known = hasArrived(doc)
    changed = false
    try {
      Y.transact(
        doc,
        () => {
          for (const frame of frames) {
            if (frame.type === 'update' || frame.type === 'caught-up') Y.applyUpdate(doc, frame.update, provider)
          }
        },
        provider,
        false,
      )
      for (const frame of frames) {
        if (frame.type === 'update' || frame.type === 'caught-up') base.heard(frame.update, now())
        else if (frame.type === 'rows') frame.apply()
        else if (frame.socket === socket) hearOfOthers(frame.update)
      }
    } catch (error) {
      // What the server sends is never malformed unless something on the way is broken. A fresh exchange mends it.
      console.error('An update could not be applied', error)
      drop()
      return
    }
    if (caughtUp?.type !== 'caught-up') return
    attempts = 0
    provider.synced = true
    kept = false
    pass({ type: 'caught-up', sent: caughtUp.sent, received: changed && known })
    happen({ type: 'caught-up', committedAt })
    count()
    if (meets === null || mine === null || !changed) return
    // The server was asked for what it has beyond the base, so the two are all that it has, edits of ours included.
    const theirs = mergeAll([meets.state, caughtUp.update])
    tellMet({ since: meets.since, base: meets.state, mine, theirs })
  }

  function hearOfOthers(update: Uint8Array) {
    const own = awareness.getLocalState()
    applyAwarenessUpdate(awareness, update, provider)
    // Nobody else says where one is oneself.
    if (awareness.getLocalState() !== own) awareness.setLocalState(own)
  }

  function tellMet(what: Omit<Met, 'at'>) {
    const met = { at: now(), ...what }
    if (meetings.size === 0) unheard.push(met)
    for (const listener of meetings) listener(met)
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
      awarenessTimer = setTimeout(tick, tempo.awareness)
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
    if (offered !== null && !('vector' in provider.params)) {
      const known = Y.encodeStateVectorFromUpdate(offered.state)
      send((encoder) => {
        encoding.writeVarUint(encoder, messageSync)
        encoding.writeVarUint(encoder, messageYjsSyncStep1)
        encoding.writeVarUint8Array(encoder, known)
      })
    }
    happen({ type: 'opened' })
  })
  provider.on('connection-close', (event) => {
    asked = false
    answered = false
    wary = false
    echoes.forget()
    early = []
    come = false
    socket += 1
    clearTimeout(acknowledgeTimer)
    acknowledgeTimer = undefined
    // The next server's clock may be behind, and what is older than what is known of somebody passes for old.
    for (const client of awareness.meta.keys()) if (client !== doc.clientID) awareness.meta.delete(client)
    // Also stops the provider's own timer, which is set after this.
    provider.shouldConnect = false
    if (closed) return
    if (event !== null && isFinal(event.code)) {
      if (event.code === rebuilt) renounce()
      else happen({ type: 'refused', code: event.code })
      return
    }
    const gaveWay = event?.code === giveWay
    // Of one's own accord, for a better way: that is no loss to tell of, unless the better way does not open.
    if (!gaveWay) happen({ type: 'lost' })
    keep()
    if (gaveWay) reconnect(0)
    else reconnect(backoff(attempts++, tempo, random))
  })

  function reconnect(wait: number) {
    clearTimeout(reconnectTimer)
    if (closed || isOver(connection)) return
    reconnectTimer = setTimeout(() => {
      connect()
    }, wait)
  }

  /**
   * What we know stands in the address, so that what we lack comes with the greeting, a round trip early. With edits that
   * wait, what we know is what both had before them: then all that the server has beyond it comes first.
   */
  function connect() {
    if (over()) return finish()
    if (closed || isOver(connection) || reissue !== null) return
    if (socket > 0 && Y.getState(doc.store, doc.clientID) === 0) remint()
    offered = device.unsaved() > 0 ? base.state() : null
    const vector = toBase64UrlEncoded(
      offered === null ? Y.encodeStateVector(doc) : Y.encodeStateVectorFromUpdate(offered.state),
    )
    provider.params = { epoch: String(EPOCH), ...(vector.length <= longestVector ? { vector } : {}) }
    provider.connect()
  }

  /** Others have seen the id, and it is nobody's until something is written under it. */
  function remint() {
    const state = awareness.getLocalState()
    awareness.setLocalState(null)
    doc.clientID = uint32()
    awareness.clientID = doc.clientID
    awareness.setLocalState(state)
  }

  function drop() {
    if (provider.ws === null) return
    provider.disconnect()
  }

  /** Until the device has been asked, nobody can say what waits: the server's word would pass as the whole. */
  let begun = false
  const begin = () => {
    if (begun || closed) return
    begun = true
    connect()
  }
  /** What an attempt waits for that began in another network may never come. */
  const onOnline = () => {
    if (!begun || provider.wsconnected) return
    drop()
    attempts = 0
    reconnect(0)
  }
  const onVisible = () => {
    if (globalThis.document.visibilityState !== 'visible') {
      keep()
      note()
    } else if (begun && provider.ws === null) reconnect(0)
  }
  /** What a tab that is closed, or ends by force, leaves to the next: until when it had a connection. */
  const note = () => {
    if (connection.status === 'live') agree(copy, now())
  }
  const noting = setInterval(note, tempo.note)
  globalThis.addEventListener('pagehide', note)
  globalThis.addEventListener('online', onOnline)
  globalThis.addEventListener('offline', drop)
  globalThis.document.addEventListener('visibilitychange', onVisible)
  // These two go by the clock that somebody may set: an hour forward, and everybody is gone and the line is dead.
  clearInterval(provider._checkInterval)
  clearInterval(awareness._checkInterval)
  let difference = now() - steady()
  const watch = setInterval(() => {
    const time = steady()
    const set = now() - time - difference
    difference += set
    // Or the machine has slept, which this clock may not have noticed: then the line is asked whether it still carries.
    if (Math.abs(set) > tempo.silence && answered && cutting === 0) ask()
    const dead = provider.wsconnected && time - transport.heard() > tempo.dead
    if (dead || echoes.overdue(transport.heard(), tempo.silence, time)) drop()
  }, tempo.silence / 4)
  const present = setInterval(() => {
    const state = awareness.getLocalState()
    if (state !== null) awareness.setLocalState(state)
  }, tempo.present)

  const stopTransport = transport.subscribe(announce)
  let failing = false
  const stopDevice = device.subscribe(() => {
    const state = device.state()
    if (state.status === 'failing') pass({ type: 'device-failing', cause: state.cause })
    else if (failing && state.status === 'stored') pass({ type: 'device-stored' })
    if (state.status === 'failing' || state.status === 'stored') failing = state.status === 'failing'
    announce()
  })
  if (globalThis.matchMedia?.('(display-mode: standalone)').matches) void persistence.known.then(persistence.wish)
  void device.tried.then(begin)
  const impatience = setTimeout(begin, tempo.device)

  const link: Link = {
    copy,
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
    log: device.log,
    async backup() {
      const { writeBackup } = await import('./backup.ts')
      const edits = connection.unsaved
      const state = Y.encodeStateAsUpdate(doc)
      const both = edits > 0 ? base.state() : null
      pass({ type: 'backup-saved', edits })
      announce()
      return writeBackup({
        meeting,
        document,
        person: { id: person, name },
        epoch: device.epoch(),
        at: now(),
        edits,
        state,
        base: both,
      })
    },
    async bringBack(file) {
      const { readBackup } = await import('./backup.ts')
      const read = readBackup(file, { meeting, document })
      if ('status' in read) return read
      const former = isOtherLineage(doc, [read.state])
      if (former || read.person.id !== person) {
        const { state, base, person: owner } = read
        return { status: 'foreign', name: owner.name, own: owner.id === person, former, state, base }
      }
      const before = device.edits().made
      // What of it the server does not take under its ids is reissued.
      Y.applyUpdate(doc, read.state, person)
      const edits = device.edits().made > before
      pass(edits ? { type: 'backup-brought', edits: read.edits } : { type: 'backup-known' })
      announce()
      return { status: 'brought', edits }
    },
    onMet(listener) {
      meetings.add(listener)
      for (const met of unheard.splice(0)) listener(met)
      return () => meetings.delete(listener)
    },
    tellMet,
    edits: device.edits,
    persisted: persistence.state,
    close,
    async clear() {
      finish()
      await close()
      await deleteCopy(copy, tempo)
    },
  }
  return link

  function close(): Promise<void> {
    leaving ??= leave()
    return leaving
  }

  async function leave(): Promise<void> {
    listeners.clear()
    if (over()) finish()
    else awareness.setLocalState(null)
    if (await linger()) return
    finish()
    await device.close()
    doc.destroy()
  }

  /**
   * What only this tab has does not go with the page that showed it: it stays until the server or the device has it.
   * Settles with whether somebody has come back to it before that.
   */
  function linger(): Promise<boolean> {
    const stay = (event: Event) => device.state().status === 'failing' && event.preventDefault()
    globalThis.addEventListener('beforeunload', stay)
    return new Promise((resolve) => {
      const end = (back: boolean) => {
        lingering.delete(copyName(copy))
        listeners.delete(look)
        globalThis.removeEventListener('beforeunload', stay)
        resolve(back)
      }
      const look = () => {
        if (over()) finish()
        if (closed || device.unsaved() === 0 || device.state().status === 'stored') end(false)
      }
      const resume = (now: Exchanged) => {
        if (over()) finish()
        if (closed || reissue !== null) return false
        end(true)
        leaving = null
        exchanged = now
        awareness.setLocalState({})
        happen({ type: 'reopened' })
        if (begun && provider.ws === null) reconnect(0)
        return true
      }
      lingering.set(copyName(copy), { link, resume })
      listeners.add(look)
      look()
    })
  }

  function finish() {
    if (closed) return
    closed = true
    for (const timer of [acknowledgeTimer, awarenessTimer, reconnectTimer, spellTimer, impatience]) clearTimeout(timer)
    note()
    clearInterval(watch)
    clearInterval(present)
    clearInterval(noting)
    globalThis.removeEventListener('pagehide', note)
    globalThis.removeEventListener('online', onOnline)
    globalThis.removeEventListener('offline', drop)
    globalThis.document.removeEventListener('visibilitychange', onVisible)
    provider.destroy()
    stopTransport()
    transport.close()
    stopDevice()
    doc.off('update', onUpdate)
    awareness.off('update', onAwareness)
    awareness.destroy()
    // Whoever shows the document still is to say that nothing of it is kept, and to take nothing more.
    connection = next(connection, { type: 'refused', code: signedOut }, now())
    announce()
    listeners.clear()
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
