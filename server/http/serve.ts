import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import type { z } from 'zod'
import {
  type AnswerOf,
  contract,
  type JsonRoute,
  type ReadBodyOf,
  type ReadQueryOf,
} from '../../shared/api/contract.ts'
import { type Params, type RouteName, routeOf } from '../../shared/api/routes.ts'
import type { RefusalCode } from '../../shared/api/terms.ts'
import { Refused } from './refused.ts'

/** One request to a route of the contract. */
export interface Asked<R extends RouteName> {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly params: Params<R>
  /** The parsed query, or a refusal that names the first wrong field. */
  query(): ReadQueryOf<R>
  /** The same for the body. `codes`: refusal codes for fields that have their own. */
  body(codes?: Readonly<Record<string, RefusalCode>>): ReadBodyOf<R>
}

/** Serves a route with JSON, by its contract. */
export function serve<R extends JsonRoute>(
  app: FastifyInstance,
  route: R,
  answer: (asked: Asked<R>) => Promise<AnswerOf<R>>,
  options: RouteShorthandOptions = {},
): void {
  const terms: Terms = contract[route]
  const status = terms.answer === null ? 204 : terms.made ? 201 : 200
  const send = async (asked: Asked<R>) => {
    asked.reply.code(status)
    return asked.reply.send((await answer(asked)) ?? undefined)
  }
  serveRaw(app, route, send, options)
}

/** Serves a route whose handler sends its own answer. */
export function serveRaw<R extends RouteName>(
  app: FastifyInstance,
  route: R,
  answer: (asked: Asked<R>) => Promise<FastifyReply>,
  options: RouteShorthandOptions = {},
): void {
  const { method, path: url } = routeOf(route)
  const terms: Terms = contract[route]
  const handler = (request: FastifyRequest, reply: FastifyReply) =>
    answer({
      request,
      reply,
      params: request.params as Params<R>,
      query: () => read(terms.query, request.query) as ReadQueryOf<R>,
      body: (codes) => read(terms.body, request.body, codes) as ReadBodyOf<R>,
    })
  app.route({ ...options, method, url, handler })
}

interface Terms {
  readonly query?: z.ZodType
  readonly body?: z.ZodType | 'file'
  readonly made?: true
  readonly answer: z.ZodType | 'file' | null
}

function read(type: Terms['body'], value: unknown, codes: Readonly<Record<string, RefusalCode>> = {}): unknown {
  if (type === undefined || type === 'file') return undefined
  const result = type.safeParse(value ?? {})
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const field = issue?.path.join('.') || 'body'
  const absent = value == null || (typeof value === 'object' && !(field in value))
  throw new Refused(400, absent && field !== 'body' ? 'missing' : (codes[field] ?? 'invalid'), field)
}
