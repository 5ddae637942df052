import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { root } from './child.ts'
import { type Contender, parley, yWebsocketServer } from './contenders.ts'
import { within } from './deadline.ts'
import { median } from './figures.ts'
import type { Report } from './report.ts'
import { type Place, takeSeat } from './seat.ts'

/** In each round. */
const openings = 5
/** For one round of one server, ms. */
const patience = 25_000

/** How long somebody who joins waits for a long document: one author's paper, all its editing history included. */
export async function opening({ rounds }: { rounds: number }): Promise<Report> {
  const trace = `${root}../shared/data/automerge-paper.json.gz`
  if (!existsSync(trace)) return { tables: [], notes: [`opening: not run, because there is no ${trace}.`], wrong: [] }
  const paper = replay(trace)
  const wrong: string[] = []
  const results = [yWebsocketServer, parley].map((contender) => ({
    contender,
    warm: [] as number[],
    cold: [] as number[],
  }))
  for (let round = 1; round <= rounds; round += 1) {
    for (const { contender, warm, cold } of results) {
      const found = await run(contender, paper)
      warm.push(median(found.warm))
      if (found.cold !== null) cold.push(found.cold)
      wrong.push(...found.wrong.map((what) => `opening, ${contender.name}: ${what}`))
      console.error(`opening ${round}/${rounds} ${contender.name}: ${median(found.warm).toFixed(0)} ms`)
    }
  }
  return {
    tables: [
      {
        title: `Opening a document of ${paper.edits} edits (${Math.round(paper.update.length / 1000)} kB); medians of ${rounds} rounds`,
        columns: ['server', 'open ms', 'first after a kill ms'],
        rows: results.map(({ contender, warm, cold }) => [
          contender.name,
          median(warm).toFixed(0),
          cold.length > 0 ? median(cold).toFixed(0) : 'gone',
        ]),
      },
    ],
    notes: ['From connecting to having the whole text, in a stock y-websocket client.'],
    wrong,
  }
}

interface Paper {
  readonly update: Uint8Array
  readonly text: string
  readonly edits: number
}

interface Trace {
  readonly startContent: string
  readonly endContent: string
  readonly txns: readonly { readonly patches: readonly (readonly [number, number, string])[] }[]
}

function replay(path: string): Paper {
  const trace = JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as Trace
  const doc = new Y.Doc()
  const text = doc.getText('glossary')
  let edits = 0
  text.insert(0, trace.startContent)
  for (const { patches } of trace.txns) {
    for (const [position, deleted, inserted] of patches) {
      if (deleted > 0) text.delete(position, deleted)
      if (inserted !== '') text.insert(position, inserted)
      edits += 1
    }
  }
  if (text.toString() !== trace.endContent) throw new Error('the replayed paper is not the paper')
  const update = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return { update, text: trace.endContent, edits }
}

async function run(
  contender: Contender,
  paper: Paper,
): Promise<{ warm: number[]; cold: number | null; wrong: string[] }> {
  const server = await contender.start()
  const wrong: string[] = []
  const open = async (place: Place) => {
    const { ms, text } = await openDocument(place)
    if (text !== paper.text) wrong.push('the text that arrived is not the paper')
    return ms
  }
  const measure = async () => {
    const author = await server.place(0)
    await bring(author, paper.update)
    const reader = await server.place(1)
    const warm: number[] = []
    for (let count = 0; count < openings; count += 1) warm.push(await open(reader))
    await server.restart?.()
    return { warm, cold: server.restart ? await open(reader) : null, wrong }
  }
  try {
    return await within(patience, contender.name, measure())
  } finally {
    await server.stop()
  }
}

/** Sends the document, and settles when the server has it. */
async function bring(place: Place, update: Uint8Array): Promise<void> {
  let settle = () => {}
  let fail = (_error: Error) => {}
  const there = new Promise<void>((resolve, reject) => {
    settle = resolve
    fail = reject
  })
  const seat = await takeSeat(place, {
    // Both servers send an edit back to its author, too.
    update: () => settle(),
    ended: (reason) => fail(new Error(`the paper could not be brought: ${reason}`)),
  })
  seat.send(update)
  await there
  seat.close()
}

async function openDocument({ url, headers }: Place): Promise<{ ms: number; text: string }> {
  class Socket extends WebSocket {
    constructor(address: string) {
      super(address, { headers, perMessageDeflate: false })
    }
  }
  const doc = new Y.Doc()
  const cut = url.lastIndexOf('/')
  const start = performance.now()
  const provider = new WebsocketProvider(url.slice(0, cut), url.slice(cut + 1), doc, {
    WebSocketPolyfill: Socket as unknown as typeof globalThis.WebSocket,
    disableBc: true,
  })
  try {
    const ms = await new Promise<number>((resolve) => {
      provider.once('sync', () => resolve(performance.now() - start))
    })
    return { ms, text: doc.getText('glossary').toString() }
  } finally {
    provider.destroy()
    doc.destroy()
  }
}
