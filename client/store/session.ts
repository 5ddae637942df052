import { createStore, type StoreApi } from 'zustand/vanilla'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import { deviceCopies } from '../sync/device/copylist.ts'
import type { Answer, Api, Membership } from './api.ts'
import { openLeaving } from './leaving.ts'
import type { KeyValueStore } from './preferences.ts'

/** The meetings that this device may open. The last known list holds until the server says otherwise. */
export interface Session {
  /** `left`: somebody has signed out in another tab. */
  readonly status: 'remembered' | 'known' | 'unreachable' | 'left'
  readonly memberships: readonly Membership[]
  /** Meetings that this person was in until the invitation was withdrawn. */
  readonly withdrawn: readonly MeetingId[]
  /** Whether this browser may make a new meeting, as the server last said. */
  readonly mayCreate: boolean
  /** The meeting that was just joined and has not shown its welcome yet. */
  readonly welcome: MeetingId | null
}

export interface SessionKeeper {
  readonly store: StoreApi<Session>
  /** Storage beside the documents. Nothing more is written for whoever has been signed out. */
  readonly storage: KeyValueStore | null
  refresh(): Promise<void>
  join(token: string, name: string, affiliation?: string): Promise<Answer<Membership>>
  /** As who somebody is on another device. */
  joinByCode(code: string): Promise<Answer<Membership>>
  /** The welcome has been shown. */
  welcomed(): void
  /** Ends the session on the server and in the other tabs. This tab does not show it before `forget`. */
  leave(): Promise<Answer<null>>
  /** Ends the session in all tabs, and on the server as soon as it can be reached, before any other request. */
  leaveLater(): void
  /** Returns whether somebody has since signed out of this device. */
  watch(): () => boolean
  /** Forgets the list of meetings, but not what the device holds of them. */
  forget(): void
}

const nobody = { memberships: [], withdrawn: [], mayCreate: false, welcome: null }
const key = 'parley.memberships'
/** Milliseconds between two tries to reach the server, while something waits for it. */
const pause = 10_000

export function openSession(api: Api, storage: KeyValueStore | null, page: Window): SessionKeeper {
  const store = createStore<Session>(() => ({
    ...nobody,
    status: 'remembered',
    memberships: stored(storage),
  }))
  const leaving = openLeaving(storage)
  /** This tab is signing out. */
  let going = false
  let over = leaving.watch()
  /** How many meetings were joined here: an answer requested before a join does not include it. */
  let joined = 0
  let telling: Promise<boolean> | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  store.subscribe(({ status, memberships }, before) => {
    if (memberships === before.memberships || status === 'left') return
    try {
      storage?.setItem(key, JSON.stringify(memberships))
    } catch {
      // Without it, a meeting cannot be opened offline after a reload; everything else works.
    }
  })

  /** True when this tab has just found that another has signed out. */
  function look(): boolean {
    if (going || !over()) return false
    over = leaving.watch()
    store.setState({ ...nobody, status: 'left' })
    return true
  }

  /** Ends an earlier session that waits to be ended. True if none is left. */
  async function settled(): Promise<boolean> {
    if (!leaving.due()) return true
    telling ??= api
      .call('leave', {})
      .then(({ status }) => {
        if (status === 'ok') leaving.told()
        else later()
        return status === 'ok'
      })
      .finally(() => {
        telling = null
      })
    return telling
  }

  function later() {
    timer ??= setTimeout(again, pause)
  }
  function again() {
    clearTimeout(timer)
    timer = undefined
    look()
    if (going) return
    if (store.getState().status === 'unreachable') void refresh()
    else void settled()
  }

  async function refresh(): Promise<void> {
    if (going || look()) return
    const late = leaving.watch()
    const before = joined
    const answer = (await settled()) ? await api.call('memberships', {}) : null
    look()
    if (going || late() || before !== joined) return
    if (answer?.status === 'ok') store.setState({ status: 'known', ...answer.value })
    else if (answer?.status === 'refused' && answer.http === 401) {
      store.setState({ status: 'known', memberships: [], withdrawn: [], mayCreate: false })
    } else {
      store.setState({ status: 'unreachable' })
      // With a meeting stored here, work goes on without the server, which is asked again when the network is back.
      if (store.getState().memberships.length === 0) later()
    }
  }

  async function join(ask: () => Promise<Answer<Membership>>): Promise<Answer<Membership>> {
    look()
    if (!(await settled())) return { status: 'unreachable' }
    const answer = await ask()
    if (answer.status === 'ok') {
      joined++
      const membership = answer.value
      const { meeting } = membership
      const others = store.getState().memberships.filter((one) => one.meeting !== meeting)
      const withdrawn = store.getState().withdrawn.filter((one) => one !== meeting)
      store.setState({ status: 'known', memberships: [membership, ...others], withdrawn, welcome: meeting })
    }
    return answer
  }

  page.addEventListener('storage', (event) => {
    if (look() || event.key !== key || event.newValue === null || store.getState().status === 'left') return
    // An invitation was opened in another tab. For the server, this tab now belongs to that person, too.
    void refresh()
  })
  page.addEventListener('online', again)
  page.document.addEventListener('visibilitychange', () => page.document.visibilityState === 'visible' && again())

  return {
    store,
    storage: storage && {
      getItem: (name) => storage.getItem(name),
      setItem(name, value) {
        if (!going && !over()) storage.setItem(name, value)
      },
    },
    refresh,
    join: (token, name, affiliation = '') => join(() => api.call('enter', {}, { token, name, affiliation })),
    joinByCode: (code) => join(() => api.call('enterByCode', {}, { code })),
    welcomed: () => store.setState({ welcome: null }),
    async leave() {
      going = true
      const answer = await api.call('leave', {})
      if (answer.status === 'ok') leaving.mark(false)
      else going = false
      return answer
    },
    leaveLater() {
      going = true
      leaving.mark(true)
    },
    watch: leaving.watch,
    forget() {
      going = false
      over = leaving.watch()
      store.setState({ ...nobody, status: 'known' })
      again()
    },
  }
}

export function membershipIn(session: Session, meeting: MeetingId): Membership | null {
  return session.memberships.find((one) => one.meeting === meeting) ?? null
}

/** Whether this device has data of a meeting that the server does not (or no longer) let this person open. */
export function leftHere({ status, memberships }: Session, only: MeetingId | null = null): boolean {
  if (status !== 'known') return false
  return deviceCopies().some(
    (copy) => (only ?? copy.meeting) === copy.meeting && !memberships.some((one) => one.person.id === copy.person),
  )
}

function stored(storage: KeyValueStore | null): Membership[] {
  try {
    const value: unknown = JSON.parse(storage?.getItem(key) ?? '[]')
    return Array.isArray(value) ? value.filter((one) => typeof one?.person?.id === 'string') : []
  } catch {
    return []
  }
}
