/**
 * The longest run of `ids` in the same order as in `others`: what can stay in place when one row is turned into the
 * other with the fewest moves. O(n log n).
 */
export function longestInOrder<T>(ids: readonly T[], others: readonly T[]): ReadonlySet<T> {
  const placeOf = new Map(others.map((id, index) => [id, index]))
  const row = ids.filter((id) => placeOf.has(id))
  /** For each length, the index into `row` of the last element of the best run. */
  const tails: number[] = []
  const before: number[] = []
  for (const [index, id] of row.entries()) {
    const place = placeOf.get(id)!
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (placeOf.get(row[tails[middle]!]!)! < place) low = middle + 1
      else high = middle
    }
    before[index] = low > 0 ? tails[low - 1]! : -1
    tails[low] = index
  }
  const run = new Set<T>()
  for (let at = tails.at(-1) ?? -1; at >= 0; at = before[at]!) run.add(row[at]!)
  return run
}
