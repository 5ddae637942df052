import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { AnswerOf, Invitation } from '../../shared/api/contract.ts'
import type { InvitationId } from '../../shared/api/terms.ts'
import type { Agenda, MeetingId } from '../../shared/domain/agenda.ts'
import { looksOf, refuseLook } from '../access/look.ts'
import { mayInvite, mayOversee, mayRebuild } from '../access/permission.ts'
import type { Quotas } from '../access/quota.ts'
import { agendaOf, createInvitation, linkOf, type Rebuilt } from '../meeting/meetings.ts'
import { RenderFailure, type RenderPool } from '../render/pool.ts'
import type { Documents } from '../storage/documents.ts'
import type { Endings } from '../storage/endings.ts'
import type { Invitations, UsedInvitation } from '../storage/invitations.ts'
import type { Meetings } from '../storage/meetings.ts'
import type { Members, SecretHash } from '../storage/members.ts'
import { Damaged } from '../storage/storage.ts'
import type { Usage } from '../storage/usage.ts'
import { endRights, readable, requireMember } from './asker.ts'
import { serveCreating } from './creating.ts'
import { servePeople } from './people.ts'
import { Refused } from './refused.ts'
import { type Asked, serve } from './serve.ts'
import { membershipOf, serveSessions } from './sessions.ts'
import { openTitles, type Reading } from './titles.ts'

export interface ApiOptions {
  readonly storage: Documents & Endings & Invitations & Meetings & Members & Usage
  readonly quotas: Quotas
  /** The origin for links. */
  readonly origin: () => string
  readonly now: () => number
  /** A clock that nobody sets, ms. */
  readonly steady: () => number
  readonly pool: Pick<RenderPool, 'open'>
  /** Whether organizers may make meetings here. */
  readonly creates: boolean
  /** Called when rights may have changed. */
  readonly revoked: () => Promise<void>
  /** Called when a session ends for good, and when another takes its place. */
  readonly signedOut: (session: SecretHash) => void
  readonly renewed: (session: SecretHash) => void
  /** Rebuilds the document of an agenda from its current content. */
  readonly rebuild: (meeting: MeetingId) => Promise<Rebuilt | { readonly status: 'not-ready' }>
}

/** Per session and minute. A rebuild keeps the earlier document and makes everybody reconnect. */
const rebuildsPerMinute = 2

export function serveApi(app: FastifyInstance, options: ApiOptions): void {
  const { storage, origin, now, steady, pool, revoked, rebuild } = options
  // People may enter without a title when the agenda is too heavy to read at once.
  const titles = openTitles({
    storage,
    read: (meeting) => readForTitle(storage, pool, meeting),
    now: steady,
    pause: (ms) => pause(ms, undefined, { ref: false }),
  })
  serveSessions(app, { ...options, titles, isSecure: () => origin().startsWith('https:') })
  servePeople(app, options)
  serveCreating(app, options)

  serve(app, 'meeting', async (asked) => {
    const member = await requireMember(storage, asked)
    const membership = membershipOf(member, await titles.of(member.meeting))
    if (!mayInvite(member)) return membership
    const invitations = (await storage.invitations(member.meeting)).filter((one) => mayOversee(member, one))
    return { ...membership, invitations: invitations.map(shownInvitation) }
  })

  serve(app, 'invite', async (asked) => {
    const member = await requireMember(storage, asked)
    const { role, side, ...terms } = asked.body()
    if (!mayOversee(member, { role, side: side === 'none' ? null : side })) throw new Refused(403, 'not-allowed')
    const problem = terms.personName === null ? null : refuseLook(terms.personName)
    if (problem !== null) throw new Refused(400, problem, 'personName')
    if (terms.personName !== null && (await storage.isTaken(member.meeting, looksOf(terms.personName))))
      throw new Refused(409, 'name-taken', 'personName')
    const createdAt = now()
    const fresh = await createInvitation(storage, member.meeting, role, side, createdAt, terms)
    if (fresh === null) throw new Refused(404, 'no-meeting')
    return { ...fresh, ...terms, createdAt, revokedAt: null, people: [], link: linkOf(origin(), fresh.token) }
  })

  const requireInvitation = async (asked: Asked<'revokeInvitation' | 'limitInvitation'>) => {
    const member = await requireMember(storage, asked)
    if (!mayInvite(member)) throw new Refused(403, 'not-allowed')
    const invitation = await storage.invitation(asked.params.invitation as InvitationId)
    // Which links the other side has is not told.
    if (invitation === null || invitation.meeting !== member.meeting || !mayOversee(member, invitation))
      throw new Refused(404, 'not-found', 'invitation')
    return invitation
  }
  serve(app, 'limitInvitation', async (asked) => {
    const { id } = await requireInvitation(asked)
    await storage.limitInvitation(id, asked.body())
    return null
  })

  serve(app, 'revokeInvitation', async (asked) => {
    const { id } = await requireInvitation(asked)
    await endRights(() => storage.revokeInvitation(id, now()), revoked)
    return null
  })

  const seldom = { config: { rateLimit: { max: rebuildsPerMinute, timeWindow: 60_000 } } }
  const rebuildMeeting = async (asked: Asked<'rebuild'>): Promise<AnswerOf<'rebuild'>> => {
    const member = await requireMember(storage, asked)
    if (!mayRebuild(member)) throw new Refused(403, 'not-allowed')
    const rebuilt = await readable(rebuild(member.meeting))
    switch (rebuilt.status) {
      case 'rebuilt':
        return { before: rebuilt.before, after: rebuilt.after }
      case 'no-meeting':
        throw new Refused(404, 'no-meeting')
      case 'changing':
        throw new Refused(409, 'changing')
      case 'not-ready':
        throw new Refused(503, 'not-ready')
    }
  }
  serve(app, 'rebuild', rebuildMeeting, seldom)
}

async function readForTitle(storage: Documents, pool: Pick<RenderPool, 'open'>, meeting: MeetingId): Promise<Reading> {
  let elsewhere: Promise<Agenda | null> | null = null
  const agenda = await agendaOf(storage, meeting, async (load) => {
    elsewhere = pool.open(load, meeting).catch((error) => {
      if (error instanceof RenderFailure) return null
      throw error
    })
    return null
  }).catch((error: unknown) => {
    // One damaged meeting must not keep its people from their others.
    if (error instanceof Damaged) return null
    throw error
  })
  return { agenda: elsewhere ?? agenda }
}

function shownInvitation({ meeting: _, side, people, ...invitation }: UsedInvitation): Invitation {
  const by = people.map(({ person, name }) => ({ id: person, name }))
  return { ...invitation, side: side ?? 'none', people: by }
}
