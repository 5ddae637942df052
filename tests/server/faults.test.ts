import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createMeeting, type FreshInvitation } from '../../server/meeting/meetings.ts'
import { openSqlite } from '../../server/storage/sqlite/storage.ts'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import { encodeUpdate } from '../../shared/wire/frame.ts'
import {
  blankAgenda,
  type Client,
  enter,
  kindOf,
  rawClient,
  root,
  type ServerProcess,
  startProcess,
  stockClient,
} from '../support/server.ts'

/* What people do to a server in a process of its own, and what ends it. */

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** `promise`, or after two minutes, which no busy machine needs, what was waited for. */
async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain: ${what}`)), 120_000)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

interface Meeting {
  readonly data: string
  readonly meeting: MeetingId
  readonly invitations: readonly FreshInvitation[]
}

async function meet(): Promise<Meeting> {
  const data = await mkdtemp(join(tmpdir(), 'parley-'))
  cleanups.push(() => rm(data, { recursive: true, force: true }))
  const storage = openSqlite(data)
  const made = await createMeeting(storage, blankAgenda(), Date.now())
  await storage.close()
  return { data, ...made }
}

async function start(data: string, env: Record<string, string> = {}): Promise<ServerProcess> {
  const server = await within('the server is ready', startProcess(data, env))
  cleanups.push(async () => {
    server.child.kill('SIGKILL')
    await server.exited
  })
  return server
}

interface Pair {
  readonly cookies: readonly string[]
  readonly clients: readonly [Client, Client]
  /** Both write, see what the other has written, and are told that it is committed. */
  type(words: string): Promise<void>
}

/** Two people who go on writing, and are never disconnected. */
async function pair({ origin, exited }: ServerProcess, { meeting, invitations }: Meeting): Promise<Pair> {
  const delegates = invitations.filter(({ role }) => role === 'delegate')
  const visitors = await Promise.all(delegates.map(({ token, side }) => enter(origin, token, `Guest ${side}`)))
  const cookies = visitors.map(({ cookie }) => cookie)
  const [one, two] = cookies.map((cookie) => stockClient({ origin, meeting, cookie })) as [Client, Client]
  cleanups.push(one.leave, two.leave)
  await within('both are in', Promise.all([one.synced, two.synced]))
  const lost = new Promise<never>((_resolve, reject) => {
    void exited.then((how) => reject(new Error(`the server has ended: ${JSON.stringify(how)}`)))
    for (const { provider } of [one, two]) {
      provider.once('connection-close', (event) => reject(new Error(`disconnected with ${event?.code}`)))
    }
  })
  lost.catch(() => {})
  return {
    cookies,
    clients: [one, two],
    async type(words) {
      for (const { doc } of [one, two]) doc.getMap('people').set(`${words} ${doc.clientID}`, true)
      const committed = Promise.race([Promise.all([one.acknowledged(), two.acknowledged()]), lost])
      await within(`the commit of what is written, ${words}`, committed)
      const key = ({ doc }: Client) => `${words} ${doc.clientID}`
      const seen = [
        one.until((doc) => doc.getMap('people').has(key(two))),
        two.until((doc) => doc.getMap('people').has(key(one))),
      ]
      await within(`what the other has written, ${words}`, Promise.all(seen))
    },
  }
}

/** How a client ends what it has begun. */
const endings: Record<string, (socket: Socket) => void> = {
  'a reset at once': (socket) => socket.resetAndDestroy(),
  'a reset a moment later': (socket) => setImmediate(() => socket.resetAndDestroy()),
  'a reset at the first answer': (socket) => socket.once('data', () => socket.resetAndDestroy()).setTimeout(300),
  'half a close': (socket) => socket.end(),
  'half a close, and a reset at the first answer': (socket) => {
    socket.once('data', () => socket.resetAndDestroy()).setTimeout(300)
    socket.end()
  },
  'words that are none, and a reset': (socket) => {
    socket.write(Buffer.alloc(2000, 0xff), () => socket.resetAndDestroy())
  },
}

/** Begins with these bytes and ends that way. Settles when nothing is left of it. */
function begin(port: number, words: string, ending: (socket: Socket) => void): Promise<void> {
  const over = new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(words)
      ending(socket)
    })
    socket.on('data', () => {})
    socket.on('error', () => {})
    socket.on('timeout', () => socket.resetAndDestroy())
    // A server that waits for more of a request waits longer than we do.
    socket.setTimeout(300)
    socket.on('close', () => resolve())
  })
  return within(`the end of ${words.slice(0, 200)}, by ${ending}`, over)
}

const request = (method: string, path: string, ...headers: string[]) =>
  [`${method} ${path} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n')
const upgrade = (path: string, to: string, ...headers: string[]) =>
  request('GET', path, 'Connection: Upgrade', `Upgrade: ${to}`, ...headers)
const key = ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13']

test('P5: upgrades that break off, to whatever path and however, end nothing; two others go on typing', async () => {
  const made = await meet()
  const server = await start(made.data)
  const two = await pair(server, made)
  const { meeting } = made
  const paths = [
    '/',
    '/x',
    '/sync',
    '/sync/',
    `/sync/${meeting}/agenda`,
    `/sync/${meeting}/agenda/lines`,
    '/api/session',
  ]
  const protocols: [string, ...string[]][] = [
    ['websocket', ...key],
    ['websocket'],
    ['WebSocket', ...key, `Cookie: ${two.cookies[0]}`],
    ['h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA'],
    ['TLS/1.0'],
    ['websocket, h2c', ...key],
  ]
  let tries = 0
  for (const [how, ending] of Object.entries(endings)) {
    const all = paths.flatMap((path) =>
      protocols.map((protocol) => begin(server.port, upgrade(path, ...protocol), ending)),
    )
    await Promise.all([...all, two.type(how)])
    tries += all.length
  }
  await two.type('the end')
  expect(tries).toBeGreaterThan(200)
  expect(two.clients.map(({ closes }) => closes)).toEqual([[], []])
  expect((await fetch(`${server.origin}/healthz`)).status).toBe(200)
})

test('P5: requests, streams, polls and uploads that break off at every stage end nothing', async () => {
  const made = await meet()
  const server = await start(made.data)
  const two = await pair(server, made)
  const cookie = `Cookie: ${two.cookies[0]}`
  const { meeting, invitations } = made
  const lines = `/sync/${meeting}/agenda/lines`
  const line = async () => {
    const response = await fetch(`${server.origin}${lines}`, { method: 'POST', headers: { cookie: two.cookies[0]! } })
    return ((await response.json()) as { line: string }).line
  }
  const file = (length: number, bytes: string) =>
    request(
      'POST',
      `/api/meetings/${meeting}/read?name=a.md`,
      cookie,
      'Content-Type: application/octet-stream',
      `Content-Length: ${length}`,
    ) + bytes
  const begun = async (): Promise<string[]> => {
    const [a, b, c, d, e] = (await Promise.all(Array.from({ length: 5 }, line))).map((id) => `${lines}/${id}`)
    return [
      'GET /heal',
      request('GET', '/healthz'),
      `${request('GET', '/healthz') + request('GET', '/metrics')}GET / HTTP/1.1\r\n`,
      request('CONNECT', 'localhost:80'),
      request('GET', '/', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
      request('POST', '/api/session', 'Expect: 100-continue', 'Content-Type: application/json', 'Content-Length: 99'),
      `${request('POST', '/api/session', 'Content-Type: application/json', 'Content-Length: 99')}{"token":`,
      `${request('POST', '/api/session', 'Content-Type: application/json', 'Transfer-Encoding: chunked')}5\r\n{"to`,
      request('POST', lines, cookie, 'Content-Length: 100'),
      request('GET', `${a}/events?after=0`, cookie, 'Accept: text/event-stream'),
      request('GET', `${b}/frames?after=0`, cookie),
      request('GET', `${c}/frames?after=99`, cookie),
      `${request('POST', `${d}?number=1&after=0`, cookie, 'Content-Length: 500')}half`,
      request('POST', `${e}?number=1&after=0`, cookie, `Content-Length: ${2 ** 30}`),
      file(2 ** 20, '# half'),
      file(10, '# The whole'),
      request('GET', `/api/meetings/${meeting}/export/docx`, cookie),
      request('GET', `/api/meetings/${meeting}/export/pdf`, cookie),
      request('GET', `/api/meetings/${meeting}/away`, cookie),
    ]
  }
  for (const [how, ending] of Object.entries(endings)) {
    const all = (await begun()).map((words) => begin(server.port, words, ending))
    await Promise.all([...all, two.type(how)])
  }
  await two.type('the end')
  expect(two.clients.map(({ closes }) => closes)).toEqual([[], []])
  // Nothing has been held back for whoever broke off: a file is read, and a name is taken.
  const headers = { cookie: two.cookies[0]!, 'content-type': 'application/octet-stream' }
  const body = '# Agenda'
  const read = () => fetch(`${server.origin}/api/meetings/${meeting}/read?name=a.md`, { method: 'POST', headers, body })
  await expect.poll(async () => (await read()).status).toBe(200)
  await enter(server.origin, invitations[0]!.token, 'somebody else')
})

test('a request that offers another protocol is answered in the one that it came with', async () => {
  const { data, meeting } = await meet()
  const server = await start(data)
  const answer = (words: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write(words))
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('error', () => {})
      socket.on('close', () => resolve(text.split('\r\n')[0]!))
      // Whoever is not answered is told so.
      socket.setTimeout(20_000, () => socket.destroy())
    })
  const h2c = ['Connection: Upgrade, HTTP2-Settings, close', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA']
  const json = ['Content-Type: application/json', 'Content-Length: 2']
  expect(await answer(request('GET', '/healthz', ...h2c))).toBe('HTTP/1.1 200 OK')
  expect(await answer(request('GET', '/nothing', ...h2c))).toBe('HTTP/1.1 404 Not Found')
  expect(await answer(`${request('POST', '/api/session', ...h2c, ...json)}{}`)).toBe('HTTP/1.1 400 Bad Request')
  expect(await answer(request('GET', `/sync/${meeting}/agenda`, ...h2c))).toBe('HTTP/1.1 404 Not Found')
  const socket = ['Connection: Upgrade, close', 'Upgrade: websocket', ...key]
  expect(await answer(request('GET', '/healthz', ...socket))).toBe('HTTP/1.1 200 OK')
  expect(await answer(request('GET', '/x', ...socket))).toBe('HTTP/1.1 404 Not Found')
  expect(await answer(`${request('POST', '/api/session', ...socket, ...json)}{}`)).toBe('HTTP/1.1 400 Bad Request')
})

test('a server whose output nobody reads any more goes on serving', async () => {
  const { data } = await meet()
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  taken.close()
  await once(taken, 'close')
  const child = spawn(process.execPath, ['server/main.ts'], {
    cwd: root,
    env: { ...process.env, PORT: String(port), PARLEY_DATA: data },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  cleanups.push(async () => {
    child.kill('SIGKILL')
    await exited
  })
  child.stdout.destroy()
  child.stderr.destroy()
  const answer = async () => {
    while (child.exitCode === null) {
      const status = await fetch(`http://127.0.0.1:${port}/healthz`).then(
        (response) => response.status,
        () => null,
      )
      if (status !== null) return status
    }
    return 'the server has ended'
  }
  for (let i = 0; i < 3; i += 1) expect(await answer()).toBe(200)
})

/** What no guard could have caught, on SIGUSR2. */
const faulty = (fault: string) =>
  `--import=data:text/javascript,${encodeURIComponent(
    `import { EventEmitter } from 'node:events'
     const fail = () => { throw new Error('a fault that a test makes') }
     process.on('SIGUSR2', () => { ${fault} })`,
  )}`

test.each([
  ['a timer throws', 'setTimeout(fail)'],
  ['a promise is rejected', '(async () => fail())()'],
  [
    'something has an error that nobody hears',
    'new EventEmitter().emit("error", new Error("a fault that a test makes"))',
  ],
  ['it throws again and again', 'setInterval(fail, 1)'],
])(
  'P1: where %s and nothing catches it, the server ends, and the next one serves all that was admitted',
  async (_what, fault) => {
    const made = await meet()
    const server = await start(made.data, { NODE_OPTIONS: faulty(fault) })
    const two = await pair(server, made)
    await two.type('before')
    const raw = rawClient({ origin: server.origin, meeting: made.meeting, cookie: two.cookies[0]! })
    cleanups.push(() => raw.socket.terminate())
    await raw.frame((frame) => kindOf(frame) === '0.0')
    const doc = new Y.Doc()
    doc.getMap('people').set('the last word', true)
    // The answer to the second frame shows that the first was heard; its commit is not waited for.
    raw.send(encodeUpdate(Y.encodeStateAsUpdate(doc)))
    raw.send(Uint8Array.of(0, 0, 1, 0))
    await raw.frame((frame) => kindOf(frame) === '0.1')
    server.child.kill('SIGUSR2')
    expect(await within('the end of the server', server.exited)).toEqual({ code: 1, signal: null })
    for (const client of two.clients) client.leave()

    const again = await start(made.data)
    const next = await pair(again, made)
    for (const client of two.clients)
      expect([...next.clients[0].doc.getMap('people').keys()]).toContain(`before ${client.doc.clientID}`)
    expect(next.clients[1].doc.getMap('people').has('the last word')).toBe(true)
    await next.type('after')
  },
)
