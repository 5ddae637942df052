import { createEncoder, toUint8Array, writeVarUint } from 'lib0/encoding'
import { seeded } from '../../support/agenda.ts'

/** Numbers in [0, 1). Each input has dice of its own, so that it does not depend on when its turn comes. */
export type Dice = () => number

/** The dice of input `n` of a surface. */
export function diceOf(seed: number, surface: string, n: number): Dice {
  let mixed = seed >>> 0
  for (const part of [...surface].map((letter) => letter.charCodeAt(0)).concat(n)) {
    mixed = Math.imul(mixed ^ part, 0x9e3779b1)
    mixed = (mixed ^ (mixed >>> 15)) >>> 0
  }
  return seeded(mixed)
}

/** A whole number from 0 to `limit` - 1. */
export function below(random: Dice, limit: number): number {
  return Math.floor(random() * limit)
}

export function pick<T>(random: Dice, list: readonly T[]): T {
  if (list.length === 0) throw new Error('nothing to pick from')
  return list[below(random, list.length)] as T
}

export function chance(random: Dice, share: number): boolean {
  return random() < share
}

export function bytesOf(random: Dice, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random() * 256)
}

export function varUints(...numbers: number[]): Uint8Array {
  const encoder = createEncoder()
  for (const n of numbers) writeVarUint(encoder, n)
  return toUint8Array(encoder)
}

/** Whole numbers at which something begins or ends. */
export const edges: readonly number[] = [
  0,
  1,
  2,
  63,
  64,
  127,
  128,
  2 ** 14,
  2 ** 16,
  2 ** 20,
  2 ** 30,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 40,
  Number.MAX_SAFE_INTEGER,
]

/** `bytes` changed as bytes, knowing nothing of what they mean. `others` is what pieces are taken from. */
export function spoil(random: Dice, bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const at = below(random, bytes.length + 1)
  switch (below(random, 6)) {
    case 0: {
      const flipped = bytes.slice()
      for (let left = 1 + below(random, 3); left > 0 && flipped.length > 0; left -= 1) {
        const place = below(random, flipped.length)
        flipped[place] = (flipped[place] as number) ^ (1 << below(random, 8))
      }
      return flipped
    }
    case 1: {
      const changed = bytes.slice()
      if (changed.length > 0) changed[below(random, changed.length)] = pick(random, [0, 1, 127, 128, 255])
      return changed
    }
    case 2:
      return bytes.slice(0, at)
    case 3:
      return joined(bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + below(random, 4))))
    case 4:
      return joined(bytes.subarray(0, at), bytesOf(random, 1 + below(random, 8)), bytes.subarray(at))
    default: {
      const other = others.length === 0 ? bytes : pick(random, others)
      return joined(bytes.subarray(0, at), other.subarray(below(random, other.length + 1)))
    }
  }
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
