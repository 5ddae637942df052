import { setTimeout as pause, setImmediate } from 'node:timers/promises'
import * as Y from 'yjs'
import { changedFields } from '../../shared/document/changedfields.ts'
import { roots } from '../../shared/document/schema.ts'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import { emptyUpdate, merge } from '../../shared/wire/merge.ts'
import { passive } from '../../shared/wire/sync.ts'
import { isWithin, minus, nothing, plus, type Weight, weightOfAll } from '../../shared/wire/weight.ts'
import { after, alone, type Report } from '../process/guard.ts'
import type { Attribution, Mark, Unattributed } from '../storage/attribution.ts'
import { type Documents, nobody } from '../storage/documents.ts'
import { largestRead } from './meetings.ts'

/**
 * Who changed what in an agenda, as the server knows it. Reads the update log once, applying each row to a document
 * kept at the last row read, and attributes what it changes to the person whose session sent it.
 */
export interface Attributor {
  /** Settles once everything committed before the call is attributed. Returns the turn reached. */
  catchUp(meeting: MeetingId): Promise<number>
  /** The same in the background, so that a week of edits need not be read at once in the morning. */
  catchUpQuietly(meeting: MeetingId): void
  close(): Promise<void>
}

export interface AttributorOptions {
  readonly storage: Attribution & Documents
  readonly report: Report
  /** How long a document stays open after it was read, ms. */
  readonly openFor?: number
}

/** Documents above this are not read, judged by stored bytes and by parts, because everybody would notice the delay. */
const heaviest: Weight = { bytes: largestRead, parts: 50_000, wide: 4000 }
/** How much of the log is read before results are stored. */
const portion = { rows: 1000, bytes: 4 * 2 ** 20, size: heaviest.bytes }
/** The document is stored only after this much was read, so that requests while others type need not pay for it. */
const mostUnstored = { rows: 200, bytes: 2 ** 18 }
/** How long the log is read before other work gets the thread, ms. */
const slice = 6
/** Marks that one row may make, and marks stored at once: several times what a person changes in a week offline. */
const mostChangedFields = 5000
/** Newest marks stored for each person: enough for everything in an agenda of several hundred items. */
const mostMarksOfOne = 10_000
/** Passes over waiting rows in one reading. Each may bring in another row, and the next reading continues. */
const mostPasses = 8
/** Limits on rows that wait for missing ones. Honest rows wait only a moment. */
const mostWaiting = { rows: 200, bytes: 2 ** 20 }
/** Limits on documents that stay open: their number, and their total weight as stored. */
const mostOpen = 4
const mostOpenWeight = heaviest
/** A document that blocks the thread longer than this, ms, rests ten times as long, at most `longestRest`. */
const costly = 50
const longestRest = 3000

export function openAttributor({ storage, report, openFor = 5000 }: AttributorOptions): Attributor {
  const open = new Map<MeetingId, Opened>()
  const calls = new Map<MeetingId, { last: Promise<number>; next: Promise<number> | null }>()
  const rests = new Map<MeetingId, Promise<void>>()
  const closing = new AbortController()
  let queue: Promise<unknown> = Promise.resolve()

  /** Runs one reading at a time, over all documents. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work, work)
    queue = done.catch(() => {})
    return done
  }

  /** Calls that arrive during a reading share the next one. */
  const catchUp = (meeting: MeetingId): Promise<number> => {
    const known = calls.get(meeting)
    if (known?.next) return known.next
    const before = known?.last.catch(() => {}) ?? Promise.resolve()
    const next: Promise<number> = before
      .then(() => rested(meeting))
      .then(() =>
        inTurn(() => {
          call.next = null
          return readOn(meeting)
        }),
      )
      .finally(() => {
        if (call.last === next) calls.delete(meeting)
      })
    const call = known ?? { last: next, next }
    call.last = next
    call.next = next
    calls.set(meeting, call)
    return next
  }

  const rested = async (meeting: MeetingId): Promise<void> => {
    const rest = rests.get(meeting)
    if (rest === undefined) return
    const progress = await storage.unattributed(meeting, { ...portion, rows: 1 })
    if (progress !== null && progress.rows.length > 0) await rest
  }

  const readOn = async (meeting: MeetingId): Promise<number> => {
    const clock = createClock(closing.signal)
    const waiting = new Set<number>()
    try {
      for (;;) {
        closing.signal.throwIfAborted()
        const progress = await storage.unattributed(meeting, portion)
        if (progress === null) return 0
        const { turn, rows } = progress
        if (rows.every(({ row }) => waiting.has(row))) return turn
        clock.begin()
        const document = await take(meeting, turn)
        if (document === null) return turn
        // Too heavy with these rows: changes are not attributed then, and nobody waits for it.
        const news = weightOfAll(
          emptyUpdate,
          rows.map(({ bytes }) => bytes),
        )
        if (!isWithin(plus(document.weight(), news), heaviest)) return turn
        await clock.yield()
        const done = await reading(document, rows, clock)
        const stuck = done !== null && done.rows.length === 0 && done.waiting.length < rows.length
        if (done === null || stuck || tooMuch(done.waiting)) {
          // What is missing may never come, so start over from the committed document. What these rows still change has
          // no author.
          await startOver(meeting, turn, rows, done?.marks ?? [])
          waiting.clear()
          await clock.yield()
          continue
        }
        for (const { row } of done.waiting) waiting.add(row)
        await clock.yield()
        // Waiting rows may be half applied, and the next ones may build on that half.
        const due = done.waiting.length > 0 || document.unstored(done.rows)
        const state = due ? Y.encodeStateAsUpdate(document.doc) : null
        await clock.yield()
        const attributed = { state, rows: done.rows.map(({ row }) => row), marks: done.marks, most: mostMarksOfOne }
        if (done.rows.length > 0 && (await storage.attribute(meeting, turn, attributed)))
          document.done(done.rows, state)
        // Another process was faster, or every row waits and the applied half is not stored.
        else drop(meeting)
        await clock.yield()
      }
    } finally {
      const cost = clock.longest()
      if (cost > costly) {
        const rest = pause(Math.min(cost * 10, longestRest), undefined, { signal: closing.signal, ref: false })
        const over = rest.catch(() => {}).then(() => void rests.delete(meeting))
        rests.set(meeting, over)
      }
    }
  }

  /** Null when a row cannot be read. The room inspects every row before it is committed. */
  const reading = async (document: Opened, rows: readonly Unattributed[], clock: Clock): Promise<Done | null> => {
    try {
      return await document.read(rows, clock)
    } catch (error) {
      closing.signal.throwIfAborted()
      report(error)
      return null
    }
  }

  const take = async (meeting: MeetingId, turn: number): Promise<Opened | null> => {
    const known = open.get(meeting)
    if (known?.turn === turn) {
      known.hold()
      return known
    }
    drop(meeting)
    const stored = await storage.attributed(meeting)
    if (stored === null || !isWithin(weightOfAll(stored.state, stored.since), heaviest)) return null
    const opened = openDocument(stored, turn, openFor, () => drop(meeting), report)
    open.set(meeting, opened)
    let sum = [...open.values()].map((one) => one.weight()).reduce(plus, nothing)
    for (const [oldest, one] of open) {
      if (oldest === meeting || (open.size <= mostOpen && isWithin(sum, mostOpenWeight))) break
      sum = minus(sum, one.weight())
      drop(oldest)
    }
    return opened
  }
  const drop = (meeting: MeetingId) => {
    open.get(meeting)?.close()
    open.delete(meeting)
  }

  const startOver = async (
    meeting: MeetingId,
    turn: number,
    rows: readonly Unattributed[],
    marks: readonly Mark[],
  ): Promise<void> => {
    drop(meeting)
    const stored = await storage.load(meeting, 'agenda')
    if (stored === null) return
    const updates = [stored.base, ...stored.tail.map(({ bytes }) => bytes)]
    const state = isWithin(weightOfAll(stored.base, updates.slice(1)), heaviest)
      ? stateOf(merge(updates))
      : merge(updates)
    await storage.attribute(meeting, turn, { state, rows: rows.map(({ row }) => row), marks, most: mostMarksOfOne })
  }

  return {
    catchUp,
    catchUpQuietly(meeting) {
      if (closing.signal.aborted) return
      const caughtUp = catchUp(meeting).then(() => {
        if (!calls.has(meeting)) drop(meeting)
      })
      alone(caughtUp, (error) => {
        if (!closing.signal.aborted) report(error)
      })
    },
    async close() {
      closing.abort()
      await queue
      for (const meeting of [...open.keys()]) drop(meeting)
    },
  }
}

interface Done {
  /** Rows that are wholly applied. */
  readonly rows: readonly Unattributed[]
  readonly waiting: readonly Unattributed[]
  readonly marks: readonly Mark[]
}

interface Opened {
  readonly doc: Y.Doc
  readonly turn: number
  weight(): Weight
  /** Keeps the document open until it has been read. */
  hold(): void
  read(rows: readonly Unattributed[], clock: Clock): Promise<Done>
  /** Whether, with these rows, enough is unstored that the document should be stored. */
  unstored(rows: readonly Unattributed[]): boolean
  /** These rows are attributed. With `state`, everything is stored. */
  done(rows: readonly Unattributed[], state: Uint8Array | null): void
  close(): void
}

function openDocument(
  { state, since }: { readonly state: Uint8Array; readonly since: readonly Uint8Array[] },
  turn: number,
  openFor: number,
  leave: () => void,
  report: Report,
): Opened {
  const doc = documentOf([state, ...since])
  let now = turn
  let weight = weightOfAll(state, since)
  let unstored = { rows: since.length, bytes: bytesOf(since.map((bytes) => ({ bytes }))) }
  let timer: NodeJS.Timeout | null = null
  let marks = new Map<string, Mark>()
  let author: Unattributed | null = null

  doc.on('afterTransaction', (transaction: Y.Transaction) => {
    if (author === null || author.person === nobody) return
    const { person: by, at } = author
    for (const changed of changedFields(transaction, mostChangedFields)) {
      const { kind, id, field, language } = changed
      marks.set(JSON.stringify([by, kind, id, field, language]), { at, by, ...changed })
    }
  })
  /**
   * Whether the row was applied in full. If not, it is applied again separately, so that its changes keep their author.
   */
  const apply = (row: Unattributed): boolean => {
    author = row
    Y.applyUpdate(doc, row.bytes)
    author = null
    return !forgetPending(doc)
  }

  return {
    doc,
    get turn() {
      return now
    },
    weight: () => weight,
    hold() {
      if (timer !== null) clearTimeout(timer)
    },
    async read(rows, clock) {
      marks = new Map()
      const taken: Unattributed[] = []
      let waiting: Unattributed[] = []
      for (const row of rows) {
        if (apply(row)) taken.push(row)
        else waiting.push(row)
        // Waiting rows may reach this limit by themselves. Go on then, since later rows may complete them.
        if (marks.size >= (taken.length > 0 ? mostChangedFields : mostChangedFields * 4)) break
        await clock.yield()
      }
      for (let pass = 0, before = -1; pass < mostPasses && waiting.length > 0 && waiting.length !== before; pass += 1) {
        before = waiting.length
        const still: Unattributed[] = []
        for (const row of waiting) {
          if (marks.size < mostChangedFields && apply(row)) taken.push(row)
          else still.push(row)
          await clock.yield()
        }
        waiting = still
      }
      timer = after(openFor, leave, report)
      timer.unref()
      return { rows: taken, waiting, marks: [...marks.values()] }
    },
    unstored(rows) {
      return unstored.rows + rows.length >= mostUnstored.rows || unstored.bytes + bytesOf(rows) >= mostUnstored.bytes
    },
    done(rows, stored) {
      now += 1
      const news = rows.map(({ bytes }) => bytes)
      weight = stored === null ? plus(weight, weightOfAll(emptyUpdate, news)) : weightOfAll(stored, [])
      unstored =
        stored !== null
          ? { rows: 0, bytes: 0 }
          : { rows: unstored.rows + rows.length, bytes: unstored.bytes + bytesOf(rows) }
    },
    close() {
      if (timer !== null) clearTimeout(timer)
      doc.destroy()
    },
  }
}

/** A replica without pending structs and deletions. */
function documentOf(updates: readonly Uint8Array[]): Y.Doc {
  const doc = passive(updates, roots)
  forgetPending(doc)
  return doc
}

/** The state of an update without what is pending. */
function stateOf(update: Uint8Array): Uint8Array {
  const doc = documentOf([update])
  const state = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return state
}

function forgetPending({ store }: Y.Doc): boolean {
  const pending = store.pendingStructs !== null || store.pendingDs !== null
  store.pendingStructs = null
  store.pendingDs = null
  return pending
}

function tooMuch(waiting: readonly Unattributed[]): boolean {
  return (
    waiting.length > mostWaiting.rows || waiting.reduce((sum, { bytes }) => sum + bytes.length, 0) > mostWaiting.bytes
  )
}

function bytesOf(updates: readonly { readonly bytes: Uint8Array }[]): number {
  return updates.reduce((sum, { bytes }) => sum + bytes.length, 0)
}

interface Clock {
  begin(): void
  /** Yields the thread when the time slice is over. Throws once everything is closing. */
  yield(): Promise<void>
  /** The longest time without a yield, ms. */
  longest(): number
}

function createClock(closing: AbortSignal): Clock {
  let began = performance.now()
  let longest = 0
  return {
    begin() {
      began = performance.now()
    },
    async yield() {
      const spent = performance.now() - began
      if (spent < slice) return
      longest = Math.max(longest, spent)
      await setImmediate()
      closing.throwIfAborted()
      began = performance.now()
    },
    longest: () => longest,
  }
}
