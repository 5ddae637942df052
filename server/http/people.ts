import type { FastifyInstance } from 'fastify'
import type { SessionId } from '../../shared/api/terms.ts'
import { codeLasts } from '../../shared/api/terms.ts'
import { mayInvite, mayOversee } from '../access/permission.ts'
import { hashSecret, newCode } from '../access/secret.ts'
import { linkOf } from '../meeting/meetings.ts'
import type { MeetingPerson, Member, Members } from '../storage/members.ts'
import { endRights, requireMember, requireSession } from './asker.ts'
import { Refused } from './refused.ts'
import { type Asked, serve } from './serve.ts'

export interface PeopleOptions {
  readonly storage: Members
  /** The origin for links. */
  readonly origin: () => string
  readonly now: () => number
  /** Called when rights may have changed. */
  readonly revoked: () => Promise<void>
}

/** The people of a meeting and their sessions: one's own and, for organizers, those of their side. */
export function servePeople(app: FastifyInstance, { storage, origin, now, revoked }: PeopleOptions): void {
  const seenBy = async (member: Member): Promise<readonly MeetingPerson[]> =>
    (await storage.people(member.meeting)).filter((one) => one.person === member.person || mayOversee(member, one))
  const requirePerson = async (asked: Asked<'removePerson' | 'makeCode'>, member: Member): Promise<MeetingPerson> => {
    const person = (await seenBy(member)).find((one) => one.person === asked.params.person)
    if (person === undefined) throw new Refused(404, 'not-found', 'person')
    return person
  }

  serve(app, 'people', async (asked) => {
    const member = await requireMember(storage, asked)
    const present = await storage.sessionId(requireSession(asked.request), member.meeting)
    const people = (await seenBy(member)).map(
      ({ person, name, side, role, joinedAt, removedAt, invitation, sessions }) => ({
        ...{ id: person, name, side, role, joinedAt, removedAt, invitation },
        sessions: sessions.map(({ id, at, way, invitation: by, usedOn }) => ({
          ...{ id, at, way, invitation: by, usedOn, present: id === present },
        })),
      }),
    )
    return { people }
  })

  serve(app, 'removePerson', async (asked) => {
    const member = await requireMember(storage, asked)
    if (!mayInvite(member)) throw new Refused(403, 'not-allowed')
    const { person } = await requirePerson(asked, member)
    // Nobody locks themselves out; signing out is something else.
    if (person === member.person) throw new Refused(403, 'not-allowed')
    await endRights(() => storage.removePerson(member.meeting, person, now()), revoked)
    return null
  })

  serve(app, 'makeCode', async (asked) => {
    const member = await requireMember(storage, asked)
    const { person } = await requirePerson(asked, member)
    const code = newCode()
    const expiresAt = now() + codeLasts
    await storage.addCode({ code: hashSecret(code), person, by: member.person, expiresAt })
    return { code, link: linkOf(origin(), `code-${code}`), expiresAt }
  })

  serve(app, 'endSession', async (asked) => {
    const member = await requireMember(storage, asked)
    const id = asked.params.session as SessionId
    const seen = await seenBy(member)
    if (!seen.some(({ sessions }) => sessions.some((one) => one.id === id))) {
      throw new Refused(404, 'not-found', 'session')
    }
    await endRights(() => storage.endMembership(member.meeting, id), revoked)
    return null
  })
}
