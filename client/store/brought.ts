import { insertionsOf } from '../../shared/document/merge.ts'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import { digestOfText } from '../../shared/wire/digest.ts'
import type { Shelf } from './preferences.ts'

/**
 * Which backups of other people were imported on this device. Their content became edits of whoever imported them, so
 * the document does not show that; imported again, it would appear twice.
 */

/** How many are remembered for a meeting, newest first. */
const mostKept = 50

export function wasBrought(meeting: MeetingId, state: Uint8Array, shelf: Shelf | null): boolean {
  return kept(meeting, shelf).includes(markOf(state))
}

export function noteBrought(meeting: MeetingId, state: Uint8Array, shelf: Shelf | null): void {
  const mark = markOf(state)
  const others = kept(meeting, shelf).filter((one) => one !== mark)
  try {
    shelf?.setItem(keyOf(meeting), JSON.stringify([mark, ...others].slice(0, mostKept)))
  } catch {
    // Without it, nobody is warned of a second import.
  }
}

/** The same for every file with the same insertions, whenever it was made. */
function markOf(state: Uint8Array): string {
  return digestOfText(insertionsOf(state))
}

function kept(meeting: MeetingId, shelf: Shelf | null): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(shelf?.getItem(keyOf(meeting)) ?? '[]')
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

function keyOf(meeting: MeetingId): string {
  return `parley.brought.${meeting}`
}
