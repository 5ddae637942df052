import type { MeetingId } from '../../shared/domain/agenda.ts'
import { decodeVector, type StateVector } from '../../shared/wire/frame.ts'
import type { Asked } from './channels.ts'

/** The parsed address of a request under `/sync`. */
export interface Address {
  readonly meeting: MeetingId
  /** `everyDocument` for a connection that several documents share. */
  readonly document: string
  /** The documents that a shared connection opens first. */
  readonly opens: readonly Asked[]
  /** The request's part of a line over plain requests. Null for a socket. */
  readonly line: LineAddress | null
  /** The client's epoch. */
  readonly epoch: number | null
  /** The state vector of the client's replica, if the address has one. */
  readonly vector: StateVector | null
  /** How many frames the client has received. */
  readonly after: number | null
  /** The number of this POST. */
  readonly number: number | null
}

/** `lines` opens a line. The others act on the line with that id. */
export type LineAddress =
  | { readonly part: 'lines' }
  | { readonly part: 'line' | 'events' | 'frames'; readonly id: string }

const pattern = /^\/sync\/([\w-]{1,64})\/([\w-]{1,64})(\/lines(?:\/([\w-]{1,64})(?:\/(events|frames))?)?)?(?:\?(.*))?$/

/** The address is parsed only here, as plain text, so that what is authorised is what is opened. */
export function addressOf(url: string | undefined): Address | null {
  const found = pattern.exec(url ?? '')
  if (found === null) return null
  const [, meeting = '', document = '', lines, id, part, query = ''] = found
  const asked = new URLSearchParams(query)
  const number = (name: string) => {
    const value = asked.get(name)
    return value !== null && /^\d{1,12}$/.test(value) ? Number(value) : null
  }
  const vector = asked.get('vector')
  const epoch = number('epoch')
  const opens = asked.getAll('open').slice(0, mostOpens).flatMap(askedOf)
  return {
    meeting: meeting as MeetingId,
    document,
    opens,
    line:
      lines === undefined
        ? null
        : id === undefined
          ? { part: 'lines' }
          : { part: (part as 'events' | 'frames' | undefined) ?? 'line', id },
    epoch: epoch !== null && epoch <= 999_999 ? epoch : null,
    vector: vector === null ? null : decodeVector(bytesOf(vector)),
    after: number('after'),
    number: number('number'),
  }
}

/** More than there are documents. */
const mostOpens = 16

/** `CHANNEL.EPOCH` or `CHANNEL.EPOCH.VECTOR`, each document once. */
function askedOf(text: string, index: number, all: readonly string[]): readonly Asked[] {
  const found = /^(\d{1,3})\.(\d{1,6})(?:\.([\w-]*))?$/.exec(text)
  if (found === null) return []
  const [, channel, epoch, vector] = found
  if (all.findIndex((other) => other.startsWith(`${channel}.`)) !== index) return []
  return [
    {
      channel: Number(channel),
      epoch: Number(epoch),
      vector: vector === undefined ? null : decodeVector(bytesOf(vector)),
    },
  ]
}

function bytesOf(base64url: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64url, 'base64url'))
}
