import { channelOf, controlChannel, decodeControl, encodeControl, onChannel } from '../../shared/wire/channel.ts'
import { decodeVector, type StateVector } from '../../shared/wire/frame.ts'
import { alone, type Report } from '../process/guard.ts'
import type { CloseCode } from '../room/closecode.ts'
import type { Ears, Transport } from './transport.ts'

/** A document that a client opens on a line it already has. */
export interface Asked {
  readonly channel: number
  readonly epoch: number
  readonly vector: StateVector | null
}

export interface ChannelsOptions {
  readonly line: Transport
  /** Seats the client on the line that `take` makes, or returns why not. */
  readonly open: (asked: Asked, take: () => Transport | null) => Promise<{ code: CloseCode; reason: string } | null>
  /** Whether the person may still send a frame of so many bytes that goes to no document. */
  readonly afford: (bytes: number) => boolean
  readonly report: Report
}

/** The largest control frame, bytes: a client whose state vector is larger sends none here, and asks on the channel. */
const largestControl = 4096

interface Channel {
  ears: Ears | null
  readonly line: Transport
}

/**
 * Carries several documents of a meeting over one line, each on a channel that acts as a line of its own. The line ends
 * with the last document, so those in `first`, which the address names, are opened at once. A channel is opened once on a
 * line: what is under way for one that has ended is never taken for the next.
 */
export function shareLine(options: ChannelsOptions, first: readonly Asked[]): void {
  const { line, report } = options
  /** A channel is null while it is being opened. */
  const channels = new Map<number, Channel | null>()
  const used = new Set<number>()
  let alive = true
  let over = false

  const end = (code: CloseCode, reason: string) => {
    closed(code)
    line.end(code, reason)
  }
  const closed = (code: number) => {
    if (over) return
    over = true
    const open = [...channels.values()]
    channels.clear()
    for (const channel of open) channel?.ears?.closed(code)
  }
  /** The last document's close code becomes the line's, because the client may need the reason. */
  const remove = (channel: number, code: CloseCode, reason: string) => {
    if (over || !channels.delete(channel)) return
    line.send(encodeControl({ type: 'ended', channel, code, reason }))
    if (channels.size > 0) return
    over = true
    line.end(code, reason)
  }

  const open = async (asked: Asked) => {
    const { channel } = asked
    used.add(channel)
    channels.set(channel, null)
    const take = () => {
      // The client closed it while it was being opened.
      if (over || channels.get(channel) !== null) return null
      const opened = { ears: null, line: lineOf(channel) }
      channels.set(channel, opened)
      return opened.line
    }
    try {
      const refused = await options.open(asked, take)
      if (refused !== null) remove(channel, refused.code, refused.reason)
    } catch (error) {
      report(error)
      remove(channel, 1011, 'cannot serve now')
    }
  }

  const lineOf = (channel: number): Transport => ({
    send(frame) {
      line.send(onChannel(frame, channel))
    },
    buffered: line.buffered,
    end: (code, reason) => remove(channel, code, reason),
    drop() {
      if (alive) remove(channel, 1013, 'try again')
      else line.drop()
    },
    hush: line.hush,
    /** One heartbeat serves all channels, so only the first sends it. */
    beat() {
      const first = [...channels].find(([, opened]) => opened !== null)
      if (first?.[0] === channel) alive = line.beat()
      return alive
    },
    listen(ears) {
      const opened = channels.get(channel)
      if (opened) opened.ears = ears
    },
  })

  const control = (frame: Uint8Array) => {
    if (frame.length > largestControl) return end(4413, 'too large')
    const said = decodeControl(frame)
    if (said?.type === 'open') {
      const { channel, epoch, vector } = said
      const known = vector.length === 0 ? null : decodeVector(vector)
      if (used.has(channel) || (known === null && vector.length > 0)) return end(4400, 'malformed')
      return alone(open({ channel, epoch, vector: known }), report)
    }
    if (said?.type !== 'close') return end(4400, 'malformed')
    const { channel } = said
    const opened = channels.get(channel)
    if (!channels.delete(channel)) return
    opened?.ears?.closed(1000)
    if (channels.size === 0) end(1001, 'nothing is open')
  }

  line.listen({
    frame(bytes, whole) {
      if (over) return
      const channel = channelOf(bytes)
      if (!whole || channel === undefined) return end(4400, 'malformed')
      const frame = bytes.subarray(0, -1)
      const opened = channels.get(channel)
      if (opened?.ears != null) return opened.ears.frame(frame, true)
      if (!options.afford(bytes.length)) return end(4429, 'too much')
      if (channel === controlChannel) control(frame)
      // Nothing may be acknowledged after a frame that nobody has heard.
      else if (opened !== undefined) remove(channel, 1013, 'not open yet')
    },
    closed,
  })
  for (const asked of first) alone(open(asked), report)
}
