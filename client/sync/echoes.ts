import type { Held } from './tally.ts'
import { slowestWay } from './tempo.ts'

/** The echoes that a connection owes. Each says that all that was sent before it was asked for is on the server's disk. */
export interface Echoes {
  /** So many bytes have gone into the socket. */
  sent(bytes: number): void
  /** Waits for an echo that will cover `held`. Returns its number; numbers only rise. */
  ask(held: Held, at: number): number
  /** What the echo with this number covers; null when none such is owed. Those before it are owed no more. */
  take(number: number, at: number): Held | null
  /** Whether one has been owed for longer than `silence`, ms, and a slow way up explain; `heard`: when anything last came. */
  overdue(heard: number, silence: number, at: number): boolean
  /** The connection is gone, and what it owed with it. */
  forget(): void
}

export function createEchoes(): Echoes {
  let owed: readonly { readonly number: number; readonly held: Held; readonly sent: number }[] = []
  let last = 0
  /** When the first that is owed was asked for, or one before it came. */
  let since = 0
  /** Bytes, of all connections together, and how many of them have arrived or are gone. */
  let sent = 0
  let arrived = 0

  return {
    sent(bytes) {
      sent += bytes
    },
    ask(held, at) {
      if (owed.length === 0) since = at
      last += 1
      owed = [...owed, { number: last, held, sent }]
      return last
    },
    take(number, at) {
      const come = owed.find((one) => one.number === number)
      if (come === undefined) return null
      owed = owed.filter((one) => one.number > number)
      since = at
      arrived = come.sent
      return come.held
    },
    overdue(heard, silence, at) {
      return owed.length > 0 && at - Math.max(since, heard) > silence + (sent - arrived) / slowestWay
    },
    forget() {
      owed = []
      arrived = sent
    },
  }
}
