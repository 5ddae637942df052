import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import type { FreshInvitation } from '../../server/meeting/meetings.ts'
import type { Role } from '../../shared/api/terms.ts'
import type { Agenda, MeetingId, Side } from '../../shared/domain/agenda.ts'
import { sample } from './agenda.ts'
import { type Arrival, openPeople, type People, type Visitor } from './people.ts'
import { root, startServer, type TestServer } from './server.ts'

/** A browser, and a server with the built pages and one meeting, until the tests of the file have ended. */
export async function openBrowser({
  workers = false,
  agenda = sample(),
}: {
  workers?: boolean
  agenda?: Agenda
} = {}): Promise<{ people: People; server: TestServer }> {
  const server = await startServer({ pages: join(root, 'dist'), agenda })
  const people = await openPeople({ workers })
  afterAll(async () => {
    await people.close()
    await server.stop()
  })
  return { people, server }
}

/** A meeting that nobody else has, and whoever comes to it at a browser. */
export interface Gathering {
  readonly meeting: MeetingId
  readonly address: string
  invitation(role: Role, side: Side): FreshInvitation & { readonly link: string }
  /** Somebody of that side, at a browser in its language if nothing else is said, with the agenda open. */
  enter(role: Role, side: Side, arrival?: Arrival, name?: string): Promise<Visitor>
}

const names = {
  delegate: { en: 'Ann Lee', zh: '李雪' },
  organizer: { en: 'Olga Lee', zh: '欧阳雪' },
  observer: { en: 'Oscar Lee', zh: '顾雪' },
}

/** `origin`: of what stands before the server. */
export async function gather(
  people: People,
  server: TestServer,
  { agenda = sample(), origin = server.origin }: { agenda?: Agenda; origin?: string } = {},
): Promise<Gathering> {
  const { meeting, invitations } = await server.meet(agenda)
  function invitation(role: Role, side: Side) {
    const one =
      invitations.find((other) => other.role === role && other.side === side) ??
      invitations.find((other) => other.role === role)
    if (one === undefined) throw new Error(`Nobody is invited as ${role}`)
    return { ...one, link: `${origin}/join#${one.token}` }
  }
  return {
    meeting,
    address: `${origin}/m/${meeting}`,
    invitation,
    async enter(role, side, arrival = { language: side === 'us' ? 'en' : 'zh' }, name) {
      const visitor = await people.arrive(arrival)
      await visitor.join(invitation(role, side).link, name ?? names[role][arrival.language ?? 'en'])
      return visitor
    },
  }
}

/** They leave. Nothing was asked of anybody else meanwhile, and nothing went wrong in their pages. */
export async function part(...visitors: readonly Visitor[]): Promise<void> {
  for (const one of visitors) {
    expect(one.foreign).toEqual([])
    expect(one.errors).toEqual([])
    await one.context.close()
  }
}
