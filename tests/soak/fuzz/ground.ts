import type * as Y from 'yjs'
import type { Agenda, ItemId } from '../../../shared/domain/agenda.ts'
import type { ServerProcess, Visitor } from '../../support/server.ts'
import type { Writer } from './edits.ts'
import type { Words } from './words.ts'

/** What a round is played on: a meeting, who is in it, and what a hostile person there knows. */
export interface Ground {
  readonly server: ServerProcess
  readonly meeting: string
  readonly people: readonly Hostile[]
  /** Yjs ids of the two who type beside it. */
  readonly victims: readonly number[]
  /** Ids under which somebody has written who has gone. */
  readonly absent: number[]
  /** Ids of persons. */
  readonly persons: readonly string[]
  /** Items that may be written in, and those in which the two type. */
  readonly items: readonly ItemId[]
  readonly spared: readonly ItemId[]
  /** What holds the words of the two: ids of their items, texts and paragraphs. */
  readonly holders: readonly Y.ID[]
  readonly words: Words
  /** The last updates of the two. */
  readonly recent: readonly Uint8Array[]
  readonly writer: Writer
  /** As the two have it. */
  agenda(): Agenda
}

export interface Hostile extends Visitor {
  readonly token: string
}
