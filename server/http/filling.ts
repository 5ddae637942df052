import type { FastifyInstance } from 'fastify'
import type { AnswerOf } from '../../shared/api/contract.ts'
import { mayKeep } from '../access/permission.ts'
import type { Kind, Owner, Quotas } from '../access/quota.ts'
import type { Members } from '../storage/members.ts'
import { requireMember } from './asker.ts'
import { serve } from './serve.ts'

/** Per cent from which those who could fill a budget are told. */
const near = 80

/** What no waiting brings back. */
const kinds = {
  people: ['people'],
  devices: ['sessions'],
  changes: ['log'],
  versions: ['versions', 'version-bytes'],
} as const satisfies Record<keyof AnswerOf<'filling'>['filling'], readonly Kind[]>

/** What a meeting, or the link of whoever asks, has nearly used up. */
export function serveFilling(
  app: FastifyInstance,
  { storage, quotas }: { readonly storage: Members; readonly quotas: Quotas },
): void {
  serve(app, 'filling', async (asked) => {
    const member = await requireMember(storage, asked)
    const used = (kind: Kind) =>
      Math.max(
        ...(['link', 'meeting'] as const satisfies Owner[]).map(
          (owner) => (quotas.used(kind, owner, member) / quotas.most(kind, owner)) * 100,
        ),
      )
    const percents = Object.entries(kinds).map(([what, of]) => [what, Math.floor(Math.max(...of.map(used)))] as const)
    return { filling: Object.fromEntries(mayKeep(member) ? percents.filter(([, percent]) => percent >= near) : []) }
  })
}
