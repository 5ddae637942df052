/** Pauses and waits of a link, all in milliseconds. An argument, so that a test can make a minute pass in seconds. */
export interface Tempo {
  /** Between two requests for an echo. Each covers all edits before it. */
  readonly acknowledge: number
  /** Between two frames about oneself: ten carets a second look live. */
  readonly awareness: number
  /** Reconnects wait a random time up to a bound that doubles from the first to the last, so that nobody storms. */
  readonly firstWait: number
  readonly lastWait: number
  /** A carrier that has brought no frame for so long is not waited for alone. */
  readonly patience: number
  /** A socket over which nothing has come for so long, while an echo is due, is dead. */
  readonly silence: number
  /** One over which nothing at all has come for so long is dead too: the server says something twice as often. */
  readonly dead: number
  /** Between two signs that somebody is still here; who says nothing for twice as long is gone, to a stock client. */
  readonly present: number
  /** A device copy that has not answered for so long is said to be slow, and is no longer waited for. */
  readonly device: number
  /** One that has not answered for so long is asked again over a fresh connection. */
  readonly deviceLost: number
  /** Tries after a failure of the device: doubling from the first to the last. */
  readonly firstRetry: number
  readonly lastRetry: number
  /** How long what another tab has written may come from the server instead, while there is one. */
  readonly otherTab: number
  /** Edits that have waited so long for their echo begin a spell: what both had before them is kept. */
  readonly spell: number
  /** Between two notes that this device is connected. */
  readonly note: number
}

/** Bytes a millisecond: a way up that carries so little is slow and not dead. */
export const slowestWay = 8

export const steadyTempo: Tempo = {
  acknowledge: 150,
  awareness: 100,
  firstWait: 500,
  lastWait: 15_000,
  patience: 2_500,
  silence: 10_000,
  dead: 40_000,
  present: 15_000,
  device: 4_000,
  deviceLost: 20_000,
  firstRetry: 250,
  lastRetry: 30_000,
  otherTab: 300,
  spell: 2_000,
  note: 60_000,
}

/**
 * How long the next try waits, ms, after so many that have failed: anywhere between nothing and a bound that doubles ("full
 * jitter"), so that a hundred people whom one server has lost do not come back in step.
 */
export function backoff(failed: number, tempo: Pick<Tempo, 'firstWait' | 'lastWait'>, random: () => number): number {
  return random() * Math.min(tempo.lastWait, tempo.firstWait * 2 ** failed)
}
