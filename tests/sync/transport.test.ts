import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Carrier } from '../../client/sync/device/log.ts'
import type { RequestsOptions } from '../../client/sync/requests.ts'
import { giveWay, openTransport, rememberedFor, type Transport } from '../../client/sync/transport.ts'

/** A socket that does what the test says. */
class FakeSocket {
  static CONNECTING = 0
  static OPEN = 1
  static CLOSED = 3
  static all: FakeSocket[] = []
  /** Some browsers, and what people add to them, do not let a page have one. */
  static forbidden = false
  readyState = 0
  closed = false
  readonly sent: unknown[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null
  readonly url: string
  constructor(url: string) {
    if (FakeSocket.forbidden) throw new DOMException('no', 'SecurityError')
    this.url = url
    FakeSocket.all.push(this)
  }
  open() {
    this.readyState = 1
    this.onopen?.()
  }
  bring(byte: number) {
    this.readyState = 1
    this.onmessage?.({ data: Uint8Array.of(byte).buffer })
  }
  fail(code = 1006) {
    this.readyState = 3
    this.onclose?.({ code, reason: 'failed' })
  }
  send(data: unknown) {
    this.sent.push(data)
  }
  close() {
    this.closed = true
  }
}

/** Plain requests that do what the test says. */
interface FakeRequests extends RequestsOptions {
  carrier: Carrier
  closed: boolean
  readonly sent: unknown[]
}

let asked: FakeRequests[]
let reachable: boolean
let storage: Map<string, string>
let transport: Transport
const openTransports = () =>
  openTransport({
    storage: {
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, value) => storage.set(key, value),
      removeItem: (key) => storage.delete(key),
    },
    WebSocket: FakeSocket as unknown as typeof WebSocket,
    load: async () => {
      if (!reachable) throw new TypeError('no such part')
      return {
        openRequests(options) {
          const fake: FakeRequests = { ...options, carrier: options.as, closed: false, sent: [] }
          asked.push(fake)
          return {
            carrier: () => fake.carrier,
            send: (frame) => fake.sent.push(frame),
            close: () => {
              fake.closed = true
            },
          }
        },
      }
    },
  })

beforeEach(() => {
  vi.useFakeTimers()
  FakeSocket.all = []
  FakeSocket.forbidden = false
  asked = []
  reachable = true
  storage = new Map()
  transport = openTransports()
})
afterEach(() => {
  transport.close()
  vi.useRealTimers()
})

/** Somebody at a connection, as the provider is. */
function dial() {
  const socket = new transport.Socket('ws://here/sync/m/agenda?epoch=1')
  const heard: string[] = []
  socket.onopen = () => heard.push('open')
  socket.onmessage = ({ data }) => heard.push(`frame ${new Uint8Array(data)[0]}`)
  socket.onclose = ({ code }) => heard.push(`close ${code}`)
  return { socket, heard }
}
const sockets = () => FakeSocket.all
const passed = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const kept = () => storage.get('parley:carrier')?.split(' ')[0]

test('where the browser lets no page have a socket, requests carry at once', async () => {
  FakeSocket.forbidden = true
  const { heard } = dial()
  await passed(0)
  asked[0]!.came(Uint8Array.of(3).buffer)
  expect([heard, transport.carrier()]).toEqual([['open', 'frame 3'], 'stream'])
  // Also when the socket is tried again.
  await passed(6 * 60_000)
  expect([heard, transport.carrier()]).toEqual([['open', 'frame 3'], 'stream'])
})

describe('a socket that passes', () => {
  test('opens with its first frame, and not before', async () => {
    const { socket, heard } = dial()
    sockets()[0]!.open()
    expect([socket.readyState, heard, transport.carrier()]).toEqual([0, [], null])
    sockets()[0]!.bring(7)
    expect([socket.readyState, heard, transport.carrier()]).toEqual([1, ['open', 'frame 7'], 'socket'])
    await passed(60_000)
    expect([asked.length, kept()]).toEqual([0, undefined])
    socket.send(Uint8Array.of(1))
    expect(sockets()[0]!.sent).toEqual([Uint8Array.of(1)])
    sockets()[0]!.fail(1006)
    expect(heard).toEqual(['open', 'frame 7', 'close 1006'])
    expect([transport.carrier(), asked.length]).toEqual([null, 0])
  })

  test.each([4401, 4403, 4409, 4429, 1001, 1011, 1013])(
    'that the server ends with %i before a frame is no matter of the way',
    async (code) => {
      const { heard } = dial()
      sockets()[0]!.open()
      sockets()[0]!.fail(code)
      await passed(60_000)
      expect([heard, asked.length]).toEqual([[`close ${code}`], 0])
    },
  )

  test('and comes after its time is still taken, when it is the first', async () => {
    const { heard } = dial()
    await passed(2500)
    expect(asked.length).toBe(1)
    sockets()[0]!.bring(7)
    expect([heard, asked[0]!.closed, transport.carrier()]).toEqual([['open', 'frame 7'], true, 'socket'])
    asked[0]!.came(Uint8Array.of(9).buffer)
    expect(heard).toEqual(['open', 'frame 7'])
  })
})

describe('where no socket passes', () => {
  test('a refused one gives way at once', async () => {
    const { heard } = dial()
    sockets()[0]!.fail()
    await passed(0)
    expect(asked[0]!.as).toBe('stream')
    asked[0]!.came(Uint8Array.of(7).buffer)
    expect([heard, transport.carrier(), kept()]).toEqual([['open', 'frame 7'], 'stream', 'stream'])
  })

  test('one that opens and brings nothing gives way after two and a half seconds', async () => {
    const { heard, socket } = dial()
    sockets()[0]!.open()
    await passed(2499)
    expect(asked.length).toBe(0)
    await passed(1)
    expect(asked.length).toBe(1)
    asked[0]!.came(Uint8Array.of(7).buffer)
    expect([heard, sockets()[0]!.closed]).toEqual([['open', 'frame 7'], true])
    socket.send(Uint8Array.of(1))
    expect(asked[0]!.sent).toEqual([Uint8Array.of(1)])
  })

  test('what passed is remembered and tried first, the socket after ten minutes', async () => {
    dial()
    sockets()[0]!.fail()
    await passed(0)
    asked[0]!.carrier = 'polling'
    asked[0]!.came(Uint8Array.of(7).buffer)
    expect(kept()).toBe('polling')
    dial()
    await passed(0)
    expect([sockets().length, asked[1]!.as]).toEqual([1, 'polling'])
    asked[1]!.came(Uint8Array.of(7).buffer)
    vi.setSystemTime(Date.now() + rememberedFor)
    dial()
    expect(sockets().length).toBe(2)
  })

  test('another network is another matter', async () => {
    storage.set('parley:carrier', `stream ${Date.now()} wifi`)
    dial()
    expect(sockets().length).toBe(1)
  })

  test('what was remembered by a clock that has been set back since is remembered no longer than by another', () => {
    storage.set('parley:carrier', `stream ${Date.now() + rememberedFor} `)
    dial()
    expect(sockets().length).toBe(1)
  })

  test('what was remembered and fails is forgotten', async () => {
    storage.set('parley:carrier', `stream ${Date.now()} `)
    const { heard } = dial()
    await passed(0)
    asked[0]!.ended(1006, '')
    expect([heard, kept()]).toEqual([['close 1006'], undefined])
  })

  test('a stream that worked and turns into polling says so, and is not tried first the next time', async () => {
    const heard: (Carrier | null)[] = []
    transport.subscribe(() => heard.push(transport.carrier()))
    dial()
    sockets()[0]!.fail()
    await passed(0)
    asked[0]!.came(Uint8Array.of(7).buffer)
    asked[0]!.carrier = 'polling'
    asked[0]!.changed()
    expect([heard, kept()]).toEqual([['stream', 'polling'], 'polling'])
  })

  test('a moment is quiet whatever the clock is set to', async () => {
    const { socket } = dial()
    sockets()[0]!.fail()
    await passed(0)
    asked[0]!.came(Uint8Array.of(7).buffer)
    socket.send(Uint8Array.of(1))
    vi.setSystemTime(Date.now() - 3600_000)
    await passed(5 * 60_000)
    expect(sockets().length).toBe(2)
  })

  test('a socket is tried again at a quiet moment, and taken when it works', async () => {
    const { socket, heard } = dial()
    sockets()[0]!.fail()
    await passed(0)
    asked[0]!.came(Uint8Array.of(7).buffer)
    await passed(5 * 60_000 - 1000)
    socket.send(Uint8Array.of(1))
    await passed(1000)
    expect(sockets().length).toBe(1)
    await passed(5000)
    expect(sockets().length).toBe(2)
    await passed(2500)
    expect([sockets()[1]!.closed, heard]).toEqual([true, ['open', 'frame 7']])
    await passed(5 * 60_000)
    sockets()[2]!.bring(7)
    expect([heard, asked[0]!.closed, kept()]).toEqual([['open', 'frame 7', `close ${giveWay}`], true, undefined])
  })
})

describe('where nothing passes', () => {
  test('it fails once every way has failed', async () => {
    const { heard } = dial()
    sockets()[0]!.fail()
    await passed(0)
    expect(heard).toEqual([])
    asked[0]!.ended(1006, '')
    expect(heard).toEqual(['close 1006'])
    await passed(60_000)
    expect([sockets().length, asked.length]).toEqual([1, 1])
  })

  test('it fails when no way has brought anything for a quarter of a minute', async () => {
    const { heard } = dial()
    await passed(15_000)
    expect([heard, sockets()[0]!.closed, asked[0]!.closed]).toEqual([['close 1006'], true, true])
  })

  test('where the part for it cannot be fetched the socket alone is tried', async () => {
    reachable = false
    const { heard } = dial()
    await passed(3000)
    expect(heard).toEqual([])
    sockets()[0]!.bring(7)
    expect(heard).toEqual(['open', 'frame 7'])
    const other = dial()
    sockets()[1]!.fail()
    await passed(0)
    expect(other.heard).toEqual(['close 1006'])
  })

  test('a refusal by plain requests is final, too', async () => {
    const { heard } = dial()
    sockets()[0]!.fail()
    await passed(0)
    asked[0]!.ended(4403, 'revoked')
    expect(heard).toEqual(['close 4403'])
  })

  test('closing ends every try, and nothing is heard of it later', async () => {
    const { socket, heard } = dial()
    await passed(2500)
    socket.close()
    expect([sockets()[0]!.closed, asked[0]!.closed]).toEqual([true, true])
    sockets()[0]!.bring(7)
    asked[0]!.came(Uint8Array.of(7).buffer)
    await passed(60_000)
    expect(heard).toEqual(['close 1000'])
  })
})
