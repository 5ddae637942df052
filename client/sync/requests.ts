import { readFrames, writeFrames } from '../../shared/wire/batch.ts'
import { acknowledgeType } from '../../shared/wire/frame.ts'
import type { Carrier } from './device/log.ts'
import { slowestWay } from './timing.ts'

/**
 * A connection over plain requests: frames go up in POSTs, one at a time, and come down as server-sent events or in
 * responses to polls. Everything is numbered, so what the network loses is sent again and nothing counts twice.
 */
export interface Requests {
  readonly carrier: () => Carrier
  send(frame: Uint8Array): void
  close(): void
}

export interface RequestsOptions {
  /** The address of the socket. */
  readonly url: string
  readonly as: 'stream' | 'polling'
  /** A stream that has brought nothing for this long is buffered by something on the way, ms. */
  readonly patience: number
  readonly came: (frame: ArrayBuffer) => void
  /** 1006: the reason is unknown. */
  readonly ended: (code: number, reason: string) => void
  /** `carrier()` has changed. */
  readonly changed: () => void
  readonly fetch?: typeof fetch
  readonly EventSource?: typeof EventSource
}

/** Maximum size of a POST, bytes. A single frame is never split, so it may exceed this. */
const largestPost = 2 ** 17
/** How often a request is tried before the connection counts as broken. */
const tries = 4
/** Between two tries, ms; it grows with each. */
const pause = 400
/** Timeouts of a POST (and more for its bytes) and of a poll, ms. The server answers a poll every fifteen seconds. */
const postWait = 12_000
const pollWait = 40_000
/** Every POST confirms what has come. After this many bytes or this many ms, an empty POST does. */
const unconfirmed = 64 * 2 ** 10
const lifeEvery = 9_000
/** How long an acknowledgement may take over a stream, ms. */
const echoWait = 5_000

export function openRequests(options: RequestsOptions): Requests {
  const { patience, came, ended, changed } = options
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis)
  const EventSource = options.EventSource ?? globalThis.EventSource
  const found = /^ws(.*?)(\?.*)?$/.exec(options.url)
  const address = `http${found?.[1]}/lines`
  const stop = new AbortController()
  let as = options.as
  let line: string | null = null
  let closed = false
  let queue: Uint8Array[] = []
  let posting = false
  let posts = 0
  let postedAt = performance.now()
  let received = 0
  let fresh = 0
  let events: EventSource | null = null

  function end(code: number, reason = '') {
    if (closed) return
    close()
    ended(code, reason)
  }
  function close() {
    if (closed) return
    closed = true
    events?.close()
    stop.abort()
    globalThis.removeEventListener?.('pagehide', leave)
    // Others see at once that this client has left. If this request is lost, they see it a little later.
    if (line !== null) fetch(line, { method: 'DELETE', keepalive: true }).catch(() => {})
  }
  const leave = () => end(1006)
  globalThis.addEventListener?.('pagehide', leave)

  /** Null once the connection has ended, because the server has ended it or is out of reach. */
  async function ask(url: string, init: RequestInit, wait: number, again: number): Promise<Response | null> {
    for (let tried = 1; !closed; tried += 1) {
      const signal = deadline(wait)
      try {
        const response = await fetch(url, { ...init, cache: 'no-store', signal: signal.signal })
        if (response.ok) {
          // The body is read here, so that one that never ends times out too. A large one gets more time.
          signal.allow(wait + Number(response.headers.get('content-length')) / slowestWay)
          const body = response.status === 204 ? null : await response.arrayBuffer()
          return new Response(body, response)
        }
        const answer = await wordOf(response)
        if (answer !== null) {
          end(answer.code, answer.reason)
          return null
        }
      } catch {
        // The request was lost, or given up.
      } finally {
        signal.clear()
      }
      if (tried >= again) break
      await new Promise((resolve) => setTimeout(resolve, pause * tried))
    }
    end(1006)
    return null
  }
  function deadline(wait: number) {
    const controller = new AbortController()
    const abort = () => controller.abort()
    let timer = setTimeout(abort, wait)
    stop.signal.addEventListener('abort', abort)
    return {
      signal: controller.signal,
      allow(more: number) {
        clearTimeout(timer)
        timer = setTimeout(abort, more)
      },
      clear() {
        clearTimeout(timer)
        stop.signal.removeEventListener('abort', abort)
      },
    }
  }

  async function open() {
    const response = await ask(`${address}${found?.[2] ?? ''}`, { method: 'POST' }, postWait, 1)
    if (response === null) return
    const opened: unknown = await response.json().catch(() => null)
    const id = (opened as { line?: unknown } | null)?.line
    // A captive portal answers every request, and with success.
    if (typeof id !== 'string' || !/^[\w-]{20,64}$/.test(id)) return end(1006)
    line = `${address}/${id}`
    if (closed) {
      fetch(line, { method: 'DELETE', keepalive: true }).catch(() => {})
      return
    }
    if (as === 'stream') stream()
    else void poll()
    void post()
  }

  function stream() {
    const source = new EventSource(`${line}/events?after=${received}`)
    events = source
    let working = false
    const degrade = () => {
      if (events === source) giveUp()
    }
    // The first stream brings the greeting at once; a later one may have nothing to bring for a while.
    const patient = received === 0 ? setTimeout(degrade, patience) : undefined
    source.onmessage = ({ data, lastEventId }) => {
      if (closed || events !== source || Number(lastEventId) !== received + 1) return
      working = true
      clearTimeout(patient)
      take(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)))
    }
    source.addEventListener('end', ({ data }) => {
      const { code, reason } = JSON.parse(data) as { code: number; reason: string }
      end(code, reason)
    })
    source.onerror = () => {
      clearTimeout(patient)
      source.close()
      if (closed || events !== source) return
      // Some proxies end every response after a while: the next stream resumes where it stopped.
      if (working) stream()
      else degrade()
    }
  }

  /** Switches from the stream to polling, on the same connection, so nothing that was sent is lost. */
  function giveUp() {
    if (closed || events === null) return
    events.close()
    events = null
    void poll()
  }

  async function poll() {
    as = 'polling'
    changed()
    while (!closed) {
      const response = await ask(`${line}/frames?after=${received}`, {}, pollWait, tries)
      if (response === null) return
      const frames = readFrames(new Uint8Array(await response.arrayBuffer()))
      if (frames === null) return end(1006)
      for (const frame of frames) take(frame.slice())
    }
  }

  function take(frame: Uint8Array<ArrayBuffer>) {
    if (closed) return
    received += 1
    fresh += frame.length
    came(frame.buffer)
    // A poll confirms frames and shows that this client is alive; beside a stream, POSTs do.
    if (as === 'stream' && (fresh > unconfirmed || performance.now() - postedAt > lifeEvery)) void post(true)
  }

  async function post(empty = false) {
    if (posting || line === null) return
    posting = true
    for (let due = empty; !closed && (queue.length > 0 || due); due = false) {
      // Frames sent in the same task share a POST.
      await Promise.resolve()
      const { body, count } = writeFrames(queue, largestPost)
      posts += 1
      postedAt = performance.now()
      fresh = 0
      const init = { method: 'POST', body, headers: { 'content-type': 'application/octet-stream' } }
      const response = await ask(
        `${line}?number=${posts}&after=${received}`,
        init,
        postWait + body.length / slowestWay,
        tries,
      )
      if (response === null) return
      const echoDue = queue.slice(0, count).some((frame) => frame[0] === acknowledgeType)
      queue = queue.slice(count)
      // The request for an acknowledgement has arrived, but no answer comes: something on the way buffers the stream.
      const before = received
      if (echoDue && as === 'stream') setTimeout(() => received === before && giveUp(), echoWait)
    }
    posting = false
  }

  void open()
  return {
    carrier: () => as,
    send(frame) {
      if (closed) return
      queue.push(frame)
      void post()
    },
    close,
  }
}

/** The close code and reason from our server; null if something else has answered. */
async function wordOf(response: Response): Promise<{ code: number; reason: string } | null> {
  const answer: unknown = await response.json().catch(() => null)
  if (typeof answer !== 'object' || answer === null || !('code' in answer) || !('reason' in answer)) return null
  return typeof answer.code === 'number' ? { code: answer.code, reason: String(answer.reason) } : null
}
