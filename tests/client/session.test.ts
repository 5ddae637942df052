import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Answer, Api, Membership } from '../../client/store/api.ts'
import { openSession } from '../../client/store/session.ts'
import type { MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import { apiOf } from '../support/api.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const membership: Membership = {
  meeting: 'm' as MeetingId,
  person: { id: 'p' as PersonId, side: 'us', role: 'delegate', name: 'Delegate A' },
  title: { en: 'Dialogue', zh: '' },
}

/** One browser, whose tabs share what it keeps and a server that may be out of reach. `deliver`: lists arrive after it. */
function browser() {
  const kept = new Map<string, string>()
  const server = { up: true, signedIn: true, asked: [] as string[], deliver: Promise.resolve() }
  function answer<T>(what: string, run: () => T): Promise<Answer<T>> {
    if (!server.up) return Promise.resolve({ status: 'unreachable' })
    server.asked.push(what)
    return Promise.resolve({ status: 'ok', value: run() })
  }
  const api = apiOf({
    async memberships() {
      const { deliver } = server
      const said = await answer('list', () => ({
        memberships: server.signedIn ? [membership] : [],
        withdrawn: [],
        mayCreate: false,
      }))
      await deliver
      return said
    },
    leave: () =>
      answer('leave', () => {
        server.signedIn = false
        return null
      }),
    enter: () =>
      answer('join', () => {
        server.signedIn = true
        return membership
      }),
  })
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, to: string) => kept.set(key, to),
  }
  return {
    kept,
    server,
    tab() {
      const page = Object.assign(new EventTarget(), {
        document: Object.assign(new EventTarget(), { visibilityState: 'visible' }),
      })
      return { session: openSession(api as Api, storage, page as never), page }
    },
  }
}

const happen = (on: EventTarget, name: string) => on.dispatchEvent(new Event(name))
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('who signs out ends every tab of this browser, and those write nothing more', async () => {
  const { tab, kept } = browser()
  const [one, two] = [tab(), tab()]
  await Promise.all([one.session.refresh(), two.session.refresh()])
  const over = two.session.watch()
  expect(over()).toBe(false)
  await one.session.leave()
  expect(over()).toBe(true)
  two.session.storage?.setItem('parley.away.m.p', 'an agenda')
  expect(kept.has('parley.away.m.p')).toBe(false)
  happen(two.page, 'storage')
  expect(two.session.store.getState()).toMatchObject({ status: 'left', memberships: [] })
})

test('a tab that hears of it while it is being told of its meetings believes the signing out', async () => {
  const { tab } = browser()
  const [one, two] = [tab(), tab()]
  await Promise.all([one.session.refresh(), two.session.refresh()])
  const asking = two.session.refresh()
  await one.session.leave()
  happen(two.page, 'storage')
  await asking
  expect(two.session.store.getState().status).toBe('left')
})

test('a tab that slept while another signed out and in again finds it out before it asks for anything', async () => {
  const { tab, kept } = browser()
  const [one, two] = [tab(), tab()]
  await Promise.all([one.session.refresh(), two.session.refresh()])
  const over = two.session.watch()
  await one.session.leave()
  one.session.forget()
  await one.session.join('token', 'Delegate B')
  const known = kept.get('parley.memberships')
  expect(over()).toBe(true)
  expect(one.session.watch()()).toBe(false)
  await two.session.refresh()
  expect(two.session.store.getState().status).toBe('left')
  expect(kept.get('parley.memberships')).toBe(known)
  // Whoever then looks at their meetings in that tab is told of those there are.
  await two.session.refresh()
  expect(two.session.store.getState()).toMatchObject({ status: 'known', memberships: [membership] })
})

test('signed out without a connection, the server is told by itself: at once when the network is back, or after a pause', async () => {
  for (const sign of ['online', 'nothing']) {
    const { tab, server } = browser()
    const { session, page } = tab()
    await session.refresh()
    server.up = false
    session.leaveLater()
    session.forget()
    await session.refresh()
    expect(session.store.getState().status).toBe('unreachable')
    server.up = true
    server.asked = []
    if (sign === 'online') happen(page, 'online')
    await pass(sign === 'online' ? 0 : 10_000)
    expect(server.asked).toEqual(['leave', 'list'])
    expect(session.store.getState()).toMatchObject({ status: 'known', memberships: [] })
    await pass(60_000)
    expect(server.asked).toEqual(['leave', 'list'])
  }
})

test('a list of meetings that is only remembered is asked for again when the page comes into sight, and not before', async () => {
  const { tab, server } = browser()
  await tab().session.refresh()
  const { session, page } = tab()
  server.up = false
  await session.refresh()
  expect(session.store.getState()).toMatchObject({ status: 'unreachable', memberships: [membership] })
  server.up = true
  server.asked = []
  await pass(60_000)
  expect(server.asked).toEqual([])
  happen(page.document, 'visibilitychange')
  await pass(0)
  expect(session.store.getState().status).toBe('known')
})

test('who joins while an older question for their meetings is on its way is not put out again by its answer', async () => {
  const { tab, server } = browser()
  const { session } = tab()
  server.signedIn = false
  let arrive = () => {}
  server.deliver = new Promise((resolve) => {
    arrive = resolve
  })
  const asking = session.refresh()
  await pass(0)
  await session.join('token', 'Delegate A')
  arrive()
  await asking
  expect(session.store.getState()).toMatchObject({ status: 'known', memberships: [membership], welcome: 'm' })
})
