import { type Inspection, inspect, storedLimits } from '../../shared/wire/inspect.ts'
import { merge } from '../../shared/wire/merge.ts'
import { compact } from '../../shared/wire/sync.ts'
import { isWithin, light, nothing, plus, type Weight, weightOf, weightOfWhole } from '../../shared/wire/weight.ts'

/** What is committed of a document: a base, and the updates since. Never a Yjs document, but for as long as one is compacted. */
export interface Bytes {
  /** All of it, as one update. */
  whole(): Uint8Array
  /** All of it, as it lies. */
  updates(): readonly Uint8Array[]
  add(update: Uint8Array, weight: Weight): void
  weight(): Weight
  /** Of this, what has come since the last compaction, and may be next to nothing after the next. */
  loose(): Weight
  /**
   * Rewrites it as Yjs itself would write it: at once when the document is light, elsewhere when it is not. Settles when
   * that is done, or has failed: then everything is as before.
   */
  compact(): Promise<void>
  /** Whether compacting is done at once. */
  isLight(): boolean
  compacting(): boolean
  /** Whether compacting has been tried so lately that it is not worth trying again. */
  resting(): boolean
}

export interface BytesOptions {
  readonly base: Uint8Array
  readonly tail: readonly Uint8Array[]
  /** Compacts a heavy document in a process of its own. */
  readonly compact: (updates: readonly Uint8Array[]) => Promise<Uint8Array>
  /**
   * Told what the updates of the document say, all of them: at the opening, and after each compaction, which brings to light
   * the deletions that nobody sent, since concurrent writes imply them.
   */
  readonly learned: (seen: readonly Inspection[]) => void
  /** Monotonic, ms. */
  readonly steady: () => number
  readonly report: (error: unknown) => void
}

/** After so many updates they are joined: whoever comes is sent all as one. */
const longestTail = 500
/** What takes longer than this, ms, is done elsewhere the next time. */
const longest = 300
/** After a compaction elsewhere twice its own time passes before the next one, ms at most, and after one that failed. */
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
  /** Updates since they were last joined. */
  let count = 0
  /** What has come since the compaction under way began. */
  let late: Uint8Array[] = []
  let running: Promise<void> | null = null
  /** Compacting has taken longer than its weight tells. */
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
