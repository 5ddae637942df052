import type { PersonId } from '../shared/domain/agenda.ts'
import { differing } from '../shared/wire/content.ts'
import { addExtent, type Extent, includes, overlaps, vectorOf } from '../shared/wire/extent.ts'
import {
  type AwarenessEntry,
  encodeAcknowledge,
  encodeLacking,
  encodeStep1,
  encodeStep2,
  encodeUpdate,
  type StateVector,
} from '../shared/wire/frame.ts'
import { type Inspection, inspect, storedLimits } from '../shared/wire/inspect.ts'
import { compact, deletionOf, lacking, merge, reachesBeyond, tidies, trim } from '../shared/wire/sync.ts'
import type { CloseCode } from './closing.ts'
import type { Committer, Waiting } from './committer.ts'
import { alone, type Report } from './guard.ts'
import { createPace, type Pace } from './pace.ts'
import { createPresence } from './presence.ts'
import {
  type Member,
  nobody,
  type RowKey,
  type SecretHash,
  type Storage,
  type StoredDocument,
} from './storage/storage.ts'

/**
 * One live document: bytes, not a Yjs document. What is committed is a base and a tail of updates; nothing else is ever
 * sent. What is known, committed or on its way, is kept as sets of ids, against which every update is admitted.
 */
export interface Room {
  readonly epoch: number
  join(guest: Guest): Seat
  status(): RoomStatus
  /** Settles when what the log holds of this document is folded into its base. */
  fold(): Promise<void>
  /**
   * Something has thrown in the midst of it, so that nobody knows what it holds. It ends here: everybody is asked to come
   * again, and the room is loaded anew. What was on its way to the disk still gets there, and nobody is told that it has.
   */
  fail(error: unknown): void
  close(): void
}

export interface RoomStatus {
  readonly seats: number
  /** Edits that are not yet committed. */
  readonly uncommitted: number
  readonly bytes: number
}

/** Somebody at a socket. */
export interface Guest {
  readonly member: Member
  readonly session: SecretHash
  readonly mayWrite: boolean
  /** Whether it knows what to do when not all of a frame can be taken: then nothing is, and it brings it in another way. */
  readonly whole: boolean
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
  /** Whose the client ids in it are. */
  readonly owners: ReadonlyMap<number, PersonId>
  readonly storage: Pick<Storage, 'fold'>
  readonly committer: Committer
  readonly now: () => number
  /** Monotonic, ms: somebody may set the other clock. */
  readonly steady: () => number
  /** ms */
  readonly presenceWindow: number
  readonly report: Report
  /** Told once when the room has failed. */
  readonly failed: () => void
}

/** The most that a document may hold, bytes. A two-day agenda with all its history is a thirtieth of this. */
const largestDocument = 16 * 2 ** 20
/** What may wait for the disk, of all rooms, bytes. Beyond it clients keep what they have, and come again. */
const mostUncommitted = 64 * 2 ** 20
/** A tail is folded into its base after so many commits: joining merges it, and memory holds it. */
const longestTail = 500
/** How often deletions are looked at that may have to be known already: each costs a reading of the document or two. */
const tidyingAllowance = { perSecond: 2, burst: 10 }
/** How often somebody's words are compared with those that stand under the same ids: each costs a walk over the document. */
const comparingAllowance = { perSecond: 2, burst: 20 }
/** A client's clocks come in order but for what it did offline, so few gaps are honest. */
const mostGaps = 64
/** New client ids that one person may bring into a room while it is open. Each page load is one. */
const mostIntroduced = 2000
/** The log of a document is folded on disk after so many rows. */
const rowsPerFold = 2000

const well: Verdict = { status: 'well' }
const refuse = (code: CloseCode, reason: string): Verdict => ({ status: 'refused', code, reason })

export function openRoom(options: RoomOptions): Room {
  const { stored, owners: known, storage, committer, now, steady, presenceWindow, report, failed } = options
  const key = stored.key
  let base = stored.base
  let tail: Uint8Array[] = []
  let tailBytes = 0
  /** Commits since the base was last compacted. */
  let loose = 0
  let rows: RowKey[] = []
  let folding: Promise<void> | null = null

  const held: Extent = new Map()
  const gone: Extent = new Map()
  const learn = (update: Uint8Array) => {
    const seen = inspect(update, storedLimits)
    if (seen === null) throw new Error(`document ${key} holds bytes that are no update`)
    know(seen)
  }
  const know = (seen: Inspection) => {
    addExtent(held, seen.structs)
    addExtent(gone, seen.deletes)
  }

  /** Deletions of marks that show nowhere, which replicas that only read have sent. Not kept. */
  const tidied: Extent = new Map()
  /** Who has first written under a client id. It is theirs for good: people come back. */
  const owners = new Map(known)
  /** Who is there and may write, by the client id that they have announced. */
  const reserved = new Map<number, SeatState>()
  const introductions = new Map<PersonId, number>()
  const comparisons = new Map<PersonId, Pace>()
  const seats = new Set<SeatState>()
  const presence = createPresence(seats, now, presenceWindow, (error) => fail(error))

  /** Edits admitted, and of these committed. */
  let added = 0
  let done = 0
  /** Those that are not committed, and their bytes. */
  let underway: Uint8Array[] = []
  let pending = 0
  let echoes: { readonly seat: SeatState; readonly after: number; readonly frame: Uint8Array }[] = []

  interface SeatState extends Guest {
    client: number | null
    /** The client id that it says is its own. */
    said: number | null
    /** Client ids of which it has sent what was not taken. */
    readonly lacking: Set<number>
    readonly tidying: Pace
    /** `added` when this seat last added something. */
    last: number
  }

  /** The committed document as one update. */
  const whole = (): Uint8Array => {
    if (tail.length > 0) {
      if (loose > longestTail) tidy()
      else {
        base = merge([base, ...tail])
        tail = []
        tailBytes = 0
      }
    }
    return base
  }
  /** Rewrites the base as Yjs itself would write it. Learns the deletions that nobody sent: concurrent writes imply them. */
  const tidy = () => {
    if (loose === 0) return
    base = compact([base, ...tail])
    tail = []
    tailBytes = 0
    loose = 0
    tidied.clear()
    learn(base)
  }

  const fold = async () => {
    if (folding !== null) return folding
    if (rows.length === 0) return
    try {
      tidy()
    } catch (error) {
      fail(error)
      return
    }
    const folded = rows
    rows = []
    folding = storage
      .fold(key, base, folded)
      .catch((error: unknown) => {
        rows = [...folded, ...rows]
        report(error)
      })
      .finally(() => {
        folding = null
      })
    return folding
  }

  let broken = false
  const fail = (error: unknown) => {
    report(error)
    if (broken) return
    broken = true
    failed()
    for (const seat of [...seats]) seat.end(1011, 'cannot serve now')
    presence.close()
  }

  const waiting: Waiting = {
    failed: fail,
    committed(edits, keys) {
      if (broken) return
      done += edits.length
      underway = underway.slice(edits.length)
      for (const { bytes } of edits) pending -= bytes.length
      rows.push(...keys)
      const update = merge(edits.map((edit) => edit.bytes))
      tail.push(update)
      tailBytes += update.length
      loose += 1
      const frame = encodeUpdate(update)
      for (const seat of seats) seat.send(frame)
      if (echoes.length > 0) {
        const due = echoes.filter((echo) => echo.after <= done)
        echoes = echoes.filter((echo) => echo.after > done)
        for (const { seat, frame: echo } of due) if (seats.has(seat)) seat.send(echo)
      }
      if (tail.length >= longestTail) tidy()
      if (rows.length >= rowsPerFold) alone(fold(), fail)
    },
  }

  const isNews = (seen: Inspection) => !includes(held, seen.structs) || !includes(gone, seen.deletes)

  const edit = (seat: SeatState, step: 'step-2' | 'update', received: Uint8Array): Verdict => {
    let update = received
    let seen = inspect(update)
    if (seen === null) return refuse(4400, 'malformed update')
    if (seat.whole && seat.lacking.size > 0) return well
    const known = knownIn(seen)
    if (known.size > 0) {
      const { deletes } = seen
      if (!mayCompare(seat)) return refuse(1013, 'too much to compare')
      const different = differing([base, ...tail, ...underway], update, deletes, known, (client) =>
        isForeign(seat, client),
      )
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
    if (!seat.mayWrite && !onlyDeletes) return refuse(4403, 'reading only')
    if (onlyDeletes && (step === 'step-2' || !seat.mayWrite)) {
      const mayLook = seat.tidying.take(1, steady())
      if (!mayLook && !seat.mayWrite) return refuse(4429, 'too many deletions from a reader')
      // A replica knows of deletions that nobody sent it. So do we, once we look. Unlooked at, a writer's are written again.
      if (mayLook) tidy()
      if (!isNews(seen)) {
        seat.last = added
        return well
      }
    }
    if (!seat.mayWrite) {
      if (includes(tidied, seen.deletes)) return well
      if (!tidies(whole(), update)) return refuse(4403, 'reading only')
      addExtent(tidied, gone)
      addExtent(tidied, seen.deletes)
      return well
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
      if (seat.whole) return well
      ;({ update, seen } = trim(update, seen, held, foreign))
      if (!isNews(seen)) {
        seat.last = added
        return well
      }
    }
    if (step === 'update' && seat.client === null) own(seat, soleWriter(seen))
    const excess = excessOf(seat, seen)
    if (excess !== null) return excess
    if (base.length + tailBytes + pending + update.length > largestDocument) {
      return refuse(4413, 'the document is full')
    }
    if (committer.waiting() + update.length > mostUncommitted) return refuse(1013, 'the disk is slow')

    const { person } = seat.member
    const claims = [...seen.structs.keys()].filter((client) => !held.has(client))
    for (const client of claims) owners.set(client, person)
    know(seen)
    // A copy: what came from the socket is a view into a buffer that holds other frames.
    const bytes = update.slice()
    committer.add(waiting, { document: key, bytes, person, session: seat.session, at: now(), claims })
    added += 1
    underway.push(bytes)
    pending += bytes.length
    seat.last = added
    return well
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
    return pace.take(1, steady())
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

  learn(base)
  for (const { row, bytes } of stored.tail) {
    learn(bytes)
    rows.push(row)
    tail.push(bytes)
    tailBytes += bytes.length
  }
  loose = tail.length
  if (tail.length > 0) tidy()

  return {
    epoch: stored.epoch,
    join(guest) {
      const seat: SeatState = {
        ...guest,
        client: null,
        said: null,
        lacking: new Set(),
        last: 0,
        tidying: createPace(tidyingAllowance, steady()),
      }
      seats.add(seat)
      return {
        greet() {
          if (broken) return seat.end(1011, 'cannot serve now')
          seat.send(encodeStep1(vectorOf(held)))
          presence.greet(seat)
        },
        answer(vector) {
          seat.send(encodeStep2(lacking(whole(), vector)))
        },
        edit: (step, update) => edit(seat, step, update),
        acknowledge(payload) {
          const frame = seat.lacking.size > 0 ? encodeLacking(seat.lacking) : encodeAcknowledge(payload)
          if (seat.last <= done) seat.send(frame)
          else echoes.push({ seat, after: seat.last, frame })
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
    status: () => ({ seats: seats.size, uncommitted: added - done, bytes: base.length + tailBytes }),
    fold,
    fail,
    close() {
      presence.close()
    },
  }
}
