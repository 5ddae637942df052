import { type Context, createContext, type ReactNode } from 'react'
import type { Change } from '../../../shared/domain/compare.ts'
import type { EntryKind } from '../../../shared/domain/unseen.ts'

/** Attribution of differences, where known: who changed an entry, and what can be done about it. */
export interface Voices {
  of(kind: EntryKind, id: string): readonly Voice[]
  tools(kind: EntryKind, id: string): ReactNode
  /** Whether an added entry existed before and was restored. */
  restored(kind: EntryKind, id: string): boolean
}

export interface Voice {
  readonly key: string
  readonly line: ReactNode
  /** `whole`: the entry itself was added or deleted. */
  says(what: Change | 'whole' | 'moved' | 'retimed'): boolean
}

export const VoicesContext: Context<Voices | null> = createContext<Voices | null>(null)
