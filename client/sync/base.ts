/**
 * What met when a device came back with edits of its own to a server where others had edited. Whole Yjs states (V1): what
 * both had when the connection went, what this device had just before it met the other's work, what the server had
 * without it. `since` is when both last had the same.
 */
export interface Met {
  readonly at: number
  readonly since: number
  readonly base: Uint8Array
  readonly mine: Uint8Array
  readonly theirs: Uint8Array
}
