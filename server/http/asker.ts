import '@fastify/cookie'
import type { FastifyRequest } from 'fastify'
import type { Agenda } from '../../shared/domain/agenda.ts'
import { readSession } from '../access/cookie.ts'
import { hashSecret } from '../access/secret.ts'
import { agendaOf } from '../meeting/meetings.ts'
import { RenderFailure, type RenderPool } from '../render/pool.ts'
import type { Documents } from '../storage/documents.ts'
import type { Member, Members, SecretHash } from '../storage/members.ts'
import { StorageUnavailable } from '../storage/storage.ts'
import { Refused } from './refused.ts'

/** Every handler starts here: who asks, and about which meeting, or a refusal. */

export function sessionOf(request: FastifyRequest): string | null {
  return readSession(request.headers.cookie)
}

export function requireSession(request: FastifyRequest): SecretHash {
  const secret = sessionOf(request)
  if (secret === null) throw new Refused(401, 'no-session')
  return hashSecret(secret)
}

/** The member that this session is in the meeting of the address. */
export async function requireMember(
  storage: Members,
  { request, params }: { readonly request: FastifyRequest; readonly params: { readonly meeting: string } },
): Promise<Member> {
  const session = requireSession(request)
  await storage.arrived(session).catch(unlessUnavailable)
  const members = await storage.memberships(session)
  const member = members.find((one) => one.meeting === params.meeting)
  if (member !== undefined) {
    request.member = member
    return member
  }
  const withdrawn = await storage.withdrawn(session)
  if (withdrawn.some((meeting) => meeting === params.meeting)) throw new Refused(403, 'revoked')
  throw members.length + withdrawn.length === 0 ? new Refused(401, 'no-session') : new Refused(404, 'no-meeting')
}

/** The agenda of a meeting, on request of one of its members. */
export async function requireAgenda(
  storage: Documents,
  pool: Pick<RenderPool, 'open'>,
  { meeting, person }: Pick<Member, 'meeting' | 'person'>,
): Promise<Agenda> {
  const agenda = await readable(agendaOf(storage, meeting, (load) => pool.open(load, meeting, person)))
  if (agenda === null) throw new Refused(404, 'no-meeting')
  return agenda
}

/** The pool's result, or its failure as a refusal. */
export async function readable<T>(work: Promise<T>, report: (failure: RenderFailure) => void = () => {}): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof RenderFailure)) throw error
    if (error.reason !== 'busy' && error.reason !== 'missing') report(error)
    switch (error.reason) {
      case 'missing':
        throw new Refused(501, 'no-pdf', 'format')
      case 'busy':
        throw new Refused(503, 'busy')
      case 'gave-up':
        throw new Refused(422, 'gave-up')
      case 'failed':
        throw new Refused(500, 'failed')
    }
  }
}

/** For what may wait until the disk takes it. */
export function unlessUnavailable(error: unknown): void {
  if (!(error instanceof StorageUnavailable)) throw error
}

/**
 * Ends rights. Where that cannot be stored it holds all the same, in this process, and the answer says that it is not
 * stored. `revoked`: called when rights have changed.
 */
export async function endRights(end: () => Promise<unknown>, revoked: () => Promise<void>): Promise<void> {
  let stored = true
  await end().catch((error: unknown) => {
    unlessUnavailable(error)
    stored = false
  })
  await revoked()
  if (!stored) throw new Refused(503, 'revoked-unstored')
}
