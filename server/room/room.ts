import { type Append, appended } from '../../shared/document/append.ts'
import type { PersonId } from '../../shared/domain/agenda.ts'
import { differing } from '../../shared/wire/content.ts'
import { type Contention, openContention } from '../../shared/wire/contention.ts'
import { addExtent, clockOf, type Extent, includes, overlaps, vectorOf, without } from '../../shared/wire/extent.ts'
import {
  type AwarenessEntry,
  decodeVector,
  encodeAcknowledge,
  encodeLacking,
  encodeStep1,
  encodeStep2,
  encodeUpdate,
  type StateVector,
} from '../../shared/wire/frame.ts'
import { type Inspection, inspect, storedLimits, updateLimits } from '../../shared/wire/inspect.ts'
import { merge } from '../../shared/wire/merge.ts'
import { deletionOf, lacking, reachesBeyond, trim } from '../../shared/wire/sync.ts'
import {
  isWithin,
  light,
  minus,
  nothing,
  partOf,
  plus,
  quick,
  type Weight,
  weightOf,
} from '../../shared/wire/weight.ts'
import { after, alone, type Report } from '../process/guard.ts'
import { type Documents, nobody, type RowKey, type StoredDocument } from '../storage/documents.ts'
import type { Member, SecretHash } from '../storage/members.ts'
import { createAnswers } from './answers.ts'
import { openBytes } from './bytes.ts'
import type { CloseCode } from './closecode.ts'
import type { Committer, Waiting } from './committer.ts'
import { createPresence } from './presence.ts'
import { createRateLimit, type RateLimit } from './ratelimit.ts'
import type { Turns } from './turns.ts'

/**
 * One live document, held as bytes rather than as a Yjs document. The committed state is a base and a tail of updates;
 * nothing uncommitted is ever sent. Sets of ids record everything known, committed or pending, and every new update is
 * checked against them.
 */
export interface Room {
  readonly epoch: number
  /** Whether a replica with this state vector holds an earlier lineage. Two lineages must never be merged. */
  isFormer(vector: StateVector): boolean
  join(guest: Guest): Seat
  status(): RoomStatus
  /** Settles when the document's log is folded into its stored base. With `haste`, skips a heavy document. */
  fold(haste?: 'haste'): Promise<void>
  /**
   * Call when an error may have left the room's state inconsistent. Closes every connection with a retryable code; the
   * next client loads the room anew. Pending edits are committed, but not acknowledged.
   */
  fail(error: unknown): void
  /**
   * Refuses new edits, waits until the admitted ones are committed and acknowledged, then closes every connection with
   * a retryable code, so that clients reconnect to the replacement.
   */
  retire(): Promise<void>
  /** Appends as the server, with `nobody` as the author. Settles when the append is committed. */
  append(append: Append): Promise<void>
  /** Settles when every admitted edit is committed, even if the room has failed since. */
  settled(): Promise<void>
  close(): void
}

export interface RoomStatus {
  readonly seats: number
  /** Edits that are not yet committed. */
  readonly uncommitted: number
  readonly weight: Weight
}

/** A session as the room sees it. */
export interface Guest {
  readonly member: Member
  readonly session: SecretHash
  readonly mayWrite: boolean
  /**
   * Whether the client can handle a refused part of an update: the room then takes none of it, and the client resubmits
   * it another way.
   */
  readonly whole: boolean
  /** Takes `parts` from this person's rate limit. False when too few are left. */
  afford(parts: number): boolean
  /** Takes so many bytes of the log. Otherwise the refusal. */
  log(bytes: number): Verdict | null
  send(frame: Uint8Array): void
  /** As `send`, for frames that are dropped first on a slow connection. */
  show(frame: Uint8Array): void
  end(code: CloseCode, reason: string): void
}

export interface Seat {
  /** Starts the sync exchange: sends the room's state vector and who is present. */
  greet(): void
  /** Sends what a replica with this state vector lacks. */
  answer(vector: StateVector): void
  edit(step: 'step-2' | 'update', update: Uint8Array): Verdict
  /**
   * Echoes the payload once everything this seat sent before it is committed. If something was not taken, sends the
   * client ids concerned instead.
   */
  acknowledge(payload: Uint8Array): void
  awareness(entries: readonly AwarenessEntry[]): Verdict
  queryAwareness(): void
  leave(): void
}

export type Verdict =
  | { readonly status: 'well' }
  | { readonly status: 'refused'; readonly code: CloseCode; readonly reason: string }

export interface RoomOptions {
  readonly stored: StoredDocument
  /** Root types that the document may have. */
  readonly roots: readonly string[]
  /** The owner of each client id in the document. */
  readonly owners: ReadonlyMap<number, PersonId>
  readonly storage: Pick<Documents, 'fold'>
  readonly committer: Committer
  /** Compacts a document that is too heavy for this thread. */
  readonly compact: (updates: readonly Uint8Array[]) => Promise<Uint8Array>
  readonly turns: Turns
  readonly now: () => number
  /** Monotonic, ms. `now` jumps when somebody sets the system clock. */
  readonly steady: () => number
  /** ms */
  readonly presenceWindow: number
  readonly report: Report
  /** Called once, when the room fails. */
  readonly failed: () => void
}

/**
 * The size limit of a document. A two-day agenda with its full history takes a thirtieth of the bytes; the largest, of
 * 250 items, takes an eighth of the parts. Opening a document of this size takes about 100 MB.
 */
const largest: Weight = { bytes: 16 * 2 ** 20, parts: updateLimits.entries, wide: Number.POSITIVE_INFINITY }
/**
 * Limits for everyone but organizers, who can use the rest to repair a document: `mostOfDelegates` for small edits, so
 * that typing goes on, and `mostAtOnce` for larger ones.
 */
const mostOfDelegates: Weight = partOf(largest, 7 / 8)
const mostAtOnce: Weight = partOf(largest, 3 / 4)
/** How far small edits may exceed the limit while a compaction finds out the real size. */
const slack: Weight = partOf(largest, 1 / 4)
/** Above `worthCompacting`, loose updates are compacted before an edit is refused; above `tooLoose`, unasked. */
const worthCompacting: Weight = partOf(largest, 1 / 16)
const tooLoose: Weight = partOf(largest, 1 / 4)
/**
 * The most comparisons, between items that claim the same place, that a document may cost a replica: a few seconds. One
 * person may add half of them by new rivals. Once they are used up, everybody may add as many again by edits without new
 * rivals, so that nobody is kept from typing by what somebody else has made.
 */
const mostSteps = 6_000_000
const mostStepsOfOne = mostSteps / 2
/** The size of a list, as far as growth since its rivals came does not count as theirs when a room opens. */
const usualSize = 3000
/** Covers typing and moving, but not imported files. Such edits are accepted during a compaction. */
const small: Weight = { bytes: 2 ** 16, parts: 1000, wide: 1000 }
/** Uncommitted bytes of all rooms together. Beyond this, clients keep their edits and reconnect. */
const mostUncommitted = 64 * 2 ** 20
/** Rate limit on compactions that judge deletions by readers, and the pause between attempts, ms. */
const judgingAllowance = { perSecond: 1, burst: 5 }
const judgingEvery = 500
/** Limits for one reader until it is judged: ranges of deletions, and bytes of pending acknowledgements. */
const mostClaimed = 2000
const mostAsked = 2 ** 20
/**
 * One person's rate limit on comparing content sent under known ids with the content held. Each comparison walks the
 * whole document; in a heavy one it counts as many times as the document is heavier than a light one.
 */
const comparingAllowance = { perSecond: 2, burst: 20 }
/** One person's rate limit on compactions that may make room for typing: it takes minutes to type that much again. */
const shrinkingAllowance = { perSecond: 1 / 15, burst: 3 }
/** Structs whose dependencies are missing, and their bytes. A server restored from a backup has some. */
const mostWaiting = 400
const mostWaitingBytes = 2 ** 18
/** Parts a second that a room reads to answer clients at once. Further answers wait for their turn. */
const readingAllowance = { perSecond: 500_000, burst: 2_000_000 }
/** The same for comparisons. */
const roomComparingAllowance = { perSecond: 300_000, burst: 1_500_000 }
/** Client ids of one connection whose updates were not all taken. */
const mostLacking = 1000
/**
 * A client's clocks arrive in order, except for offline work, so an honest client leaves few gaps and hardly deletes
 * what it has not sent. Limits both.
 */
const mostGaps = 64
/** New client ids that one person may introduce while the room is open. Each page load is one. */
const mostIntroduced = 2000
/** Rows after which a document's log is folded on disk. */
const rowsPerFold = 2000

const well: Verdict = { status: 'well' }
const refuse = (code: CloseCode, reason: string): Verdict => ({ status: 'refused', code, reason })

export function openRoom(options: RoomOptions): Room {
  const {
    stored,
    roots,
    owners: known,
    storage,
    committer,
    compact,
    turns,
    now,
    steady,
    presenceWindow,
    report,
    failed,
  } = options
  const key = stored.key
  let rows: RowKey[] = []
  let folding: Promise<void> | null = null

  const former = new Set(decodeVector(stored.former)?.keys())
  const held: Extent = new Map()
  const gone: Extent = new Map()
  /** Formatting marks of texts. Read-only replicas delete those that have no effect. */
  const formats: Extent = new Map()
  const know = (seen: Inspection) => {
    addExtent(held, seen.structs)
    addExtent(gone, seen.deletes)
    addExtent(formats, seen.formats)
  }

  /** The first person to write under each client id. It stays theirs, because people come back. */
  const owners = new Map(known)
  /** Connected seats that may write, by client id. */
  const reserved = new Map<number, SeatState>()
  const introductions = new Map<PersonId, number>()
  const comparisons = new Map<PersonId, RateLimit>()
  const shrinkings = new Map<PersonId, RateLimit>()
  const seats = new Set<SeatState>()
  const presence = createPresence(seats, now, presenceWindow, (error) => fail(error))

  let waiting = { structs: 0, bytes: 0 }
  /** Covers everything admitted. Null until the next edit needs it. */
  let contention: Contention | null = null
  /** The steps that came by new rivals: of all (null until they are first counted), and of each person. */
  let rivalSteps: number | null = null
  const stepsOf = new Map<PersonId, number>()
  /** The steps beyond `mostSteps` that each person has added without new rivals. */
  const reserveOf = new Map<PersonId, number>()
  const reading = createRateLimit(readingAllowance, steady())
  const comparing = createRateLimit(roomComparingAllowance, steady())

  /** Number of edits admitted, and how many of them are committed. */
  let added = 0
  let done = 0
  /** Admitted edits that are not yet committed, with their weights. */
  let underway: { readonly bytes: Uint8Array; readonly weight: Weight }[] = []
  let pending = nothing
  let echoes: { readonly seat: SeatState; readonly after: number; readonly frame: Uint8Array }[] = []

  interface SeatState extends Guest {
    client: number | null
    /** The client id that the client claims as its own. */
    said: number | null
    /** Client ids whose updates from this seat were not all taken. */
    readonly lacking: Set<number>
    /** Of a reader: ids that only it has deleted. Those that compaction does not reveal are its own deletions. */
    claims: Extent
    /** The claims that the running compaction decides. */
    judging: Extent
    /** The state vector of a request on a heavy document that waits for its turn. */
    question: StateVector | null
    /** Bytes of acknowledgements that wait for this seat. */
    asked: number
    /** The value of `added` after this seat's last edit. */
    last: number
  }

  const answers = createAnswers((error) => fail(error))

  const isJudged = ({ claims, judging }: SeatState) => claims.size > 0 || judging.size > 0
  const echo = () => {
    if (echoes.length === 0) return
    const isDue = ({ seat, after }: (typeof echoes)[number]) => after <= done && !isJudged(seat)
    const due = echoes.filter(isDue)
    echoes = echoes.filter((one) => !isDue(one))
    for (const { seat, frame } of due) {
      seat.asked -= frame.length
      if (seats.has(seat)) seat.send(frame)
    }
  }

  /** Disconnects readers that made deletions of their own, and sends the others the acknowledgements held back. */
  const settle = () => {
    for (const seat of seats) {
      const own = without(without(seat.judging, gone), formats)
      seat.judging = new Map()
      if (own.size > 0) seat.end(4403, 'reading only')
    }
    echo()
  }

  const bytes = openBytes({
    base: stored.base,
    tail: stored.tail.map((row) => row.bytes),
    compact,
    steady,
    report,
    learned(seen) {
      answers.forget()
      contention = null
      formats.clear()
      for (const one of seen) know(one)
      waiting = { structs: seen.reduce((sum, one) => sum + waitingIn(one), 0), bytes: 0 }
      settle()
    },
  })

  const compactAll = async () => {
    if (!bytes.compacting()) {
      for (const seat of seats) {
        addExtent(seat.judging, seat.claims)
        seat.claims = new Map()
      }
    }
    if (bytes.loose().parts === 0) settle()
    else await bytes.compact()
  }

  let look: NodeJS.Timeout | null = null
  const judgings = createRateLimit(judgingAllowance, steady())
  const judge = () => {
    look = null
    if (over !== null || ![...seats].some(isJudged)) return
    if (!bytes.compacting() && !bytes.resting() && judgings.take(1, steady())) alone(compactAll().then(judge), fail)
    else look = after(judgingEvery, judge, fail).unref()
  }
  /** Checks deletions sent by a reader. None of them is stored. */
  const claim = (seat: SeatState, deletes: Extent): Verdict => {
    const own = without(without(deletes, gone), formats)
    if (own.size === 0) return well
    if (bytes.loose().parts === 0) return refuse(4403, 'reading only')
    // A replica can derive deletions that nobody sent it. Compaction derives the same ones here.
    addExtent(seat.claims, own)
    if (rangesOf(seat.claims) > mostClaimed) return refuse(4429, 'too many deletions from a reader')
    if (look === null) judge()
    return well
  }

  const fold = async (haste?: 'haste') => {
    if (folding !== null) return folding
    if (rows.length === 0) return
    if (haste !== undefined && !bytes.isLight()) return
    folding = (async () => {
      await compactAll()
      const folded = rows
      rows = []
      await storage.fold(key, bytes.whole(), folded).catch((error: unknown) => {
        rows = [...folded, ...rows]
        report(error)
      })
    })().finally(() => {
      folding = null
    })
    return folding
  }

  /** Set once the room has failed or been replaced. */
  let over: { readonly code: CloseCode; readonly reason: string } | null = null
  let retiring = false
  const settling: (() => void)[] = []
  const wake = () => {
    if (done === added) for (const resolve of settling.splice(0)) resolve()
  }
  const settled = (): Promise<void> =>
    done === added ? Promise.resolve() : new Promise((resolve) => settling.push(resolve))
  const end = (code: CloseCode, reason: string) => {
    over = { code, reason }
    for (const seat of [...seats]) seat.end(code, reason)
    presence.close()
  }
  const fail = (error: unknown) => {
    report(error)
    if (over !== null) return
    failed()
    end(1011, 'cannot serve now')
    wake()
  }

  const commits: Waiting = {
    failed: fail,
    committed(edits, keys) {
      done += edits.length
      if (over !== null) return wake()
      const weight = underway.slice(0, edits.length).reduce((sum, edit) => plus(sum, edit.weight), nothing)
      underway = underway.slice(edits.length)
      pending = minus(pending, weight)
      rows.push(...keys)
      const update = merge(edits.map((edit) => edit.bytes))
      bytes.add(update, weight)
      answers.forget()
      const frame = encodeUpdate(update)
      for (const seat of seats) seat.send(frame)
      echo()
      if (!bytes.resting() && !isWithin(bytes.loose(), tooLoose)) alone(compactAll(), fail)
      if (rows.length >= rowsPerFold) alone(fold(), fail)
      wake()
    },
  }

  const isFormer = (ids: ReadonlyMap<number, unknown>) =>
    former.size > 0 && [...ids.keys()].some((one) => former.has(one))
  const isNews = (seen: Inspection) => !includes(held, seen.structs) || !includes(gone, seen.deletes)

  const edit = (seat: SeatState, step: 'step-2' | 'update', received: Uint8Array): Verdict => {
    let update = received
    let seen = inspect(update)
    if (seen === null) return refuse(4400, 'malformed update')
    if (retiring) return refuse(1013, 'another takes its place')
    if (!seat.afford(seen.parts)) return refuse(4429, 'too much')
    if (isFormer(seen.structs) || isFormer(seen.deletes)) return refuse(4410, 'of an earlier lineage')
    if (seat.whole && seat.lacking.size > 0) return well
    const known = knownIn(seen)
    if (known.size > 0) {
      const { deletes } = seen
      if (!mayCompare(seat)) return refuse(1013, 'too much to compare')
      const parts = [...bytes.updates(), ...underway.map((edit) => edit.bytes)]
      const different = differing(parts, update, deletes, known, (client) => isForeign(seat, client))
      for (const client of different) seat.lacking.add(client)
      // With two versions of one struct, different people would see different content.
      if (different.size > 0) return well
      // Replicas may split a repeated struct in different ways, so take only what is new. The sender's own structs that
      // arrive without content count as deleted.
      const own = new Map([...deletes].filter(([client]) => known.has(client) && !isForeign(seat, client)))
      update = merge([lacking(update, vectorOf(held)), deletionOf(own)])
      seen = inspect(update) as Inspection
    }
    if (!isNews(seen)) {
      // Another connection may have sent it, and it may not be committed yet.
      seat.last = added
      return well
    }
    const onlyDeletes = includes(held, seen.structs)
    if (!seat.mayWrite) return onlyDeletes ? claim(seat, seen.deletes) : refuse(4403, 'reading only')
    // Content under an unknown root is never shown, so nobody could remove it.
    if (![...seen.roots].every((root) => roots.includes(root))) return refuse(4400, 'no such root')
    if (onlyDeletes && step === 'step-2') {
      // Step 2 carries every deletion the replica knows, even those it derived. Keep the few that are new here.
      update = deletionOf(without(seen.deletes, gone))
      seen = inspect(update) as Inspection
    }

    const { structs: brought, deletes: removed } = seen
    // Ids not yet written are only their writer's to delete. Announcing a client id is not writing under it.
    const foreign = (client: number) => {
      return isForeign(seat, client) || !(owners.has(client) || held.has(client) || brought.has(client))
    }
    const beyond = [
      ...[...brought.keys()].filter((client) => foreign(client) && reachesBeyond(brought, held, client)),
      ...[...removed.keys()].filter((client) => foreign(client) && deletesAhead(removed, client)),
    ]
    if (beyond.length > 0 && step === 'update') {
      const others = beyond.some((client) => client !== seat.said && reachesBeyond(brought, held, client))
      // Retryable if the client may be honest: its id may be taken, or it may be ahead of a restored server.
      return others ? refuse(4403, 'a client id of somebody else') : refuse(1013, 'not held here')
    }
    if (beyond.length > 0) {
      for (const client of beyond) seat.lacking.add(client)
      if (seat.lacking.size > mostLacking) return refuse(1013, 'too much that is not known to be theirs')
      if (seat.whole) return well
      ;({ update, seen } = trim(update, seen, held, foreign))
      if (!isNews(seen)) {
        seat.last = added
        return well
      }
    }
    if (step === 'update' && seat.client === null) own(seat, soleWriter(seen))
    const excess = excessOf(seat, seen, update)
    if (excess !== null) return excess
    const weight = weightOf(update, seen)
    const overflow = overflowOf(seat, weight, onlyDeletes)
    if (overflow !== null) return overflow
    if (committer.waiting() + update.length > mostUncommitted) return refuse(1013, 'the disk is slow')
    const rivalry = rivalryOf(seat, seen)
    if (rivalry !== null) return rivalry
    const unlogged = seat.log(update.length)
    if (unlogged !== null) return unlogged

    admit(update, seen, { person: seat.member.person, session: seat.session })
    seat.last = added
    return well
  }

  /** Queues the update for commit and records its ids as known. */
  const admit = (update: Uint8Array, seen: Inspection, by: { person: PersonId; session: SecretHash }) => {
    const claims = [...seen.structs.keys()].filter((client) => !held.has(client))
    for (const client of claims) owners.set(client, by.person)
    know(seen)
    // Copied because the received bytes are a view into a buffer that holds other frames.
    const copy = update.slice()
    const weight = weightOf(update, seen)
    committer.add(commits, { document: key, bytes: copy, ...by, at: now(), claims })
    added += 1
    underway.push({ bytes: copy, weight })
    pending = plus(pending, weight)
  }

  /** Why the document has no room for this update, or null. */
  const overflowOf = (seat: SeatState, weight: Weight, onlyDeletes: boolean): Verdict | null => {
    const after = plus(plus(bytes.weight(), pending), weight)
    const isSmall = isWithin(weight, small)
    const most = seat.member.role === 'organizer' ? largest : isSmall ? mostOfDelegates : mostAtOnce
    const mayWait = isSmall && isWithin(after, plus(largest, slack))
    // Deletions free space, though not at once.
    if (isWithin(after, most) || (onlyDeletes && mayWait)) return null
    // Compaction may shrink history to almost nothing, so it runs before anybody is told that the document is full.
    if (isWithin(bytes.loose(), worthCompacting)) return refuse(4413, 'the document is full')
    if (!bytes.resting()) alone(compactAll(), fail)
    return mayWait ? null : refuse(1013, 'the document is being compacted')
  }

  /** Why the update adds too many rivals for one place, or null. An update that is not refused is counted. */
  const rivalryOf = (seat: SeatState, seen: Inspection): Verdict | null => {
    contention ??= reckon()
    const before = rivalSteps ?? 0
    const { person, role } = seat.member
    const added = contention.add(seen, without(seen.deletes, gone))
    const own = (stepsOf.get(person) ?? 0) + added.steps
    const most = role === 'organizer' ? mostSteps : mostSteps * (7 / 8)
    // Typing must not depend on what others made: it counts against the writer alone.
    const further = contention.steps() > mostSteps ? added.grown : 0
    const reserve = (reserveOf.get(person) ?? 0) + further
    if (added.steps > 0 && own > mostStepsOfOne) {
      added.undo()
      return refuse(4429, 'too many at one place')
    }
    const isCrowded = added.steps > 0 && before + added.steps > most
    const isSpent = further > 0 && reserve > mostStepsOfOne
    if (isCrowded || isSpent) {
      added.undo()
      // Text typed letter by letter is much smaller once compacted.
      if (isWithin(bytes.loose(), isCrowded ? worthCompacting : small)) return refuse(4413, 'the document is full')
      if (!bytes.resting() && (isCrowded || mayShrink(seat))) alone(compactAll(), fail)
      return contention === null ? rivalryOf(seat, seen) : refuse(1013, 'the document is being compacted')
    }
    rivalSteps = before + added.steps
    if (added.steps > 0) stepsOf.set(person, own)
    if (further > 0) reserveOf.set(person, reserve)
    return null
  }

  /** Counts anew: a compaction has merged what was typed letter by letter, and a room that opens knows of no charges. */
  const reckon = (): Contention => {
    const reckoned = openContention(
      [...bytes.updates(), ...underway.map((edit) => edit.bytes)].map(
        (update) => inspect(update, storedLimits) as Inspection,
      ),
    )
    const steps = reckoned.steps()
    const beyond = Math.max(0, steps - mostSteps)
    const shares = new Map<PersonId, number>()
    for (const [client, share] of beyond === 0 ? [] : reckoned.shares()) {
      const person = owners.get(client) ?? nobody
      shares.set(person, (shares.get(person) ?? 0) + (share / steps) * beyond)
    }
    for (const person of new Set([...shares.keys(), ...reserveOf.keys()])) {
      const charged = rivalSteps === null ? Number.POSITIVE_INFINITY : (reserveOf.get(person) ?? 0)
      reserveOf.set(person, Math.min(charged, shares.get(person) ?? 0))
    }
    rivalSteps = Math.min(rivalSteps ?? reckoned.stepsWithin(usualSize), steps)
    return reckoned
  }

  /** Limits what makes integration quadratic: gaps in clocks, deletions ahead of them, and many writers at one place. */
  const excessOf = (seat: SeatState, seen: Inspection, update: Uint8Array): Verdict | null => {
    let fresh = 0
    for (const [client, ranges] of seen.structs) {
      if (!reachesBeyond(seen.structs, held, client)) continue
      if (!held.has(client)) fresh += 1
      const joined: Extent = new Map([[client, [...(held.get(client) ?? [])]]])
      addExtent(joined, new Map([[client, ranges]]))
      if ((joined.get(client)?.length ?? 0) > mostGaps * 2) return refuse(4429, 'too many gaps')
    }
    for (const client of seen.deletes.keys()) {
      if (!reachesBeyond(seen.deletes, held, client)) continue
      const here: Extent = new Map([[client, (held.get(client) ?? []).slice()]])
      addExtent(here, new Map([[client, seen.structs.get(client) ?? []]]))
      const removed: Extent = new Map([[client, (gone.get(client) ?? []).slice()]])
      addExtent(removed, new Map([[client, seen.deletes.get(client) ?? []]]))
      if (rangesOf(without(removed, here)) > mostGaps) return refuse(4429, 'too many deletions ahead')
    }
    const waits = waitingIn(seen)
    if (waits > 0) {
      if (waiting.structs + waits > mostWaiting || waiting.bytes + update.length > mostWaitingBytes) {
        return refuse(1013, 'what this builds on is not held here')
      }
      waiting = { structs: waiting.structs + waits, bytes: waiting.bytes + update.length }
    }
    if (fresh === 0) return null
    const introduced = (introductions.get(seat.member.person) ?? 0) + fresh
    if (introduced > mostIntroduced) return refuse(4429, 'too many client ids')
    introductions.set(seat.member.person, introduced)
    return null
  }

  /** How many of its structs depend on missing ones. Every replica keeps those, and sends them again and again. */
  function waitingIn({ structs, references, count }: Inspection): number {
    const reaches = new Map<number, number>()
    /** The clock that a client reaches without a gap, with this update. Structs behind a gap wait as well. */
    const reachOf = (client: number): number => {
      const known = reaches.get(client)
      if (known !== undefined) return known
      const ranges = structs.get(client) ?? []
      let reach = clockOf(held, client)
      for (let at = 0; at < ranges.length && (ranges[at] as number) <= reach; at += 2) {
        reach = Math.max(reach, ranges[at + 1] as number)
      }
      reaches.set(client, reach)
      return reach
    }
    const isHere = (client: number, clock: number) => clock < reachOf(client)
    for (const [client, ranges] of structs) if ((ranges.at(-1) ?? 0) > reachOf(client)) return count
    let waits = 0
    for (let at = 0; at < references.length; at += 2) {
      if (!isHere(references[at] as number, references[at + 1] as number)) waits += 1
    }
    return waits
  }

  /** The only client with new structs in the update, or null. */
  const soleWriter = (seen: Inspection): number | null => {
    const news = [...seen.structs.keys()].filter((client) => reachesBeyond(seen.structs, held, client))
    return news.length === 1 ? (news[0] as number) : null
  }
  /** Gives the seat a client id. While the seat is connected, nobody else writes under it. */
  const own = (seat: SeatState, client: number | null) => {
    if (client === null || isForeign(seat, client)) return
    // A reader has written nothing: an id in the document is that of somebody who may come back.
    if (!seat.mayWrite && held.has(client)) return
    if (seat.mayWrite) reserved.set(client, seat)
    seat.client = client
  }
  /** The owner of a client id. Ids that a document began with belong to `nobody`. */
  const holderOf = (client: number): PersonId | undefined =>
    owners.get(client) ?? (held.has(client) ? nobody : reserved.get(client)?.member.person)
  const isForeign = (seat: SeatState, client: number) => (holderOf(client) ?? seat.member.person) !== seat.member.person

  /** Whether the deletions reach ids of a client that are neither held nor deleted. */
  const deletesAhead = (deletes: Extent, client: number): boolean => {
    if (!reachesBeyond(deletes, held, client)) return false
    const known: Extent = new Map([[client, (held.get(client) ?? []).slice()]])
    addExtent(known, new Map([[client, gone.get(client) ?? []]]))
    return reachesBeyond(deletes, known, client)
  }

  /** Client ids for which the update repeats something already held. */
  const knownIn = ({ structs }: Inspection): Set<number> => {
    const found = new Set<number>()
    for (const [client, ranges] of structs) {
      for (let i = 0; i < ranges.length && !found.has(client); i += 2) {
        if (overlaps(held, client, ranges[i] as number, ranges[i + 1] as number)) found.add(client)
      }
    }
    return found
  }
  const mayCompare = ({ member: { person } }: SeatState): boolean => {
    const rateLimit = comparisons.get(person) ?? createRateLimit(comparingAllowance, steady())
    comparisons.set(person, rateLimit)
    const { parts } = bytes.weight()
    return comparing.take(parts, steady()) && rateLimit.take(Math.max(1, parts / light.parts), steady())
  }

  const mayShrink = ({ member: { person } }: SeatState): boolean => {
    const rateLimit = shrinkings.get(person) ?? createRateLimit(shrinkingAllowance, steady())
    shrinkings.set(person, rateLimit)
    return rateLimit.take(1, steady())
  }

  const awareness = (seat: SeatState, entries: readonly AwarenessEntry[]): Verdict => {
    if (seat.client === null && entries.length === 1) {
      const { client } = entries[0] as AwarenessEntry
      seat.said ??= client
      own(seat, client)
      // Now that its client id is known, the person's other connections can be told from this one.
      if (seat.client !== null) presence.greet(seat)
    }
    // A stock client also relays the awareness of others.
    const entry = entries.find(({ client }) => client === seat.client)
    if (entry === undefined || seat.client === null) return well
    return presence.say(seat, seat.client, entry.json) ? well : refuse(4400, 'malformed presence')
  }

  rows = stored.tail.map(({ row }) => row)
  if (bytes.isLight() || !isWithin(bytes.loose(), worthCompacting)) alone(compactAll(), fail)

  return {
    epoch: stored.epoch,
    isFormer,
    join(guest) {
      const seat: SeatState = {
        ...guest,
        client: null,
        said: null,
        lacking: new Set(),
        claims: new Map(),
        judging: new Map(),
        question: null,
        asked: 0,
        last: 0,
      }
      seats.add(seat)
      return {
        greet() {
          if (over !== null) return seat.end(over.code, over.reason)
          seat.send(encodeStep1(vectorOf(held)))
          presence.greet(seat)
        },
        answer(vector) {
          const send = (known: StateVector) =>
            seat.send(answers.to(known, () => encodeStep2(lacking(bytes.whole(), known))))
          // Clients unknown here do not change the answer.
          const asked = new Map([...vector].filter(([client]) => held.has(client)))
          if (answers.has(asked) || (isWithin(bytes.weight(), quick) && reading.take(bytes.weight().parts, steady())))
            return send(asked)
          const waits = seat.question !== null
          seat.question = asked
          if (waits) return
          turns.take(() => {
            const question = seat.question
            seat.question = null
            if (question !== null && seats.has(seat)) send(question)
          })
        },
        edit: (step, update) => edit(seat, step, update),
        acknowledge(payload) {
          const frame = seat.lacking.size > 0 ? encodeLacking(seat.lacking) : encodeAcknowledge(payload)
          if (seat.last <= done && !isJudged(seat)) return seat.send(frame)
          seat.asked += frame.length
          if (seat.asked > mostAsked && isJudged(seat)) return seat.end(4429, 'too many questions')
          echoes.push({ seat, after: seat.last, frame })
        },
        awareness: (entries) => awareness(seat, entries),
        queryAwareness() {
          presence.greet(seat)
        },
        leave() {
          if (!seats.delete(seat)) return
          presence.leave(seat)
          if (seat.client !== null && reserved.get(seat.client) === seat) reserved.delete(seat.client)
        },
      }
    },
    status: () => ({ seats: seats.size, uncommitted: added - done, weight: bytes.weight() }),
    fold,
    fail,
    async retire() {
      retiring = true
      await settled()
      if (over === null) end(1013, 'another takes its place')
    },
    append(append) {
      const update = appended([bytes.whole(), ...underway.map((edit) => edit.bytes)], append)
      contention = null
      admit(update, inspect(update, storedLimits) as Inspection, { person: nobody, session: '' as SecretHash })
      return settled()
    },
    settled,
    close() {
      if (look !== null) clearTimeout(look)
      answers.forget()
      presence.close()
    },
  }
}

function rangesOf(extent: Extent): number {
  let sum = 0
  for (const ranges of extent.values()) sum += ranges.length / 2
  return sum
}
