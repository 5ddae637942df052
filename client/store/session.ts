import { createStore, type StoreApi } from 'zustand/vanilla'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import { deviceCopies } from '../sync/register.ts'
import { type Answer, type Api, type Membership, membershipOf } from './api.ts'
import type { Shelf } from './preferences.ts'

/** The meetings that this device may open. What was known last time stands until the server says otherwise. */
export interface Session {
  readonly status: 'remembered' | 'known' | 'unreachable'
  readonly memberships: readonly Membership[]
  /** Meetings that this person was in until the invitation was withdrawn. */
  readonly withdrawn: readonly MeetingId[]
  /** The meeting that was joined a moment ago and has not said so yet. */
  readonly welcome: MeetingId | null
}

export interface SessionKeeper {
  readonly store: StoreApi<Session>
  refresh(): Promise<void>
  join(token: string, name: string): Promise<Answer<Membership>>
  /** The welcome has been said. */
  welcomed(): void
  /** Ends the session on the server. Until `forget`, nobody is told that it has ended. */
  leave(): Promise<Answer<null>>
  /** The session is to end as soon as the server can be reached, before anything else is asked of it. */
  leaveLater(): void
  /** What this device knows of meetings. What it holds of them is another matter. */
  forget(): void
}

const key = 'parley.memberships'
/** Beside the preferences, all that a device that was signed out without a connection keeps. */
export const leavingKey = 'parley.leaving'

export function openSession(api: Api, shelf: Shelf | null): SessionKeeper {
  const store = createStore<Session>(() => ({
    status: 'remembered',
    memberships: kept(shelf),
    withdrawn: [],
    welcome: null,
  }))
  store.subscribe(({ memberships }) => {
    try {
      shelf?.setItem(key, JSON.stringify(memberships))
    } catch {
      // Without it, a meeting cannot be opened offline after a reload; everything else works.
    }
  })
  let leaving = false

  /** True when no earlier session waits to be ended. */
  async function settled(): Promise<boolean> {
    if (!shelf?.getItem(leavingKey)) return true
    const answer = await api.leave()
    if (answer.status !== 'ok') return false
    shelf.setItem(leavingKey, '')
    return true
  }

  return {
    store,
    async refresh() {
      if (leaving) return
      const answer = (await settled()) ? await api.memberships() : null
      if (leaving) return
      if (answer?.status === 'ok') store.setState({ status: 'known', ...answer.value })
      else if (answer?.status === 'refused' && answer.http === 401) {
        store.setState({ status: 'known', memberships: [], withdrawn: [] })
      } else store.setState({ status: 'unreachable' })
    },
    async join(token, name) {
      if (!(await settled())) return { status: 'unreachable' }
      const answer = await api.join(token, name)
      if (answer.status === 'ok') {
        const membership = answer.value
        const { meeting } = membership
        const others = store.getState().memberships.filter((one) => one.meeting !== meeting)
        const withdrawn = store.getState().withdrawn.filter((one) => one !== meeting)
        store.setState({ status: 'known', memberships: [membership, ...others], withdrawn, welcome: meeting })
      }
      return answer
    },
    welcomed: () => store.setState({ welcome: null }),
    async leave() {
      leaving = true
      const answer = await api.leave()
      if (answer.status !== 'ok') leaving = false
      return answer
    },
    leaveLater() {
      leaving = true
      shelf?.setItem(leavingKey, 'yes')
    },
    forget() {
      leaving = false
      store.setState({ status: 'known', memberships: [], withdrawn: [], welcome: null })
    },
  }
}

export function membershipIn(session: Session, meeting: MeetingId): Membership | null {
  return session.memberships.find((one) => one.meeting === meeting) ?? null
}

/** Whether this device holds something of a meeting that the server does not let this person open (any more). */
export function leftHere({ status, memberships }: Session, only: MeetingId | null = null): boolean {
  if (status !== 'known') return false
  return deviceCopies().some(
    (copy) => (only ?? copy.meeting) === copy.meeting && !memberships.some((one) => one.person.id === copy.person),
  )
}

function kept(shelf: Shelf | null): Membership[] {
  try {
    const value: unknown = JSON.parse(shelf?.getItem(key) ?? '[]')
    return Array.isArray(value) ? value.map(membershipOf).filter((one) => one.meeting !== '') : []
  } catch {
    return []
  }
}
