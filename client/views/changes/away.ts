import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { awayEn, awayZh } from '../../i18n/away.ts'
import { addWords } from '../../i18n/i18n.ts'
import { type AwayKeeper, type AwayState, awayOf, type Marked } from '../../store/away.ts'
import { type Kept, type MetKeeper, metOf } from '../../store/met.ts'
import { useDesk, useMeeting, useRoute, useShell } from '../shell/shell.ts'

// Every view that shows what is new imports this, so it runs before any of them renders.
addWords('away', { en: awayEn, zh: awayZh })

export function useAwayWords() {
  return useTranslation('away').t
}

export function useAwayKeeper(): AwayKeeper {
  return awayOf(useDesk(), useShell().api, useShell().shelf)
}

export function useAway(): AwayState {
  return useStore(useAwayKeeper().store)
}

export function useMetKeeper(): MetKeeper {
  return metOf(useDesk(), useShell().shelf)
}

export function useMet(): readonly Kept[] {
  return useStore(useMetKeeper().store)
}

/** Marks everything as seen. A failure is shown until the next attempt. */
export function useMarkSeen(): { mark: () => void; problem: Exclude<Marked, 'marked'> | null } {
  const keeper = useAwayKeeper()
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
  const away = useAwayKeeper()
  const met = useMetKeeper()
  const route = useRoute()
  const item = route.type === 'item' ? route.item : null
  const unread = useStore(away.store, (state) => state.away.news.some((one) => one.kind === 'item' && one.id === item))
  useEffect(() => away.follow(), [away])
  useEffect(() => met.follow(), [met])
  useEffect(() => {
    if (item === null || !unread) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = () => {
      clearTimeout(timer)
      if (document.visibilityState === 'visible') timer = setTimeout(() => away.readItem(item), reading)
    }
    look()
    document.addEventListener('visibilitychange', look)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [away, item, unread])
}
