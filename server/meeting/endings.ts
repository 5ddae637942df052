import { endOfRetention } from '../../shared/domain/retention.ts'
import type { Endings } from '../storage/endings.ts'

/**
 * Deletes the meetings whose last day is over, and takes out of the files what has been deleted, here or elsewhere. Returns
 * how many it deleted.
 */
export async function endDue(storage: Endings, now: number): Promise<number> {
  const due = (await storage.retained()).filter(({ until }) => endOfRetention(until) <= now)
  for (const { meeting } of due) await storage.deleteMeeting(meeting, now)
  await storage.wipe()
  return due.length
}
