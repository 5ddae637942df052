/** What one tab has made and what of it is committed. An entry a tab, so that tabs never overwrite each other's. */
export interface Visit {
  readonly made: number
  readonly committed: number
  /** For each client id, the first clock that an edit has written which no echo has covered. Earlier releases do not say. */
  readonly begun?: readonly Begun[]
}

export type Begun = readonly [client: number, clock: number]

/** Which edits an echo may cover: how many of this tab, and of every other that has written to the copy. */
export interface Held {
  readonly own: number
  readonly others: ReadonlyMap<string, number>
  /** How far those of this tab go, by client ids. */
  readonly reached?: ReadonlyMap<number, number>
  /** Some of what the others wrote could not be read: then the device goes on counting it, for whoever can. */
  readonly unread?: boolean
}

/** What the device has not been told. */
export interface Untold {
  readonly own: Visit
  /** So many edits of other visits have been covered by echoes here. */
  readonly covered: ReadonlyMap<string, number>
  /** Visits from before of which everything is committed: their entries may go. */
  readonly settled: readonly string[]
  /** Entries of other visits that the device has lost. */
  readonly restored: ReadonlyMap<string, Visit>
}

/** How many edits this tab and the others that share the copy have made, and how many of them echoes have covered. */
export interface Tally {
  /** What the edit writes, by client ids: from which clock to which. */
  make(written?: { readonly from: ReadonlyMap<number, number>; readonly to: ReadonlyMap<number, number> }): void
  edits(): Pick<Visit, 'made' | 'committed'>
  /**
   * From which clock on, by client id, the server may not have what is here, of whichever tab. Null when nobody knows. Where
   * that is 0, nothing of the id is known to be there.
   */
  doubt(): ReadonlyMap<number, number> | null
  /** Edits of whichever tab that no echo has covered, and those of other tabs alone. */
  unsaved(): number
  elsewhere(): number
  /** What an echo that is asked for now will cover. */
  held(): Held
  commit(held: Held): void
  /** All entries as the device has them. */
  read(entries: Iterable<readonly [string, Visit]>): void
  /** The device's entry of this visit: another tab's echo may have covered what it had read of ours. True when it has. */
  adopt(own: Visit | undefined): boolean
  /** The device has lost all entries: edits of tabs that are no more are counted by nobody else. */
  restore(): void
  take(): Untold
  /** Telling the device of it has failed. */
  giveBack(untold: Untold): void
}

export function createTally(visit: string): Tally {
  let made = 0
  let committed = 0
  let begun: ReadonlyMap<number, number> = new Map()
  const reached = new Map<number, number>()
  /** Other tabs' entries as they were read, with what echoes here have covered of them since. */
  let visits = new Map<string, Visit>()
  let covered: ReadonlyMap<string, number> = new Map()
  let settled: readonly string[] = []
  let restored: ReadonlyMap<string, Visit> = new Map()
  let first = true

  function raise(key: string, edits: number) {
    const seen = visits.get(key)
    if (seen) visits.set(key, { ...seen, committed: Math.max(seen.committed, Math.min(seen.made, edits)) })
  }

  function cover(edits: number) {
    committed = Math.max(committed, Math.min(made, edits))
    if (committed === made) begun = new Map()
  }

  function adopt(own: Visit | undefined): boolean {
    const before = committed
    if (own !== undefined) cover(own.committed)
    return committed !== before
  }

  function elsewhere(): number {
    let sum = 0
    for (const seen of visits.values()) sum += Math.max(0, seen.made - seen.committed)
    return sum
  }

  return {
    make(written) {
      made += 1
      if (written === undefined) return
      begun = earliest([...begun, ...written.from])
      for (const [client, clock] of written.to) reached.set(client, Math.max(clock, reached.get(client) ?? 0))
    },
    edits: () => ({ made, committed }),
    doubt() {
      const waiting = [...visits.values()].filter((seen) => seen.made > seen.committed)
      if (waiting.some((seen) => seen.begun === undefined)) return null
      return earliest([...begun, ...waiting.flatMap((seen) => seen.begun ?? [])])
    },
    unsaved: () => made - committed + elsewhere(),
    elsewhere,
    held: () => ({
      own: made,
      reached: new Map(reached),
      others: new Map([...visits].map(([key, seen]) => [key, seen.made])),
    }),
    commit(held) {
      const rest = [...begun].map(
        ([client, clock]) => [client, Math.max(clock, held.reached?.get(client) ?? 0)] as const,
      )
      begun = new Map(rest.filter(([client, clock]) => clock < (reached.get(client) ?? 0)))
      cover(held.own)
      const more = new Map(covered)
      for (const [key, edits] of held.others) {
        if ((visits.get(key)?.committed ?? edits) >= edits) continue
        if (!held.unread) more.set(key, edits)
        raise(key, edits)
      }
      covered = more
    },
    read(entries) {
      const before = visits
      visits = new Map([...restored, ...entries])
      // What was read may have waited while echoes came in.
      for (const [key, seen] of before) raise(key, seen.committed)
      adopt(visits.get(visit))
      visits.delete(visit)
      for (const [key, edits] of covered) raise(key, edits)
      if (first) settled = [...visits].filter(([, seen]) => seen.made <= seen.committed).map(([key]) => key)
      first = false
    },
    adopt,
    restore() {
      restored = new Map([...visits].filter(([, seen]) => seen.made > seen.committed))
    },
    take() {
      const own = { made, committed, ...(begun.size > 0 ? { begun: [...begun] } : {}) }
      const untold = { own, covered, settled, restored }
      covered = new Map()
      settled = []
      restored = new Map()
      return untold
    },
    giveBack(untold) {
      covered = new Map([...untold.covered, ...covered])
      settled = untold.settled
      restored = new Map([...untold.restored, ...restored])
    },
  }
}

function earliest(all: readonly Begun[]): Map<number, number> {
  const found = new Map<number, number>()
  for (const [client, clock] of all) found.set(client, Math.min(clock, found.get(client) ?? clock))
  return found
}
