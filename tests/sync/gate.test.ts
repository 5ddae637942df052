import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { type Arrival, createInbox, openGate } from '../../client/sync/gate.ts'
import {
  decode,
  encodeAcknowledge,
  encodeAwareness,
  encodeLacking,
  encodeStep1,
  encodeStep2,
  encodeUpdate,
} from '../../shared/wire/frame.ts'

/** A socket whose other end is this test. */
class Line extends EventTarget {
  static last: Line
  readyState: number = WebSocket.CONNECTING
  binaryType = ''
  onopen: ((event: unknown) => void) | null = null
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null
  onclose: ((event: unknown) => void) | null = null
  readonly sent: string[] = []
  constructor() {
    super()
    Line.last = this
  }
  send(frame: Uint8Array) {
    this.sent.push(kindOf(frame))
  }
  close() {
    this.readyState = WebSocket.CLOSED
  }
  open() {
    this.readyState = WebSocket.OPEN
    this.onopen?.({})
  }
  come(frame: Uint8Array) {
    this.onmessage?.({ data: frame.slice().buffer })
  }
}

function kindOf(frame: Uint8Array): string {
  const message = decode(frame)
  if (message === null) return `unknown ${frame[0]}`
  return message.type === 'awareness' ? `awareness of ${message.entries.map(({ client }) => client)}` : message.type
}

function opened({ question = null as Uint8Array | null, asked = true, greet = true } = {}) {
  const state = { asked }
  const delivered: string[][] = []
  const passed: string[] = []
  const splits: string[] = []
  let greetings = 0
  const gate = openGate({
    Socket: Line as unknown as typeof WebSocket,
    pause: 100,
    isOwn: (client) => client === 1,
    presence: () => encodeAwareness([{ client: 1, clock: 9, state: '{}' }]),
    isAsked: () => state.asked,
    question: () => question,
    greeted() {
      greetings += 1
    },
    deliver(arrivals: readonly Arrival[]) {
      delivered.push(
        arrivals.map((arrival) => {
          if (arrival.type === 'presence') arrival.pass()
          if (arrival.type === 'other-tab') arrival.apply()
          return arrival.type === 'content' && arrival.catchesUp() ? 'caught up' : arrival.type
        }),
      )
    },
    passed() {},
    sent() {},
    splitting: (status) => void splits.push(status),
  })
  const provider = new gate.Socket('wss://host/sync')
  provider.onmessage = ({ data }) => passed.push(kindOf(new Uint8Array(data)))
  const line = Line.last
  line.open()
  if (greet) {
    line.come(encodeStep2(empty))
    gate.admit()
    delivered.length = 0
  }
  const send = (frame: Uint8Array) => provider.send(frame as Uint8Array<ArrayBuffer>)
  return { gate, provider, line, state, delivered, passed, splits, send, greetings: () => greetings }
}

const empty = new Uint8Array([0, 0])
const theirs = encodeAwareness([{ client: 2, clock: 1, state: '{}' }])

test('edits go out once the server has asked; before that its answer has them', () => {
  const { send, state, line } = opened({ asked: false })
  send(encodeUpdate(empty))
  expect(line.sent).toEqual([])
  state.asked = true
  send(encodeUpdate(empty))
  expect(line.sent).toEqual(['update'])
})

test('the provider’s question is asked in our words, or not where the address has asked', () => {
  const silent = opened()
  silent.send(encodeStep1(new Map()))
  expect(silent.line.sent).toEqual([])
  const spoken = opened({ question: encodeStep1(new Map([[7, 7]])) })
  spoken.send(encodeStep1(new Map()))
  expect(spoken.line.sent).toEqual(['step-1'])
})

test('P7: of presence one’s own alone goes out, ten times a second, and leaving at once', () => {
  vi.useFakeTimers()
  try {
    const { send, line, gate } = opened()
    send(theirs)
    vi.advanceTimersByTime(1000)
    expect(line.sent).toEqual([])
    const both = [1, 2].map((client) => ({ client, clock: 1, state: '{}' }))
    for (let i = 0; i < 50; i += 1) {
      send(encodeAwareness(both))
      vi.advanceTimersByTime(10)
    }
    expect(line.sent.length).toBeGreaterThan(3)
    expect(line.sent.length).toBeLessThan(8)
    expect(new Set(line.sent)).toEqual(new Set(['awareness of 1']))
    const before = line.sent.length
    send(encodeAwareness([{ client: 1, clock: 2, state: 'null' }]))
    expect(line.sent.length).toBe(before + 1)
    gate.close()
  } finally {
    vi.useRealTimers()
  }
})

test('what comes in waits while somebody composes, and comes at once and in order; the server’s questions do not wait', () => {
  const { gate, line, delivered, passed } = opened()
  const release = gate.hold()
  line.come(encodeUpdate(empty))
  line.come(theirs)
  gate.inTurn(() => {})
  line.come(encodeAcknowledge(empty))
  line.come(encodeLacking([1]))
  line.come(encodeStep1(new Map()))
  expect(delivered).toEqual([])
  expect(passed).toEqual(['acknowledge', 'unknown 103', 'step-1'])
  expect(gate.frames()).toEqual({ received: 3, held: 3 })
  release()
  expect(delivered).toEqual([['content', 'presence', 'other-tab']])
  expect(passed.at(-1)).toBe('awareness of 2')
})

test('what comes before the server’s first answer waits for it, and the first answer for being let in', () => {
  const { gate, line, delivered, greetings } = opened({ greet: false })
  line.come(encodeUpdate(empty))
  expect(greetings()).toBe(0)
  line.come(encodeStep2(empty))
  line.come(encodeUpdate(empty))
  expect([greetings(), delivered]).toEqual([1, []])
  gate.admit()
  expect(delivered.flat()).toEqual(['caught up', 'content', 'content'])
  line.come(encodeStep2(empty))
  expect([greetings(), delivered.flat().at(-1)]).toEqual([1, 'content'])
})

test('what has waited is still applied when its connection is gone, but says nothing of presence, nor that it has caught up', () => {
  const { gate, provider, line, delivered, passed } = opened({ greet: false })
  const release = gate.hold()
  line.come(encodeStep2(empty))
  gate.admit()
  line.come(theirs)
  provider.close()
  expect(gate.status()).toBe('closed')
  release()
  expect(delivered).toEqual([['content', 'presence']])
  expect(passed).toEqual([])
})

test('P5: a large update goes out in several frames that together say the same', async () => {
  const { gate, line, splits } = opened()
  const doc = new Y.Doc()
  doc.getText('glossary').insert(0, 'word '.repeat(60_000))
  const frames: Uint8Array[] = []
  line.send = (frame) => void frames.push(frame)
  expect(await gate.send(encodeStep2(Y.encodeStateAsUpdate(doc)))).toBe(true)
  expect(splits).toEqual(['begun', 'ended'])
  expect(frames.length).toBeGreaterThan(1)
  const other = new Y.Doc()
  for (const frame of frames) {
    const message = decode(frame)
    if (message?.type === 'step-2') Y.applyUpdate(other, message.update)
  }
  expect(other.getText('glossary').toString()).toBe(doc.getText('glossary').toString())
})

test('P1: what was being split when the connection went counts for no other connection', async () => {
  const { gate, provider, splits } = opened()
  const doc = new Y.Doc()
  doc.getText('glossary').insert(0, 'word '.repeat(60_000))
  const sending = gate.send(encodeUpdate(Y.encodeStateAsUpdate(doc)))
  provider.close()
  new gate.Socket('wss://host/sync')
  Line.last.open()
  expect(await sending).toBe(false)
  expect([splits, Line.last.sent]).toEqual([['begun'], []])
})

test('two holds at once end with the later one, and ending one twice ends it once', () => {
  const delivered: (readonly number[])[] = []
  const inbox = createInbox<number>((arrivals) => delivered.push(arrivals))
  const first = inbox.hold()
  const second = inbox.hold()
  inbox.receive(1)
  first()
  first()
  expect([delivered, inbox.waiting()]).toEqual([[], 1])
  second()
  inbox.receive(2)
  expect(delivered).toEqual([[1], [2]])
  inbox.hold()()
  expect(delivered.length).toBe(2)
})
