import * as Y from 'yjs'
import { openLink } from '../../../client/sync/link.ts'
import { usualTiming } from '../../../client/sync/timing.ts'
import { openReader } from '../../../shared/document/read.ts'
import { itemFragment } from '../../../shared/document/schema.ts'
import { write } from '../../../shared/document/write.ts'
import { allItems, type ItemId, type MeetingId, type PersonId } from '../../../shared/domain/agenda.ts'
import type { Command } from '../../../shared/domain/command.ts'
import { refuse } from '../../../shared/domain/refuse.ts'
import { seeded } from '../../support/agenda.ts'

/*
 * One person of the storm: the link, its copy on the device and the document as the product has them, edited by a seed.
 * What the word on saving says is told to the test at the moment at which it says it.
 */

/** Flat ranges of clocks, [from, to, from, to, ...], by client id. */
export type Ranges = Readonly<Record<string, readonly number[]>>

export interface Claim {
  /** `saved`: the word says that everything is committed. `kept`: it says that everything is on this device. */
  readonly type: 'saved' | 'kept'
  /** Milliseconds since 1970. */
  readonly at: number
  /** What this visit has written and deleted since its claim before; the claim is about all of it since the beginning. */
  readonly written: Ranges
  readonly deleted: Ranges
  readonly edits: number
}

export interface Start {
  readonly meeting: string
  readonly person: string
  readonly seed: number
  /** How many times faster than people this goes. */
  readonly speed: number
  /** When everybody stops editing, ms since 1970: however slow the machine, a script is no longer than that. */
  readonly until: number
}

declare global {
  interface Window {
    storm: typeof storm
    claim: (claim: Claim) => Promise<void>
  }
}

let link: ReturnType<typeof openLink>
let reader: ReturnType<typeof openReader>
let editing: ReturnType<typeof setInterval> | undefined
let written = new Map<number, number[]>()
let deleted = new Map<number, number[]>()
let edits = 0
let kept = 0
let saved = 0

function note(map: Map<number, number[]>, client: number, from: number, to: number) {
  const ranges = map.get(client) ?? []
  map.set(client, ranges)
  if (ranges.at(-1) === from) ranges[ranges.length - 1] = to
  else ranges.push(from, to)
}

function claim(type: Claim['type']) {
  void window.claim({
    type,
    at: Date.now(),
    written: Object.fromEntries(written),
    deleted: Object.fromEntries(deleted),
    edits,
  })
  written = new Map()
  deleted = new Map()
}

function listen() {
  const connection = link.connection()
  if (link.device().status === 'stored' && kept < edits) {
    kept = edits
    claim('kept')
  }
  if (connection.status === 'live' && connection.unsaved === 0 && saved < edits) {
    saved = edits
    claim('saved')
  }
}

function edit(random: () => number, name: string) {
  const below = (limit: number) => Math.floor(random() * limit)
  const { agenda, removed } = reader.snapshot()
  const items = allItems(agenda)
  const item = items[below(items.length)]
  if (!item) return
  const chance = random()
  if (chance < 0.5) return type(item.id, random, name)
  if (chance < 0.65) return erase(item.id, random)
  const day = agenda.days[below(agenda.days.length)]
  const back = removed.items[0]
  const commands: (Command | null)[] = [
    { type: 'set-item', id: item.id, settings: { minutes: 5 + below(90) } },
    {
      type: 'move-items',
      ids: [item.id],
      place: { day: day?.id ?? null, after: null },
    },
    { type: 'delete-items', ids: [item.id] },
    back ? { type: 'restore-items', ids: [back.id] } : null,
    {
      type: 'add-item',
      id: `${name}-${edits}-${below(1e9)}` as ItemId,
      place: { day: day?.id ?? null, after: null },
      settings: { minutes: 20 },
    },
  ]
  const command = commands[below(commands.length)]
  if (command && !refuse(reader.snapshot(), command)) write(link.doc, command, random)
}

function textOf(id: ItemId, random: () => number): Y.XmlText | null {
  const fragment = itemFragment(link.doc, id, 'objective', random() < 0.5 ? 'en' : 'zh')
  const paragraph = fragment?.get(0)
  const text = paragraph instanceof Y.XmlElement ? paragraph.get(0) : null
  return text instanceof Y.XmlText ? text : null
}

function type(id: ItemId, random: () => number, name: string) {
  const text = textOf(id, random)
  if (text) {
    link.doc.transact(() => text.insert(Math.floor(random() * (text.length + 1)), `${name}${edits} `), {
      name: 'typing',
    })
    return
  }
  const fragment = itemFragment(link.doc, id, 'objective', 'en')
  if (!fragment) return
  link.doc.transact(
    () => {
      const paragraph = new Y.XmlElement('paragraph')
      const fresh = new Y.XmlText()
      fresh.insert(0, `${name}${edits} `)
      paragraph.insert(0, [fresh])
      fragment.insert(0, [paragraph])
    },
    { name: 'typing' },
  )
}

function erase(id: ItemId, random: () => number) {
  const text = textOf(id, random)
  if (!text || text.length === 0) return
  const from = Math.floor(random() * text.length)
  link.doc.transact(() => text.delete(from, Math.min(3, text.length - from)), { name: 'typing' })
}

const storm = {
  async open({ meeting, person, seed, speed, until }: Start): Promise<void> {
    const random = seeded(seed)
    written = new Map()
    deleted = new Map()
    edits = kept = saved = 0
    link = openLink({
      origin: location.origin,
      meeting: meeting as MeetingId,
      document: 'agenda',
      person: person as PersonId,
      timing: Object.fromEntries(Object.entries(usualTiming).map(([wait, time]) => [wait, time / speed])),
    })
    reader = openReader(link.doc)
    link.doc.on('update', (_update: Uint8Array, _origin: unknown, doc: Y.Doc, transaction: Y.Transaction) => {
      if (!transaction.local) return
      const { clientID } = doc
      const from = transaction.beforeState.get(clientID) ?? 0
      const to = transaction.afterState.get(clientID) ?? 0
      if (to > from) note(written, clientID, from, to)
      for (const [client, items] of transaction.deleteSet.clients) {
        for (const { clock, len } of items) note(deleted, client, clock, clock + len)
      }
      edits += 1
    })
    link.subscribe(listen)
    // Two or three edits a second, as two people write who are in a hurry.
    editing = setInterval(() => {
      if (Date.now() < until) edit(random, `p${seed % 2}`)
      else clearInterval(editing)
    }, 400 / speed)
  },
  stop() {
    clearInterval(editing)
  },
  close: () => link.close(),
  /** Null while something is on its way; otherwise all that there is to compare. */
  rest(): { snapshot: string; edits: number } | null {
    const connection = link.connection()
    if (connection.status !== 'live' || connection.unsaved > 0) return null
    return { snapshot: JSON.stringify(reader.snapshot()), edits }
  },
  state: () => ({ connection: link.connection(), device: link.device(), edits }),
}
window.storm = storm
