import { expect, test, vi } from 'vitest'
import type { Answer, Api, Membership, Version, VersionId } from '../../client/store/api.ts'
import { createMeeting, isFinal, mayEdit, mayOpen, mayWrite } from '../../client/store/meeting.ts'
import { openVersions, versionsOf } from '../../client/store/versions.ts'
import type { Workspace } from '../../client/store/workspace.ts'
import type { Connection } from '../../client/sync/connection.ts'
import type { MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import type { Command } from '../../shared/domain/command.ts'
import { blank } from '../support/agenda.ts'
import { apiOf } from '../support/api.ts'

const membership = (role: Membership['person']['role']): Membership => ({
  meeting: 'm' as MeetingId,
  person: { id: 'p' as PersonId, side: 'us', role, name: 'Secretariat' },
  title: { en: 'Test', zh: '测试' },
})
const live: Connection = { status: 'live', unsaved: 0, committedAt: 1 }

/** A server that keeps versions in a list, until it is told to be away. */
function server() {
  const saved: Version[] = []
  const state = { away: false }
  async function answer<T>(value: () => T): Promise<Answer<T>> {
    return state.away ? { status: 'unreachable' } : { status: 'ok', value: value() }
  }
  const api = apiOf({
    versions: () => answer(() => ({ versions: [...saved] })),
    version: (_body, params) =>
      answer(() => ({ version: saved.find((one) => one.id === params.version)!, agenda: blank() })),
    saveVersion: ({ label, name }) =>
      answer(() => {
        const number = saved.length + 1
        const by = { name: 'Secretariat', side: 'us', role: 'organizer' } as const
        const version: Version = { id: `v${number}` as VersionId, number, label, name, at: number, hash: '', by }
        saved.unshift(version)
        return version
      }),
  }) as Api
  return { api, saved, state }
}

function storage() {
  const held = new Map<string, string>()
  return {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => held.set(key, value),
  }
}

function workspace(connection: Connection, role: Membership['person']['role'] = 'organizer') {
  const ran: Command[] = []
  const store = createMeeting(membership(role), connection, { status: 'stored' } as never)
  const run = (command: Command) => {
    ran.push(command)
    return null
  }
  return { store, ran, run }
}

test('a version waits until everything that was written here is committed', async () => {
  const { api, saved } = server()
  const at = workspace({ ...live, unsaved: 2 })
  const outcome = openVersions(at, api, null).save('draft', 'One')
  await Promise.resolve()
  expect(saved).toEqual([])
  at.store.setState({ connection: { ...live, unsaved: 1 } })
  await Promise.resolve()
  expect(saved).toEqual([])
  at.store.setState({ connection: live })
  expect(await outcome).toMatchObject({ status: 'ok', value: { version: { number: 1, name: 'One' }, frozen: false } })
  expect(saved.length).toBe(1)
})

test('offline, nothing is asked of the server, and one is told why', async () => {
  const { api, saved } = server()
  const keeper = openVersions(workspace({ status: 'offline', since: 0, unsaved: 3 }), api, null)
  expect(await keeper.save('draft', '')).toEqual({ status: 'offline' })
  const refused = openVersions(workspace({ status: 'refused', code: 4403, unsaved: 0 }), api, null)
  expect(await refused.save('draft', '')).toEqual({ status: 'cut-off' })
  expect(saved).toEqual([])
})

test('a final version freezes the agenda once the server has it, no other does, and a refused one does not', async () => {
  const { api, state } = server()
  const at = workspace(live)
  const keeper = openVersions(at, api, null)
  await keeper.save('rolling-text', '')
  expect(at.ran).toEqual([])
  state.away = true
  expect(await keeper.save('final', '')).toEqual({ status: 'unreachable' })
  expect(at.ran).toEqual([])
  state.away = false
  await keeper.save('final', '')
  expect(at.ran).toEqual([{ type: 'set-final', version: 'v2' }])
})

test('what this device remembers of the versions stands while the server is away', async () => {
  const { api, state } = server()
  const kept = storage()
  const first = openVersions(workspace(live), api, kept)
  await first.save('draft', 'One')
  await first.save('draft', 'Two')
  state.away = true
  const later = openVersions(workspace({ status: 'offline', since: 0, unsaved: 0 }), api, kept)
  expect(later.store.getState().list.map((one) => one.name)).toEqual(['Two', 'One'])
  await later.refresh()
  expect(later.store.getState()).toMatchObject({ status: 'unreachable', list: [{ number: 2 }, { number: 1 }] })
})

test('versions that are told of after somebody has signed out of the device are not kept on it', async () => {
  const { api, saved } = server()
  await openVersions(workspace(live), api, null).save('draft', 'One')
  const device = storage()
  vi.stubGlobal('localStorage', device)
  const signedOut = { getItem: device.getItem, setItem: () => {} }
  const keeper = versionsOf(workspace(live) as unknown as Workspace, api, signedOut)
  await keeper.refresh()
  vi.unstubAllGlobals()
  expect(keeper.store.getState()).toMatchObject({ status: 'known', list: saved })
  expect(device.getItem('parley.versions.m')).toBe(null)
})

test('a final agenda is edited by nobody, and opened by organizers alone', () => {
  const snapshot = { agenda: blank(), removed: { items: [], days: [], people: [], terms: [] }, final: 'v1' }
  const rights = (role: Membership['person']['role'], final: string | null) => {
    const { store } = workspace(live, role)
    store.setState({ snapshot: { ...snapshot, final } })
    const state = store.getState()
    return { final: isFinal(state), edits: mayEdit(state), writes: mayWrite(state), opens: mayOpen(state) }
  }
  for (const role of ['organizer', 'delegate'] as const) {
    expect(rights(role, null)).toEqual({ final: false, edits: true, writes: true, opens: false })
    const opens = role === 'organizer'
    expect(rights(role, 'v1')).toEqual({ final: true, edits: false, writes: true, opens })
  }
  expect(rights('observer', 'v1')).toEqual({ final: true, edits: false, writes: false, opens: false })
})
