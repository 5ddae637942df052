import { Agent } from 'node:http'
import { writeFrames } from '../../../shared/wire/batch.ts'
import { encodeAcknowledge } from '../../../shared/wire/frame.ts'
import { below, bytesOf, chance, type Dice, edges, joined, pick, spoil, varUints } from './dice.ts'
import type { Ground, Hostile } from './ground.ts'
import { type Answer, ask, askBare, text } from './http.ts'
import { presenceFrame } from './presence.ts'
import { syncFrame } from './sync.ts'

/** Lines over plain requests, and what is no request at all. */
export interface Plain {
  play(random: Dice, by: Hostile): Promise<Played>
  /** Leaves every line. */
  close(): Promise<void>
}

export interface Played {
  readonly answer: Answer
  readonly said: string
  /** Frames that may have come in by it. */
  readonly frames: readonly Uint8Array[]
}

interface Line {
  readonly id: string
  readonly by: Hostile
  /** Its Yjs client id. */
  readonly own: number
  posts: number
  polled: boolean
}

export function openPlain(ground: Ground): Plain {
  const agent = new Agent({ keepAlive: true })
  const { port } = ground.server
  const lines = new Set<Line>()
  const base = `/sync/${ground.meeting}/agenda/lines`

  const open = async (random: Dice, by: Hostile): Promise<Played> => {
    const document = chance(random, 0.9)
      ? 'agenda'
      : pick(random, ['caucus-us', 'caucus-cn', 'ledger', 'nothing', '__proto__'])
    const query = pick(random, [
      '',
      '',
      '?vector=AA',
      '?vector=__',
      `?epoch=${pick(random, edges)}`,
      '?epoch=1&vector=AA',
    ])
    const path = `/sync/${ground.meeting}/${document}/lines${query}`
    const headers = { Cookie: chance(random, 0.95) ? by.cookie : 'parley_session=x' }
    const answer = await ask(agent, port, {
      method: 'POST',
      path,
      headers,
      body: chance(random, 0.9) ? '' : 'x'.repeat(below(random, 9999)),
    })
    if (answer.status === 201 && document === 'agenda') {
      const { line } = JSON.parse(answer.body) as { line: string }
      lines.add({ id: line, by, own: 1 + below(random, 2 ** 31), posts: 0, polled: false })
    } else if (answer.status === 201) {
      const { line } = JSON.parse(answer.body) as { line: string }
      await ask(agent, port, { method: 'DELETE', path: `/sync/${ground.meeting}/${document}/lines/${line}`, headers })
    }
    return { answer, said: `POST ${path}`, frames: [] }
  }

  const post = async (random: Dice, line: Line): Promise<Played> => {
    const frames = Array.from({ length: 1 + below(random, 4) }, () => {
      const frame = chance(random, 0.7) ? syncFrame(random, ground, line.own) : presenceFrame(random, ground, line.own)
      return typeof frame === 'string' || frame.length === 0 ? encodeAcknowledge(bytesOf(random, 2)) : frame
    })
    const { body: whole } = writeFrames(frames, 2 ** 23)
    const body = chance(random, 0.75)
      ? whole
      : pick(random, [
          () => spoil(random, whole, frames),
          () => bytesOf(random, below(random, 300)),
          () => new Uint8Array(),
          () => joined(whole, varUints(pick(random, edges))),
          () => new Uint8Array(5000).fill(1),
        ])()
    const number = chance(random, 0.85) ? line.posts + 1 : pick(random, ['', 'x', -1, line.posts, ...edges])
    const after = chance(random, 0.85) ? 0 : pick(random, ['', 'NaN', '-1', '1e3', ...edges])
    const path = `${base}/${line.id}?number=${number}&after=${after}`
    const answer = await ask(agent, port, { method: 'POST', path, headers: { Cookie: line.by.cookie }, body })
    if (answer.status === 204 && number === line.posts + 1) line.posts += 1
    return { answer, said: `POST ${path} ${Buffer.from(body.subarray(0, 2000)).toString('base64')}`, frames }
  }

  const listen = async (random: Dice, line: Line): Promise<Played> => {
    const part = pick(random, ['events', 'frames'])
    const after = chance(random, 0.7) ? 0 : pick(random, ['', 'NaN', '-1', ...edges])
    const path = `${base}/${line.id}/${part}?after=${after}`
    // The greeting waits there; after it somebody who polls may wait for long.
    const leaves = part === 'events' || line.polled
    line.polled = true
    const answer = await ask(agent, port, { method: 'GET', path, headers: { Cookie: line.by.cookie }, leaves })
    return { answer, said: `GET ${path}`, frames: [] }
  }

  /** What is of somebody else, or of nobody; and by other methods. */
  const foreign = async (random: Dice, line: Line, by: Hostile): Promise<Played> => {
    const id = chance(random, 0.5)
      ? line.id
      : pick(random, ['nothing', 'x'.repeat(64), 'x'.repeat(65), '__proto__', '..', '%00'])
    const part = pick(random, ['', '/events', '/frames', '/other', '/'])
    const method = pick(random, ['GET', 'POST', 'DELETE', 'PUT', 'HEAD', 'OPTIONS'])
    const path = `${base}/${id}${part}?number=${pick(random, edges)}&after=${pick(random, edges)}`
    const body = method === 'POST' || method === 'PUT' ? bytesOf(random, below(random, 100)) : undefined
    const headers = { Cookie: by.cookie, ...(chance(random, 0.1) ? { Origin: 'https://elsewhere.example' } : {}) }
    const leaves = by === line.by
    const answer = await ask(agent, port, { method, path, headers, leaves, ...(body === undefined ? {} : { body }) })
    return { answer, said: `${method} ${path}`, frames: [] }
  }

  const bare = async (random: Dice, by: Hostile, line: Line | undefined): Promise<Played> => {
    const words = pick(random, broken)(random, ground, by.cookie, `${base}/${line?.id ?? 'nothing'}`)
    const leaving = pick(random, ['answered', 'half', 'reset', 'reset'] as const)
    const answer = await askBare(port, words, leaving)
    const said =
      typeof words === 'string' ? words.slice(0, 600) : Buffer.from(words.subarray(0, 600)).toString('base64')
    return { answer, said: `${said} (bare, ${leaving})`, frames: [] }
  }

  return {
    async play(random, by) {
      const line = lines.size === 0 ? undefined : pick(random, [...lines])
      const turn = random()
      if (turn < 0.12) return bare(random, by, line?.by === by ? line : undefined)
      if (line === undefined || turn < 0.27) return open(random, by)
      if (turn < 0.75) {
        const played = await post(random, line)
        // Ended: what is said to it now is said to a line that there is not.
        if (played.answer.status !== 204 && chance(random, 0.8)) lines.delete(line)
        return played
      }
      if (turn < 0.87) return listen(random, line)
      if (turn < 0.96) return foreign(random, line, by)
      const path = `${base}/${line.id}`
      const answer = await ask(agent, port, { method: 'DELETE', path, headers: { Cookie: line.by.cookie } })
      if (chance(random, 0.8)) lines.delete(line)
      return { answer, said: `DELETE ${path}`, frames: [] }
    },
    async close() {
      for (const { id, by } of lines) {
        await ask(agent, port, { method: 'DELETE', path: `${base}/${id}`, headers: { Cookie: by.cookie } })
      }
      agent.destroy()
    },
  }
}

type Broken = (random: Dice, ground: Ground, cookie: string, line: string) => string | Uint8Array

const key = { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '13' }

/** What breaks off, and what is no HTTP, or no WebSocket. Opens no line: nobody would leave it. */
const broken: readonly Broken[] = [
  (random, _ground, cookie, line) => {
    const length = pick(random, [10, 500, 2 ** 22 + 2000, 2 ** 30])
    return text('POST', `${line}?number=1&after=0`, { Cookie: cookie, 'Content-Length': String(length) }, 'half')
  },
  (random, { meeting }, cookie) => {
    const path = pick(random, [
      '/',
      '/x',
      '/sync',
      '/sync/',
      '/sync//',
      `/sync/${meeting}`,
      `/sync/${meeting}/x`,
      '/api/session',
    ])
    const protocol = pick(random, ['websocket', 'WebSocket', 'h2c', 'TLS/1.0', 'websocket, h2c', ''])
    return text('GET', path, { Connection: 'Upgrade', Upgrade: protocol, ...key, Cookie: cookie })
  },
  (random, { meeting }, cookie) => {
    const odd = {
      'Sec-WebSocket-Key': pick(random, ['', 'x', 'x'.repeat(5000)]),
      'Sec-WebSocket-Version': pick(random, ['13', '0', 'x']),
    }
    return text('GET', `/sync/${meeting}/agenda`, {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      ...odd,
      Cookie: cookie,
    })
  },
  // A socket that goes on with no WebSocket.
  (random, { meeting }, cookie) => {
    const opening = text('GET', `/sync/${meeting}/agenda`, {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      ...key,
      Cookie: cookie,
    })
    return joined(Buffer.from(opening), pick(random, speeches)(random))
  },
  (random) => bytesOf(random, below(random, 2000)),
  (random) =>
    pick(random, [
      'GET / HTTP/9.9\r\n\r\n',
      'GET /\r\n',
      '\r\n\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      `GET ${'x'.repeat(90_000)}`,
    ]),
  (random) => text('GET', '/healthz', { [pick(random, ['A b', '', '\u0000', 'x'.repeat(9000)])]: 'x' }),
  (_random, _ground, cookie) => text('GET', '/api/session', { Cookie: cookie }).repeat(20),
]

/** What somebody sends as WebSocket frames. */
const speeches: readonly ((random: Dice) => Uint8Array)[] = [
  (random) => bytesOf(random, 1 + below(random, 200)),
  // Not masked; a reserved bit; a control frame in parts; a length that does not come; a code that there is not; half a character.
  () => Uint8Array.of(0x82, 3, 1, 2, 3),
  () => Uint8Array.of(0xc2, 0x80, 0, 0, 0, 0),
  () => Uint8Array.of(0x09, 0x80, 0, 0, 0, 0),
  () => Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0),
  () => Uint8Array.of(0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0),
  () => Uint8Array.of(0x88, 0x82, 0, 0, 0, 0, 0, 7),
  () => Uint8Array.of(0x81, 0x81, 0, 0, 0, 0, 0xff),
  (random) =>
    joined(
      Uint8Array.of(0x02, 0x81, 0, 0, 0, 0, 0),
      new Uint8Array(6 * below(random, 99)),
      Uint8Array.of(0x82, 0x80, 0, 0, 0, 0),
    ),
]
