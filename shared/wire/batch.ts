import { attempt, readRun } from './bytes.ts'

/**
 * Reads length-prefixed frames from one body: the first `most` of them, as views. Null when the bytes up to there are
 * malformed, or a frame is empty.
 */
export function readFrames(body: Uint8Array, most: number = Number.POSITIVE_INFINITY): readonly Uint8Array[] | null {
  return attempt(body, (cursor) => {
    const frames: Uint8Array[] = []
    while (cursor.at < body.length && frames.length < most) {
      const frame = readRun(cursor)
      if (frame.length === 0) return null
      frames.push(frame)
    }
    return frames
  })
}

/** Writes the first of `frames` that fit in `most` bytes, at least one, into one body, and counts them. */
export function writeFrames(
  frames: readonly Uint8Array[],
  most: number,
): { readonly body: Uint8Array<ArrayBuffer>; readonly count: number } {
  let count = 0
  let size = 0
  for (const frame of frames) {
    const more = frame.length + widthOf(frame.length)
    if (count > 0 && size + more > most) break
    size += more
    count += 1
  }
  const body = new Uint8Array(size)
  let at = 0
  for (const frame of frames.slice(0, count)) {
    let left = frame.length
    for (; left > 127; left = Math.floor(left / 128)) body[at++] = 128 | (left & 127)
    body[at++] = left
    body.set(frame, at)
    at += frame.length
  }
  return { body, count }
}

/** The width of `length` as a varUint, in bytes. */
function widthOf(length: number): number {
  let width = 1
  for (let left = length; left > 127; left = Math.floor(left / 128)) width += 1
  return width
}
