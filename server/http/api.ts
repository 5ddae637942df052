import '@fastify/cookie'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Bilingual, MeetingId, PersonId, Side } from '../../shared/domain/agenda.ts'
import { cookieName } from '../access/cookie.ts'
import { mintId } from '../access/mint.ts'
import { mayInvite, mayRebuild } from '../access/permission.ts'
import { hashSecret, mintSecret } from '../access/secret.ts'
import { agendaOf, createInvitation, linkOf, type Rebuilt } from '../meetings.ts'
import { type InvitationId, type Member, roles, type SecretHash, type Storage } from '../storage/storage.ts'
import { readable, requireMember, requireSession, sessionOf } from './asker.ts'
import { Refused, read } from './refused.ts'

export interface ApiOptions {
  readonly storage: Storage
  /** Where links lead. */
  readonly origin: () => string
  readonly now: () => number
  /** Called when an invitation has been revoked, and when a session has ended. */
  readonly revoked: () => Promise<void>
  readonly signedOut: (session: SecretHash) => void
  /** Makes the document of an agenda anew from what it shows. */
  readonly rebuild: (meeting: MeetingId) => Promise<Rebuilt | { readonly status: 'not-ready' }>
}

const token = z.string().min(1).max(200)
// One line, as people write their names: no control characters, no characters that turn text around.
const personName = z
  .string()
  .transform((value) => value.normalize('NFC').trim().replace(/\s+/gu, ' '))
  .pipe(
    z
      .string()
      .min(1)
      .max(80)
      .regex(/^[^\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]+$/u),
  )
const entry = z.object({ token, name: personName })
const invitationBody = z.object({ role: z.enum(roles), side: z.enum(['us', 'cn', 'none']) })

/** It keeps the earlier document, and asks everybody to come again. A minute, of one session. */
const rebuildsPerMinute = 2

export function serveApi(app: FastifyInstance, options: ApiOptions): void {
  const { storage, origin, now, revoked, signedOut, rebuild } = options
  app.post('/api/session', async (request, reply) => {
    const { token, name } = read(entry, request.body, { name: 'no-name' })
    const invitation = await storage.invitationByToken(hashSecret(token))
    if (invitation === null) throw new Refused(404, 'no-invitation', 'token')
    if (invitation.revokedAt !== null) throw new Refused(403, 'revoked', 'token')
    const known = sessionOf(request)
    const secret = known !== null && (await isSession(hashSecret(known))) ? known : mintSecret()
    const member = await storage.enter({
      session: hashSecret(secret),
      invitation: invitation.id,
      name,
      nameKey: name.normalize('NFKC').toLowerCase(),
      person: mintId() as PersonId,
      at: now(),
    })
    setCookie(reply, secret)
    return membershipOf(member, await titleOf(member.meeting))
  })

  app.get('/api/session', async (request) => {
    const session = requireSession(request)
    const members = await storage.memberships(session)
    const withdrawn = await storage.withdrawn(session)
    if (members.length + withdrawn.length === 0) throw new Refused(401, 'no-session')
    const memberships = members.map(async (member) => membershipOf(member, await titleOf(member.meeting)))
    return { memberships: await Promise.all(memberships), withdrawn }
  })

  app.delete('/api/session', async (request, reply) => {
    const secret = sessionOf(request)
    if (secret !== null) {
      await storage.endSession(hashSecret(secret))
      signedOut(hashSecret(secret))
    }
    reply.clearCookie(cookieName, { path: '/' })
    return reply.code(204).send()
  })

  app.get<{ Params: { meeting: string } }>('/api/meetings/:meeting', async (request) => {
    const member = await requireMember(storage, request)
    const invitations = mayInvite(member) ? await storage.invitations(member.meeting) : null
    return {
      ...membershipOf(member, await titleOf(member.meeting)),
      ...(invitations && {
        invitations: invitations.map(({ id, role, side, createdAt, revokedAt, people }) => {
          const by = people.map(({ person, name }) => ({ id: person, name }))
          return { id, role, side: side ?? 'none', createdAt, revokedAt, revoked: revokedAt !== null, people: by }
        }),
      }),
    }
  })

  app.post<{ Params: { meeting: string } }>('/api/meetings/:meeting/invitations', async (request, reply) => {
    const member = await requireMember(storage, request)
    if (!mayInvite(member)) throw new Refused(403, 'not-allowed')
    const { role, side } = read(invitationBody, request.body)
    const createdAt = now()
    const fresh = await createInvitation(storage, member.meeting, role, side, createdAt)
    if (fresh === null) throw new Refused(404, 'no-meeting')
    return reply.code(201).send({ ...fresh, createdAt, link: linkOf(origin(), fresh.token) })
  })

  app.delete<{ Params: { meeting: string; invitation: string } }>(
    '/api/meetings/:meeting/invitations/:invitation',
    async (request, reply) => {
      const member = await requireMember(storage, request)
      if (!mayInvite(member)) throw new Refused(403, 'not-allowed')
      const invitation = await storage.invitation(request.params.invitation as InvitationId)
      if (invitation === null || invitation.meeting !== member.meeting)
        throw new Refused(404, 'not-found', 'invitation')
      await storage.revokeInvitation(invitation.id, now())
      await revoked()
      return reply.code(204).send()
    },
  )

  const seldom = { config: { rateLimit: { max: rebuildsPerMinute, timeWindow: 60_000 } } }
  app.post<{ Params: { meeting: string } }>('/api/meetings/:meeting/rebuild', seldom, async (request) => {
    const member = await requireMember(storage, request)
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
  })

  /** Whether we made it, and it has not been ended. */
  const isSession = async (session: SecretHash): Promise<boolean> =>
    (await storage.memberships(session)).length > 0 || (await storage.withdrawn(session)).length > 0
  /** Whoever comes in is let in without a title where the agenda is too much to read meanwhile. */
  const titleOf = async (meeting: MeetingId): Promise<Bilingual> => {
    const agenda = await agendaOf(storage, meeting, async () => null)
    return agenda?.title ?? { en: '', zh: '' }
  }
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

interface Membership {
  readonly meeting: MeetingId
  readonly person: { readonly id: PersonId; readonly name: string; readonly side: Side | null; readonly role: string }
  readonly title: Bilingual
}

function membershipOf({ meeting, person, name, side, role }: Member, title: Bilingual): Membership {
  return { meeting, person: { id: person, name, side, role }, title }
}
