import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { PersonId } from '../../shared/domain/agenda.ts'
import { readFrames, writeFrames } from '../../shared/wire/batch.ts'
import { openCharge } from '../access/charge.ts'
import { readSession, sameOrigin } from '../access/cookie.ts'
import { keepPace } from '../access/pace.ts'
import type { Quotas } from '../access/quota.ts'
import { hashSecret, newSecret } from '../access/secret.ts'
import { alone, guarded, after as later, listen, type Report, soon } from '../process/guard.ts'
import type { CloseCode } from '../room/closecode.ts'
import { createRateLimit } from '../room/ratelimit.ts'
import type { Member, SecretHash } from '../storage/members.ts'
import { type Address, addressOf } from './address.ts'
import { framesAllowed, largestFrame } from './connection.ts'
import type { Ears, Transport } from './transport.ts'

/**
 * Lines over plain requests, for networks that block WebSockets. A POST opens a line. Frames go up in numbered POSTs,
 * so that one whose answer was lost can be repeated. They come down numbered too, as an event stream or in answers to
 * polls, and each is kept until the client confirms it. A line belongs to one session.
 */
export interface Requests {
  /** True when the request was ours. */
  request(request: IncomingMessage, response: ServerResponse): boolean
  /** Refuses further posts of frames. */
  hush(): void
  /** Settles when every client has been told that its line has ended, or soon after if some do not ask. */
  close(): Promise<void>
}

export interface RequestsOptions {
  readonly enter: (
    request: IncomingMessage,
    address: Address,
    take: (member: Member, session: SecretHash) => Transport | null,
  ) => Promise<Refusal | null>
  readonly quotas: Quotas
  readonly origin: string | null
  /** Monotonic, ms. */
  readonly steady: () => number
  readonly report: Report
}

interface Refusal {
  readonly code: CloseCode
  readonly reason: string
}

/** Open lines per person, and as many ended ones. Beyond this, the longest quiet one makes way. */
const mostLines = 24
/** Most bytes in one POST: the largest frame, or several smaller ones. */
const largestPost = largestFrame + 1024
/** Enough for what somebody types, bytes. */
const littlePost = 16 * 2 ** 10
/** Most bytes in one answer to a poll, except that a frame is never split. */
const largestAnswer = 2 ** 20
/** Bytes that may wait for one client. A single frame, such as a whole document, may be larger. */
const mostWaiting = 16 * 2 ** 20
/** A client answers our heartbeats. After this long without a request it is gone, ms. */
const quietFor = 60_000
/** Slowest download assumed, bytes a millisecond. The kernel or a proxy buffers answers, so arrival cannot be seen. */
const slowestWay = 8
/** A client may be without a stream or poll only this long, ms. */
const detachedFor = 10_000
/** How long an ended line still reports why, ms, and how long a server shutdown waits for that. */
const epitaph = 15_000
const farewell = 1000
/** Padding for proxies that buffer this much before they forward anything, bytes. */
const padding = `:${' '.repeat(4096)}\n\n`
const requestsAllowed = { perSecond: 200, burst: 1000 }

export function createRequests({ enter, quotas, origin, steady, report }: RequestsOptions): Requests {
  const lines = new Map<string, RequestTransport>()
  let hushed = false

  const open = async (request: IncomingMessage, address: Address, response: ServerResponse) => {
    // The body is ignored, but must be drained.
    request.resume()
    let line: RequestTransport | null = null
    const refused = await enter(request, address, (member, session) => {
      if (response.destroyed) return null
      makeRoom(member.person)
      const { document } = address
      const gone = (id: string) => lines.delete(id)
      const fresh = openRequestTransport({ member, document, session, steady, report, gone })
      lines.set(fresh.id, fresh)
      line = fresh
      return fresh
    })
    // Assigned in the callback, which the compiler does not follow.
    const made = line as RequestTransport | null
    const ended = refused ?? made?.ended() ?? null
    if (ended !== null) say(response, ended)
    else if (made !== null) answer(response, 201, JSON.stringify({ line: made.id }))
  }
  const makeRoom = (person: PersonId) => {
    const own = [...lines.values()]
      .filter((line) => line.member.person === person)
      .sort((a, b) => a.heardAt() - b.heardAt())
    const open = own.filter((line) => line.ended() === null)
    const over = own.filter((line) => line.ended() !== null)
    if (open.length >= mostLines) open[0]?.overtake()
    if (over.length >= mostLines) over[0]?.drop()
  }

  const find = (request: IncomingMessage, address: Address, id: string): RequestTransport | null => {
    const secret = readSession(request.headers.cookie)
    const line = lines.get(id)
    if (line === undefined || secret === null) return null
    const { member, session, document } = line
    const own = session === hashSecret(secret) && member.meeting === address.meeting && document === address.document
    return own ? line : null
  }

  const serve = async (request: IncomingMessage, address: Address, response: ServerResponse) => {
    if (address.line === null) return
    if (!sameOrigin(request.headers, origin)) return say(response, { code: 4403, reason: 'another origin' })
    const { part } = address.line
    if (part === 'lines') {
      if (request.method !== 'POST') return answer(response, 405, '')
      return open(request, address, response)
    }
    const line = find(request, address, address.line.id)
    // Somebody else's line gets the same answer as one that does not exist.
    if (line === null) return say(response, { code: 1013, reason: 'no such line' })
    if (!line.knock()) return say(response, line.ended() ?? { code: 4429, reason: 'too much' })
    if (part === 'line' && request.method === 'POST') {
      // What has come, not what is announced; and of each post a little draws on nothing that others share.
      const charge = openCharge(quotas, 'uploads', line.member)
      const afford = (size: number, before: number) =>
        charge.take(Math.max(0, size - littlePost) - Math.max(0, before - littlePost)) === null
      const body = await readBody(request, line, afford, report).finally(charge.end)
      if (body === null) return
      if (body === 'too-much') return say(response, { code: 1013, reason: 'too much' })
      const refused = hushed
        ? { code: 1001 as const, reason: 'going away' }
        : line.post(body, address.number, address.after)
      if (refused === null) answer(response, 204, '')
      else say(response, refused)
    } else if (part === 'line' && request.method === 'DELETE') {
      line.leave()
      answer(response, 204, '')
    } else if (part !== 'line' && request.method === 'GET') {
      line.attach(response, part, address.after)
    } else answer(response, 405, '')
  }

  return {
    request(request, response) {
      const address = addressOf(request.url)
      if (address === null || address.line === null) return false
      const served = serve(request, address, response).catch((error: unknown) => {
        report(error)
        if (response.headersSent) response.destroy()
        else say(response, { code: 1011, reason: 'cannot serve now' })
      })
      alone(served, report)
      return true
    },
    hush() {
      hushed = true
    },
    async close() {
      const told = Promise.all([...lines.values()].map((line) => line.told))
      await Promise.race([told, new Promise<void>((resolve) => later(farewell, resolve, report).unref())])
    },
  }
}

interface RequestTransport extends Transport {
  readonly id: string
  readonly member: Member
  readonly document: string
  readonly session: SecretHash
  ended(): Refusal | null
  /** Settles when the client has been told that the line has ended, or has gone. */
  readonly told: Promise<void>
  heardAt(): number
  /** Ends to make way for a newer line. */
  overtake(): void
  /** Whether the rate limit allows one more request. Ends the line if not. */
  knock(): boolean
  /** Starts to read a POST and drops an unfinished earlier one, which the client has given up. */
  reading(request: IncomingMessage): void
  post(body: Uint8Array | 'too-large', number: number | null, after: number | null): Refusal | null
  attach(response: ServerResponse, as: 'events' | 'frames', after: number | null): void
  leave(): void
}

interface RequestTransportOptions extends Pick<RequestTransport, 'member' | 'document' | 'session'> {
  readonly steady: () => number
  readonly report: Report
  readonly gone: (id: string) => void
}

function openRequestTransport(options: RequestTransportOptions): RequestTransport {
  const { member, document, session, steady, report, gone } = options
  const id = newSecret()
  const rateLimit = createRateLimit(requestsAllowed, steady())
  /** Frames that the client has not confirmed. The first of them has the number `first`. */
  let waiting: Uint8Array[] = []
  let bytes = 0
  let first = 1
  /** The number of the next frame to write to the stream. */
  let next = 1
  let posts = 0
  let ears: Ears | null = null
  let ended: Refusal | null = null
  let hushed = false
  let output: { readonly response: ServerResponse; readonly as: 'events' | 'frames' } | null = null
  let upload: IncomingMessage | null = null
  let heard = steady()
  let detached = steady()
  /** Until then an answer may still be downloading, ms, and the client cannot poll again. */
  let underWay = 0
  let flushing = false
  let tell = () => {}
  const told = new Promise<void>((resolve) => {
    tell = resolve
  })

  const detach = () => {
    const was = output
    output = null
    detached = steady()
    return was?.response
  }
  /** Drops the frames that the client confirms. False if it confirms frames that were never queued. */
  const came = (after: number | null): boolean => {
    if (after === null) return true
    if (after >= first + waiting.length) return false
    const frames = waiting.splice(0, Math.max(0, after + 1 - first))
    for (const frame of frames) bytes -= frame.length
    first += frames.length
    // A client may confirm a frame before it is written. It is not written then.
    next = Math.max(next, first)
    return true
  }
  const flush = () => {
    flushing = false
    if (output === null) return
    const { response, as } = output
    if (as === 'frames') {
      if (waiting.length === 0 && ended === null) return
      detach()
      if (waiting.length > 0) {
        const { body } = writeFrames(waiting, largestAnswer)
        underWay = steady() + body.length / slowestWay
        answer(response, 200, body, 'application/octet-stream')
      } else if (ended !== null) {
        listen(response, 'close', tell, report)
        say(response, ended)
      }
      return
    }
    for (; next < first + waiting.length && !response.writableNeedDrain; next += 1) {
      const frame = waiting[next - first] as Uint8Array
      response.write(
        `id:${next}\ndata:${Buffer.from(frame.buffer, frame.byteOffset, frame.length).toString('base64')}\n\n`,
      )
    }
    if (ended !== null && next >= first + waiting.length) {
      detach()
      listen(response, 'close', tell, report)
      response.end(`event:end\ndata:${JSON.stringify(ended)}\n\n`)
    }
  }
  /** Frames queued in one turn of the event loop are flushed together. */
  const flushSoon = () => {
    if (flushing) return
    flushing = true
    soon(flush, broken)
  }
  const end = (code: CloseCode, reason: string) => {
    if (ended !== null) return
    ended = { code, reason }
    guarded(flush, report)()
    later(epitaph, drop, report).unref()
  }
  const drop = () => {
    ended ??= { code: 1013, reason: 'no such line' }
    waiting = []
    bytes = 0
    upload?.destroy()
    detach()?.destroy()
    tell()
    gone(id)
  }
  /** As `end`, when the line ends but not the session: waiting frames are discarded. */
  const fail = (code: CloseCode, reason: string) => {
    if (ended === null) ears?.closed(code)
    waiting = []
    bytes = 0
    next = first
    end(code, reason)
  }

  /** A flush that failed halfway must not be continued. */
  const broken = (error: unknown) => {
    report(error)
    fail(1011, 'cannot serve now')
  }

  return {
    id,
    member,
    document,
    session,
    ended: () => ended,
    told,
    heardAt: () => heard,
    send(frame) {
      if (ended !== null) return
      if (bytes > mostWaiting) {
        fail(1013, 'the line is too slow')
        return
      }
      waiting.push(frame)
      bytes += frame.length
      flushSoon()
    },
    buffered: () => bytes,
    end,
    drop,
    hush() {
      hushed = true
    },
    beat() {
      const time = steady()
      if (time - Math.max(heard, underWay) > quietFor) return false
      if (output === null && time - Math.max(detached, underWay) > detachedFor) return false
      // An empty answer ends a poll in time, since proxies cut off long requests.
      if (output?.as === 'frames' && waiting.length === 0) answer(detach() as ServerResponse, 200, '')
      return true
    },
    listen(to) {
      ears = to
    },
    overtake: () => fail(1013, 'too many lines'),
    knock() {
      heard = steady()
      if (rateLimit.take(1, heard)) return true
      fail(4429, 'too much')
      return false
    },
    reading(request) {
      upload?.destroy()
      upload = request
    },
    post(body, number, after) {
      upload = null
      if (ended !== null) return ended
      // Reads one frame more than the limit, enough to detect too many.
      const frames = body === 'too-large' ? null : readFrames(body, framesAllowed.burst + 1)
      if (body === 'too-large') fail(4413, 'too large')
      else if (frames === null) fail(4400, 'malformed')
      else if (frames.length > framesAllowed.burst) fail(4429, 'too much')
      else if (number === null || number > posts + 1 || !came(after)) fail(1013, 'out of step')
      else if (number === posts + 1 && !hushed) {
        posts = number
        for (const frame of frames) if (ended === null) ears?.frame(frame, true)
      }
      return ended
    },
    attach(response, as, after) {
      if (after === null || after + 1 < first || !came(after)) fail(1013, 'out of step')
      detach()?.end()
      output = { response, as }
      next = Math.max(first, (after ?? 0) + 1)
      const closed = () => {
        if (output?.response === response) detach()
      }
      listen(response, 'close', closed, broken)
      if (as === 'events') {
        headers(response, 200, 'text/event-stream')
        response.write(padding)
        listen(response, 'drain', flush, broken)
      }
      flush()
    },
    leave() {
      ears?.closed(1000)
      drop()
    },
  }
}

/** Null when the client aborted the request. */
function readBody(
  request: IncomingMessage,
  line: RequestTransport,
  /** Whether a body may grow from one size to another, bytes. */
  afford: (size: number, before: number) => boolean,
  report: Report,
): Promise<Uint8Array | 'too-large' | 'too-much' | null> {
  line.reading(request)
  const { socket } = request
  const arrived = keepPace(
    () => socket.bytesRead,
    () => request.destroy(),
    report,
  )
  return new Promise<Uint8Array | 'too-large' | 'too-much' | null>((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    let refused: 'too-large' | 'too-much' | null = null
    const more = (chunk: Buffer) => {
      if (refused !== null) return
      const before = size
      size += chunk.length
      if (size > largestPost) refused = 'too-large'
      else if (!afford(size, before)) refused = 'too-much'
      if (refused === null) chunks.push(chunk)
      else resolve(refused)
    }
    const broken = (error: unknown) => {
      report(error)
      resolve(null)
      request.destroy()
    }
    listen(request, 'data', more, broken)
    listen(request, 'end', () => resolve(Buffer.concat(chunks)), broken)
    listen(request, 'close', () => resolve(null), broken)
    if (Number(request.headers['content-length']) > largestPost) resolve('too-large')
  }).finally(arrived)
}

/** Keeps browsers and proxies from caching, changing, buffering or displaying an answer. */
function headers(response: ServerResponse, status: number, type: string, more: OutgoingHttpHeaders = {}) {
  response.writeHead(status, {
    ...more,
    'content-type': type,
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
  })
}

function answer(response: ServerResponse, status: number, body: string | Uint8Array, type = 'application/json') {
  headers(response, status, type, { 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

/** Sends a close code as an HTTP answer. */
function say(response: ServerResponse, { code, reason }: Refusal) {
  // Closing the connection discards the unread rest of the body.
  if (code === 4413) response.shouldKeepAlive = false
  answer(response, code >= 4400 ? code - 4000 : 503, JSON.stringify({ code, reason }))
}
