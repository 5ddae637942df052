import { type Inspection, inspect, storedLimits } from '../../shared/wire/inspect.ts'
import { merge } from '../../shared/wire/merge.ts'
import { compact } from '../../shared/wire/sync.ts'
import { isWithin, light, nothing, plus, type Weight, weightOf, weightOfWhole } from '../../shared/wire/weight.ts'

/**
 * The committed state of a document: a base, and the updates since. It is a Yjs document only while being compacted.
 */
export interface Bytes {
  /** The whole document as one update. */
  whole(): Uint8Array
  /** The whole document, not merged: the base and the updates since. */
  updates(): readonly Uint8Array[]
  add(update: Uint8Array, weight: Weight): void
  weight(): Weight
  /** The part of `weight` added since the last compaction. The next one may shrink it to almost nothing. */
  loose(): Weight
  /**
   * Rewrites the document as Yjs itself would: at once when it is light, in another process when it is not. Settles
   * when that has succeeded or failed; a failure changes nothing.
   */
  compact(): Promise<void>
  /** Whether a compaction runs at once, on this thread. */
  isLight(): boolean
  compacting(): boolean
  /** Whether the last compaction is too recent to try another. */
  resting(): boolean
}

export interface BytesOptions {
  readonly base: Uint8Array
  readonly tail: readonly Uint8Array[]
  /** Compacts a heavy document in another process. */
  readonly compact: (updates: readonly Uint8Array[]) => Promise<Uint8Array>
  /**
   * Called with inspections of all updates of the document, when it opens and after each compaction. A compaction
   * reveals deletions that nobody sent because concurrent writes imply them.
   */
  readonly learned: (seen: readonly Inspection[]) => void
  /** Monotonic, ms. */
  readonly steady: () => number
  readonly report: (error: unknown) => void
}

/** After this many updates the tail is compacted or merged, since a new client gets everything as one update. */
const longestTail = 500
/** If a compaction takes longer than this, ms, the next one runs in another process. */
const longest = 300
/**
 * Rest after a compaction in another process: twice its duration, at most `longestRest`, ms. Then the rest after a
 * failure.
 */
const longestRest = 5000
const restAfterFailure = 60_000

export function openBytes({
  base: stored,
  tail: since,
  compact: elsewhere,
  learned,
  steady,
  report,
}: BytesOptions): Bytes {
  let base = stored
  let tail = [...since]
  let solid = nothing
  let loose = nothing
  /** Updates since they were last merged. */
  let count = 0
  /** Updates added since the running compaction began. */
  let late: Uint8Array[] = []
  let running: Promise<void> | null = null
  /** The last compaction took longer than the weight suggests. */
  let slow = false
  let restUntil = Number.NEGATIVE_INFINITY

  const whole = () => {
    count = 0
    if (tail.length > 0) {
      base = merge([base, ...tail])
      tail = []
    }
    return base
  }
  const replace = (compacted: Uint8Array) => {
    base = compacted
    tail = late
    late = []
    count = 0
    learn()
  }
  const isLight = () => !slow && isWithin(plus(solid, loose), light)
  const learn = () => {
    const seen = [base, ...tail].map(read)
    solid = weightOfWhole(base, seen[0] as Inspection)
    loose = tail.reduce((sum, update, at) => plus(sum, weightOf(update, seen[at + 1] as Inspection)), nothing)
    learned(seen)
  }
  const rest = (error: unknown) => {
    restUntil = steady() + restAfterFailure
    report(error)
  }
  const compactHere = () => {
    const began = steady()
    let compacted: Uint8Array
    try {
      compacted = compact([base, ...tail])
    } catch (error) {
      return rest(error)
    }
    replace(compacted)
    slow = steady() - began > longest
  }
  const compactElsewhere = async () => {
    const began = steady()
    late = []
    let compacted: Uint8Array
    try {
      compacted = await elsewhere([base, ...tail])
    } catch (error) {
      late = []
      return rest(error)
    }
    replace(compacted)
    restUntil = steady() + Math.min((steady() - began) * 2, longestRest)
  }

  learn()
  return {
    whole,
    updates: () => [base, ...tail],
    add(update, weight) {
      tail.push(update)
      if (running !== null) late.push(update)
      loose = plus(loose, { ...weight, bytes: update.length })
      count += 1
      if (count < longestTail) return
      if (isLight()) compactHere()
      else whole()
    },
    weight: () => plus(solid, loose),
    loose: () => loose,
    async compact() {
      if (running !== null) return running
      if (loose.parts === 0) return
      if (isLight()) return compactHere()
      running = compactElsewhere().finally(() => {
        running = null
      })
      return running
    },
    isLight,
    compacting: () => running !== null,
    resting: () => steady() < restUntil,
  }
}

function read(update: Uint8Array): Inspection {
  const seen = inspect(update, storedLimits)
  if (seen === null) throw new Error('the document holds bytes that are no update')
  return seen
}
