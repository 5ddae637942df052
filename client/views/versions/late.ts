import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { addWords } from '../../i18n/i18n.ts'
import { lateEn, lateZh } from '../../i18n/late.ts'
import type { Version } from '../../store/api.ts'
import { type Versions, type VersionsKeeper, versionsOf } from '../../store/versions.ts'
import { useShell, useWorkspace } from '../shell/shell.ts'

// Every view that loads late imports this, so it runs before any of them renders.
addWords('late', { en: lateEn, zh: lateZh })

/** The words of the parts that load late; `useWords` has the rest. */
export function useLateWords() {
  return useTranslation('late').t
}

export function useKeeper(): VersionsKeeper {
  const { api, storage } = useShell()
  return versionsOf(useWorkspace(), api, storage)
}

export function useVersions(): Versions {
  return useStore(useKeeper().store)
}

/** 'Version 3 · Draft'. */
export function useVersionName(): (version: Version) => string {
  const t = useLateWords()
  return useCallback(({ number, label }) => t('versions.named', { number, label: t(`label.${label}`) }), [t])
}
