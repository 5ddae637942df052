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
import type { CloseCode } from './closing.ts'
import type { Committer, Waiting } from './committer.ts'
import { createPace, type Pace } from './pace.ts'
import { createPresence } from './presence.ts'
import type { Turns } from './turns.ts'

/**
 * One live document: bytes, not a Yjs document. What is committed is a base and a tail of updates; nothing else is ever
 * sent. What is known, committed or on its way, is kept as sets of ids, against which every update is admitted.
 */
export interface Room {
  readonly epoch: number
  /** Whether who knows this has the document of an earlier lineage. Both together would be neither. */
  isFormer(vector: StateVector): boolean
  join(guest: Guest): Seat
  status(): RoomStatus
  /** Settles when what the log holds of this document is folded into its base. In haste, what would take long is left. */
  fold(haste?: 'haste'): Promise<void>
  /**
   * Something has thrown in the midst of it, so that nobody knows what it holds. It ends here: everybody is asked to come
   * again, and the room is loaded anew. What was on its way to the disk still gets there, and nobody is told that it has.
   */
  fail(error: unknown): void
  /**
   * Takes nothing more, and asks everybody to come again, to what takes its place, once they have been told that what they
   * brought is committed. Settles then.
   */
  retire(): Promise<void>
  /** Writes by the server itself, as nobody. Settles when that is committed. */
  append(append: Append): Promise<void>
  /** Settles when all that it has admitted is committed, whatever has become of it. */
  settled(): Promise<void>
  close(): void
}

export interface RoomStatus {
  readonly seats: number
  /** Edits that are not yet committed. */
  readonly uncommitted: number
  readonly weight: Weight
}

/** Somebody at a socket. */
export interface Guest {
  readonly member: Member
  readonly session: SecretHash
  readonly mayWrite: boolean
  /** Whether it knows what to do when not all of a frame can be taken: then nothing is, and it brings it in another way. */
  readonly whole: boolean
  /** Whether this person may bring so many parts more at this time. */
  afford(parts: number): boolean
  send(frame: Uint8Array): void
  /** As `send`, for what is dropped first when the line is slow. */
  show(frame: Uint8Array): void
  end(code: CloseCode, reason: string): void
}

export interface Seat {
  /** Sends what opens the exchange: what the room knows, and who is there. */
  greet(): void
  /** Sends what a replica with this state lacks. */
  answer(vector: StateVector): void
  edit(step: 'step-2' | 'update', update: Uint8Array): Verdict
  /** Sends the payload back once everything that this seat sent before is committed, or what of it never will be. */
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
  /** Those that the document may have. */
  readonly roots: readonly string[]
  /** Whose the client ids in it are. */
  readonly owners: ReadonlyMap<number, PersonId>
  readonly storage: Pick<Documents, 'fold'>
  readonly committer: Committer
  /** Compacts what is too heavy to be opened between two keystrokes. */
  readonly compact: (updates: readonly Uint8Array[]) => Promise<Uint8Array>
  readonly turns: Turns
  readonly now: () => number
  /** Monotonic, ms: somebody may set the other clock. */
  readonly steady: () => number
  /** ms */
  readonly presenceWindow: number
  readonly report: Report
  /** Told once when the room has failed. */
  readonly failed: () => void
}

/**
 * The most that a document may hold. A two-day agenda with all its history is a thirtieth of the bytes, and the largest of
 * 250 items an eighth of the parts. Opened it takes some 100 MB.
 */
const largest: Weight = { bytes: 16 * 2 ** 20, parts: updateLimits.entries, wide: Number.POSITIVE_INFINITY }
/** What others leave for organizers, who can put a document right; and what goes on for those who type when large things do not. */
const mostOfDelegates: Weight = partOf(largest, 7 / 8)
const mostAtOnce: Weight = partOf(largest, 3 / 4)
/** So much may come beyond the most while it is found out by compacting whether it is. */
const slack: Weight = partOf(largest, 1 / 4)
/** What is loose and more than this may make room; and what is twice as much as the last is made room of unasked. */
const worthCompacting: Weight = partOf(largest, 1 / 16)
const tooLoose: Weight = partOf(largest, 1 / 4)
/**
 * Comparisons of items that claim the same place, which a replica may have to make for a document: a few seconds. One
 * person may bring half of them, and what goes on in such a text without bringing more rivals may double them.
 */
const mostSteps = 6_000_000
const mostStepsOfOne = mostSteps / 2
/** What people type and move, and no file of theirs: comes in while a document is being compacted. */
const small: Weight = { bytes: 2 ** 16, parts: 1000, wide: 1000 }
/** What may wait for the disk, of all rooms, bytes. Beyond it clients keep what they have, and come again. */
const mostUncommitted = 64 * 2 ** 20
/** How often a document is compacted to judge what its readers have deleted, and between two looks whether it may be, ms. */
const judgingAllowance = { perSecond: 1, burst: 5 }
const judgingEvery = 500
/** Of one reader, until it is judged: ranges of deletions, and bytes of questions that wait for it. */
const mostClaimed = 2000
const mostAsked = 2 ** 20
/**
 * How often somebody's words are compared with those that stand under the same ids: each costs a walk over the document,
 * and of a heavy one as many as it is heavier than a light one.
 */
const comparingAllowance = { perSecond: 2, burst: 20 }
/** Of what waits for others that are not there, structs and bytes. A server that was restored from a backup has some. */
const mostWaiting = 400
const mostWaitingBytes = 2 ** 18
/** What is read of a document at once for all who ask, in parts a second; what is beyond it waits for its turn. */
const readingAllowance = { perSecond: 500_000, burst: 2_000_000 }
/** The same of comparisons. */
const roomComparingAllowance = { perSecond: 300_000, burst: 1_500_000 }
/** Ids of which one connection has sent what was not taken. */
const mostLacking = 1000
/** A client's clocks come in order but for what it did offline, so few gaps are honest. */
const mostGaps = 64
/** New client ids that one person may bring into a room while it is open. Each page load is one. */
const mostIntroduced = 2000
/** The log of a document is folded on disk after so many rows. */
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
  /** The marks of texts. Replicas that only read delete those that show nowhere. */
  const formats: Extent = new Map()
  const know = (seen: Inspection) => {
    addExtent(held, seen.structs)
    addExtent(gone, seen.deletes)
    addExtent(formats, seen.formats)
  }

  /** Who has first written under a client id. It is theirs for good: people come back. */
  const owners = new Map(known)
  /** Who is there and may write, by the client id that they have announced. */
  const reserved = new Map<number, SeatState>()
  const introductions = new Map<PersonId, number>()
  const comparisons = new Map<PersonId, Pace>()
  const seats = new Set<SeatState>()
  const presence = createPresence(seats, now, presenceWindow, (error) => fail(error))

  let waiting = { structs: 0, bytes: 0 }
  /** Of all that is admitted; null until somebody edits. */
  let contention: Contention | null = null
  const stepsOf = new Map<PersonId, number>()
  const reading = createPace(readingAllowance, steady())
  const comparing = createPace(roomComparingAllowance, steady())

  /** Edits admitted, and of these committed. */
  let added = 0
  let done = 0
  /** Those that are not committed, with what they weigh. */
  let underway: { readonly bytes: Uint8Array; readonly weight: Weight }[] = []
  let pending = nothing
  let echoes: { readonly seat: SeatState; readonly after: number; readonly frame: Uint8Array }[] = []

  interface SeatState extends Guest {
    client: number | null
    /** The client id that it says is its own. */
    said: number | null
    /** Client ids of which it has sent what was not taken. */
    readonly lacking: Set<number>
    /** Of a reader: ids that it has deleted and nobody else has. What is not brought to light by compacting was its own doing. */
    claims: Extent
    /** Of these, the ones that the compaction under way decides on. */
    judging: Extent
    /** What it has asked of a heavy document, whose answer waits for its turn. */
    question: StateVector | null
    /** Bytes of acknowledgements to this seat that wait. */
    asked: number
    /** `added` when this seat last added something. */
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

  /** Whoever has deleted on their own account may not; the others are told what they have asked meanwhile. */
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
  const judgings = createPace(judgingAllowance, steady())
  const judge = () => {
    look = null
    if (over !== null || ![...seats].some(isJudged)) return
    if (!bytes.compacting() && !bytes.resting() && judgings.take(1, steady())) alone(compactAll().then(judge), fail)
    else look = after(judgingEvery, judge, fail).unref()
  }
  /** Deletions of somebody who only reads. None of them is kept. */
  const claim = (seat: SeatState, deletes: Extent): Verdict => {
    const own = without(without(deletes, gone), formats)
    if (own.size === 0) return well
    if (bytes.loose().parts === 0) return refuse(4403, 'reading only')
    // A replica knows of deletions that nobody sent it. So do we, once we look.
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

  /** It takes nothing more: it has failed, or another takes its place. */
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
      // Two versions of the same would be shown differently to different people.
      if (different.size > 0) return well
      // Said twice, it would be taken apart differently by different replicas. What of one's own comes without its content
      // is deleted.
      const own = new Map([...deletes].filter(([client]) => known.has(client) && !isForeign(seat, client)))
      update = merge([lacking(update, vectorOf(held)), deletionOf(own)])
      seen = inspect(update) as Inspection
    }
    if (!isNews(seen)) {
      // It may be known from another connection and still be on its way.
      seat.last = added
      return well
    }
    const onlyDeletes = includes(held, seen.structs)
    if (!seat.mayWrite) return onlyDeletes ? claim(seat, seen.deletes) : refuse(4403, 'reading only')
    // What nothing shows could be neither seen nor taken away.
    if (![...seen.roots].every((root) => roots.includes(root))) return refuse(4400, 'no such root')
    if (onlyDeletes && step === 'step-2') {
      // All that the replica knows to be deleted, and it knows of deletions that nobody sent it: what is new to us is little.
      update = deletionOf(without(seen.deletes, gone))
      seen = inspect(update) as Inspection
    }

    const { structs: brought, deletes: removed } = seen
    // What nobody has written yet is for its writer to delete: to have announced an id is not to have written under it.
    const foreign = (client: number) => {
      return isForeign(seat, client) || !(owners.has(client) || held.has(client) || brought.has(client))
    }
    const beyond = [
      ...[...brought.keys()].filter((client) => foreign(client) && reachesBeyond(brought, held, client)),
      ...[...removed.keys()].filter((client) => foreign(client) && deletesAhead(removed, client)),
    ]
    if (beyond.length > 0 && step === 'update') {
      const others = beyond.some((client) => client !== seat.said && reachesBeyond(brought, held, client))
      // Not final where it may be honest: the own id can be taken, and a replica can be ahead of a server that was restored.
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

    admit(update, seen, { person: seat.member.person, session: seat.session })
    seat.last = added
    return well
  }

  /** It is to be committed, and what is known from now on has it. */
  const admit = (update: Uint8Array, seen: Inspection, by: { person: PersonId; session: SecretHash }) => {
    const claims = [...seen.structs.keys()].filter((client) => !held.has(client))
    for (const client of claims) owners.set(client, by.person)
    know(seen)
    // A copy: what came from the socket is a view into a buffer that holds other frames.
    const copy = update.slice()
    const weight = weightOf(update, seen)
    committer.add(commits, { document: key, bytes: copy, ...by, at: now(), claims })
    added += 1
    underway.push({ bytes: copy, weight })
    pending = plus(pending, weight)
  }

  /** Why there is no room for this, if there is none. */
  const overflowOf = (seat: SeatState, weight: Weight, onlyDeletes: boolean): Verdict | null => {
    const after = plus(plus(bytes.weight(), pending), weight)
    const isSmall = isWithin(weight, small)
    const most = seat.member.role === 'organizer' ? largest : isSmall ? mostOfDelegates : mostAtOnce
    const mayWait = isSmall && isWithin(after, plus(largest, slack))
    // What is deleted makes room, if not at once.
    if (isWithin(after, most) || (onlyDeletes && mayWait)) return null
    // History may be next to nothing once it is compacted: nobody is told that a document is full before that is known.
    if (isWithin(bytes.loose(), worthCompacting)) return refuse(4413, 'the document is full')
    if (!bytes.resting()) alone(compactAll(), fail)
    return mayWait ? null : refuse(1013, 'the document is being compacted')
  }

  /** Why so many may not claim the same place, if they may not. What has not been refused is counted. */
  const rivalryOf = (seat: SeatState, seen: Inspection): Verdict | null => {
    contention ??= openContention(
      [...bytes.updates(), ...underway.map((edit) => edit.bytes)].map(
        (update) => inspect(update, storedLimits) as Inspection,
      ),
    )
    const { person, role } = seat.member
    const before = contention.steps()
    const added = contention.add(seen, without(seen.deletes, gone))
    const after = contention.steps()
    const own = (stepsOf.get(person) ?? 0) + added.steps
    const most = added.steps === 0 ? mostSteps * 2 : role === 'organizer' ? mostSteps : mostSteps * (7 / 8)
    if (after > before && (after > most || own > mostStepsOfOne)) {
      added.undo()
      if (own > mostStepsOfOne) return refuse(4429, 'too many at one place')
      // What people have typed one letter after the other is much less once it is compacted.
      if (isWithin(bytes.loose(), worthCompacting)) return refuse(4413, 'the document is full')
      if (!bytes.resting()) alone(compactAll(), fail)
      return contention === null ? rivalryOf(seat, seen) : refuse(1013, 'the document is being compacted')
    }
    if (added.steps > 0) stepsOf.set(person, own)
    return null
  }

  /** What integration pays for by the square: gaps, and writers at one place. */
  const excessOf = (seat: SeatState, seen: Inspection, update: Uint8Array): Verdict | null => {
    let fresh = 0
    for (const [client, ranges] of seen.structs) {
      if (!reachesBeyond(seen.structs, held, client)) continue
      if (!held.has(client)) fresh += 1
      const joined: Extent = new Map([[client, [...(held.get(client) ?? [])]]])
      addExtent(joined, new Map([[client, ranges]]))
      if ((joined.get(client)?.length ?? 0) > mostGaps * 2) return refuse(4429, 'too many gaps')
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

  /** How many structs of it wait for others that are not there. Every replica keeps and brings them again and again. */
  function waitingIn({ structs, references, count }: Inspection): number {
    const reaches = new Map<number, number>()
    /** How far a client is there without a gap, with this. What stands behind one waits itself. */
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

  /** The one client whose structs are new in an update. */
  const soleWriter = (seen: Inspection): number | null => {
    const news = [...seen.structs.keys()].filter((client) => reachesBeyond(seen.structs, held, client))
    return news.length === 1 ? (news[0] as number) : null
  }
  /** While it is there, nobody else writes under it. */
  const own = (seat: SeatState, client: number | null) => {
    if (client === null || isForeign(seat, client)) return
    // Who only reads has written nothing: an id that the document knows is that of somebody who may come back.
    if (!seat.mayWrite && held.has(client)) return
    if (seat.mayWrite) reserved.set(client, seat)
    seat.client = client
  }
  /** Whose an id is. Those that a document began with are nobody's. */
  const holderOf = (client: number): PersonId | undefined =>
    owners.get(client) ?? (held.has(client) ? nobody : reserved.get(client)?.member.person)
  const isForeign = (seat: SeatState, client: number) => (holderOf(client) ?? seat.member.person) !== seat.member.person

  /** Whether deletions of a client reach what is neither known nor deleted. */
  const deletesAhead = (deletes: Extent, client: number): boolean => {
    if (!reachesBeyond(deletes, held, client)) return false
    const known: Extent = new Map([[client, (held.get(client) ?? []).slice()]])
    addExtent(known, new Map([[client, gone.get(client) ?? []]]))
    return reachesBeyond(deletes, known, client)
  }

  /** Ids under which something is known already of what is brought. */
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
    const pace = comparisons.get(person) ?? createPace(comparingAllowance, steady())
    comparisons.set(person, pace)
    const { parts } = bytes.weight()
    return comparing.take(parts, steady()) && pace.take(Math.max(1, parts / light.parts), steady())
  }

  const awareness = (seat: SeatState, entries: readonly AwarenessEntry[]): Verdict => {
    if (seat.client === null && entries.length === 1) {
      const { client } = entries[0] as AwarenessEntry
      seat.said ??= client
      own(seat, client)
      // Now that the own id is known, the others of the same person can be told from it.
      if (seat.client !== null) presence.greet(seat)
    }
    // A stock client sends on what it hears of others.
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
          // What nobody here has written makes no other answer.
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
