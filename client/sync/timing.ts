/** Delays and timeouts of a link, in milliseconds. An argument, so that a test can make a minute pass in seconds. */
export interface Timing {
  /** Between two requests for an acknowledgement. Each covers all edits before it. */
  readonly acknowledge: number
  /** Between two awareness frames of this client: ten carets a second look live. */
  readonly awareness: number
  /** Reconnects wait a random time up to a bound that doubles from the first to the last: clients do not storm. */
  readonly firstWait: number
  readonly lastWait: number
  /** After this long without a first frame, the next transport is tried beside this one. */
  readonly patience: number
  /** A socket is dead when nothing has come for this long while an acknowledgement is due. */
  readonly silence: number
  /** A socket is dead, too, when nothing at all has come for this long: the server sends something twice as often. */
  readonly dead: number
  /** Between two renewals of this client's awareness. A stock client drops whoever is silent for twice as long. */
  readonly present: number
  /** A device copy that has not answered for this long is reported as slow, and no longer waited for. */
  readonly device: number
  /** A device copy that has not answered for this long is asked again over a fresh connection. */
  readonly deviceLost: number
  /** Between tries after a failure of the device: doubling from the first to the last. */
  readonly firstRetry: number
  readonly lastRetry: number
  /** While connected, how long another tab's edits may take to come from the server before the device is read. */
  readonly otherTab: number
  /** Edits that have waited this long for an acknowledgement begin a spell: their merge base is stored. */
  readonly spell: number
  /** Between two notes that this device is connected. */
  readonly note: number
}

/** In bytes per millisecond: an uplink this slow still counts as alive. */
export const slowestWay = 8

export const usualTiming: Timing = {
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
 * How long the next try waits, ms, after so many failures: a random time up to a bound that doubles ("full jitter"), so
 * that a hundred people who lost one server do not come back in step.
 */
export function backoff(failed: number, timing: Pick<Timing, 'firstWait' | 'lastWait'>, random: () => number): number {
  return random() * Math.min(timing.lastWait, timing.firstWait * 2 ** failed)
}
