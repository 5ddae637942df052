import { roots } from '../shared/document/schema.ts'
import type { PersonId } from '../shared/domain/agenda.ts'
import { addExtent, type Extent, includes, vectorOf, without } from '../shared/wire/extent.ts'
import {
  type AwarenessEntry,
  decodeVector,
  encodeAcknowledge,
  encodeStep1,
  encodeStep2,
  encodeUpdate,
  type StateVector,
} from '../shared/wire/frame.ts'
import { type Inspection, inspect, updateLimits } from '../shared/wire/inspect.ts'
import { deletionOf, lacking, merge, reachesBeyond, trim } from '../shared/wire/sync.ts'
import { isWithin, minus, nothing, partOf, plus, type Weight, weightOf } from '../shared/wire/weight.ts'
import { openBytes } from './bytes.ts'
import type { CloseCode } from './closing.ts'
import type { Committer, Waiting } from './committer.ts'
import { createPace } from './pace.ts'
import { createPresence, longestState } from './presence.ts'
import type { Member, RowKey, SecretHash, Storage, StoredDocument } from './storage/storage.ts'
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
  /** Whether this person may bring so many parts more at this time. */
  afford(parts: number): boolean
  /** Ends it: what it said a moment ago was not for it to say. */
  end(code: CloseCode, reason: string): void
  send(frame: Uint8Array): void
  /** As `send`, for what is dropped first when the line is slow. */
  show(frame: Uint8Array): void
}

export interface Seat {
  /** Sends what opens the exchange: what the room knows, and who is there. */
  greet(): void
  /** Sends what a replica with this state lacks. */
  answer(vector: StateVector): void
  edit(step: 'step-2' | 'update', update: Uint8Array): Verdict
  /** Sends the payload back once everything that this seat sent before is committed. */
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
  readonly storage: Pick<Storage, 'fold'>
  readonly committer: Committer
  /** Compacts what is too heavy to be opened between two keystrokes. */
  readonly compact: (updates: readonly Uint8Array[]) => Promise<Uint8Array>
  readonly turns: Turns
  readonly now: () => number
  /** ms */
  readonly presenceWindow: number
  readonly report: (error: unknown) => void
}

/**
 * The most that a document may hold. A two-day agenda with all its history is a thirtieth of the bytes, and the largest of
 * 250 items an eighth of the parts. Opened it takes some 100 MB.
 */
const largest: Weight = { bytes: 16 * 2 ** 20, parts: updateLimits.entries }
/** What others leave for organizers, who can put a document right; and what goes on for those who type when large things do not. */
const mostOfDelegates: Weight = partOf(largest, 7 / 8)
const mostAtOnce: Weight = partOf(largest, 3 / 4)
/** So much may come beyond the most while it is found out by compacting whether it is. */
const slack: Weight = partOf(largest, 1 / 4)
/** What is loose and more than this may make room; and what is twice as much as the last is made room of unasked. */
const worthCompacting: Weight = partOf(largest, 1 / 16)
const tooLoose: Weight = partOf(largest, 1 / 4)
/** What people type and move, and no file of theirs: comes in while a document is being compacted. */
const small: Weight = { bytes: 2 ** 16, parts: 1000 }
/** What may wait for the disk, of all rooms, bytes. Beyond it clients keep what they have, and come again. */
const mostUncommitted = 64 * 2 ** 20
/** How often a document is compacted to judge what its readers have deleted, and between two looks whether it may be, ms. */
const judgingAllowance = { perSecond: 1, burst: 5 }
const judgingEvery = 500
/** Of one reader, until it is judged: ranges of deletions, and bytes of questions that wait for it. */
const mostClaimed = 2000
const mostAsked = 2 ** 20
/** A client's clocks come in order but for what it did offline, so few gaps are honest. */
const mostGaps = 64
/** New client ids that one person may bring into a room while it is open. Each page load is one. */
const mostIntroduced = 2000
/** The log of a document is folded on disk after so many rows. */
const rowsPerFold = 2000

const well: Verdict = { status: 'well' }
const refuse = (code: CloseCode, reason: string): Verdict => ({ status: 'refused', code, reason })

export function openRoom(options: RoomOptions): Room {
  const { stored, storage, committer, compact, turns, now, presenceWindow, report } = options
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

  /** Who has used a client id in this room since it was opened. Outlives the connection: people come back. */
  const owners = new Map<number, PersonId>()
  const introductions = new Map<PersonId, number>()
  const seats = new Set<SeatState>()
  const presence = createPresence(seats, now, presenceWindow)

  /** Edits admitted, and of these committed. */
  let added = 0
  let done = 0
  /** Of those that are not committed. */
  let pending = nothing
  const weights: Weight[] = []
  let echoes: { readonly seat: SeatState; readonly after: number; readonly frame: Uint8Array }[] = []

  interface SeatState extends Guest {
    client: number | null
    /** The client id that it says is its own. */
    said: number | null
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
    now,
    report,
    learned(seen) {
      formats.clear()
      for (const one of seen) know(one)
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
  const judgings = createPace(judgingAllowance, now())
  const judge = () => {
    look = null
    if (![...seats].some(isJudged)) return
    if (!bytes.compacting() && !bytes.resting() && judgings.take(1, now())) void compactAll().then(judge, report)
    else look = setTimeout(judge, judgingEvery).unref()
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

  const waiting: Waiting = {
    committed(edits, keys) {
      done += edits.length
      const weight = weights.splice(0, edits.length).reduce(plus, nothing)
      pending = minus(pending, weight)
      rows.push(...keys)
      const update = merge(edits.map((edit) => edit.bytes))
      bytes.add(update, weight.parts)
      const frame = encodeUpdate(update)
      for (const seat of seats) seat.send(frame)
      echo()
      if (!bytes.resting() && !isWithin(bytes.loose(), tooLoose)) void compactAll()
      if (rows.length >= rowsPerFold) void fold()
    },
  }

  const isFormer = (ids: ReadonlyMap<number, unknown>) =>
    former.size > 0 && [...ids.keys()].some((one) => former.has(one))
  const isNews = (seen: Inspection) => !includes(held, seen.structs) || !includes(gone, seen.deletes)

  const edit = (seat: SeatState, step: 'step-2' | 'update', received: Uint8Array): Verdict => {
    let update = received
    let seen = inspect(update)
    if (seen === null) return refuse(4400, 'malformed update')
    if (!seat.afford(seen.parts)) return refuse(4429, 'too much')
    if (isFormer(seen.structs) || isFormer(seen.deletes)) return refuse(4410, 'of an earlier lineage')
    if (!isNews(seen)) {
      // It may be known from another connection and still be on its way.
      seat.last = added
      return well
    }
    const onlyDeletes = includes(held, seen.structs)
    // What no agenda shows could be neither seen nor taken away.
    if (![...seen.roots].every((root) => roots.some((one) => one === root))) return refuse(4400, 'no such root')
    if (!seat.mayWrite) return onlyDeletes ? claim(seat, seen.deletes) : refuse(4403, 'reading only')
    if (onlyDeletes && step === 'step-2') {
      // All that the replica knows to be deleted, and it knows of deletions that nobody sent it: what is new to us is little.
      update = deletionOf(without(seen.deletes, gone))
      seen = inspect(update) as Inspection
    }

    const foreign = (client: number) => {
      const owner = owners.get(client)
      return owner !== undefined && owner !== seat.member.person
    }
    if (step === 'step-2') {
      // Without what it has written itself an echo would be a lie.
      if (seat.said !== null && foreign(seat.said) && reachesBeyond(seen.structs, held, seat.said)) {
        return refuse(1013, 'the client id is taken')
      }
      ;({ update, seen } = trim(update, seen, held, foreign))
      if (!isNews(seen)) {
        seat.last = added
        return well
      }
    } else {
      for (const client of seen.structs.keys()) {
        if (foreign(client) && reachesBeyond(seen.structs, held, client)) {
          return refuse(4403, 'a client id of somebody else')
        }
      }
      for (const client of seen.deletes.keys()) {
        // Not final: an honest replica can be ahead of a server that was restored. It comes back with a step 2.
        if (foreign(client) && reachesBeyond(seen.deletes, held, client)) return refuse(1013, 'ahead of the server')
      }
      if (seat.client === null) own(seat, soleWriter(seen))
    }
    const excess = excessOf(seat, seen)
    if (excess !== null) return excess
    const weight = weightOf(update, seen)
    const overflow = overflowOf(seat, weight, onlyDeletes)
    if (overflow !== null) return overflow
    if (committer.waiting() + update.length > mostUncommitted) return refuse(1013, 'the disk is slow')

    know(seen)
    // A copy: what came from the socket is a view into a buffer that holds other frames.
    const copy = update.slice()
    committer.add(waiting, { document: key, bytes: copy, person: seat.member.person, session: seat.session, at: now() })
    added += 1
    pending = plus(pending, weight)
    weights.push(weight)
    seat.last = added
    return well
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
    if (!bytes.resting()) void compactAll()
    return mayWait ? null : refuse(1013, 'the document is being compacted')
  }

  /** What integration pays for by the square: gaps, and writers at one place. */
  const excessOf = (seat: SeatState, seen: Inspection): Verdict | null => {
    let fresh = 0
    for (const client of seen.structs.keys()) {
      const ranges = held.get(client)
      if (ranges === undefined) fresh += 1
      else if (ranges.length > mostGaps * 2) return refuse(4429, 'too many gaps')
    }
    if (fresh === 0) return null
    const introduced = (introductions.get(seat.member.person) ?? 0) + fresh
    if (introduced > mostIntroduced) return refuse(4429, 'too many client ids')
    introductions.set(seat.member.person, introduced)
    return null
  }

  /** The one client whose structs are new in an update. */
  const soleWriter = (seen: Inspection): number | null => {
    const news = [...seen.structs.keys()].filter((client) => reachesBeyond(seen.structs, held, client))
    return news.length === 1 ? (news[0] as number) : null
  }
  const own = (seat: SeatState, client: number | null) => {
    if (client === null || (owners.get(client) ?? seat.member.person) !== seat.member.person) return
    // Who only reads has written nothing: an id that the document knows is that of somebody who may come back.
    if (!seat.mayWrite && held.has(client)) return
    if (seat.mayWrite) owners.set(client, seat.member.person)
    seat.client = client
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
    if (entry.json.length > longestState) return refuse(4413, 'presence too large')
    return presence.say(seat, seat.client, entry.json) ? well : refuse(4400, 'malformed presence')
  }

  rows = stored.tail.map(({ row }) => row)
  if (bytes.isLight() || !isWithin(bytes.loose(), worthCompacting)) void compactAll()

  return {
    epoch: stored.epoch,
    isFormer,
    join(guest) {
      const seat: SeatState = {
        ...guest,
        client: null,
        said: null,
        claims: new Map(),
        judging: new Map(),
        question: null,
        asked: 0,
        last: 0,
      }
      seats.add(seat)
      return {
        greet() {
          seat.send(encodeStep1(vectorOf(held)))
          presence.greet(seat)
        },
        answer(vector) {
          if (bytes.isLight()) return seat.send(encodeStep2(lacking(bytes.whole(), vector)))
          const asked = seat.question !== null
          seat.question = vector
          if (asked) return
          turns.take(() => {
            const question = seat.question
            seat.question = null
            if (question !== null && seats.has(seat)) seat.send(encodeStep2(lacking(bytes.whole(), question)))
          })
        },
        edit: (step, update) => edit(seat, step, update),
        acknowledge(payload) {
          const frame = encodeAcknowledge(payload)
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
          if (seats.delete(seat)) presence.leave(seat)
        },
      }
    },
    status: () => ({ seats: seats.size, uncommitted: added - done, weight: bytes.weight() }),
    fold,
    close() {
      if (look !== null) clearTimeout(look)
      presence.close()
    },
  }
}

function rangesOf(extent: Extent): number {
  let sum = 0
  for (const ranges of extent.values()) sum += ranges.length / 2
  return sum
}
