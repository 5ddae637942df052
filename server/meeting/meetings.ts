import * as Y from 'yjs'
import type { InvitationId, Role } from '../../shared/api/terms.ts'
import { documentNames, termsOf } from '../../shared/document/documents.ts'
import { openReader, type Reader } from '../../shared/document/read.ts'
import { EPOCH } from '../../shared/document/schema.ts'
import { seed } from '../../shared/document/seed.ts'
import { type Agenda, type MeetingId, type Side, sides } from '../../shared/domain/agenda.ts'
import { decodeVector, encodeVector } from '../../shared/wire/frame.ts'
import { inspect, storedLimits } from '../../shared/wire/inspect.ts'
import { emptyUpdate, merge } from '../../shared/wire/merge.ts'
import {
  isWithin,
  light,
  minus,
  nothing,
  plus,
  type Weight,
  weightOfAll,
  weightOfTail,
} from '../../shared/wire/weight.ts'
import { newId } from '../access/ids.ts'
import { hashSecret, newSecret } from '../access/secret.ts'
import { after } from '../process/guard.ts'
import { RenderFailure } from '../render/pool.ts'
import type { Documents, StoredDocument } from '../storage/documents.ts'
import type { Invitation, Invitations } from '../storage/invitations.ts'
import type { Meetings } from '../storage/meetings.ts'
import { openOrRecover } from '../storage/storage.ts'

/** A new invitation. Its token is known only at this moment. */
export interface FreshInvitation {
  readonly id: InvitationId
  readonly role: Role
  readonly side: Side | 'none'
  readonly token: string
}

/** Whom an invitation is for, until when, and for how many. */
export type InvitationTerms = Pick<Invitation, 'personName' | 'expiresAt' | 'mostPeople'>
const open: InvitationTerms = { personName: null, expiresAt: null, mostPeople: null }
export const forOne: InvitationTerms = { ...open, mostPeople: 1 }

export interface Wanted {
  readonly role: Role
  readonly side: Side | 'none'
  readonly terms?: InvitationTerms
}

/** An organizer and a delegate for each side, and an observer. */
const usual: readonly Wanted[] = [
  ...sides.map((side) => ({ role: 'organizer', side }) as const),
  ...sides.map((side) => ({ role: 'delegate', side }) as const),
  { role: 'observer', side: 'none' },
]

export function linkOf(origin: string, token: string): string {
  return `${origin}/join#${token}`
}

/** Creates a meeting with this agenda and these invitations. */
export async function createMeeting(
  storage: Meetings,
  agenda: Agenda,
  now: number,
  wanted: readonly Wanted[] = usual,
): Promise<{ readonly meeting: MeetingId; readonly invitations: readonly FreshInvitation[] }> {
  const meeting = newId() as MeetingId
  const made = wanted.map(({ role, side, terms }) => makeInvitation(meeting, role, side, now, terms))
  await storage.createMeeting({
    id: meeting,
    createdAt: now,
    documents: documentNames.map((name) => ({
      ...{ name, epoch: termsOf(name).epoch },
      base: name === 'agenda' ? seed(agenda) : emptyUpdate,
    })),
    invitations: made.map(({ stored, fresh }) => ({ ...stored, token: hashSecret(fresh.token) })),
  })
  return { meeting, invitations: made.map(({ fresh }) => fresh) }
}

/** Null when there is no such meeting. */
export async function createInvitation(
  storage: Invitations & Meetings,
  meeting: MeetingId,
  role: Role,
  side: Side | 'none',
  now: number,
  terms: InvitationTerms = open,
): Promise<FreshInvitation | null> {
  if (!(await storage.hasMeeting(meeting))) return null
  const { stored, fresh } = makeInvitation(meeting, role, side, now, terms)
  await storage.addInvitation(stored, hashSecret(fresh.token))
  return fresh
}

/** False when there is no such invitation. Connections made with it end within a second, in every server process. */
export function revokeInvitation(storage: Invitations, id: InvitationId, now: number): Promise<boolean> {
  return storage.revokeInvitation(id, now)
}

export type Rebuilt =
  | { readonly status: 'rebuilt'; readonly before: Weight; readonly after: Weight; readonly lineage: number }
  | { readonly status: 'no-meeting' }
  | { readonly status: 'changing' }

/**
 * Repairs the document of an agenda: seeds its next lineage from the current agenda, without any history. Versions and
 * the log stay. Only for when no server has it open.
 */
export async function rebuildMeeting(
  storage: Documents,
  meeting: MeetingId,
  open: (updates: readonly Uint8Array[]) => Promise<Agenda>,
): Promise<Rebuilt> {
  const stored = await storage.load(meeting, 'agenda')
  if (stored === null) return { status: 'no-meeting' }
  const updates = updatesOf(stored)
  const agenda = await open(updates)
  const ids = new Map(decodeVector(stored.former))
  for (const update of updates) {
    const seen = inspect(update, storedLimits)
    for (const client of [...(seen?.structs.keys() ?? []), ...(seen?.deletes.keys() ?? [])]) ids.set(client, 1)
  }
  let seeder = stored.lineage + 1
  while (ids.has(seeder)) seeder += 1
  const base = seed(agenda, seeder)
  const rows = stored.tail.map(({ row }) => row)
  const done = await storage.rebuild(stored.key, rows, { epoch: EPOCH, base, former: encodeVector(ids) })
  if (!done) return { status: 'changing' }
  const [before, after] = [weightOfAll(stored.base, updates.slice(1)), weightOfAll(base, [])]
  return { status: 'rebuilt', before, after, lineage: stored.lineage + 1 }
}

function makeInvitation(
  meeting: MeetingId,
  role: Role,
  side: Side | 'none',
  now: number,
  terms: InvitationTerms = open,
): { stored: Invitation; fresh: FreshInvitation } {
  const id = newId() as InvitationId
  return {
    stored: { id, meeting, role, side: side === 'none' ? null : side, createdAt: now, revokedAt: null, ...terms },
    fresh: { id, role, side, token: newSecret() },
  }
}

/**
 * The committed agenda. Null when there is no such meeting. Reading a document blocks everybody's typing (a tenth of a
 * second for 250 items), and whoever asks once asks again, so the last few stay open for a moment and apply new rows. A
 * heavy document, which only vandals make, is read by `heavy` in another process; it fails as the pool fails. One that
 * was heavy last time is not loaded before `heavy` asks for it.
 */
export function agendaOf(storage: Documents, meeting: MeetingId, heavy: Heavy | null = null): Promise<Agenda | null> {
  const read = () => readAgendaOf(storage, meeting, heavy)
  return openOrRecover(storage, meeting, 'agenda', read, isRefusal)
}

/** The pool did not even try. */
function isRefusal(error: unknown): boolean {
  return error instanceof RenderFailure && error.reason !== 'failed'
}

/** Reads a heavy document in another process. */
type Heavy = (load: () => Promise<readonly Uint8Array[]>) => Promise<Agenda | null>

async function readAgendaOf(storage: Documents, meeting: MeetingId, heavy: Heavy | null): Promise<Agenda | null> {
  const read = readOf(storage)
  const { open, heavyOnes } = read
  // Asked before the bytes, so that what is added between the two is noticed next time.
  const state = await storage.state(meeting, 'agenda')
  if (state === null) return null
  const loadUpdates = async () => {
    const stored = await storage.load(meeting, 'agenda')
    if (stored === null) throw new Error('an agenda is gone')
    weigh(read, meeting, stored)
    return updatesOf(stored)
  }
  if (heavy !== null && heavyOnes.has(meeting)) return heavy(loadUpdates)
  const last = open.get(meeting)
  if (last?.state === state) {
    keepOpen(open, meeting, last)
    return last.reader.snapshot().agenda
  }
  const stored = await storage.load(meeting, 'agenda')
  if (stored === null) return null
  const weight = weigh(read, meeting, stored)
  if (heavy !== null && heavyOnes.has(meeting)) return heavy(loadUpdates)
  const before = open.get(meeting)
  const current = before && isSameBytes(before.base, stored.base) ? before : openDocument(stored.base)
  const fresh = stored.tail.filter(({ row }) => row > current.row)
  if (fresh.length > 0) Y.applyUpdate(current.doc, merge(fresh.map(({ bytes }) => bytes)))
  current.row = Math.max(current.row, ...fresh.map(({ row }) => row))
  Object.assign(current, { state, weight })
  const { agenda } = current.reader.snapshot()
  keepOpen(open, meeting, current)
  return agenda
}

/** The largest agenda stored as last seen, and the largest document whose changes are attributed, bytes. */
export const largestRead: number = 8 * 2 ** 20

const ignore = () => {}

/**
 * Limits on documents that stay open: their number, their weight as stored (in memory they take ten times the bytes),
 * and ms without a request.
 */
const mostOpen = 8
const mostOpenWeight: Weight = { bytes: 16 * 2 ** 20, parts: 60_000, wide: 8000 }
const openFor = 10_000

interface OpenDocument {
  readonly doc: Y.Doc
  readonly reader: Reader
  readonly base: Uint8Array
  /** The last log row applied. */
  row: number
  /** What storage called the content when it was last read. */
  state: string
  /** Of the base and the rows applied. */
  weight: Weight
  timer: NodeJS.Timeout | null
}

/** What is known of the documents of a storage. */
interface ReadDocuments {
  readonly open: Map<MeetingId, OpenDocument>
  /** Those that were heavy when last loaded. */
  readonly heavyOnes: Set<MeetingId>
}

const readDocuments = new WeakMap<Documents, ReadDocuments>()

function readOf(storage: Documents): ReadDocuments {
  const read = readDocuments.get(storage) ?? { open: new Map(), heavyOnes: new Set() }
  readDocuments.set(storage, read)
  return read
}

function updatesOf({ base, tail }: StoredDocument): readonly Uint8Array[] {
  return [base, ...tail.map(({ bytes }) => bytes)]
}

/** Walks only what the open document has not applied, and nothing when the bytes alone are too heavy. */
function weigh({ open, heavyOnes }: ReadDocuments, meeting: MeetingId, stored: StoredDocument): Weight {
  const bytes = updatesOf(stored).reduce((sum, update) => sum + update.length, 0)
  const weight = bytes > light.bytes ? { ...nothing, bytes } : weightSince(open.get(meeting), stored)
  if (isWithin(weight, light)) heavyOnes.delete(meeting)
  else heavyOnes.add(meeting)
  return weight
}

function weightSince(before: OpenDocument | undefined, { base, tail }: StoredDocument): Weight {
  const isKnown = before !== undefined && isSameBytes(before.base, base)
  const fresh = tail.filter(({ row }) => !isKnown || row > before.row).map(({ bytes }) => bytes)
  return isKnown ? plus(before.weight, weightOfTail(fresh)) : weightOfAll(base, fresh)
}

function openDocument(base: Uint8Array): OpenDocument {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, base)
  return { doc, reader: openReader(doc), base, row: -1, state: '', weight: nothing, timer: null }
}

/** Keeps the document open for a moment, as the one requested last. */
function keepOpen(open: Map<MeetingId, OpenDocument>, meeting: MeetingId, current: OpenDocument): void {
  letGo(open, meeting)
  current.timer = after(openFor, () => letGo(open, meeting), ignore)
  current.timer.unref()
  open.set(meeting, current)
  let sum = [...open.values()].map((one) => one.weight).reduce(plus, nothing)
  for (const [oldest, one] of open) {
    if (open.size <= mostOpen && isWithin(sum, mostOpenWeight)) break
    sum = minus(sum, one.weight)
    letGo(open, oldest)
  }
}

function letGo(open: Map<MeetingId, OpenDocument>, meeting: MeetingId): void {
  const timer = open.get(meeting)?.timer
  if (timer) clearTimeout(timer)
  open.delete(meeting)
}

function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}
