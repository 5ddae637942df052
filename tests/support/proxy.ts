import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { seeded } from './agenda.ts'

/** What is wrong with the network just now. All of it may be changed while connections are open. */
export interface Faults {
  /** ms each way; a round trip takes twice as long, and opening a connection a round trip more. */
  readonly delay: number
  /** Up to so many ms more, by chance. */
  readonly jitter: number
  /** The share of packets that are lost: over TCP a lost packet comes late, and all behind it waits. */
  readonly loss: number
  /** How much later it comes, ms. */
  readonly retransmission: number
  /** In which directions nothing goes on, without anybody being told. What was under way goes on when this ends. */
  readonly silent: 'none' | 'up' | 'down' | 'both'
  /** Nobody is at the other end: connections are reset. */
  readonly down: boolean
  /** What happens to requests for an upgrade: a 403, no answer at all, or a 101 and then nothing. */
  readonly upgrades: 'pass' | 'refuse' | 'hang' | 'swallow'
  /** An answer without an end is kept back to its end, as proxies do that look into answers. */
  readonly streams: 'pass' | 'buffer'
}

export const noFaults: Faults = {
  delay: 0,
  jitter: 0,
  loss: 0,
  retransmission: 250,
  silent: 'none',
  down: false,
  upgrades: 'pass',
  streams: 'pass',
}

export interface Counts {
  /** All that there were, and those open now. */
  readonly connections: number
  readonly open: number
  /** Bytes that have gone through, from the client and to it. */
  readonly up: number
  readonly down: number
  /** `GET /path`, in order. */
  readonly requests: readonly string[]
}

/** A network on loopback in front of a server, with faults. */
export interface FaultProxy {
  readonly port: number
  readonly origin: string
  /** Changes some of what is wrong. */
  set(faults: Partial<Faults>): void
  /** Resets all connections there are. */
  cut(): void
  /** Those there are now go silent for good, as behind a router that has forgotten them; new ones work. */
  strand(direction?: 'up' | 'down' | 'both'): void
  counts(): Counts
  close(): Promise<void>
}

/** What one direction may hold before it reads no more, bytes: a network's buffers are not endless. */
const most = 4 * 2 ** 20
const packet = 1400

export async function openProxy(target: number, initial: Partial<Faults> = {}, seed = 1): Promise<FaultProxy> {
  const random = seeded(seed)
  const pairs = new Set<Pair>()
  const requests: string[] = []
  let faults = { ...noFaults, ...initial }
  let connections = 0
  let up = 0
  let down = 0

  const lateness = (size: number) => {
    const kept = (1 - faults.loss) ** Math.ceil(size / packet)
    const lost = faults.loss > 0 && random() > kept
    return faults.delay + (faults.jitter > 0 ? random() * faults.jitter : 0) + (lost ? faults.retransmission : 0)
  }
  const silenced = (direction: 'up' | 'down', stranded: Faults['silent']) =>
    [faults.silent, stranded].some((silent) => silent === direction || silent === 'both')

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    connections += 1
    if (faults.down) {
      near.resetAndDestroy()
      return
    }
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    let stranded: Faults['silent'] = 'none'
    let hanging = false
    /** After the head of its answer this connection carries nothing. */
    let swallowing = false
    let buffering = false

    const upwards = openFlow(near, far, {
      late: lateness,
      stopped: () => hanging || silenced('up', stranded),
      passed: (size) => {
        up += size
      },
    })
    const downwards = openFlow(far, near, {
      late: lateness,
      stopped: () => silenced('down', stranded) || buffering,
      passed: (size) => {
        down += size
      },
    })
    const heads = readHeads((head) => {
      const [line = ''] = head.split('\r\n', 1)
      requests.push(line.replace(/ HTTP\/1\.\d$/, ''))
      const upgrade = /^upgrade: *websocket/im.test(head)
      if (upgrade && faults.upgrades === 'refuse') {
        hanging = true
        downwards.put(Buffer.from('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'))
        downwards.end()
      }
      if (upgrade && faults.upgrades === 'hang') hanging = true
      if (upgrade && faults.upgrades === 'swallow') swallowing = true
      if (faults.streams === 'buffer' && /^accept: *text\/event-stream/im.test(head)) buffering = true
      return upgrade
    })

    const pair: Pair = {
      pump() {
        upwards.pump()
        downwards.pump()
      },
      strand(direction) {
        stranded = direction
      },
      destroy() {
        upwards.stop()
        downwards.stop()
        near.resetAndDestroy()
        far.resetAndDestroy()
        pairs.delete(pair)
      },
    }
    pairs.add(pair)
    // Opening a connection is a round trip of its own; this end is opened at once by the kernel.
    upwards.late(2 * faults.delay)
    near.on('data', (chunk) => {
      if (swallowing) return
      heads(chunk)
      if (!hanging) upwards.put(chunk)
    })
    let answered = Buffer.alloc(0)
    far.on('data', (chunk) => {
      if (!swallowing) {
        downwards.put(chunk)
        return
      }
      const end = answered.includes('\r\n\r\n')
      if (end) return
      answered = Buffer.concat([answered, chunk])
      const at = answered.indexOf('\r\n\r\n')
      if (at >= 0) downwards.put(answered.subarray(0, at + 4))
    })
    near.on('end', () => upwards.end())
    far.on('end', () => {
      buffering = false
      downwards.end()
    })
    const gone = () => {
      if (near.destroyed && far.destroyed) pairs.delete(pair)
    }
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      // A reset comes through as one, unless the way back is silent.
      socket.on('error', () => {
        if (silenced(socket === near ? 'up' : 'down', stranded)) return
        other.destroy()
      })
      socket.on('close', gone)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    set(change) {
      faults = { ...faults, ...change }
      if (faults.down) for (const pair of [...pairs]) pair.destroy()
      for (const pair of pairs) pair.pump()
    },
    cut() {
      for (const pair of [...pairs]) pair.destroy()
    },
    strand(direction = 'both') {
      for (const pair of pairs) pair.strand(direction)
    },
    counts: () => ({ connections, open: pairs.size, up, down, requests: [...requests] }),
    async close() {
      for (const pair of [...pairs]) pair.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

interface Pair {
  pump(): void
  strand(direction: Faults['silent']): void
  destroy(): void
}

/** One direction of a connection: what comes goes on in its order, each piece not before its time. */
interface Flow {
  put(chunk: Uint8Array): void
  end(): void
  /** What comes next comes so much later, ms. */
  late(by: number): void
  pump(): void
  stop(): void
}

function openFlow(
  from: Socket,
  to: Socket,
  { late, stopped, passed }: { late(size: number): number; stopped(): boolean; passed(size: number): void },
): Flow {
  const queue: { readonly chunk: Uint8Array | null; readonly due: number }[] = []
  let last = 0
  let extra = 0
  let waiting = 0
  let timer: NodeJS.Timeout | undefined

  const put = (chunk: Uint8Array | null) => {
    last = Math.max(last, performance.now() + late(chunk?.length ?? 0) + extra)
    extra = 0
    queue.push({ chunk, due: last })
    waiting += chunk?.length ?? 0
    if (waiting > most) from.pause()
    pump()
  }
  const pump = () => {
    clearTimeout(timer)
    timer = undefined
    for (let [next] = queue; next !== undefined && !stopped(); [next] = queue) {
      const wait = next.due - performance.now()
      if (wait > 0.5) {
        timer = setTimeout(pump, wait)
        return
      }
      queue.shift()
      if (next.chunk === null) to.end()
      else {
        waiting -= next.chunk.length
        passed(next.chunk.length)
        to.write(next.chunk)
      }
    }
    if (waiting <= most) from.resume()
  }
  return {
    put,
    end: () => put(null),
    late(by) {
      extra = by
    },
    pump,
    stop: () => clearTimeout(timer),
  }
}

/** Calls with every head of a request in what a client sends; once it is told of an upgrade it looks no more. */
function readHeads(found: (head: string) => boolean): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  let body = 0
  let raw = false
  return (chunk) => {
    if (raw) return
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      const skipped = Math.min(body, rest.length)
      body -= skipped
      rest = rest.subarray(skipped)
      const end = rest.indexOf('\r\n\r\n')
      if (body > 0 || end < 0) return
      const head = rest.subarray(0, end).toString('latin1')
      rest = rest.subarray(end + 4)
      body = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
      if (found(head) || /^transfer-encoding:/im.test(head)) {
        raw = true
        return
      }
    }
  }
}
