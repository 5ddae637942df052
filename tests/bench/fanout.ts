import { createDecoder, readVarUint8Array } from 'lib0/decoding'
import * as Y from 'yjs'
import { readAgenda } from '../../shared/document/read.ts'
import { itemFragment } from '../../shared/document/schema.ts'
import { seed } from '../../shared/document/seed.ts'
import { allItems, type ItemId } from '../../shared/domain/agenda.ts'
import { sample, seeded } from '../support/agenda.ts'
import { type Contender, hocuspocus, parley, type Running, relay, yWebsocketServer } from './contenders.ts'
import { within } from './deadline.ts'
import { median, percent, quantile } from './figures.ts'
import { between, type Share, workOf } from './machine.ts'
import type { Report } from './report.ts'
import { type News, type Seat, takeSeat } from './seat.ts'
import { createTally, type Tally } from './tally.ts'

/** Fifty people hold the agenda open, ten of them type twenty characters a second, each in an item of their own. */
const clients = 50
const typists = 10
const perSecond = 20
/** As our own client does, ms. */
const askEvery = 150
/** How long after the last character the last frame may arrive, ms. */
const patience = 5000

export interface FanoutOptions {
  readonly rounds: number
  /** Measured, after a warm-up. */
  readonly seconds: number
  readonly warmUp: number
  /** Names of servers must hold this, when only some are to run. */
  readonly only?: string | undefined
  /** Folder for CPU profiles of the servers. */
  readonly profile?: string | undefined
}

export async function fanout(options: FanoutOptions): Promise<Report> {
  const contenders = [yWebsocketServer, hocuspocus, relay, parley].filter(({ name }) =>
    name.includes(options.only ?? ''),
  )
  const results = new Map<Contender, Round[]>(contenders.map((contender) => [contender, []]))
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const contender of contenders) {
      const result = await run(contender, options, round)
      results.get(contender)!.push(result)
      console.error(`fanout ${round}/${options.rounds} ${contender.name}: ${cost(result.steady).toFixed(1)} us an edit`)
    }
  }

  const middle = (contender: Contender, figure: (round: Round) => number) =>
    median(results.get(contender)?.map(figure) ?? [])
  const ratio = (contender: Contender, window: 'fresh' | 'steady') => {
    const figure = (round: Round) => cost(round[window])
    const share = middle(contender, figure) / middle(yWebsocketServer, figure)
    return Number.isNaN(share) ? '-' : share.toFixed(2)
  }
  const rows = [...results].map(([contender, rounds]) => [
    contender.name,
    middle(contender, ({ steady }) => cost(steady)).toFixed(1),
    rounds.map(({ steady }) => cost(steady).toFixed(1)).join(' '),
    ratio(contender, 'steady'),
    middle(contender, ({ fresh }) => cost(fresh)).toFixed(1),
    ratio(contender, 'fresh'),
    middle(contender, ({ latencies }) => quantile(latencies, 0.5)).toFixed(1),
    middle(contender, ({ latencies }) => quantile(latencies, 0.99)).toFixed(1),
    String(middle(contender, ({ steady }) => steady.deliveries)),
    String(rounds.reduce((sum, { lost }) => sum + lost, 0)),
    contender.keeps,
    percent(middle(contender, ({ steady }) => steady.share.generator)),
    percent(middle(contender, ({ steady }) => steady.share.idle)),
  ])
  return {
    tables: [
      {
        title: `Fan-out: ${clients} clients, ${typists} type ${perSecond} characters a second; medians of ${options.rounds} rounds of ${options.seconds} s`,
        columns: [
          'server',
          'CPU us/edit',
          'rounds',
          'ratio',
          'fresh',
          'ratio',
          'p50 ms',
          'p99 ms',
          'delivered',
          'lost',
          'durable',
          'load',
          'idle',
        ],
        rows,
      },
    ],
    notes: [
      'CPU us/edit: CPU time of the server process for each edit that reached somebody other than its author;',
      `fresh: the same in the first ${options.warmUp} s of typing, while the compiler still works; no part of the other figures.`,
      'ratio: to @y/websocket-server, aim 0.50 or less; aim of p99: 50 ms or less.',
      'load: what the load generator used of one core; idle: of the whole machine. A saturated machine shows in both.',
      'durable: whether every edit that was delivered is there after the server is killed with SIGKILL (looked at each round).',
    ],
    wrong: [...results].flatMap(([{ name }, rounds]) =>
      rounds.flatMap(({ wrong }) => wrong.map((what) => `${name}: ${what}`)),
    ),
  }
}

interface Round {
  /** Of the server that has just started. */
  readonly fresh: Window
  /** Of the same server, warmed up. */
  readonly steady: Window
  readonly latencies: Float64Array
  readonly lost: number
  readonly wrong: readonly string[]
}

interface Window {
  readonly share: Share
  readonly deliveries: number
}

/** CPU time of the server for each delivered edit, us. */
function cost({ share, deliveries }: Window): number {
  return (share.seconds / deliveries) * 1e6
}

async function run(contender: Contender, options: FanoutOptions, round: number): Promise<Round> {
  const server = await contender.start({ profile: options.profile })
  const seats: Seat[] = []
  try {
    const most = (options.warmUp + options.seconds) * 1000 + 30_000
    return await within(most, `${contender.name}, round ${round},`, measure(server, seats, options, round))
  } finally {
    for (const seat of seats) seat.close()
    await server.stop()
  }
}

async function measure(server: Running, seats: Seat[], options: FanoutOptions, round: number): Promise<Round> {
  const wrong: string[] = []
  const writers = Array.from({ length: typists }, createWriter)
  const writerOf = new Map(writers.map(({ doc }, index) => [doc.clientID, index]))
  const tally = createTally(typists, clients, (options.seconds + options.warmUp + 2) * perSecond * 2)
  const apart = takeApart(writerOf)

  const places = await Promise.all(Array.from({ length: clients }, (_, index) => server.place(index)))
  for (const [index, place] of places.entries()) {
    const writer = writers[index]
    const news: News = {
      doc: writer?.doc,
      update(message) {
        const at = performance.now()
        for (const { writer, from, to } of apart(message)) tally.received(index, writer, from, to, at)
        if (writer) Y.applyUpdate(writer.doc, readVarUint8Array(createDecoder(message)), 'remote')
      },
      whole(update) {
        if (writer) Y.applyUpdate(writer.doc, update, 'remote')
      },
      acknowledged(number) {
        if (writer) writer.acknowledged = Math.max(writer.acknowledged, number)
      },
      ended: (reason) => wrong.push(`client ${index + 1} ${reason}`),
    }
    seats.push(await takeSeat(place, news))
  }
  if (server.empty) {
    const agenda = seed(sample())
    seats[clients - 1]!.send(agenda)
  }
  await until(() => writers.every(({ doc }) => doc.getMap('items').size >= typists))

  const random = seeded(round)
  const start = workOf(server.pid())
  const stops = writers.map((writer, index) =>
    type(writer, index, seats[index]!, places[index]!.acknowledges, tally, random),
  )
  await pause(options.warmUp * 1000)
  const before = workOf(server.pid())
  await pause(options.seconds * 1000)
  const after = workOf(server.pid())
  for (const stop of stops) stop()

  await until(() => tally.missing() === 0)
  const lost = tally.missing()
  if (lost > 0) wrong.push(`${lost} deliveries lost`)
  if (places[0]!.acknowledges) {
    for (const [index, writer] of writers.entries()) seats[index]!.askFor(writer.written)
    await until(() => writers.every(({ acknowledged, written }) => acknowledged === written))
    const open = writers.reduce((sum, { acknowledged, written }) => sum + written - acknowledged, 0)
    if (open > 0) wrong.push(`${open} edits not acknowledged`)
  }
  const agendas = new Set(writers.map(({ doc }) => JSON.stringify(readAgenda(doc))))
  if (lost === 0 && agendas.size > 1) wrong.push(`the typists see ${agendas.size} different agendas`)

  const result = {
    fresh: { share: between(start, before), deliveries: tally.deliveries(start.at, before.at) },
    steady: { share: between(before, after), deliveries: tally.deliveries(before.at, after.at) },
    latencies: tally.latencies(before.at, after.at),
    lost,
  }
  if (server.restart !== null && options.profile === undefined) {
    for (const seat of seats.splice(0)) seat.close()
    await server.restart()
    wrong.push(...(await lacking(places[0]!, writers)))
  }
  for (const { doc } of writers) doc.destroy()
  return { ...result, wrong }
}

// ---------------------------------------------------------------------------------------------------- the typists

interface Writer {
  readonly doc: Y.Doc
  /** Characters. */
  written: number
  acknowledged: number
}

function createWriter(): Writer {
  return { doc: new Y.Doc(), written: 0, acknowledged: 0 }
}

/** Types into the objective of the item that falls to this writer, until it is called off. */
function type(
  writer: Writer,
  index: number,
  seat: Seat,
  asks: boolean,
  tally: Tally,
  random: () => number,
): () => void {
  const { doc } = writer
  const item = allItems(readAgenda(doc))[index]!.id
  const typing = {}
  const send = (update: Uint8Array, origin: unknown) => {
    if (origin === typing) seat.send(update)
  }
  doc.on('update', send)
  let asked = 0
  // Between half and one and a half of the mean gap, so that phases drift and no server's window is lucky.
  const gap = () => (1000 / perSecond) * (0.5 + random())
  let due = performance.now() + gap()
  let timer = setTimeout(press, due - performance.now())

  function press(): void {
    const letter = letters[Math.floor(random() * letters.length)]!
    const at = performance.now()
    doc.transact(() => lastText(doc, item).insert(lastText(doc, item).length, letter), typing)
    tally.sent(index, Y.getState(doc.store, doc.clientID) - 1, at)
    writer.written += 1
    if (asks && at - asked >= askEvery) {
      asked = at
      seat.askFor(writer.written)
    }
    due += gap()
    timer = setTimeout(press, due - performance.now())
  }
  return () => {
    clearTimeout(timer)
    doc.off('update', send)
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyz     '

function lastText(doc: Y.Doc, id: ItemId): Y.XmlText {
  const fragment = itemFragment(doc, id, 'objective', 'en')!
  const paragraph = fragment.get(fragment.length - 1)
  if (!(paragraph instanceof Y.XmlElement)) throw new Error('an objective without a paragraph')
  const text = paragraph.get(paragraph.length - 1)
  if (text instanceof Y.XmlText) return text
  const fresh = new Y.XmlText()
  paragraph.push([fresh])
  return fresh
}

// ---------------------------------------------------------------------------------------------------- the frames

interface Span {
  readonly writer: number
  readonly from: number
  readonly to: number
}

/**
 * The edits inside a frame, whether it holds one or a merged window. Fifty clients get the same bytes, which are taken
 * apart once: the generator must not become the bottleneck.
 */
function takeApart(writerOf: ReadonlyMap<number, number>): (message: Uint8Array) => readonly Span[] {
  const known = new Map<string, readonly Span[]>()
  return (message) => {
    const key = Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString('latin1')
    const before = known.get(key)
    if (before !== undefined) return before
    const spans = Y.decodeUpdate(readVarUint8Array(createDecoder(message))).structs.flatMap((struct) => {
      const writer = writerOf.get(struct.id.client)
      if (writer === undefined || struct instanceof Y.Skip) return []
      return [{ writer, from: struct.id.clock, to: struct.id.clock + struct.length }]
    })
    if (known.size > 1000) known.clear()
    known.set(key, spans)
    return spans
  }
}

/** What the server does not have, after it was killed, of what the writers have written. */
async function lacking(place: Parameters<typeof takeSeat>[0], writers: readonly Writer[]): Promise<string[]> {
  const doc = new Y.Doc()
  const wrong: string[] = []
  const seat = await takeSeat(place, {
    update() {},
    whole: (update) => Y.applyUpdate(doc, update),
    ended: (reason) => wrong.push(`after the restart ${reason}`),
  })
  seat.close()
  const lost = writers
    .map(({ doc: own }) => Y.getState(own.store, own.clientID) - Y.getState(doc.store, own.clientID))
    .reduce((sum, count) => sum + count, 0)
  if (lost > 0) wrong.push(`${lost} delivered edits are gone after SIGKILL`)
  doc.destroy()
  return wrong
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Waits for it as long as patience lasts. */
async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + patience
  while (!holds() && performance.now() < end) await pause(20)
}
