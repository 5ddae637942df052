import { get as httpGet, type IncomingMessage } from 'node:http'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import type { Storage } from '../../server/storage/storage.ts'
import { largestFrame } from '../../server/sync/connection.ts'
import { readFrames, writeFrames } from '../../shared/wire/batch.ts'
import { decodeVector, encodeAcknowledge, encodeStep1, encodeUpdate } from '../../shared/wire/frame.ts'
import { seeded } from '../support/agenda.ts'
import { carriedBy, carriers, fetchWith } from '../support/carriers.ts'
import { soon } from '../support/patience.ts'
import {
  type Client,
  kindOf,
  startServer,
  stockClient,
  type TestServer,
  textOf,
  type Visitor,
} from '../support/server.ts'

let server: TestServer
let us: Visitor
let cn: Visitor
/** Holds commits back while it is shut. */
let disk: { shut: boolean; waiting: (() => void)[] }

beforeEach(async () => {
  disk = { shut: false, waiting: [] }
  const wrap = (storage: Storage): Storage => ({
    ...storage,
    async append(edits) {
      if (disk.shut) await new Promise<void>((resolve) => disk.waiting.push(resolve))
      return storage.append(edits)
    },
  })
  server = await startServer({ wrap })
  us = await server.visit('delegate', 'us')
  cn = await server.visit('delegate', 'cn')
})
afterEach(() => server.stop())

function update(text: string): Uint8Array {
  const doc = new Y.Doc()
  textOf(doc).insert(0, text)
  return Y.encodeStateAsUpdate(doc)
}

/** A connection with nobody at it: what comes, and how it ends. */
interface Bare {
  readonly frames: readonly Uint8Array[]
  readonly closed: Promise<{ code: number; reason: string }>
  send(...frames: Uint8Array[]): void
  frame(kind: string): Promise<Uint8Array>
  close(): void
}

describe.each(carriers)('a connection carried by %s', (carrier) => {
  const bare = (
    visitor: Visitor | null,
    { document = 'agenda', meeting = server.meeting as string, query = '', headers = {} } = {},
  ) => {
    const Socket = carriedBy(carrier, visitor?.cookie, fetchWith(visitor?.cookie, headers))
    const socket = new Socket(`${server.origin.replace('http', 'ws')}/sync/${meeting}/${document}${query}`)
    const frames: Uint8Array[] = []
    const looks = new Set<() => void>()
    socket.onmessage = ({ data }) => {
      frames.push(new Uint8Array(data))
      for (const look of looks) look()
    }
    const client: Bare = {
      frames,
      closed: soon(
        'the connection to close',
        new Promise((resolve) => {
          socket.onclose = ({ code, reason }) => resolve({ code, reason })
        }),
      ),
      send: (...sent) => {
        for (const frame of sent) socket.send(frame as Uint8Array<ArrayBuffer>)
      },
      frame: (kind) => {
        const come = new Promise<Uint8Array>((resolve) => {
          const look = () => {
            const found = frames.find((frame) => kindOf(frame) === kind)
            if (found === undefined) return
            looks.delete(look)
            resolve(found)
          }
          looks.add(look)
          look()
        })
        return soon(() => `a frame ${kind}; there came ${frames.map(kindOf).join(' ')}`, come)
      },
      close: () => socket.close(),
    }
    onTestFinished(client.close)
    return client
  }
  const join = async (visitor: Visitor): Promise<Client> => {
    const { cookie } = visitor
    const client = stockClient({
      origin: server.origin,
      meeting: server.meeting,
      cookie,
      socket: carriedBy(carrier, cookie),
    })
    onTestFinished(client.leave)
    await client.synced
    return client
  }
  const words = (client: Client) => textOf(client.doc)

  test('two people edit both ways, and see each other', async () => {
    const [one, two] = await Promise.all([join(us), join(cn)])
    words(one).insert(0, 'shared terminology')
    await two.until(() => words(two).toString() === 'shared terminology')
    words(two).insert(0, '共同术语 ')
    await one.until(() => words(one).toString() === '共同术语 shared terminology')
    one.provider.awareness.setLocalStateField('item', 'opening')
    await expect.poll(() => two.provider.awareness.getStates().get(one.doc.clientID)?.item).toBe('opening')
    await Promise.all([one.acknowledged(), two.acknowledged()])
    expect(server.server.connections()).toBe(2)
    one.leave()
    await expect.poll(() => server.server.connections()).toBe(1)
    await expect.poll(() => two.provider.awareness.getStates().size).toBe(1)
  })

  test('P1, P2: an edit is acknowledged and seen by others after its commit, never before', async () => {
    const [one, two] = await Promise.all([join(us), join(cn)])
    disk.shut = true
    words(one).insert(0, 'not yet')
    let echoed = false
    const echo = one.acknowledged().then(() => {
      echoed = true
    })
    await expect.poll(() => disk.waiting.length).toBe(1)
    // What was sent after it has come back: an echo on its way would have been here.
    one.provider.ws!.send(encodeStep1(new Map()) as Uint8Array<ArrayBuffer>)
    await join(us)
    expect(echoed).toBe(false)
    expect(words(two).toString()).toBe('')
    disk.shut = false
    for (const resolve of disk.waiting) resolve()
    await echo
    await two.until(() => words(two).toString() === 'not yet')
  })

  test('large documents and many edits come whole, once and in order', async () => {
    const one = await join(us)
    words(one).insert(0, '字'.repeat(1_200_000))
    for (let i = 0; i < 300; i += 1) words(one).insert(0, `${i} `)
    await one.acknowledged()
    const two = await join(cn)
    expect(words(two).toString()).toBe(words(one).toString())
  })

  test('P6: nobody comes in without a session, to another meeting, the other side’s caucus, or from another origin', async () => {
    expect((await bare(null).closed).code).toBe(4401)
    expect((await bare(us, { document: 'minutes' }).closed).code).toBe(4404)
    const { meeting } = await server.meet()
    for (const other of [meeting, 'nosuchmeeting']) expect((await bare(us, { meeting: other }).closed).code).toBe(4403)
    expect((await bare(us, { document: 'caucus-cn' }).closed).code).toBe(4403)
    expect((await bare(us, { query: '?epoch=0' }).closed).code).toBe(4409)
    if (carrier !== 'socket') {
      expect((await bare(us, { headers: { origin: 'https://elsewhere.example' } }).closed).code).toBe(4403)
    }
    expect(server.server.connections()).toBe(0)
  })

  test('P6: an observer’s write ends it with 4403, and changes nothing', async () => {
    const observer = bare(await server.visit('observer', 'none'))
    await observer.frame('0.0')
    observer.send(encodeUpdate(update('from an observer')))
    expect((await observer.closed).code).toBe(4403)
    expect((await server.storage.load(server.meeting, 'agenda'))!.tail).toEqual([])
  })

  test('P6: who is revoked is out within a second with 4403, and who signs out with 4401', async () => {
    const [revoked, out] = [bare(us), bare(cn)]
    await Promise.all([revoked.frame('0.0'), out.frame('0.0')])
    const began = performance.now()
    const { id } = server.invitations.find((one) => one.role === 'delegate' && one.side === 'us')!
    await server.storage.revokeInvitation(id, Date.now())
    expect((await revoked.closed).code).toBe(4403)
    expect(performance.now() - began).toBeLessThan(1000)
    await fetch(`${server.origin}/api/session`, { method: 'DELETE', headers: { cookie: cn.cookie } })
    expect((await out.closed).code).toBe(4401)
    // Whoever comes back later is told the same; of a meeting that one was never in, nothing.
    expect(await bare(us).closed).toEqual({ code: 4403, reason: 'revoked' })
    expect((await bare(cn).closed).code).toBe(4401)
    const { meeting } = await server.meet()
    for (const other of [meeting, 'nosuchmeeting']) {
      expect(await bare(us, { meeting: other }).closed).toEqual({ code: 4403, reason: 'not of this meeting' })
    }
  })

  test('P5: what is malformed, too large or too much ends it by name, and another goes on', async () => {
    const other = await join(cn)
    const hostile = async (...frames: Uint8Array[]) => {
      const client = bare(us)
      await client.frame('0.0')
      client.send(...frames)
      return (await client.closed).code
    }
    expect(await hostile(Uint8Array.of(0, 2, 200, 1, 2, 3))).toBe(4400)
    expect(await hostile(new Uint8Array())).toBe(4400)
    expect(await hostile(new Uint8Array(largestFrame + 1))).toBe(4413)
    expect(await hostile(...Array.from({ length: 6000 }, () => encodeAcknowledge(new Uint8Array())))).toBe(4429)
    words(other).insert(0, 'undisturbed')
    await other.acknowledged()
    expect(other.closes).toEqual([])
  })

  test('an orderly stop commits what was heard, echoes it, and then says goodbye with 1001', async () => {
    const client = bare(us)
    await client.frame('0.0')
    disk.shut = true
    client.send(encodeUpdate(update('the last word')), encodeAcknowledge(Uint8Array.of(9)))
    await expect.poll(() => disk.waiting.length).toBe(1)
    const stopped = server.server.close()
    disk.shut = false
    for (const resolve of disk.waiting) resolve()
    expect((await client.closed).code).toBe(1001)
    expect(client.frames.filter((frame) => kindOf(frame) === '102').length).toBe(1)
    await stopped
    const { base, tail } = (await server.storage.load(server.meeting, 'agenda'))!
    const doc = new Y.Doc()
    for (const bytes of [base, ...tail.map((row) => row.bytes)]) Y.applyUpdate(doc, bytes)
    expect(textOf(doc).toString()).toBe('the last word')
  })

  test('what it says in the address that it knows is answered with the greeting, and not again', async () => {
    const writer = await join(us)
    words(writer).insert(0, 'known')
    await writer.acknowledged()
    const vector = Y.encodeStateVector(writer.doc)
    const early = bare(us, { query: `?vector=${Buffer.from(vector).toString('base64url')}` })
    await early.frame('0.1')
    const answers = () => early.frames.filter((frame) => kindOf(frame) === '0.1').length
    early.send(encodeStep1(decodeVector(vector)!), encodeAcknowledge(new Uint8Array()))
    await early.frame('102')
    expect(answers()).toBe(1)
    // Asked a second time it wants to know.
    early.send(encodeStep1(decodeVector(vector)!), encodeAcknowledge(Uint8Array.of(2)))
    await expect.poll(answers).toBe(2)
    const broken = bare(us, { query: '?vector=AAAAAAAA' })
    await broken.frame('0.0')
    broken.send(encodeStep1(new Map()))
    await broken.frame('0.1')
  })
})

/** A line by hand. */
async function openLine(visitor: Visitor, query = '') {
  const get = fetchWith(visitor.cookie)
  const base = `${server.origin}/sync/${server.meeting}/agenda/lines`
  const response = await get(`${base}${query}`, { method: 'POST' })
  expect(response.status).toBe(201)
  const { line } = (await response.json()) as { line: string }
  return {
    id: line,
    url: `${base}/${line}`,
    get,
    post: (number: number | string, body: Uint8Array | string, after = 0) =>
      get(`${base}/${line}?number=${number}&after=${after}`, { method: 'POST', body: body as Uint8Array<ArrayBuffer> }),
    poll: (after: number | string = 0) => get(`${base}/${line}/frames?after=${after}`),
  }
}
const body = (...frames: Uint8Array[]) => writeFrames(frames, Number.MAX_SAFE_INTEGER).body
const codeOf = async (response: Response) => ((await response.json()) as { code: number }).code

test('a line is its session’s alone: with another’s, or for another document, there is none', async () => {
  const line = await openLine(us)
  const made = `${server.origin}/sync/${server.meeting}/agenda/lines/${'x'.repeat(43)}`
  const unknown = await (await fetchWith(us.cookie)(made, { method: 'POST' })).text()
  for (const get of [fetchWith(cn.cookie), fetchWith(undefined), fetchWith('parley_session=made-up')]) {
    for (const [method, part] of [
      ['POST', '?number=1'],
      ['GET', '/frames?after=0'],
      ['GET', '/events?after=0'],
      ['DELETE', ''],
    ] as const) {
      const response = await get(`${line.url}${part}`, { method })
      expect([response.status, await response.text()]).toEqual([503, unknown])
    }
  }
  const elsewhere = line.url.replace('/agenda/', '/caucus-us/')
  expect(await (await line.get(elsewhere, { method: 'POST' })).text()).toBe(unknown)
  const foreign = fetchWith(us.cookie, { origin: 'https://elsewhere.example' })
  expect(await codeOf(await foreign(`${line.url}?number=1`, { method: 'POST' }))).toBe(4403)
  expect((await line.poll()).status).toBe(200)
})

test('a post that comes again counts once, and an answer comes again until it is said to have come', async () => {
  const line = await openLine(us)
  const before = new Uint8Array(await (await line.poll()).arrayBuffer())
  expect(new Uint8Array(await (await line.poll()).arrayBuffer())).toEqual(before)
  const edit = body(encodeUpdate(update('once')), encodeAcknowledge(Uint8Array.of(7)))
  const statuses = [await line.post(1, edit), await line.post(1, edit), await line.post(1, edit)]
  expect(statuses.map(({ status }) => status)).toEqual([204, 204, 204])
  const other = stockClient({ origin: server.origin, meeting: server.meeting, cookie: cn.cookie })
  onTestFinished(other.leave)
  await other.synced
  await expect.poll(() => textOf(other.doc).toString()).toBe('once')
  const stored = await server.storage.load(server.meeting, 'agenda')
  expect(stored!.tail.length).toBe(1)
  // One echo, however often the question came.
  const frames = readFrames(new Uint8Array(await (await line.poll()).arrayBuffer()))!
  expect(frames.filter((frame) => kindOf(frame) === '102').length).toBe(1)
  // Out of step is no reason to refuse for good.
  expect(await codeOf(await line.post(5, edit))).toBe(1013)
})

test('who is ended while frames wait gets those, each once, and then why', async () => {
  const line = await openLine(us)
  await line.poll()
  const { id } = server.invitations.find((one) => one.role === 'delegate' && one.side === 'us')!
  await line.post(1, body(encodeAcknowledge(Uint8Array.of(7))))
  await server.storage.revokeInvitation(id, Date.now())
  await expect.poll(() => server.server.connections()).toBe(0)
  const frames = readFrames(new Uint8Array(await (await line.poll()).arrayBuffer()))!
  expect(frames.map(kindOf)).toEqual(['0.0', '102'])
  expect(await codeOf(await line.poll(frames.length))).toBe(4403)
})

test('through a network that loses a third of all answers, every edit arrives once, and in order', async () => {
  const random = seeded(11)
  const lossy = (cookie: string): typeof fetch => {
    const get = fetchWith(cookie)
    return async (url, init) => {
      const response = await get(url, init)
      const keeps = String(url).endsWith('/lines') || String(url).includes('/events') || random() > 1 / 3
      if (keeps) return response
      await response.arrayBuffer()
      throw new TypeError('lost')
    }
  }
  const clients = [us, cn].map(({ cookie }, index) => {
    const socket = carriedBy(index === 0 ? 'polling' : 'stream', cookie, lossy(cookie))
    return stockClient({ origin: server.origin, meeting: server.meeting, cookie, socket })
  })
  onTestFinished(() => clients.forEach((client) => client.leave()))
  await Promise.all(clients.map((client) => client.synced))
  const [one, two] = clients as [Client, Client]
  const list = (client: Client) => client.doc.getArray<number>('glossary')
  for (let i = 0; i < 40; i += 1) {
    list(one).push([i])
    await new Promise((resolve) => setImmediate(resolve))
  }
  await one.acknowledged()
  await two.until(() => list(two).length === 40)
  expect(list(two).toArray()).toEqual(Array.from({ length: 40 }, (_, i) => i))
  expect([...one.closes, ...two.closes]).toEqual([])
})

test('P5: hostile posts end their own line, and nothing else', async () => {
  const other = stockClient({ origin: server.origin, meeting: server.meeting, cookie: cn.cookie })
  onTestFinished(other.leave)
  await other.synced
  const random = seeded(5)
  for (let i = 0; i < 60; i += 1) {
    const line = await openLine(us)
    const bytes = Uint8Array.from({ length: 1 + random() * 200 }, () => random() * 256)
    expect([204, 400, 503]).toContain((await line.post(1, bytes)).status)
    await line.get(line.url, { method: 'DELETE' })
  }
  const claims = await openLine(us)
  expect(await codeOf(await claims.post(1, Uint8Array.of(255, 255, 255, 255, 15, 1)))).toBe(4400)
  for (const number of ['', '0x1', '-1', '1e9', '99999999999999']) {
    const line = await openLine(us)
    expect(await codeOf(await line.post(number, body(encodeAcknowledge(new Uint8Array()))))).toBe(1013)
  }
  for (const after of ['', '-1', '999999']) {
    expect(await codeOf(await (await openLine(us)).poll(after))).toBe(1013)
    const { get, url } = await openLine(us)
    expect(await (await get(`${url}/events?after=${after}`)).text()).toContain('"code":1013')
  }
  // A body that says nothing of its length, and has more than may be.
  const endless = await openLine(us)
  let left = 200
  const flood = new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(65_536))
      else controller.close()
    },
  })
  const init = { method: 'POST', body: flood, duplex: 'half' } as RequestInit
  await endless.get(`${endless.url}?number=1`, init).catch(() => {})
  await expect.poll(async () => codeOf(await endless.poll())).toBe(4413)
  for (const method of ['PUT', 'PATCH', 'HEAD']) {
    const line = await openLine(us)
    expect((await line.get(line.url, { method })).status).toBe(405)
  }
  textOf(other.doc).insert(0, 'undisturbed')
  await other.acknowledged()
  expect(other.closes).toEqual([])
})

/** Somebody who asks and does not read: what is answered stays on the way. */
async function deafTo(url: string, cookie: string): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve) => httpGet(url, { headers: { cookie } }, resolve))
  response.pause()
  onTestFinished(() => void response.destroy())
  return response
}

test('P5: a client that says to have got what was not even sent yet ends nothing but its own stream', async () => {
  const line = await openLine(us)
  const response = await deafTo(`${line.url}/events?after=0`, us.cookie)
  const large = encodeAcknowledge(new Uint8Array(2 ** 20))
  const echoes = 8
  for (let number = 1; number <= echoes; number += 1) await line.post(number, body(large))
  // The greeting is the first.
  const all = 1 + echoes
  expect((await line.post(echoes + 1, body(encodeAcknowledge(Uint8Array.of(7))), all)).status).toBe(204)
  const rest = new Promise<string>((resolve) => {
    let text = ''
    response.on('data', (bytes: Buffer) => {
      text = (text + bytes).slice(-200)
      if (text.includes(`id:${all + 1}\n`)) resolve(text)
    })
  })
  response.resume()
  expect(await soon('the last event', rest)).toContain(`id:${all + 1}\n`)
  const other = stockClient({ origin: server.origin, meeting: server.meeting, cookie: cn.cookie })
  onTestFinished(other.leave)
  await other.synced
})

test('P5: a post of millions of nothings is refused as a whole', async () => {
  const line = await openLine(us)
  expect(await codeOf(await line.post(1, new Uint8Array(largestFrame)))).toBe(4400)
  const many = await openLine(us)
  const frames = Array.from({ length: 50_000 }, () => encodeAcknowledge(Uint8Array.of(1)))
  expect(await codeOf(await many.post(1, body(...frames)))).toBe(4429)
})

test('a large answer may take a slow network long, and its line waits for it; but not for ever', async () => {
  let ahead = 0
  const other = await startServer({ beatEvery: 20, steady: () => performance.now() + ahead })
  onTestFinished(() => other.stop())
  const { cookie } = await other.visit('delegate', 'us')
  const get = fetchWith(cookie)
  const base = `${other.origin}/sync/${other.meeting}/agenda/lines`
  const open = async () => {
    const { line } = (await (await get(base, { method: 'POST' })).json()) as { line: string }
    return `${base}/${line}`
  }
  const slow = await open()
  await get(`${slow}?number=1&after=0`, { method: 'POST', body: body(encodeAcknowledge(new Uint8Array(2 ** 20))) })
  // What comes before the commit is signs of life.
  for (let [after, length] = [1, 0]; length < 2 ** 20; ) {
    const answer = await get(`${slow}/frames?after=${after}`)
    length = Number(answer.headers.get('content-length'))
    if (length < 2 ** 20) after += readFrames(new Uint8Array(await answer.arrayBuffer()))!.length
    else expect(length).toBe(2 ** 20 + 7)
  }
  await open()
  expect(other.server.connections()).toBe(2)
  // Whoever is away from their line is let go; whoever may still be getting an answer is not.
  ahead = 61_000
  await expect.poll(() => other.server.connections()).toBe(1)
  ahead = 135_000
  await open()
  expect(other.server.connections()).toBe(2)
  ahead = 150_000
  await expect.poll(() => other.server.connections()).toBe(0)
})

test('a person has so many lines: one more, and the one that was quiet longest ends', async () => {
  const lines = []
  for (let i = 0; i < 40; i += 1) lines.push(await openLine(us))
  expect(server.server.connections()).toBe(24)
  expect(await codeOf(await lines[0]!.poll())).toBe(1013)
  expect((await lines[39]!.poll()).status).toBe(200)
  const other = await openLine(cn)
  expect((await other.poll()).status).toBe(200)
})

test('P5: what waits on lines that have ended is kept for so many of a person, and not for as many as they break', async () => {
  const lines = []
  for (let i = 0; i < 30; i += 1) {
    const line = await openLine(us, '?vector=AA')
    expect(await codeOf(await line.post(1, body(Uint8Array.of(0, 2, 200, 1, 2, 3))))).toBe(4400)
    lines.push(line)
  }
  expect(await codeOf(await lines[0]!.poll())).toBe(1013)
  expect((await lines[29]!.poll()).status).toBe(200)
  expect(await codeOf(await lines[29]!.poll(2))).toBe(4400)
})

test('a line that nobody uses any more ends, and a poll is answered before a proxy ends it', async () => {
  let ahead = 0
  const other = await startServer({ beatEvery: 20, steady: () => performance.now() + ahead })
  onTestFinished(() => other.stop())
  const { cookie } = await other.visit('delegate', 'us')
  const base = `${other.origin}/sync/${other.meeting}/agenda/lines`
  const open = async () => {
    const response = await fetchWith(cookie)(base, { method: 'POST' })
    return `${base}/${((await response.json()) as { line: string }).line}`
  }
  const polled = await open()
  const greeting = await (await fetchWith(cookie)(`${polled}/frames?after=0`)).arrayBuffer()
  expect(greeting.byteLength).toBeGreaterThan(0)
  await open()
  expect(other.server.connections()).toBe(2)
  ahead = 11_000
  await expect.poll(() => other.server.connections()).toBe(0)
  const stream = await open()
  const stop = new AbortController()
  const events = (await fetchWith(cookie)(`${stream}/events?after=0`, { signal: stop.signal })).body!.getReader()
  ahead += 30_000
  // The greeting may still be on its way. Between two signs of life a beat has looked at who uses their line.
  for (let came = 0; came < 3; ) {
    const { value } = await soon('a sign of life', events.read())
    came += new TextDecoder().decode(value).match(/^data:/gm)?.length ?? 0
  }
  expect(other.server.connections()).toBe(1)
  ahead += 31_000
  await expect.poll(() => other.server.connections()).toBe(0)
  stop.abort()
})

test('no browser or proxy keeps, changes or gathers what a line carries', async () => {
  const line = await openLine(us)
  const stop = new AbortController()
  const events = await line.get(`${line.url}/events?after=0`, { signal: stop.signal })
  const { value } = await events.body!.getReader().read()
  // The first bytes fill what a proxy may gather.
  expect(value!.length).toBeGreaterThan(4096)
  stop.abort()
  for (const { headers } of [events, await line.poll(), await line.post(1, body())]) {
    expect(headers.get('cache-control')).toBe('no-store, no-transform')
    expect(headers.get('x-accel-buffering')).toBe('no')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  }
  expect(events.headers.get('content-type')).toBe('text/event-stream')
})
