import { createHash } from 'node:crypto'
import type { Label, VersionId } from '../../shared/api/terms.ts'
import type { Agenda, MeetingId } from '../../shared/domain/agenda.ts'
import { completed } from '../../shared/domain/stored.ts'
import { canonicalText } from '../../shared/wire/digest.ts'
import { newId } from '../access/ids.ts'
import type { Documents } from '../storage/documents.ts'
import type { Member } from '../storage/members.ts'
import type { Version, Versions } from '../storage/versions.ts'
import { agendaOf } from './meetings.ts'

/**
 * Saves the committed agenda in full, as canonical JSON (RFC 8785), so that comparing and restoring need no document
 * history. Null when there is no such meeting.
 */
export async function saveVersion(
  storage: Documents & Versions,
  by: Member,
  { label, name }: { readonly label: Label; readonly name: string },
  now: number,
  heavy: Parameters<typeof agendaOf>[2] = null,
  /** Called with the bytes that it takes on the disk. May throw, so that nothing is saved. */
  afford: (bytes: number) => void = () => {},
): Promise<Version | null> {
  const agenda = await agendaOf(storage, by.meeting, heavy)
  if (agenda === null) return null
  const bytes = new TextEncoder().encode(canonicalText(agenda))
  const hash = createHash('sha256').update(bytes).digest('hex')
  afford((await storage.hasVersion(by.meeting, hash)) ? 0 : bytes.length)
  return storage.addVersion(
    {
      id: newId() as VersionId,
      meeting: by.meeting,
      label,
      name,
      at: now,
      person: by.person,
      personName: by.name,
      role: by.role,
      side: by.side,
      hash,
    },
    bytes,
  )
}

/** A version with its agenda. Null when the meeting has no such version. */
export async function readVersion(
  storage: Versions,
  meeting: MeetingId,
  id: string,
): Promise<{ readonly version: Version; readonly agenda: Agenda } | null> {
  const found = await storage.version(meeting, id as VersionId)
  if (found === null) return null
  return { version: found.version, agenda: completed(JSON.parse(new TextDecoder().decode(found.agenda)) as Agenda) }
}
