import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { changesEn, changesZh } from '../../i18n/changes.ts'
import { addWords } from '../../i18n/i18n.ts'
import { type ChangesKeeper, type ChangesState, changesOf, type Marked } from '../../store/changes.ts'
import { type CollisionList, collisionListOf, type FoundCollision } from '../../store/collisions.ts'
import { useMeeting, useRoute, useShell, useWorkspace } from '../shell/shell.ts'

// Every view that shows what is new imports this, so it runs before any of them renders.
addWords('changes', { en: changesEn, zh: changesZh })

export function useChangesWords() {
  return useTranslation('changes').t
}

export function useChangesKeeper(): ChangesKeeper {
  return changesOf(useWorkspace(), useShell().api, useShell().storage)
}

export function useChanges(): ChangesState {
  return useStore(useChangesKeeper().store)
}

export function useCollisionList(): CollisionList {
  return collisionListOf(useWorkspace(), useShell().storage)
}

export function useCollisions(): readonly FoundCollision[] {
  return useStore(useCollisionList().store)
}

/** Marks everything as seen. A failure is shown until the next attempt. */
export function useMarkSeen(): { mark: () => void; problem: Exclude<Marked, 'marked'> | null } {
  const keeper = useChangesKeeper()
  const [failed, setProblem] = useState<Exclude<Marked, 'marked'> | null>(null)
  const offline = useMeeting((state) => state.connection.status !== 'live')
  const unsaved = useMeeting((state) => state.connection.unsaved > 0)
  // The cause of the failure may be gone by now.
  const problem = { offline, unsaved, failed: true }[failed ?? 'failed'] ? failed : null
  return {
    mark() {
      setProblem(null)
      void keeper.markSeen().then((outcome) => outcome !== 'marked' && setProblem(outcome))
    },
    problem,
  }
}

/** Milliseconds for which an item must be open and visible before its changes count as seen. */
const reading = 1500

/** Keeps the list of changes up to date, and counts the changes of an open item as seen. */
export function useFollowing(): void {
  const unseen = useChangesKeeper()
  const collisions = useCollisionList()
  const route = useRoute()
  const item = route.type === 'item' ? route.item : null
  const unread = useStore(unseen.store, (state) =>
    state.unseen.news.some((one) => one.kind === 'item' && one.id === item),
  )
  useEffect(() => unseen.follow(), [unseen])
  useEffect(() => collisions.follow(), [collisions])
  useEffect(() => {
    if (item === null || !unread) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = () => {
      clearTimeout(timer)
      if (document.visibilityState === 'visible') timer = setTimeout(() => unseen.readItem(item), reading)
    }
    look()
    document.addEventListener('visibilitychange', look)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [unseen, item, unread])
}
