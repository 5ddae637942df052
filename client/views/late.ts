import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { addWords } from '../i18n/i18n.ts'
import { lateEn, lateZh } from '../i18n/late.ts'
import { momentOf } from '../i18n/moment.ts'
import type { Version } from '../store/api.ts'
import { type Versions, type VersionsKeeper, versionsOf } from '../store/versions.ts'
import { useMinute } from './now.ts'
import { useDesk, useLanguage, useShell } from './shell.ts'

// Part of every view that comes later; none of them is drawn before this has run.
addWords('late', { en: lateEn, zh: lateZh })

/** The words of the parts that come later, as `useWords` has those of the rest. */
export function useLateWords() {
  return useTranslation('late').t
}

export function useKeeper(): VersionsKeeper {
  return versionsOf(useDesk(), useShell().api)
}

export function useVersions(): Versions {
  return useStore(useKeeper().store)
}

/** When something was, in the reader's zone and words: 'today, 09:30', '12 March, 09:30'. */
export function useMoment(): (at: number) => string {
  const t = useLateWords()
  const language = useLanguage()
  const now = useMinute()
  return useCallback(
    (at) => {
      const { day, time, whole } = momentOf(at, now, language)
      return day === 'earlier' ? whole : t(`moment.${day}`, { time })
    },
    [t, language, now],
  )
}

/** 'Version 3 · Draft'. */
export function useVersionName(): (version: Version) => string {
  const t = useLateWords()
  return useCallback(({ number, label }) => t('versions.named', { number, label: t(`label.${label}`) }), [t])
}
