import { generateKeyBetween, generateNKeysBetween } from 'fractional-indexing'

/** An entry with a position: sorted by key, then by id. */
export interface Ordered {
  readonly id: string
  readonly order: string
}

/** Random bisections per key. Two people who insert at one place get equal keys once in 2^16. */
const jitterBits = 16
/** Repeated insertion at one place makes keys longer; beyond this length the row gets new ones. */
const longestKey = 120

/** A total order: equal keys, which concurrent edits can leave, fall back to the id. */
export function compareOrder(a: Ordered, b: Ordered): number {
  if (a.order !== b.order) return a.order < b.order ? -1 : 1
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

/** `count` ascending keys between `a` and `b`, in a random narrow part of the gap, so that runs do not interleave. */
export function keysBetween(a: string | null, b: string | null, count: number, random: () => number): string[] {
  let low = a
  let high = b
  for (let bit = 0; bit < jitterBits; bit++) {
    const middle = generateKeyBetween(low, high)
    if (random() < 0.5) low = middle
    else high = middle
  }
  return generateNKeysBetween(low, high, count)
}

/**
 * Keys for `count` new entries at `index` of `row` (sorted). Where the neighbours' keys are equal, out of order,
 * invalid or too long, the neighbours get new keys too: `repairs`. Only a local insertion repairs, never a read.
 */
export function keysAt(
  row: readonly Ordered[],
  index: number,
  count: number,
  random: () => number,
): { keys: string[]; repairs: Map<string, string> } {
  const repairs = new Map<string, string>()
  const before = row[index - 1]?.order ?? null
  const after = row[index]?.order ?? null
  if (isKey(before) && isKey(after) && (before === null || after === null || before < after)) {
    return { keys: keysBetween(before, after, count, random), repairs }
  }
  const all = row.every((one) => isKey(one.order))
  const from = all ? index : 0
  let to = index
  while (to < row.length && (!all || row[to]!.order <= before!)) to++
  const lower = all ? before : null
  const upper = row[to]?.order ?? null
  const fresh = keysBetween(lower, all ? upper : null, to - from + count, random)
  for (let at = from; at < to; at++) repairs.set(row[at]!.id, fresh[at < index ? at - from : at - from + count]!)
  return { keys: fresh.slice(index - from, index - from + count), repairs }
}

function isKey(order: string | null): boolean {
  if (order === null) return true
  if (order.length > longestKey) return false
  try {
    generateKeyBetween(order, null)
    return true
  } catch {
    return false
  }
}
