import type { InvitationId } from '../../shared/api/terms.ts'
import { after, type Report } from '../process/guard.ts'
import { type Storage, StorageUnavailable } from '../storage/storage.ts'

/** Between attempts to store a revocation, ms. */
const retryEvery = 500

/**
 * A storage in which revoking an invitation takes effect at once, also while the disk refuses: `revokeInvitation` then
 * rejects, but nobody acts by the invitation in this process from then on, and it is stored as soon as the disk allows.
 */
export function withRevocations(storage: Storage, report: Report): Storage & { stopRevoking(): void } {
  const waiting = new Map<InvitationId, number>()
  /** So that connections are reviewed. */
  let changes = 0
  let timer: NodeJS.Timeout | null = null
  const store = async () => {
    timer = null
    for (const [id, at] of waiting) {
      try {
        await storage.revokeInvitation(id, at)
        waiting.delete(id)
      } catch (error) {
        if (!(error instanceof StorageUnavailable)) throw error
      }
    }
    if (waiting.size > 0) later()
  }
  const later = () => {
    timer ??= after(retryEvery, store, report).unref()
  }
  const overlay = <T extends { readonly id: InvitationId; readonly revokedAt: number | null }>(one: T): T => {
    const at = waiting.get(one.id)
    return at === undefined ? one : { ...one, revokedAt: one.revokedAt ?? at }
  }

  return {
    ...storage,
    async revokeInvitation(id, at) {
      if ((await storage.invitation(id)) === null) return false
      if (!waiting.has(id)) waiting.set(id, at)
      changes += 1
      try {
        const known = await storage.revokeInvitation(id, at)
        waiting.delete(id)
        return known
      } catch (error) {
        if (error instanceof StorageUnavailable) later()
        else waiting.delete(id)
        throw error
      }
    },
    async invitation(id) {
      const found = await storage.invitation(id)
      return found && overlay(found)
    },
    async invitationByToken(token) {
      const found = await storage.invitationByToken(token)
      return found && overlay(found)
    },
    invitations: async (meeting) => (await storage.invitations(meeting)).map(overlay),
    async memberships(session) {
      return (await storage.memberships(session)).filter(({ invitation }) => !waiting.has(invitation))
    },
    async withdrawn(session) {
      const stored = await storage.withdrawn(session)
      if (waiting.size === 0) return stored
      const members = await storage.memberships(session)
      return [...stored, ...members.flatMap((one) => (waiting.has(one.invitation) ? [one.meeting] : []))]
    },
    async lapsed(held) {
      const stored = await storage.lapsed(held)
      if (waiting.size === 0) return stored
      return [...stored, ...held.filter(({ invitation }) => invitation !== undefined && waiting.has(invitation))]
    },
    async calendarByToken(token) {
      const found = await storage.calendarByToken(token)
      if (found === null || waiting.size === 0) return found
      const [maker] = await storage.members(found.calendar.meeting, [found.calendar.person])
      return maker !== undefined && waiting.has(maker.invitation) ? { ...found, revoked: true } : found
    },
    stamp: () => `${storage.stamp()} ${changes}`,
    stopRevoking() {
      if (timer !== null) clearTimeout(timer)
    },
  }
}
