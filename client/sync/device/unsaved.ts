/** How many edits one tab has made and how many are committed. One entry per tab: tabs never overwrite each other's. */
export interface Visit {
  readonly made: number
  readonly committed: number
  /** By client id, the first clock of its unacknowledged edits. Absent in entries of earlier releases. */
  readonly begun?: readonly Begun[]
  /** Which edits, by number, begin a change; the others go on with it. Absent in entries of earlier releases. */
  readonly changes?: readonly number[]
}

/** Whether it has an edit that no acknowledgement covers. */
export function isWaiting({ made, committed }: Visit): boolean {
  return made > committed
}

export type Begun = readonly [client: number, clock: number]

/** Which edits an acknowledgement may cover: how many of this tab, and of each other that has written to the copy. */
export interface Held {
  readonly own: number
  readonly others: ReadonlyMap<string, number>
  /** By client id, the clock up to which this tab's edits go. */
  readonly reached?: ReadonlyMap<number, number>
  /** Some of the others' edits could not be read: the device keeps counting them, for a version that can. */
  readonly unread?: boolean
}

/** What one tab has not yet written to the device. */
export interface Unreported {
  readonly own: Visit
  /** By visit, how many edits of other tabs have been acknowledged here. */
  readonly covered: ReadonlyMap<string, number>
  /** Earlier visits in which everything is committed: their entries may go. */
  readonly settled: readonly string[]
  /** Entries of other visits that the device has lost. */
  readonly restored: ReadonlyMap<string, Visit>
}

/** How many edits this tab and the others that share the copy have made, and how many of them are acknowledged. */
export interface Unsaved extends Omit<Unreported, 'own' | 'settled'> {
  readonly visit: string
  readonly made: number
  readonly committed: number
  readonly begun: ReadonlyMap<number, number>
  readonly changes: readonly number[]
  readonly reached: ReadonlyMap<number, number>
  /** Other tabs' entries as they were read, with what has been acknowledged here since. */
  readonly visits: ReadonlyMap<string, Visit>
  /** Null until the entries have been read. */
  readonly settled: readonly string[] | null
}

/** The clocks that an edit writes, by client id: from which to which. */
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
    changes: [],
    reached: new Map(),
    visits: new Map(),
    covered: new Map(),
    settled: null,
    restored: new Map(),
  }
}

/** Unacknowledged edits of all tabs. */
export function countOf(unsaved: Unsaved): number {
  return unsaved.made - unsaved.committed + elsewhere(unsaved)
}

/** Unacknowledged edits of other tabs. */
export function elsewhere({ visits }: Unsaved): number {
  let sum = 0
  for (const { made, committed } of visits.values()) sum += Math.max(0, made - committed)
  return sum
}

/** The changes, as a person counts them, that the unacknowledged edits of all tabs make. */
export function changesOf(unsaved: Unsaved): number {
  return [ownOf(unsaved), ...unsaved.visits.values()].reduce((sum, one) => sum + changesIn(one), 0)
}

/** The same of one tab. */
export function changesIn(visit: Visit): number {
  if (!isWaiting(visit)) return 0
  // The first edit that waits may go on with a change whose beginning is acknowledged.
  return begunIn(visit) + (visit.changes === undefined || visit.changes.includes(visit.committed + 1) ? 0 : 1)
}

/** Changes of all tabs whose beginning is not acknowledged. */
export function begunOf(unsaved: Unsaved): number {
  return [ownOf(unsaved), ...unsaved.visits.values()].reduce((sum, one) => sum + begunIn(one), 0)
}

/** Entries of earlier releases do not tell changes from edits. */
function begunIn({ made, committed, changes }: Visit): number {
  return changes === undefined ? Math.max(0, made - committed) : changes.filter((edit) => edit > committed).length
}

/**
 * By client id, the clock from which the server may lack what is here, from any tab. Null if unknown. 0: the server is
 * not known to have anything of that id.
 */
export function doubtOf({ begun, visits }: Unsaved): ReadonlyMap<number, number> | null {
  const waiting = [...visits.values()].filter(isWaiting)
  if (waiting.some((entry) => entry.begun === undefined)) return null
  return earliest([...begun, ...waiting.flatMap((entry) => entry.begun ?? [])])
}

/** What an acknowledgement requested now will cover. */
export function heldOf({ made, reached, visits }: Unsaved): Held {
  return { own: made, reached, others: new Map([...visits].map(([key, entry]) => [key, entry.made])) }
}

/** An edit has been made in this tab. `goesOn`: with the change of the edit before it. */
export function withEdit(unsaved: Unsaved, extent?: Extent, goesOn = false): Unsaved {
  const made = unsaved.made + 1
  const changes = goesOn ? unsaved.changes : [...unsaved.changes, made]
  if (extent === undefined) return { ...unsaved, made, changes }
  const reached = new Map(unsaved.reached)
  for (const [client, clock] of extent.to) reached.set(client, Math.max(clock, reached.get(client) ?? 0))
  return { ...unsaved, made, changes, begun: earliest([...unsaved.begun, ...extent.from]), reached }
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

/** Takes in all entries of the device. */
export function withEntries(unsaved: Unsaved, entries: Iterable<readonly [string, Visit]>): Unsaved {
  const visits = new Map([...unsaved.restored, ...entries])
  // Acknowledgements may have come in while the entries waited to be applied.
  for (const [key, entry] of unsaved.visits) raise(visits, key, entry.committed)
  const own = visits.get(unsaved.visit)
  visits.delete(unsaved.visit)
  for (const [key, edits] of unsaved.covered) raise(visits, key, edits)
  const settled = unsaved.settled ?? [...visits].filter(([, entry]) => !isWaiting(entry)).map(([key]) => key)
  return withOwn({ ...unsaved, visits, settled }, own)
}

/** Takes in the device's entry of this visit: an acknowledgement in another tab may have covered edits of ours. */
export function withOwn(unsaved: Unsaved, own: Visit | undefined): Unsaved {
  return own === undefined ? unsaved : cover(unsaved, own.committed)
}

/** The device has lost all entries. Those of closed tabs are restored: nobody else counts their edits. */
export function withEntriesLost(unsaved: Unsaved): Unsaved {
  return { ...unsaved, restored: new Map([...unsaved.visits].filter(([, entry]) => isWaiting(entry))) }
}

export function unreportedOf(unsaved: Unsaved): Unreported {
  const { covered, settled, restored } = unsaved
  return { own: ownOf(unsaved), covered, settled: settled ?? [], restored }
}

function ownOf({ made, committed, begun, changes }: Unsaved): Visit {
  return {
    made,
    committed,
    ...(begun.size > 0 ? { begun: [...begun] } : {}),
    ...(made > committed ? { changes } : {}),
  }
}

/** The device has written all that was unreported in `before`. */
export function withReported(unsaved: Unsaved, before: Unsaved): Unsaved {
  const { covered, settled, restored } = unsaved
  return {
    ...unsaved,
    covered: new Map([...covered].filter(([key, edits]) => before.covered.get(key) !== edits)),
    settled: settled === before.settled ? settled && [] : settled,
    restored: restored === before.restored ? new Map() : restored,
  }
}

/** Applies `unreported` to the device's entries, or to those that it names. */
export function reportEntries(entries: Map<string, Visit>, visit: string, unreported: Unreported): void {
  const { own, restored, covered, settled } = unreported
  if (own.made > 0) entries.set(visit, raised(own, entries.get(visit)?.committed ?? 0))
  // An entry that another tab has written itself is newer.
  for (const [key, entry] of restored) if (!entries.has(key)) entries.set(key, entry)
  for (const [key, edits] of covered) raise(entries, key, edits)
  for (const key of settled) {
    const entry = entries.get(key)
    if (entry && !isWaiting(entry)) entries.delete(key)
  }
}

function cover(unsaved: Unsaved, edits: number): Unsaved {
  const raisedTo = raised(unsaved, edits)
  const covered = { ...raisedTo, changes: raisedTo.changes.filter((edit) => edit > raisedTo.committed) }
  return covered.committed === covered.made ? { ...covered, begun: new Map() } : covered
}

function raise(visits: Map<string, Visit>, key: string, edits: number) {
  const entry = visits.get(key)
  if (entry) visits.set(key, raised(entry, edits))
}

/** Raises `committed` to `edits`, but not above `made`. */
function raised<Entry extends Pick<Visit, 'made' | 'committed'>>(entry: Entry, edits: number): Entry {
  return { ...entry, committed: Math.max(entry.committed, Math.min(entry.made, edits)) }
}

function earliest(all: readonly Begun[]): Map<number, number> {
  const found = new Map<number, number>()
  for (const [client, clock] of all) found.set(client, Math.min(clock, found.get(client) ?? clock))
  return found
}
