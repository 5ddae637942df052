import * as Y from 'yjs'
import { openReader, type Reader } from '../shared/document/read.ts'
import { EPOCH } from '../shared/document/schema.ts'
import { seed } from '../shared/document/seed.ts'
import { type Agenda, type MeetingId, type Side, sides } from '../shared/domain/agenda.ts'
import { emptyUpdate, merge } from '../shared/wire/sync.ts'
import { mintId } from './access/mint.ts'
import { hashSecret, mintSecret } from './access/secret.ts'
import { after } from './guard.ts'
import type { Invitation, InvitationId, MemberRole, Storage } from './storage/storage.ts'

/** An invitation at the moment of its making: the only time that its token is known. */
export interface FreshInvitation {
  readonly id: InvitationId
  readonly role: MemberRole
  readonly side: Side | 'none'
  readonly token: string
}

export function linkOf(origin: string, token: string): string {
  return `${origin}/join#${token}`
}

/** Makes a meeting with this agenda, an organizer and a delegate for each side, and an observer. */
export async function createMeeting(
  storage: Storage,
  agenda: Agenda,
  now: number,
): Promise<{ readonly meeting: MeetingId; readonly invitations: readonly FreshInvitation[] }> {
  const meeting = mintId() as MeetingId
  const made = [
    ...sides.map((side) => makeInvitation(meeting, 'organizer', side, now)),
    ...sides.map((side) => makeInvitation(meeting, 'delegate', side, now)),
    makeInvitation(meeting, 'observer', 'none', now),
  ]
  await storage.createMeeting({
    id: meeting,
    createdAt: now,
    documents: [
      { name: 'agenda', epoch: EPOCH, base: seed(agenda) },
      { name: 'caucus-us', epoch: EPOCH, base: emptyUpdate },
      { name: 'caucus-cn', epoch: EPOCH, base: emptyUpdate },
      { name: 'ledger', epoch: EPOCH, base: emptyUpdate },
    ],
    invitations: made.map(({ stored, fresh }) => ({ ...stored, token: hashSecret(fresh.token) })),
  })
  return { meeting, invitations: made.map(({ fresh }) => fresh) }
}

/** Null when there is no such meeting. */
export async function createInvitation(
  storage: Storage,
  meeting: MeetingId,
  role: MemberRole,
  side: Side | 'none',
  now: number,
): Promise<FreshInvitation | null> {
  if (!(await storage.hasMeeting(meeting))) return null
  const { stored, fresh } = makeInvitation(meeting, role, side, now)
  await storage.addInvitation(stored, hashSecret(fresh.token))
  return fresh
}

/** False when there is no such invitation. Connections made with it end within a second, whatever process serves them. */
export function revokeInvitation(storage: Storage, id: InvitationId, now: number): Promise<boolean> {
  return storage.revokeInvitation(id, now)
}

function makeInvitation(
  meeting: MeetingId,
  role: MemberRole,
  side: Side | 'none',
  now: number,
): { stored: Invitation; fresh: FreshInvitation } {
  const id = mintId() as InvitationId
  return {
    stored: { id, meeting, role, side: side === 'none' ? null : side, createdAt: now, revokedAt: null },
    fresh: { id, role, side, token: mintSecret() },
  }
}

/**
 * The agenda as committed. Null when there is no such meeting. Reading a document holds up everybody's typing (a tenth of a
 * second for 250 items), and whoever asks once asks again: the last few stay open for a moment, and take in what is new.
 * Throws AgendaTooLarge for a document of more than `most` bytes, which nobody but vandals fills.
 */
export async function agendaOf(
  storage: Storage,
  meeting: MeetingId,
  most = Number.POSITIVE_INFINITY,
): Promise<Agenda | null> {
  const stored = await storage.load(meeting, 'agenda')
  if (stored === null) return null
  const bytes = stored.tail.reduce((sum, update) => sum + update.bytes.length, stored.base.length)
  if (bytes > most) throw new AgendaTooLarge()
  const open = openDocuments.get(storage) ?? new Map<MeetingId, OpenDocument>()
  openDocuments.set(storage, open)
  const known = open.get(meeting)
  const current = known && isSameBytes(known.base, stored.base) ? known : openDocument(stored.base)
  if (known !== undefined) letGo(open, meeting)
  const fresh = stored.tail.filter(({ row }) => row > current.row)
  if (fresh.length > 0) Y.applyUpdate(current.doc, merge(fresh.map(({ bytes }) => bytes)))
  current.row = Math.max(current.row, ...fresh.map(({ row }) => row))
  const { agenda } = current.reader.snapshot()
  current.size = bytes
  current.timer = after(openFor, () => letGo(open, meeting), ignore)
  current.timer.unref()
  open.set(meeting, current)
  let size = [...open.values()].reduce((sum, one) => sum + one.size, 0)
  for (const [oldest, one] of open) {
    if (open.size <= mostOpen && size <= mostOpenBytes) break
    size -= one.size
    letGo(open, oldest)
  }
  return agenda
}

export class AgendaTooLarge extends Error {
  override name = 'AgendaTooLarge'
}

/** Bytes of a document that a server reads between two keystrokes of others: ten times the largest agenda with all its history. */
export const largestRead: number = 8 * 2 ** 20

const ignore = () => {}

/** Documents that stay open, their bytes as stored (open they take ten times as many), and how long without a question, ms. */
const mostOpen = 8
const mostOpenBytes = 16 * 2 ** 20
const openFor = 10_000

interface OpenDocument {
  readonly doc: Y.Doc
  readonly reader: Reader
  readonly base: Uint8Array
  /** The last of the log that is in it. */
  row: number
  size: number
  timer: NodeJS.Timeout | null
}

const openDocuments = new WeakMap<Storage, Map<MeetingId, OpenDocument>>()

function openDocument(base: Uint8Array): OpenDocument {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, base)
  return { doc, reader: openReader(doc), base, row: -1, size: base.length, timer: null }
}

function letGo(open: Map<MeetingId, OpenDocument>, meeting: MeetingId): void {
  const timer = open.get(meeting)?.timer
  if (timer) clearTimeout(timer)
  open.delete(meeting)
}

function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}
