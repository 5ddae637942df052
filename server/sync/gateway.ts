import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { type DocumentName, documentNames, documentOn } from '../../shared/document/documents.ts'
import type { MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import { everyDocument } from '../../shared/wire/channel.ts'
import { readSession, sameOrigin } from '../access/cookie.ts'
import { mayRead, mayWrite } from '../access/permission.ts'
import type { Quotas } from '../access/quota.ts'
import { hashSecret } from '../access/secret.ts'
import { alone, every, ignoreErrors, listen, type Report } from '../process/guard.ts'
import type { CloseCode } from '../room/closecode.ts'
import type { Rooms } from '../room/rooms.ts'
import type { Endings } from '../storage/endings.ts'
import type { Member, Members, SecretHash } from '../storage/members.ts'
import { Damaged } from '../storage/storage.ts'
import { type Address, addressOf } from './address.ts'
import { createBacklog } from './backlog.ts'
import { type Asked, shareLine } from './channels.ts'
import {
  type Connection,
  createRateLimits,
  largestFrame,
  openConnection,
  type RateLimits,
  shares,
} from './connection.ts'
import { createRequests } from './requests.ts'
import { arrivals, endSocket, nameTheCodes, socketTransport } from './socket.ts'
import type { Transport } from './transport.ts'

/** Where clients connect: `/sync/MEETING/DOCUMENT`, by a socket or, where sockets are blocked, by plain requests. */
export interface Gateway {
  /** Whether a protocol upgrade request is for us. */
  upgrades(request: IncomingMessage): boolean
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** True when the request, which is not an upgrade, was ours. */
  request(request: IncomingMessage, response: ServerResponse): boolean
  /** Ends the connections whose session has lost the rights that it came with, or whose meeting has been deleted. */
  review(): Promise<void>
  /** Ends all connections of this session. */
  endSession(session: SecretHash): void
  /** Has all connections of this session come again, as the session that has taken its place. */
  renewSession(session: SecretHash): void
  connections(): number
  /** Accepts no new connections and reads no more frames. Answers to earlier frames can still be sent. */
  hush(): void
  /** Closes every connection. */
  close(): Promise<void>
}

export interface GatewayOptions {
  readonly storage: Members & Pick<Endings, 'wasDeleted'>
  readonly rooms: Rooms
  readonly quotas: Quotas
  readonly origin: string | null
  /** Notes that somebody has come with this session. */
  readonly used: (session: SecretHash) => Promise<void>
  /** Monotonic, ms: rate limits and timeouts must not depend on the system clock. */
  readonly steady: () => number
  /** Interval between checks for revocations by other processes, ms. */
  readonly reviewEvery: number
  /** Heartbeat interval, ms: within the half minute that a stock client waits. */
  readonly beatEvery: number
  readonly opened: () => void
  /** Called when a socket has opened; what it returns, when it has closed. */
  readonly upgraded: (request: IncomingMessage) => (code: number) => void
  readonly ended: (code: number) => void
  readonly report: Report
}

/** Resolves to null once the client is seated, or has already gone. */
export type Enter = (
  request: IncomingMessage,
  address: Address | null,
  take: (member: Member, session: SecretHash) => Transport | null,
) => Promise<{ readonly code: CloseCode; readonly reason: string } | null>

/** The open connections of a person. */
interface Present {
  readonly rateLimits: RateLimits
  connections: number
  /** When the last connection ended. */
  left: number
}

/** Connections of one person: tabs, devices, and dead connections that the network has not dropped yet. */
const mostConnections = 64
/** How long a person's rate limits outlive their last connection, ms, so that reconnecting does not reset them. */
const remembered = 30_000

export function createGateway(options: GatewayOptions): Gateway {
  const { storage, rooms, quotas, origin, used, steady, reviewEvery, beatEvery, opened, upgraded, ended, report } =
    options
  // Frames slightly too large get through, so that we can refuse them with our own code. ws cuts off far larger ones.
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: largestFrame + 1024 })
  const connections = new Set<Connection>()
  const persons = new Map<PersonId, Present>()
  const backlog = createBacklog({ quotas, steady, report })
  let closing = false
  let stamp: string | null = null

  const presentOf = (id: PersonId): Present => {
    const person = persons.get(id) ?? { rateLimits: createRateLimits(steady()), connections: 0, left: steady() }
    persons.set(id, person)
    return person
  }
  const release = (person: Present, member: Member) => {
    quotas.give('connections', member)
    person.connections -= 1
    person.left = steady()
  }

  /**
   * Seats the client on the line that `take` makes, which is null if the client has gone meanwhile; or says why not.
   * Decides only by the address and by what the server knows of the session.
   */
  const seat: Enter = async (request, address, take) => {
    const admission = await admit(request, address)
    if (closing) return { code: 1001, reason: 'going away' }
    if (admission.status === 'refused') return refuse(admission.code, admission.reason)
    const { member, session, meeting, document } = admission
    const person = presentOf(member.person)
    // Retryable: a broken network reconnects often, and so may somebody with many tabs after a server restart.
    if (person.connections >= mostConnections) return refuse(1013, 'too many connections')
    if (!person.rateLimits.readings.take(1, steady())) return refuse(1013, 'too often')
    if (quotas.take('connections', member) !== null) return refuse(1013, 'too many connections')
    // Counted before the room is loaded: others may ask meanwhile.
    person.connections += 1
    let seated = false
    try {
      return await board()
    } finally {
      if (!seated) release(person, member)
    }

    async function board(): ReturnType<Enter> {
      const room = await rooms.open(meeting, document).catch((error: unknown) => {
        if (error instanceof Damaged) return error
        throw error
      })
      // Retryable: it is there again once the operator has restored it.
      if (room instanceof Damaged) return refuse(1011, 'the document is damaged')
      if (closing) return { code: 1001, reason: 'going away' }
      if (room === null) return refuse(4404, 'no such document')
      if (address?.epoch != null && address.epoch < room.epoch) {
        rooms.left(meeting, document)
        return refuse(4409, `the document is of epoch ${room.epoch}`)
      }
      if (address?.vector != null && room.isFormer(address.vector)) {
        rooms.left(meeting, document)
        return refuse(4410, 'of an earlier lineage')
      }
      // A newer release has raised the epoch and this is an older one again: clients wait for a server that knows it.
      if (room.epoch > rooms.epochOf(document)) {
        rooms.left(meeting, document)
        report(
          new Error(`${meeting}/${document} is of epoch ${room.epoch}, this server knows ${rooms.epochOf(document)}`),
        )
        return refuse(1013, 'a newer server is needed')
      }
      const line = take(member, session)
      if (line === null) {
        rooms.left(meeting, document)
        return null
      }
      seated = true
      opened()
      let open: Connection | null = null
      let over = false
      open = openConnection({
        line,
        room,
        member,
        session,
        mayWrite: mayWrite(member, document),
        // A client that sends an epoch is ours, not a stock one.
        whole: address?.epoch != null,
        vector: address?.vector ?? null,
        shared: person.rateLimits,
        quotas,
        isBehind: () => backlog.isBehind(member),
        steady,
        report,
        rights,
        ended(code) {
          over = true
          if (open !== null) connections.delete(open)
          release(person, member)
          rooms.left(meeting, document)
          ended(code)
        },
      })
      if (over) return null
      connections.add(open)
      // The session may have been revoked since it was checked.
      await review([open])
      return null
    }
  }
  /** Admits a connection that several documents share by session alone. Each document is then admitted separately. */
  const enterShared = async (request: IncomingMessage, address: Address, take: Parameters<Enter>[2]) => {
    const found = await recognise(request, address)
    if (closing) return { code: 1001 as const, reason: 'going away' }
    if (found.status === 'refused') return refuse(found.code, found.reason)
    if (address.opens.length === 0) return refuse(4404, 'no such document')
    const line = take(found.member, found.session)
    if (line === null) return null
    const open = ({ channel, epoch, vector }: Asked, takeChannel: () => Transport | null) => {
      const document = documentOn(channel) ?? ''
      return seat(request, { ...address, document, epoch, vector }, takeChannel)
    }
    const { rateLimits } = presentOf(found.member.person)
    const afford = (size: number) =>
      rateLimits.frames.take(1, steady()) &&
      rateLimits.bytes.take(size, steady()) &&
      shares(quotas, found.member, rateLimits, size, steady())
    shareLine({ line, open, afford, report }, address.opens)
    return null
  }
  const enter: Enter = (request, address, take) =>
    address?.document === everyDocument ? enterShared(request, address, take) : seat(request, address, take)
  const refuse = (code: CloseCode, reason: string) => {
    ended(code)
    return { code, reason }
  }
  const enterByRequests: Enter = (request, address, take) =>
    enter(request, address, (member, session) => {
      const line = take(member, session)
      return line && backlog.count(line, member)
    })
  const requests = createRequests({ enter: enterByRequests, quotas, origin, steady, report })

  const admit = async (request: IncomingMessage, address: Address | null): Promise<Admission> => {
    const found = await recognise(request, address)
    if (found.status === 'refused') return found
    const document = documentNames.find((name) => name === address?.document)
    if (document === undefined) return refusal(4404, 'no such document')
    if (!mayRead(found.member, document)) return refusal(4403, 'not for this side or role')
    return { ...found, document }
  }

  /** Finds the member of the requested meeting whose session this is. */
  const recognise = async (request: IncomingMessage, address: Address | null): Promise<Recognition> => {
    if (address === null) return refusal(4404, 'no such document')
    if (!sameOrigin(request.headers, origin)) return refusal(4403, 'another origin')
    const secret = readSession(request.headers.cookie)
    // Also without a session, because the sessions that were of that meeting alone went with it.
    if (await storage.wasDeleted(address.meeting)) return refusal(4404, 'deleted')
    if (secret === null) return refusal(4401, 'no session')
    const session = hashSecret(secret)
    await used(session)
    const members = await storage.memberships(session)
    const member = members.find((one) => one.meeting === address.meeting)
    if (member === undefined) {
      const withdrawn = await storage.withdrawn(session)
      if (withdrawn.includes(address.meeting)) return refusal(4403, 'revoked')
      if (members.length + withdrawn.length === 0) return refusal(4401, 'no session')
      // To outsiders the answer is the same whether the meeting exists or not.
      return refusal(4403, 'not of this meeting')
    }
    return { status: 'admitted', member, session, meeting: address.meeting }
  }

  const review = async (open: readonly Connection[]) => {
    const held = open.map((one) => ({ ...one.member, session: one.session, one }))
    for (const { one } of await storage.lapsed(held)) {
      if (await storage.wasDeleted(one.member.meeting)) one.close(4404, 'deleted')
      else one.close(4403, 'revoked')
    }
  }

  let looking: Promise<void> | null = null
  /** Reviews all connections if rights may have changed since the last time. */
  const look = (): Promise<void> => {
    looking ??= (async () => {
      const seen = storage.stamp()
      if (seen === stamp) return
      await review([...connections])
      stamp = seen
    })().finally(() => {
      looking = null
    })
    return looking
  }
  const doubtful = () => storage.stamp() !== stamp
  const rights = {
    doubtful,
    async review() {
      await look()
      // It may have begun before the last change.
      if (doubtful()) await look()
    },
  }
  const beat = () => {
    for (const session of connections) session.beat()
    for (const [id, { connections, left }] of persons) {
      if (connections === 0 && steady() - left > remembered) persons.delete(id)
    }
  }
  const timers = [every(reviewEvery, look, report), every(beatEvery, beat, report)]

  return {
    upgrades: ({ method, url = '', headers }) =>
      method === 'GET' && url.startsWith('/sync/') && headers.upgrade?.toLowerCase() === 'websocket',
    upgrade(request, socket, head) {
      if (closing) {
        socket.destroy()
        return
      }
      server.handleUpgrade(request, socket, head, (opening) => {
        // Frames wait in the kernel until the room is loaded.
        opening.pause()
        nameTheCodes(opening)
        // 'close' reports how it ends.
        ignoreErrors(opening)
        listen(opening, 'close', upgraded(request), report)
        const address = addressOf(request.url)
        const take = (member: Member) => {
          if (opening.readyState !== opening.OPEN) return null
          return backlog.count(socketTransport(opening, socket, report), member, arrivals(opening, socket, report))
        }
        const entered = enter(request, address?.line == null ? address : null, take)
          .catch((error: unknown) => {
            report(error)
            return refuse(1011, 'cannot serve now')
          })
          .then((refused) => {
            if (refused !== null) endSocket(opening, refused.code, refused.reason, report)
            else if (!closing) opening.resume()
          })
        alone(entered, report)
      })
    },
    request: requests.request,
    review: rights.review,
    endSession(session) {
      for (const one of [...connections]) if (one.session === session) one.close(4401, 'signed out')
    },
    renewSession(session) {
      for (const one of [...connections]) if (one.session === session) one.close(1013, 'another session')
    },
    connections: () => connections.size,
    hush() {
      closing = true
      requests.hush()
      for (const session of connections) session.hush()
    },
    async close() {
      closing = true
      for (const timer of timers) clearInterval(timer)
      backlog.close()
      for (const session of [...connections]) session.close(1001, 'going away')
      await Promise.all([requests.close(), new Promise<void>((resolve) => server.close(() => resolve()))])
    },
  }
}

type Refused = { readonly status: 'refused'; readonly code: CloseCode; readonly reason: string }

interface Recognised {
  readonly status: 'admitted'
  readonly member: Member
  readonly session: SecretHash
  readonly meeting: MeetingId
}
type Recognition = Refused | Recognised
type Admission = Refused | (Recognised & { readonly document: DocumentName })

function refusal(code: CloseCode, reason: string): Refused {
  return { status: 'refused', code, reason }
}
