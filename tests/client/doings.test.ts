import { expect, onTestFinished, test, vi } from 'vitest'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { Membership } from '../../client/store/api.ts'
import { type Burst, type Doing, openDoings, summaryOf, withDoing } from '../../client/store/doings.ts'
import { openWorkspace } from '../../client/store/workspace.ts'
import { seed } from '../../shared/document/seed.ts'
import { write } from '../../shared/document/write.ts'
import type { DayId, Item, ItemId, PersonId } from '../../shared/domain/agenda.ts'
import type { Command } from '../../shared/domain/command.ts'
import { blankOf, fields } from '../../shared/domain/fields.ts'
import { sample } from '../support/agenda.ts'

const agenda = sample()
const [first, second] = agenda.days as [(typeof agenda.days)[0], (typeof agenda.days)[0]]
const [a, b, c] = first.items.map((item) => item.id) as [ItemId, ItemId, ItemId]
const settings = blankOf(fields.item) as never
const li = { id: 'li' as PersonId, name: '李明', side: 'cn' } as const
const ann = { id: 'ann' as PersonId, name: 'Ann Lee', side: 'us' } as const

/** Somebody who watches, and others who work on copies of the same document. */
function watch() {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, seed(agenda))
  const awareness = new Awareness(doc)
  let status: 'live' | 'catching-up' = 'live'
  let listener = () => {}
  const link = {
    ...{ doc, awareness },
    connection: () => ({ status, unsaved: 0, committedAt: 1 }),
    device: () => ({ status: 'stored' }),
    changes: () => 0,
    subscribe(heard: () => void) {
      listener = heard
      return () => {}
    },
  }
  const membership = {
    meeting: 'm',
    person: { id: 'me', side: 'us', role: 'delegate', name: 'Me' },
    title: agenda.title,
  }
  const workspace = openWorkspace(link as never, membership as unknown as Membership)
  let now = 0
  const doings = openDoings(workspace, () => now)
  const stop = doings.follow()
  onTestFinished(() => {
    stop()
    awareness.destroy()
  })
  /** Somebody at a device; `user`: for whom the server vouches. */
  function enter(client: number, user: object | null) {
    const copy = new Y.Doc()
    copy.clientID = client
    if (user) {
      awareness.states.set(client, { user })
      awareness.emit('change', [])
    }
    const updates: Uint8Array[] = []
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
    copy.on('update', (update: Uint8Array, origin: unknown) => origin !== 'in' && updates.push(update))
    return {
      /** What they have done since, as one update. */
      does(...commands: Command[]) {
        Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc), 'in')
        for (const command of commands) write(copy, command)
        return Y.mergeUpdates(updates.splice(0))
      },
      leaves() {
        awareness.states.delete(client)
        awareness.emit('change', [])
      },
    }
  }
  return {
    ...{ workspace, doc, enter },
    come: (...updates: Uint8Array[]) => Y.applyUpdate(doc, Y.mergeUpdates(updates), 'elsewhere'),
    said: () =>
      doings.store
        .getState()
        .bursts.map(({ by, doings: done }) => [by.name, ...done.map(({ type, id }) => `${type} ${id}`)]),
    marked: () => [...workspace.store.getState().marked],
    pass: (by: number) => {
      now += by
    },
    connect(next: typeof status) {
      status = next
      listener()
    },
  }
}

const move = (id: ItemId, day: DayId | null, after: ItemId | null = null): Command => ({
  ...{ type: 'move-items', ids: [id], place: { day, after } },
})
const minutes = (id: ItemId, value: number): Command => ({ type: 'set-item', id, settings: { minutes: value } })

test('what somebody else does is theirs by name: items moved, added, deleted, retimed and fixed, and days', () => {
  const { enter, come, said, marked } = watch()
  const { does } = enter(7, li)
  come(
    does(
      move(a, second.id),
      minutes(b, 95),
      { type: 'set-item', id: b, settings: { pinned: '10:00' } },
      { type: 'delete-items', ids: [c] },
      { type: 'add-item', id: 'new' as ItemId, settings, place: { day: first.id, after: null } },
      { type: 'set-day', id: first.id, settings: { start: '08:00' } },
    ),
  )
  const [[name, ...doings] = []] = said()
  expect(name).toBe('李明')
  expect(doings.sort()).toEqual(
    [`added new`, `deleted ${c}`, `minutes ${b}`, `moved ${a}`, `pinned ${b}`, `day-changed ${first.id}`].sort(),
  )
  expect(marked()).toEqual(
    expect.arrayContaining([
      ['new', 'cn'],
      [a, 'cn'],
      [b, 'cn'],
    ]),
  )
})

test('what several people do is told apart, also if it comes as one update', () => {
  const { enter, come, said } = watch()
  const [one, other] = [enter(7, li), enter(8, ann)]
  come(one.does(minutes(b, 95)), other.does(move(a, second.id)))
  expect(said().sort()).toEqual([
    ['Ann Lee', `moved ${a}`],
    ['李明', `minutes ${b}`],
  ])
})

test('of what one does oneself nothing is said, here or at another device', () => {
  const { workspace, enter, come, said, marked } = watch()
  workspace.run(minutes(a, 95))
  come(enter(7, { id: 'me', name: 'Me', side: 'us' }).does(minutes(b, 95)))
  // That device may bring what was done there before it was loaded again.
  come(enter(8, null).does(minutes(c, 95)))
  expect(said()).toEqual([])
  expect(marked()).toEqual([])
})

test('what nobody vouches for was somebody', () => {
  const { enter, come, said, marked } = watch()
  come(enter(8, null).does(minutes(c, 95)))
  expect(said()).toEqual([['', `minutes ${c}`]])
  expect(marked()).toEqual([[c, 'other']])
})

test('what follows from it is nobody’s doing: later times, texts, and the items of a day that is deleted', () => {
  const { enter, come, said } = watch()
  const { does } = enter(7, li)
  come(does({ type: 'set-title', id: a, title: { en: 'Words' } }))
  expect(said()).toEqual([])
  come(does({ type: 'delete-day', id: first.id }))
  expect(said()).toEqual([['李明', `day-deleted ${first.id}`]])
})

test('what waited while nobody was watching is not told as if it happened now; after a short interruption it is', () => {
  const { enter, come, said, connect, pass } = watch()
  const { does } = enter(7, li)
  connect('catching-up')
  pass(60_000)
  come(does(move(a, second.id)))
  expect(said()).toEqual([])
  connect('live')
  connect('catching-up')
  pass(2000)
  come(does(move(b, second.id)))
  expect(said()).toEqual([['李明', `moved ${b}`]])
})

test('somebody who left right after it is still named', () => {
  const { enter, come, said } = watch()
  const one = enter(7, li)
  const update = one.does(move(a, second.id))
  one.leaves()
  come(update)
  expect(said()).toEqual([['李明', `moved ${a}`]])
})

test('a mark goes after a few seconds', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { enter, come, marked, pass } = watch()
  const { does } = enter(7, li)
  come(does(minutes(a, 95)))
  pass(4000)
  vi.advanceTimersByTime(4000)
  come(does(minutes(b, 95)))
  expect(marked()).toHaveLength(2)
  pass(4000)
  vi.advanceTimersByTime(4000)
  expect(marked()).toEqual([[b, 'cn']])
  pass(4000)
  vi.advanceTimersByTime(4000)
  expect(marked()).toEqual([])
})

test('somebody who writes what is no entry breaks nothing', () => {
  const { enter, come, doc, said } = watch()
  enter(7, li)
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  copy.clientID = 7
  copy.getMap('items').set('odd', 'a string')
  copy.getMap('days').set('odd', new Y.Array())
  come(Y.encodeStateAsUpdate(copy))
  expect(said()).toEqual([])
})

const title = (id: ItemId) => (first.items.find((one) => one.id === id) as Item).title
const done = (type: 'moved' | 'added' | 'deleted' | 'restored', id: ItemId): Doing => ({ type, id, title: title(id) })
const timed = (id: ItemId, before: number, after: number): Doing => ({
  ...{ type: 'minutes', id, title: title(id), before, after },
})
/** The bursts after doings of one person, `gap` ms apart. */
const burstsOf = (doings: readonly Doing[], gap = 1000, by: typeof li | typeof ann = li, from: readonly Burst[] = []) =>
  doings.reduce((bursts, one, at) => withDoing(bursts, by, one, at * gap, at + 1), from)

test('a burst of one person is one, and counts items', () => {
  const [burst] = burstsOf([a, b, c, a].map((id) => done('moved', id)))
  expect(summaryOf(burst!)).toEqual({ count: 3, type: 'moved' })
  expect(burst!.number).toBe(1)
  const [mixed] = burstsOf([done('moved', a), timed(a, 30, 60)])
  expect(summaryOf(mixed!)).toEqual({ count: 1, type: null })
})

test('after a pause the new burst takes the place of the old one, and of more than two people the latest are kept', () => {
  const later = burstsOf([done('moved', a), done('moved', b)], 6000)
  expect(later.map(({ number, doings }) => [number, doings.length])).toEqual([[2, 1]])
  const third = { id: 'third' as PersonId, name: 'Third', side: null }
  const all = withDoing(
    withDoing(burstsOf([done('moved', a)]), ann, done('moved', b), 10, 2),
    third,
    done('moved', c),
    20,
    3,
  )
  expect(all.map(({ by }) => by.name)).toEqual(['Ann Lee', 'Third'])
})

test('what was taken back within the burst was not done', () => {
  expect(burstsOf([done('added', a), done('moved', a), done('deleted', a)])).toEqual([])
  expect(burstsOf([timed(a, 30, 60), timed(a, 60, 30)])).toEqual([])
  expect(burstsOf([done('deleted', a), done('restored', a)])).toEqual([])
  expect(burstsOf([timed(a, 30, 60), timed(a, 60, 90)])[0]!.doings).toEqual([timed(a, 30, 90)])
  expect(burstsOf([done('added', a), timed(a, 30, 60)])[0]!.doings).toEqual([done('added', a)])
  expect(burstsOf([done('moved', a), done('deleted', a)])[0]!.doings).toEqual([done('deleted', a)])
})
