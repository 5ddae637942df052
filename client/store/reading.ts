import type { Agenda, ItemId, Language, MeetingId } from '../../shared/domain/agenda.ts'
import type { Answer } from './api.ts'

/** What the server made of a file. Nothing of it is in the agenda yet. */
export type Understanding =
  | { readonly status: 'understood'; readonly agenda: Agenda; readonly lines: readonly Line[] }
  /** `message` is a sentence in the reader's language: what happened, what to do. */
  | { readonly status: 'refused'; readonly message: string }

/** One line, row or event of the file, and what became of it. Everything that stands in the file is here once. */
export interface Line {
  /** 'Line 12', 'Table 2, row 3', in the reader's language. */
  readonly where: string
  readonly text: string
  readonly outcome:
    | { readonly type: 'used'; readonly as: string; readonly item?: ItemId }
    | { readonly type: 'unused'; readonly why: string }
}

export interface Reading {
  /** `stopped` when the person did not want to wait. */
  readonly answer: Promise<Answer<Understanding> | { readonly status: 'stopped' }>
  stop(): void
}

/** What the server accepts, in bytes. */
export const largestFile = 20 * 1024 * 1024

/**
 * Has the server read `file`. `progress` hears how much of it is sent, from 0 to 1; `fetch` cannot say that, so this is
 * the older way of asking.
 */
export function readFile(
  meeting: MeetingId,
  file: File,
  language: Language,
  progress: (sent: number) => void,
): Reading {
  const request = new XMLHttpRequest()
  const answer = new Promise<Awaited<Reading['answer']>>((resolve) => {
    request.open('POST', `/api/meetings/${encodeURIComponent(meeting)}/read?name=${encodeURIComponent(file.name)}`)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.setRequestHeader('accept', 'application/json')
    request.setRequestHeader('accept-language', language === 'zh' ? 'zh-CN' : 'en')
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) progress(event.loaded / event.total)
    }
    request.onload = () => resolve(answerOf(request.status, request.responseText))
    request.onerror = () => resolve({ status: 'unreachable' })
    request.onabort = () => resolve({ status: 'stopped' })
    request.send(file)
  })
  return { answer, stop: () => request.abort() }
}

function answerOf(http: number, text: string): Answer<Understanding> {
  try {
    const body: unknown = JSON.parse(text)
    if (!isRecord(body)) return { status: 'unreachable' }
    if (http >= 200 && http < 300) {
      const understanding = understandingOf(body)
      return understanding ? { status: 'ok', value: understanding } : { status: 'unreachable' }
    }
    // A proxy's error page is no word of the server.
    if (typeof body.error !== 'string') return { status: 'unreachable' }
    const message = typeof body.message === 'string' ? body.message : body.error
    return { status: 'refused', http, code: body.error, message }
  } catch {
    return { status: 'unreachable' }
  }
}

export function understandingOf(body: Record<string, unknown>): Understanding | null {
  if (body.status === 'refused') return { status: 'refused', message: String(body.message ?? '') }
  if (body.status !== 'understood' || !isRecord(body.agenda)) return null
  // The server has checked what it understood against the format.
  const agenda = body.agenda as unknown as Agenda
  return { status: 'understood', agenda, lines: Array.isArray(body.lines) ? body.lines.map(lineOf) : [] }
}

function lineOf(value: unknown): Line {
  const line = isRecord(value) ? value : {}
  const outcome = isRecord(line.outcome) ? line.outcome : {}
  return {
    where: String(line.where ?? ''),
    text: String(line.text ?? ''),
    outcome:
      outcome.type === 'used'
        ? {
            type: 'used',
            as: String(outcome.as ?? ''),
            ...(typeof outcome.item === 'string' ? { item: outcome.item as ItemId } : {}),
          }
        : { type: 'unused', why: String(outcome.why ?? '') },
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
