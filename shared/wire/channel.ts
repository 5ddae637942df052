import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import { decodeUtf8 } from 'lib0/string'
import { attempt, readRun, readUint, refuse } from './bytes.ts'

/**
 * Several documents of a meeting share one connection. The last byte of each frame is the channel of its document, so a
 * document's messages are the same on every transport. Channel 0 is for messages about the documents themselves.
 */
export type Control =
  /** The client opens a document. `vector`: its encoded state vector; empty when it asks later. */
  | { readonly type: 'open'; readonly channel: number; readonly epoch: number; readonly vector: Uint8Array }
  /** The client closes a document. */
  | { readonly type: 'close'; readonly channel: number }
  /** The server has closed a document, or refuses to open it. */
  | { readonly type: 'ended'; readonly channel: number; readonly code: number; readonly reason: string }

/** Stands in an address in place of a document's name. */
export const everyDocument = 'every'

export const controlChannel = 0

/** No other frame begins with this type. */
const controlType = 104
const [open, close, ended] = [0, 1, 2]

export function onChannel(frame: Uint8Array, channel: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(frame.length + 1)
  bytes.set(frame)
  bytes[frame.length] = channel
  return bytes
}

export function channelOf(bytes: Uint8Array): number | undefined {
  return bytes.at(-1)
}

/** Includes the channel. */
export function encodeControl(control: Control): Uint8Array<ArrayBuffer> {
  const encoder = createEncoder()
  writeVarUint(encoder, controlType)
  switch (control.type) {
    case 'open':
      writeVarUint(encoder, open)
      writeVarUint(encoder, control.channel)
      writeVarUint(encoder, control.epoch)
      writeVarUint8Array(encoder, control.vector)
      break
    case 'close':
      writeVarUint(encoder, close)
      writeVarUint(encoder, control.channel)
      break
    case 'ended':
      writeVarUint(encoder, ended)
      writeVarUint(encoder, control.channel)
      writeVarUint(encoder, control.code)
      writeVarString(encoder, control.reason)
  }
  return onChannel(toUint8Array(encoder), controlChannel)
}

/** Decodes `frame`, which has no channel. Null when it is not exactly one control frame. */
export function decodeControl(frame: Uint8Array): Control | null {
  return attempt(frame, (cursor) => {
    if (readUint(cursor) !== controlType) refuse()
    const kind = readUint(cursor, ended)
    const channel = readUint(cursor, 255)
    const control = ((): Control => {
      if (kind === open) return { type: 'open', channel, epoch: readUint(cursor, 999_999), vector: readRun(cursor) }
      if (kind === close) return { type: 'close', channel }
      return { type: 'ended', channel, code: readUint(cursor, 4999), reason: decodeUtf8(readRun(cursor)) }
    })()
    if (cursor.at !== frame.length) refuse()
    return control
  })
}
