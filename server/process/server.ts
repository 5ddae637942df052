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
import { isForwarded, isLoopback, networkOf, type Proxies, trusting } from '../access/client.ts'
import { readSession, sameOrigin } from '../access/cookie.ts'
import { createQuotas, type Limits, type Quotas } from '../access/quota.ts'
import { hashSecret, sameSecret } from '../access/secret.ts'
import { countAnswers } from '../http/answers.ts'
import { serveApi } from '../http/api.ts'
import { serveChanges } from '../http/changes.ts'
import { serveEnding } from '../http/ending.ts'
import { serveExports } from '../http/exports.ts'
import { serveFilling } from '../http/filling.ts'
import { isAskedByPerson, servePages } from '../http/pages.ts'
import { languageOfRequest, Refused, refusalBody } from '../http/refused.ts'
import { requestCounts } from '../http/requestcounts.ts'
import { serve, serveRaw } from '../http/serve.ts'
import { noteUse } from '../http/sessions.ts'
import { openAttributor } from '../meeting/attribution.ts'
import { endDue } from '../meeting/endings.ts'
import { rebuildMeeting } from '../meeting/meetings.ts'
import { withRevocations } from '../meeting/revocations.ts'
import { openRenderPool } from '../render/pool.ts'
import { type Committer, createCommitter } from '../room/committer.ts'
import { createRooms, type Rooms } from '../room/rooms.ts'
import { Damaged, type Storage, StorageUnavailable } from '../storage/storage.ts'
import type { Usage } from '../storage/usage.ts'
import { createGateway } from '../sync/gateway.ts'
import { after, every, guarded, ignoreErrors, listen } from './guard.ts'
import { createMetrics } from './metrics.ts'
import { createRequestLog } from './requestlog.ts'

export interface ServerOptions {
  readonly storage: Storage
  readonly port: number
  readonly host: string
  /** The public origin. Without one, links use localhost and the port. */
  readonly origin: string | null
  /** The proxies in front, if any. */
  readonly proxies?: Proxies | null
  /** What a program on another machine reads the metrics with; without it, none does. */
  readonly metricsToken?: string | null
  /** Who makes new meetings in the browser. */
  readonly create?: 'organizers' | 'nobody'
  readonly logger: Logger
  /** Where each request is noted, if anywhere. */
  readonly requestLogger?: Logger | null
  /** The built client, when there is one. */
  readonly pages?: string
  /** Handles requests that are not ours, instead of the built client. */
  readonly middleware?: (request: IncomingMessage, response: ServerResponse) => void
  readonly now?: () => number
  /** Monotonic, ms: for rates and waits, because `now` may jump at any time. */
  readonly steady?: () => number
  /** How long edits wait for others before they are committed together, ms. */
  readonly window?: number
  readonly presenceWindow?: number
  readonly linger?: number
  readonly reviewEvery?: number
  readonly beatEvery?: number
  /** How often meetings whose last day is over are deleted, ms. */
  readonly sweepEvery?: number
  /** Upgrades for documents of older epochs: those of this release, unless a test adds a later one. */
  readonly upgrades?: readonly Upgrade[]
  /** What links, meetings and the server may use, where it differs from the defaults. */
  readonly limits?: Partial<Limits>
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

/** Pause between attempts to recover a damaged document, ms. */
const recoverEvery = 10_000

export async function createServer(options: ServerOptions): Promise<Server> {
  const { logger, now = Date.now, window = 32, presenceWindow = 50, linger = 30_000 } = options
  const { steady = () => performance.now() } = options
  const report = (error: unknown) => logger.error({ err: error }, 'unexpected')
  /** Documents that cannot be recovered, and until when nobody tries again: it takes reading the whole log. */
  const lost = new Map<string, number>()
  const observed: Storage = {
    ...options.storage,
    async recover(meeting, name) {
      if (steady() < (lost.get(`${meeting}/${name}`) ?? 0)) return 'lost'
      const outcome = await options.storage.recover(meeting, name)
      if (outcome === 'lost') lost.set(`${meeting}/${name}`, steady() + recoverEvery)
      if (outcome !== 'sound') {
        metrics.damaged(outcome)
        const what = outcome === 'rebuilt' ? 'made anew from its log' : 'refused until a backup is restored'
        logger.error({ meeting, document: name }, `a document is damaged: it is ${what}`)
      }
      return outcome
    },
  }
  const creates = (options.create ?? 'organizers') === 'organizers'
  const storage = withRevocations(observed, report, now)

  const requestLog = createRequestLog(options.requestLogger ?? null, steady, report)
  let warned = options.origin !== null && options.proxies != null
  const warn = ({ headers }: IncomingMessage) => {
    if (warned || !isForwarded(headers)) return
    warned = true
    const unset = [options.origin === null && 'PARLEY_ORIGIN', options.proxies == null && 'PARLEY_PROXIES']
    logger.warn(`requests come through a proxy; not set: ${unset.filter(Boolean).join(', ')}`)
  }

  const quotas = createQuotas({
    ...(options.limits && { limits: options.limits }),
    steady,
    warn: (nearly) => logger.warn(nearly, 'a budget is nearly used up'),
  })
  // A damaged log must not keep the rest from being served.
  await learnStored(quotas, storage).catch(report)
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
    quotas,
    origin: options.origin,
    used: (session) => noteUse(storage, session, now()),
    steady,
    reviewEvery: options.reviewEvery ?? 300,
    beatEvery: options.beatEvery ?? 15_000,
    opened: () => metrics.opened(),
    upgraded: requestLog.opened,
    ended: (code) => metrics.ended(code),
    report,
  })
  const metrics = createMetrics({
    connections: gateway.connections,
    rooms: rooms.status,
    waiting: committer.waiting,
    failing: () => committer.state().status === 'failing',
    quotas,
  })

  /** Every socket, request and response passes through here, so each has an error handler from the start. */
  const openHttp = (handler: (request: IncomingMessage, response: ServerResponse) => void): HttpServer => {
    const serve = (request: IncomingMessage, response: ServerResponse) => {
      ignoreErrors(request)
      ignoreErrors(response)
      const answer = () => {
        warn(request)
        requestLog.begun(request, response)
        if (gateway.request(request, response)) return requestLog.routed(request, '/sync/:meeting/:document/lines')
        if (options.middleware === undefined || isOurs(request.url ?? '/')) handler(request, response)
        else options.middleware(request, response)
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
        warn(request)
        if (gateway.upgrades(request)) gateway.upgrade(request, socket, head)
      }
      guarded(answer, failed)()
    }
    // A request to upgrade to an unknown protocol gets a plain HTTP answer, as HTTP intends.
    const http = createHttpServer({ shouldUpgradeCallback: gateway.upgrades })
    listen(http, 'connection', ignoreErrors, report)
    listen(http, 'request', serve, report)
    listen(http, 'upgrade', upgrade, report)
    return http
  }

  const app = fastify({
    logger: false,
    bodyLimit: largestBody,
    // For `request.ip`. Nothing asks fastify for the protocol or the host, which it would take from such headers as well.
    trustProxy: trusting(options.proxies ?? null),
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
    keyGenerator: async (request) => (await known(request)) ?? networkOf(request.ip),
    errorResponseBuilder: () => new Refused(429, 'too-much'),
  })

  app.addHook('onRequest', async (request, reply) => {
    requestLog.routed(request.raw, request.routeOptions.url ?? '-')
    // Browsers and proxies must not cache what only one person may see. A route may override this.
    if (isPrivate(request)) reply.header('cache-control', 'no-store')
    const safe = request.method === 'GET' || request.method === 'HEAD'
    if (!safe && !sameOrigin(request.headers, options.origin)) throw new Refused(403, 'other-origin')
  })
  app.setErrorHandler((error: FastifyError | Refused, request, reply) => {
    const refused = error instanceof Refused ? error : refusedBy(error)
    if (refused.code === 'failed') logger.error({ err: error, id: requestLog.idOf(request.raw) }, 'a request failed')
    if (refused.retryAfter !== undefined) reply.header('retry-after', refused.retryAfter)
    return reply.code(refused.status).send(refusalBody(refused, languageOfRequest(request)))
  })
  app.setNotFoundHandler((request, reply) => {
    if (options.pages !== undefined && isAskedByPerson(request)) return reply.code(404).sendFile('index.html')
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
  countAnswers(app, { quotas, report })
  const sessions = { revoked: gateway.review, signedOut: gateway.endSession, renewed: gateway.renewSession }
  serveApi(app, { storage, pool, quotas, origin, now, steady, rebuild, creates, ...sessions })
  serveChanges(app, { storage, attributor, pool, now })
  serveExports(app, { storage, pool, quotas, origin, now, report })
  serveEnding(app, { storage, now })
  serveFilling(app, { storage, quotas })
  serve(app, 'healthz', async () => ({ status: 'ok' }))
  serve(app, 'readyz', async ({ reply }) => {
    const state = committer.state()
    if (state.status === 'well') return { status: 'ready' }
    reply.code(503)
    return { status: 'failing', since: new Date(state.since).toISOString() }
  })
  serveRaw(app, 'metrics', async ({ request, reply }) => {
    // A proxy on this machine connects from it, too.
    const near = isLoopback(request.ip) && !isForwarded(request.headers)
    if (!near) {
      const { metricsToken = null } = options
      if (metricsToken === null) throw new Refused(404, 'not-found')
      reply.header('www-authenticate', 'Bearer')
      if (!sameSecret(request.headers.authorization ?? '', `Bearer ${metricsToken}`)) throw new Refused(401, 'no-token')
    }
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
  if (options.pages !== undefined) await servePages(app, options.pages)

  const sweep = async () => {
    const ended = await endDue(storage, now())
    if (ended === 0) return
    logger.warn({ meetings: ended }, 'deleted: the last day of their retention is over')
    await gateway.review()
  }
  // Nobody opens what is already due. A failing disk must not keep the others from theirs.
  await sweep().catch(report)
  const sweeping = every(options.sweepEvery ?? 600_000, sweep, report)

  try {
    await app.listen({ port: options.port, host: options.host })
  } catch (error) {
    clearInterval(sweeping)
    await Promise.all([gateway.close(), pool.close()])
    throw error
  }
  // For example, too many open files: then no new connection is accepted for a while. An earlier error fails the start.
  listen(app.server, 'error', report, report)

  const drain = () =>
    Promise.race([committer.drain(), new Promise<void>((resolve) => after(patience, resolve, report).unref())])
  let closing: Promise<void> | null = null
  const close = async () => {
    clearInterval(sweeping)
    gateway.hush()
    await drain()
    // Polling clients fetch their close code over a new connection, so the port stays open until then.
    await gateway.close()
    const closed = app.close()
    await rooms.close()
    committer.close()
    storage.stopRevoking()
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

/** What meetings have stored before this start. */
async function learnStored(quotas: Quotas, storage: Usage): Promise<void> {
  for (const { meeting, link, bytes } of await storage.logBytes())
    quotas.add('log', link === null ? { meeting } : { meeting, invitation: link }, bytes)
  for (const { meeting, count, bytes } of await storage.versionBytes()) {
    quotas.add('versions', { meeting }, count)
    quotas.add('version-bytes', { meeting }, bytes)
  }
}

/** Judged by the matched route, because one address can be written in many ways. */
function isPrivate({ routeOptions, url }: FastifyRequest): boolean {
  return /^\/(api|calendar)\//.test(routeOptions.url ?? url)
}

function isOurs(url: string): boolean {
  return /^\/(api\/|calendar\/|healthz|readyz|metrics)/.test(url)
}

/** Translates refusals by fastify and by the storage into ours. */
function refusedBy(error: FastifyError): Refused {
  if (error instanceof Damaged) return new Refused(503, 'damaged')
  if (error instanceof StorageUnavailable) return new Refused(503, 'not-ready')
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
