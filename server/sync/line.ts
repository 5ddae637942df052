import type { CloseCode } from '../room/closing.ts'

/** What carries frames between the server and one client, whatever it is made of. */
export interface Line {
  send(frame: Uint8Array): void
  /** Bytes that have been given and have not left. */
  buffered(): number
  /** Says why, and lets go. */
  end(code: CloseCode, reason: string): void
  /** Lets go without a word: nobody is there. */
  drop(): void
  /** From now on nothing is heard. */
  hush(): void
  /** Asks for a sign of life. False when none has come since the last time. */
  beat(): boolean
  /** To be called once: from now on what comes goes there. */
  listen(ears: Ears): void
}

export interface Ears {
  /** `whole`: a binary message; a text is none of ours. */
  frame(bytes: Uint8Array, whole: boolean): void
  /** The client has gone, or the line has broken. */
  closed(code: number): void
}
