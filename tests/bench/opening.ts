import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { apply, generatePaper, type Paper, recordedPaper } from '../support/history.ts'
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
  const recorded = recordedPaper()
  const notes = ['From connecting to having the whole text, in a stock y-websocket client.']
  if (recorded === null) notes.push('Not run: the recorded paper, which is not part of the repository.')
  const reports = []
  for (const paper of [generatePaper(1), ...(recorded === null ? [] : [recorded])]) {
    reports.push(await open(written(paper), rounds))
  }
  return { tables: reports.map(({ table }) => table), notes, wrong: reports.flatMap(({ wrong }) => wrong) }
}

/** As a document. */
interface Written {
  readonly name: string
  readonly update: Uint8Array
  readonly text: string
  readonly edits: number
}

function written({ name, patches, end }: Paper): Written {
  const doc = new Y.Doc()
  doc.transact(() => apply(doc.getText('glossary'), patches))
  if (doc.getText('glossary').toString() !== end) throw new Error(`the replayed paper is not the paper: ${name}`)
  const update = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return { name, update, text: end, edits: patches.length }
}

async function open(paper: Written, rounds: number): Promise<{ table: Report['tables'][number]; wrong: string[] }> {
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
    table: {
      title:
        `Opening a document of ${paper.edits} edits (${paper.name}, ${Math.round(paper.update.length / 1000)} kB); ` +
        `medians of ${rounds} rounds`,
      columns: ['server', 'open ms', 'first after a kill ms'],
      rows: results.map(({ contender, warm, cold }) => [
        contender.name,
        median(warm).toFixed(0),
        cold.length > 0 ? median(cold).toFixed(0) : 'gone',
      ]),
    },
    wrong,
  }
}

async function run(
  contender: Contender,
  paper: Written,
): Promise<{ warm: number[]; cold: number | null; wrong: string[] }> {
  const server = await contender.start()
  const wrong: string[] = []
  const join = async (place: Place) => {
    const { ms, text } = await openDocument(place)
    if (text !== paper.text) wrong.push('the text that arrived is not the paper')
    return ms
  }
  const measure = async () => {
    const author = await server.place(0)
    await bring(author, paper.update)
    const reader = await server.place(1)
    const warm: number[] = []
    for (let count = 0; count < openings; count += 1) warm.push(await join(reader))
    await server.restart?.()
    return { warm, cold: server.restart ? await join(reader) : null, wrong }
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
