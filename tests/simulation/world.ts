import * as Y from 'yjs'
import { type History, openHistory } from '../../shared/document/history.ts'
import { compareOrder } from '../../shared/document/order.ts'
import { openReader, type Reader } from '../../shared/document/read.ts'
import { itemFragment } from '../../shared/document/schema.ts'
import { seed } from '../../shared/document/seed.ts'
import { write } from '../../shared/document/write.ts'
import { allItems, type Day, type Item, type ItemId } from '../../shared/domain/agenda.ts'
import type { Command, Place } from '../../shared/domain/command.ts'
import { refuse } from '../../shared/domain/refuse.ts'
import { decode, encodeStep1, encodeStep2, encodeUpdate } from '../../shared/wire/frame.ts'
import { inspect } from '../../shared/wire/inspect.ts'
import { merge } from '../../shared/wire/merge.ts'
import { compact, lacking } from '../../shared/wire/sync.ts'
import { sample, seeded } from '../support/agenda.ts'

/**
 * Four people and a server, joined by queues that one source of randomness drives: what happens in which order, what is
 * lost, repeated or delivered late is decided by the seed, so that any failure can be run again.
 */

const typing = { name: 'typing' }
const fromNetwork = { name: 'network' }

interface Person {
  readonly name: string
  doc: Y.Doc
  reader: Reader
  history: History
  online: boolean
  toServer: Uint8Array[]
  fromServer: Uint8Array[]
}

export interface Outcome {
  /** What is wrong, in words; empty when all is well. */
  readonly faults: string[]
  readonly steps: number
  readonly edits: number
}

export interface World {
  readonly steps: number
  /** Breaks the server on purpose: it tells everybody of an update and then forgets it, as one that acknowledges early would. */
  readonly forgetful: boolean
}

export function simulate(number: number, { steps, forgetful }: World = { steps: 60, forgetful: false }): Outcome {
  const random = seeded(number)
  const below = (limit: number) => Math.floor(random() * limit)
  const one = <T>(list: readonly T[]): T | undefined => list[below(list.length)]
  // Undo takes words away by design; half of the worlds go without, and there not one typed word may be missing.
  const undoing = number % 2 === 0
  const typed: string[] = []
  const born = new Set<string>()
  const faults: string[] = []
  let edits = 0
  let clients = 10

  const start = seed(small())
  let log: Uint8Array[] = [start]
  let waiting: Uint8Array[] = []
  for (const item of allItems(small())) born.add(item.id)

  const people = ['A', 'B', 'C', 'D'].map((name) => open(name, [start]))

  function open(name: string, updates: readonly Uint8Array[]): Person {
    const doc = new Y.Doc()
    doc.clientID = ++clients
    for (const update of updates) Y.applyUpdate(doc, update, fromNetwork)
    const history = openHistory(doc)
    history.track(typing)
    const person: Person = {
      name,
      doc,
      reader: openReader(doc),
      history,
      online: false,
      toServer: [],
      fromServer: [],
    }
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== fromNetwork && person.online) person.toServer.push(encodeUpdate(update))
    })
    return person
  }

  function connect(person: Person): void {
    person.online = true
    person.toServer = [encodeStep1(Y.decodeStateVector(Y.encodeStateVector(person.doc)))]
    // The server's question, which makes the person send what the server lacks.
    person.fromServer = [encodeStep1(Y.decodeStateVector(Y.encodeStateVectorFromUpdate(merge(log))))]
  }

  function disconnect(person: Person): void {
    person.online = false
    person.toServer = []
    person.fromServer = []
  }

  function serve(person: Person): void {
    const frame = person.toServer.shift()
    if (!frame) return
    const message = decode(frame)
    if (message === null) throw new Error('a person sent a frame that does not decode')
    if (message.type === 'step-1') person.fromServer.push(encodeStep2(lacking(merge(log), message.vector)))
    else if (message.type === 'step-2' || message.type === 'update') {
      if (!inspect(message.update)) throw new Error('a person sent an update that does not pass inspection')
      waiting.push(message.update)
    }
  }

  function commit(): void {
    if (waiting.length === 0) return
    log.push(...(forgetful && random() < 0.2 ? waiting.slice(1) : waiting))
    const frame = encodeUpdate(merge(waiting))
    waiting = []
    for (const person of people) if (person.online) person.fromServer.push(frame)
  }

  function receive(person: Person): void {
    // Some frames overtake others, some come twice.
    const at = random() < 0.2 ? below(person.fromServer.length) : 0
    const [frame] = random() < 0.1 ? person.fromServer.slice(at, at + 1) : person.fromServer.splice(at, 1)
    if (!frame) return
    const message = decode(frame)
    if (message?.type === 'step-1') {
      const update = Y.encodeStateAsUpdate(person.doc, Y.encodeStateVector(new Map(message.vector)))
      person.toServer.push(encodeStep2(update))
    } else if (message?.type === 'step-2' || message?.type === 'update') {
      Y.applyUpdate(person.doc, message.update, fromNetwork)
    }
  }

  function edit(person: Person): void {
    const { agenda, removed } = person.reader.snapshot()
    const items = allItems(agenda)
    const item = one(items)
    const day: Day | undefined = random() < 0.8 ? one(agenda.days) : undefined
    const row: readonly Item[] = day ? day.items : agenda.proposals
    const place: Place = { day: day?.id ?? null, after: random() < 0.3 ? null : (one(row)?.id ?? null) }
    const several = items.filter(() => random() < 0.3).map((each) => each.id)
    const command = ((): Command | null => {
      switch (below(9)) {
        case 0:
          return {
            type: 'add-item',
            id: `${person.name}${number}-${edits}` as ItemId,
            place,
            settings: { minutes: 20 },
          }
        case 1:
        case 2:
          return item ? { type: 'move-items', ids: [item.id], place } : null
        case 3:
          return { type: 'move-items', ids: several, place }
        case 4: {
          // Neighbours at once: the first two of a day change places.
          const [upper, lower] = row
          return upper && lower
            ? { type: 'move-items', ids: [upper.id], place: { day: day?.id ?? null, after: lower.id } }
            : null
        }
        case 5:
          return item ? { type: 'delete-items', ids: [item.id] } : null
        case 6: {
          const back = one(removed.items)
          return back ? { type: 'restore-items', ids: [back.id] } : null
        }
        case 7:
          return item ? { type: 'set-item', id: item.id, settings: { minutes: 1 + below(90) } } : null
        default:
          return one([
            day ? ({ type: 'delete-day', id: day.id } as const) : null,
            removed.days[0] ? ({ type: 'restore-day', id: removed.days[0].id } as const) : null,
          ]) as Command | null
      }
    })()
    if (!command || refuse(person.reader.snapshot(), command)) return
    write(person.doc, command, random)
    edits++
    if (command.type === 'add-item') born.add(command.id)
    if (random() < 0.5) person.history.boundary()
  }

  function type(person: Person): void {
    const { agenda, removed } = person.reader.snapshot()
    // Deleted items too: somebody else deleted the item while this person was writing in it.
    const item = one([...allItems(agenda), ...removed.items])
    const fragment = item && itemFragment(person.doc, item.id, 'objective', random() < 0.5 ? 'en' : 'zh')
    if (!fragment) return
    const word = `<${person.name}${typed.length}>`
    typed.push(word)
    edits++
    person.doc.transact(() => {
      let paragraph = fragment.get(0)
      if (!(paragraph instanceof Y.XmlElement)) {
        paragraph = new Y.XmlElement('paragraph')
        fragment.insert(0, [paragraph])
      }
      let text = paragraph.get(0)
      if (!(text instanceof Y.XmlText)) {
        text = new Y.XmlText()
        paragraph.insert(0, [text])
      }
      text.insert(random() < 0.5 ? 0 : text.length, word)
    }, typing)
  }

  for (let step = 0; step < steps; step++) {
    const person = one(people)!
    const chance = random()
    if (chance < 0.3) edit(person)
    else if (chance < 0.5) type(person)
    else if (chance < 0.56 && undoing) random() < 0.6 ? person.history.undo() : person.history.redo()
    else if (chance < 0.62) person.online ? disconnect(person) : connect(person)
    else if (chance < 0.64) for (const each of people) disconnect(each)
    else if (chance < 0.66) {
      // The server dies: what it had not committed is gone, and so is every connection.
      waiting = []
      for (const each of people) disconnect(each)
    } else if (chance < 0.68) log = [compact(log)]
    else if (chance < 0.7) {
      // A tab is closed and opened: the same words under a new client id, and no history.
      const saved = Y.encodeStateAsUpdate(person.doc)
      disconnect(person)
      person.reader.close()
      person.history.close()
      people[people.indexOf(person)] = open(person.name, [saved])
    } else if (chance < 0.8) commit()
    else if (chance < 0.9) serve(person)
    else receive(person)
  }

  for (const person of people) if (!person.online) connect(person)
  for (let round = 0; round < 10_000; round++) {
    for (const person of people) while (person.toServer.length > 0) serve(person)
    commit()
    for (const person of people) while (person.fromServer.length > 0) receive(person)
    if (people.every((person) => person.toServer.length === 0 && person.fromServer.length === 0)) break
  }

  const fresh = open('fresh', [compact(log)])
  const truth = fresh.reader.snapshot()
  for (const person of people) {
    if (JSON.stringify(person.reader.snapshot()) !== JSON.stringify(truth)) faults.push(`${person.name} disagrees`)
  }
  const currentWay = [...allItems(truth.agenda), ...truth.removed.items].map((item) => item.id as string)
  if (new Set(currentWay).size !== currentWay.length) faults.push('an item stands twice')
  for (const id of born) if (!currentWay.includes(id)) faults.push(`item ${id} is gone`)
  if (currentWay.length > born.size) faults.push('an item came from nowhere')
  for (const row of [...truth.agenda.days.map((day) => day.items), truth.agenda.proposals]) {
    const placed = row.map((item) => ({
      id: item.id as string,
      order: orderOf(fresh.doc, item.id),
    }))
    for (const [index, entry] of placed.entries()) {
      if (index > 0 && compareOrder(placed[index - 1]!, entry) >= 0) faults.push(`${entry.id} is out of order`)
    }
  }
  if (!undoing) {
    const words = JSON.stringify([allItems(truth.agenda), truth.removed.items])
    for (const word of typed) if (!words.includes(word)) faults.push(`the words ${word} are gone`)
  }
  return { faults, steps, edits }
}

function orderOf(doc: Y.Doc, id: ItemId): string {
  const item = doc.getMap('items').get(id) as Y.Map<unknown>
  return (item.get('place') as { order: string } | undefined)?.order ?? ''
}

function small() {
  const agenda = sample()
  return {
    ...agenda,
    days: agenda.days.map((day) => ({ ...day, items: day.items.slice(0, 4) })),
    proposals: agenda.proposals.slice(0, 1),
  }
}
