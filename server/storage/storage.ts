import type { DocumentName } from '../../shared/document/documents.ts'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import type { Attribution } from './attribution.ts'
import type { Calendars } from './calendars.ts'
import type { Documents } from './documents.ts'
import type { Endings } from './endings.ts'
import type { Invitations } from './invitations.ts'
import type { Meetings } from './meetings.ts'
import type { Members } from './members.ts'
import type { ReadStates } from './readstates.ts'
import type { Usage } from './usage.ts'
import type { Versions } from './versions.ts'

/**
 * What outlives the process, by subject. Every method settles when its effect is durable; one that rejects has changed
 * nothing. Several processes may work on the same data.
 */
export interface Storage
  extends Meetings,
    Documents,
    Attribution,
    ReadStates,
    Invitations,
    Members,
    Versions,
    Calendars,
    Endings,
    Usage {
  close(): Promise<void>
}

/** The disk refuses, or another process holds the data. Nothing was changed; it may go well later. */
export class StorageUnavailable extends Error {
  override name = 'StorageUnavailable'
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/** Stored bytes are damaged, and cannot be made anew from others. */
export class Damaged extends Error {
  override name = 'Damaged'
}

/**
 * Runs `open`; when that fails because the document is damaged, makes its state anew from its log and runs it again.
 * `elsewhere`: whether an error has nothing to do with the document.
 */
export async function openOrRecover<T>(
  storage: Pick<Storage, 'recover'>,
  meeting: MeetingId,
  name: DocumentName,
  open: () => Promise<T>,
  elsewhere: (error: unknown) => boolean = () => false,
): Promise<T> {
  try {
    return await open()
  } catch (error) {
    if (error instanceof StorageUnavailable || error instanceof Damaged || elsewhere(error)) throw error
    const outcome = await storage.recover(meeting, name)
    if (outcome === 'sound') throw error
    if (outcome === 'lost') throw new Damaged(`${meeting}/${name} is damaged, and so is its log`, { cause: error })
    return open()
  }
}
