/** The transport: a WebSocket, server-sent events with POST, or long polling with POST. */
export type Carrier = 'socket' | 'stream' | 'polling'

/** One entry of the connection log, for a person to read afterwards. */
export type Passage = { readonly at: number } & Passing

export type Passing =
  | { readonly type: 'connected'; readonly carrier: Carrier }
  | { readonly type: 'lost' }
  /** `edits`: changes as a person counts them, here and below. */
  | { readonly type: 'committed'; readonly edits: number }
  /** `sent`: edits of this device that were sent; `received`: whether others had changed something meanwhile. */
  | { readonly type: 'caught-up'; readonly sent: number; readonly received: boolean }
  | { readonly type: 'refused'; readonly code: number }
  | { readonly type: 'older' }
  | { readonly type: 'device-failing'; readonly cause: string }
  | { readonly type: 'device-stored' }
  | { readonly type: 'backup-saved'; readonly edits: number }
  | { readonly type: 'backup-brought'; readonly edits: number }
  /** Everything in it was here already. */
  | { readonly type: 'backup-known' }

/** A line as the device stores it. `key` is that of its row, once it has one. */
export interface LineContent {
  readonly passage: Passage
  readonly key: number | undefined
}

export interface LogEntry extends LineContent {
  /** The passage it began with. It stays while commits are added, and identifies the entry. */
  readonly first: Passage
  /** Of this tab. */
  readonly own: boolean
  /** Its row is up to date. */
  readonly written: boolean
}

/** How many lines are kept. */
export const longestLog = 200

export interface Log {
  readonly lines: readonly LogEntry[]
  /** Oldest first. The same array until a passage is added: views compare it. */
  readonly passages: readonly Passage[]
}

/** The lines that the device has not written, and those that it need not keep any more. */
export interface Unwritten {
  readonly logged: readonly LogEntry[]
  readonly dropped: readonly LogEntry[]
}

export const emptyLog: Log = { lines: [], passages: [] }

/** Consecutive commits are one line. A lost connection is logged once, however many attempts fail. */
export function withPassage(log: Log, passage: Passage): Log {
  const { lines } = log
  if (passage.type === 'lost' && isLost(lines.map((line) => line.passage))) return log
  const last = lines.at(-1)
  if (passage.type === 'committed' && last?.own && last.passage.type === 'committed') {
    const edits = last.passage.edits + passage.edits
    return logOf([...lines.slice(0, -1), { ...last, passage: { ...passage, edits }, written: false }])
  }
  return logOf([...lines, { first: passage, passage, key: undefined, own: true, written: false }])
}

/** Puts the lines that the device has stored before those of this visit. */
export function withStored({ lines }: Log, stored: readonly LineContent[]): Log {
  return logOf([...stored.map((line) => ({ ...line, first: line.passage, own: false, written: true })), ...lines])
}

function logOf(lines: readonly LogEntry[]): Log {
  return { lines, passages: withoutRepeats(lines.map(({ passage }) => passage)).slice(-longestLog) }
}

export function unwrittenOf({ lines }: Log): Unwritten {
  return { logged: lines.filter(({ written }) => !written), dropped: lines.slice(0, -longestLog) }
}

/** The device has written what was unwritten in `before`, in rows with these keys. */
export function withWritten(log: Log, before: Log, keys: readonly number[]): Log {
  const { logged, dropped } = unwrittenOf(before)
  const lines = log.lines.slice(dropped.length).map((line) => {
    const index = logged.findIndex(({ first }) => first === line.first)
    return index < 0 ? line : { ...line, key: keys[index], written: line.passage === logged[index]?.passage }
  })
  return { ...log, lines }
}

/** The device has lost its rows: those of this tab must be written again. */
export function withRowsLost(log: Log): Log {
  return { ...log, lines: log.lines.map((line) => ({ ...line, key: undefined, written: !line.own })) }
}

/** Types that say nothing about the connection. */
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

/** Every tab logs the same loss; it is shown once. */
export function withoutRepeats(passages: readonly Passage[]): Passage[] {
  const followed: Passage[] = []
  for (const passage of passages) if (passage.type !== 'lost' || !isLost(followed)) followed.push(passage)
  return followed
}
