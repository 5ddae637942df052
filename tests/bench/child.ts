import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** A server of ours or of a peer, running in a process of its own. */
export interface Child {
  readonly pid: number
  /** Asks it to go, and insists after a while. */
  stop(): Promise<void>
  kill(): Promise<void>
}

export interface ChildOptions {
  /** Arguments of `node`, from the root of the repository. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Where it is to listen. */
  readonly port: number
}

/** How long a server may take to listen and to go, ms. */
const patience = 15_000

const living = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

export async function startChild({ args, env, port }: ChildOptions): Promise<Child> {
  const child = spawn(process.execPath, [...args], {
    cwd: root,
    env: { ...process.env, HOST: '127.0.0.1', PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  living.add(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk).slice(-4000)
    })
  }
  const gone = once(child, 'close').finally(() => living.delete(child))
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal)
    const insist = setTimeout(() => child.kill('SIGKILL'), patience)
    await gone
    clearTimeout(insist)
  }

  const until = performance.now() + patience
  while (!(await listens(port))) {
    const ended = child.exitCode !== null || child.signalCode !== null
    if (ended || performance.now() > until) {
      if (!ended) await end('SIGKILL')
      throw new Error(`node ${args.join(' ')} ${ended ? 'ended' : 'does not answer'}:\n${said}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  return { pid: child.pid!, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Whether somebody listens there. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const finish = (there: boolean) => {
      socket.destroy()
      resolve(there)
    }
    socket.once('connect', () => finish(true))
    socket.once('error', () => finish(false))
    socket.setTimeout(1000, () => finish(false))
  })
}
