import { expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Membership, Role } from '../../client/store/api.ts'
import { openDesk } from '../../client/store/desk.ts'
import { reasonOf } from '../../client/store/saving.ts'
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
    subscribe: (heard: () => void) => {
      listener = heard
      return () => {}
    },
  }
  const membership = { meeting: 'm', person: { id: 'p', side: 'us', role, name: 'A' }, title: sample().title }
  const desk = openDesk(link as never, membership as unknown as Membership)
  desk.run(titled('Changed'))
  now = connection
  listener()
  const told = () => desk.store.getState().notice?.happening
  const title = () => allItems(desk.store.getState().snapshot!.agenda).find((one) => one.id === id)!.title.en
  return { desk, told, title }
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
      const { desk, told, title } = sit(role, connection, final)
      const before = title()
      if (attempt === 'run') desk.run(titled('Again'))
      else desk[attempt]()
      expect(told()).toEqual(reason)
      expect(title()).toBe(before)
    }
  }
})

test('a change that was too large to send is taken back where it was written, and nothing else is edited there', () => {
  const { desk, told, title } = sit('delegate', refused(4413))
  desk.run(titled('Again'))
  expect(told()).toEqual({ type: 'cut-off', reason: 'too-large' })
  expect(title()).toBe('Changed')
  desk.undo()
  expect(told()).toEqual({ type: 'undone' })
  expect(title()).toBe(allItems(sample()).find((one) => one.id === id)!.title.en)
})
