import { insertionsOf } from '../../shared/document/merge.ts'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import { digestOfText } from '../../shared/wire/digest.ts'
import type { KeyValueStore } from './preferences.ts'

/**
 * Which backups of other people were imported on this device. Their content became edits of whoever imported them, so
 * the document does not show that; imported again, it would appear twice.
 */

/** How many are remembered for a meeting, newest first. */
const mostStored = 50

export function wasImported(meeting: MeetingId, state: Uint8Array, storage: KeyValueStore | null): boolean {
  return stored(meeting, storage).includes(markOf(state))
}

export function noteImported(meeting: MeetingId, state: Uint8Array, storage: KeyValueStore | null): void {
  const mark = markOf(state)
  const others = stored(meeting, storage).filter((one) => one !== mark)
  try {
    storage?.setItem(keyOf(meeting), JSON.stringify([mark, ...others].slice(0, mostStored)))
  } catch {
    // Without it, nobody is warned of a second import.
  }
}

/** The same for every file with the same insertions, whenever it was made. */
function markOf(state: Uint8Array): string {
  return digestOfText(insertionsOf(state))
}

function stored(meeting: MeetingId, storage: KeyValueStore | null): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(storage?.getItem(keyOf(meeting)) ?? '[]')
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

function keyOf(meeting: MeetingId): string {
  return `parley.brought.${meeting}`
}
