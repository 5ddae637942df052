/**
 * What is known of clocks that have not arrived. Sorted, because a client may name thousands of clocks and then send
 * thousands of long items: searching all of the clocks for each item would take quadratic time.
 */
export interface Ahead<T> {
  get(client: number, clock: number): T | undefined
  /** The clock must not be there yet. */
  add(client: number, clock: number, value: T): void
  /** Removes what is known of the clocks in [from, to), in ascending order. */
  take(client: number, from: number, to: number): readonly (readonly [clock: number, value: T])[]
}

export function openAhead<T>(): Ahead<T> {
  const known = new Map<number, (readonly [clock: number, value: T])[]>()
  return {
    get(client, clock) {
      const all = known.get(client) ?? []
      const found = all[firstFrom(all, clock)]
      return found?.[0] === clock ? found[1] : undefined
    },
    add(client, clock, value) {
      const all = known.get(client) ?? []
      known.set(client, all)
      all.splice(firstFrom(all, clock), 0, [clock, value])
    },
    take(client, from, to) {
      const all = known.get(client) ?? []
      const first = firstFrom(all, from)
      if (first === all.length || (all[first] as readonly [number, T])[0] >= to) return []
      return all.splice(first, firstFrom(all, to) - first)
    },
  }
}

/** The index of the first entry at or after `clock`. */
function firstFrom(all: readonly (readonly [clock: number, value: unknown])[], clock: number): number {
  let low = 0
  let high = all.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((all[middle] as readonly [number, unknown])[0] < clock) low = middle + 1
    else high = middle
  }
  return low
}
