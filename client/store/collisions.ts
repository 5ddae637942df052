import { createStore, type StoreApi } from 'zustand/vanilla'
import { agendaStateOf } from '../../shared/document/agendastate.ts'
import { type Collision, choose, collisions, currentWay, type Way } from '../../shared/domain/collision.ts'
import type { Happening } from './notice.ts'
import type { KeyValueStore } from './preferences.ts'
import type { Workspace } from './workspace.ts'

/** The conflicts found when this device came back, until somebody here has settled each. Newest first. */
export interface CollisionList {
  readonly store: StoreApi<readonly FoundCollision[]>
  /** Writes one of the two into the agenda. One Undo takes that back, and the conflict is listed again. */
  choose(stored: FoundCollision, way: Way, happening: Happening): void
  /** Leaves the agenda as it is. */
  dismiss(stored: FoundCollision): void
  /** Collects conflicts from now on, until the returned function is called. */
  follow(): () => void
}

export interface FoundCollision {
  /** When the edits were merged, and since when neither side had seen the other's; milliseconds since 1970. */
  readonly at: number
  readonly since: number
  readonly collision: Collision
}

export interface CollisionListOptions {
  readonly workspace: Pick<Workspace, 'store' | 'runAll'> & {
    readonly link: Pick<Workspace['link'], 'onConcurrentEdits'>
  }
  readonly storage: KeyValueStore | null
}

/** Characters of JSON, and conflicts, that one meeting may take of `localStorage`. The newest stay. */
const mostStored = 400_000
const mostMatters = 200

const keepers = new WeakMap<Workspace, CollisionList>()

export function collisionListOf(workspace: Workspace, storage: KeyValueStore | null): CollisionList {
  const known = keepers.get(workspace)
  if (known) return known
  const keeper = openCollisionList({ workspace, storage })
  keepers.set(workspace, keeper)
  return keeper
}

export function openCollisionList({ workspace, storage }: CollisionListOptions): CollisionList {
  const { meeting, person } = workspace.store.getState().membership
  const key = `parley.met.${meeting}.${person.id}`
  const store = createStore<readonly FoundCollision[]>(() => stored(storage, key))
  /** The conflict that was just settled here: an Undo brings it back. */
  let settled: { stored: FoundCollision; way: Way } | null = null

  /** False once the list could not be stored: then this tab goes on with its own. */
  let shared = storage !== null

  /** Starts from the stored list, since other tabs settle and find conflicts, too. */
  function change(to: (list: readonly FoundCollision[]) => readonly FoundCollision[]) {
    let left = to(shared ? stored(storage, key) : store.getState()).slice(0, mostMatters)
    let text = JSON.stringify(left)
    while (text.length > mostStored) {
      left = left.slice(0, Math.floor(left.length / 2))
      text = JSON.stringify(left)
    }
    store.setState(left, true)
    try {
      storage?.setItem(key, text)
    } catch {
      // Unstored, the list ends with the visit; the agenda has everything that was written.
      shared = false
    }
  }

  const without = (one: FoundCollision) => (list: readonly FoundCollision[]) =>
    list.filter((other) => other.collision.id !== one.collision.id)

  return {
    store,
    choose(one, way, happening) {
      const { snapshot } = workspace.store.getState()
      if (snapshot === null) return
      const commands = choose(snapshot, one.collision, way)
      if (commands.length > 0 && workspace.runAll(commands, happening) !== null) return
      change(without(one))
      settled = commands.length > 0 ? { stored: one, way } : null
    },
    dismiss: (one) => change(without(one)),
    follow() {
      const stops = [
        workspace.link.onConcurrentEdits(({ at, since, base, mine, theirs }) => {
          const found = collisions(agendaStateOf(base), agendaStateOf(mine), agendaStateOf(theirs))
          const again = new Set(found.map((one) => one.id))
          const news = found.map((collision) => ({ at, since, collision }))
          change((list) => [...news, ...list.filter((one) => !again.has(one.collision.id))])
        }),
        workspace.store.subscribe(({ notice, snapshot }, before) => {
          if (notice === before.notice || notice?.happening.type !== 'undone' || settled === null || !snapshot) return
          const { stored: one, way } = settled
          settled = null
          if (currentWay(snapshot, one.collision) !== way) change((list) => [one, ...without(one)(list)])
        }),
      ]
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}

function stored(storage: KeyValueStore | null, key: string): FoundCollision[] {
  try {
    const value: unknown = JSON.parse(storage?.getItem(key) ?? '[]')
    // Only this file writes it. Entries of an older version in another shape are dropped.
    return Array.isArray(value) ? value.filter((one) => typeof one?.collision?.about?.type === 'string') : []
  } catch {
    return []
  }
}
