import type { MeetingId } from '../../shared/domain/agenda.ts'
import type { Revisions } from '../../shared/export/revision.ts'
import type { Api } from './api.ts'
import type { KeyValueStore } from './preferences.ts'

const keyOf = (meeting: MeetingId) => `parley.revisions.${meeting}`

/**
 * The revision of each event in the last calendar, so that one made on this device continues from it. The server's
 * answer is stored; if the server cannot be reached, the last stored one is used.
 */
export async function hearRevisions(api: Api, storage: KeyValueStore | null, meeting: MeetingId): Promise<Revisions> {
  const answer = await api.call('revisions', { meeting })
  if (answer.status !== 'ok') return storedRevisions(storage, meeting)
  try {
    storage?.setItem(keyOf(meeting), JSON.stringify(answer.value))
  } catch {
    // Without it, a calendar made offline starts counting again.
  }
  return answer.value
}

export function storedRevisions(storage: KeyValueStore | null, meeting: MeetingId): Revisions {
  try {
    const stored: Revisions = JSON.parse(storage?.getItem(keyOf(meeting)) ?? '{}')
    return Object.values(stored).every((one) => typeof one?.hash === 'string') ? stored : {}
  } catch {
    return {}
  }
}
