import type { FastifyInstance } from 'fastify'
import type { BodyOf } from '../../shared/api/contract.ts'
import { type Agenda, type Side, sides } from '../../shared/domain/agenda.ts'
import { nextRound } from '../../shared/domain/round.ts'
import { template } from '../../shared/domain/template.ts'
import { newId } from '../access/ids.ts'
import { mayCreate } from '../access/permission.ts'
import type { Quotas } from '../access/quota.ts'
import { createMeeting, forOne, linkOf } from '../meeting/meetings.ts'
import type { RenderPool } from '../render/pool.ts'
import type { Documents } from '../storage/documents.ts'
import type { Meetings } from '../storage/meetings.ts'
import type { Member, Members } from '../storage/members.ts'
import { afford } from './afford.ts'
import { requireAgenda, requireMember, requireSession } from './asker.ts'
import { Refused } from './refused.ts'
import { serve } from './serve.ts'

export interface CreatingOptions {
  readonly storage: Documents & Meetings & Members
  readonly quotas: Quotas
  readonly pool: Pick<RenderPool, 'open'>
  /** Whether organizers may make meetings here. */
  readonly creates: boolean
  /** The origin for links. */
  readonly origin: () => string
  readonly now: () => number
}

/**
 * A new meeting in the browser. Whoever makes it is an organizer of the side that they are an organizer of now; each other
 * side is given a link for one organizer, who makes the links of that side, and can see if somebody has used it before.
 */
export function serveCreating(app: FastifyInstance, options: CreatingOptions): void {
  const { storage, quotas, pool, creates, origin, now } = options

  serve(app, 'createMeeting', async (asked) => {
    const session = requireSession(asked.request)
    const organizes = (await storage.memberships(session)).filter(mayCreate)
    if (!creates || organizes.length === 0) throw new Refused(403, 'not-allowed')
    const { from, ...said } = asked.body()
    const as = 'meeting' in from ? await requireMember(storage, { ...asked, params: from }) : organizes[0]!
    if (!mayCreate(as)) throw new Refused(403, 'not-allowed', 'from.meeting')
    afford(quotas, 'meetings', as)
    const agenda = await agendaFor(as, from, said)
    const own: Side | 'none' = as.side ?? 'none'
    const others = sides.filter((side) => side !== own)
    const organizer = (side: Side | 'none') => ({ role: 'organizer', side, terms: forOne }) as const
    const { meeting, invitations } = await createMeeting(storage, agenda, now(), [own, ...others].map(organizer))
    const tokenOf = (side: string) => invitations.find((one) => one.side === side)!.token
    const links = others.map((side) => ({ side, link: linkOf(origin(), tokenOf(side)) }))
    return { meeting, token: tokenOf(own), links }
  })

  type Said = BodyOf<'createMeeting'>
  const agendaFor = async (as: Member, from: Said['from'], said: Omit<Said, 'from'>): Promise<Agenda> => {
    if ('meeting' in from) return nextRound(await requireAgenda(storage, pool, as), { ...said, ...from, newId })
    const { zones, ...rest } = template(from.template, { ...said, newId })
    return { ...rest, place: said.place, zones: { ...zones, venue: said.venue ?? zones.venue } }
  }
}
