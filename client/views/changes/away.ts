import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { awayEn, awayZh } from '../../i18n/away.ts'
import { addWords } from '../../i18n/i18n.ts'
import { type AwayKeeper, type AwayState, awayOf, type Marked } from '../../store/away.ts'
import { type Kept, type MetKeeper, metOf } from '../../store/met.ts'
import { useDesk, useMeeting, useRoute, useShell } from '../shell/shell.ts'

// Part of every view that tells what is new; none of them is drawn before this has run.
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

/** Marks everything as seen; what kept it from that is told until the next try. */
export function useMarkSeen(): { mark: () => void; problem: Exclude<Marked, 'marked'> | null } {
  const keeper = useAwayKeeper()
  const [failed, setProblem] = useState<Exclude<Marked, 'marked'> | null>(null)
  const offline = useMeeting((state) => state.connection.status !== 'live')
  const unsaved = useMeeting((state) => state.connection.unsaved > 0)
  // What stood against it may be over by now.
  const problem = { offline, unsaved, failed: true }[failed ?? 'failed'] ? failed : null
  return {
    mark() {
      setProblem(null)
      void keeper.markSeen().then((outcome) => outcome !== 'marked' && setProblem(outcome))
    },
    problem,
  }
}

/** Milliseconds for which an item has to be open, in sight, before what is new in it counts as seen. */
const reading = 1500

/** Keeps what is new up to date, and counts an item as seen that somebody has open. */
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
