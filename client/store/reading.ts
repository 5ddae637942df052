import type { Understanding } from '../../shared/api/contract.ts'
import { addressOf, routeOf } from '../../shared/api/routes.ts'
import type { Language, MeetingId } from '../../shared/domain/agenda.ts'
import { type Answer, answerOf, tagOf } from './api.ts'

/** One line, row or event of the file, and what became of it. Everything in the file appears once. */
export type { FileLine } from '../../shared/api/contract.ts'
export { largestFile } from '../../shared/api/terms.ts'

export interface Reading {
  /** `stopped` if the person did not want to wait. */
  readonly answer: Promise<Answer<Understanding> | { readonly status: 'stopped' }>
  stop(): void
}

/**
 * Has the server read `file`. `progress` gets the fraction that is sent, from 0 to 1; `fetch` cannot report that, so
 * this uses XMLHttpRequest.
 */
export function readFile(
  meeting: MeetingId,
  file: File,
  language: Language,
  progress: (sent: number) => void,
): Reading {
  const request = new XMLHttpRequest()
  const answer = new Promise<Awaited<Reading['answer']>>((resolve) => {
    const address = addressOf('readFile', { meeting })
    request.open(routeOf('readFile').method, `${address}?name=${encodeURIComponent(file.name)}`)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.setRequestHeader('accept', 'application/json')
    request.setRequestHeader('accept-language', tagOf(language))
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) progress(event.loaded / event.total)
    }
    request.onload = () => {
      try {
        resolve(answerOf(request.status, request.responseText))
      } catch {
        resolve({ status: 'unreachable' })
      }
    }
    request.onerror = () => resolve({ status: 'unreachable' })
    request.onabort = () => resolve({ status: 'stopped' })
    request.send(file)
  })
  return { answer, stop: () => request.abort() }
}
