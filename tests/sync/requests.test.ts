import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openRequests, type Requests } from '../../client/sync/requests.ts'
import { readFrames, writeFrames } from '../../shared/wire/batch.ts'

/* Plain requests against a server that the test plays. */

interface Asked {
  readonly line: string
  readonly frames: readonly (readonly number[])[]
  answer(status: number, body?: string | Uint8Array): Promise<void>
  lose(): Promise<void>
}

const id = 'l'.repeat(43)
let asked: Asked[]
let streams: FakeEvents[]
let heard: string[]
let requests: Requests

class FakeEvents {
  readonly url: string
  closed = false
  onmessage: ((event: { data: string; lastEventId: string }) => void) | null = null
  onerror: (() => void) | null = null
  end: ((event: { data: string }) => void) | null = null
  constructor(url: string) {
    this.url = url.slice(url.indexOf('/lines'))
    streams.push(this)
  }
  addEventListener(_type: string, listener: (event: { data: string }) => void) {
    this.end = listener
  }
  bring(number: number, ...bytes: number[]) {
    this.onmessage?.({ data: btoa(String.fromCharCode(...bytes)), lastEventId: String(number) })
  }
  close() {
    this.closed = true
  }
}

const settled = () => vi.advanceTimersByTimeAsync(0)
const passed = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const fakeFetch = ((url: string, init: RequestInit = {}) =>
  new Promise<Response>((resolve, reject) => {
    const body = init.body as Uint8Array | undefined
    init.signal?.addEventListener('abort', () => reject(new Error('given up')))
    asked.push({
      line: `${init.method ?? 'GET'} ${url.slice(url.indexOf('/lines'))}`,
      frames: body === undefined ? [] : readFrames(body)!.map((frame) => [...frame]),
      async answer(status, text = '') {
        resolve(new Response(status === 204 ? null : (text as BodyInit), { status }))
        await settled()
      },
      async lose() {
        reject(new TypeError('lost'))
        await settled()
      },
    })
  })) as typeof fetch

const last = () => asked.at(-1)!
const lines = () => asked.map(({ line }) => line)
const batch = (...frames: number[][]) =>
  writeFrames(
    frames.map((frame) => Uint8Array.from(frame)),
    1e6,
  ).body

async function begin(as: 'stream' | 'polling') {
  requests = openRequests({
    url: 'wss://here/sync/m/agenda?epoch=1&vector=AA',
    as,
    patience: 2500,
    fetch: fakeFetch,
    EventSource: FakeEvents as unknown as typeof EventSource,
    came: (frame) => heard.push(`frame ${[...new Uint8Array(frame)]}`),
    ended: (code) => heard.push(`end ${code}`),
    changed: () => heard.push(requests.carrier()),
  })
  expect(last().line).toBe('POST /lines?epoch=1&vector=AA')
}
const opened = () => last().answer(201, JSON.stringify({ line: id }))

beforeEach(() => {
  vi.useFakeTimers()
  asked = []
  streams = []
  heard = []
})
afterEach(() => {
  requests.close()
  vi.useRealTimers()
})

test('frames go up one post at a time, and what waits meanwhile goes together', async () => {
  await begin('stream')
  await opened()
  requests.send(Uint8Array.of(1))
  await settled()
  requests.send(Uint8Array.of(2))
  requests.send(Uint8Array.of(3))
  await settled()
  expect(asked.length).toBe(2)
  expect([last().line, last().frames]).toEqual([`POST /lines/${id}?number=1&after=0`, [[1]]])
  streams[0]!.bring(1, 9)
  await last().answer(204)
  expect([last().line, last().frames]).toEqual([`POST /lines/${id}?number=2&after=1`, [[2], [3]]])
})

test('a post that is lost comes again, as it was and under its number', async () => {
  await begin('stream')
  await opened()
  streams[0]!.bring(1, 7)
  requests.send(Uint8Array.of(1))
  await settled()
  await last().lose()
  requests.send(Uint8Array.of(2))
  await passed(400)
  expect([last().line, last().frames]).toEqual([`POST /lines/${id}?number=1&after=1`, [[1]]])
  // Nobody answers for long: it counts as lost, too.
  await passed(12_000 + 800)
  expect([asked.length, last().frames]).toEqual([4, [[1]]])
  await last().answer(204)
  expect(last().frames).toEqual([[2]])
  for (let i = 0; i < 4; i += 1) {
    await last().lose()
    await passed(2000)
  }
  expect(heard).toEqual(['frame 7', 'end 1006'])
})

test('a large post on a slow way up is waited for, and goes in parts of what is there', async () => {
  await begin('polling')
  await opened()
  for (let count = 0; count < 3; count++) requests.send(new Uint8Array(80_000))
  await settled()
  expect(last().frames.length).toBe(1)
  const before = asked.length
  // 64 kbit/s.
  await passed(21_000)
  expect(asked.length).toBe(before)
  await passed(1_500)
  expect(lines().filter((line) => line.includes('number=1')).length).toBe(2)
})

test('a stream that is kept back on the way becomes polling on the same line', async () => {
  await begin('stream')
  await opened()
  expect(streams[0]!.url).toBe(`/lines/${id}/events?after=0`)
  await passed(2499)
  expect(streams[0]!.closed).toBe(false)
  await passed(1)
  expect([streams[0]!.closed, last().line, heard]).toEqual([true, `GET /lines/${id}/frames?after=0`, ['polling']])
  await last().answer(200, batch([7], [8, 9]))
  expect(heard).toEqual(['polling', 'frame 7', 'frame 8,9'])
  expect(last().line).toBe(`GET /lines/${id}/frames?after=2`)
  await last().answer(200, '')
  expect(last().line).toBe(`GET /lines/${id}/frames?after=2`)
})

test('a stream that something on the way gathers becomes polling once an echo stays away', async () => {
  await begin('stream')
  await opened()
  streams[0]!.bring(1, 7)
  requests.send(Uint8Array.of(102, 0))
  await settled()
  await last().answer(204)
  streams[0]!.bring(2, 102, 0)
  await passed(6000)
  expect(streams[0]!.closed).toBe(false)
  requests.send(Uint8Array.of(102, 0))
  await settled()
  await last().answer(204)
  await passed(5000)
  expect([streams[0]!.closed, last().line]).toEqual([true, `GET /lines/${id}/frames?after=2`])
})

test('a stream that a proxy ends goes on where it stood, and nothing counts twice', async () => {
  await begin('stream')
  await opened()
  streams[0]!.bring(1, 7)
  streams[0]!.bring(1, 7)
  streams[0]!.onerror?.()
  streams[0]!.bring(2, 8)
  expect(streams[1]!.url).toBe(`/lines/${id}/events?after=1`)
  streams[1]!.bring(2, 8)
  expect(heard).toEqual(['frame 7', 'frame 8'])
  // What hears, answers now and then: the server knows that somebody is there.
  await passed(9001)
  const before = asked.length
  streams[1]!.bring(3, 9)
  await settled()
  expect(lines().slice(before)).toEqual([`POST /lines/${id}?number=1&after=3`])
})

test('what has come over a stream is confirmed in time, whatever the clock is set to', async () => {
  await begin('stream')
  await opened()
  streams[0]!.bring(1, 7)
  vi.setSystemTime(Date.now() - 3600_000)
  await passed(9001)
  const before = asked.length
  streams[0]!.bring(2, 8)
  await settled()
  expect(lines().slice(before)).toEqual([`POST /lines/${id}?number=1&after=2`])
})

test('the server’s word is passed on, whichever way it comes', async () => {
  const word = JSON.stringify({ code: 4403, reason: 'revoked' })
  await begin('stream')
  await last().answer(403, word)
  await begin('stream')
  await opened()
  streams[0]!.end!({ data: word })
  await begin('polling')
  await opened()
  await last().answer(403, word)
  expect(heard.filter((line) => line.startsWith('end'))).toEqual(['end 4403', 'end 4403', 'end 4403'])
})

test('a hotel that answers everything with its own page is nobody’s word', async () => {
  await begin('stream')
  await last().answer(200, '<html>Welcome</html>')
  expect(heard).toEqual(['end 1006'])
  await begin('stream')
  await last().answer(403, '<html>Forbidden</html>')
  expect(heard).toEqual(['end 1006', 'end 1006'])
})

test('closing tells the server, once', async () => {
  await begin('stream')
  await opened()
  requests.close()
  requests.close()
  requests.send(Uint8Array.of(1))
  await passed(60_000)
  expect(lines().slice(1)).toEqual([`DELETE /lines/${id}`])
  expect([streams[0]!.closed, heard]).toEqual([true, []])
})
