import { toBase64UrlEncoded } from 'lib0/buffer'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { uuidv4 } from 'lib0/random'
import type { Awareness } from 'y-protocols/awareness'
import { messageYjsSyncStep1 } from 'y-protocols/sync'
import { messageSync, WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { type DocumentName, termsOf } from '../../shared/document/documents.ts'
import { hasArrived } from '../../shared/document/schema.ts'
import type { MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import { acknowledgeType, encodeAcknowledge, encodeStep1, encodeStep2, lackingType } from '../../shared/wire/frame.ts'
import { merge } from '../../shared/wire/merge.ts'
import type { Backup, BackupAnswer } from './backup.ts'
import { type Connection, isOver, rebuilt, signedOut, tooOld } from './connection.ts'
import { agree, agreedAt, copyName, type DeviceCopyInfo, latest } from './device/copylist.ts'
import { deleteCopy } from './device/deletion.ts'
import { type DeviceEvent, openDevice } from './device/device.ts'
import type { Carrier, Passage, Passing } from './device/log.ts'
import type { Device } from './device/status.ts'
import { type Effect, type Happening, isAsked, isOverdue, next, startExchange, type Unsaved } from './exchange.ts'
import { type Arrival, openGate } from './gate.ts'
import { lackedBy } from './lacked.ts'
import { createLingering, type Replaced } from './linger.ts'
import { type ConcurrentEdits, createMergeBase, type MergeBase } from './mergebase.ts'
import { openPersistence, type Persisted } from './persistence.ts'
import { openPresence } from './presence.ts'
import { createRuns } from './runs.ts'
import { shareTransport } from './share.ts'
import { openSignals } from './signals.ts'
import { createSpell } from './spell.ts'
import { createSuccession } from './succession.ts'
import { backoff, type Timing, usualTiming } from './timing.ts'
import { openTransport } from './transport.ts'

export type { DocumentName }

/** One document, live: its copy on this device, its connection, and who else is in it. */
export interface Link {
  readonly copy: DeviceCopyInfo
  readonly doc: Y.Doc
  readonly awareness: Awareness
  connection(): Connection
  device(): Device
  /** Changes that the server may lack, as a person counts them: 0 exactly while no edit is unsaved. */
  changes(): number
  /** Notifies of every change of `connection()` and `device()`. */
  subscribe(listener: () => void): () => void
  /** Queues what comes in until the returned function is called. Sending continues. */
  hold(): () => void
  /** How many frames have come in, and how many of them a hold queues. For tests and the inspector. */
  frames(): { readonly received: number; readonly held: number }
  /** The transport in use; null while there is none. */
  carrier(): Carrier | null
  /** What has passed between this device and the server, oldest first. */
  log(): readonly Passage[]
  /** All that is here, as a file. Works without the server and without storage on the device. */
  backup(): Promise<Backup>
  /**
   * Applies a backup of this person's as if its edits had been made here. A file of somebody else's, or of an earlier
   * lineage, changes nothing.
   */
  importBackup(file: Uint8Array | string): Promise<BackupAnswer>
  /** Notifies when edits made here are merged with edits that others made meanwhile. */
  onConcurrentEdits(listener: (edits: ConcurrentEdits) => void): () => void
  /** Notifies the same listeners of a merge that a person has asked for. */
  reportConcurrentEdits(edits: Omit<ConcurrentEdits, 'at'>): void
  /** How many edits were made in this tab, and how many of them, from the first on, are acknowledged. */
  edits(): { readonly made: number; readonly committed: number }
  /** Whether the browser has promised to keep this device's data. */
  persisted(): Persisted
  /**
   * Resolves when the device has written everything and the document is destroyed; or earlier, if the same copy is
   * opened again, which reuses this link.
   */
  close(): Promise<void>
  /** Closes, and deletes the copy on this device. */
  clear(): Promise<void>
}

/** In characters of an address. A longer state vector, of a meeting in which hundreds have written, goes in a frame. */
const longestVector = 2000

const lingering = createLingering<Link>()

/** Links whose page has been left but that may hold edits that exist nowhere else. */
export const lingeringLinks: () => readonly Link[] = lingering.all

/**
 * Opens `document` of `meeting` for `person`: first what this device holds, then the server at `origin`
 * (`https://host`). The link itself never writes to the document. It drives `exchange.ts`, which decides what is sent,
 * let in and saved. The stock provider stands between the document and `gate.ts`. A link to the same copy that is still
 * closing is reused.
 */
export function openLink(options: {
  origin: string
  meeting: MeetingId
  document: DocumentName
  person: PersonId
  /** The person's name, for files and for the list of copies on this device. */
  name?: string
  /** Whether all that was open on this device has been given up: nothing is sent or written after that. */
  over?: () => boolean
  /**
   * Called when another document replaces this one on the device: the caller closes the link and opens it again.
   * `rebuilt`: that document is of another lineage, and the old copy stays on the device beside it.
   */
  exchanged?: (rebuilt: boolean) => void
  /** Receives every frame, for the inspector. */
  seen?: ((direction: 'in' | 'out', frame: Uint8Array) => void) | undefined
  now?: () => number
  /** Monotonic, ms. Timeouts go by it, since `now` may be set back or forward at any time. */
  steady?: () => number
  random?: () => number
  timing?: Partial<Timing>
}): Link {
  const { meeting, document, person, name = '', over = () => false, now = Date.now, random = Math.random } = options
  const { steady = () => performance.now() } = options
  const timing = { ...usualTiming, ...options.timing }
  const copy = latest({ meeting, document, person, name })
  const { epoch } = termsOf(document)
  const before = lingering.resume(copyName(copy), options.exchanged)
  if (before !== null) return before
  let replaced: Replaced = options.exchanged
  const doc = new Y.Doc()
  const presence = openPresence(doc, timing.present)
  const { awareness } = presence
  const listeners = new Set<() => void>()
  const agreed = agreedAt(copy)
  const base = createMergeBase()
  const goesOn = createRuns()
  const persistence = openPersistence()
  let exchange = startExchange(agreed)
  /** The merge base that this connection announced to the server when it opened, if edits waited. */
  let offered: MergeBase | null = null
  /** Replaces the provider's sync step 1 if the state vector is too long for the address. */
  let question: Uint8Array | null = null
  /** How many edits waited when the server's first answer came. */
  let sent = 0
  /** Whether the update being applied comes from another tab, through the device. */
  let fromDevice = false
  let changed = false
  let leaving: Promise<void> | null = null
  let closed = false
  let pauseTimer: ReturnType<typeof setTimeout> | undefined
  let reconnectTimer: ReturnType<typeof setTimeout> | undefined
  const unheard: ConcurrentEdits[] = []
  const concurrentListeners = new Set<(edits: ConcurrentEdits) => void>()

  const root = `${options.origin.replace(/^http/, 'ws')}/sync/${encodeURIComponent(meeting)}`
  const transport = shareTransport(`${root} ${person}`, () =>
    openTransport({ storage: storage(), now, steady, patience: timing.patience }),
  )
  const gate = openGate({
    Socket: transport.Socket,
    pause: timing.awareness,
    isOwn: (client) => client === doc.clientID,
    presence: presence.frame,
    isAsked: () => isAsked(exchange),
    question: () => question,
    greeted() {
      sent = device.changes()
      happen({ type: 'greeted', ...unsaved() })
    },
    deliver,
    // The provider times out by the wall clock. Set forward, that would make the connection look dead.
    passed() {
      provider.wsLastMessageReceived = Number.POSITIVE_INFINITY
    },
    seen: options.seen,
    sent: (bytes) => happen({ type: 'sent', bytes }),
    splitting: (status) => happen(status === 'begun' ? { type: 'splitting' } : { type: 'split', held: device.held() }),
  })
  const provider = new WebsocketProvider(root, encodeURIComponent(document), doc, {
    connect: false,
    awareness,
    // Tabs sync through the server and the device's copy: a broadcast channel does not tell persons apart.
    disableBc: true,
    WebSocketPolyfill: gate.Socket,
    // Its backoff has no jitter; ours is below.
    shouldReconnect: () => false,
  })
  const device = openDevice({
    copy,
    epoch,
    doc,
    // The provider does not send updates with this origin: other tabs' edits may be under somebody else's client ids.
    origin: provider,
    // Not `crypto.randomUUID`, which exists only on secure pages.
    visit: uuidv4(),
    over,
    timing,
    // While connected, another tab's edits mostly come from the server first, and are nothing new when read here.
    patience: () => (exchange.connection.status === 'live' ? timing.otherTab : 0),
    let: gate.inTurn,
    report: hear,
  })
  const spell = createSpell({ base, doc, unsaved: device.unsaved, store: device.keepBase, now, pause: timing.spell })
  const succession = createSuccession({
    copy,
    doc,
    device,
    closed: () => closed,
    drop,
    keep: spell.keep,
    refuse: () => happen({ type: 'refused', code: rebuilt }),
    patience: timing.device,
    subscribe,
    replaced: (anew) => replaced?.(anew),
  })

  function happen(happening: Happening) {
    const { connection } = exchange
    const step = next(exchange, happening, { now: now(), steady: steady() })
    exchange = step.exchange
    if (exchange.connection !== connection) {
      record(connection, exchange.connection)
      announce()
    }
    for (const effect of step.effects) carryOut(effect)
  }

  /** Records the change in the log, and for the next tab. */
  function record(from: Connection, to: Connection) {
    if (to.status === from.status) return
    if (from.status === 'live' || to.status === 'live') agree(copy, now())
    // A copy opened without a connection had lost it earlier.
    const last = device.log().at(-1)?.at ?? 0
    if (to.status === 'offline') device.pass({ at: to.since >= last ? to.since : now(), type: 'lost' })
    else if (to.status === 'refused') pass({ type: 'refused', code: to.code })
    else if (to.status === 'older') pass({ type: 'older' })
  }

  function carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'answer': {
        if (over()) {
          finish()
          return
        }
        const lacked = lackedBy(effect.vector, doc, device.doubt(), exchange.skipped)
        void gate.send(encodeStep2(lacked)).then((whole) => whole && happen({ type: 'answered', held: device.held() }))
        return
      }
      case 'request':
        void gate.send(encodeAcknowledge(encoding.encode((payload) => encoding.writeVarUint(payload, effect.number))))
        return
      case 'pause':
        pauseTimer ??= setTimeout(() => {
          pauseTimer = undefined
          happen({ type: 'paused', held: device.held() })
        }, timing.acknowledge)
        return
      case 'admit':
        gate.admit()
        return
      case 'cover': {
        const before = device.begun()
        device.commit(effect.held)
        base.covered(device.edits().committed)
        const edits = before - device.begun()
        if (edits > 0) pass({ type: 'committed', edits })
        happen({ type: 'committed', ...unsaved() })
        spell.counted(device.unsaved(), exchange.connection.status)
        return
      }
      case 'reissue':
        void succession.reissue(effect.from)
        return
      case 'drop':
        drop()
        return
      case 'reconnect':
        reconnect(effect.failed === null ? 0 : backoff(effect.failed, timing, random))
        return
      case 'renounce':
        succession.renounce()
        return
    }
  }

  function unsaved(): Unsaved {
    const edits = device.unsaved()
    return { unsaved: edits, doubtful: edits > 0 && [...(device.doubt()?.values() ?? [0])].includes(0) }
  }

  function pass(passing: Passing) {
    device.pass({ at: now(), ...passing })
  }

  function subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  function announce() {
    for (const listener of [...listeners]) listener()
  }

  function hear(event: DeviceEvent) {
    switch (event.type) {
      case 'loaded':
        base.load(event.updates, event.waiting > 0, event.base, agreed ?? device.log().at(-1)?.at ?? now())
        break
      case 'newer':
        happen({ type: 'refused', code: tooOld })
        provider.disconnect()
        break
      case 'former':
        succession.renounce()
        break
      case 'counted':
        base.covered(device.edits().committed)
        count()
    }
  }

  /** Must be called whenever edits are made or acknowledged. */
  function count() {
    happen({ type: 'counted', ...unsaved() })
    spell.counted(device.unsaved(), exchange.connection.status)
  }

  const onUpdate = (update: Uint8Array, origin: unknown, _doc: Y.Doc, transaction: Y.Transaction) => {
    const reissue = succession.reissuing()
    if (origin === provider && !fromDevice) {
      changed = true
      device.append(update, false)
    } else if (reissue !== null) {
      if (!fromDevice) device.append(reissue(update), true, goesOn(transaction))
    } else if (fromDevice) {
      // Sent as sync step 2: of that the server reports what it does not accept, but it refuses an update.
      if (isAsked(exchange)) void gate.send(encodeStep2(update))
    } else {
      device.append(update, true, goesOn(transaction))
      base.edited(update)
      if (exchange.connection.status === 'offline') persistence.wish()
      count()
    }
  }
  doc.on('update', onUpdate)

  provider.messageHandlers[messageSync] = (_encoder, decoder) => {
    // The server's content comes through the gate and is applied below, since y-protocols swallows errors.
    if (decoding.readVarUint(decoder) !== messageYjsSyncStep1) return
    happen({ type: 'asked', vector: decoding.readVarUint8Array(decoder), ...unsaved() })
  }
  provider.messageHandlers[acknowledgeType] = (_encoder, decoder) => {
    const payload = decoding.createDecoder(decoding.readVarUint8Array(decoder))
    happen({ type: 'acknowledged', number: decoding.readVarUint(payload) })
  }
  provider.messageHandlers[lackingType] = (_encoder, decoder) => {
    const inner = decoding.createDecoder(decoding.readVarUint8Array(decoder))
    const clients = Array.from({ length: decoding.readVarUint(inner) }, () => decoding.readVarUint(inner))
    happen({ type: 'lacking', clients, doubt: device.doubt() })
  }

  /** Applies all content that waited in one transaction. */
  function deliver(arrivals: readonly Arrival[]) {
    if (closed) return
    const first = arrivals.find((arrival) => arrival.type === 'content' && arrival.catchesUp())
    const mergeBase = first === undefined ? null : offered
    const mine = mergeBase && Y.encodeStateAsUpdate(doc)
    const known = hasArrived(doc)
    changed = false
    try {
      Y.transact(
        doc,
        () => {
          for (const arrival of arrivals) if (arrival.type === 'content') Y.applyUpdate(doc, arrival.update, provider)
        },
        provider,
        false,
      )
      for (const arrival of arrivals) {
        if (arrival.type === 'content') base.heard(arrival.update, now())
        else if (arrival.type === 'other-tab') applyOtherTab(arrival.apply)
        else presence.hear(arrival.pass)
      }
    } catch (error) {
      // The server never sends malformed updates, so something on the way is broken. Reconnecting repairs it.
      console.error('An update could not be applied', error)
      drop()
      return
    }
    if (first?.type !== 'content') return
    spell.caughtUp()
    pass({ type: 'caught-up', sent, received: changed && known })
    happen({ type: 'caught-up' })
    count()
    if (mergeBase === null || mine === null || !changed) return
    // The server was asked for what it has beyond the base, so both together are all that it has, our edits included.
    reportConcurrentEdits({
      since: mergeBase.since,
      base: mergeBase.state,
      mine,
      theirs: merge([mergeBase.state, first.update]),
    })
  }

  function applyOtherTab(apply: () => void) {
    fromDevice = true
    try {
      apply()
    } finally {
      fromDevice = false
    }
  }

  function reportConcurrentEdits(what: Omit<ConcurrentEdits, 'at'>) {
    const edits = { at: now(), ...what }
    if (concurrentListeners.size === 0) unheard.push(edits)
    for (const listener of concurrentListeners) listener(edits)
  }

  provider.on('status', ({ status }) => {
    if (status !== 'connected') return
    provider.wsLastMessageReceived = Number.POSITIVE_INFINITY
    pass({ type: 'connected', carrier: transport.carrier() ?? 'socket' })
    happen({ type: 'opened' })
  })
  provider.on('connection-close', (event) => {
    clearTimeout(pauseTimer)
    pauseTimer = undefined
    if (closed) return
    happen({ type: 'closed', code: event?.code ?? null })
    if (!isOver(exchange.connection)) spell.keep()
  })

  function reconnect(wait: number) {
    clearTimeout(reconnectTimer)
    if (closed || isOver(exchange.connection)) return
    reconnectTimer = setTimeout(connect, wait)
  }

  /**
   * Our state vector is in the address, so what we lack comes with the server's first message, a round trip early. If
   * edits wait, it is the state vector of the merge base: then all that the server has beyond the base comes first.
   */
  function connect() {
    if (over()) return finish()
    if (closed || isOver(exchange.connection) || succession.reissuing() !== null) return
    presence.reconnect()
    offered = device.unsaved() > 0 ? base.state() : null
    const known = offered === null ? Y.encodeStateVector(doc) : Y.encodeStateVectorFromUpdate(offered.state)
    const vector = toBase64UrlEncoded(known)
    const fits = vector.length <= longestVector
    question = fits ? null : encodeStep1(Y.decodeStateVector(known))
    provider.params = { epoch: String(epoch), ...(fits ? { vector } : {}) }
    provider.connect()
  }

  function drop() {
    if (gate.status() !== 'closed') provider.disconnect()
  }

  /** Until the device has been read, nobody knows what waits, and the server's state would pass for the whole. */
  let begun = false
  const begin = () => {
    if (begun || closed) return
    begun = true
    connect()
  }
  /** Records for the next tab until when this one was connected, in case it is closed or killed. */
  const note = () => {
    if (exchange.connection.status === 'live') agree(copy, now())
  }
  const noting = setInterval(note, timing.note)
  const stopSignals = openSignals(
    {
      online() {
        if (!begun || gate.status() === 'open') return
        // An attempt that began in another network may never get an answer.
        drop()
        happen({ type: 'online' })
      },
      offline: drop,
      shown() {
        if (begun && gate.status() === 'closed') reconnect(0)
      },
      hidden() {
        spell.keep()
        note()
      },
      tick(slept) {
        const time = steady()
        if (slept) happen({ type: 'probed', held: device.held() })
        const dead = gate.status() === 'open' && time - transport.heard() > timing.dead
        if (dead || isOverdue(exchange, transport.heard(), timing.silence, time)) drop()
      },
    },
    { now, steady, pause: timing.silence / 4, drift: timing.silence },
  )

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
  const impatience = setTimeout(begin, timing.device)

  const link: Link = {
    copy,
    doc,
    awareness,
    connection: () => exchange.connection,
    device: device.state,
    changes: device.changes,
    subscribe,
    hold: gate.hold,
    frames: gate.frames,
    carrier: transport.carrier,
    log: device.log,
    async backup() {
      const { writeBackup } = await import('./backup.ts')
      const edits = device.changes()
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
    async importBackup(file) {
      const { importBackup } = await import('./backup.ts')
      const back = importBackup(file, { copy, epoch, doc, made: () => device.edits().made, pass })
      announce()
      return back
    },
    onConcurrentEdits(listener) {
      concurrentListeners.add(listener)
      for (const edits of unheard.splice(0)) listener(edits)
      return () => concurrentListeners.delete(listener)
    },
    reportConcurrentEdits,
    edits: device.edits,
    persisted: persistence.state,
    close,
    async clear() {
      finish()
      await close()
      await deleteCopy(copy, timing)
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
    else presence.leave()
    if (await linger()) return
    finish()
    await device.close()
    doc.destroy()
  }

  /** Edits that only this tab has outlive their page. Resolves with whether somebody has come back to them. */
  function linger(): Promise<boolean> {
    return lingering.keep({
      name: copyName(copy),
      kept: link,
      done() {
        if (over()) finish()
        return closed || device.unsaved() === 0 || device.state().status === 'stored'
      },
      failing: () => device.state().status === 'failing',
      subscribe,
      resume(next) {
        if (over()) finish()
        if (closed || succession.reissuing() !== null) return false
        leaving = null
        replaced = next
        presence.enter()
        happen({ type: 'reopened' })
        if (begun && gate.status() === 'closed') reconnect(0)
        return true
      },
    })
  }

  function finish() {
    if (closed) return
    closed = true
    for (const timer of [pauseTimer, reconnectTimer, impatience]) clearTimeout(timer)
    note()
    clearInterval(noting)
    stopSignals()
    spell.stop()
    provider.destroy()
    stopTransport()
    transport.close()
    stopDevice()
    gate.close()
    doc.off('update', onUpdate)
    presence.stop()
    // A view that still shows the document must say that nothing is kept, and accept no more edits.
    exchange = next(exchange, { type: 'refused', code: signedOut }, { now: now(), steady: steady() }).exchange
    announce()
    listeners.clear()
  }
}

/** Where the transport that works in this network is remembered; some browsers forbid access. */
function storage(): Storage | null {
  try {
    return globalThis.localStorage
  } catch {
    return null
  }
}
