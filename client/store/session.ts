import { createStore, type StoreApi } from 'zustand/vanilla'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import { type Api, type Membership, membershipOf } from './api.ts'
import type { Shelf } from './preferences.ts'

/** The meetings that this device may open. What was known last time stands until the server says otherwise. */
export interface Session {
  readonly status: 'remembered' | 'known' | 'unreachable'
  readonly memberships: readonly Membership[]
  /** The meeting that was joined a moment ago and has not said so yet. */
  readonly welcome: MeetingId | null
}

export interface SessionKeeper {
  readonly store: StoreApi<Session>
  refresh(): Promise<void>
  add(membership: Membership): void
  /** The welcome has been said. */
  welcomed(): void
  forget(): void
}

const key = 'parley.memberships'

export function openSession(api: Api, shelf: Shelf | null): SessionKeeper {
  const store = createStore<Session>(() => ({ status: 'remembered', memberships: kept(shelf), welcome: null }))
  store.subscribe(({ memberships }) => {
    try {
      shelf?.setItem(key, JSON.stringify(memberships))
    } catch {
      // Without it, a meeting cannot be opened offline after a reload; everything else works.
    }
  })
  return {
    store,
    async refresh() {
      const answer = await api.memberships()
      if (answer.status === 'ok') store.setState({ status: 'known', memberships: answer.value })
      else if (answer.status === 'refused' && answer.http === 401) {
        store.setState({ status: 'known', memberships: [] })
      } else store.setState({ status: 'unreachable' })
    },
    add(membership) {
      const others = store.getState().memberships.filter((one) => one.meeting !== membership.meeting)
      store.setState({ status: 'known', memberships: [membership, ...others], welcome: membership.meeting })
    },
    welcomed: () => store.setState({ welcome: null }),
    forget: () => store.setState({ status: 'known', memberships: [] }),
  }
}

export function membershipIn(session: Session, meeting: MeetingId): Membership | null {
  return session.memberships.find((one) => one.meeting === meeting) ?? null
}

function kept(shelf: Shelf | null): Membership[] {
  try {
    const value: unknown = JSON.parse(shelf?.getItem(key) ?? '[]')
    return Array.isArray(value) ? value.map(membershipOf).filter((one) => one.meeting !== '') : []
  } catch {
    return []
  }
}
