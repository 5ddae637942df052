import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createDecoder, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { nanoid } from 'nanoid'
import { pino } from 'pino'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { hashSecret, newCode } from '../../server/access/secret.ts'
import { createInvitation, createMeeting, type FreshInvitation } from '../../server/meeting/meetings.ts'
import { createServer, type Server, type ServerOptions } from '../../server/process/server.ts'
import { openSqlite } from '../../server/storage/sqlite/storage.ts'
import type { Storage } from '../../server/storage/storage.ts'
import type { Role } from '../../shared/api/terms.ts'
import type { Agenda, MeetingId, Side } from '../../shared/domain/agenda.ts'
import { template } from '../../shared/domain/template.ts'
import { encodeAcknowledge } from '../../shared/wire/frame.ts'
import { soon } from './patience.ts'

// The client listens to the end of the process, once per connection.
process.setMaxListeners(1000)

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** Somebody who has opened an invitation: what a browser would keep. */
export interface Visitor {
  readonly cookie: string
  readonly person: { readonly id: string; readonly name: string; readonly side: Side | null; readonly role: Role }
}

export interface TestServer {
  readonly origin: string
  readonly port: number
  readonly data: string
  readonly storage: Storage
  readonly server: Server
  readonly meeting: MeetingId
  readonly invitations: readonly FreshInvitation[]
  /** A new meeting besides the first. */
  meet(agenda?: Agenda): Promise<{ meeting: MeetingId; invitations: readonly FreshInvitation[] }>
  /** Opens an invitation of that kind, made when there is none, over HTTP. */
  visit(role: Role, side: Side | 'none', name?: string): Promise<Visitor>
  stop(): Promise<void>
}

export function blankAgenda(): Agenda {
  return template('blank', { title: { en: 'Test', zh: '测试' }, date: '2026-03-12', newId: nanoid })
}

/** A real server in this process, on real SQLite in a folder of its own and a free port. */
export async function startServer(
  options: Partial<ServerOptions> & { agenda?: Agenda; data?: string; wrap?: (storage: Storage) => Storage } = {},
): Promise<TestServer> {
  const { agenda = blankAgenda(), data = await mkdtemp(join(tmpdir(), 'parley-')), wrap, ...rest } = options
  const storage = openSqlite(data)
  running.add(storage)
  const server = await createServer({
    storage: wrap?.(storage) ?? storage,
    port: 0,
    host: '127.0.0.1',
    origin: null,
    logger: pino({ level: 'silent' }),
    reviewEvery: 100,
    ...rest,
  })
  const { meeting, invitations } = await createMeeting(storage, agenda, Date.now())
  const origin = `http://127.0.0.1:${server.port}`
  return {
    origin,
    port: server.port,
    data,
    storage,
    server,
    meeting,
    invitations,
    meet: (other = blankAgenda()) => createMeeting(storage, other, Date.now()),
    async visit(role, side, name = `${names[role]} ${names[side]}`) {
      const token =
        invitations.find((one) => one.role === role && one.side === side)?.token ??
        (await createInvitation(storage, meeting, role, side, Date.now()))!.token
      return enter(origin, token, name)
    },
    async stop() {
      await server.close()
      running.delete(storage)
      await storage.close()
      if (options.data === undefined) await rm(data, { recursive: true })
    },
  }
}

const names = { organizer: 'Olga', delegate: 'Dana', observer: 'Oscar', us: 'Usher', cn: 'Chen', none: 'North' }
/** Of the servers in this process. */
const running = new Set<Storage>()

/** A code for who is called so, in the meeting of this invitation: the organizer's word. */
export async function codeFor(token: string, name: string): Promise<string> {
  for (const storage of running) {
    // Some test may have closed it.
    const invitation = await storage.invitationByToken(hashSecret(token)).catch(() => null)
    const people = invitation === null ? [] : await storage.people(invitation.meeting)
    const person = people.find((one) => one.name === name)?.person
    if (person === undefined) continue
    const code = newCode()
    await storage.addCode({ code: hashSecret(code), person, by: person, expiresAt: Date.now() + 60_000 })
    return code
  }
  throw new Error(`nobody is called ${name}`)
}

interface Device extends Visitor {
  readonly meeting: string
}
/** The latest device of everybody who has come in, by invitation and name. */
const devices = new Map<string, Promise<Device | null>>()

/**
 * Opens an invitation. `cookie`: of a session that there is already. Whoever has come in by that invitation and name before
 * is the same person again, by a code from the device before.
 */
export async function enter(origin: string, token: string, name: string, cookie?: string): Promise<Visitor> {
  const key = `${token} ${name}`
  const before = cookie === undefined ? devices.get(key) : undefined
  const device = comeIn(origin, { token, name }, before, cookie)
  devices.set(
    key,
    device.catch(() => null),
  )
  return device
}

async function comeIn(origin: string, by: object, before: Promise<Device | null> | undefined, cookie?: string) {
  const first = before && (await before)
  if (first) {
    const made = await post(origin, `/api/meetings/${first.meeting}/people/${first.person.id}/code`, {}, first.cookie)
    if (made.ok)
      return deviceOf(await post(origin, '/api/code', { code: ((await made.json()) as { code: string }).code }))
  }
  return deviceOf(await post(origin, '/api/session', by, cookie))
}

export function post(origin: string, path: string, body: object, cookie?: string): Promise<Response> {
  return fetch(`${origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(cookie === undefined ? {} : { cookie }) },
    body: JSON.stringify(body),
  })
}

async function deviceOf(response: Response): Promise<Device> {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  const { person, meeting } = (await response.json()) as Omit<Device, 'cookie'>
  return { cookie: response.headers.get('set-cookie')!.split(';')[0]!, person, meeting }
}

/** A WebSocket that differs from a browser's in nothing but that it is told its cookie. */
export function socketWith(cookie: string): typeof globalThis.WebSocket {
  return class extends WebSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols, { headers: { cookie } })
      // In a browser an error that nobody listens for is nothing.
      this.on('error', () => {})
    }
  } as unknown as typeof globalThis.WebSocket
}

export interface Place {
  readonly origin: string
  readonly meeting: string
  readonly cookie: string
  readonly document?: string
  /** What carries the client's frames, where it is not a socket of its own. */
  readonly socket?: typeof globalThis.WebSocket
}

/** The y-websocket client as published. */
export interface Client {
  readonly doc: Y.Doc
  readonly provider: WebsocketProvider
  /** Settles at the first sync, rejects when the server refuses for good. */
  readonly synced: Promise<void>
  /** Close codes as they came. */
  readonly closes: readonly number[]
  /** Sends a 102 and settles when it comes back on this connection. */
  acknowledged(): Promise<void>
  /** Settles when `holds` is true of the document. */
  until(holds: (doc: Y.Doc) => boolean): Promise<void>
  leave(): void
}

export function stockClient(
  { origin, meeting, cookie, document = 'agenda', socket = socketWith(cookie) }: Place,
  doc: Y.Doc = new Y.Doc(),
): Client {
  const closes: number[] = []
  const waiting = new Map<string, () => void>()
  let rising = 0
  const provider = new WebsocketProvider(`${origin.replace(/^http/, 'ws')}/sync/${meeting}`, document, doc, {
    WebSocketPolyfill: socket,
    disableBc: true,
    connect: false,
  })
  provider.messageHandlers[102] = (_encoder, decoder) => {
    const payload = readVarUint8Array(decoder).join()
    waiting.get(payload)?.()
    waiting.delete(payload)
  }
  provider.on('connection-close', (event) => {
    if (event !== null) closes.push(event.code)
  })
  const synced = new Promise<void>((resolve, reject) => {
    provider.once('sync', () => resolve())
    provider.once('closed', ({ code, reason }) => reject(new Error(`${code} ${reason}`)))
  })
  // Whoever wants to know awaits it.
  synced.catch(() => {})
  provider.connect()
  return {
    doc,
    provider,
    synced: soon('the first sync', synced),
    closes,
    acknowledged() {
      rising += 1
      const payload = Uint8Array.of(rising & 255, (rising >> 8) & 255, rising >> 16)
      const echo = new Promise<void>((resolve) => {
        waiting.set(payload.join(), resolve)
        provider.ws!.send(encodeAcknowledge(payload) as Uint8Array<ArrayBuffer>)
      })
      return soon('the acknowledgement', echo)
    },
    until: (holds) => until(doc, holds),
    leave() {
      provider.destroy()
      doc.destroy()
    },
  }
}

/** Settles when `holds` is true of the document, now or after some update. */
export function until(doc: Y.Doc, holds: (doc: Y.Doc) => boolean): Promise<void> {
  const become = new Promise<void>((resolve) => {
    const look = () => {
      if (!holds(doc)) return
      doc.off('update', look)
      resolve()
    }
    doc.on('update', look)
    look()
  })
  return soon(() => `the document, in which: ${holds}; it is ${JSON.stringify(doc.toJSON()).slice(0, 300)}`, become)
}

/**
 * A text, in a root that an agenda has: the server takes nothing in any other. The agenda has no texts there, and reads
 * the root as a map, to which this does nothing.
 */
export function textOf(doc: Y.Doc): Y.Text {
  return doc.getText('glossary')
}

/** A bare socket: frames out, frames in, and why it ended. */
export interface RawClient {
  readonly socket: WebSocket
  readonly opened: Promise<void>
  readonly closed: Promise<{ code: number; reason: string }>
  /** Those that have come; may be emptied. */
  readonly frames: Uint8Array[]
  send(frame: Uint8Array): void
  /** Settles with the first frame, past or coming, for which it is true. */
  frame(holds: (frame: Uint8Array) => boolean): Promise<Uint8Array>
}

export function rawClient(
  { origin, meeting, cookie, document = 'agenda' }: Omit<Place, 'cookie'> & { cookie?: string },
  headers: Record<string, string> = {},
  query = '',
): RawClient {
  const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/sync/${meeting}/${document}${query}`, {
    headers: { ...(cookie === undefined ? {} : { cookie }), ...headers },
  })
  const frames: Uint8Array[] = []
  const waiting = new Set<() => void>()
  socket.on('message', (data: Buffer) => {
    frames.push(new Uint8Array(data))
    for (const look of waiting) look()
  })
  socket.on('error', () => {})
  return {
    socket,
    frames,
    opened: soon('the socket to open', new Promise((resolve) => socket.once('open', () => resolve()))),
    closed: soon(
      () => `the socket to close; ${frames.length} frames have come`,
      new Promise((resolve) => {
        socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
      }),
    ),
    send: (frame) => socket.send(frame),
    frame(holds) {
      const come = new Promise<Uint8Array>((resolve) => {
        const look = () => {
          const found = frames.find(holds)
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      })
      return soon(() => `a frame, of which: ${holds}; there came ${frames.map(kindOf).join(' ')}`, come)
    },
  }
}

/** Type and, of sync messages, the step. */
export function kindOf(frame: Uint8Array): string {
  const decoder = createDecoder(frame)
  const type = readVarUint(decoder)
  return type === 0 ? `0.${readVarUint(decoder)}` : String(type)
}

/** A server in a process of its own, as `npm start` runs it, that can be killed. */
export interface ServerProcess {
  readonly child: ChildProcess
  readonly port: number
  readonly origin: string
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

export async function startProcess(
  data: string,
  env: Record<string, string> = {},
  script = 'server/main.ts',
  /** Told of what the process writes to its stderr, line by line. */
  heard?: (line: string) => void,
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [script], {
    cwd: root,
    env: { ...process.env, PORT: '0', PARLEY_DATA: data, PARLEY_READY: 'json', ...env },
    stdio: ['ignore', 'pipe', heard === undefined ? 'inherit' : 'pipe'],
  })
  if (heard !== undefined) createInterface({ input: child.stderr! }).on('line', heard)
  const exited = soon(
    'the server process to end',
    new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }))
    }),
  )
  for await (const line of createInterface({ input: child.stdout! })) {
    if (!line.startsWith('{')) continue
    const { port } = JSON.parse(line) as { port: number }
    return { child, port, origin: `http://127.0.0.1:${port}`, exited }
  }
  throw new Error(`the server ended before it was ready: ${JSON.stringify(await exited)}`)
}

/** Makes a process collect its garbage when it gets SIGUSR2. */
export const collecting: string = `--import=data:text/javascript,${encodeURIComponent(
  `import v8 from 'node:v8'; import vm from 'node:vm'
   v8.setFlagsFromString('--expose-gc')
   const gc = vm.runInNewContext('gc')
   process.on('SIGUSR2', () => { gc({ type: 'major', execution: 'sync', flavor: 'last-resort' }) })`,
)}`

/** After a collection, with `connections` open. */
export async function memoryOf(server: ServerProcess, connections: number): Promise<{ rss: number; heap: number }> {
  const metrics = async (name: string) => {
    const text = await (await fetch(`${server.origin}/metrics`)).text()
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  }
  while ((await metrics('parley_connections')) !== connections) server.child.kill('SIGUSR2')
  // The signal is asynchronous, and asking makes garbage too: the least of some answers is what is alive.
  let [heap, rss] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let i = 0; i < 6; i += 1) {
    server.child.kill('SIGUSR2')
    heap = Math.min(heap, await metrics('nodejs_heap_size_used_bytes'))
    rss = Math.min(rss, await metrics('process_resident_memory_bytes'))
  }
  return { rss, heap }
}
