import { Worker } from 'node:worker_threads'
import type { Understanding } from '../../shared/import/understanding.ts'
import type { Job, Print, Read, Reply } from './job.ts'

/**
 * Renders copies and reads files, each in a thread of its own, one job at a time: what is slow or hostile holds up nobody's
 * typing, and what takes too long or too much memory ends with its thread.
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

/** Why there is no result. `missing` is a machine on which this format cannot be made. */
export class PressFailure extends Error {
  readonly reason: 'too-slow' | 'too-large' | 'busy' | 'missing' | 'failed'
  constructor(reason: PressFailure['reason'], detail = '') {
    super(detail === '' ? reason : `${reason}: ${detail}`)
    this.reason = reason
  }
}

/** A job takes milliseconds; one that takes this long will not end well, ms. */
const patience = 30_000
/** Of the largest agenda that an import takes, several times over; megabytes of JavaScript objects. */
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
  let worker: Worker | null = null
  let current: Waiting | null = null
  let timer: NodeJS.Timeout | null = null
  let closed = false

  function start(): Worker {
    const made = new Worker(new URL('./worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: limits.heap },
      // What a library has to say about a file is for nobody's log.
      stdout: true,
      stderr: true,
    })
    made.unref()
    made.on('message', (reply: Reply) => {
      if (reply.ok) settle((waiting) => waiting.done(reply.value))
      else settle((waiting) => waiting.failed(new PressFailure(reply.reason, reply.detail)))
    })
    made.on('error', (error: NodeJS.ErrnoException) => {
      if (worker !== made) return
      worker = null
      const reason = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'too-large' : 'failed'
      settle((waiting) => waiting.failed(new PressFailure(reason, error.message)))
    })
    made.on('exit', () => {
      if (worker !== made) return
      worker = null
      settle((waiting) => waiting.failed(new PressFailure('failed', 'the thread ended')))
    })
    return made
  }

  function stop() {
    const ending = worker
    worker = null
    return ending?.terminate()
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
      timer = setTimeout(() => void stop(), idle)
      timer.unref()
      return
    }
    if (timer !== null) clearTimeout(timer)
    worker ??= start()
    worker.postMessage(current.job)
    timer = setTimeout(() => {
      void stop()
      settle((waiting) => waiting.failed(new PressFailure('too-slow')))
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
      await stop()
    },
  }
}
