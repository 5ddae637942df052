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

/** A line as the device keeps it. `key` is that of its row, once it has one; `own` lines are of this tab. */
export interface Line {
  passage: Passage
  key: number | undefined
  readonly own: boolean
}

/** So many lines are kept. */
export const longestLog = 200

/** Puts `passage` at the end of `lines`, and returns where: commits that follow each other are one line. */
export function enter(lines: Line[], passage: Passage): Line {
  const last = lines.at(-1)
  if (passage.type === 'committed' && last?.own && last.passage.type === 'committed') {
    last.passage = { ...passage, edits: last.passage.edits + passage.edits }
    return last
  }
  const line: Line = { passage, key: undefined, own: true }
  lines.push(line)
  return line
}
