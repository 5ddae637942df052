import { nanoid } from 'nanoid'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Membership } from '../../client/store/api.ts'
import { createMeeting, type MeetingState, withSnapshot } from '../../client/store/meeting.ts'
import { openReader } from '../../shared/document/read.ts'
import { itemFragment } from '../../shared/document/schema.ts'
import { seed } from '../../shared/document/seed.ts'
import { write } from '../../shared/document/write.ts'
import type { ItemId, MeetingId, PersonId } from '../../shared/domain/agenda.ts'
import { template } from '../../shared/domain/template.ts'

const membership: Membership = {
  meeting: 'm' as MeetingId,
  person: { id: 'p' as PersonId, side: 'us', role: 'delegate', name: 'Delegate A' },
  title: { en: 'Test', zh: '测试' },
}

function open() {
  const doc = new Y.Doc()
  const agenda = template('two-day', { title: membership.title, date: '2026-03-12', newId: nanoid })
  Y.applyUpdate(doc, seed(agenda))
  const reader = openReader(doc)
  const store = createMeeting(membership, { status: 'catching-up', unsaved: 0 }, { status: 'opening' })
  const copy = () => store.setState(withSnapshot(store.getState(), reader.snapshot()))
  copy()
  reader.subscribe(copy)
  return { doc, store }
}

/** Counts what a view that selects this would be drawn anew: once for each other value. */
function watch<T>(store: ReturnType<typeof open>['store'], select: (state: MeetingState) => T) {
  let drawn = 0
  store.subscribe((state, before) => {
    if (!Object.is(select(state), select(before))) drawn++
  })
  return () => drawn
}

function type(doc: Y.Doc, id: ItemId, text: 'title' | 'objective', words: string) {
  const paragraph = itemFragment(doc, id, text, 'en')?.get(0) as Y.XmlElement
  const run = (paragraph.length > 0 ? paragraph.get(0) : null) as Y.XmlText | null
  if (run) run.insert(0, words)
  else paragraph.insert(0, [new Y.XmlText(words)])
}

test('a keystroke in one item draws that item, and nothing of any other nor of the outline', () => {
  const { doc, store } = open()
  const [typed, ...others] = [...store.getState().items.keys()]
  if (!typed) throw new Error('the template has items')
  const own = watch(store, (state) => state.items.get(typed))
  const rows = watch(store, (state) => state.outline)
  const rest = others.map((id) => watch(store, (state) => state.items.get(id)))
  const people = watch(store, (state) => state.people)
  for (const letter of 'keys') type(doc, typed, 'objective', letter)
  type(doc, typed, 'title', 'T')
  expect(own()).toBe(5)
  expect([rows(), people(), ...rest.map((count) => count())].every((count) => count === 0)).toBe(true)
})

test('more minutes move the rows below them and leave those above and on other days', () => {
  const { doc, store } = open()
  const { days = [] } = store.getState().outline ?? {}
  const [first, second] = days
  const changed = first?.items[2]
  if (!first || !second || !changed) throw new Error('the template has two days')
  const before = store.getState().outline?.rows
  write(doc, { type: 'set-item', id: changed, settings: { minutes: 100 } })
  const after = store.getState().outline?.rows
  const same = (id: ItemId) => before?.get(id) === after?.get(id)
  expect(first.items.slice(0, 2).every(same)).toBe(true)
  expect(first.items.slice(2, 5).some(same)).toBe(false)
  expect(second.items.every(same)).toBe(true)
  expect(store.getState().outline?.days[1]).toBe(second)
})

test('what is deleted is no longer chosen', () => {
  const { doc, store } = open()
  const [one, two] = [...store.getState().items.keys()]
  if (!one || !two) throw new Error('the template has items')
  store.setState({ selection: new Set([one, two]) })
  write(doc, { type: 'delete-items', ids: [one] })
  expect([...store.getState().selection]).toEqual([two])
})
