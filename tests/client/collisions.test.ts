import { expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Membership } from '../../client/store/api.ts'
import { openCollisionList } from '../../client/store/collisions.ts'
import { openWorkspace } from '../../client/store/workspace.ts'
import type { ConcurrentEdits } from '../../client/sync/mergebase.ts'
import { seed } from '../../shared/document/seed.ts'
import { write } from '../../shared/document/write.ts'
import { allItems } from '../../shared/domain/agenda.ts'
import type { Command } from '../../shared/domain/command.ts'
import { sample } from '../support/agenda.ts'

/** A device on which `mine` was done while others did `theirs`. */
function meet(mine: Command[], theirs: Command[], kept = new Map<string, string>()) {
  const base = seed(sample())
  const part = (clientID: number, commands: Command[]) => {
    const doc = new Y.Doc()
    doc.clientID = clientID
    Y.applyUpdate(doc, base)
    for (const command of commands) write(doc, command, () => 0.5)
    return doc
  }
  const doc = part(10, mine)
  const met: ConcurrentEdits = {
    at: 2,
    since: 1,
    base,
    mine: Y.encodeStateAsUpdate(doc),
    theirs: Y.encodeStateAsUpdate(part(20, theirs)),
  }
  Y.applyUpdate(doc, met.theirs)
  const listeners = new Set<(met: ConcurrentEdits) => void>()
  const link = {
    doc,
    awareness: { on() {}, off() {}, getStates: () => new Map(), clientID: 10 },
    connection: () => ({ status: 'live', unsaved: 0, committedAt: 1 }),
    changes: () => 0,
    device: () => ({ status: 'stored' }),
    log: () => [],
    subscribe: () => () => {},
    onConcurrentEdits: (listener: (met: ConcurrentEdits) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const membership = {
    meeting: 'm',
    person: { id: 'p', side: 'us', role: 'delegate', name: 'A' },
    title: sample().title,
  }
  const workspace = openWorkspace(link as never, membership as unknown as Membership)
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  }
  const keeper = openCollisionList({ workspace, storage })
  keeper.follow()
  return {
    workspace,
    keeper,
    kept,
    again: () => openCollisionList({ workspace, storage }),
    tell: () => listeners.forEach((one) => one(met)),
  }
}

const { id } = sample().days[0]!.items[1]!
const titled = (en: string): Command => ({ type: 'set-title', id, title: { en } })
const title = (workspace: ReturnType<typeof meet>['workspace']) =>
  allItems(workspace.store.getState().snapshot!.agenda).find((one) => one.id === id)!.title.en

test('what met stands until it is settled, across visits, and one click and one Undo go both ways', () => {
  const { workspace, keeper, again, tell } = meet([titled('Mine')], [titled('Theirs')])
  expect(keeper.store.getState()).toEqual([])
  tell()
  tell()
  const [matter, ...others] = keeper.store.getState()
  expect(others).toEqual([])
  expect(matter).toMatchObject({ since: 1, at: 2, collision: { about: { mine: 'Mine', theirs: 'Theirs' } } })
  expect(again().store.getState()).toEqual([matter])
  const merged = title(workspace)
  keeper.choose(matter!, 'mine', { type: 'restored', ids: [], title: { en: '', zh: '' } })
  expect(title(workspace)).toBe('Mine')
  expect(again().store.getState()).toEqual([])
  workspace.undo()
  expect(title(workspace)).toBe(merged)
  expect(keeper.store.getState()).toEqual([matter])
  keeper.dismiss(matter!)
  expect(title(workspace)).toBe(merged)
  expect(again().store.getState()).toEqual([])
})

test('what is settled in one tab does not come back by what is settled in another', () => {
  const there = (en: string): Command => ({ type: 'set-title', id: sample().days[0]!.items[2]!.id, title: { en } })
  const { keeper, again, tell } = meet([titled('Mine'), there('Mine')], [titled('Theirs'), there('Theirs')])
  tell()
  const other = again()
  const [one, two] = keeper.store.getState()
  keeper.dismiss(one!)
  other.dismiss(two!)
  expect(other.store.getState()).toEqual([])
  expect(again().store.getState()).toEqual([])
})

test('what meets is kept to the end of the visit where the device keeps nothing', () => {
  const full = new Map<string, string>()
  full.set = () => {
    throw new DOMException('full', 'QuotaExceededError')
  }
  const { keeper, tell } = meet([titled('Mine')], [titled('Theirs')], full)
  tell()
  expect(keeper.store.getState().length).toBe(1)
  tell()
  expect(keeper.store.getState().length).toBe(1)
  keeper.dismiss(keeper.store.getState()[0]!)
  expect(keeper.store.getState()).toEqual([])
})

test('what a broken store holds is nothing to settle', () => {
  for (const text of ['', 'null', '{}', '[{}]', '[null]', '[{"collision":{}}]', 'not json']) {
    const { keeper } = meet([], [], new Map([['parley.met.m.p', text]]))
    expect(keeper.store.getState()).toEqual([])
  }
})
