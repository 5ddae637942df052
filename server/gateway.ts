import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { MeetingId, PersonId } from '../shared/domain/agenda.ts'
import { cookieName, readCookie, sameOrigin } from './access/cookie.ts'
import { mayRead, mayWrite } from './access/permission.ts'
import { hashSecret } from './access/secret.ts'
import { type CloseCode, closeCodeOf } from './closing.ts'
import type { Rooms } from './rooms.ts'
import { createPaces, endSocket, largestFrame, openSession, type Paces, type Session } from './session.ts'
import { type DocumentName, documentNames, type Member, type SecretHash, type Storage } from './storage/storage.ts'

/** Where sockets come in: `/sync/MEETING/DOCUMENT`. */
export interface Gateway {
  /** True when the request was ours. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** Ends the connections whose session no longer holds in their meeting. */
  review(): Promise<void>
  /** Ends all connections of this session or, with a meeting, those in that meeting. */
  endSession(session: SecretHash): void
  connections(): number
  /** Takes nobody any more and hears nothing any more; what was heard can still be answered. */
  hush(): void
  /** Says goodbye to everybody. */
  close(): Promise<void>
}

export interface GatewayOptions {
  readonly storage: Storage
  readonly rooms: Rooms
  readonly origin: string | null
  readonly now: () => number
  /** Between two looks for revocations by other processes, ms. */
  readonly reviewEvery: number
  /** Between two signs of life, ms: within the half minute that a stock client waits. */
  readonly beatEvery: number
  readonly opened: () => void
  readonly ended: (code: number) => void
  readonly report: (error: unknown) => void
}

export function createGateway(options: GatewayOptions): Gateway {
  const { storage, rooms, origin, now, reviewEvery, beatEvery, opened, ended, report } = options
  // One more byte than allowed gets through, so that it can be refused by name; far larger ones are cut off by ws.
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: largestFrame + 1024 })
  const sessions = new Set<Session>()
  const persons = new Map<PersonId, { readonly paces: Paces; connections: number }>()
  let closing = false
  let stamp: string | null = null

  const accept = async (request: IncomingMessage, socket: WebSocket, line: Duplex): Promise<void> => {
    const admission = await admit(request)
    if (closing) return endSocket(socket, 1001, 'going away')
    if (admission.status === 'refused') {
      ended(admission.code)
      return endSocket(socket, admission.code, admission.reason)
    }
    const { member, session, meeting, document, epoch } = admission
    const room = await rooms.open(meeting, document)
    if (closing) return endSocket(socket, 1001, 'going away')
    if (socket.readyState !== socket.OPEN) return rooms.left(meeting, document)
    if (room === null) return refuse(socket, 4404, 'no such document')
    if (epoch !== null && epoch < room.epoch) {
      refuse(socket, 4409, `the document is of epoch ${room.epoch}`)
      return rooms.left(meeting, document)
    }
    const person = persons.get(member.person) ?? { paces: createPaces(now()), connections: 0 }
    persons.set(member.person, person)
    person.connections += 1
    opened()
    const open = openSession({
      socket,
      line,
      room,
      member,
      session,
      mayWrite: mayWrite(member, document),
      shared: person.paces,
      now,
      ended(code) {
        sessions.delete(open)
        person.connections -= 1
        if (person.connections === 0) persons.delete(member.person)
        rooms.left(meeting, document)
        ended(code)
      },
    })
    sessions.add(open)
    // Between the look at the session and now it may have been revoked.
    await review([open])
    socket.resume()
  }
  const refuse = (socket: WebSocket, code: CloseCode, reason: string) => {
    ended(code)
    endSocket(socket, code, reason)
  }

  const admit = async (request: IncomingMessage): Promise<Admission> => {
    const path = pathOf(request)
    if (path === null) return refusal(4404, 'no such document')
    if (!sameOrigin(request.headers, origin)) return refusal(4403, 'another origin')
    const secret = readCookie(request.headers.cookie, cookieName)
    if (secret === null) return refusal(4401, 'no session')
    const session = hashSecret(secret)
    const members = await storage.memberships(session)
    if (members.length === 0) return refusal(4401, 'no session')
    const member = members.find((one) => one.meeting === path.meeting)
    // To somebody who is not of the meeting it says the same whether there is one or not.
    if (member === undefined) return refusal(4403, 'not of this meeting')
    const document = documentNames.find((name) => name === path.document)
    if (document === undefined) return refusal(4404, 'no such document')
    if (!mayRead(member, document)) return refusal(4403, 'not for this side or role')
    return { status: 'admitted', member, session, meeting: path.meeting, document, epoch: path.epoch }
  }

  const review = async (open: readonly Session[]) => {
    const lapsed = await storage.lapsed(open.map(({ session, member }) => ({ session, meeting: member.meeting })))
    if (lapsed.length === 0) return
    const gone = new Set(lapsed.map(({ session, meeting }) => `${session} ${meeting}`))
    for (const one of open) if (gone.has(`${one.session} ${one.member.meeting}`)) one.close(4403, 'revoked')
  }

  let looking = false
  const look = setInterval(async () => {
    if (sessions.size === 0 || looking) return
    looking = true
    try {
      const seen = await storage.stamp()
      if (seen !== stamp) {
        await review([...sessions])
        stamp = seen
      }
    } catch (error) {
      report(error)
    } finally {
      looking = false
    }
  }, reviewEvery)
  const beat = setInterval(() => {
    for (const session of sessions) session.beat()
  }, beatEvery)

  return {
    upgrade(request, socket, head) {
      if (!request.url?.startsWith('/sync/')) return false
      if (closing) {
        socket.destroy()
        return true
      }
      server.handleUpgrade(request, socket, head, (opening) => {
        // Frames wait in the kernel until the room is there.
        opening.pause()
        nameTheCodes(opening)
        opening.on('error', () => {})
        accept(request, opening, socket).catch((error: unknown) => {
          report(error)
          refuse(opening, 1011, 'cannot serve now')
        })
      })
      return true
    },
    review: () => review([...sessions]),
    endSession(session) {
      for (const one of [...sessions]) if (one.session === session) one.close(4401, 'signed out')
    },
    connections: () => sessions.size,
    hush() {
      closing = true
      for (const session of sessions) session.hush()
    },
    async close() {
      closing = true
      clearInterval(look)
      clearInterval(beat)
      for (const session of [...sessions]) session.close(1001, 'going away')
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

type Admission =
  | { readonly status: 'refused'; readonly code: CloseCode; readonly reason: string }
  | {
      readonly status: 'admitted'
      readonly member: Member
      readonly session: SecretHash
      readonly meeting: MeetingId
      readonly document: DocumentName
      readonly epoch: number | null
    }

function refusal(code: CloseCode, reason: string): Admission {
  return { status: 'refused', code, reason }
}

/** Read once, here, as plain text: what authorises is what is opened. */
function pathOf(request: IncomingMessage): { meeting: MeetingId; document: string; epoch: number | null } | null {
  const found = /^\/sync\/([\w-]{1,64})\/([\w-]{1,64})(?:\?(.*))?$/.exec(request.url ?? '')
  if (found === null) return null
  const epoch = new URLSearchParams(found[3] ?? '').get('epoch')
  return {
    meeting: found[1] as MeetingId,
    document: found[2] as string,
    epoch: epoch !== null && /^\d{1,6}$/.test(epoch) ? Number(epoch) : null,
  }
}

/** What ws itself ends a line for gets the code that clients of ours and stock ones take as final. */
function nameTheCodes(socket: WebSocket): void {
  const close = socket.close.bind(socket)
  socket.close = (code, reason) => close(code === undefined ? code : closeCodeOf(code), reason)
}
