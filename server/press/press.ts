import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Understanding } from '../../shared/import/understanding.ts'
import type { Job, Print, Read, Reply } from './job.ts'

/**
 * Renders copies and reads files, each in a process of its own, one job at a time: what is slow or hostile holds up nobody's
 * typing, and what takes too long or too much memory ends with its process. Not a thread: a fault in the native typesetter
 * would take the whole server with it.
 */
export interface Press {
  /** The bytes of a copy in its format; of a calendar also what it now says of its events. */
  print(job: Omit<Print, 'type'>): Promise<Printed>
  read(job: Omit<Read, 'type'>): Promise<Understanding>
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
const longestQueue = 40
/** Fonts and libraries stay warm this long, ms. */
const idle = 600_000

export function openPress(limits: { readonly patience?: number; readonly heap?: number } = {}): Press {
  const printing = openLine({ patience, heap, ...limits })
  const reading = openLine({ patience, heap, ...limits })
  return {
    async print(job) {
      return (await printing.run({ type: 'print', ...job })) as Printed
    },
    async read(job) {
      return (await reading.run({ type: 'read', ...job })) as Understanding
    },
    async close() {
      await Promise.all([printing.close(), reading.close()])
    },
  }
}

interface Waiting {
  readonly job: Job
  readonly done: (value: unknown) => void
  readonly failed: (failure: PressFailure) => void
}

function openLine(limits: { readonly patience: number; readonly heap: number }) {
  const queue: Waiting[] = []
  let worker: ChildProcess | null = null
  let current: Waiting | null = null
  let timer: NodeJS.Timeout | null = null
  let closed = false

  function start(): ChildProcess {
    const made = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), {
      execArgv: [`--max-old-space-size=${limits.heap}`],
      serialization: 'advanced',
      // It needs nothing of the environment, and what a library has to say about a file is for nobody's log.
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    made.on('message', (reply: Reply) => {
      if (worker !== made) return
      if (reply.ok) settle((waiting) => waiting.done(reply.value))
      else settle((waiting) => waiting.failed(new PressFailure(reply.reason, reply.detail)))
    })
    const ended = (detail: string) => {
      if (worker !== made) return
      worker = null
      settle((waiting) => waiting.failed(new PressFailure('gave-up', detail)))
    }
    made.on('error', (error) => ended(error.message))
    // Out of memory is an abort as well; either way this job cannot be done.
    made.on('exit', (code, signal) => ended(`the press ended with ${signal ?? code}`))
    return made
  }

  function stop() {
    const ending = worker
    worker = null
    ending?.kill('SIGKILL')
  }

  function settle(tell: (waiting: Waiting) => void) {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const finished = current
    current = null
    if (finished !== null) tell(finished)
    next()
  }

  function next() {
    if (current !== null || closed) return
    current = queue.shift() ?? null
    if (current === null) {
      // An idle press keeps nobody from ending.
      worker?.unref()
      worker?.channel?.unref()
      timer = setTimeout(stop, idle)
      timer.unref()
      return
    }
    if (timer !== null) clearTimeout(timer)
    worker ??= start()
    worker.ref()
    worker.channel?.ref()
    worker.send(current.job)
    timer = setTimeout(() => {
      stop()
      settle((waiting) => waiting.failed(new PressFailure('gave-up', 'it took too long')))
    }, limits.patience)
  }

  return {
    run(job: Job): Promise<unknown> {
      if (closed || queue.length >= longestQueue) return Promise.reject(new PressFailure('busy'))
      return new Promise((done, failed) => {
        queue.push({ job, done, failed })
        next()
      })
    },
    async close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      for (const waiting of [...(current === null ? [] : [current]), ...queue.splice(0)]) {
        waiting.failed(new PressFailure('busy'))
      }
      current = null
      stop()
    },
  }
}
