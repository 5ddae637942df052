import type { Owner, Quotas } from '../access/quota.ts'
import { every, type Report } from '../process/guard.ts'
import type { Member } from '../storage/members.ts'
import type { Ears, Transport } from './transport.ts'

/**
 * Counts the bytes that wait on all lines: those sent to readers that are slow, and those of frames that have not
 * arrived whole. Where a person, link, meeting or the server has too many, the line with most of them is dropped.
 */
export interface Backlog {
  /** The line, counted. `arriving`: bytes that have come of an unfinished frame, and all bytes that have come. */
  count(line: Transport, member: Member, arriving?: () => Arriving): Transport
  /** Whether so much waits for this person that nothing large is sent on any of their lines. */
  isBehind(member: Member): boolean
  close(): void
}

export interface Arriving {
  readonly unfinished: number
  readonly all: number
}

export interface BacklogOptions {
  readonly quotas: Quotas
  /** Monotonic, ms. */
  readonly steady: () => number
  readonly report: Report
  /** Bytes sent on a line that are not counted before the next look. */
  readonly little?: number
}

/** ms */
const looksEvery = 250
/** A line on which more than this waits, bytes, moves at least so many in this time, ms. */
const much = 256 * 2 ** 10
const leastMoved = 64 * 2 ** 10
const patience = 30_000
/** A whole document. */
const tooMuchForOne = 16 * 2 ** 20

interface Counted {
  readonly line: Transport
  readonly member: Member
  readonly arriving: () => Arriving
  ears: Ears | null
  ended: boolean
  gone: boolean
  bytes: number
  sent: number
  /** Of these, those that had been sent when it was counted last. */
  seen: number
  /** Bytes that had gone through when it was last seen to move, and when. */
  moved: number
  movedAt: number
}

export function createBacklog({ quotas, steady, report, little = 16 * 2 ** 10 }: BacklogOptions): Backlog {
  const lines = new Set<Counted>()

  /** The narrowest owner that then has too much, or null. */
  const recount = (one: Counted): Owner | null => {
    const bytes = one.line.buffered() + one.arriving().unfinished
    const more = bytes - one.bytes
    one.bytes = bytes
    one.seen = one.sent
    return more === 0 ? null : quotas.add('waiting', one.member, more)
  }
  const remove = (one: Counted) => {
    if (!lines.delete(one)) return
    one.gone = true
    quotas.give('waiting', one.member, one.bytes)
    one.bytes = 0
  }
  /** The client is told by its next attempt: what waits stands before every other word. */
  const drop = (one: Counted) => {
    remove(one)
    one.ears?.closed(1013)
    one.line.drop()
  }
  const relieve = (owner: Owner, of: Member) => {
    for (const one of lines) recount(one)
    while (quotas.used('waiting', owner, of) > quotas.most('waiting', owner)) {
      const worst = worstOf(lines, owner, of)
      if (worst === null) return
      drop(worst)
    }
  }
  const look = () => {
    const time = steady()
    for (const one of lines) {
      const beyond = recount(one)
      if (beyond !== null) relieve(beyond, one.member)
      if (one.ended && one.bytes === 0) remove(one)
      const moved = one.sent - one.line.buffered() + one.arriving().all
      if (one.bytes < much || moved - one.moved >= leastMoved) Object.assign(one, { moved, movedAt: time })
      else if (time - one.movedAt > patience) drop(one)
    }
  }
  const timer = every(looksEvery, look, report).unref()

  return {
    count(line, member, arriving = () => nothing) {
      const one: Counted = {
        line,
        member,
        arriving,
        ears: null,
        ended: false,
        gone: false,
        bytes: 0,
        sent: 0,
        seen: 0,
        moved: 0,
        movedAt: steady(),
      }
      lines.add(one)
      return {
        ...line,
        send(frame) {
          line.send(frame)
          one.sent += frame.length
          // What is on its way is counted when it is looked at: counting each frame of a broadcast costs as much as sending it.
          if (one.gone || one.sent - one.seen < little) return
          const beyond = recount(one)
          if (beyond !== null) relieve(beyond, member)
        },
        end(code, reason) {
          one.ended = true
          line.end(code, reason)
        },
        drop() {
          remove(one)
          line.drop()
        },
        listen(ears) {
          const closed = (code: number) => {
            remove(one)
            ears.closed(code)
          }
          one.ears = { ...ears, closed }
          line.listen(one.ears)
        },
      }
    },
    isBehind: (member) => quotas.used('waiting', 'person', member) > tooMuchForOne,
    close: () => clearInterval(timer),
  }
}

const nothing: Arriving = { unfinished: 0, all: 0 }

const scopes = {
  server: () => '',
  meeting: ({ meeting }: Member): string => meeting,
  link: ({ invitation }: Member): string => invitation,
  person: ({ person }: Member): string => person,
}
const narrowing = ['server', 'meeting', 'link', 'person'] as const satisfies readonly Owner[]

/**
 * The line with most bytes, of the person with most, of the link, of the meeting: many lines with little each are as
 * heavy as one, and nobody is dropped for what others have.
 */
function worstOf(lines: Iterable<Counted>, owner: Owner, of: Member): Counted | null {
  const scope = scopes[owner]
  let among = [...lines].filter(({ bytes, member }) => bytes > 0 && scope(member) === scope(of))
  for (const step of narrowing.slice(narrowing.indexOf(owner) + 1).map((narrower) => scopes[narrower])) {
    const sums = new Map<string, number>()
    for (const { bytes, member } of among) sums.set(step(member), (sums.get(step(member)) ?? 0) + bytes)
    const [largest] = [...sums].sort(([, a], [, b]) => b - a)[0] ?? []
    among = among.filter(({ member }) => step(member) === largest)
  }
  return among.sort((a, b) => b.bytes - a.bytes)[0] ?? null
}
