import type { Carrier } from '../../client/sync/device/log.ts'
import { openRequests } from '../../client/sync/requests.ts'
import { openTransport } from '../../client/sync/transport.ts'
import { socketWith } from './server.ts'

export const carriers: readonly Carrier[] = ['socket', 'stream', 'polling']

/** Fetch as a page does it that has this cookie. */
export function fetchWith(cookie: string | undefined, headers: Record<string, string> = {}): typeof fetch {
  return (url, init) =>
    fetch(url, {
      ...init,
      headers: {
        ...(init?.headers as Record<string, string> | undefined),
        ...(cookie === undefined ? {} : { cookie }),
        ...headers,
      },
    })
}

/** As much of a browser's EventSource as the client uses, over this fetch. It does not come back by itself. */
export function eventsWith(get: typeof fetch): typeof EventSource {
  function Source(url: string) {
    const stop = new AbortController()
    const ears = new Map<string, (event: unknown) => void>()
    const source = {
      onmessage: null as ((event: unknown) => void) | null,
      onerror: null as (() => void) | null,
      addEventListener: (type: string, listener: (event: unknown) => void) => ears.set(type, listener),
      close: () => stop.abort(),
    }
    const read = async () => {
      const response = await get(url, { headers: { accept: 'text/event-stream' }, signal: stop.signal })
      if (!response.ok || response.body === null) return
      let text = ''
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        const events = (text + chunk).split('\n\n')
        text = events.pop() ?? ''
        for (const event of events) {
          const fields = new Map(
            event.split('\n').map((line) => [line.split(':', 1)[0], line.slice(line.indexOf(':') + 1)]),
          )
          const type = fields.get('event')
          const message = { data: fields.get('data'), lastEventId: fields.get('id') }
          if (stop.signal.aborted || message.data === undefined) continue
          if (type === undefined) source.onmessage?.(message)
          else ears.get(type)?.(message)
        }
      }
    }
    read()
      .catch(() => {})
      .finally(() => stop.signal.aborted || source.onerror?.())
    return source
  }
  return Source as unknown as typeof EventSource
}

/** A WebSocket-shaped class as our client makes it, where this carrier is known to be the one that passes. */
export function carriedBy(carrier: Carrier, cookie: string | undefined, get = fetchWith(cookie)): typeof WebSocket {
  return openTransport({
    storage:
      carrier === 'socket' ? null : { getItem: () => `${carrier} ${Date.now()} `, setItem() {}, removeItem() {} },
    WebSocket: socketWith(cookie ?? ''),
    load: async () => ({
      openRequests: (options) => openRequests({ ...options, fetch: get, EventSource: eventsWith(get) }),
    }),
  }).Socket
}
