import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Agenda } from '../../shared/domain/agenda.ts'
import type { Understanding } from '../../shared/import/understanding.ts'
import { after, every, guarded, listen } from '../guard.ts'
import type { Job, Print, Read, Reply } from './job.ts'

/**
 * Renders copies, reads files and opens heavy documents, each in a process of its own, one job at a time: what is slow or hostile holds up nobody's
 * typing, and what takes too long or too much memory ends with its process. Not a thread: a fault in the native typesetter
 * would take the whole server with it. `whose` a job is: who has much to do waits for those who have little.
 */
export interface Press {
  /** The bytes of a copy in its format; of a calendar also what it now says of its events. */
  print(job: Omit<Print, 'type'>, whose?: string): Promise<Printed>
  read(job: Omit<Read, 'type'>, whose?: string): Promise<Understanding>
  compact(updates: readonly Uint8Array[], whose?: string): Promise<Uint8Array>
  open(updates: readonly Uint8Array[], whose?: string): Promise<Agenda>
  close(): Promise<void>
}

export interface Printed {
  readonly bytes: Uint8Array
  /** Of a calendar: the revisions to hand in next time, as text. */
  readonly revisions?: string
}

/** Why there is no result. `gave-up` took too long or too much memory, `missing` is a machine on which this format cannot be made. */
export class PressFailure extends Error {
  readonly reason: 'gave-up' | 'busy' | 'missing' | 'failed'
  constructor(reason: PressFailure['reason'], detail = '') {
    super(detail === '' ? reason : `${reason}: ${detail}`)
    this.reason = reason
  }
}

/** A job takes milliseconds; one that takes this long will not end well, ms. */
const patience = 30_000
/** Several times what the largest agenda takes; megabytes of JavaScript objects. */
const heap = 768
/** Of all memory of the process, megabytes: the typesetter's own is none of JavaScript's, and grows by hundreds a second. */
const memory = 1536
/** ms */
const looksEvery = 100
/** Jobs that wait: of copies, which are small and share their agenda, and of files; in all, and of one person. */
const copiesWaiting: Room = { inAll: 120, ofOne: 20 }
const filesWaiting: Room = { inAll: 12, ofOne: 3 }
/** Heavy documents, of which each meeting compacts and opens one at a time: megabytes of bytes wait with each. */
const documentsWaiting: Room = { inAll: 16, ofOne: 4 }
/** Fonts and libraries stay warm this long, ms. */
const idle = 600_000

export function openPress(limits: Partial<Limits> = {}): Press {
  const printing = openLine({ patience, heap, memory, ...limits }, copiesWaiting)
  const reading = openLine({ patience, heap, memory, ...limits }, filesWaiting)
  const opening = openLine({ patience, heap, memory, ...limits }, documentsWaiting)
  return {
    async print(job, whose = '') {
      return (await printing.run({ type: 'print', ...job }, whose)) as Printed
    },
    async read(job, whose = '') {
      return (await reading.run({ type: 'read', ...job }, whose)) as Understanding
    },
    async compact(updates, whose = '') {
      return (await opening.run({ type: 'compact', updates }, whose)) as Uint8Array
    },
    async open(updates, whose = '') {
      return (await opening.run({ type: 'open', updates }, whose)) as Agenda
    },
    async close() {
      await Promise.all([printing.close(), reading.close(), opening.close()])
    },
  }
}

interface Limits {
  readonly patience: number
  readonly heap: number
  readonly memory: number
}

interface Room {
  readonly inAll: number
  readonly ofOne: number
}

interface Waiting {
  readonly job: Job
  readonly whose: string
  readonly done: (value: unknown) => void
  readonly failed: (failure: PressFailure) => void
}

function openLine(limits: Limits, room: Room) {
  const queue: Waiting[] = []
  /** Who was served last stands last; emptied with the queue. */
  const served = new Set<string>()
  let worker: ChildProcess | null = null
  let current: Waiting | null = null
  let timer: NodeJS.Timeout | null = null
  let watch: NodeJS.Timeout | null = null
  let closed = false

  function start(): ChildProcess {
    const made = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), {
      execArgv: [`--max-old-space-size=${limits.heap}`],
      serialization: 'advanced',
      // It needs nothing of the environment, and what a library has to say about a file is for nobody's log.
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const replied = (reply: Reply) => {
      if (worker !== made) return
      if (reply.ok) settle((waiting) => waiting.done(reply.value))
      else settle((waiting) => waiting.failed(new PressFailure(reply.reason, reply.detail)))
    }
    const ended = (detail: string) => {
      if (worker !== made) return
      worker = null
      settle((waiting) => waiting.failed(new PressFailure('gave-up', detail)))
    }
    listen(made, 'message', replied, failed)
    listen(made, 'error', (error: Error) => ended(error.message), failed)
    // Out of memory is an abort as well; either way this job cannot be done.
    listen(made, 'exit', (code: number, signal: string) => ended(`the press ended with ${signal ?? code}`), failed)
    return made
  }

  function stop() {
    const ending = worker
    worker = null
    ending?.kill('SIGKILL')
  }

  function giveUp(detail: string) {
    stop()
    settle((waiting) => waiting.failed(new PressFailure('gave-up', detail)))
  }

  /** Of a machine that starts no more processes, say. */
  const failed = (error: unknown) => giveUp(String(error))

  function settle(tell: (waiting: Waiting) => void) {
    if (timer !== null) clearTimeout(timer)
    if (watch !== null) clearInterval(watch)
    timer = null
    watch = null
    const finished = current
    current = null
    if (finished !== null) tell(finished)
    next()
  }

  /** The first job of whoever was served least lately. */
  function take(): Waiting | null {
    const order = [...served]
    const turn = ({ whose }: Waiting) => order.indexOf(whose)
    const first = queue.reduce<Waiting | null>((best, one) => (best && turn(best) <= turn(one) ? best : one), null)
    if (first === null) return null
    queue.splice(queue.indexOf(first), 1)
    served.delete(first.whose)
    served.add(first.whose)
    return first
  }

  function next() {
    if (current !== null || closed) return
    current = take()
    if (current === null) {
      served.clear()
      // An idle press keeps nobody from ending.
      worker?.unref()
      worker?.channel?.unref()
      timer = after(idle, stop, failed)
      timer.unref()
      return
    }
    if (timer !== null) clearTimeout(timer)
    timer = after(limits.patience, () => giveUp('it took too long'), failed)
    const look = () => {
      if (residentOf(worker?.pid) > limits.memory) giveUp('it took too much memory')
    }
    watch = every(looksEvery, look, failed)
    const { job } = current
    const send = () => {
      worker ??= start()
      worker.ref()
      worker.channel?.ref()
      worker.send(job)
    }
    // Last: where it fails, it is the next one's turn at once.
    guarded(send, failed)()
  }

  return {
    run(job: Job, whose: string): Promise<unknown> {
      const own = queue.filter((one) => one.whose === whose).length
      if (closed || queue.length >= room.inAll || own >= room.ofOne) return Promise.reject(new PressFailure('busy'))
      return new Promise((done, failed) => {
        queue.push({ job, whose, done, failed })
        next()
      })
    },
    async close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      if (watch !== null) clearInterval(watch)
      for (const waiting of [...(current === null ? [] : [current]), ...queue.splice(0)]) {
        waiting.failed(new PressFailure('busy'))
      }
      current = null
      stop()
    },
  }
}

/** Megabytes of a process, where the system tells (Linux); 0 where it does not. */
function residentOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
