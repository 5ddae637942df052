import { after, type Report } from '../process/guard.ts'
import type { Held, MeetingPerson, Member } from '../storage/members.ts'
import { type Storage, StorageUnavailable } from '../storage/storage.ts'

/** Between attempts to store what has ended, ms. */
const retryEvery = 500

/** What has ended and is not stored: since when, and how to store it. */
interface Ending {
  readonly at: number
  readonly store: () => Promise<unknown>
}

/**
 * A storage in which rights end at once, also while the disk refuses: revoking an invitation, removing a person or ending
 * a session then rejects, but nobody acts by it in this process from then on, and it is stored as soon as the disk allows.
 */
export function withRevocations(
  storage: Storage,
  report: Report,
  now: () => number,
): Storage & { stopRevoking(): void } {
  /** By the id of an invitation, person or session, or by the hash of a session's secret: no two are the same. */
  const waiting = new Map<string, Ending>()
  /** So that connections are reviewed. */
  let changes = 0
  let timer: NodeJS.Timeout | null = null
  const storeAll = async () => {
    timer = null
    for (const [id, { store }] of waiting) {
      try {
        await store()
        waiting.delete(id)
      } catch (error) {
        if (!(error instanceof StorageUnavailable)) throw error
      }
    }
    if (waiting.size > 0) later()
  }
  const later = () => {
    timer ??= after(retryEvery, storeAll, report).unref()
  }
  const end = async <T>(id: string, at: number, store: () => Promise<T>): Promise<T> => {
    if (!waiting.has(id)) waiting.set(id, { at, store })
    changes += 1
    try {
      const outcome = await store()
      waiting.delete(id)
      return outcome
    } catch (error) {
      if (error instanceof StorageUnavailable) later()
      else waiting.delete(id)
      throw error
    }
  }
  const since = (id: string, stored: number | null) => stored ?? waiting.get(id)?.at ?? null
  const revoked = <T extends { readonly id: string; readonly revokedAt: number | null }>(one: T): T => ({
    ...one,
    revokedAt: since(one.id, one.revokedAt),
  })
  const isOut = ({ person, invitation }: Pick<Member, 'person' | 'invitation'>) =>
    waiting.has(person) || waiting.has(invitation)
  /** Of the memberships of a session, those that have ended here alone. */
  const ended = async (session: Held['session'], members: readonly Member[]): Promise<ReadonlySet<Member>> => {
    if (waiting.size === 0) return new Set()
    if (waiting.has(session)) return new Set(members)
    const ids = await Promise.all(members.map(({ meeting }) => storage.sessionId(session, meeting)))
    return new Set(members.filter((one, index) => isOut(one) || waiting.has(ids[index] ?? '')))
  }

  return {
    ...storage,
    async revokeInvitation(id, at) {
      if ((await storage.invitation(id)) === null) return false
      return end(id, at, () => storage.revokeInvitation(id, at))
    },
    removePerson: (meeting, person, at) => end(person, at, () => storage.removePerson(meeting, person, at)),
    endSession: (session) => end(session, now(), () => storage.endSession(session)),
    endMembership: (meeting, id) => end(id, now(), () => storage.endMembership(meeting, id)),
    async invitation(id) {
      const found = await storage.invitation(id)
      return found && revoked(found)
    },
    async invitationByToken(token) {
      const found = await storage.invitationByToken(token)
      return found && revoked(found)
    },
    invitations: async (meeting) => (await storage.invitations(meeting)).map(revoked),
    people: async (meeting) =>
      (await storage.people(meeting)).map(
        (one): MeetingPerson => ({
          ...one,
          removedAt: since(one.person, one.removedAt),
          sessions: one.sessions.filter(({ id }) => !waiting.has(id)),
        }),
      ),
    async memberships(session) {
      const members = await storage.memberships(session)
      const out = await ended(session, members)
      return members.filter((one) => !out.has(one))
    },
    async withdrawn(session) {
      const stored = await storage.withdrawn(session)
      const members = await storage.memberships(session)
      const out = await ended(session, members)
      return [...stored, ...members.flatMap((one) => (out.has(one) && isOut(one) ? [one.meeting] : []))]
    },
    async lapsed(held) {
      const stored = await storage.lapsed(held)
      if (waiting.size === 0) return stored
      const here = await Promise.all(
        held.map(async (one) => {
          const out = await ended(one.session, await storage.memberships(one.session))
          return [...out].some(({ person }) => person === one.person)
        }),
      )
      return [...stored, ...held.filter((_, index) => here[index])]
    },
    async calendarByToken(token) {
      const found = await storage.calendarByToken(token)
      if (found === null || waiting.size === 0) return found
      const [maker] = await storage.members(found.calendar.meeting, [found.calendar.person])
      return maker !== undefined && isOut(maker) ? { ...found, revoked: true } : found
    },
    stamp: () => `${storage.stamp()} ${changes}`,
    stopRevoking() {
      if (timer !== null) clearTimeout(timer)
    },
  }
}
