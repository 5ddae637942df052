import type { Attribution } from './attribution.ts'
import type { Calendars } from './calendars.ts'
import type { Documents } from './documents.ts'
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
    Usage {
  close(): Promise<void>
}
