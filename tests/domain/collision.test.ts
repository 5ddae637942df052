import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { agendaStateOf } from '../../shared/document/agendastate.ts'
import { openHistory } from '../../shared/document/history.ts'
import { openReader } from '../../shared/document/read.ts'
import { seed } from '../../shared/document/seed.ts'
import { write, writeAll } from '../../shared/document/write.ts'
import {
  type Agenda,
  allItems,
  type DayId,
  type ItemId,
  type Prose,
  type ReadingId,
} from '../../shared/domain/agenda.ts'
import {
  type Collision,
  choose,
  collisions,
  currentValue,
  currentWay,
  type Way,
} from '../../shared/domain/collision.ts'
import type { Command, Snapshot } from '../../shared/domain/command.ts'
import { refuse } from '../../shared/domain/refuse.ts'
import { counter, sample, seeded } from '../support/agenda.ts'
import { someCommand } from '../support/command.ts'

/** Two people who part at `agenda`, work without each other, and meet. */
function part(agenda: Agenda = sample()) {
  const base = seed(agenda)
  const at = (clientID: number) => {
    const doc = new Y.Doc()
    doc.clientID = clientID
    Y.applyUpdate(doc, base)
    return doc
  }
  const [mine, theirs] = [at(10), at(20)]
  const reader = openReader(mine)
  const readerOfTheirs = openReader(theirs)
  return {
    agenda: readerOfTheirs.snapshot().agenda,
    mine: (...commands: Command[]) => writeAll(mine, commands, () => 0.5),
    theirs: (...commands: Command[]) => writeAll(theirs, commands, () => 0.7),
    snapshots: { mine: reader.snapshot, theirs: readerOfTheirs.snapshot },
    docs: { mine, theirs },
    /** What met, and the merged document from there on. */
    meet(): { found: Collision[]; doc: Y.Doc; now: () => Snapshot } {
      const states = [mine, theirs].map((doc) => Y.encodeStateAsUpdate(doc)) as [Uint8Array, Uint8Array]
      const found = collisions(agendaStateOf(base), agendaStateOf(states[0]), agendaStateOf(states[1]))
      Y.applyUpdate(mine, states[1])
      return { found, doc: mine, now: reader.snapshot }
    },
  }
}

const prose = (text: string): Prose => [{ type: 'paragraph', content: [{ type: 'text', text }] }]
const first = (agenda: Agenda) => agenda.days[0]!.items
const abouts = (found: readonly Collision[]) => found.map((one) => one.about)

/** Settles on one way by one click, then takes that back by one Undo. */
function settle(doc: Y.Doc, now: () => Snapshot, collision: Collision, way: Way): Agenda {
  const before = now().agenda
  const history = openHistory(doc)
  const commands = choose(now(), collision, way)
  for (const command of commands) expect(refuse(now(), command)).toBeNull()
  writeAll(doc, commands)
  const { agenda } = now()
  expect(currentWay(now(), collision)).toBe(way)
  expect(choose(now(), collision, way)).toEqual([])
  if (commands.length > 0) {
    history.undo()
    expect(now().agenda).toEqual(before)
    history.redo()
  }
  history.close()
  return agenda
}

test('a text that both changed is told with both wordings, and one click restores either', () => {
  const { agenda, mine, theirs, meet } = part()
  const { id } = first(agenda)[1]!
  mine({ type: 'set-text', id, text: 'objective', language: 'zh', prose: prose('我方措辞') })
  theirs({ type: 'set-text', id, text: 'objective', language: 'zh', prose: prose('对方措辞') })
  theirs({ type: 'set-text', id, text: 'objective', language: 'en', prose: prose('Only theirs') })
  const { found, doc, now } = meet()
  expect(found).toHaveLength(1)
  expect(found[0]).toMatchObject({
    id: `item ${id} objective zh`,
    about: { type: 'text', field: 'objective', language: 'zh', mine: prose('我方措辞'), theirs: prose('对方措辞') },
  })
  const objective = (agenda: Agenda) => allItems(agenda).find((one) => one.id === id)!.objective
  expect(objective(settle(doc, now, found[0]!, 'mine'))).toEqual({ en: prose('Only theirs'), zh: prose('我方措辞') })
  expect(objective(settle(doc, now, found[0]!, 'theirs'))).toEqual({ en: prose('Only theirs'), zh: prose('对方措辞') })
})

test('a title, a length and a fixed start that both changed can each go either way', () => {
  const { agenda, mine, theirs, meet } = part()
  const { id } = first(agenda)[2]!
  mine(
    { type: 'set-title', id, title: { en: 'Mine' } },
    { type: 'set-item', id, settings: { minutes: 20, pinned: '10:00' } },
  )
  theirs(
    { type: 'set-title', id, title: { en: 'Theirs' } },
    { type: 'set-item', id, settings: { minutes: 50, pinned: '11:00' } },
  )
  const { found, doc, now } = meet()
  expect(abouts(found).map((one) => [one.type, 'field' in one && one.field])).toEqual([
    ['words', 'title'],
    ['value', 'minutes'],
    ['value', 'pinned'],
  ])
  for (const way of ['mine', 'theirs', 'mine'] as const) for (const one of found) settle(doc, now, one, way)
  expect(allItems(now().agenda).find((one) => one.id === id)).toMatchObject({
    title: { en: 'Mine' },
    minutes: 20,
    pinned: '10:00',
  })
})

test('a fixed start that one took away and the other moved can be taken away again', () => {
  const base = sample()
  const days = base.days.map((day) => ({
    ...day,
    items: day.items.map((one, at) => (at === 2 ? { ...one, pinned: '10:00' } : one)),
  }))
  const { agenda, mine, theirs, meet } = part({ ...base, days })
  const { id } = first(agenda)[2]!
  mine({ type: 'set-item', id, settings: { pinned: null } })
  theirs({ type: 'set-item', id, settings: { pinned: '11:30' } })
  const { found, doc, now } = meet()
  expect(abouts(found)).toEqual([{ type: 'value', field: 'pinned', base: '10:00', mine: null, theirs: '11:30' }])
  expect(allItems(settle(doc, now, found[0]!, 'mine')).find((one) => one.id === id)).not.toHaveProperty('pinned')
})

test('what both changed alike, what only one changed, and what both added have not met', () => {
  const { agenda, mine, theirs, meet } = part()
  const [a, b, c] = first(agenda)
  const place = { day: agenda.days[0]!.id, after: c!.id }
  mine(
    { type: 'set-title', id: a!.id, title: { en: 'Same' } },
    { type: 'set-item', id: b!.id, settings: { minutes: 5 } },
  )
  theirs(
    { type: 'set-title', id: a!.id, title: { en: 'Same' } },
    { type: 'set-item', id: b!.id, settings: { topic: 'bias' } },
  )
  mine({ type: 'add-item', id: 'mine' as ItemId, place, settings: {} })
  theirs({ type: 'add-item', id: 'theirs' as ItemId, place, settings: {} })
  expect(meet().found).toEqual([])
})

test('an item that both moved elsewhere goes to either place, and the one that it was moved past is left alone', () => {
  const { agenda, mine, theirs, meet } = part()
  const [, a, b] = first(agenda)
  const [one, two] = agenda.days
  mine({ type: 'move-items', ids: [a!.id], place: { day: one!.id, after: b!.id } })
  theirs({ type: 'move-items', ids: [a!.id], place: { day: two!.id, after: null } })
  const { found, doc, now } = meet()
  expect(found.map((each) => each.id)).toEqual([`item ${a!.id} place`])
  settle(doc, now, found[0]!, 'theirs')
  expect(now().agenda.days[1]!.items[0]!.id).toBe(a!.id)
  settle(doc, now, found[0]!, 'mine')
  expect(currentValue(now().agenda, found[0]!)).toEqual({ day: one!.id, after: b!.id })
})

test('when a day is deleted while its items are moved about, it is the day that has met, not the items', () => {
  const { agenda, mine, theirs, meet } = part()
  const [day] = agenda.days
  const [a, b] = first(agenda)
  mine({ type: 'delete-day', id: day!.id })
  theirs({ type: 'move-items', ids: [a!.id], place: { day: day!.id, after: b!.id } })
  theirs({ type: 'set-day', id: day!.id, settings: { start: '07:45' } })
  const { found, doc, now } = meet()
  expect(found.map((one) => one.id)).toEqual([`day ${day!.id} deleted`])
  expect(settle(doc, now, found[0]!, 'theirs').days[0]!.start).toBe('07:45')
})

test('what one deleted and the other went on with is deleted, and comes back with the other’s work in it', () => {
  const { agenda, mine, theirs, meet } = part()
  const [a, b] = first(agenda)
  mine({ type: 'delete-items', ids: [a!.id] })
  theirs({ type: 'set-title', id: a!.id, title: { en: 'Still at it' } })
  theirs({ type: 'delete-items', ids: [b!.id] })
  mine({ type: 'set-item', id: b!.id, settings: { minutes: 7 } })
  const { found, doc, now } = meet()
  expect(abouts(found)).toEqual([
    { type: 'deletion', by: 'mine' },
    { type: 'deletion', by: 'theirs' },
  ])
  expect(found.map((one) => currentWay(now(), one))).toEqual(['mine', 'theirs'])
  const back = settle(doc, now, found[0]!, 'theirs')
  expect(allItems(back).find((one) => one.id === a!.id)!.title.en).toBe('Still at it')
  expect(allItems(settle(doc, now, found[1]!, 'mine')).find((one) => one.id === b!.id)!.minutes).toBe(7)
})

test('of a reading that both changed, only the part that both changed goes either way', () => {
  const start = part()
  const { agenda } = start
  const { id: item } = first(agenda)[1]!
  const id = 'reading' as ReadingId
  const settings = { title: { en: 'Paper', zh: '论文' }, url: 'https://example.org/' }
  start.mine({ type: 'add-reading', item, id, settings })
  const again = part(start.snapshots.mine().agenda)
  again.mine({ type: 'set-reading', item, id, settings: { title: { en: 'Mine', zh: '论文' } } })
  again.theirs({ type: 'set-reading', item, id, settings: { title: { en: 'Theirs', zh: '文件' } } })
  const { found, doc, now } = again.meet()
  expect(abouts(found).map((one) => one.type)).toEqual(['reading'])
  writeAll(doc, choose(now(), found[0]!, 'mine'))
  const reading = allItems(now().agenda)
    .find((one) => one.id === item)!
    .readings.find((one) => one.id === id)
  expect(reading!.title).toEqual({ en: 'Mine', zh: '文件' })
})

test('the meeting’s own data, people, terms and hours of a day meet as items do', () => {
  const { agenda, mine, theirs, meet } = part()
  const [person, other] = agenda.people
  const [term] = agenda.glossary
  const day = agenda.days[0]!.id
  const both = (command: (value: string) => Command) => {
    mine(command('Mine'))
    theirs(command('Theirs'))
  }
  both((value) => ({ type: 'set-meeting', settings: { place: { en: value, zh: agenda.place.zh } } }))
  both((value) => ({ type: 'set-meeting', settings: { hosts: [{ side: 'us', name: { en: value, zh: '' } }] } }))
  both((value) => ({ type: 'set-person', id: person!.id, settings: { affiliation: { en: value, zh: '' } } }))
  if (term) both((value) => ({ type: 'set-term', id: term.id, settings: { en: value } }))
  mine({ type: 'set-day', id: day, settings: { start: '08:00', end: null } })
  theirs({ type: 'set-day', id: day, settings: { start: '10:00', end: '19:00' } })
  mine({ type: 'delete-person', id: other!.id })
  theirs({ type: 'set-person', id: other!.id, settings: { sector: 'military' } })
  const { found, doc, now } = meet()
  const ids = found.map((one) => one.id)
  expect(ids).toContain('meeting  place en')
  expect(ids).toContain('meeting  hosts')
  expect(ids).toContain(`person ${person!.id} affiliation en`)
  expect(ids).toContain(`day ${day} start`)
  expect(ids).toContain(`person ${other!.id} deleted`)
  if (term) expect(ids).toContain(`term ${term.id} term en`)
  for (const way of ['mine', 'theirs', 'mine'] as const) for (const one of found) settle(doc, now, one, way)
  expect(now().agenda.place.en).toBe('Mine')
  expect(now().agenda.days.find((one) => one.id === (day as DayId))!.start).toBe('08:00')
})

test('random work apart: what met is told once, either way can be had, and what nobody disputes stays', () => {
  let met = 0
  for (let number = 1; number <= 120; number++) {
    const random = seeded(number)
    const newId = counter(`s${number}-`)
    const table = part()
    for (let step = 0; step < 30; step++) {
      const way: Way = random() < 0.5 ? 'mine' : 'theirs'
      const command = someCommand(table.snapshots[way](), random, newId)
      if (command) write(table.docs[way], command, random)
    }
    const { found, doc, now } = table.meet()
    met += found.length
    expect(new Set(found.map((one) => one.id)).size, `seed ${number}`).toBe(found.length)
    expect(JSON.parse(JSON.stringify(found)), `seed ${number}`).toEqual(found)
    for (const one of found) {
      const way: Way = random() < 0.5 ? 'mine' : 'theirs'
      if (currentWay(now(), one) === 'gone') continue
      const commands = choose(now(), one, way)
      for (const command of commands) expect(refuse(now(), command), `seed ${number}`).toBeNull()
      const before = now().agenda
      writeAll(doc, commands)
      if (one.about.type !== 'place' && one.about.type !== 'reading')
        expect(currentWay(now(), one), `seed ${number}`).toBe(way)
      const others = (agenda: Agenda) => allItems(agenda).filter((item) => item.id !== one.entry)
      if (one.kind === 'item') expect(new Set(others(now().agenda)), `seed ${number}`).toEqual(new Set(others(before)))
    }
  }
  expect(met).toBeGreaterThan(100)
})
