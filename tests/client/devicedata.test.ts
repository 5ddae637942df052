import { afterEach, expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import type { Membership } from '../../client/store/api.ts'
import {
  clearDevice,
  clearStorage,
  importBackup,
  isKnown,
  proposed,
  type Remainder,
  remainders,
  takeForeign,
} from '../../client/store/devicedata.ts'
import { createMeeting } from '../../client/store/meeting.ts'
import { openWorkspace, type Workspace } from '../../client/store/workspace.ts'
import type { Connection } from '../../client/sync/connection.ts'
import { deviceCopies, register, unregister } from '../../client/sync/device/copylist.ts'
import type { Device } from '../../client/sync/device/status.ts'
import type { ConcurrentEdits } from '../../client/sync/mergebase.ts'
import { agendaOf } from '../../shared/document/merge.ts'
import { seed } from '../../shared/document/seed.ts'
import { writeAll } from '../../shared/document/write.ts'
import { allItems, type ItemId, type MeetingId, type PersonId } from '../../shared/domain/agenda.ts'
import type { Command } from '../../shared/domain/command.ts'
import { sample } from '../support/agenda.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const membership: Membership = {
  meeting: 'm' as MeetingId,
  person: { id: 'p' as PersonId, side: 'us', role: 'delegate', name: 'Delegate A' },
  title: { en: 'Dialogue', zh: '' },
}
const connected = (unsaved: number): Connection => ({ status: 'catching-up', unsaved })
const unread: Device = { status: 'failing', cause: 'slow', reason: '', unread: true }

/** A meeting on the table whose copy on the device is still being opened. */
function opening() {
  const store = createMeeting(membership, connected(0), { status: 'opening' })
  const link = {
    copy: { meeting: 'm', document: 'agenda', person: 'p', name: 'Delegate A' },
    doc: new Y.Doc(),
    connection: () => store.getState().connection,
    changes: () => store.getState().connection.unsaved,
    device: () => store.getState().device,
    subscribe: store.subscribe,
  }
  return { store, workspace: { store, link, beside: [] } as unknown as Workspace }
}

test('what waits in a copy that is still being opened is counted once it is open, and never taken for nothing', async () => {
  const { store, workspace } = opening()
  const attention = remainders([], workspace)
  store.setState({ connection: connected(3), device: { status: 'stored' } })
  const [one] = await attention
  expect(one?.edits).toBe(3)
})

test('of a copy that does not open in time nobody says how much waits in it', async () => {
  const { store, workspace } = opening()
  const attention = remainders([], workspace)
  store.setState({ device: unread })
  const [one] = await attention
  expect(one?.edits).toBe(null)
})

test('what is written after a copy was looked at is known before the copy is removed', async () => {
  const { store, workspace } = opening()
  store.setState({ device: { status: 'stored' } })
  const [one] = await remainders([], workspace)
  expect(one?.edits).toBe(0)
  store.setState({ connection: connected(1) })
  expect(await one?.count()).toBe(1)
})

/** What a browser keeps beside the copies. */
function storage(): Storage {
  const kept = new Map<string, string>()
  return {
    get length() {
      return kept.size
    },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  }
}

test('who signs out where one copy cannot be deleted leaves nothing but that, and finds it in the list of copies', async () => {
  const here = storage()
  vi.stubGlobal('localStorage', here)
  const copy = (name: string) => ({ meeting: 'm' as MeetingId, document: 'agenda', person: name as PersonId, name })
  const [stuck, free] = [copy('Delegate A'), copy('Delegate B')]
  register(stuck)
  register(free)
  here.setItem('parley.away.m.p', 'an agenda')
  const held = [
    { name: stuck.name, remove: () => Promise.reject(new Error('blocked')) },
    { name: free.name, remove: async () => unregister(free) },
  ] as unknown as Remainder[]
  expect(await clearDevice(held, here)).toEqual({ status: 'left', name: 'Delegate A' })
  expect(deviceCopies()).toEqual([stuck])
  expect(here.getItem('parley.away.m.p')).toBe(null)
})

test('a copy that the browser does not open keeps nobody from signing out: what it holds is said to be unknown', async () => {
  vi.useFakeTimers()
  vi.stubGlobal('localStorage', storage())
  vi.stubGlobal('IDBRequest', EventTarget)
  vi.stubGlobal('indexedDB', { open: () => new EventTarget() })
  register({ meeting: 'm' as MeetingId, document: 'agenda', person: 'p' as PersonId, name: 'Delegate A' })
  const attention = remainders([membership], null)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await attention).toMatchObject([{ name: 'Delegate A', edits: null }])
})

test('to say what an earlier invitation left in a meeting, no copy of another meeting is read', async () => {
  vi.stubGlobal('localStorage', storage())
  const opened: string[] = []
  const open = (name: string) => {
    opened.push(name)
    throw new Error('none')
  }
  vi.stubGlobal('indexedDB', { open })
  for (const meeting of ['m', 'n'] as MeetingId[]) {
    for (const person of ['p', 'q'] as PersonId[]) register({ meeting, document: 'agenda', person, name: person })
  }
  const found = await remainders([membership], null, (copy) => copy.meeting === 'm' && copy.person !== 'p')
  expect(found).toMatchObject([{ owner: 'q', edits: null }])
  expect(new Set(opened)).toEqual(new Set(['parley:m:agenda:q']))
})

const [lent, theirs, removed] = sample().days[0]!.items.map(({ id }) => id) as [ItemId, ItemId, ItemId]
const titlesIn = (state: Uint8Array) => allItems(agendaOf(state)).map(({ title }) => title.en)
const titled = (id: ItemId, en: string): Command => ({ type: 'set-title', id, title: { en } })

function replica(commands: readonly Command[], seeder = 1): Y.Doc {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, seed(sample(), seeder))
  writeAll(doc, commands)
  return doc
}

/** A meeting on the table, and the backup of somebody who had given an item another title; `former`: before it was rebuilt. */
function backup(former = false, base: Uint8Array | null = null) {
  const doc = replica([], former ? 2 : 1)
  const met: ConcurrentEdits[] = []
  const state = Y.encodeStateAsUpdate(replica([titled(lent, 'Lent')]))
  const link = {
    ...opening().workspace.link,
    doc,
    awareness: { on() {}, off() {}, getStates: () => new Map(), clientID: doc.clientID },
    connection: () => ({ status: 'live', unsaved: 0, committedAt: 1 }),
    changes: () => 0,
    importBackup: async () => ({
      status: 'foreign',
      name: 'Delegate B',
      former,
      state,
      base: base && { state: base, since: 5 },
    }),
    reportConcurrentEdits: (one: ConcurrentEdits) => met.push(one),
  }
  const workspace = openWorkspace(link as never, membership)
  const titles = () => allItems(workspace.store.getState().snapshot!.agenda).map(({ title }) => title.en)
  return {
    workspace,
    doc,
    titles,
    met,
    bring: (kept: Storage | null) => importBackup(workspace, new File([''], 'backup'), kept),
  }
}

test('what colleagues write while somebody is asked about another’s backup stands when it is brought in', async () => {
  const { workspace, doc, titles, bring } = backup()
  const imported = await bring(null)
  if (imported.status !== 'foreign') throw new Error(imported.status)
  const count = titles().length
  const before = Y.encodeStateVector(doc)
  const colleague = new Y.Doc()
  Y.applyUpdate(colleague, Y.encodeStateAsUpdate(doc))
  writeAll(colleague, [titled(theirs, 'Theirs'), { type: 'delete-items', ids: [removed] }])
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(colleague, before))
  expect(allItems(proposed(workspace, imported)).map(({ title }) => title.en)).toEqual(
    titles().map((title, index) => (index === 0 ? 'Lent' : title)),
  )
  expect(takeForeign(workspace, imported, null)).toBe(null)
  expect(titles()).toEqual(expect.arrayContaining(['Lent', 'Theirs']))
  expect(titles().length).toBe(count - 1)
})

test('who brings in another’s backup a second time is told that it was brought in before', async () => {
  const { workspace, bring } = backup()
  const kept = storage()
  const first = await bring(kept)
  if (first.status !== 'foreign') throw new Error(first.status)
  expect(first.again).toBe(false)
  expect(await bring(kept)).toMatchObject({ again: false })
  takeForeign(workspace, first, kept)
  expect(await bring(kept)).toMatchObject({ status: 'foreign', again: true })
  clearStorage(kept)
  expect(await bring(kept)).toMatchObject({ status: 'foreign', again: false })
})

test('what somebody had from before the agenda was rebuilt comes in field by field, doubles nothing, and is no second thing when it comes again', async () => {
  const { workspace, titles, met, bring } = backup(true, Y.encodeStateAsUpdate(replica([])))
  const before = titles()
  workspace.attempt(titled(theirs, 'Theirs'))
  const imported = await bring(null)
  if (imported.status !== 'foreign') throw new Error(imported.status)
  workspace.attempt({ type: 'delete-items', ids: [removed] })
  expect(takeForeign(workspace, imported, null)).toBe(null)
  const after = before.map((title, index) => ['Lent', 'Theirs'][index] ?? title).filter((_, index) => index !== 2)
  expect(titles()).toEqual(after)
  expect(met).toMatchObject([{ since: 5 }])
  expect(titlesIn(met[0]!.theirs)[0]).toBe(before[0])
  const again = await bring(null)
  expect(again).toMatchObject({ status: 'foreign', again: false })
  expect([isKnown(workspace, imported), isKnown(workspace, again as typeof imported)]).toEqual([true, true])
  expect(takeForeign(workspace, again as typeof imported, null)).toEqual({ code: 'nothing-to-do', field: '' })
  workspace.undo()
  expect(titles()[0]).toBe(before[0])
})

test('where nobody knows what it was made from, what stands in the rebuilt agenda is not replaced by it', async () => {
  const { workspace, titles, bring } = backup(true)
  const before = titles()
  const imported = await bring(null)
  if (imported.status !== 'foreign') throw new Error(imported.status)
  expect(allItems(proposed(workspace, imported)).map(({ title }) => title.en)).toEqual(before)
})
