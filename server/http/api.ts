import '@fastify/cookie'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { AnswerOf, Invitation, Membership } from '../../shared/api/contract.ts'
import type { InvitationId } from '../../shared/api/terms.ts'
import type { Agenda, Bilingual, MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import { cookieName } from '../access/cookie.ts'
import { newId } from '../access/ids.ts'
import { mayInvite, mayRebuild } from '../access/permission.ts'
import type { Quotas } from '../access/quota.ts'
import { hashSecret, newSecret } from '../access/secret.ts'
import { agendaOf, createInvitation, linkOf, type Rebuilt } from '../meeting/meetings.ts'
import { RenderFailure, type RenderPool } from '../render/pool.ts'
import type { Documents } from '../storage/documents.ts'
import type { Invitations, UsedInvitation } from '../storage/invitations.ts'
import type { Meetings } from '../storage/meetings.ts'
import type { Member, Members, SecretHash } from '../storage/members.ts'
import { Damaged, StorageUnavailable } from '../storage/storage.ts'
import type { Usage } from '../storage/usage.ts'
import { admit } from './admit.ts'
import { readable, requireMember, requireSession, sessionOf } from './asker.ts'
import { Refused } from './refused.ts'
import { type Asked, serve } from './serve.ts'
import { openTitles, type Reading } from './titles.ts'

export interface ApiOptions {
  readonly storage: Documents & Invitations & Meetings & Members & Usage
  readonly quotas: Quotas
  /** The origin for links. */
  readonly origin: () => string
  readonly now: () => number
  /** A clock that nobody sets, ms. */
  readonly steady: () => number
  readonly pool: Pick<RenderPool, 'open'>
  /** Called after an invitation is revoked, and after a session ends. */
  readonly revoked: () => Promise<void>
  readonly signedOut: (session: SecretHash) => void
  /** Rebuilds the document of an agenda from its current content. */
  readonly rebuild: (meeting: MeetingId) => Promise<Rebuilt | { readonly status: 'not-ready' }>
}

/** Per session and minute. A rebuild keeps the earlier document and makes everybody reconnect. */
const rebuildsPerMinute = 2

export function serveApi(app: FastifyInstance, options: ApiOptions): void {
  const { storage, quotas, origin, now, steady, pool, revoked, signedOut, rebuild } = options
  // People may enter without a title when the agenda is too heavy to read at once.
  const titles = openTitles({
    storage,
    read: (meeting) => readForTitle(storage, pool, meeting),
    now: steady,
    pause: (ms) => pause(ms, undefined, { ref: false }),
  })
  serve(app, 'enter', async ({ request, reply, body }) => {
    const { token, name } = body({ name: 'no-name' })
    const invitation = await storage.invitationByToken(hashSecret(token))
    if (invitation === null) throw new Refused(404, 'no-invitation', 'token')
    if (invitation.revokedAt !== null) throw new Refused(403, 'revoked', 'token')
    const nameKey = name.normalize('NFKC').toLowerCase()
    await admit(quotas, storage, invitation, nameKey)
    const known = sessionOf(request)
    const secret = known !== null && (await isSession(hashSecret(known))) ? known : newSecret()
    const member = await storage.enter({
      session: hashSecret(secret),
      invitation: invitation.id,
      name,
      nameKey,
      person: newId() as PersonId,
      at: now(),
    })
    setCookie(reply, secret)
    return membershipOf(member, await titles.of(member.meeting))
  })

  serve(app, 'memberships', async ({ request }) => {
    const session = requireSession(request)
    const members = await storage.memberships(session)
    const withdrawn = await storage.withdrawn(session)
    if (members.length + withdrawn.length === 0) throw new Refused(401, 'no-session')
    const memberships = members.map(async (member) => membershipOf(member, await titles.of(member.meeting)))
    return { memberships: await Promise.all(memberships), withdrawn: [...withdrawn] }
  })

  serve(app, 'leave', async ({ request, reply }) => {
    const secret = sessionOf(request)
    if (secret !== null) {
      await storage.endSession(hashSecret(secret))
      signedOut(hashSecret(secret))
    }
    reply.clearCookie(cookieName, { path: '/' })
    return null
  })

  serve(app, 'meeting', async (asked) => {
    const member = await requireMember(storage, asked)
    const membership = membershipOf(member, await titles.of(member.meeting))
    if (!mayInvite(member)) return membership
    return { ...membership, invitations: (await storage.invitations(member.meeting)).map(shownInvitation) }
  })

  serve(app, 'invite', async (asked) => {
    const member = await requireMember(storage, asked)
    if (!mayInvite(member)) throw new Refused(403, 'not-allowed')
    const { role, side } = asked.body()
    const createdAt = now()
    const fresh = await createInvitation(storage, member.meeting, role, side, createdAt)
    if (fresh === null) throw new Refused(404, 'no-meeting')
    return { ...fresh, createdAt, revokedAt: null, people: [], link: linkOf(origin(), fresh.token) }
  })

  serve(app, 'revokeInvitation', async (asked) => {
    const member = await requireMember(storage, asked)
    if (!mayInvite(member)) throw new Refused(403, 'not-allowed')
    const invitation = await storage.invitation(asked.params.invitation as InvitationId)
    if (invitation === null || invitation.meeting !== member.meeting) throw new Refused(404, 'not-found', 'invitation')
    try {
      await storage.revokeInvitation(invitation.id, now())
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error
      // It holds from now on in this process, and is stored later.
      await revoked()
      throw new Refused(503, 'revoked-unstored')
    }
    await revoked()
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

  /** Whether we issued this session and it has not ended. */
  const isSession = async (session: SecretHash): Promise<boolean> =>
    (await storage.memberships(session)).length > 0 || (await storage.withdrawn(session)).length > 0
  const setCookie = (reply: FastifyReply, secret: string) => {
    reply.setCookie(cookieName, secret, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: origin().startsWith('https:'),
      maxAge: 180 * 24 * 3600,
    })
  }
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

function membershipOf({ meeting, person, name, side, role }: Member, title: Bilingual): Membership {
  return { meeting, person: { id: person, name, side, role }, title }
}

function shownInvitation({ id, role, side, createdAt, revokedAt, people }: UsedInvitation): Invitation {
  const by = people.map(({ person, name }) => ({ id: person, name }))
  return { id, role, side: side ?? 'none', createdAt, revokedAt, people: by }
}
