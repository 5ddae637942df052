import type { MeetingId } from '../shared/domain/agenda.ts'
import type { Storage } from './storage/storage.ts'

/** Who changed what in an agenda, by the server's knowledge: the log, read once. */
export interface Annals {
  /** Settles, with the turn that they are at, when the annals have taken in everything that was committed before the call. */
  catchUp(meeting: MeetingId): Promise<number>
  close(): Promise<void>
}

export function openAnnals({ storage }: { readonly storage: Storage }): Annals {
  return {
    async catchUp(meeting) {
      return (await storage.untold(meeting, { rows: 1, bytes: 1 }))?.turn ?? 0
    },
    async close() {},
  }
}
