import { type Context, createContext, type ReactNode } from 'react'
import type { Kind } from '../../../shared/domain/away.ts'
import type { Change } from '../../../shared/domain/compare.ts'

/** Whose the differences are, where that is known: who speaks of an entry, and what can be done about it. */
export interface Voices {
  of(kind: Kind, id: string): readonly Voice[]
  tools(kind: Kind, id: string): ReactNode
  /** What stands again was there once before. */
  restored(kind: Kind, id: string): boolean
}

export interface Voice {
  readonly key: string
  readonly line: ReactNode
  /** `whole` is that something came or went. */
  says(what: Change | 'whole' | 'moved' | 'retimed'): boolean
}

export const VoicesContext: Context<Voices | null> = createContext<Voices | null>(null)
