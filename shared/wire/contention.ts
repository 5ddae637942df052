import { openAhead } from './ahead.ts'
import { addExtent, type Extent, without } from './extent.ts'
import { type Claims, claimLength, type Inspection, type Parent } from './inspect.ts'

/**
 * Bounds how often a replica compares items of a document that claim the same place. Yjs places an item by walking over
 * whatever stands between its two neighbours and descends from the left one. So it only walks over items of the same
 * list, and only where two items with the same origin did not know of each other: a *pair*. An item inserted in front
 * of another with the same origin knew of it. For a pair, Yjs walks over what descends from the other item. So a list
 * of `size` items takes at most `min(pairs, size) * size` steps, in any order of arrival. A second bound is `size` for
 * each item that came second in a pair, plus, for each of its descendants, its number of pairs.
 */
export interface Contention {
  /** The most steps that a replica takes for the whole document. */
  steps(): number
  /** The steps of each list, divided evenly among the clients whose items are in it. */
  shares(): ReadonlyMap<number, number>
  /** The steps there would be if no list with pairs had more than `size` items. */
  stepsWithin(size: number): number
  /** Adds an update, and the ids that it is the first to delete. */
  add(seen: Pick<Inspection, 'claims'>, deletes: Extent): Added
}

export interface Added {
  /** How many steps it adds at most in lists where it brings pairs: items side by side were placed there on purpose. */
  readonly steps: number
  /** How many it adds to other lists, because those with pairs of earlier updates grow. */
  readonly grown: number
  /** Reverts the addition. Must be called before the next `add`. */
  undo(): void
}

/** A list, or the entries of a map under one key. */
interface List {
  size: number
  pairs: number
  /** Items that came second in a pair. */
  rivals: number
  /** Sum over all items: the pairs in which the item or one of its ancestors came second. */
  weighed: number
  /** Items without an origin. */
  starts: number
  /** Whether the ancestors of some items are unknown because they arrived later. */
  isLoose: boolean
  isEntry: boolean
  /** The list that this one was merged into. */
  into: List | null
}

/** Consecutive clocks of one client, written one behind the other. */
interface Run {
  readonly from: number
  to: number
  /** How many items of the list it makes. */
  size: number
  readonly list: List
  readonly originClient: number
  readonly originClock: number
  /** How many others with the same origin its first item knew of. */
  readonly depth: number
  /** The pairs in which its first item or one of the item's ancestors came second. */
  readonly weight: number
  /** The right origin of the last item. */
  nextClient: number
  nextClock: number
}

/** For the document that these updates make. */
export function openContention(known: readonly Pick<Inspection, 'claims' | 'deletes'>[]): Contention {
  const runs = new Map<number, Run[]>()
  /** How many items have this origin. Not stored where the only one is the next of the same run. */
  const kids = new Map<number, Map<number, number>>()
  const lists = new Map<string, List>()
  /** Lists known only through an item that has not arrived. */
  const awaited = openAhead<List>()
  /** Clocks at which items that have not arrived will be split. */
  const cutsAhead = openAhead<true>()
  let total = 0
  /** What the running `add` changes in each list. */
  let changes = new Map<List, { steps: number; pairs: number }>()
  /** How to revert the changes; null when nobody will. */
  let journal: (() => void)[] | null = null
  const onUndo = (take: () => void) => void journal?.push(take)

  const change = (list: List, by: Partial<Omit<List, 'into'>>) => {
    const was = { ...list }
    const before = stepsOf(list)
    onUndo(() => {
      total += before - stepsOf(list)
      Object.assign(list, was)
    })
    list.size += by.size ?? 0
    list.pairs += by.pairs ?? 0
    list.rivals += by.rivals ?? 0
    list.weighed += by.weighed ?? 0
    list.starts += by.starts ?? 0
    list.isLoose ||= by.isLoose ?? false
    total += stepsOf(list) - before
    if (journal === null) return
    const { steps, pairs } = changes.get(list) ?? { steps: 0, pairs: 0 }
    changes.set(list, { steps: steps + stepsOf(list) - before, pairs: pairs + (by.pairs ?? 0) })
  }
  const grow = (run: Run) => {
    run.size += 1
    onUndo(() => {
      run.size -= 1
    })
    change(settled(run.list), { size: 1, weighed: run.weight })
  }
  const newList = (isEntry: boolean): List => ({
    ...{ size: 0, pairs: 0, rivals: 0, weighed: 0, starts: 0 },
    ...{ isLoose: false, isEntry, into: null },
  })

  const runAt = (client: number, clock: number): Run | undefined => {
    const all = runs.get(client)
    const run = all?.[lastFrom(all, clock)]
    return run !== undefined && clock < run.to ? run : undefined
  }
  const listAt = (client: number, clock: number): List => {
    const run = runAt(client, clock)
    if (run !== undefined) return settled(run.list)
    const waiting = awaited.get(client, clock)
    if (waiting !== undefined) return settled(waiting)
    const list = newList(false)
    awaited.add(client, clock, list)
    onUndo(() => void awaited.take(client, clock, clock + 1))
    return list
  }
  const listNamed = ({ list: name, isEntry }: Parent): List => {
    const list = lists.get(name) ?? newList(isEntry)
    if (!lists.has(name)) onUndo(() => void lists.delete(name))
    lists.set(name, list)
    return settled(list)
  }
  /** Merges two lists that turn out to be one. */
  const join = (one: List, other: List) => {
    if (one === other) return
    const { size, pairs, rivals, weighed, starts } = other
    // It was not known that these are map entries.
    const late = one.isEntry && !other.isEntry ? (starts * (starts - 1)) / 2 : 0
    const between = one.starts * starts + late
    change(other, { size: -size, pairs: -pairs, rivals: -rivals, weighed: -weighed, starts: -starts })
    other.into = one
    onUndo(() => {
      other.into = null
    })
    change(one, { size, pairs: pairs + between, rivals, weighed, starts, isLoose: size > 0 })
  }
  /** Applies what was known of these clocks before they arrived. */
  const arrived = (client: number, from: number, to: number, run: Run) => {
    for (const [clock] of cutsAhead.take(client, from + 1, to)) {
      onUndo(() => cutsAhead.add(client, clock, true))
      grow(run)
    }
    for (const [clock, other] of awaited.take(client, from, to)) {
      onUndo(() => awaited.add(client, clock, other))
      join(settled(run.list), settled(other))
    }
  }

  const kidsOf = (client: number, clock: number): number => {
    const counted = kids.get(client)?.get(clock)
    if (counted !== undefined) return counted
    const run = runAt(client, clock)
    return run !== undefined && clock + 1 < run.to ? 1 : 0
  }
  const addKid = (client: number, clock: number) => {
    const counts = kids.get(client) ?? new Map<number, number>()
    kids.set(client, counts)
    const before = counts.get(clock)
    counts.set(clock, kidsOf(client, clock) + 1)
    onUndo(() => void (before === undefined ? counts.delete(clock) : counts.set(clock, before)))
  }
  /** How many items with this origin were known when one was put in front of this item. 0 for another origin. */
  const depthBefore = (client: number, clock: number, originClient: number, originClock: number): number => {
    const run = client < 0 ? undefined : runAt(client, clock)
    if (run === undefined) return 0
    if (clock > run.from) return originClient === client && originClock === clock - 1 ? 1 : 0
    return run.originClient === originClient && run.originClock === originClock ? run.depth + 1 : 0
  }
  const addRun = (client: number, run: Run) => {
    const all = runs.get(client) ?? []
    runs.set(client, all)
    const at = lastFrom(all, run.from) + 1
    all.splice(at, 0, run)
    onUndo(() => void all.splice(lastFrom(all, run.from), 1))
    arrived(client, run.from, run.to, run)
  }

  /** The items before and after this clock may become separate items. */
  const cut = (client: number, clock: number) => {
    const run = runAt(client, clock)
    if (run !== undefined && clock > run.from) grow(run)
    if (run !== undefined || runAt(client, clock - 1) !== undefined) return
    if (cutsAhead.get(client, clock) !== undefined) return
    cutsAhead.add(client, clock, true)
    onUndo(() => void cutsAhead.take(client, clock, clock + 1))
  }

  const place = ({ numbers, parents }: Claims, at: number) => {
    const client = numbers[at] as number
    const to = numbers[at + 2] as number
    const written = runAt(client, numbers[at + 1] as number)
    // Only clocks beyond the known ones are new.
    const from = written === undefined ? (numbers[at + 1] as number) : written.to
    if (from >= to) return
    const originClient = written === undefined ? (numbers[at + 3] as number) : client
    const originClock = written === undefined ? (numbers[at + 4] as number) : from - 1
    const [nextClient, nextClock] = [numbers[at + 5] as number, numbers[at + 6] as number]
    const run = originClient === client && originClock === from - 1 ? runAt(client, originClock) : undefined
    // Typing on in front of the same item splits it only once.
    if (nextClient >= 0 && (run?.nextClient !== nextClient || run.nextClock !== nextClock)) cut(nextClient, nextClock)
    if (run?.to === from && !kids.get(client)?.has(originClock)) {
      const before = { to: from, nextClient: run.nextClient, nextClock: run.nextClock }
      Object.assign(run, { to, nextClient, nextClock })
      onUndo(() => void Object.assign(run, before))
      grow(run)
      arrived(client, from, to, run)
      return
    }
    const parent = parents[numbers[at + 7] as number]
    const [listClient, listClock] = originClient >= 0 ? [originClient, originClock] : [nextClient, nextClock]
    const list = parent === undefined ? listAt(listClient, listClock) : listNamed(parent)
    const others = originClient < 0 ? list.starts : kidsOf(originClient, originClock)
    const depth = depthBefore(nextClient, nextClock, originClient, originClock)
    // For a map entry without a left neighbour, Yjs walks from the last entry to the first in any case.
    const pairs = originClient < 0 && list.isEntry ? others : Math.max(0, others - depth)
    const above = originClient < 0 ? undefined : runAt(originClient, originClock)
    const weight = pairs + (above?.weight ?? 0)
    change(list, {
      ...{ size: 1, pairs, rivals: pairs > 0 ? 1 : 0, weighed: weight, starts: originClient < 0 ? 1 : 0 },
      isLoose: originClient >= 0 && above === undefined,
    })
    if (originClient >= 0) {
      cut(originClient, originClock + 1)
      addKid(originClient, originClock)
    }
    addRun(client, { from, to, size: 1, list, originClient, originClock, depth, weight, nextClient, nextClock })
  }

  const take = (claims: Claims, deletes: Extent) => {
    for (const at of inOrder(claims)) place(claims, at)
    for (const [client, ranges] of deletes) {
      for (let i = 0; i < ranges.length; i += 2) {
        for (const clock of [ranges[i] as number, ranges[i + 1] as number]) {
          cut(client, clock)
        }
      }
    }
  }

  const gone: Extent = new Map()
  for (const { claims, deletes } of known) {
    take(claims, without(deletes, gone))
    addExtent(gone, deletes)
  }

  return {
    steps: () => total,
    shares() {
      const shares = new Map<number, number>()
      for (const [client, all] of runs) {
        for (const { list, size } of all) {
          const whole = settled(list)
          shares.set(client, (shares.get(client) ?? 0) + (stepsOf(whole) * size) / whole.size)
        }
      }
      return shares
    },
    stepsWithin(size) {
      const all = new Set([...runs.values()].flatMap((some) => some.map(({ list }) => settled(list))))
      return [...all].reduce((sum, list) => sum + Math.min(stepsOf(list), list.rivals * size), 0)
    },
    add({ claims }, deletes) {
      const done: (() => void)[] = []
      changes = new Map()
      journal = done
      take(claims, deletes)
      journal = null
      return {
        ...sumOf(changes),
        undo() {
          for (const takeBack of done.reverse()) takeBack()
        },
      }
    },
  }
}

function stepsOf({ size, pairs, rivals, weighed, isLoose }: List): number {
  const bySize = Math.min(pairs, size) * size
  return isLoose ? bySize : Math.min(bySize, rivals * size + weighed)
}

function sumOf(changes: ReadonlyMap<List, { steps: number; pairs: number }>): Pick<Added, 'steps' | 'grown'> {
  const lists = new Map<List, { steps: number; pairs: number }>()
  for (const [list, { steps, pairs }] of changes) {
    const sum = lists.get(settled(list)) ?? { steps: 0, pairs: 0 }
    lists.set(settled(list), { steps: sum.steps + steps, pairs: sum.pairs + pairs })
  }
  let [paired, grown] = [0, 0]
  for (const { steps, pairs } of lists.values()) {
    if (pairs > 0) paired += steps
    else grown += steps
  }
  return { steps: paired, grown }
}

function settled(list: List): List {
  let found = list
  while (found.into !== null) found = found.into
  return found
}

/** The index of the last run that begins at or before `clock`, or -1. */
function lastFrom(all: readonly Run[], clock: number): number {
  let low = 0
  let high = all.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((all[middle] as Run).from <= clock) low = middle + 1
    else high = middle
  }
  return low - 1
}

interface Section {
  at: number
  readonly end: number
}

/** The claims of an update, each after those in it that it refers to. The update itself groups them by client. */
function* inOrder({ numbers, parents }: Claims): Generator<number> {
  const sections = new Map<number, Section>()
  for (let at = 0; at < numbers.length; ) {
    const client = numbers[at] as number
    let end = at
    while (end < numbers.length && numbers[end] === client) end += claimLength
    sections.set(client, { at, end })
    at = end
  }
  /** What a client has still to yield up to this clock. */
  const lacking = (client: number, clock: number): Section | null => {
    const section = sections.get(client)
    return section !== undefined && section.at < section.end && (numbers[section.at + 1] as number) <= clock
      ? section
      : null
  }
  for (const [first, section] of sections) {
    const stack = [{ client: first, section, until: Number.POSITIVE_INFINITY }]
    const busy = new Set([first])
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { at, end } = top.section
      if (at >= end || (numbers[at + 1] as number) > top.until) {
        stack.pop()
        busy.delete(top.client)
        continue
      }
      const item = parents[numbers[at + 7] as number]?.item
      const named = [
        [numbers[at + 3] as number, numbers[at + 4] as number],
        [numbers[at + 5] as number, numbers[at + 6] as number],
        [item?.client ?? -1, item?.clock ?? -1],
      ] as const
      const before = named.find(([client, clock]) => !busy.has(client) && lacking(client, clock) !== null)
      if (before !== undefined) {
        const [client, until] = before
        busy.add(client)
        stack.push({ client, section: sections.get(client) as Section, until })
        continue
      }
      top.section.at += claimLength
      yield at
    }
  }
}
