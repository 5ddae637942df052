import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
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
  /** Says that the server listens. */
  readonly ready: () => Promise<boolean>
}

/** How long a server may take to listen and to go, ms. */
const patience = 15_000

const living = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

export async function startChild({ args, env, ready }: ChildOptions): Promise<Child> {
  const child = spawn(process.execPath, [...args], {
    cwd: root,
    env: { ...process.env, ...env },
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
  while (!(await ready().catch(() => false))) {
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

/** Whether something answers HTTP there, with whatever status. */
export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(1000) })
  await response.arrayBuffer()
  return true
}
