import {
  type Bilingual,
  type DayId,
  type ItemId,
  type Language,
  locate,
  type PersonId,
} from '../../shared/domain/agenda.ts'
import type { Refusal, Snapshot } from '../../shared/domain/command.ts'
import type { Connection } from '../sync/connection.ts'
import type { Earlier, RefusedReason } from './saving.ts'

/** What a notice reports. It holds facts, not words: the language may change while it is shown. */
export type Happening =
  | { readonly type: 'joined' }
  | { readonly type: 'moved'; readonly ids: readonly ItemId[]; readonly title: Bilingual }
  | { readonly type: 'deleted'; readonly ids: readonly ItemId[]; readonly title: Bilingual }
  | { readonly type: 'restored'; readonly ids: readonly ItemId[]; readonly title: Bilingual }
  | { readonly type: 'duplicated'; readonly count: number; readonly title: Bilingual }
  | { readonly type: 'duplicated-day'; readonly number: number }
  /** One of two conflicting wordings was chosen. */
  | { readonly type: 'chosen'; readonly title: Bilingual }
  | { readonly type: 'deleted-day'; readonly id: DayId; readonly number: number }
  | { readonly type: 'restored-day'; readonly id: DayId; readonly date: string }
  | { readonly type: 'deleted-person'; readonly id: PersonId; readonly name: Bilingual }
  | { readonly type: 'restored-person'; readonly id: PersonId; readonly name: Bilingual }
  | { readonly type: 'undone'; readonly where: Where | null }
  | { readonly type: 'redone'; readonly where: Where | null }
  | { readonly type: 'nothing-to-undo' }
  | { readonly type: 'nothing-to-redo' }
  | { readonly type: 'already-first'; readonly title: Bilingual }
  | { readonly type: 'already-last'; readonly title: Bilingual }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  /** Somebody tries to edit, but their invitation only lets them read. */
  | { readonly type: 'read-only' }
  /** Somebody tries to edit after the server has ended the connection for good. */
  | { readonly type: 'cut-off'; readonly reason: RefusedReason }
  /** Somebody tries to edit what a newer version has written. */
  | { readonly type: 'older' }
  /** Somebody tries to edit a final agenda: the offer to open a new version. */
  | { readonly type: 'final' }
  | { readonly type: 'made-final' }
  | { readonly type: 'opened-version' }
  | { readonly type: 'restored-version'; readonly number: number }
  /** A backup was applied: that of `name`, or (null) one's own. */
  | { readonly type: 'brought-back'; readonly name: string | null }
  /** The agenda was rebuilt. `edits`: how many from before wait here; null if unreadable. `carried`: the rest is in. */
  | { readonly type: 'rebuilt'; readonly edits: number | null; readonly carried: boolean }
  /** `people`: how many are new to the list; mentioned if no item came. */
  | { readonly type: 'imported'; readonly count: number; readonly people: number; readonly file: string }

/** What a step has changed, as far as it is one thing. */
export type Where =
  | {
      readonly kind: 'item'
      readonly id: ItemId
      readonly title: Bilingual
      /** As in `ChangedField`. */
      readonly field: string
      readonly language: Language | null
    }
  | { readonly kind: 'items'; readonly count: number }
  | { readonly kind: 'day' | 'person' | 'term' | 'meeting' }

export interface Notice {
  /** Rises with each notice, so that the same words shown twice are two notices. */
  readonly number: number
  readonly happening: Happening
  /** One undo would take back exactly this, and nothing else. */
  readonly undoable: boolean
}

/** The state that a happening describes. Once it differs, somebody has changed it since, and the notice is dropped. */
export function fingerprintOf(
  happening: Happening,
  state: { readonly snapshot: Snapshot | null; readonly connection: Connection; readonly earlier: Earlier },
): string {
  const { connection, earlier } = state
  const agenda = state.snapshot?.agenda
  switch (happening.type) {
    case 'moved':
    case 'deleted':
    case 'restored': {
      const places = happening.ids.map((id) => agenda && locate(agenda, id))
      return places.map((place) => place && (place.day?.id ?? 'proposals')).join()
    }
    case 'deleted-day':
    case 'restored-day':
      return `${agenda?.days.some(({ id }) => id === happening.id)}`
    case 'deleted-person':
    case 'restored-person':
      return `${agenda?.people.some(({ id }) => id === happening.id)}`
    case 'older':
    case 'cut-off':
      return connection.status
    case 'rebuilt': {
      const waits = earlier.status === 'counting' || earlier.changes > 0 || earlier.unread
      return happening.edits === 0 || waits ? '' : 'over'
    }
    default:
      return ''
  }
}
