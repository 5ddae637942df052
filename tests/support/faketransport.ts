import type { Ears, Transport } from '../../server/sync/transport.ts'

/** A line of which a test is the other end. */
export interface FakeTransport extends Transport {
  readonly sent: readonly Uint8Array[]
  /** How it ended: a close code, or dropped without a word. */
  readonly ended: readonly (number | 'dropped')[]
  /** What lies unsent on it, bytes. */
  unsent: number
  /** Whether whoever is there answers signs of life. */
  alive: boolean
  /** What is thrown when something is to be sent. */
  broken: Error | null
  hear(frame: Uint8Array, complete?: boolean): void
  breakOff(code?: number): void
}

export function fakeTransport(): FakeTransport {
  const [sent, ended]: [Uint8Array[], (number | 'dropped')[]] = [[], []]
  let ears: Ears | null = null
  const line: FakeTransport = {
    ...{ sent, ended, unsent: 0, alive: true, broken: null },
    send(frame) {
      if (line.broken !== null) throw line.broken
      sent.push(frame)
    },
    buffered: () => line.unsent,
    end: (code) => ended.push(code),
    drop: () => ended.push('dropped'),
    hush() {
      ears = null
    },
    beat: () => line.alive,
    listen(to) {
      ears = to
    },
    hear: (frame, complete = true) => ears?.frame(frame, complete),
    breakOff: (code = 1006) => ears?.closed(code),
  }
  return line
}
