import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { endingEn, endingZh } from '../../i18n/ending.ts'
import { dateSpan } from '../../i18n/format.ts'
import { addWords } from '../../i18n/i18n.ts'
import type { Answer, Ending } from '../../store/api.ts'
import { type EndingKeeper, endingOf } from '../../store/ending.ts'
import { useLanguage, useShell, useWorkspace } from '../shell/shell.ts'

// Every view that uses these words imports this, so it runs before any of them renders.
addWords('ending', { en: endingEn, zh: endingZh })

export function useEndingWords() {
  return useTranslation('ending').t
}

export function useEndingKeeper(): EndingKeeper {
  const { api } = useShell()
  return endingOf(useWorkspace(), api)
}

export function useEnding(): Ending | null {
  return useStore(useEndingKeeper().store).ending
}

/** A date in words, for use in a sentence. */
export function useDate(): (date: string) => string {
  const language = useLanguage()
  return (date) => dateSpan([date], language)
}

/** Asks the server for a change, and says in a sentence why there was none. */
export function useAttempt(): {
  readonly problem: string | null
  attempt(change: Promise<Answer<null>>): Promise<void>
} {
  const t = useEndingWords()
  const [problem, setProblem] = useState<string | null>(null)
  return {
    problem,
    async attempt(change) {
      setProblem(null)
      const answer = await change
      if (answer.status === 'unreachable') setProblem(t('unreachable'))
      if (answer.status === 'refused') setProblem(t('failed', { message: answer.message }))
    },
  }
}
