import { expect, test } from 'vitest'
// @ts-expect-error The types leave it out.
import { Receiver } from 'ws'
import { largestPacket, packetOf } from '../../server/sync/packet.ts'

test.each([0, 1, 125, 126, 127, 40_000, largestPacket])('a frame of %i bytes is one whole message', async (length) => {
  const frame = Uint8Array.from({ length }, (_, i) => i * 7)
  const receiver = new Receiver({ isServer: false })
  const messages: { data: Uint8Array; binary: boolean }[] = []
  receiver.on('message', (data: Buffer, binary: boolean) => messages.push({ data: new Uint8Array(data), binary }))
  const read = new Promise<void>((resolve) => receiver.write(packetOf(frame), () => resolve()))
  await read
  expect(messages).toEqual([{ data: frame, binary: true }])
  // Made once for all who get it.
  expect(packetOf(frame)).toBe(packetOf(frame))
})
