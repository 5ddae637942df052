import * as Y from 'yjs'
import { readAgenda } from '../../../shared/document/read.ts'
import { fragmentKey } from '../../../shared/document/schema.ts'
import { write } from '../../../shared/document/write.ts'
import { type Agenda, allItems, type ItemId } from '../../../shared/domain/agenda.ts'
import { caretOf } from '../../../shared/wire/caret.ts'
import { addRange, covers, type Extent } from '../../../shared/wire/extent.ts'
import { decode } from '../../../shared/wire/frame.ts'
import { soon } from '../../support/patience.ts'
import { type Client, stockClient, type Visitor } from '../../support/server.ts'
import { below, type Dice, pick } from './dice.ts'
import { updateIn } from './sync.ts'
import { draftOf } from './update.ts'

/** Two delegates, one of each side, who write in the agenda all the time, and see to it that they lose nothing. */
export interface Pair {
  readonly clients: readonly [Client, Client]
  readonly items: readonly ItemId[]
  readonly holders: readonly Y.ID[]
  /** Their last updates. */
  readonly recent: readonly Uint8Array[]
  agenda(): Agenda
  /** Writes until `over`. Each edit is awaited at the other and from the disk. */
  type(random: Dice, over: () => boolean): Promise<void>
  /** To be told of each frame that somebody else has sent, once it is answered: what it deletes may be missing. */
  answered(frame: Uint8Array | string): void
  typed(): number
  /** Of their words, those that a frame of others has deleted by right. */
  deleted(): number
  /**
   * Whether replicas place differently what others have put between neighbours that never were, in other items than those of
   * the two. Yjs does; the server reads no places.
   */
  differs(): boolean
  /** ms from an edit to its being with the other. */
  slowest(): number
  /** What they have noticed so far, and all that is not as it should be at the end. */
  faults(): Promise<readonly string[]>
  leave(): void
}

interface Letter {
  readonly client: number
  readonly clock: number
  readonly letter: string
}

export interface PairOptions {
  readonly origin: string
  readonly meeting: string
  readonly visitors: readonly [Visitor, Visitor]
  readonly agenda: Agenda
  readonly ids: readonly [number, number]
  /** The names of everybody, by their ids. */
  readonly names: ReadonlyMap<string, string>
}

const keptRecent = 30

export async function openPair({ origin, meeting, visitors, agenda, ids, names }: PairOptions): Promise<Pair> {
  const join = (visitor: Visitor, id: number) => {
    const doc = new Y.Doc()
    doc.clientID = id
    return stockClient({ origin, meeting, cookie: visitor.cookie }, doc)
  }
  const clients = [join(visitors[0], ids[0]), join(visitors[1], ids[1])] as const
  const seen = new Set<string>()
  const witness = new Y.Doc()
  hear(clients[0], (frame) => {
    const message = decode(frame)
    if (message?.type !== 'update' && message?.type !== 'step-2') return
    try {
      Y.applyUpdate(witness, message.update)
    } catch (error) {
      seen.add(`what came cannot be taken in: ${(error as Error).stack}\n${Buffer.from(frame).toString('base64')}`)
    }
  })
  await Promise.all(clients.map((client) => client.synced))
  const days = agenda.days.flatMap((day) => day.items)
  const items: readonly ItemId[] = [days[0]!.id, days[days.length - 1]!.id]

  const recent: Uint8Array[] = []
  for (const { doc, provider } of clients) {
    doc.on('update', (update: Uint8Array, by: unknown) => {
      if (by === provider) return
      recent.push(update)
      if (recent.length > keptRecent) recent.shift()
    })
  }
  const others = clients.map(({ provider }, at) => {
    const { awareness } = provider
    const [other, visitor] = [ids[1 - at]!, visitors[1 - at]!]
    const well = () => {
      const state = awareness.getStates().get(other)
      return state?.user?.id === visitor.person.id && state.item === items[1 - at]
    }
    return { awareness, other, well, own: ids[at] }
  })
  await Promise.all(
    clients.map(async ({ provider }, at) => {
      provider.awareness.setLocalStateField('item', items[at])
      const { awareness, well } = others[1 - at]!
      while (!well()) await new Promise<void>((resolve) => awareness.once('change', () => resolve()))
    }),
  )
  for (const { awareness, other, well, own } of others) {
    awareness.on('change', () => {
      if (!well()) seen.add(`somebody spoke for another: ${JSON.stringify(awareness.getStates().get(other))}`)
      for (const [client, state] of awareness.getStates()) {
        if (client !== own && !isPresence(state, names)) seen.add(`a presence came through: ${JSON.stringify(state)}`)
      }
    })
  }

  const texts = clients.map(({ doc }, at) => titleOf(doc, items[at]!).at(-1) as Y.XmlText)
  const letters: Letter[] = []
  const named: Extent = new Map()
  let typed = 0
  let deleted = 0
  let slowest = 0
  let different = false

  const edit = (random: Dice, at: 0 | 1): void => {
    const { doc } = clients[at]
    const clock = Y.getState(doc.store, doc.clientID)
    if (typed % 8 === 7) {
      write(doc, { type: 'set-item', id: items[at]!, settings: { minutes: 1 + below(random, 200) } }, random)
      return
    }
    const letter = pick(random, [...'agreed text 议程'])
    const text = texts[at]!
    text.insert(below(random, text.length + 1), letter)
    if (Y.getState(doc.store, doc.clientID) === clock + 1) letters.push({ client: doc.clientID, clock, letter })
  }

  /** Whether these letters are where they were written, in this replica. */
  const lookAt = (doc: Y.Doc, who: string): string[] => {
    let lost = 0
    let other = 0
    deleted = 0
    for (const { client, clock, letter } of letters) {
      if (Y.getState(doc.store, client) <= clock) {
        lost += 1
        continue
      }
      const item = Y.getItem(doc.store, Y.createID(client, clock))
      if (item.deleted) {
        deleted += 1
        if (!covers(named, client, clock, clock + 1)) lost += 1
      } else if (!(item.content instanceof Y.ContentString) || item.content.str[clock - item.id.clock] !== letter)
        other += 1
    }
    return [
      ...(lost > 0 ? [`${lost} of ${letters.length} letters are lost at ${who}`] : []),
      ...(other > 0 ? [`${other} of ${letters.length} letters are others at ${who}`] : []),
    ]
  }

  return {
    clients,
    items,
    holders: items.flatMap((id) => titleOf(clients[0].doc, id).map((type) => type._item!.id)),
    recent,
    agenda: () => readAgenda(clients[0].doc),
    async type(random, over) {
      while (!over()) {
        const at = typed % 2 === 0 ? 0 : 1
        const [from, to] = [clients[at], clients[1 - at]!]
        const began = performance.now()
        edit(random, at)
        typed += 1
        const { doc } = from
        const clock = Y.getState(doc.store, doc.clientID)
        const come = arrival(to.doc, doc.clientID, clock)
        await Promise.all([
          come.then(() => {
            slowest = Math.max(slowest, performance.now() - began)
          }),
          from.acknowledged(),
        ])
      }
    },
    answered(frame) {
      const update = updateIn(frame)
      if (update === null) return
      for (const { client, clock, len } of draftOf(update).deletes) {
        const writer = clients.find(({ doc }) => doc.clientID === client)
        if (writer === undefined) continue
        // Only what is written can be deleted by right.
        const end = Math.min(clock + len, Y.getState(writer.doc.store, client))
        if (clock < end) addRange(named, client, clock, end)
      }
    },
    typed: () => typed,
    deleted: () => deleted,
    differs: () => different,
    slowest: () => slowest,
    async faults() {
      const late = stockClient({ origin, meeting, cookie: visitors[0].cookie })
      await late.synced
      const [one, two] = clients
      const closes = clients.flatMap((client) => client.closes)
      const agendas = [one, two, late].map(({ doc }) => readAgenda(doc))
      const own = [one, two, late].map(({ doc }, at) => {
        return JSON.stringify([allItems(agendas[at]!).filter(({ id }) => items.includes(id)), statesOf(doc)])
      })
      different = new Set(agendas.map((agenda) => JSON.stringify(agenda))).size > 1
      const found = [
        ...seen,
        // Yjs takes another id where somebody else writes under its own.
        ...clients.flatMap(({ doc }, at) => (doc.clientID === ids[at] ? [] : [`somebody wrote under ${ids[at]}`])),
        ...(closes.length > 0 ? [`the two were disconnected: ${closes.join(', ')}`] : []),
        ...differences('the two do not agree', own[0]!, own[1]!),
        ...differences('who comes later reads something else', own[0]!, own[2]!),
        ...lookAt(one.doc, 'the first'),
        ...lookAt(two.doc, 'the other'),
        ...lookAt(late.doc, 'whoever comes later'),
      ]
      late.leave()
      return found
    },
    leave() {
      for (const [at, client] of clients.entries()) {
        // Where Yjs has taken another, presence knows nothing of it.
        client.doc.clientID = ids[at]!
        client.leave()
      }
      witness.destroy()
    },
  }
}

/** Not by `until`, which tells what is in the document: that takes a document which can be read. */
function arrival(doc: Y.Doc, client: number, clock: number): Promise<void> {
  const come = new Promise<void>((resolve) => {
    const look = () => {
      if (Y.getState(doc.store, client) < clock) return
      doc.off('update', look)
      resolve()
    }
    doc.on('update', look)
    look()
  })
  return soon(`what the other has written, ${clock} by ${client}`, come)
}

/** What the server sends: of an update at which Yjs throws a provider only writes to the console. */
function hear({ provider }: Client, heard: (frame: Uint8Array) => void): void {
  const handler = provider.messageHandlers[0]!
  provider.messageHandlers[0] = (encoder, decoder, ...rest) => {
    heard(decoder.arr)
    handler(encoder, decoder, ...rest)
  }
}

function differences(what: string, one: string, other: string): string[] {
  if (one === other) return []
  let at = 0
  while (one[at] === other[at]) at += 1
  const around = (text: string) => text.slice(Math.max(0, at - 200), at + 200)
  return [`${what}: ${around(one)} is there ${around(other)}`]
}

const statesOf = (doc: Y.Doc) => [...Y.decodeStateVector(Y.encodeStateVector(doc))].sort((a, b) => a[0] - b[0])

/** What others may see of somebody: who they are by the server's knowledge, a caret, an item. */
function isPresence(state: Readonly<Record<string, unknown>>, names: ReadonlyMap<string, string>): boolean {
  const { user, cursor, item, ...rest } = state
  const { id, name } = (user ?? {}) as { id?: string; name?: string }
  return (
    Object.keys(rest).length === 0 &&
    // Whoever comes in by another name is somebody else.
    (names.get(id ?? '') === name || (!names.has(id ?? '') && ![...names.values()].includes(name ?? ''))) &&
    (cursor === undefined || JSON.stringify(caretOf(cursor)) === JSON.stringify(cursor)) &&
    (item === undefined || typeof item === 'string')
  )
}

/** An item, its title, the paragraph of that, and the text in it: who deletes one of these deletes all that is written there. */
function titleOf(doc: Y.Doc, id: ItemId): Y.AbstractType<unknown>[] {
  const map = doc.getMap('items').get(id)
  const fragment = map instanceof Y.Map ? map.get(fragmentKey('title', 'en')) : undefined
  const paragraph = fragment instanceof Y.XmlFragment ? fragment.get(0) : undefined
  const text = paragraph instanceof Y.XmlElement ? paragraph.get(0) : undefined
  if (!(text instanceof Y.XmlText)) throw new Error('an item without a title')
  return [map, fragment, paragraph, text] as Y.AbstractType<unknown>[]
}
