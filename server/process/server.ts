import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import { type FastifyError, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { Logger } from 'pino'
import type { DocumentName } from '../../shared/document/documents.ts'
import { upgrades as released, type Upgrade } from '../../shared/document/upgrade.ts'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import { cookieName, readCookie, sameOrigin } from '../access/cookie.ts'
import { hashSecret } from '../access/secret.ts'
import { serveApi } from '../http/api.ts'
import { serveAway } from '../http/away.ts'
import { servePages } from '../http/pages.ts'
import { servePapers } from '../http/papers.ts'
import { languageOfRequest, Refused, refusalBody } from '../http/refused.ts'
import { requestCounts } from '../http/requestcounts.ts'
import { serve, serveRaw } from '../http/serve.ts'
import { openAnnals } from '../meeting/annals.ts'
import { rebuildMeeting } from '../meeting/meetings.ts'
import { openPress } from '../render/press.ts'
import { type Committer, createCommitter } from '../room/committer.ts'
import { createRooms, type Rooms } from '../room/rooms.ts'
import type { Storage } from '../storage/storage.ts'
import { createGateway } from '../sync/gateway.ts'
import { after, guarded, ignoreErrors, listen } from './guard.ts'
import { createMetrics } from './metrics.ts'

export interface ServerOptions {
  readonly storage: Storage
  readonly port: number
  readonly host: string
  /** The public origin; without one, links lead to the port. */
  readonly origin: string | null
  readonly logger: Logger
  /** The built client, when there is one. */
  readonly pages?: string
  /** Answers what is not ours, instead of the built client. */
  readonly middleware?: (request: IncomingMessage, response: ServerResponse, next: () => void) => void
  readonly now?: () => number
  /** Monotonic, ms: what rates and waits go by, since `now` may be set back or forward at any time. */
  readonly steady?: () => number
  /** How long edits wait for company before they are committed together, ms. */
  readonly window?: number
  readonly presenceWindow?: number
  readonly linger?: number
  readonly reviewEvery?: number
  readonly beatEvery?: number
  /** Of documents of older epochs; those of this release, unless a test makes a later one. */
  readonly upgrades?: readonly Upgrade[]
}

export interface Server {
  readonly port: number
  readonly origin: string
  readonly http: HttpServer
  connections(): number
  rooms(): { readonly rooms: number; readonly bytes: number }
  /** Writes into a document that the server alone writes. */
  readonly append: Rooms['append']
  commits: Pick<Committer, 'state' | 'waiting'>
  /** Takes nobody any more, commits what is on its way, says goodbye, and lets go of the port. Storage stays open. */
  close(): Promise<void>
  /**
   * For when nobody knows any more what the process holds. Hears and takes nothing any more, and commits what it had admitted,
   * within a few seconds. Nothing else is written. The process is to end then.
   */
  abandon(): Promise<void>
}

/** The most that a body may hold. The API takes a few words; agendas come in by the command line. */
const largestBody = 64 * 2 ** 10
/** How long a stop waits for a disk that fails, ms: an orderly stop takes under five seconds. */
const patience = 3000

export async function createServer(options: ServerOptions): Promise<Server> {
  const { storage, logger, now = Date.now, window = 32, presenceWindow = 50, linger = 30_000 } = options
  const { steady = () => performance.now() } = options
  const report = (error: unknown) => logger.error({ err: error }, 'unexpected')

  const committer = createCommitter({
    storage,
    window,
    now,
    steady,
    observe: {
      committed: (edits, milliseconds) => metrics.committed(edits, milliseconds),
      failed(error) {
        metrics.commitFailed()
        logger.error({ err: error }, 'a commit failed and is tried again')
      },
    },
  })
  const annals = openAnnals({ storage, report })
  const closed = (meeting: MeetingId, document: DocumentName) => {
    if (document === 'agenda') annals.catchUpQuietly(meeting)
  }
  const { upgrades = released } = options
  const press = openPress()
  const rooms = createRooms({
    ...{ storage, committer, now, steady, linger, presenceWindow, report, upgrades, closed },
    compact: press.compact,
  })
  const gateway = createGateway({
    storage,
    rooms,
    origin: options.origin,
    steady,
    reviewEvery: options.reviewEvery ?? 300,
    beatEvery: options.beatEvery ?? 15_000,
    opened: () => metrics.opened(),
    ended: (code) => metrics.ended(code),
    report,
  })
  const metrics = createMetrics({
    connections: gateway.connections,
    rooms: rooms.status,
    waiting: committer.waiting,
    failing: () => committer.state().status === 'failing',
  })

  /** Every socket, request and answer comes to be here: from its first moment none has an error that nobody hears. */
  const openHttp = (handler: (request: IncomingMessage, response: ServerResponse) => void): HttpServer => {
    const serve = (request: IncomingMessage, response: ServerResponse) => {
      ignoreErrors(request)
      ignoreErrors(response)
      const answer = () => {
        if (gateway.request(request, response)) return
        if (options.middleware === undefined || isOurs(request.url ?? '/')) handler(request, response)
        else options.middleware(request, response, () => handler(request, response))
      }
      const failed = (error: unknown) => {
        report(error)
        if (!response.headersSent) response.writeHead(500)
        response.end()
      }
      guarded(answer, failed)()
    }
    const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const failed = (error: unknown) => {
        report(error)
        socket.destroy()
      }
      const answer = () => {
        if (gateway.upgrades(request)) gateway.upgrade(request, socket, head)
      }
      guarded(answer, failed)()
    }
    // Whoever asks for a protocol that is not spoken here is answered in the one they came with, as HTTP has it.
    const shouldUpgradeCallback = (request: IncomingMessage) =>
      gateway.upgrades(request) || options.middleware !== undefined
    const http = createHttpServer({ shouldUpgradeCallback })
    listen(http, 'connection', ignoreErrors, report)
    listen(http, 'request', serve, report)
    listen(http, 'upgrade', upgrade, report)
    return http
  }

  const app = fastify({
    logger: false,
    bodyLimit: largestBody,
    trustProxy: false,
    forceCloseConnections: true,
    // A file's name stands in an address, and characters of two units count twice.
    routerOptions: { maxParamLength: 500 },
    frameworkErrors(_error, request, reply) {
      const plain = reply as unknown as FastifyReply
      plain.code(404).send(refusalBody(new Refused(404, 'not-found'), languageOfRequest(request)))
    },
    serverFactory: (handler) => openHttp(handler),
  })
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
        'object-src': ["'none'"],
        'img-src': ["'self'", 'data:'],
        // Components set styles on elements; there is no inline script.
        'style-src': ["'self'", "'unsafe-inline'"],
      },
    },
    crossOriginEmbedderPolicy: false,
    hsts: options.origin?.startsWith('https:') ? { maxAge: 15_552_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'no-referrer' },
  })
  await app.register(cookie)
  // By session where there is one, and not where somebody says so: a delegation behind one address is many people.
  const known = async (request: FastifyRequest) => {
    const secret = readCookie(request.headers.cookie, cookieName)
    if (secret === null || !isPrivate(request)) return null
    return (await storage.memberships(hashSecret(secret))).length > 0 ? secret : null
  }
  await app.register(rateLimit, {
    max: 1200,
    timeWindow: 60_000,
    allowList: (request) => !isPrivate(request),
    store: requestCounts(steady),
    keyGenerator: async (request) => (await known(request)) ?? request.ip,
    errorResponseBuilder: () => new Refused(429, 'too-much'),
  })

  app.addHook('onRequest', async (request, reply) => {
    // What one person may see, no browser or proxy keeps for the next; who knows better says so.
    if (isPrivate(request)) reply.header('cache-control', 'no-store')
    const safe = request.method === 'GET' || request.method === 'HEAD'
    if (!safe && !sameOrigin(request.headers, options.origin)) throw new Refused(403, 'other-origin')
  })
  app.setErrorHandler((error: FastifyError | Refused, request, reply) => {
    const refused = error instanceof Refused ? error : refusedBy(error)
    if (refused.code === 'failed') logger.error({ err: error }, 'a request failed')
    return reply.code(refused.status).send(refusalBody(refused, languageOfRequest(request)))
  })
  app.setNotFoundHandler((request, reply) => {
    return reply.code(404).send(refusalBody(new Refused(404, 'not-found'), languageOfRequest(request)))
  })

  const origin = () => options.origin ?? `http://localhost:${(app.server.address() as AddressInfo).port}`
  const rebuild = async (meeting: MeetingId) => {
    // What cannot be committed would have everybody wait, readers too.
    if (committer.state().status === 'failing') return { status: 'not-ready' } as const
    // Nobody is sent away before the press is free for it.
    return press.mend(meeting, (open) =>
      rooms.replace(meeting, 'agenda', async () => {
        // Who changed what before is told by the earlier document alone. Of one that is too heavy to be read, it is not.
        const told = annals.catchUp(meeting).catch(report)
        await Promise.race([told, new Promise<void>((resolve) => after(patience, resolve, report).unref())])
        return rebuildMeeting(storage, meeting, open)
      }),
    )
  }
  serveApi(app, { storage, origin, now, revoked: gateway.review, signedOut: gateway.endSession, rebuild })
  serveAway(app, { storage, annals, press, now })
  servePapers(app, { storage, press, origin, now, report })
  serve(app, 'healthz', async () => ({ status: 'ok' }))
  serve(app, 'readyz', async ({ reply }) => {
    const state = committer.state()
    if (state.status === 'well') return { status: 'ready' }
    reply.code(503)
    return { status: 'failing', since: new Date(state.since).toISOString() }
  })
  serveRaw(app, 'metrics', async ({ reply }) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  )
  if (options.pages !== undefined) await servePages(app, options.pages)

  try {
    await app.listen({ port: options.port, host: options.host })
  } catch (error) {
    await Promise.all([gateway.close(), press.close()])
    throw error
  }
  // Such as that no more files may be open: then nobody else comes in for a while. An error before this ends the start.
  listen(app.server, 'error', report, report)

  const drain = () =>
    Promise.race([committer.drain(), new Promise<void>((resolve) => after(patience, resolve, report).unref())])
  let closing: Promise<void> | null = null
  const close = async () => {
    gateway.hush()
    await drain()
    // Whoever polls comes for it, by a connection of this moment.
    await gateway.close()
    const closed = app.close()
    await rooms.close()
    committer.close()
    await Promise.all([press.close(), annals.close()])
    await closed
  }
  return {
    port: (app.server.address() as AddressInfo).port,
    origin: origin(),
    http: app.server,
    connections: gateway.connections,
    rooms: rooms.status,
    append: rooms.append,
    commits: committer,
    close: () => (closing ??= close()),
    async abandon() {
      gateway.hush()
      app.server.close()
      app.server.closeAllConnections()
      await drain()
    },
  }
}

/** By the route that it was taken for: an address may be written in many ways. */
function isPrivate({ routeOptions, url }: FastifyRequest): boolean {
  return /^\/(api|calendar)\//.test(routeOptions.url ?? url)
}

function isOurs(url: string): boolean {
  return /^\/(api\/|calendar\/|healthz|readyz|metrics)/.test(url)
}

/** What fastify itself refuses, in our words. */
function refusedBy(error: FastifyError): Refused {
  switch (error.statusCode) {
    case 400:
      return new Refused(400, 'bad-json', 'body')
    // A path that no file of the build can have.
    case 403:
      return new Refused(404, 'not-found')
    case 413:
      return new Refused(413, 'too-large', 'body')
    case 415:
      return new Refused(415, 'not-json', 'body')
    default:
      return new Refused(500, 'failed')
  }
}
