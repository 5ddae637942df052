import type { CloseCode } from '../room/closecode.ts'

/** Carries frames between the server and one client, over any transport. */
export interface Transport {
  send(frame: Uint8Array): void
  /** Bytes that were passed to `send` and are not sent yet. */
  buffered(): number
  /** Tells the client why, and closes. */
  end(code: CloseCode, reason: string): void
  /** Closes without a word, when nobody is there. */
  drop(): void
  /** Stops reading frames. */
  hush(): void
  /** Sends a heartbeat. False when the client has not been heard from in time. */
  beat(): boolean
  /** Call once. Incoming frames then go to `ears`. */
  listen(ears: Ears): void
}

export interface Ears {
  /** `whole` is false for a text message, which our protocol does not use. */
  frame(bytes: Uint8Array, whole: boolean): void
  /** The client has gone, or the line has broken. */
  closed(code: number): void
}
