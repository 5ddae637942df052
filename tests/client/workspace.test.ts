import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { addItemAfter, deleteDay, deleteItems, dropEmpty, restoreItem, stepDown } from '../../client/store/actions.ts'
import type { Membership, Role } from '../../client/store/api.ts'
import { reasonOf } from '../../client/store/saving.ts'
import { openWorkspace } from '../../client/store/workspace.ts'
import type { Connection } from '../../client/sync/connection.ts'
import { seed } from '../../shared/document/seed.ts'
import { write } from '../../shared/document/write.ts'
import { allItems } from '../../shared/domain/agenda.ts'
import { sample } from '../support/agenda.ts'

const { id } = sample().days[0]!.items[1]!
const titled = (en: string) => ({ type: 'set-title', id, title: { en } }) as const

/** Somebody who has changed a title, on an agenda that is final or not, and then the connection becomes another. */
function sit(role: Role, connection: Connection, final: string | null = null) {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, seed(sample()))
  if (final !== null) write(doc, { type: 'set-final', version: final })
  let listener = () => {}
  let now: Connection = { status: 'live', unsaved: 0, committedAt: 1 }
  const link = {
    doc,
    awareness: { on() {}, off() {}, getStates: () => new Map(), clientID: 10 },
    connection: () => now,
    device: () => ({ status: 'stored' }),
    changes: () => now.unsaved,
    subscribe: (heard: () => void) => {
      listener = heard
      return () => {}
    },
  }
  const membership = { meeting: 'm', person: { id: 'p', side: 'us', role, name: 'A' }, title: sample().title }
  const workspace = openWorkspace(link as never, membership as unknown as Membership)
  workspace.run(titled('Changed'))
  const connect = (next: Connection) => {
    now = next
    listener()
  }
  connect(connection)
  const told = () => workspace.store.getState().notice?.happening
  const title = () => allItems(workspace.store.getState().snapshot!.agenda).find((one) => one.id === id)!.title.en
  return { workspace, told, title, doc, connect }
}

const live: Connection = { status: 'live', unsaved: 0, committedAt: 1 }
const refused = (code: number): Connection => ({ status: 'refused', code, unsaved: 1 })

test('whoever tries to edit what is read is told the reason that is true of them', () => {
  const cases: [Role, Connection, string | null, object][] = [
    ['observer', live, null, { type: 'read-only' }],
    ['observer', live, 'v1', { type: 'read-only' }],
    ['observer', { status: 'older', unsaved: 0 }, null, { type: 'read-only' }],
    ['delegate', live, 'v1', { type: 'final' }],
    ['delegate', { status: 'older', unsaved: 0 }, null, { type: 'older' }],
    ['delegate', { status: 'older', unsaved: 0 }, 'v1', { type: 'older' }],
    ...[4400, 4401, 4403, 4404, 4410, 4429].map((code): [Role, Connection, null, object] => [
      'organizer',
      refused(code),
      null,
      { type: 'cut-off', reason: reasonOf(code) },
    ]),
  ]
  for (const [role, connection, final, reason] of cases) {
    for (const attempt of ['undo', 'redo', 'run'] as const) {
      const { workspace, told, title } = sit(role, connection, final)
      const before = title()
      if (attempt === 'run') workspace.run(titled('Again'))
      else workspace[attempt]()
      expect(told()).toEqual(reason)
      expect(title()).toBe(before)
    }
  }
})

test('only an organizer makes an agenda final or opens it again', () => {
  for (const role of ['observer', 'delegate', 'organizer'] as const) {
    for (const [before, after] of [
      ['v1', null],
      [null, 'v1'],
    ] as const) {
      const { workspace } = sit(role, live, before)
      workspace.run({ type: 'set-final', version: after })
      expect(workspace.store.getState().snapshot?.final).toBe(role === 'organizer' ? after : before)
    }
  }
})

test('a change that was too large to send is taken back where it was written, and nothing else is edited there', () => {
  const { workspace, told, title } = sit('delegate', refused(4413))
  workspace.run(titled('Again'))
  expect(told()).toEqual({ type: 'cut-off', reason: 'too-large' })
  expect(title()).toBe('Changed')
  workspace.undo()
  expect(told()).toMatchObject({ type: 'undone', where: { kind: 'item', id, field: 'title', language: 'en' } })
  expect(title()).toBe(allItems(sample()).find((one) => one.id === id)!.title.en)
})

test('a notice goes when what it tells of is no longer so, whoever has changed it', () => {
  const sitting = () => sit('delegate', live)
  const day = sample().days[0]!.id

  const deleted = sitting()
  deleteItems(deleted.workspace, [id])
  expect(deleted.told()).toMatchObject({ type: 'deleted' })
  write(deleted.doc, { type: 'set-title', id: sample().days[0]!.items[2]!.id, title: { en: 'Another' } })
  expect(deleted.told()).toMatchObject({ type: 'deleted' })
  write(deleted.doc, { type: 'restore-items', ids: [id] })
  expect(deleted.told()).toBe(undefined)

  const restored = sitting()
  const item = allItems(restored.workspace.store.getState().snapshot!.agenda).find((one) => one.id === id)!
  deleteItems(restored.workspace, [id])
  restoreItem(restored.workspace, item)
  expect(restored.told()).toMatchObject({ type: 'restored' })
  write(restored.doc, { type: 'delete-items', ids: [id] })
  expect(restored.told()).toBe(undefined)

  const moved = sitting()
  stepDown(moved.workspace, [id])
  expect(moved.told()).toMatchObject({ type: 'moved' })
  write(moved.doc, { type: 'delete-items', ids: [id] })
  expect(moved.told()).toBe(undefined)

  const emptied = sitting()
  deleteDay(emptied.workspace, day, 1)
  expect(emptied.told()).toMatchObject({ type: 'deleted-day' })
  write(emptied.doc, { type: 'restore-day', id: day })
  expect(emptied.told()).toBe(undefined)
})

test('a notice goes when what it tells of is undone with the keys of a text, and only loses its Undo when something else is done', () => {
  const undone = sit('delegate', live)
  undone.workspace.run(titled('Chosen'), { type: 'chosen', title: { en: 'Chosen', zh: '' } })
  expect(undone.told()).toMatchObject({ type: 'chosen' })
  undone.workspace.history.undo()
  expect(undone.told()).toBe(undefined)

  const followed = sit('delegate', live)
  deleteItems(followed.workspace, [sample().days[0]!.items[3]!.id])
  expect(followed.workspace.store.getState().notice?.undoable).toBe(true)
  followed.workspace.run(titled('Next'))
  expect(followed.workspace.store.getState().notice).toMatchObject({ happening: { type: 'deleted' }, undoable: false })
})

test('what a connection or an earlier copy stood in the way of is no longer told once it does not', () => {
  const cut = sit('delegate', refused(4429))
  cut.workspace.run(titled('Again'))
  expect(cut.told()).toMatchObject({ type: 'cut-off' })
  cut.connect({ status: 'catching-up', unsaved: 0 })
  expect(cut.told()).toBe(undefined)

  const { workspace, told } = sit('delegate', live)
  workspace.store.setState({ earlier: { status: 'counting' } })
  workspace.notify({ type: 'rebuilt', edits: 3, carried: false })
  workspace.store.setState({ earlier: { status: 'counted', changes: 3, unread: false } })
  expect(told()).toMatchObject({ type: 'rebuilt' })
  workspace.store.setState({ earlier: { status: 'counted', changes: 0, unread: false } })
  expect(told()).toBe(undefined)
  workspace.notify({ type: 'rebuilt', edits: 0, carried: true })
  workspace.store.setState({ earlier: { status: 'counted', changes: 0, unread: false } })
  expect(told()).toMatchObject({ type: 'rebuilt', carried: true })
})

test('a document beside the agenda has an undo of its own, and views find it by its name', () => {
  const opened = (document: string, doc: Y.Doc) => ({
    doc,
    copy: { meeting: 'm', document, person: 'p', name: 'A' },
    awareness: { on() {}, off() {}, getStates: () => new Map(), clientID: 10 },
    connection: () => live,
    device: () => ({ status: 'stored' }),
    changes: () => live.unsaved,
    subscribe: () => () => {},
  })
  const agenda = new Y.Doc()
  Y.applyUpdate(agenda, seed(sample()))
  const caucus = new Y.Doc()
  const membership = {
    meeting: 'm',
    person: { id: 'p', side: 'us', role: 'delegate', name: 'A' },
    title: sample().title,
  }
  const workspace = openWorkspace(opened('agenda', agenda) as never, membership as unknown as Membership, [
    opened('caucus-us', caucus) as never,
  ])
  const found = workspace.document('caucus-us')!
  expect(workspace.document('caucus-cn')).toBeNull()
  expect(workspace.document('agenda')!.history).toBe(workspace.history)
  const text = found.link.doc.getText('notes')
  found.history.track('editor')
  found.link.doc.transact(() => text.insert(0, 'Between us'), 'editor')
  workspace.run(titled('Changed'))
  found.history.undo()
  expect(text.toString()).toBe('')
  expect(workspace.history.canUndo).toBe(true)
  expect(found.history.undo()).toBe(false)
})

test('undo says what it has undone and where, unless that is where the caret is', () => {
  const { workspace, told, title } = sit('delegate', live)
  const before = title()
  const caret = { item: id, text: 'title', language: 'en' } as const
  workspace.run(titled('Again'))
  workspace.undo(caret)
  expect(title()).toBe(before)
  expect(told()).toBe(undefined)
  workspace.redo(caret)
  expect(told()).toBe(undefined)
  workspace.undo({ ...caret, language: 'zh' })
  expect(told()).toMatchObject({ type: 'undone', where: { id, field: 'title', language: 'en' } })
  const ids = sample().days[0]!.items.map((one) => one.id)
  workspace.run({ type: 'delete-items', ids })
  workspace.undo(caret)
  expect(told()).toEqual({ type: 'undone', where: { kind: 'items', count: ids.length } })
  workspace.run({ type: 'set-day', id: sample().days[0]!.id, settings: { start: '07:00' } })
  workspace.undo()
  expect(told()).toEqual({ type: 'undone', where: { kind: 'day' } })
})

test('an item that was added and left empty goes, and undo passes over it', () => {
  const { workspace, title } = sit('delegate', live)
  const items = () => workspace.store.getState().items
  const before = title()
  workspace.run(titled('Again'))
  const added = items().get(addItemAfter(workspace, id)!)!
  dropEmpty(workspace, added)
  expect(items().has(added.id)).toBe(false)
  workspace.undo()
  expect(title()).toBe(before)
  const named = items().get(addItemAfter(workspace, id)!)!
  workspace.run({ type: 'set-title', id: named.id, title: { zh: '新议题' } })
  dropEmpty(workspace, named)
  expect(items().has(named.id)).toBe(true)
})
