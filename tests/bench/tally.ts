/** Who sent what when, and when it arrived where. Edits are known by the writer and the Yjs clock; times are in ms. */
export interface Tally {
  sent(writer: number, clock: number, at: number): void
  received(reader: number, writer: number, from: number, to: number, at: number): void
  /** Edits that have not come to every reader but their writer, counted once for each reader who lacks them. */
  missing(): number
  /** Deliveries that happened in [from, to). */
  deliveries(from: number, to: number): number
  /** Of each delivery of an edit that was sent in [from, to). */
  latencies(from: number, to: number): Float64Array
}

/** The first `writers` of the `readers` are those who write. */
export function createTally(writers: number, readers: number, clocks: number): Tally {
  const sentAt = new Float64Array(writers * clocks).fill(Number.NaN)
  const arrivedAt = new Float64Array(readers * writers * clocks).fill(Number.NaN)

  /** Calls back for each pair of an edit and a reader other than its writer. */
  const each = (visit: (sent: number, arrived: number) => void) => {
    for (let at = 0; at < sentAt.length; at += 1) {
      const sent = sentAt[at] as number
      if (Number.isNaN(sent)) continue
      const writer = Math.floor(at / clocks)
      for (let reader = 0; reader < readers; reader += 1) {
        if (reader !== writer) visit(sent, arrivedAt[reader * sentAt.length + at] as number)
      }
    }
  }

  return {
    sent(writer, clock, at) {
      if (clock >= clocks) throw new Error('more edits than the tally has room for')
      sentAt[writer * clocks + clock] = at
    },
    received(reader, writer, from, to, at) {
      const row = reader * sentAt.length + writer * clocks
      for (let clock = from; clock < to; clock += 1) {
        if (Number.isNaN(arrivedAt[row + clock])) arrivedAt[row + clock] = at
      }
    },
    missing() {
      let count = 0
      each((_sent, arrived) => {
        if (Number.isNaN(arrived)) count += 1
      })
      return count
    },
    deliveries(from, to) {
      let count = 0
      each((_sent, arrived) => {
        if (arrived >= from && arrived < to) count += 1
      })
      return count
    },
    latencies(from, to) {
      const values: number[] = []
      each((sent, arrived) => {
        if (sent >= from && sent < to && !Number.isNaN(arrived)) values.push(arrived - sent)
      })
      return Float64Array.from(values)
    },
  }
}
