import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Agenda } from '../../shared/domain/agenda.ts'
import type { Understanding } from '../../shared/import/understanding.ts'
import { after, every, guarded, listen } from '../process/guard.ts'
import type { Job, Print, Read, Reply } from './job.ts'

/**
 * Renders copies, reads files and opens heavy documents, each in a child process, one job at a time. Slow or hostile
 * input blocks nobody's typing, and a job that takes too long or too much memory is killed with its process. Not
 * threads: a crash in the native typesetter would take down the whole server. Meetings take turns, and in a meeting its
 * people, so that those who ask for much wait for those who ask for little.
 */
export interface RenderPool {
  /** The bytes of a copy in its format; for a calendar also its new revisions. */
  print(job: Omit<Print, 'type'>, person?: string): Promise<Printed>
  read(job: Omit<Read, 'type'>, meeting?: string, person?: string): Promise<Understanding>
  /**
   * For people who request an agenda. `load` is called when its turn comes, so a refusal costs nothing. Whoever requests
   * the same meeting until then shares the job.
   */
  open(load: () => Promise<readonly Uint8Array[]>, meeting?: string, person?: string): Promise<Agenda>
  /** This and `mend` are the server's own work, with places in the queue that requests cannot take. */
  compact(updates: readonly Uint8Array[], meeting?: string): Promise<Uint8Array>
  /**
   * Runs `work`, which may open one document, when the process is free. `work` begins with something irreversible, so a
   * refusal comes before it begins.
   */
  mend<T>(meeting: string, work: (open: (updates: readonly Uint8Array[]) => Promise<Agenda>) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface Printed {
  readonly bytes: Uint8Array
  /** For a calendar: the revisions to pass in next time, as text. */
  readonly revisions?: string
}

/** Why there is no result. `gave-up`: out of time or memory. `missing`: this machine cannot make the format. */
export class RenderFailure extends Error {
  readonly reason: 'gave-up' | 'busy' | 'missing' | 'failed'
  constructor(reason: RenderFailure['reason'], detail = '') {
    super(detail === '' ? reason : `${reason}: ${detail}`)
    this.reason = reason
  }
}

/** A normal job takes milliseconds. After this long, ms, it is killed. */
const patience = 30_000
/** The same for copies that need no typesetter. They have a process of their own, and wait for no PDF. */
const patienceForQuick = 10_000
/** JavaScript heap, megabytes: several times what the largest agenda takes. */
const heap = 768
/**
 * All memory of the process, megabytes. The typesetter's is outside the JavaScript heap and grows by hundreds a second.
 */
const memory = 1536
/** ms */
const looksEvery = 100
/** Waiting jobs, in all, of one meeting and of one person: copies, which are small and share their agenda, and files. */
const copiesWaiting: Room = { inAll: 120, ofMeeting: 40, ofOne: 20 }
const filesWaiting: Room = { inAll: 12, ofMeeting: 4, ofOne: 3 }
/** Meetings whose heavy documents people wait for. All who wait for one meeting share its place. */
const documentsWaiting: Room = { inAll: 16, ofMeeting: 1, ofOne: 1 }
/** Requests of one person for one meeting at once, whether they wait or are being carried out. */
const askedAtOnce = 4
/** The same for compactions by the server, where a meeting has several documents, and for rebuilds by organizers. */
const compactionsWaiting: Room = { inAll: 32, ofMeeting: 8, ofOne: 8 }
const rebuildingsWaiting: Room = { inAll: 16, ofMeeting: 2, ofOne: 2 }
/** How long an idle process keeps its fonts and libraries loaded, ms. */
const idle = 600_000

export function openRenderPool(limits: Partial<Limits> = {}): RenderPool {
  const typesetting = openLine({ patience, heap, memory, ...limits }, copiesWaiting)
  const printing = openLine({ patience: patienceForQuick, heap, memory, ...limits }, copiesWaiting)
  const reading = openLine({ patience, heap, memory, ...limits }, filesWaiting)
  const opening = openLine({ patience, heap, memory, ...limits }, documentsWaiting)
  /** Openings whose turn has not come, by meeting. */
  const awaited = new Map<string, Promise<Agenda>>()
  const asked = new Map<string, number>()
  const openLater = (load: () => Promise<readonly Uint8Array[]>, meeting: string): Promise<Agenda> => {
    const forget = () => {
      if (awaited.get(meeting) === agenda) awaited.delete(meeting)
    }
    const work = async (run: (job: Job) => Promise<unknown>) => {
      // The turn may come at once, before this is known as awaited.
      await null
      // Whoever asks from here on may know of changes that are not in it.
      forget()
      return (await run({ type: 'open', updates: await load() })) as Agenda
    }
    const agenda = opening.hold(work, { meeting, person: '' }).finally(forget)
    awaited.set(meeting, agenda)
    return agenda
  }
  return {
    async print(job, person = '') {
      const line = job.format === 'pdf' ? typesetting : printing
      return (await line.run({ type: 'print', ...job }, { meeting: job.meeting, person })) as Printed
    },
    async read(job, meeting = '', person = '') {
      return (await reading.run({ type: 'read', ...job }, { meeting, person })) as Understanding
    },
    async open(load, meeting = '', person = '') {
      const whose = JSON.stringify([meeting, person])
      const count = asked.get(whose) ?? 0
      if (count >= askedAtOnce) throw new RenderFailure('busy')
      asked.set(whose, count + 1)
      try {
        return await (awaited.get(meeting) ?? openLater(load, meeting))
      } finally {
        const left = (asked.get(whose) ?? 1) - 1
        if (left === 0) asked.delete(whose)
        else asked.set(whose, left)
      }
    },
    async compact(updates, meeting = '') {
      return (await opening.run({ type: 'compact', updates }, upkeepOf(meeting), compactionsWaiting)) as Uint8Array
    },
    mend(meeting, work) {
      const open = (run: (job: Job) => Promise<unknown>) => async (updates: readonly Uint8Array[]) =>
        (await run({ type: 'open', updates })) as Agenda
      return opening.hold((run) => work(open(run)), upkeepOf(meeting), rebuildingsWaiting, 'urgent')
    },
    async close() {
      await Promise.all([typesetting.close(), printing.close(), reading.close(), opening.close()])
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
  readonly ofMeeting: number
  readonly ofOne: number
}

/** A turn of its own for upkeep, beside the requests for the same meeting. */
const upkeepOf = (meeting: string): Whose => ({ meeting: `upkeep of ${meeting}`, person: '' })

/** Urgent jobs are carried out before all others. */
type Turn = 'usual' | 'urgent'

interface Whose {
  readonly meeting: string
  readonly person: string
}

interface Waiting {
  readonly whose: Whose
  readonly room: Room
  readonly turn: Turn
  readonly begin: () => void
  readonly failed: (failure: RenderFailure) => void
}

interface Running {
  readonly done: (value: unknown) => void
  readonly failed: (failure: RenderFailure) => void
}

function openLine(limits: Limits, usual: Room) {
  const queue: Waiting[] = []
  /** Meetings and their people in order of last service, most recent last. Emptied with the queue. */
  const served = new Set<string>()
  let worker: ChildProcess | null = null
  /** The job whose turn it is. */
  let current: Waiting | null = null
  let running: Running | null = null
  let timer: NodeJS.Timeout | null = null
  let watch: NodeJS.Timeout | null = null
  let closed = false

  function start(): ChildProcess {
    const made = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), {
      execArgv: [`--max-old-space-size=${limits.heap}`],
      serialization: 'advanced',
      // A job needs no environment, and what a library prints about a file does not belong in our log.
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const replied = (reply: Reply) => {
      if (worker !== made) return
      if (reply.ok) settle((one) => one.done(reply.value))
      else settle((one) => one.failed(new RenderFailure(reply.reason, reply.detail)))
    }
    const ended = (detail: string) => {
      if (worker !== made) return
      worker = null
      settle((one) => one.failed(new RenderFailure('gave-up', detail)))
    }
    listen(made, 'message', replied, failed)
    listen(made, 'error', (error: Error) => ended(error.message), failed)
    // Running out of memory is an abort as well. Either way this job cannot be done.
    listen(made, 'exit', (code: number, signal: string) => ended(`the pool ended with ${signal ?? code}`), failed)
    return made
  }

  function stop() {
    const ending = worker
    worker = null
    ending?.kill('SIGKILL')
  }

  function giveUp(detail: string) {
    stop()
    settle((one) => one.failed(new RenderFailure('gave-up', detail)))
  }

  /** For example, when the machine can start no more processes. */
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

  /** Takes an urgent job, or else of the meeting served longest ago the first job of whoever was served longest ago. */
  function take(): Waiting | null {
    const order = new Map([...served].map((key, at) => [key, at]))
    const rank = ({ whose, turn }: Waiting) => {
      const [meeting, person] = keysOf(whose).map((key) => order.get(key) ?? -1) as [number, number]
      return turn === 'urgent' ? -order.size - 2 : meeting + (person + 1) / (order.size + 1)
    }
    const first = queue.reduce<Waiting | null>((best, one) => (best && rank(best) <= rank(one) ? best : one), null)
    if (first === null) return null
    queue.splice(queue.indexOf(first), 1)
    for (const key of keysOf(first.whose)) {
      served.delete(key)
      served.add(key)
    }
    return first
  }

  function next() {
    if (current !== null || closed) return
    if (timer !== null) clearTimeout(timer)
    current = take()
    if (current !== null) return current.begin()
    served.clear()
    // An idle worker must not keep the server process alive.
    worker?.unref()
    worker?.channel?.unref()
    timer = after(idle, stop, failed)
    timer.unref()
  }

  /** Ends the turn. */
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
    // Must come last: if it fails, the next job starts at once.
    guarded(send, failed)()
  }

  function wait(one: Waiting) {
    const alike = queue.filter(({ room }) => room === one.room)
    const near = alike.filter(({ whose }) => whose.meeting === one.whose.meeting)
    const own = near.filter(({ whose }) => whose.person === one.whose.person)
    const { inAll, ofMeeting, ofOne } = one.room
    if (closed || alike.length >= inAll || near.length >= ofMeeting || own.length >= ofOne) {
      return one.failed(new RenderFailure('busy'))
    }
    queue.push(one)
    next()
  }

  return {
    run(job: Job, whose: Whose, room = usual): Promise<unknown> {
      return new Promise((done, failed) => {
        const ending =
          <T>(tell: (value: T) => void) =>
          (value: T) => {
            tell(value)
            release(one)
          }
        const begin = () => carryOut(job, { done: ending(done), failed: ending(failed) })
        const one: Waiting = { whose, room, turn: 'usual', begin, failed }
        wait(one)
      })
    },
    /** Runs `work` in its turn. The one job that `work` runs is carried out next. */
    hold<T>(
      work: (run: (job: Job) => Promise<unknown>) => Promise<T>,
      whose: Whose,
      room = usual,
      turn: Turn = 'usual',
    ): Promise<T> {
      return new Promise((done, failed) => {
        const carry = (job: Job) =>
          new Promise<unknown>((done, failed) => {
            if (current !== one || running !== null) return failed(new RenderFailure('busy'))
            carryOut(job, { done, failed })
          }).finally(() => release(one))
        const begin = () => {
          // Others must not wait forever for a job that never comes.
          timer = after(limits.patience, () => release(one), failed)
          work(carry)
            .then(done, failed)
            .finally(() => release(one))
        }
        const one: Waiting = { whose, room, turn, begin, failed }
        wait(one)
      })
    },
    async close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      if (watch !== null) clearInterval(watch)
      const busy = new RenderFailure('busy')
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

function keysOf({ meeting, person }: Whose): readonly string[] {
  return [JSON.stringify([meeting]), JSON.stringify([meeting, person])]
}

/** Resident memory of a process in megabytes, or 0 where the system does not tell (it does on Linux). */
function residentOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
