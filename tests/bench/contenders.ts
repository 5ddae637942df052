import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createEncoder, type Encoder, toUint8Array, writeVarString, writeVarUint } from 'lib0/encoding'
import { type Child, freePort, root, startChild } from './child.ts'
import type { Place } from './seat.ts'

/** A server that takes part in a comparison. */
export interface Contender {
  readonly name: string
  /** What becomes of an edit that somebody else has seen, when the server is killed. */
  readonly keeps: string
  start(options?: StartOptions): Promise<Running>
}

export interface StartOptions {
  /** Folder for a CPU profile of the server, written when it is stopped. */
  readonly profile?: string | undefined
}

export interface Running {
  pid(): number
  /** Whether somebody must bring the document, because the server has not made one. */
  readonly empty: boolean
  /** Where the one who comes as `index` sits. */
  place(index: number): Promise<Place>
  /** Kills the server and starts it anew on what it has kept; null where nothing is kept. */
  readonly restart: (() => Promise<void>) | null
  stop(): Promise<void>
}

const none = new Uint8Array()
const profiling = (profile: string | undefined): string[] =>
  profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]

export const yWebsocketServer: Contender = {
  name: '@y/websocket-server 0.1.1',
  keeps: 'no',
  async start({ profile } = {}) {
    const port = await freePort()
    const child = await startPeer([...profiling(profile), 'node_modules/@y/websocket-server/src/server.js'], port)
    const place: Place = {
      url: `ws://127.0.0.1:${port}/bench`,
      headers: {},
      prefix: none,
      hello: [],
      syncs: true,
      acknowledges: false,
    }
    return memoryOnly(child, place)
  },
}

export const hocuspocus: Contender = {
  name: 'Hocuspocus 4.7.0',
  keeps: 'no',
  async start({ profile } = {}) {
    const port = await freePort()
    const child = await startPeer([...profiling(profile), 'tests/bench/peers/hocuspocus.ts'], port)
    // Every message begins with the document's name, the first is a token (2, 0), which nobody checks here.
    const prefix = encoded((encoder) => writeVarString(encoder, 'bench'))
    const token = encoded((encoder) => {
      writeVarUint(encoder, 2)
      writeVarUint(encoder, 0)
      writeVarString(encoder, 'bench')
    })
    const place: Place = {
      url: `ws://127.0.0.1:${port}/`,
      headers: {},
      prefix,
      hello: [token],
      syncs: true,
      acknowledges: false,
    }
    return memoryOnly(child, place)
  },
}

export const relay: Contender = {
  name: 'bare ws relay',
  keeps: 'no',
  async start({ profile } = {}) {
    const port = await freePort()
    const child = await startPeer([...profiling(profile), 'tests/bench/peers/relay.ts'], port)
    return memoryOnly(child, {
      url: `ws://127.0.0.1:${port}/`,
      headers: {},
      prefix: none,
      hello: [],
      syncs: false,
      acknowledges: false,
    })
  },
}

export const parley: Contender = {
  name: 'Parley',
  keeps: 'yes',
  async start({ profile } = {}) {
    const data = await mkdtemp(join(tmpdir(), 'parley-bench-'))
    try {
      const { meeting, invitations } = await createMeeting(data)
      const tokens = invitations.filter(({ role }) => role === 'delegate').map(({ token }) => token)
      const port = await freePort()
      const origin = `http://127.0.0.1:${port}`
      const start = () =>
        startChild({
          args: [...profiling(profile), 'server/main.ts'],
          env: { PARLEY_DATA: data, PARLEY_ORIGIN: origin },
          port,
        })
      let child = await start()
      return {
        pid: () => child.pid,
        empty: false,
        async place(index) {
          const cookie = await joinMeeting(origin, tokens[index % tokens.length] ?? '', `Guest ${index + 1}`)
          return {
            url: `ws://127.0.0.1:${port}/sync/${meeting}/agenda`,
            headers: { cookie },
            prefix: none,
            hello: [],
            syncs: true,
            acknowledges: true,
          }
        },
        async restart() {
          await child.kill()
          child = await start()
        },
        async stop() {
          await child.stop()
          await rm(data, { recursive: true, force: true })
        },
      }
    } catch (error) {
      await rm(data, { recursive: true, force: true })
      throw error
    }
  },
}

interface Created {
  readonly meeting: string
  readonly invitations: readonly { readonly role: string; readonly token: string }[]
}

async function createMeeting(data: string): Promise<Created> {
  const args = ['server/parley.mjs', 'meeting', 'create', '--title-en', 'Bench', '--title-zh', '基准测试', '--json']
  const env = { ...process.env, PARLEY_DATA: data }
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env, timeout: 30_000 })
  return JSON.parse(stdout) as Created
}

/** The cookie of a new session. */
async function joinMeeting(origin: string, token: string, name: string): Promise<string> {
  const response = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, name }),
  })
  const body = await response.text()
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0]
  if (!response.ok || cookie === undefined) throw new Error(`${name} could not join: ${response.status} ${body}`)
  return cookie
}

function startPeer(args: readonly string[], port: number): Promise<Child> {
  return startChild({ args, env: {}, port })
}

function memoryOnly(child: Child, place: Place): Running {
  return { pid: () => child.pid, empty: true, place: async () => place, restart: null, stop: child.stop }
}

function encoded(write: (encoder: Encoder) => void): Uint8Array {
  const encoder = createEncoder()
  write(encoder)
  return toUint8Array(encoder)
}
