import '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Membership } from '../../shared/api/contract.ts'
import type { SessionId } from '../../shared/api/terms.ts'
import type { Bilingual, PersonId } from '../../shared/domain/agenda.ts'
import { withAffiliation } from '../../shared/domain/name.ts'
import { cookieName, hostCookieName, isOfHost } from '../access/cookie.ts'
import { newId } from '../access/ids.ts'
import { looksOf, refuseLook } from '../access/look.ts'
import { mayCreate } from '../access/permission.ts'
import type { Quotas } from '../access/quota.ts'
import { hashSecret, newSecret } from '../access/secret.ts'
import type { Endings } from '../storage/endings.ts'
import type { Invitation, Invitations } from '../storage/invitations.ts'
import type { Arrival, Entered, Member, Members, SecretHash } from '../storage/members.ts'
import type { Usage } from '../storage/usage.ts'
import { admit } from './admit.ts'
import { requireSession, sessionOf, unlessUnavailable } from './asker.ts'
import { Refused } from './refused.ts'
import { serve } from './serve.ts'
import type { Titles } from './titles.ts'

export interface SessionsOptions {
  readonly storage: Endings & Invitations & Members & Usage
  readonly quotas: Quotas
  readonly titles: Titles
  readonly isSecure: () => boolean
  /** Whether organizers may make meetings here. */
  readonly creates: boolean
  readonly now: () => number
  /** Called when rights may have changed. */
  readonly revoked: () => Promise<void>
  /** Called when a session ends for good, and when another takes its place. */
  readonly signedOut: (session: SecretHash) => void
  readonly renewed: (session: SecretHash) => void
}

/** Per session or address, and minute. A code has 37 bits and is good for ten minutes. */
const codesPerMinute = 30

/** Coming in and going out. */
export function serveSessions(app: FastifyInstance, options: SessionsOptions): void {
  const { storage, quotas, titles, isSecure, creates, now, revoked, signedOut, renewed } = options

  const invitationOf = async (token: string): Promise<Invitation> => {
    const invitation = await storage.invitationByToken(hashSecret(token))
    if (invitation === null) throw new Refused(404, 'no-invitation', 'token')
    if (invitation.revokedAt !== null) throw new Refused(403, 'revoked', 'token')
    return invitation
  }
  serve(app, 'look', async ({ request, reply, body }) => {
    const { meeting, role, side, id, personName, expiresAt, mostPeople } = await invitationOf(body().token)
    const secret = sessionOf(request)
    const members = secret === null ? [] : await storage.memberships(hashSecret(secret))
    const you = members.find((one) => one.meeting === meeting)
    const same = you?.invitation === id
    if (expiresAt !== null && expiresAt <= now() && !same) throw new Refused(403, 'link-expired', 'token')
    if (mostPeople !== null && you === undefined && (await storage.attendance(id, meeting)).people.link >= mostPeople)
      throw new Refused(403, 'link-used-up', 'token')
    const title = await titles.of(meeting)
    // So that whoever loses the answer to joining can ask again.
    if (secret === null) setCookie(reply, newSecret())
    const { retainUntil } = await storage.ending(meeting)
    return { title, role, side, personName, you: you === undefined ? null : { name: you.name, same }, retainUntil }
  })

  serve(app, 'enter', async ({ request, reply, body }) => {
    const { token, name: own, affiliation } = body({ name: 'no-name' })
    const { id: invitation, meeting, side, personName } = await invitationOf(token)
    const name = withAffiliation(personName ?? own, affiliation)
    const problem = refuseLook(name)
    if (problem !== null) throw new Refused(400, problem, affiliation === '' ? 'name' : 'affiliation')
    const secret = sessionOf(request)
    const looks = looksOf(name)
    const isKnown =
      personName !== null || (secret !== null && (await storage.isKnown(hashSecret(secret), { meeting, side }, looks)))
    await admit(quotas, storage, { meeting, invitation }, isKnown)
    const person = newId() as PersonId
    return begin(request, reply, (arrival) => storage.enter({ ...arrival, invitation, name, looks, person }))
  })

  const byCode = { config: { rateLimit: { max: codesPerMinute, timeWindow: 60_000 } } }
  serve(
    app,
    'enterByCode',
    async ({ request, reply, body }) => {
      const code = hashSecret(body().code)
      const of = await storage.codeOf(code, now())
      if (of !== null) await admit(quotas, storage, of, true)
      return begin(request, reply, (arrival) => storage.enterByCode({ ...arrival, code }))
    },
    byCode,
  )

  serve(app, 'memberships', async ({ request }) => {
    const session = requireSession(request)
    await noteUse(storage, session, now())
    const members = await storage.memberships(session)
    const withdrawn = await storage.withdrawn(session)
    if (members.length + withdrawn.length === 0) throw new Refused(401, 'no-session')
    const memberships = members.map(async (member) => membershipOf(member, await titles.of(member.meeting)))
    return {
      memberships: await Promise.all(memberships),
      withdrawn: [...withdrawn],
      mayCreate: creates && members.some(mayCreate),
    }
  })

  serve(app, 'leave', async ({ request, reply }) => {
    const secret = sessionOf(request)
    if (secret !== null) {
      // While the disk refuses it has ended all the same, and nobody has its secret any more.
      await storage.endSession(hashSecret(secret)).catch(unlessUnavailable)
      signedOut(hashSecret(secret))
    }
    clearCookie(reply, cookieName)
    if (isSecure()) clearCookie(reply, hostCookieName)
    return null
  })

  /**
   * Whoever comes in is given a secret that nobody knew before, so that nobody can have planted it. What the browser already
   * was in other meetings goes along.
   */
  const begin = async (
    request: FastifyRequest,
    reply: FastifyReply,
    enter: (arrival: Arrival) => Promise<Entered>,
  ): Promise<Membership> => {
    const known = sessionOf(request)
    const before = known === null ? null : hashSecret(known)
    const secret = newSecret()
    const session = hashSecret(secret)
    const plantable = isSecure() && !isOfHost(request.headers.cookie)
    const entered = await enter({ before, plantable, session, id: newId() as SessionId, at: now() })
    if (entered.status !== 'entered') throw refusalOf(entered.status)
    if (before !== null) renewed(before)
    await revoked()
    setCookie(reply, secret)
    return membershipOf(entered.member, await titles.of(entered.member.meeting))
  }
  const setCookie = (reply: FastifyReply, secret: string) => {
    const secure = isSecure()
    const name = secure ? hostCookieName : cookieName
    reply.setCookie(name, secret, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: 180 * 24 * 3600 })
    if (secure) clearCookie(reply, cookieName)
  }
  const clearCookie = (reply: FastifyReply, name: string) =>
    reply.clearCookie(name, { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure() })
}

/** Which day a session was last used is no reason to turn somebody away while the disk refuses. */
export async function noteUse(storage: Members, session: SecretHash, at: number): Promise<void> {
  await storage.used(session, at).catch(unlessUnavailable)
}

export function membershipOf({ meeting, person, name, side, role }: Member, title: Bilingual): Membership {
  return { meeting, person: { id: person, name, side, role }, title }
}

function refusalOf(status: Exclude<Entered['status'], 'entered'>): Refused {
  switch (status) {
    case 'taken':
      return new Refused(409, 'name-taken', 'name')
    case 'crowded':
      return new Refused(403, 'too-many-devices')
    case 'full':
      return new Refused(403, 'link-used-up', 'token')
    case 'expired':
      return new Refused(403, 'link-expired', 'token')
    case 'revoked':
      return new Refused(403, 'revoked', 'token')
    case 'removed':
      return new Refused(403, 'removed', 'token')
    case 'unknown':
      return new Refused(404, 'no-code', 'code')
  }
}
