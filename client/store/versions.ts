import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Agenda } from '../../shared/domain/agenda.ts'
import { isOver } from '../sync/connection.ts'
import type { Answer, Api, Label, Version, VersionId } from './api.ts'
import type { KeyValueStore } from './preferences.ts'
import type { Workspace } from './workspace.ts'

/** The versions of a meeting, newest first. The stored list holds until the server says otherwise. */
export type Versions =
  | { readonly status: 'loading'; readonly list: readonly Version[] }
  | { readonly status: 'known'; readonly list: readonly Version[] }
  | { readonly status: 'unreachable'; readonly list: readonly Version[] }
  | { readonly status: 'refused'; readonly list: readonly Version[]; readonly message: string }

/** Why no version was saved, besides what an `Answer` says. */
export type Unsaved =
  | { readonly status: 'offline' }
  /** The right to write has ended, or was never there. */
  | { readonly status: 'cut-off' }

export interface VersionsKeeper {
  readonly store: StoreApi<Versions>
  refresh(): Promise<void>
  /**
   * Saves the current agenda once all edits made here are committed, since the server saves what it has. A final
   * version freezes the agenda for everybody; `frozen` says whether it did.
   */
  save(label: Label, name: string): Promise<Answer<{ version: Version; frozen: boolean }> | Unsaved>
  /** The agenda of a version. Versions never change, so each is fetched once. */
  agenda(version: VersionId): Promise<Answer<Agenda>>
}

const keepers = new WeakMap<Workspace, VersionsKeeper>()

/** The keeper of the meeting of `workspace`, opened on first use. */
export function versionsOf(workspace: Workspace, api: Api, storage: KeyValueStore | null): VersionsKeeper {
  const known = keepers.get(workspace)
  if (known) return known
  const keeper = openVersions(workspace, api, storage)
  keepers.set(workspace, keeper)
  return keeper
}

export function openVersions(
  workspace: Pick<Workspace, 'store' | 'run'>,
  api: Api,
  storage: KeyValueStore | null,
): VersionsKeeper {
  const { meeting } = workspace.store.getState().membership
  const key = `parley.versions.${meeting}`
  const store = createStore<Versions>(() => ({ status: 'loading', list: stored(storage, key) }))
  const agendas = new Map<VersionId, Agenda>()
  store.subscribe(({ list }, before) => {
    if (list === before.list) return
    try {
      storage?.setItem(key, JSON.stringify(list))
    } catch {
      // Without it, an offline device cannot say who made the agenda final; everything else works.
    }
  })

  async function refresh() {
    const answer = await api.call('versions', { meeting })
    const { list } = store.getState()
    if (answer.status === 'ok') {
      const same = JSON.stringify(answer.value.versions) === JSON.stringify(list)
      store.setState({ status: 'known', list: same ? list : answer.value.versions }, true)
    } else if (answer.status === 'refused') {
      store.setState({ status: 'refused', list, message: answer.message }, true)
    } else store.setState({ status: 'unreachable', list }, true)
  }

  return {
    store,
    refresh,
    async save(label, name) {
      const outcome = await committed(workspace)
      if (outcome !== null) return outcome
      const answer = await api.call('saveVersion', { meeting }, { label, name })
      if (answer.status !== 'ok') return answer
      const version = answer.value
      const { list } = store.getState()
      store.setState({ status: 'known', list: [version, ...list.filter((one) => one.id !== version.id)] }, true)
      const frozen =
        label === 'final' && workspace.run({ type: 'set-final', version: version.id }, { type: 'made-final' }) === null
      return { status: 'ok', value: { version, frozen } }
    },
    async agenda(id) {
      const known = agendas.get(id)
      if (known) return { status: 'ok', value: known }
      const answer = await api.call('version', { meeting, version: id })
      if (answer.status !== 'ok') return answer
      agendas.set(id, answer.value.agenda)
      return { status: 'ok', value: answer.value.agenda }
    },
  }
}

/** Resolves to null when the server has all edits made here, or to the reason why it cannot. */
function committed(workspace: Pick<Workspace, 'store'>): Promise<Unsaved | null> {
  return new Promise((resolve) => {
    let stop = () => {}
    function look() {
      const { connection, membership } = workspace.store.getState()
      if (connection.status === 'catching-up') return
      if (connection.status === 'live' && connection.unsaved > 0) return
      stop()
      if (connection.status === 'offline') resolve({ status: 'offline' })
      else if (isOver(connection) || membership.person.role === 'observer') {
        resolve({ status: 'cut-off' })
      } else resolve(null)
    }
    stop = workspace.store.subscribe(look)
    look()
  })
}

function stored(storage: KeyValueStore | null, key: string): Version[] {
  try {
    const value: unknown = JSON.parse(storage?.getItem(key) ?? '[]')
    return Array.isArray(value) ? value.filter((one) => typeof one?.id === 'string') : []
  } catch {
    return []
  }
}
