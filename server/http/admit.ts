import type { Kind, Owner, Quotas } from '../access/quota.ts'
import type { Invitation, Invitations } from '../storage/invitations.ts'
import type { Usage } from '../storage/usage.ts'
import { afford } from './afford.ts'

/** Refuses somebody for whom a link, its meeting or the server has no place. Who has been here before needs none. */
export async function admit(
  quotas: Quotas,
  storage: Invitations & Usage,
  invitation: Invitation,
  nameKey: string,
): Promise<void> {
  const of = { meeting: invitation.meeting, invitation: invitation.id }
  afford(quotas, 'joins', of)
  const attendance = await storage.attendance(invitation.id, invitation.meeting)
  for (const kind of ['people', 'sessions'] as const satisfies Kind[])
    for (const owner of ['link', 'meeting', 'server'] as const satisfies Owner[])
      quotas.learn(kind, owner, of, attendance[kind][owner])
  afford(quotas, 'sessions', of)
  const link = (await storage.invitations(invitation.meeting)).find(({ id }) => id === invitation.id)
  const isKnown = link?.people.some(({ name }) => name.normalize('NFKC').toLowerCase() === nameKey)
  if (!isKnown) afford(quotas, 'people', of)
}
