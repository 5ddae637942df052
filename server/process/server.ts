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
import { readSession, sameOrigin } from '../access/cookie.ts'
import { hashSecret } from '../access/secret.ts'
import { serveApi } from '../http/api.ts'
import { serveChanges } from '../http/changes.ts'
import { serveExports } from '../http/exports.ts'
import { servePages } from '../http/pages.ts'
import { languageOfRequest, Refused, refusalBody } from '../http/refused.ts'
import { requestCounts } from '../http/requestcounts.ts'
import { serve, serveRaw } from '../http/serve.ts'
import { openAttributor } from '../meeting/attribution.ts'
import { rebuildMeeting } from '../meeting/meetings.ts'
import { openRenderPool } from '../render/pool.ts'
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
  /** The public origin. Without one, links use localhost and the port. */
  readonly origin: string | null
  readonly logger: Logger
  /** The built client, when there is one. */
  readonly pages?: string
  /** Handles requests that are not ours, instead of the built client. */
  readonly middleware?: (request: IncomingMessage, response: ServerResponse, next: () => void) => void
  readonly now?: () => number
  /** Monotonic, ms: for rates and waits, because `now` may jump at any time. */
  readonly steady?: () => number
  /** How long edits wait for others before they are committed together, ms. */
  readonly window?: number
  readonly presenceWindow?: number
  readonly linger?: number
  readonly reviewEvery?: number
  readonly beatEvery?: number
  /** Upgrades for documents of older epochs: those of this release, unless a test adds a later one. */
  readonly upgrades?: readonly Upgrade[]
}

export interface Server {
  readonly port: number
  readonly origin: string
  readonly http: HttpServer
  connections(): number
  rooms(): { readonly rooms: number; readonly bytes: number }
  /** Appends to a document that only the server writes. */
  readonly append: Rooms['append']
  commits: Pick<Committer, 'state' | 'waiting'>
  /** Accepts no new connections, commits pending edits, closes every connection, frees the port. Storage stays open. */
  close(): Promise<void>
  /**
   * For when the state of the process can no longer be trusted. Accepts nothing more and commits the edits already
   * admitted, within a few seconds. Writes nothing else. The process must end afterwards.
   */
  abandon(): Promise<void>
}

/** The largest request body, bytes. API bodies are a few words; agendas come in through the command line. */
const largestBody = 64 * 2 ** 10
/** How long a shutdown waits for a failing disk, ms. An orderly shutdown takes under five seconds. */
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
  const attributor = openAttributor({ storage, report })
  const closed = (meeting: MeetingId, document: DocumentName) => {
    if (document === 'agenda') attributor.catchUpQuietly(meeting)
  }
  const { upgrades = released } = options
  const pool = openRenderPool()
  const rooms = createRooms({
    ...{ storage, committer, now, steady, linger, presenceWindow, report, upgrades, closed },
    compact: pool.compact,
  })
  const gateway = createGateway({
    storage,
    rooms,
    origin: options.origin,
    used: (session) => storage.used(session, now()),
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

  /** Every socket, request and response passes through here, so each has an error handler from the start. */
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
    // A request to upgrade to an unknown protocol gets a plain HTTP answer, as HTTP intends.
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
    // An address may contain a file name, and characters outside the BMP count twice.
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
  // Limits by session if it really exists, and not merely if the cookie claims so: a delegation behind one IP address
  // is many people.
  const known = async (request: FastifyRequest) => {
    const secret = readSession(request.headers.cookie)
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
    // Browsers and proxies must not cache what only one person may see. A route may override this.
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
    // While commits fail, a rebuild would keep everybody waiting, readers too.
    if (committer.state().status === 'failing') return { status: 'not-ready' } as const
    // Nobody is disconnected before the pool is free.
    return pool.mend(meeting, (open) =>
      rooms.replace(meeting, 'agenda', async () => {
        // Only the earlier document can attribute earlier changes. If it is too heavy to read, they stay unattributed.
        const told = attributor.catchUp(meeting).catch(report)
        await Promise.race([told, new Promise<void>((resolve) => after(patience, resolve, report).unref())])
        return rebuildMeeting(storage, meeting, open)
      }),
    )
  }
  const sessions = { revoked: gateway.review, signedOut: gateway.endSession, renewed: gateway.renewSession }
  serveApi(app, { storage, pool, origin, now, steady, rebuild, ...sessions })
  serveChanges(app, { storage, attributor, pool, now })
  serveExports(app, { storage, pool, origin, now, report })
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
    await Promise.all([gateway.close(), pool.close()])
    throw error
  }
  // For example, too many open files: then no new connection is accepted for a while. An earlier error fails the start.
  listen(app.server, 'error', report, report)

  const drain = () =>
    Promise.race([committer.drain(), new Promise<void>((resolve) => after(patience, resolve, report).unref())])
  let closing: Promise<void> | null = null
  const close = async () => {
    gateway.hush()
    await drain()
    // Polling clients fetch their close code over a new connection, so the port stays open until then.
    await gateway.close()
    const closed = app.close()
    await rooms.close()
    committer.close()
    await Promise.all([pool.close(), attributor.close()])
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

/** Judged by the matched route, because one address can be written in many ways. */
function isPrivate({ routeOptions, url }: FastifyRequest): boolean {
  return /^\/(api|calendar)\//.test(routeOptions.url ?? url)
}

function isOurs(url: string): boolean {
  return /^\/(api\/|calendar\/|healthz|readyz|metrics)/.test(url)
}

/** Translates refusals by fastify into ours. */
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
