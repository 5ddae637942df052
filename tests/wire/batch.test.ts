import { expect, test } from 'vitest'
import { readFrames, writeFrames } from '../../shared/wire/batch.ts'

test('frames go into one body and come out again, as many as fit and one at least', () => {
  const frames = [1, 200, 70_000].map((length) => new Uint8Array(length).fill(length % 251))
  const { body, count } = writeFrames(frames, 1e6)
  expect(count).toBe(3)
  expect(readFrames(body)!.map((frame) => frame.length)).toEqual([1, 200, 70_000])
  expect(writeFrames(frames, 10)).toMatchObject({ count: 1 })
  expect(writeFrames(frames.slice(2), 10)).toMatchObject({ count: 1 })
})

test('what is cut off or has nothing in it is refused as a whole, and no more is read than is asked for', () => {
  const { body } = writeFrames([Uint8Array.of(1), Uint8Array.of(2, 3)], 1e6)
  expect(readFrames(body, 1)).toEqual([Uint8Array.of(1)])
  expect(readFrames(body.subarray(0, body.length - 1))).toBeNull()
  expect(readFrames(Uint8Array.of(1, 7, 0))).toBeNull()
  expect(readFrames(new Uint8Array())).toEqual([])
})
