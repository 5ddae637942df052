import type { Kind, Owner, Quotas } from '../access/quota.ts'
import type { Member } from '../storage/members.ts'
import type { Usage } from '../storage/usage.ts'
import { afford } from './afford.ts'

/** Refuses somebody for whom a link, its meeting or the server has no place. `isKnown`: no new person comes of it. */
export async function admit(
  quotas: Quotas,
  storage: Usage,
  of: Pick<Member, 'meeting' | 'invitation'>,
  isKnown: boolean,
): Promise<void> {
  afford(quotas, 'joins', of)
  const attendance = await storage.attendance(of.invitation, of.meeting)
  for (const kind of ['people', 'sessions'] as const satisfies Kind[])
    for (const owner of ['link', 'meeting', 'server'] as const satisfies Owner[])
      quotas.learn(kind, owner, of, attendance[kind][owner])
  afford(quotas, 'sessions', of)
  if (!isKnown) afford(quotas, 'people', of)
}
