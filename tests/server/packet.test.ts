import { expect, test } from 'vitest'
// @ts-expect-error The types leave it out.
import { Receiver } from 'ws'
import { packetOf } from '../../server/sync/packet.ts'

test.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])(
  'a frame of %i bytes is one whole message',
  async (length) => {
    const frame = Uint8Array.from({ length }, (_, i) => i * 7)
    const receiver = new Receiver({ isServer: false })
    const messages: { data: Uint8Array; binary: boolean }[] = []
    receiver.on('message', (data: Buffer, binary: boolean) => messages.push({ data: new Uint8Array(data), binary }))
    const read = new Promise<void>((resolve) => receiver.write(packetOf(frame), () => resolve()))
    await read
    expect(messages).toEqual([{ data: frame, binary: true }])
    // Made once for all who get it.
    if (length <= 65_536) expect(packetOf(frame)).toBe(packetOf(frame))
  },
)
