import type { FastifyRequest } from 'fastify'
import type { Refusal } from '../../shared/api/contract.ts'
import type { RefusalCode } from '../../shared/api/terms.ts'
import type { Language } from '../../shared/domain/agenda.ts'
import { languageOf, sentence } from './words.ts'

/** A refusal. Thrown only inside handlers. */
export class Refused extends Error {
  readonly status: number
  readonly code: RefusalCode
  readonly field: string | undefined
  /** Seconds. */
  readonly retryAfter: number | undefined
  constructor(status: number, code: RefusalCode, field?: string, retryAfter?: number) {
    super(code)
    this.status = status
    this.code = code
    this.field = field
    this.retryAfter = retryAfter
  }
}

export function refusalBody(refused: Refused, language: Language): Refusal {
  const { code, field } = refused
  return { error: code, message: sentence(code, language, field), ...(field === undefined ? {} : { field }) }
}

export function languageOfRequest(request: FastifyRequest): Language {
  return languageOf(request.headers['accept-language'])
}
