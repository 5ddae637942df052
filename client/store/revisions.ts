import type { MeetingId } from '../../shared/domain/agenda.ts'
import type { Revisions } from '../../shared/export/revision.ts'
import type { Api } from './api.ts'
import type { Shelf } from './preferences.ts'

const keyOf = (meeting: MeetingId) => `parley.revisions.${meeting}`

/**
 * The revision of each event in the last calendar, so that one made on this device continues from it. The server's
 * answer is stored; if the server cannot be reached, the last stored one is used.
 */
export async function hearRevisions(api: Api, shelf: Shelf | null, meeting: MeetingId): Promise<Revisions> {
  const answer = await api.call('revisions', { meeting })
  if (answer.status !== 'ok') return keptRevisions(shelf, meeting)
  try {
    shelf?.setItem(keyOf(meeting), JSON.stringify(answer.value))
  } catch {
    // Without it, a calendar made offline starts counting again.
  }
  return answer.value
}

export function keptRevisions(shelf: Shelf | null, meeting: MeetingId): Revisions {
  try {
    const kept: Revisions = JSON.parse(shelf?.getItem(keyOf(meeting)) ?? '{}')
    return Object.values(kept).every((one) => typeof one?.hash === 'string') ? kept : {}
  } catch {
    return {}
  }
}
