import type { AnswerOf, BodyOf, JsonRoute } from '../../shared/api/contract.ts'
import { addressOf, type Params, routeOf } from '../../shared/api/routes.ts'
import type { VersionId } from '../../shared/api/terms.ts'
import type { Language, MeetingId } from '../../shared/domain/agenda.ts'
import type { CopyOptions } from '../../shared/export/copy.ts'
import { type Format, termsOf } from '../../shared/export/formats.ts'

export type {
  AnswerOf,
  Calendar,
  Ending,
  Filling,
  Invitation,
  Link,
  MeetingPerson,
  MeetingSession,
  Membership,
  NewCode,
  Version,
} from '../../shared/api/contract.ts'
export { isCode, type Label, labels, type Role, tidyCode, type VersionId } from '../../shared/api/terms.ts'

/** A file to be made by the server. */
export interface ExportRequest {
  readonly format: Format
  readonly options: Omit<CopyOptions, 'edition'>
  /** Null for the current agenda. */
  readonly version: VersionId | null
  /** Part of the address, for browsers that name files after it. */
  readonly fileName: string
}

/** The outcome of a request. `refused`: the server's own answer. `unreachable`: any failure on the way to it. */
export type Answer<T> =
  | { readonly status: 'ok'; readonly value: T }
  | { readonly status: 'refused'; readonly http: number; readonly code: string; readonly message: string }
  | { readonly status: 'unreachable' }

/** The server's HTTP API, as the contract describes it. */
export interface Api {
  /** `leaving`: the request outlives the page. */
  call<R extends JsonRoute>(
    route: R,
    params: Params<R>,
    body?: BodyOf<R>,
    leaving?: boolean,
  ): Promise<Answer<AnswerOf<R>>>
  exportUrl(meeting: MeetingId, request: ExportRequest): string
  /** Resolves when the server begins to answer at `url`; the content is discarded. */
  begun(url: string): Promise<Answer<null>>
}

/** `language` is read at every call, so that refusals are in the reader's language. */
export function openApi(origin: string, language: () => Language): Api {
  const spoken = () => ({ 'accept-language': tagOf(language()) })
  return {
    async call<R extends JsonRoute>(route: R, params: Params<R>, body?: BodyOf<R>, leaving = false) {
      try {
        const response = await fetch(`${origin}${addressOf(route, params)}`, {
          method: routeOf(route).method,
          credentials: 'same-origin',
          keepalive: leaving,
          headers: {
            accept: 'application/json',
            ...spoken(),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        return answerOf<AnswerOf<R>>(response.status, await response.text())
      } catch {
        return { status: 'unreachable' }
      }
    },
    exportUrl: (meeting, { format, options, version, fileName }) => {
      const { language, lead, days } = options
      const flag = (on: boolean) => (on ? '1' : '0')
      const query = new URLSearchParams({
        // A complete copy has no options.
        ...(termsOf(format).whole
          ? {}
          : {
              lang: language,
              lead,
              people: flag(options.people),
              readings: flag(options.readings),
              questions: flag(options.questions),
              ...(days === null ? {} : { days: days.join(',') }),
            }),
        ...(version === null ? {} : { version }),
      }).toString()
      return `${origin}${addressOf('exportAs', { meeting, format, name: fileName })}${query === '' ? '' : `?${query}`}`
    },
    async begun(url) {
      const letGo = new AbortController()
      try {
        const response = await fetch(url, { credentials: 'same-origin', headers: spoken(), signal: letGo.signal })
        if (!response.ok) return answerOf<null>(response.status, await response.text())
        letGo.abort()
        return { status: 'ok', value: null }
      } catch {
        return { status: 'unreachable' }
      }
    },
  }
}

export function tagOf(language: Language): string {
  return language === 'zh' ? 'zh-CN' : 'en'
}

/** Reads a response body. Throws if it is not JSON: a proxy's page is not an answer of the server. */
export function answerOf<T>(http: number, text: string): Answer<T> {
  const said = text === '' ? null : JSON.parse(text)
  if (http >= 200 && http < 300) return { status: 'ok', value: said as T }
  if (typeof said?.error !== 'string') return { status: 'unreachable' }
  return { status: 'refused', http, code: said.error, message: String(said.message ?? said.error) }
}
