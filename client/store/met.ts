import { createStore, type StoreApi } from 'zustand/vanilla'
import { standOf } from '../../shared/document/stand.ts'
import { type Collision, choose, collisions, standing, type Way } from '../../shared/domain/collision.ts'
import type { Desk } from './desk.ts'
import type { Happening } from './notice.ts'
import type { Shelf } from './preferences.ts'

/** What met when this device came back, until somebody here has settled each of it. Newest meeting first. */
export interface MetKeeper {
  readonly store: StoreApi<readonly Kept[]>
  /** Makes the agenda say one of the two. One Undo takes that back, and the matter stands here again. */
  choose(kept: Kept, way: Way, happening: Happening): void
  /** Leaves the agenda as it is. */
  dismiss(kept: Kept): void
  /** Takes in what meets from now on; call what it returns to end that. */
  follow(): () => void
}

export interface Kept {
  /** When they met, and since when neither had seen the other; milliseconds since 1970. */
  readonly at: number
  readonly since: number
  readonly collision: Collision
}

export interface MetOptions {
  readonly desk: Pick<Desk, 'store' | 'runAll'> & { readonly link: Pick<Desk['link'], 'onMet'> }
  readonly shelf: Shelf | null
}

/** Letters of JSON, and matters, that one meeting may take of the device's small store. The newest stay. */
const mostKept = 400_000
const mostMatters = 200

const keepers = new WeakMap<Desk, MetKeeper>()

export function metOf(desk: Desk, shelf: Shelf | null): MetKeeper {
  const known = keepers.get(desk)
  if (known) return known
  const keeper = openMet({ desk, shelf })
  keepers.set(desk, keeper)
  return keeper
}

export function openMet({ desk, shelf }: MetOptions): MetKeeper {
  const { meeting, person } = desk.store.getState().membership
  const key = `parley.met.${meeting}.${person.id}`
  const store = createStore<readonly Kept[]>(() => kept(shelf, key))
  /** What was settled here a moment ago: an Undo brings it back. */
  let settled: { kept: Kept; way: Way } | null = null

  /** False once the shelf has not taken the list: then this tab goes on with its own. */
  let shared = shelf !== null

  /** Starts from what is on the shelf: other tabs settle matters, and find some, too. */
  function change(to: (list: readonly Kept[]) => readonly Kept[]) {
    let left = to(shared ? kept(shelf, key) : store.getState()).slice(0, mostMatters)
    let text = JSON.stringify(left)
    while (text.length > mostKept) {
      left = left.slice(0, Math.floor(left.length / 2))
      text = JSON.stringify(left)
    }
    store.setState(left, true)
    try {
      shelf?.setItem(key, text)
    } catch {
      // Without it the list ends with the visit; the agenda has everything that was written.
      shared = false
    }
  }

  const without = (one: Kept) => (list: readonly Kept[]) =>
    list.filter((other) => other.collision.id !== one.collision.id)

  return {
    store,
    choose(one, way, happening) {
      const { snapshot } = desk.store.getState()
      if (snapshot === null) return
      const commands = choose(snapshot, one.collision, way)
      if (commands.length > 0 && desk.runAll(commands, happening) !== null) return
      change(without(one))
      settled = commands.length > 0 ? { kept: one, way } : null
    },
    dismiss: (one) => change(without(one)),
    follow() {
      const stops = [
        desk.link.onMet(({ at, since, base, mine, theirs }) => {
          const found = collisions(standOf(base), standOf(mine), standOf(theirs))
          const again = new Set(found.map((one) => one.id))
          const news = found.map((collision) => ({ at, since, collision }))
          change((list) => [...news, ...list.filter((one) => !again.has(one.collision.id))])
        }),
        desk.store.subscribe(({ notice, snapshot }, before) => {
          if (notice === before.notice || notice?.happening.type !== 'undone' || settled === null || !snapshot) return
          const { kept: one, way } = settled
          settled = null
          if (standing(snapshot, one.collision) !== way) change((list) => [one, ...without(one)(list)])
        }),
      ]
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}

function kept(shelf: Shelf | null, key: string): Kept[] {
  try {
    const value: unknown = JSON.parse(shelf?.getItem(key) ?? '[]')
    // Written by this file alone; what an older version wrote otherwise is let go.
    return Array.isArray(value) ? value.filter((one) => typeof one?.collision?.about?.type === 'string') : []
  } catch {
    return []
  }
}
