import { type Agent, request } from 'node:http'
import { connect } from 'node:net'
import { soon } from '../../support/patience.ts'

/** What came of a request. No status: the connection ended without an answer, or we left before there was one. */
export interface Answer {
  readonly status: number | null
  readonly body: string
}

export interface Ask {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Leaves as soon as the request is written. */
  readonly leaves?: boolean
}

/** A request that Node's own client can send. */
export function ask(agent: Agent, port: number, { method, path, headers, body, leaves = false }: Ask): Promise<Answer> {
  const answered = new Promise<Answer>((resolve) => {
    const sent = request({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
      const parts: Buffer[] = []
      const done = () => {
        resolve({ status: response.statusCode ?? null, body: Buffer.concat(parts).subarray(0, 4096).toString() })
      }
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', done)
      response.on('end', done)
      response.on('close', done)
    })
    sent.on('error', () => resolve({ status: null, body: '' }))
    sent.on('close', () => resolve({ status: null, body: '' }))
    // An upgrade, a tunnel: whatever it became, it is not ours to go on with.
    for (const event of ['upgrade', 'connect'] as const) {
      sent.on(event, ({ statusCode = null }, socket) => {
        socket.destroy()
        resolve({ status: statusCode, body: '' })
      })
    }
    sent.end(body)
    if (leaves) sent.on('finish', () => setImmediate(() => sent.destroy()))
  })
  return soon(`an answer to ${method} ${path.slice(0, 300)} ${JSON.stringify(headers).slice(0, 300)}`, answered)
}

/** How long somebody at a bare connection waits for more, ms: a server may wait for the rest of a request for minutes. */
const silence = 150

/** How a bare connection is left. */
export type Leaving = 'answered' | 'half' | 'reset'

/** These bytes on a connection of their own. */
export function askBare(port: number, bytes: string | Uint8Array, leaving: Leaving): Promise<Answer> {
  const ended = new Promise<Answer>((resolve) => {
    let come = ''
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes)
      if (leaving === 'half') socket.end()
      if (leaving === 'reset') setImmediate(() => socket.resetAndDestroy())
    })
    // No reset: Node tells of no end where a socket is reset that is closing its half.
    socket.setTimeout(silence, () => socket.destroy())
    socket.on('data', (part: Buffer) => {
      if (come.length < 4096) come += part.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      const status = /^HTTP\/1\.1 (\d{3})/.exec(come)?.[1]
      resolve({ status: status === undefined ? null : Number(status), body: come })
    })
  })
  return soon('the end of a bare connection', ended)
}

/** A request as text. Nothing is added to it. */
export function text(method: string, path: string, headers: Readonly<Record<string, string>>, body = ''): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return `${[`${method} ${path} HTTP/1.1`, 'Host: localhost', ...lines].join('\r\n')}\r\n\r\n${body}`
}
