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

/** So many are kept. */
export const longestLog = 200

/** `log` with one more line at its end: consecutive commits are one line, of the last moment. */
export function entered(log: readonly Passage[], passage: Passage): readonly Passage[] {
  const last = log.at(-1)
  if (passage.type === 'committed' && last?.type === 'committed') {
    return [...log.slice(0, -1), { ...passage, edits: last.edits + passage.edits }]
  }
  return [...log, passage].slice(-longestLog)
}
