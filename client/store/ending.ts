import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Answer, Api, Ending } from './api.ts'
import type { Workspace } from './workspace.ts'

/** How the meeting of a workspace is to end. Null until the server has said it. */
export interface EndingKeeper {
  readonly store: StoreApi<{ readonly ending: Ending | null }>
  refresh(): Promise<void>
  ask(): Promise<Answer<null>>
  withdraw(): Promise<Answer<null>>
}

const keepers = new WeakMap<Workspace, EndingKeeper>()

export function endingOf(workspace: Workspace, api: Api): EndingKeeper {
  const known = keepers.get(workspace)
  if (known) return known
  const { meeting } = workspace.store.getState().membership
  const store = createStore<{ ending: Ending | null }>(() => ({ ending: null }))
  const refresh = async () => {
    const answer = await api.call('ending', { meeting })
    if (answer.status === 'ok') store.setState({ ending: answer.value })
  }
  const change = async (route: 'askDeletion' | 'withdrawDeletion') => {
    const answer = await api.call(route, { meeting })
    if (answer.status === 'ok') await refresh()
    return answer
  }
  const keeper = { store, refresh, ask: () => change('askDeletion'), withdraw: () => change('withdrawDeletion') }
  keepers.set(workspace, keeper)
  return keeper
}
