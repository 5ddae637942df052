import * as Y from 'yjs'
import './yjs.ts'

export const emptyUpdate: Uint8Array = new Uint8Array([0, 0])

/** Merges `updates` into one, in their order. All must have passed `inspect`. */
export function merge(updates: readonly Uint8Array[]): Uint8Array {
  if (updates.length === 0) return emptyUpdate
  if (updates.length === 1) return updates[0] as Uint8Array
  if (updates.length <= widest) return Y.mergeUpdates(updates as Uint8Array[])
  // Yjs sorts all of its readers again at every step, so merging many at once takes quadratic time.
  const merged: Uint8Array[] = []
  for (let i = 0; i < updates.length; i += widest) merged.push(merge(updates.slice(i, i + widest)))
  return merge(merged)
}

const widest = 64
