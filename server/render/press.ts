import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Agenda } from '../../shared/domain/agenda.ts'
import type { Understanding } from '../../shared/import/understanding.ts'
import { after, every, guarded, listen } from '../process/guard.ts'
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
  /** For people who ask for the agenda of a meeting. Those who ask for the same state of it share one opening. */
  open(updates: readonly Uint8Array[], meeting?: string, person?: string): Promise<Agenda>
  /** This and the next are the server's own, in places that no request takes. */
  compact(updates: readonly Uint8Array[], meeting?: string): Promise<Uint8Array>
  /**
   * Does `work`, which may open one document, once nothing else is opened: it begins with what cannot be taken back, and is
   * refused before it has begun.
   */
  mend<T>(meeting: string, work: (open: (updates: readonly Uint8Array[]) => Promise<Agenda>) => Promise<T>): Promise<T>
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
/** Heavy documents, megabytes of bytes each: that people ask for, of one meeting and of these by one person. */
const documentsWaiting: Room = { inAll: 16, ofOne: 4, byOne: 2 }
/** The same that the server compacts, each document of a meeting by itself, and that organizers have rebuilt. */
const compactionsWaiting: Room = { inAll: 32, ofOne: 8 }
const rebuildingsWaiting: Room = { inAll: 16, ofOne: 2 }
/** Fonts and libraries stay warm this long, ms. */
const idle = 600_000

export function openPress(limits: Partial<Limits> = {}): Press {
  const printing = openLine({ patience, heap, memory, ...limits }, copiesWaiting)
  const reading = openLine({ patience, heap, memory, ...limits }, filesWaiting)
  const opening = openLine({ patience, heap, memory, ...limits }, documentsWaiting)
  const opened = new Set<Opened>()
  return {
    async print(job, whose = '') {
      return (await printing.run({ type: 'print', ...job }, whose)) as Printed
    },
    async read(job, whose = '') {
      return (await reading.run({ type: 'read', ...job }, whose)) as Understanding
    },
    async open(updates, meeting = '', person = '') {
      const known = [...opened].find((one) => one.meeting === meeting && isSame(one.updates, updates))
      if (known !== undefined) return known.agenda
      const agenda = opening.run({ type: 'open', updates }, meeting, person) as Promise<Agenda>
      const one = { meeting, updates, agenda }
      opened.add(one)
      return agenda.finally(() => opened.delete(one))
    },
    async compact(updates, meeting = '') {
      return (await opening.run({ type: 'compact', updates }, upkeepOf(meeting), '', compactionsWaiting)) as Uint8Array
    },
    mend(meeting, work) {
      const open = (run: (job: Job) => Promise<unknown>) => async (updates: readonly Uint8Array[]) =>
        (await run({ type: 'open', updates })) as Agenda
      return opening.hold((run) => work(open(run)), upkeepOf(meeting), rebuildingsWaiting)
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
  /** Of these, what one person may ask for. */
  readonly byOne?: number
}

/** It takes turns with what is asked for of the same meeting. */
const upkeepOf = (meeting: string) => `upkeep of ${meeting}`

/** A document that somebody has asked for and nobody has yet. */
interface Opened {
  readonly meeting: string
  readonly updates: readonly Uint8Array[]
  readonly agenda: Promise<Agenda>
}

function isSame(one: readonly Uint8Array[], other: readonly Uint8Array[]): boolean {
  return one.length === other.length && one.every((bytes, at) => Buffer.compare(bytes, other[at] as Uint8Array) === 0)
}

interface Waiting {
  readonly whose: string
  readonly person: string
  readonly room: Room
  readonly urgent: boolean
  readonly begin: () => void
  readonly failed: (failure: PressFailure) => void
}

interface Running {
  readonly done: (value: unknown) => void
  readonly failed: (failure: PressFailure) => void
}

function openLine(limits: Limits, usual: Room) {
  const queue: Waiting[] = []
  /** Who was served last stands last; emptied with the queue. */
  const served = new Set<string>()
  let worker: ChildProcess | null = null
  /** Whose turn it is. */
  let current: Waiting | null = null
  let running: Running | null = null
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
      if (reply.ok) settle((one) => one.done(reply.value))
      else settle((one) => one.failed(new PressFailure(reply.reason, reply.detail)))
    }
    const ended = (detail: string) => {
      if (worker !== made) return
      worker = null
      settle((one) => one.failed(new PressFailure('gave-up', detail)))
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
    settle((one) => one.failed(new PressFailure('gave-up', detail)))
  }

  /** Of a machine that starts no more processes, say. */
  const failed = (error: unknown) => giveUp(String(error))

  function settle(tell: (one: Running) => void) {
    const finished = running
    if (finished === null) return
    if (timer !== null) clearTimeout(timer)
    if (watch !== null) clearInterval(watch)
    timer = null
    watch = null
    running = null
    tell(finished)
  }

  /** What is urgent, or else the first job of whoever was served least lately. */
  function take(): Waiting | null {
    const order = [...served]
    const turn = ({ whose, urgent }: Waiting) => (urgent ? -2 : order.indexOf(whose))
    const first = queue.reduce<Waiting | null>((best, one) => (best && turn(best) <= turn(one) ? best : one), null)
    if (first === null) return null
    queue.splice(queue.indexOf(first), 1)
    served.delete(first.whose)
    served.add(first.whose)
    return first
  }

  function next() {
    if (current !== null || closed) return
    if (timer !== null) clearTimeout(timer)
    current = take()
    if (current !== null) return current.begin()
    served.clear()
    // An idle press keeps nobody from ending.
    worker?.unref()
    worker?.channel?.unref()
    timer = after(idle, stop, failed)
    timer.unref()
  }

  /** The turn is over. */
  function release(one: Waiting) {
    if (current !== one) return
    current = null
    next()
  }

  function carryOut(job: Job, finished: Running) {
    running = finished
    if (timer !== null) clearTimeout(timer)
    timer = after(limits.patience, () => giveUp('it took too long'), failed)
    const look = () => {
      if (residentOf(worker?.pid) > limits.memory) giveUp('it took too much memory')
    }
    watch = every(looksEvery, look, failed)
    const send = () => {
      worker ??= start()
      worker.ref()
      worker.channel?.ref()
      worker.send(job)
    }
    // Last: where it fails, it is the next one's turn at once.
    guarded(send, failed)()
  }

  function wait(one: Waiting) {
    const alike = queue.filter(({ room }) => room === one.room)
    const own = alike.filter(({ whose }) => whose === one.whose)
    const asked = own.filter(({ person }) => person === one.person).length
    const { inAll, ofOne, byOne = ofOne } = one.room
    if (closed || alike.length >= inAll || own.length >= ofOne || asked >= byOne) {
      return one.failed(new PressFailure('busy'))
    }
    queue.push(one)
    next()
  }

  return {
    run(job: Job, whose: string, person = '', room = usual): Promise<unknown> {
      return new Promise((done, failed) => {
        const ending =
          <T>(tell: (value: T) => void) =>
          (value: T) => {
            tell(value)
            release(one)
          }
        const begin = () => carryOut(job, { done: ending(done), failed: ending(failed) })
        const one: Waiting = { whose, person, room, urgent: false, begin, failed }
        wait(one)
      })
    },
    /** Does `work` when it is its turn, before others. What it runs, once, is the next that is carried out. */
    hold<T>(work: (run: (job: Job) => Promise<unknown>) => Promise<T>, whose: string, room = usual): Promise<T> {
      return new Promise((done, failed) => {
        const carry = (job: Job) =>
          new Promise<unknown>((done, failed) => {
            if (current !== one || running !== null) return failed(new PressFailure('busy'))
            carryOut(job, { done, failed })
          }).finally(() => release(one))
        const begin = () => {
          // Nobody else waits for ever for what does not come.
          timer = after(limits.patience, () => release(one), failed)
          work(carry)
            .then(done, failed)
            .finally(() => release(one))
        }
        const one: Waiting = { whose, person: '', room, urgent: true, begin, failed }
        wait(one)
      })
    },
    async close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      if (watch !== null) clearInterval(watch)
      const busy = new PressFailure('busy')
      const carried = running
      running = null
      carried?.failed(busy)
      current?.failed(busy)
      for (const waiting of queue.splice(0)) waiting.failed(busy)
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
