/** What one tab has made and what of it is committed. An entry a tab, so that tabs never overwrite each other's. */
export interface Visit {
  readonly made: number
  readonly committed: number
  /** For each client id, the first clock that an edit has written which no acknowledgement has covered. Earlier releases do not say. */
  readonly begun?: readonly Begun[]
}

/** Whether there is an edit in it that no acknowledgement has covered. */
export function isWaiting({ made, committed }: Visit): boolean {
  return made > committed
}

export type Begun = readonly [client: number, clock: number]

/** Which edits an acknowledgement may cover: how many of this tab, and of every other that has written to the copy. */
export interface Held {
  readonly own: number
  readonly others: ReadonlyMap<string, number>
  /** How far those of this tab go, by client ids. */
  readonly reached?: ReadonlyMap<number, number>
  /** Some of what the others wrote could not be read: then the device goes on counting it, for whoever can. */
  readonly unread?: boolean
}

/** What the device has not been told, by one tab. */
export interface Untold {
  readonly own: Visit
  /** So many edits of other visits have been covered by acknowledgements here. */
  readonly covered: ReadonlyMap<string, number>
  /** Visits from before of which everything is committed: their entries may go. */
  readonly settled: readonly string[]
  /** Entries of other visits that the device has lost. */
  readonly restored: ReadonlyMap<string, Visit>
}

/** How many edits this tab and the others that share the copy have made, and how many of them acknowledgements have covered. */
export interface Unsaved extends Omit<Untold, 'own' | 'settled'> {
  readonly visit: string
  readonly made: number
  readonly committed: number
  readonly begun: ReadonlyMap<number, number>
  readonly reached: ReadonlyMap<number, number>
  /** Other tabs' entries as they were read, with what acknowledgements here have covered of them since. */
  readonly visits: ReadonlyMap<string, Visit>
  /** Null until the entries have been read. */
  readonly settled: readonly string[] | null
}

/** What an edit writes, by client ids: from which clock to which. */
export interface Extent {
  readonly from: ReadonlyMap<number, number>
  readonly to: ReadonlyMap<number, number>
}

export function nothingUnsaved(visit: string): Unsaved {
  return {
    visit,
    made: 0,
    committed: 0,
    begun: new Map(),
    reached: new Map(),
    visits: new Map(),
    covered: new Map(),
    settled: null,
    restored: new Map(),
  }
}

/** Edits of whichever tab that no acknowledgement has covered. */
export function countOf(unsaved: Unsaved): number {
  return unsaved.made - unsaved.committed + elsewhere(unsaved)
}

/** Those of other tabs alone. */
export function elsewhere({ visits }: Unsaved): number {
  let sum = 0
  for (const { made, committed } of visits.values()) sum += Math.max(0, made - committed)
  return sum
}

/**
 * From which clock on, by client id, the server may not have what is here, of whichever tab. Null when nobody knows. Where
 * that is 0, nothing of the id is known to be there.
 */
export function doubtOf({ begun, visits }: Unsaved): ReadonlyMap<number, number> | null {
  const waiting = [...visits.values()].filter(isWaiting)
  if (waiting.some((entry) => entry.begun === undefined)) return null
  return earliest([...begun, ...waiting.flatMap((entry) => entry.begun ?? [])])
}

/** What an acknowledgement that is asked for now will cover. */
export function heldOf({ made, reached, visits }: Unsaved): Held {
  return { own: made, reached, others: new Map([...visits].map(([key, entry]) => [key, entry.made])) }
}

/** An edit has been made in this tab. */
export function withEdit(unsaved: Unsaved, extent?: Extent): Unsaved {
  const made = unsaved.made + 1
  if (extent === undefined) return { ...unsaved, made }
  const reached = new Map(unsaved.reached)
  for (const [client, clock] of extent.to) reached.set(client, Math.max(clock, reached.get(client) ?? 0))
  return { ...unsaved, made, begun: earliest([...unsaved.begun, ...extent.from]), reached }
}

/** An acknowledgement has come that covers `held`. */
export function acknowledged(unsaved: Unsaved, held: Held): Unsaved {
  const rest = [...unsaved.begun].map(
    ([client, clock]) => [client, Math.max(clock, held.reached?.get(client) ?? 0)] as const,
  )
  const begun = new Map(rest.filter(([client, clock]) => clock < (unsaved.reached.get(client) ?? 0)))
  const visits = new Map(unsaved.visits)
  const covered = new Map(unsaved.covered)
  for (const [key, edits] of held.others) {
    if ((visits.get(key)?.committed ?? edits) >= edits) continue
    if (!held.unread) covered.set(key, edits)
    raise(visits, key, edits)
  }
  return cover({ ...unsaved, begun, visits, covered }, held.own)
}

/** All entries as the device has them. */
export function withEntries(unsaved: Unsaved, entries: Iterable<readonly [string, Visit]>): Unsaved {
  const visits = new Map([...unsaved.restored, ...entries])
  // What was read may have waited while acknowledgements came in.
  for (const [key, entry] of unsaved.visits) raise(visits, key, entry.committed)
  const own = visits.get(unsaved.visit)
  visits.delete(unsaved.visit)
  for (const [key, edits] of unsaved.covered) raise(visits, key, edits)
  const settled = unsaved.settled ?? [...visits].filter(([, entry]) => !isWaiting(entry)).map(([key]) => key)
  return withOwn({ ...unsaved, visits, settled }, own)
}

/** The device's entry of this visit: another tab's acknowledgement may have covered what it had read of ours. */
export function withOwn(unsaved: Unsaved, own: Visit | undefined): Unsaved {
  return own === undefined ? unsaved : cover(unsaved, own.committed)
}

/** The device has lost all entries: edits of tabs that are no more are counted by nobody else. */
export function withEntriesLost(unsaved: Unsaved): Unsaved {
  return { ...unsaved, restored: new Map([...unsaved.visits].filter(([, entry]) => isWaiting(entry))) }
}

export function untoldOf({ made, committed, begun, covered, settled, restored }: Unsaved): Untold {
  return {
    own: { made, committed, ...(begun.size > 0 ? { begun: [...begun] } : {}) },
    covered,
    settled: settled ?? [],
    restored,
  }
}

/** The device has been told of all that was untold in `before`. */
export function withTold(unsaved: Unsaved, before: Unsaved): Unsaved {
  const { covered, settled, restored } = unsaved
  return {
    ...unsaved,
    covered: new Map([...covered].filter(([key, edits]) => before.covered.get(key) !== edits)),
    settled: settled === before.settled ? settled && [] : settled,
    restored: restored === before.restored ? new Map() : restored,
  }
}

/** What the device makes of its entries, or of those that `untold` names, when it is told of it. */
export function tellEntries(entries: Map<string, Visit>, visit: string, untold: Untold): void {
  const { own, restored, covered, settled } = untold
  if (own.made > 0) entries.set(visit, raised(own, entries.get(visit)?.committed ?? 0))
  // What another tab has written of itself is newer.
  for (const [key, entry] of restored) if (!entries.has(key)) entries.set(key, entry)
  for (const [key, edits] of covered) raise(entries, key, edits)
  for (const key of settled) {
    const entry = entries.get(key)
    if (entry && !isWaiting(entry)) entries.delete(key)
  }
}

function cover(unsaved: Unsaved, edits: number): Unsaved {
  const covered = raised(unsaved, edits)
  return covered.committed === covered.made ? { ...covered, begun: new Map() } : covered
}

function raise(visits: Map<string, Visit>, key: string, edits: number) {
  const entry = visits.get(key)
  if (entry) visits.set(key, raised(entry, edits))
}

/** So many edits are committed, as far as they are made. */
function raised<Entry extends Pick<Visit, 'made' | 'committed'>>(entry: Entry, edits: number): Entry {
  return { ...entry, committed: Math.max(entry.committed, Math.min(entry.made, edits)) }
}

function earliest(all: readonly Begun[]): Map<number, number> {
  const found = new Map<number, number>()
  for (const [client, clock] of all) found.set(client, Math.min(clock, found.get(client) ?? clock))
  return found
}
