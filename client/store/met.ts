import { createStore, type StoreApi } from 'zustand/vanilla'
import { standOf } from '../../shared/document/stand.ts'
import { type Collision, choose, collisions, standing, type Way } from '../../shared/domain/collision.ts'
import type { Desk } from './desk.ts'
import type { Happening } from './notice.ts'
import type { Shelf } from './preferences.ts'

/** The conflicts found when this device came back, until somebody here has settled each. Newest first. */
export interface MetKeeper {
  readonly store: StoreApi<readonly Kept[]>
  /** Writes one of the two into the agenda. One Undo takes that back, and the conflict is listed again. */
  choose(kept: Kept, way: Way, happening: Happening): void
  /** Leaves the agenda as it is. */
  dismiss(kept: Kept): void
  /** Collects conflicts from now on, until the returned function is called. */
  follow(): () => void
}

export interface Kept {
  /** When the edits were merged, and since when neither side had seen the other's; milliseconds since 1970. */
  readonly at: number
  readonly since: number
  readonly collision: Collision
}

export interface MetOptions {
  readonly desk: Pick<Desk, 'store' | 'runAll'> & { readonly link: Pick<Desk['link'], 'onMet'> }
  readonly shelf: Shelf | null
}

/** Characters of JSON, and conflicts, that one meeting may take of `localStorage`. The newest stay. */
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
  /** The conflict that was just settled here: an Undo brings it back. */
  let settled: { kept: Kept; way: Way } | null = null

  /** False once the list could not be stored: then this tab goes on with its own. */
  let shared = shelf !== null

  /** Starts from the stored list, since other tabs settle and find conflicts, too. */
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
      // Unstored, the list ends with the visit; the agenda has everything that was written.
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
    // Only this file writes it. Entries of an older version in another shape are dropped.
    return Array.isArray(value) ? value.filter((one) => typeof one?.collision?.about?.type === 'string') : []
  } catch {
    return []
  }
}
