import { expect, test } from 'vitest'
import { documentNames, documentOn, documents } from '../../shared/document/documents.ts'
import {
  type Control,
  channelOf,
  controlChannel,
  decodeControl,
  encodeControl,
  onChannel,
} from '../../shared/wire/channel.ts'

test('a frame on a channel is the frame, and the channel behind it', () => {
  const bytes = onChannel(Uint8Array.of(0, 2, 7), 9)
  expect([...bytes]).toEqual([0, 2, 7, 9])
  expect(channelOf(bytes)).toBe(9)
  expect(channelOf(new Uint8Array())).toBeUndefined()
})

test('every document has a channel of its own, which a byte holds and which is not that of control', () => {
  const channels = documentNames.map((name) => documents[name].channel)
  expect(new Set(channels).size).toBe(channels.length)
  for (const channel of channels) expect(channel > controlChannel && channel < 256).toBe(true)
  expect(documentNames.map((name) => documentOn(documents[name].channel))).toEqual(documentNames)
  expect([0, 200].map(documentOn)).toEqual([null, null])
})

const controls: readonly Control[] = [
  { type: 'open', channel: 1, epoch: 3, vector: Uint8Array.of(1, 2, 3) },
  { type: 'open', channel: 200, epoch: 1, vector: new Uint8Array() },
  { type: 'close', channel: 4 },
  { type: 'ended', channel: 4, code: 4403, reason: '不可' },
]

test('what is said of documents is read as it was written', () => {
  for (const control of controls) {
    const bytes = encodeControl(control)
    expect(channelOf(bytes)).toBe(controlChannel)
    expect(decodeControl(bytes.subarray(0, -1))).toEqual(control)
  }
})

test('P5: what is cut off, too long or unknown is no control frame, and nothing is thrown', () => {
  for (const control of controls) {
    const bytes = encodeControl(control).subarray(0, -1)
    for (let end = 0; end < bytes.length; end += 1) expect(decodeControl(bytes.subarray(0, end))).toBe(null)
    expect(decodeControl(Uint8Array.of(...bytes, 0))).toBe(null)
  }
  for (const bytes of [
    [104, 3, 1],
    [105, 1, 1],
    [104, 1, 128, 2],
    [104, 0, 1, 255, 255, 255, 0, 0],
  ]) {
    expect(decodeControl(Uint8Array.from(bytes))).toBe(null)
  }
})
