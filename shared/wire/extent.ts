/**
 * A set of Yjs ids: for each client the clocks it covers, as a flat list of ascending, disjoint, non-touching half-open
 * ranges [from, to, from, to, ...]. Flat, because a room keeps one of these for as long as it is open.
 */
export type Extent = Map<number, number[]>

export function addRange(extent: Extent, client: number, from: number, to: number): void {
  const ranges = extent.get(client)
  if (ranges === undefined) {
    extent.set(client, [from, to])
    return
  }
  const last = ranges.length - 1
  // Typing: the next clock follows the last one.
  if (from === ranges[last]) {
    ranges[last] = to
    return
  }
  if (from > (ranges[last] as number)) {
    ranges.push(from, to)
    return
  }
  const start = firstEndingAtOrAfter(ranges, from)
  let end = start
  let low = from
  let high = to
  while (end < ranges.length && (ranges[end] as number) <= high) {
    low = Math.min(low, ranges[end] as number)
    high = Math.max(high, ranges[end + 1] as number)
    end += 2
  }
  ranges.splice(start, end - start, low, high)
}

export function addExtent(to: Extent, from: Extent): void {
  for (const [client, ranges] of from) {
    const known = to.get(client)
    if (known === undefined) to.set(client, ranges.slice())
    else if (ranges.length <= few) {
      for (let i = 0; i < ranges.length; i += 2) addRange(to, client, ranges[i] as number, ranges[i + 1] as number)
    } else to.set(client, union(known, ranges))
  }
}

/** Beyond this many numbers, inserting ranges one by one costs more than merging the lists. */
const few = 16

function union(one: readonly number[], other: readonly number[]): number[] {
  const merged: number[] = []
  let i = 0
  let j = 0
  while (i < one.length || j < other.length) {
    const first = j >= other.length || (i < one.length && (one[i] as number) <= (other[j] as number))
    const from = (first ? one[i] : other[j]) as number
    const to = (first ? one[i + 1] : other[j + 1]) as number
    if (first) i += 2
    else j += 2
    const last = merged.length - 1
    if (last > 0 && from <= (merged[last] as number)) merged[last] = Math.max(merged[last] as number, to)
    else merged.push(from, to)
  }
  return merged
}

export function covers(extent: Extent, client: number, from: number, to: number): boolean {
  const ranges = extent.get(client)
  if (ranges === undefined) return false
  const at = firstEndingAtOrAfter(ranges, to)
  return at < ranges.length && (ranges[at] as number) <= from
}

/** Whether any of these clocks are covered. */
export function overlaps(extent: Extent, client: number, from: number, to: number): boolean {
  const ranges = extent.get(client)
  if (ranges === undefined) return false
  const at = firstEndingAtOrAfter(ranges, from + 1)
  return at < ranges.length && (ranges[at] as number) < to
}

/** Whether `whole` has every id of `part`. */
export function includes(whole: Extent, part: Extent): boolean {
  for (const [client, ranges] of part) {
    for (let i = 0; i < ranges.length; i += 2) {
      if (!covers(whole, client, ranges[i] as number, ranges[i + 1] as number)) return false
    }
  }
  return true
}

/** The ids of `part` that `whole` does not have. */
export function without(part: Extent, whole: Extent): Extent {
  const rest: Extent = new Map()
  for (const [client, ranges] of part) {
    const known = whole.get(client) ?? []
    const left: number[] = []
    for (let i = 0; i < ranges.length; i += 2) {
      let from = ranges[i] as number
      const to = ranges[i + 1] as number
      for (let at = firstEndingAtOrAfter(known, from); at < known.length && (known[at] as number) < to; at += 2) {
        if (from < (known[at] as number)) left.push(from, known[at] as number)
        from = Math.max(from, known[at + 1] as number)
      }
      if (from < to) left.push(from, to)
    }
    if (left.length > 0) rest.set(client, left)
  }
  return rest
}

/** The number of a client's clocks that are covered without a gap from 0: what Yjs calls its state. */
export function clockOf(extent: Extent, client: number): number {
  const ranges = extent.get(client)
  return ranges !== undefined && ranges[0] === 0 ? (ranges[1] as number) : 0
}

/** The state vector of the covered ids. */
export function vectorOf(extent: Extent): Map<number, number> {
  const vector = new Map<number, number>()
  for (const client of extent.keys()) {
    const clock = clockOf(extent, client)
    if (clock > 0) vector.set(client, clock)
  }
  return vector
}

/** Where the first range that ends at or after `clock` begins in the flat list. */
function firstEndingAtOrAfter(ranges: readonly number[], clock: number): number {
  let low = 0
  let high = ranges.length / 2
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ranges[middle * 2 + 1] as number) < clock) low = middle + 1
    else high = middle
  }
  return low * 2
}
