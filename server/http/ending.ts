import type { FastifyInstance } from 'fastify'
import type { AnswerOf } from '../../shared/api/contract.ts'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import { mayEnd } from '../access/permission.ts'
import type { Endings } from '../storage/endings.ts'
import type { Invitations } from '../storage/invitations.ts'
import type { Members } from '../storage/members.ts'
import { requireMember } from './asker.ts'
import { Refused } from './refused.ts'
import { type Asked, serve } from './serve.ts'

/** How a meeting is to end: everybody sees it, organizers ask for it, the operator does it. */
export function serveEnding(
  app: FastifyInstance,
  { storage, now }: { readonly storage: Endings & Invitations & Members; readonly now: () => number },
): void {
  serve(app, 'ending', async (asked): Promise<AnswerOf<'ending'>> => {
    if (await storage.wasDeleted(asked.params.meeting as MeetingId)) throw new Refused(410, 'deleted')
    const { meeting } = await requireMember(storage, asked)
    const { retainUntil, asked: request } = await storage.ending(meeting)
    const [by] = request === null ? [] : await storage.members(meeting, [request.person])
    return {
      retainUntil,
      asked: request && { at: request.at, by: { name: by?.name ?? '', side: by?.side ?? null } },
    }
  })

  const requireOrganizer = async (asked: Asked<'askDeletion' | 'withdrawDeletion'>) => {
    const member = await requireMember(storage, asked)
    if (!mayEnd(member)) throw new Refused(403, 'not-allowed')
    return member
  }
  serve(app, 'askDeletion', async (asked) => {
    const { meeting, person } = await requireOrganizer(asked)
    await storage.askDeletion(meeting, person, now())
    return null
  })
  serve(app, 'withdrawDeletion', async (asked) => {
    const { meeting } = await requireOrganizer(asked)
    await storage.withdrawDeletion(meeting)
    return null
  })
}
