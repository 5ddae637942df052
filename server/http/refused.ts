import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Language } from '../../shared/domain/agenda.ts'
import { languageOf, type RefusalCode, sentence } from './words.ts'

/** A refusal on its way to the answer. Thrown inside handlers, and only there. */
export class Refused extends Error {
  readonly status: number
  readonly code: RefusalCode
  readonly field: string | undefined
  constructor(status: number, code: RefusalCode, field?: string) {
    super(code)
    this.status = status
    this.code = code
    this.field = field
  }
}

/** What a body or a query says, or a refusal that names the first field that is wrong. */
export function read<T extends z.ZodType>(
  type: T,
  value: unknown,
  codes: Record<string, RefusalCode> = {},
): z.output<T> {
  const result = type.safeParse(value ?? {})
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const field = issue?.path.join('.') || 'body'
  const absent = value == null || (typeof value === 'object' && !(field in value))
  throw new Refused(400, absent && field !== 'body' ? 'missing' : (codes[field] ?? 'invalid'), field)
}

/** The body of a refusal. */
export function refusalBody(refused: Refused, language: Language): { error: string; message: string; field?: string } {
  const { code, field } = refused
  return { error: code, message: sentence(code, language, field), ...(field === undefined ? {} : { field }) }
}

export function languageOfRequest(request: FastifyRequest): Language {
  return languageOf(request.headers['accept-language'])
}
