/** What carries the frames: a WebSocket, server-sent events with POST, or long polling with POST. */
export type Carrier = 'socket' | 'stream' | 'polling'

/** One line of what has passed between this device and the server, for a person to read afterwards. */
export type Passage = { readonly at: number } & Passing

export type Passing =
  | { readonly type: 'connected'; readonly carrier: Carrier }
  | { readonly type: 'lost' }
  | { readonly type: 'committed'; readonly edits: number }
  /** `sent`: edits of this device that went up; `received`: whether others had changed something meanwhile. */
  | { readonly type: 'caught-up'; readonly sent: number; readonly received: boolean }
  | { readonly type: 'refused'; readonly code: number }
  | { readonly type: 'older' }
  | { readonly type: 'device-failing'; readonly cause: string }
  | { readonly type: 'device-stored' }
  | { readonly type: 'backup-saved'; readonly edits: number }
  | { readonly type: 'backup-brought'; readonly edits: number }
  /** Everything in it was here already. */
  | { readonly type: 'backup-known' }

/** A line as the device keeps it. `key` is that of its row, once it has one; `own` lines are of this tab. */
export interface Line {
  passage: Passage
  key: number | undefined
  readonly own: boolean
}

/** So many lines are kept. */
export const longestLog = 200

/** What the device has not written of the log, and what it need not keep any more. */
export interface Unwritten {
  readonly logged: readonly Line[]
  readonly dropped: readonly Line[]
}

export interface Log {
  /** Oldest first. The same array until something passes: views compare it. */
  passages(): readonly Passage[]
  enter(passage: Passage): void
  /** Puts what the device has kept before what has passed in this visit. */
  load(kept: readonly Line[]): void
  take(): Unwritten
  /** `keys`: the rows of what was logged. */
  written(unwritten: Unwritten, keys: readonly number[]): void
  /** The device has lost its rows: those of this tab are written again. */
  restore(): void
  /** Writing it has failed. */
  giveBack(unwritten: Unwritten): void
}

export function createLog(): Log {
  let lines: Line[] = []
  let passages: readonly Passage[] = []
  /** Of `lines`, those whose rows differ. */
  let unwritten = new Set<Line>()

  function publish() {
    passages = withoutEchoes(lines.map(({ passage }) => passage)).slice(-longestLog)
  }

  return {
    passages: () => passages,
    enter(passage) {
      const line = enter(lines, passage)
      if (line === null) return
      unwritten.add(line)
      publish()
    },
    load(kept) {
      lines = [...kept, ...lines]
      publish()
    },
    take() {
      const taken = { logged: [...unwritten], dropped: lines.slice(0, -longestLog) }
      unwritten = new Set()
      return taken
    },
    written({ logged, dropped }, keys) {
      for (const [index, line] of logged.entries()) line.key = keys[index]
      lines = lines.slice(dropped.length)
    },
    restore() {
      for (const line of lines) line.key = undefined
      unwritten = new Set(lines.filter(({ own }) => own))
    },
    giveBack({ logged }) {
      unwritten = new Set([...logged, ...unwritten])
    },
  }
}

/** What tells nothing of the connection. */
const besides: readonly Passage['type'][] = [
  'device-failing',
  'device-stored',
  'backup-saved',
  'backup-brought',
  'backup-known',
]

function isLost(passages: readonly Passage[]): boolean {
  return passages.findLast(({ type }) => !besides.includes(type))?.type === 'lost'
}

/** Every tab writes of a loss; it is one. */
export function withoutEchoes(passages: readonly Passage[]): Passage[] {
  const told: Passage[] = []
  for (const passage of passages) if (passage.type !== 'lost' || !isLost(told)) told.push(passage)
  return told
}

/**
 * Puts `passage` at the end of `lines`, and returns where: commits that follow each other are one line. Null for what is
 * there already: that the connection is lost, of which each attempt to reach the server may tell.
 */
export function enter(lines: Line[], passage: Passage): Line | null {
  if (passage.type === 'lost' && isLost(lines.map((line) => line.passage))) return null
  const last = lines.at(-1)
  if (passage.type === 'committed' && last?.own && last.passage.type === 'committed') {
    last.passage = { ...passage, edits: last.passage.edits + passage.edits }
    return last
  }
  const line: Line = { passage, key: undefined, own: true }
  lines.push(line)
  return line
}
