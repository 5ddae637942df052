import { createContext, useContext, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { StoreApi } from 'zustand/vanilla'
import type { Language, Side } from '../../../shared/domain/agenda.ts'
import type { Api, Membership } from '../../store/api.ts'
import type { MeetingState } from '../../store/meeting.ts'
import type { KeyValueStore, Preferences } from '../../store/preferences.ts'
import type { Route, Router } from '../../store/route.ts'
import type { Session, SessionKeeper } from '../../store/session.ts'
import type { OfflineCopy, Update, Updates } from '../../store/updates.ts'
import type { Workspace } from '../../store/workspace.ts'

/** What every page depends on. `main.tsx` creates it. */
export interface Shell {
  readonly preferences: StoreApi<Preferences>
  readonly router: Router
  readonly session: SessionKeeper
  readonly api: Api
  /** What this device stores beside the documents; null where the browser forbids it. */
  readonly storage: KeyValueStore | null
  /** Opens a meeting; the page that called closes it. `exchanged`: called when it must be reopened. */
  readonly open: (membership: Membership, exchanged: (rebuilt: boolean) => void) => Workspace
  readonly updates: Updates
}

export const ShellContext = createContext<Shell | null>(null)
export const WorkspaceContext = createContext<Workspace | null>(null)

export function useShell(): Shell {
  const shell = useContext(ShellContext)
  if (!shell) throw new Error('outside of the shell')
  return shell
}

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext)
  if (!workspace) throw new Error('outside of a meeting')
  return workspace
}

/** Select narrowly, and only values that keep their identity: a view rerenders when the selected value changes. */
export function useMeeting<T>(select: (state: MeetingState) => T): T {
  return useStore(useWorkspace().store, select)
}

export function usePreferences<T>(select: (preferences: Preferences) => T): T {
  return useStore(useShell().preferences, select)
}

export function useRoute(): Route {
  return useStore(useShell().router.store)
}

export function useSession(): Session {
  return useStore(useShell().session.store)
}

export function useUpdate(): Update {
  return useStore(useShell().updates.store)
}

/** Whether the app itself opens on this device without a network. */
export function useOfflineCopy(): OfflineCopy['status'] {
  return useStore(useShell().updates.offlineCopy).status
}

export function useLanguage(): Language {
  return usePreferences((preferences) => preferences.language)
}

export function useWords() {
  return useTranslation().t
}

/** Whose copy this is: one's own side comes first; for people without a side, their language decides. */
export function useLead(): Side {
  const side = useMeeting((state) => state.membership.person.side)
  const language = useLanguage()
  return side ?? (language === 'zh' ? 'cn' : 'us')
}

const narrowWidth = '(max-width: 760px)'

/** True on narrow screens, which show either the outline or what is open. */
export function useNarrow(): boolean {
  return useMedia(narrowWidth)
}

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const media = window.matchMedia(query)
      media.addEventListener('change', changed)
      return () => media.removeEventListener('change', changed)
    },
    () => window.matchMedia(query).matches,
  )
}
